//! Manual pages, from the texts in `dist/man` and the tools' own help. A text begins with
//! `NAME(SECTION): what it is`; `# WORDS` is a heading, `- TERM` a term whose explanation
//! follows indented, `` `WORDS` `` are set in bold, `.br` breaks
//! a line; `@usage` and `@options` stand for what the
//! tool's help says.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{VERSION, dist, empty};
use crate::cache;

/// Writes every page into a directory, named as man(1) looks for them.
pub(super) fn write(target: &Path) -> Result<()> {
    empty(target)?;
    for entry in fs::read_dir(dist().join("man"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let stem = path.file_stem().context("no name")?.to_string_lossy().into_owned();
        let tool = stem.split('.').next().unwrap_or_default();
        let help = cache::workspace().join(format!("crates/kmod/src/help/{tool}.txt"));
        let help = fs::read_to_string(help).unwrap_or_default();
        let page = page(&text, &help).with_context(|| path.display().to_string())?;
        fs::write(target.join(stem), page)?;
    }
    Ok(())
}

fn page(text: &str, help: &str) -> Result<String> {
    let (title, body) = text.split_once('\n').context("no title")?;
    let (name, what) = title.split_once(": ").context("no `: ` in the title")?;
    let (name, section) = name.split_once('(').context("no section in the title")?;
    let section = section.trim_end_matches(')');
    let mut page = format!(
        ".TH {} {section} \"\" \"kmodctl {VERSION}\" \"Linux kernel modules\"\n\
         .SH NAME\n{} \\- {}\n",
        name.to_uppercase(),
        escaped(name),
        escaped(what)
    );
    for line in body.lines() {
        match line {
            "@usage" => usage(help, &mut page)?,
            "@options" => options(help, &mut page)?,
            _ => plain(line, &mut page)?,
        }
    }
    Ok(page)
}

fn plain(line: &str, page: &mut String) -> Result<()> {
    if let Some(heading) = line.strip_prefix("# ") {
        writeln!(page, ".SH {heading}")?;
    } else if let Some(term) = line.strip_prefix("- ") {
        writeln!(page, ".TP\n{}", marked(term))?;
    } else if line == ".br" {
        writeln!(page, "{line}")?;
    } else if line.is_empty() {
        // Headings and terms begin paragraphs themselves.
        writeln!(page, ".\\\"")?;
    } else if let Some(paragraph) = line.strip_prefix("  ") {
        writeln!(page, "{}", marked(paragraph))?;
    } else if page.ends_with(".\\\"\n") {
        writeln!(page, ".PP\n{}", marked(line))?;
    } else {
        writeln!(page, "{}", marked(line))?;
    }
    Ok(())
}

/// The command lines of a help text: the indented lines after `Usage:`.
fn usage(help: &str, page: &mut String) -> Result<()> {
    let lines = help.lines().skip_while(|line| *line != "Usage:").skip(1);
    for (number, line) in lines.take_while(|line| line.starts_with('\t')).enumerate() {
        if number > 0 {
            writeln!(page, ".br")?;
        }
        let (tool, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        writeln!(page, ".B {}\n{}", escaped(tool), escaped(rest))?;
    }
    Ok(())
}

/// The options of a help text: a tab, the option, two or more spaces, what it does; lines that
/// go on are indented further.
fn options(help: &str, page: &mut String) -> Result<()> {
    for line in help.lines().filter_map(|line| line.strip_prefix('\t')) {
        let words = line.trim_start();
        if words.starts_with('-') {
            let (option, what) = words.split_once("  ").unwrap_or((words, ""));
            writeln!(page, ".TP\n.B {}\n{}", escaped(option), escaped(what.trim()))?;
        } else if line.starts_with("     ") {
            writeln!(page, "{}", escaped(words))?;
        }
    }
    Ok(())
}

/// Text with what stands between backquotes in bold.
fn marked(text: &str) -> String {
    let mut set = String::new();
    for (number, part) in text.split('`').enumerate() {
        let part = if number == 0 { escaped(part) } else { inner(part) };
        set += match (number % 2, number) {
            (1, _) => "\\fB",
            (_, 0) => "",
            _ => "\\fR",
        };
        set += &part;
    }
    set
}

fn inner(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// Text that troff takes as it is: also at the beginning of a line.
fn escaped(text: &str) -> String {
    let safe = inner(text);
    if safe.starts_with(['.', '\'']) { format!("\\&{safe}") } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_made_of_its_text_and_the_help() {
        let help = "Usage:\n\ttool [options] name\n\ttool -c\nOptions:\n\
                    \t-a, --all   Every one,\n\t            and more\n";
        let text = "tool(8): does a thing\n# SYNOPSIS\n@usage\n# OPTIONS\n@options\n\
                    # FILES\n- `/etc/tool-d`\n  Read first.\n\nAnd .so on.\n";
        let expected = "\
.TH TOOL 8 \"\" \"kmodctl 0.1.0\" \"Linux kernel modules\"
.SH NAME
tool \\- does a thing
.SH SYNOPSIS
.B tool
[options] name
.br
.B tool
\\-c
.SH OPTIONS
.TP
.B \\-a, \\-\\-all
Every one,
and more
.SH FILES
.TP
\\fB/etc/tool\\-d\\fR
Read first.
.\\\"
.PP
And .so on.
";
        assert_eq!(page(text, help).unwrap(), expected.replace("0.1.0", VERSION));
        assert!(page("no title\n", "").is_err());
    }
}
