//! The words of a manual page in mdoc: what is special there is escaped, each sentence begins a
//! line, and what stands between backticks is literal.

/// Lines are not longer than this.
const WIDTH: usize = 76;

/// Paragraphs of a text, an empty line between them.
pub(super) fn prose(text: &str) -> String {
    let paragraphs: Vec<_> = text.split("\n\n").map(paragraph).collect();
    paragraphs.join(".Pp\n")
}

fn paragraph(text: &str) -> String {
    let mut lines = Lines::default();
    let mut literal: Option<Literal> = None;
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            literal = Some(Literal { before: lines.bracket(), words: part.to_owned() });
            continue;
        }
        let mut rest = part;
        if let Some(literal) = literal.take() {
            let end = part.find(|letter: char| !".,;:)".contains(letter)).unwrap_or(part.len());
            lines.macro_line(&literal.line(&part[..end]));
            rest = &part[end..];
        }
        rest.split_whitespace().for_each(|word| lines.word(word));
    }
    lines.end();
    lines.text
}

struct Literal {
    before: &'static str,
    words: String,
}

impl Literal {
    fn line(&self, after: &str) -> String {
        let after: String = after.chars().map(|letter| format!(" {letter}")).collect();
        format!(".Ql {}\"{}\"{after}", self.before, literal(&self.words))
    }
}

#[derive(Default)]
struct Lines {
    text: String,
    line: String,
}

impl Lines {
    fn word(&mut self, word: &str) {
        if self.line.len() + word.len() >= WIDTH {
            self.end();
        }
        let gap = if self.line.is_empty() { "" } else { " " };
        self.line += &format!("{gap}{}", self::word(word));
        if word.trim_end_matches(')').ends_with(['.', '?', '!']) {
            self.end();
        }
    }

    /// Takes an opening bracket off the end of the line, for the literal behind it.
    fn bracket(&mut self) -> &'static str {
        if self.line.ends_with('(') {
            self.line.pop();
            self.line.truncate(self.line.trim_end().len());
            return "( ";
        }
        ""
    }

    fn macro_line(&mut self, line: &str) {
        self.end();
        self.text += &format!("{line}\n");
    }

    fn end(&mut self) {
        if !self.line.is_empty() {
            let guard = if self.line.starts_with(['.', '\'']) { "\\&" } else { "" };
            self.text += &format!("{guard}{}\n", self.line);
            self.line.clear();
        }
    }
}

/// A word of a sentence: a hyphen is one, the dashes of an option are not.
fn word(word: &str) -> String {
    let escaped = word.replace('\\', "\\e");
    let bare = escaped.trim_start_matches('(');
    if bare.starts_with('-') { escaped.replace('-', "\\-") } else { escaped }
}

/// What is typed as it is.
pub(super) fn literal(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq")
}

#[test]
fn man_prose_is_mdoc() {
    let table = [
        ("One. Two (three.) Four", "One.\nTwo (three.)\nFour\n"),
        ("See `a --b`, or (`c`). D", "See\n.Ql \"a \\-\\-b\" ,\nor\n.Ql ( \"c\" ) .\nD\n"),
        ("of --root, a-b\n\n.conf", "of \\-\\-root, a-b\n.Pp\n\\&.conf\n"),
    ];
    for (text, expected) in table {
        assert_eq!(prose(text), expected);
    }
}
