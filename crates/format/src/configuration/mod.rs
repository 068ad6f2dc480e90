//! modprobe.d: from the bytes of one file to directives, as modprobe.d(5) names them and kmod
//! reads them. Which directive wins over which is not decided here, and no file is opened.

mod entry;
mod line;
mod selection;

pub use entry::{write_entry, written_softdep};
pub use line::{LogicalLine, logical_lines, words};
pub use selection::{Place, Selected, is_configuration_name, select};

use crate::ModuleName;
use crate::name::fold_alias;
use alloc::vec::Vec;
use line::{after_word, is_space};

/// What one file says, and what in it cannot be read. Reading goes on after a bad line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The directives, in file order.
    pub lines: Vec<Line>,
    /// The lines that are no directives, in file order.
    pub complaints: Vec<Complaint>,
}

/// A directive with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number of the first physical line, from 1.
    pub first: usize,
    /// The number of the last physical line, from 1.
    pub number: usize,
    /// What the line says.
    pub directive: Directive,
}

/// One directive. Names are folded (`-` to `_` outside brackets), commands and options are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// What matches the pattern is asked for by loading the module.
    Alias {
        /// An fnmatch(3) pattern.
        pattern: Vec<u8>,
        /// The module, which need not exist.
        module: ModuleName,
    },
    /// Aliases do not load the module.
    Blacklist {
        /// The module.
        module: ModuleName,
    },
    /// Modules that match are loaded by a command.
    Install {
        /// An fnmatch(3) pattern of module names.
        pattern: Vec<u8>,
        /// Words for `/bin/sh -c`.
        command: Vec<u8>,
    },
    /// Parameters for a module.
    Options {
        /// The module, or an alias by which it is asked for.
        name: ModuleName,
        /// The parameters, tabs made spaces, other leading blanks kept.
        text: Vec<u8>,
    },
    /// Modules that match are removed by a command.
    Remove {
        /// An fnmatch(3) pattern of module names.
        pattern: Vec<u8>,
        /// Words for `/bin/sh -c`.
        command: Vec<u8>,
    },
    /// Modules to load before and after those that match, if they exist.
    Softdep {
        /// An fnmatch(3) pattern of module names.
        pattern: Vec<u8>,
        /// Names or aliases to load before, not folded.
        pre: Vec<Vec<u8>>,
        /// Names or aliases to load after, not folded.
        post: Vec<Vec<u8>>,
    },
    /// Modules that those that match may ask for by themselves.
    Weakdep {
        /// An fnmatch(3) pattern of module names.
        pattern: Vec<u8>,
        /// Names or aliases, not folded.
        modules: Vec<Vec<u8>>,
    },
}

/// A line that is no directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The number of the last physical line, from 1.
    pub number: usize,
    /// Its first word.
    pub first_word: Vec<u8>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Why a line is no directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `include` and `config` were directives once.
    Deprecated,
    /// Unknown, incomplete, or a name with an unmatched bracket.
    Unreadable,
}

/// Reads one file of modprobe.d, or the `modules.softdep` and `modules.weakdep` of a kernel.
pub fn parse(file: &[u8]) -> Configuration {
    let mut configuration = Configuration::default();
    for line in logical_lines(file) {
        let (first_word, rest) = after_word(&line.text);
        if first_word.is_empty() {
            continue;
        }
        let fault = match (first_word, directive(first_word, rest)) {
            (_, Some(directive)) => {
                let (first, number) = (line.first, line.number);
                configuration.lines.push(Line { first, number, directive });
                continue;
            }
            (b"include" | b"config", None) => Fault::Deprecated,
            (_, None) => Fault::Unreadable,
        };
        let first_word = first_word.to_vec();
        configuration.complaints.push(Complaint { number: line.number, first_word, fault });
    }
    configuration
}

fn directive(keyword: &[u8], rest: &[u8]) -> Option<Directive> {
    let (word, after) = after_word(rest);
    if word.is_empty() {
        return None;
    }
    let pattern = fold_alias(word).ok()?.into_owned();
    Some(match keyword {
        b"alias" => Directive::Alias { pattern, module: alias_target(after)? },
        b"blacklist" => Directive::Blacklist { module: ModuleName::verbatim(pattern) },
        b"install" => Directive::Install { pattern, command: text(after)?.to_vec() },
        b"options" => {
            let text = text(after)?.iter().map(|&byte| if byte == b'\t' { b' ' } else { byte });
            Directive::Options { name: ModuleName::verbatim(pattern), text: text.collect() }
        }
        b"remove" => Directive::Remove { pattern, command: text(after)?.to_vec() },
        b"softdep" => {
            let (pre, post) = soft_dependencies(text(after)?);
            Directive::Softdep { pattern, pre, post }
        }
        b"weakdep" => {
            let modules = spaced(text(after)?).map(<[u8]>::to_vec).collect();
            Directive::Weakdep { pattern, modules }
        }
        _ => return None,
    })
}

fn alias_target(rest: &[u8]) -> Option<ModuleName> {
    let (word, _) = after_word(rest);
    if word.is_empty() { None } else { ModuleName::of_alias(word).ok() }
}

/// All that follows the one separator after the name; there has to be something.
fn text(rest: &[u8]) -> Option<&[u8]> {
    rest.split_first().map(|(_, text)| text).filter(|text| !text.is_empty())
}

/// Sorts words under the markers `pre:` and `post:`, which may come again; words before any are
/// dropped.
fn soft_dependencies(text: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (mut pre, mut post, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    let mut under = &mut dropped;
    for word in spaced(text) {
        match word {
            b"pre:" => under = &mut pre,
            b"post:" => under = &mut post,
            _ => under.push(word.to_vec()),
        }
    }
    (pre, post)
}

/// Words between any white space (isspace(3)), where other words end at blanks only.
///
/// As in kmod, a single white space at the start belongs to the first word: `softdep m  pre: a`
/// (two spaces) has no marker.
fn spaced(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = match text {
        [space, next, ..] if is_space(*space) && !is_space(*next) => {
            let length = text[1..].iter().take_while(|&&byte| !is_space(byte)).count();
            text.split_at(1 + length)
        }
        _ => text.split_at(0),
    };
    let words = rest.split(|&byte| is_space(byte));
    core::iter::once(first).chain(words).filter(|word| !word.is_empty())
}
