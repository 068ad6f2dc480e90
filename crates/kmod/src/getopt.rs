//! Command lines as glibc's `getopt_long` reads them: permuted operands, `POSIXLY_CORRECT`, `--`,
//! clusters, unambiguous prefixes, and its diagnostics to the byte. It gives options no meaning.
//!
//! Two things glibc has not: a row may be hidden, so that a spelling of another kmod version is
//! understood without changing what a prefix means; and all rows stand in one table.

use std::collections::VecDeque;

use crate::ended::Ended;
use crate::log::to_stderr;

/// One option of a tool, by its letter, its long name, or both.
pub(crate) struct Row<M: 'static> {
    /// Its letter; 0 when it has none.
    pub(crate) letter: u8,
    /// Its long name; empty when it has none.
    pub(crate) long: &'static str,
    /// Whether an argument follows.
    pub(crate) takes_argument: bool,
    /// Whether it steps back where another row could be meant.
    pub(crate) hidden: bool,
    /// What it means to the tool.
    pub(crate) means: M,
}

/// An option that takes no argument.
pub(crate) const fn flag<M>(letter: u8, long: &'static str, means: M) -> Row<M> {
    Row { letter, long, takes_argument: false, hidden: false, means }
}

/// An option that takes an argument.
pub(crate) const fn valued<M>(letter: u8, long: &'static str, means: M) -> Row<M> {
    Row { letter, long, takes_argument: true, hidden: false, means }
}

/// An option of another kmod version, without an argument.
pub(crate) const fn hidden<M>(letter: u8, long: &'static str, means: M) -> Row<M> {
    Row { letter, long, takes_argument: false, hidden: true, means }
}

/// An option that kmod 34 has not, with an argument.
pub(crate) const fn hidden_valued<M>(letter: u8, long: &'static str, means: M) -> Row<M> {
    Row { letter, long, takes_argument: true, hidden: true, means }
}

/// Whether operands end the options, as POSIX has it.
pub(crate) fn posixly_correct() -> bool {
    std::env::var_os("POSIXLY_CORRECT").is_some()
}

/// A command line on its way through a table.
pub(crate) struct Getopt<M: 'static> {
    table: &'static [Row<M>],
    arguments: VecDeque<Vec<u8>>,
    /// Letters of a cluster that are still to be read.
    cluster: Vec<u8>,
    operands: Vec<Vec<u8>>,
    stops_at_operand: bool,
}

/// An option as it was met: what it means, and its argument, empty when it takes none.
pub(crate) type Met<M> = (M, Vec<u8>);

/// What glibc says of an option it does not understand, without the program's name before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint(Vec<u8>);

impl Complaint {
    /// Tells it under the name by which the program was called; that ends the tool.
    pub(crate) fn told(&self, name: &[u8]) -> Ended {
        to_stderr(&[name, b": ", &self.0]);
        Ended::Failed
    }
}

impl<M: Copy + PartialEq> Getopt<M> {
    /// Reads arguments, the program's name not among them. `stops_at_operand` is `POSIXLY_CORRECT`
    /// or a leading `+`: everything from the first operand on is an operand.
    pub(crate) fn new(
        table: &'static [Row<M>],
        arguments: Vec<Vec<u8>>,
        stops_at_operand: bool,
    ) -> Self {
        let arguments = arguments.into();
        Self { table, arguments, cluster: Vec::new(), operands: Vec::new(), stops_at_operand }
    }

    /// Finds the next option; at the end, nothing.
    pub(crate) fn next(&mut self) -> Option<Result<Met<M>, Complaint>> {
        if !self.cluster.is_empty() {
            return Some(self.letter());
        }
        while let Some(argument) = self.arguments.pop_front() {
            if argument == b"--" {
                break;
            }
            if let Some(long) = argument.strip_prefix(b"--") {
                return Some(self.long(long));
            }
            if argument.len() > 1 && argument[0] == b'-' {
                self.cluster = argument[1..].to_vec();
                return Some(self.letter());
            }
            self.operands.push(argument);
            if self.stops_at_operand {
                break;
            }
        }
        self.operands.extend(self.arguments.drain(..));
        None
    }

    /// The operands, once every option was met.
    pub(crate) fn operands(self) -> Vec<Vec<u8>> {
        self.operands
    }

    fn letter(&mut self) -> Result<Met<M>, Complaint> {
        let letter = self.cluster.remove(0);
        let Some(row) = self.table.iter().find(|row| row.letter == letter && letter != 0) else {
            return Err(complaint(&[b"invalid option -- '", &[letter], b"'"]));
        };
        if !row.takes_argument {
            return Ok((row.means, Vec::new()));
        }
        match std::mem::take(&mut self.cluster) {
            rest if !rest.is_empty() => Ok((row.means, rest)),
            _ => match self.arguments.pop_front() {
                Some(argument) => Ok((row.means, argument)),
                None => Err(complaint(&[b"option requires an argument -- '", &[letter], b"'"])),
            },
        }
    }

