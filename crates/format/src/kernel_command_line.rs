//! Options and blacklist entries on the kernel command line, read as kmod reads `/proc/cmdline`.
//! What the kernel itself or systemd take from there is not looked at.

use crate::ModuleName;
use crate::name::fold_alias;
use alloc::vec::Vec;

/// kmod reads no more of `/proc/cmdline`.
pub const LENGTH_LIMIT: usize = 4095;

/// What a command line says about modules, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelCommandLine {
    /// The modules of `modprobe.blacklist=`, to the byte: kmod folds nothing here, so that `b-c`
    /// never meets the module `b_c`. Empty items are kept.
    pub blacklist: Vec<ModuleName>,
    /// The `NAME.PARAMETER=VALUE` items.
    pub options: Vec<ModuleOptions>,
    /// Names of items that are left out because of an unmatched bracket, as kmod complains of them:
    /// folded up to that bracket.
    pub unmatched_brackets: Vec<Vec<u8>>,
}

/// Parameters for a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleOptions {
    /// The module, folded as in configuration files.
    pub name: ModuleName,
    /// `PARAMETER=VALUE` with its quotes; tabs are made spaces.
    pub text: Vec<u8>,
}

/// Reads a command line.
///
/// Items end at white space that no quotes protect. One is left out when a quote stands in its name
/// or parameter (but not before them), when `=` comes before the first `.`, when its parameter
/// holds a second `.`, when quotes protect a space in them, or when a quote is never closed.
pub fn parse(command_line: &[u8]) -> KernelCommandLine {
    let end = command_line.iter().take(LENGTH_LIMIT).take_while(|&&byte| byte != 0).count();
    let mut read = KernelCommandLine::default();
    let mut item = Item::at(0);
    let mut quoted = false;
    for (at, &byte) in command_line[..end].iter().enumerate() {
        match byte {
            b'"' => {
                quoted = !quoted;
                item.quote(at);
            }
            b' ' | b'\t'..=b'\r' if !quoted => {
                read.add(&item, &command_line[..at]);
                item = Item::at(at + 1);
            }
            b' ' | b'\t'..=b'\r' => item.space(),
            b'.' => item.dot(at),
            b'=' => item.equals(at),
            _ => {}
        }
    }
    if !quoted {
        read.add(&item, &command_line[..end]);
    }
    read
}

/// How far an item is read; numbers are offsets in the command line.
enum Part {
    Name,
    Parameter {
        dot: usize,
    },
    Value {
        dot: usize,
        equals: usize,
    },
    /// Nothing about modules.
    Other,
}

struct Item {
    start: usize,
    /// A quote stood before the name.
    is_quoted: bool,
    part: Part,
}

impl Item {
    fn at(start: usize) -> Self {
        Self { start, is_quoted: false, part: Part::Name }
    }

    fn quote(&mut self, at: usize) {
        match self.part {
            Part::Name if at == self.start && !self.is_quoted => {
                self.is_quoted = true;
                self.start = at + 1;
            }
            Part::Name | Part::Parameter { .. } => self.part = Part::Other,
            Part::Value { .. } | Part::Other => {}
        }
    }

    /// Takes a white space between quotes.
    fn space(&mut self) {
        if matches!(self.part, Part::Name | Part::Parameter { .. }) {
            self.part = Part::Other;
        }
    }

    fn dot(&mut self, at: usize) {
        match self.part {
            Part::Name => self.part = Part::Parameter { dot: at },
            Part::Parameter { .. } => self.part = Part::Other,
            Part::Value { .. } | Part::Other => {}
        }
    }

    fn equals(&mut self, at: usize) {
        match self.part {
            Part::Name => self.part = Part::Other,
            Part::Parameter { dot } => self.part = Part::Value { dot, equals: at },
            Part::Value { .. } | Part::Other => {}
        }
    }
}

impl KernelCommandLine {
    /// Adds an item that ends where `line` ends.
    fn add(&mut self, item: &Item, line: &[u8]) {
        let (dot, value) = match item.part {
            Part::Parameter { dot } => (dot, None),
            Part::Value { dot, equals } => (dot, Some(equals + 1)),
            Part::Name | Part::Other => return,
        };
        let name = &line[item.start..dot];
        let parameter = &line[dot + 1..value.map_or(line.len(), |value| value - 1)];
        match (name, parameter, value) {
            (b"modprobe", b"blacklist", Some(value)) => {
                let moved: &[u8] = if item.is_quoted { b"\"" } else { b"" };
                let modules = [moved, &line[value..]].concat();
                let modules = modules.split(|&byte| byte == b',');
                self.blacklist.extend(modules.map(ModuleName::verbatim));
            }
            _ => match fold_alias(name) {
                Ok(name) => {
                    let name = ModuleName::verbatim(name);
                    self.options.push(ModuleOptions { name, text: text(item, dot, value, line) });
                }
                Err(_) => self.unmatched_brackets.push(partly_folded(name)),
            },
        }
    }
}

