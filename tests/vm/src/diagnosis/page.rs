//! The page that shows all cases as a table, for `docs/diagnosis.md`.

use super::Case;

const HEAD: &str = "\
# Why it was not loaded or unloaded

Each line is a case that the suite builds in real guests, on Linux 6.1 and 6.12. What stock kmod 34.2
says stands beside the cause that `kmodctl` names first and the first cure that it prints. The cure is
run as it is printed (without what stands in brackets at its end), or is carried out by hand where only
a person can do it, and afterwards the wished outcome is there. The cases are `tests/vm/diagnosis/*.txt`,
with whole answers; this page is written by `KMODCTL_DIAGNOSIS=write cargo test --test diagnosis` there.

";

/// The page.
pub fn page(cases: &[Case]) -> String {
    let mut page = HEAD.to_owned();
    for (title, command) in [("Loads", "load"), ("Unloads", "unload")] {
        page += &format!("## {title}\n\n");
        page += "| what is wrong | stock kmod | `kmodctl`: cause | cure |\n|---|---|---|---|\n";
        let mut cases: Vec<_> = cases.iter().filter(|case| section(case) == command).collect();
        cases.sort_by_key(|case| &case.name);
        page.extend(cases.into_iter().map(row));
        page += "\n";
    }
    page.trim_end().to_owned() + "\n"
}

fn section(case: &Case) -> &'static str {
    let is_unload = case.words("kmodctl").starts_with("kmodctl unload");
    if is_unload { "unload" } else { "load" }
}

fn row(case: &Case) -> String {
    let cells = [
        escaped(&case.title),
        format!("`{}`: {}", case.words("stock"), stock_words(case.lines("stock"))),
        escaped(&cause(case.lines("kmodctl"))),
        format!("`{}`", case.words("fix").replace('|', "\\|").replace('`', "'")),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// The last thing that stock kmod says, and its exit code.
fn stock_words(answer: &str) -> String {
    let said = answer.lines().rfind(|line| !line.starts_with("= "));
    let said = said.map(|line| line.trim_start_matches("! ")).map_or("nothing".into(), escaped);
    match answer.lines().next_back().and_then(|line| line.strip_prefix("= ")) {
        Some(code) => format!("{said} (exit {code})"),
        None => format!("{said} (exit 0)"),
    }
}

/// What stands behind `cause:`, or the first warning; of a use, who was seen.
fn cause(answer: &str) -> String {
    let label = |label: &str| {
        answer.lines().find_map(|line| line.strip_prefix("! ")?.trim_start().strip_prefix(label))
    };
    let cause = label("cause: ").or_else(|| label("warning: ")).unwrap_or(answer);
    let cause = cause.split("  [").next().unwrap_or_default();
    match label("seen: ").filter(|_| cause.contains("by no module")) {
        Some(seen) => format!("{cause}: {seen}"),
        None => cause.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_last_word_of_stock_and_the_cause() {
        let text = "It is <odd>\n\nstock: modprobe m\n    ! first\n    ! last | odd\n    = 1\n\n\
            kmodctl: kmodctl load m\n    ! error: no  [odd]\n    !  cause: `m` is odd\n    = 1\n\n\
            fix: even m\n\nworks:\n    loaded m\n";
        let case = Case::parse("m", text).unwrap();
        let expected = "| It is &lt;odd> | `modprobe m`: last \\| odd (exit 1) | `m` is odd | \
            `even m` |\n";
        assert_eq!(row(&case), expected);
        let used = "!  cause: used, by no module\n!   seen: it is open\n!   seen: twice\n";
        assert_eq!(cause(used), "used, by no module: it is open");
        assert_eq!(cause("! warning: it stays  [kept]\n!      fix: x\n"), "it stays");
    }
}
