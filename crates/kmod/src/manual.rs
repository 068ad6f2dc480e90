//! For tests: compares a tool's options with those that its manual page in `dist/man` describes. It
//! knows how the pages write an option, and nothing else of their language.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::getopt::Row;

/// The options of a page, or of one of its sections, are those of the table.
pub(crate) fn assert_page_has<M>(page: &str, section: Option<&str>, table: &[Row<M>]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/man").join(page);
    let text = fs::read_to_string(&file).unwrap();
    let text = section.map_or(text.as_str(), |title| below(&text, title));
    assert_eq!(on_page(text), in_table(table), "options of {page}, then of the table");
}

/// The text from the heading of a subsection to the next heading.
fn below<'a>(text: &'a str, title: &str) -> &'a str {
    let heading = format!("\n.Ss {title}\n");
    let (_, text) = text.split_once(&heading).unwrap();
    text.split("\n.S").next().unwrap()
}

/// `-a`, `--all`, `-C ...`, `--config ...`.
fn in_table<M>(table: &[Row<M>]) -> BTreeSet<String> {
    let mut options = BTreeSet::new();
    for row in table {
        let argument = if row.takes_argument { " ..." } else { "" };
        if row.letter != 0 {
            options.insert(format!("-{}{argument}", row.letter as char));
        }
        if !row.long.is_empty() {
            options.insert(format!("--{}{argument}", row.long));
        }
    }
    options
}

/// The same from lines such as `.It Fl C Ar path , Fl -config Ns = Ns Ar path`.
fn on_page(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(".It Fl "));
    lines.flat_map(|line| line.split(" , ").map(spelling)).collect()
}

fn spelling(option: &str) -> String {
    let mut words = option.strip_prefix("Fl ").unwrap_or(option).split(' ');
    let name = words.next().unwrap();
    let argument = if words.any(|word| word == "Ar") { " ..." } else { "" };
    format!("-{name}{argument}")
}