fn partly_folded(name: &[u8]) -> Vec<u8> {
    let lengths = (0..=name.len()).rev();
    let folded = lengths.filter_map(|length| fold_alias(&name[..length]).ok()).next();
    let folded = folded.unwrap_or_default();
    [&folded[..], &name[folded.len()..]].concat()
}

/// The parameter and its value; a quote that stood before the name moves to the value, and tabs
/// become spaces.
fn text(item: &Item, dot: usize, value: Option<usize>, line: &[u8]) -> Vec<u8> {
    let mut text = match value {
        Some(value) if item.is_quoted => [&line[dot + 1..value], b"\"", &line[value..]].concat(),
        _ => line[dot + 1..].to_vec(),
    };
    text.iter_mut().filter(|byte| **byte == b'\t').for_each(|byte| *byte = b' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    /// What kmod 34.2 makes of command lines: `-NAME` blacklisted, `NAME TEXT`, `!NAME` refused.
    #[test]
    fn command_lines_read_as_kmod_does() {
        let table: &[(&[u8], &[&str])] = &[
            (b"root=/dev/x ro quiet", &[]),
            (b"a.b=c x.y \"m.q=v w\"", &["a b=c", "x y", "m q=\"v w\""]),
            (b"m.k=\"a b\" m.d.e=5 t.p=1.5G", &["m k=\"a b\"", "t p=1.5G"]),
            (b"m.=3 .x=1 .=1 . a. .b =.c", &["m =3", " x=1", " =1", " ", "a ", " b"]),
            (b"modprobe.blacklist=a,b-c modprobe.blacklist", &["-a", "-b-c", "modprobe blacklist"]),
            (b"modprobe.blacklist= modprobe.blacklist=,x,", &["-", "-", "-x", "-"]),
            (b"\"modprobe.blacklist=a,b c\"", &["-\"a", "-b c\""]),
            (
                b"ivrs_acpihid[14:00.5]=x a]b.c a[0].c=d",
                &["a[0] c=d", "!ivrs_acpihid[14:00", "!a]b"],
            ),
            (b"a-b.c-d=e-f x-y]z-a.b x-y[z-a.b", &["a_b c-d=e-f", "!x_y]z-a", "!x_y[z-a"]),
            (b"a\"b.c=d a.b\"c=d a.b=c\"d e\"f.g=h x=1", &["a b=c\"d e\"f.g=h"]),
            (b"a.b=c=d a.b=c\"d e.f=g", &["a b=c=d"]),
            (b"a.b\tc.d\ne.f\x0bg.h\x0ci.j\rk.l\n", &["a b", "c d", "e f", "g h", "i j", "k l"]),
            (b"a.b= \0c.d=e", &["a b="]),
            (b"\"\" a.b=1 \"x\" c.d=2 \"e.f g.h=1", &["a b=1", "c d=2"]),
            (b"\"a.b=c d\"e f.g=h", &["a b=\"c d\"e", "f g=h"]),
            (b"\"a\"b.c=1 \"\"d.e=2 \"a\".b=3", &[]),
            (b"\"a.b c.d=e\" f.g=h", &["f g=h"]),
            (b"\"a b.c=d\" \" e.f=g\" h.i=\"\t\"", &["h i=\" \""]),
        ];
        for (line, expected) in table {
            let read = parse(line);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let mut shown: Vec<String> = Vec::new();
            shown.extend(read.blacklist.iter().map(|name| text(&[b"-", name.as_bytes()].concat())));
            shown.extend(
                read.options
                    .iter()
                    .map(|item| text(&[item.name.as_bytes(), &item.text].join(&b' '))),
            );
            shown.extend(
                read.unmatched_brackets.iter().map(|name| text(&[&b"!"[..], name].concat())),
            );
            assert_eq!(shown, *expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn the_rest_of_a_long_line_is_not_seen() {
        let line = [&b"x".repeat(4090)[..], b" a.b=c d.e=f"].concat();
        let read = parse(&line);
        let shown: Vec<_> = read.options.iter().map(|item| &item.text[..]).collect();
        assert_eq!(shown, [b"b="]);
    }
}