    fn long(&mut self, typed: &[u8]) -> Result<Met<M>, Complaint> {
        let equals = typed.iter().position(|&byte| byte == b'=');
        let row = self.row(typed, &typed[..equals.unwrap_or(typed.len())])?;
        let name = row.long.as_bytes();
        match (row.takes_argument, equals) {
            (true, Some(equals)) => Ok((row.means, typed[equals + 1..].to_vec())),
            (true, None) => match self.arguments.pop_front() {
                Some(argument) => Ok((row.means, argument)),
                None => Err(complaint(&[b"option '--", name, b"' requires an argument"])),
            },
            (false, Some(_)) => {
                Err(complaint(&[b"option '--", name, b"' doesn't allow an argument"]))
            }
            (false, None) => Ok((row.means, Vec::new())),
        }
    }

    /// The one row a long name stands for: the row of exactly that name, else of that beginning.
    fn row(&self, typed: &[u8], name: &[u8]) -> Result<&'static Row<M>, Complaint> {
        let rows = || self.table.iter().filter(|row| !row.long.is_empty());
        if let Some(row) = rows().find(|row| row.long.as_bytes() == name) {
            return Ok(row);
        }
        let begins = |row: &&Row<M>| row.long.as_bytes().starts_with(name);
        let mut candidates: Vec<_> = rows().filter(|row| !row.hidden).filter(begins).collect();
        if candidates.is_empty() {
            candidates = rows().filter(begins).collect();
        }
        let Some(&first) = candidates.first() else {
            return Err(complaint(&[b"unrecognized option '--", typed, b"'"]));
        };
        candidates
            .retain(|row| row.takes_argument != first.takes_argument || row.means != first.means);
        if candidates.is_empty() { Ok(first) } else { Err(ambiguous(typed, first, &candidates)) }
    }
}

fn ambiguous<M>(typed: &[u8], first: &Row<M>, others: &[&Row<M>]) -> Complaint {
    let mut text = [b"option '--", typed, b"' is ambiguous; possibilities:"].concat();
    for row in [first].iter().chain(others) {
        text.extend_from_slice(&[b" '--", row.long.as_bytes(), b"'"].concat());
    }
    Complaint(text)
}

fn complaint(parts: &[&[u8]]) -> Complaint {
    Complaint(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Row<char>; 9] = [
        flag(b'a', "all", 'a'),
        flag(b'r', "remove", 'r'),
        flag(0, "remove-dependencies", 'H'),
        flag(0, "remove-holders", 'H'),
        valued(b'w', "wait", 'w'),
        flag(b'n', "show", 'n'),
        flag(b'D', "show-depends", 'D'),
        hidden(0, "show-alias", 'R'),
        hidden(0, "remote", 'x'),
    ];

    /// What is met and what is left, as one line: `a w=5 | operands`, or the complaint.
    fn read(line: &str, stops_at_operand: bool) -> String {
        let arguments = line.split_terminator(' ').map(|word| word.as_bytes().to_vec()).collect();
        let mut getopt = Getopt::new(&TABLE, arguments, stops_at_operand);
        let mut shown = String::new();
        while let Some(met) = getopt.next() {
            match met {
                Ok((means, argument)) if argument.is_empty() => {
                    shown.push_str(&format!("{means} "))
                }
                Ok((means, argument)) => {
                    shown.push_str(&format!("{means}={} ", argument.escape_ascii()));
                }
                Err(Complaint(text)) => return String::from_utf8(text).unwrap(),
            }
        }
        let operands = getopt.operands();
        let operands: Vec<_> =
            operands.iter().map(|word| word.escape_ascii().to_string()).collect();
        format!("{shown}| {}", operands.join(" "))
    }

    #[test]
    fn lines_are_read_as_glibc_reads_them() {
        let table = [
            ("", "| "),
            ("-ar x", "a r | x"),
            ("x -a y", "a | x y"),
            ("x -- -a", "| x -a"),
            ("- -a", "a | -"),
            ("-w5 -w 6 -aw 7", "w=5 w=6 a w=7 | "),
            ("-w -a x", "w=-a | x"),
            ("-wa5", "w=a5 | "),
            ("--wait=5 --wait 6 --wa=", "w=5 w=6 w | "),
            ("--wait --all", "w=--all | "),
            ("--show --show-d --show-alias --show-a --all", "n D R R a | "),
            ("--remove- --remove-h", "H H | "),
            (
                "--remo x",
                "option '--remo' is ambiguous; possibilities: '--remove' '--remove-dependencies' \
                 '--remove-holders'",
            ),
            ("--all=", "option '--all' doesn't allow an argument"),
            ("--wait", "option '--wait' requires an argument"),
            ("-aw", "option requires an argument -- 'w'"),
            ("-aZ", "invalid option -- 'Z'"),
            ("--foo=bar", "unrecognized option '--foo=bar'"),
            ("--sh=x", "option '--sh=x' is ambiguous; possibilities: '--show' '--show-depends'"),
        ];
        for (line, shown) in table {
            assert_eq!(read(line, false), shown, "{line}");
        }
    }

    #[test]
    fn options_end_at_the_first_operand_when_asked() {
        assert_eq!(read("-a x -r", true), "a | x -r");
        assert_eq!(read("-a -- x -r", true), "a | x -r");
    }
}
