//! From the text of an expression to its states.

use alloc::vec::Vec;

use super::State;
use super::bracket::{self, Set};

/// An expression does not have more states than this.
const MOST_STATES: usize = 1 << 14;
/// Groups do not stand deeper in each other than this.
const DEEPEST: usize = 64;
/// The greatest number between braces (`RE_DUP_MAX` of POSIX is 255, of glibc this).
const MOST_REPEATS: usize = 0x7fff;

/// The states of a whole expression; nothing when it is not valid, or too large.
pub(super) fn compile(expression: &[u8]) -> Option<Vec<State>> {
    let mut reader = Reader { rest: expression, depth: 0 };
    let mut states = reader.alternatives()?;
    states.push(State::Found);
    reader.rest.is_empty().then_some(states)
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl Reader<'_> {
    /// What stands between `|`, up to the end of a group.
    fn alternatives(&mut self) -> Option<Vec<State>> {
        let mut states = self.sequence()?;
        while let Some(rest) = self.rest.strip_prefix(b"|") {
            self.rest = rest;
            let other = self.sequence()?;
            let length = states.len();
            let mut both = Vec::from([State::Fork(1, length + 2)]);
            append(&mut both, states)?;
            both.push(State::Jump(length + 2 + other.len()));
            append(&mut both, other)?;
            states = both;
        }
        Some(states)
    }

    fn sequence(&mut self) -> Option<Vec<State>> {
        let mut states = Vec::new();
        while let Some(atom) = self.atom()? {
            append(&mut states, self.repeated(atom)?)?;
        }
        Some(states)
    }

    /// One thing that can be repeated; nothing at the end of a sequence.
    fn atom(&mut self) -> Option<Option<Vec<State>>> {
        let Some((&first, rest)) = self.rest.split_first() else { return Some(None) };
        if first == b'|' || (first == b')' && self.depth > 0) {
            return Some(None);
        }
        self.rest = rest;
        let state = match first {
            b'(' => return self.group().map(Some),
            b'[' => {
                let (set, rest) = bracket::read(rest)?;
                self.rest = rest;
                State::Byte(set)
            }
            b'^' => State::Start,
            b'$' => State::End,
            b'.' => State::Byte(Set::any()),
            b'\\' => self.escaped()?,
            // Nothing stands before it that could be repeated.
            b'*' | b'+' | b'?' | b'{' => return None,
            byte => State::Byte(Set::of([byte])),
        };
        Some(Some(Vec::from([state])))
    }

    fn group(&mut self) -> Option<Vec<State>> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let states = self.alternatives()?;
        self.rest = self.rest.strip_prefix(b")")?;
        self.depth -= 1;
        Some(states)
    }

    fn escaped(&mut self) -> Option<State> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(State::Byte(match byte {
            b'w' => bracket::word(),
            b'W' => bracket::word().inverse(),
            b's' => bracket::space(),
            b'S' => bracket::space().inverse(),
            b'1'..=b'9' | b'b' | b'B' | b'<' | b'>' | b'`' | b'\'' => return None,
            byte => Set::of([byte]),
        }))
    }

    /// An atom as often as the operators behind it say.
    fn repeated(&mut self, mut atom: Vec<State>) -> Option<Vec<State>> {
        let is_anchor = matches!(atom[..], [State::Start | State::End]);
        while let Some((&operator, rest)) = self.rest.split_first() {
            if is_anchor && b"*+?{".contains(&operator) {
                return None;
            }
            let (least, most) = match operator {
                b'*' => (0, None),
                b'+' => (1, None),
                b'?' => (0, Some(1)),
                b'{' => {
                    self.rest = rest;
                    atom = self.interval(atom)?;
                    continue;
                }
                _ => break,
            };
            self.rest = rest;
            atom = repeat(&atom, least, most)?;
        }
        Some(atom)
    }

    /// `{m}`, `{m,}` or `{m,n}`, behind its `{`.
    fn interval(&mut self, atom: Vec<State>) -> Option<Vec<State>> {
        let end = self.rest.iter().position(|&byte| byte == b'}')?;
        let text = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let mut bounds = text.splitn(2, |&byte| byte == b',');
        let (least, most) = (bounds.next()?, bounds.next());
        let least = if least.is_empty() && most.is_some() { 0 } else { bound(least)? };
        let most = match most {
            None => Some(least),
            Some(b"") => None,
            Some(most) => Some(bound(most)?),
        };
        if most.is_some_and(|most| most < least) {
            return None;
        }
        repeat(&atom, least, most)
    }
}

fn bound(text: &[u8]) -> Option<usize> {
    let digits = text.iter().all(u8::is_ascii_digit).then_some(text)?;
    let number: usize = core::str::from_utf8(digits).ok()?.parse().ok()?;
    (number <= MOST_REPEATS).then_some(number)
}

/// The states of something that is met from `least` to `most` times, or more often.
fn repeat(atom: &[State], least: usize, most: Option<usize>) -> Option<Vec<State>> {
    let mut states = Vec::new();
    for _ in 0..least {
        append(&mut states, atom.to_vec())?;
    }
    match most {
        None => {
            let mut endless = Vec::from([State::Fork(1, atom.len() + 2)]);
            append(&mut endless, atom.to_vec())?;
            endless.push(State::Jump(0));
            append(&mut states, endless)?;
        }
        Some(most) => {
            for _ in least..most {
                let mut maybe = Vec::from([State::Fork(1, atom.len() + 1)]);
                append(&mut maybe, atom.to_vec())?;
                append(&mut states, maybe)?;
            }
        }
    }
    Some(states)
}

/// Puts states behind others; their jumps are counted from their first one.
fn append(states: &mut Vec<State>, others: Vec<State>) -> Option<()> {
    let shift = states.len();
    if shift + others.len() > MOST_STATES {
        return None;
    }
    states.extend(others.into_iter().map(|state| match state {
        State::Fork(one, other) => State::Fork(one + shift, other + shift),
        State::Jump(to) => State::Jump(to + shift),
        state => state,
    }));
    Some(())
}
