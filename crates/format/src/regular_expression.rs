//! POSIX extended regular expressions, as depmod.d names releases by them. It tells only whether an
//! expression is found, not where.
//!
//! An expression becomes a list of states that are walked side by side, so that none is slow: the
//! work is at most the length of the text times that of the list. Back references, which no POSIX
//! extended expression has, are not valid here.

mod bracket;
mod compile;

use alloc::vec;
use alloc::vec::Vec;

use bracket::Set;

/// Whether an expression is found anywhere in a text; one that is not valid never is.
///
/// Source: POSIX.1, "Extended Regular Expressions" (regex(7)), with glibc's liberty that a `)`
/// without its partner stands for itself.
pub fn is_found(expression: &[u8], text: &[u8]) -> bool {
    compile::compile(expression).is_some_and(|states| Walk::new(&states).finds(text))
}

/// What is to be met next, and where it goes on.
#[derive(Clone, Debug)]
enum State {
    /// One byte of a set, then the next state.
    Byte(Set),
    /// The end of the text.
    End,
    /// Both states.
    Fork(usize, usize),
    /// Everything was met.
    Found,
    /// Another state.
    Jump(usize),
    /// The start of the text.
    Start,
}

/// All states that are possible at one place of a text.
struct Walk<'a> {
    states: &'a [State],
    /// States that wait for a byte.
    waiting: Vec<usize>,
    /// For each state the last place, from 1, at which it was reached.
    reached: Vec<usize>,
}

impl<'a> Walk<'a> {
    fn new(states: &'a [State]) -> Self {
        Self { states, waiting: Vec::new(), reached: vec![0; states.len()] }
    }

    fn finds(&mut self, text: &[u8]) -> bool {
        let mut next = vec![0];
        for place in 0..=text.len() {
            // An expression may begin anywhere.
            next.push(0);
            if self.enter(&next, place, text.len()) {
                return true;
            }
            let Some(&byte) = text.get(place) else { break };
            let takes = |&state: &usize| matches!(&self.states[state], State::Byte(set) if set.contains(byte));
            next = self.waiting.iter().copied().filter(takes).map(|state| state + 1).collect();
        }
        false
    }

    /// Reaches states at a place, and tells whether everything was met.
    fn enter(&mut self, states: &[usize], place: usize, end: usize) -> bool {
        self.waiting.clear();
        let mut open = states.to_vec();
        while let Some(state) = open.pop() {
            if self.reached[state] == place + 1 {
                continue;
            }
            self.reached[state] = place + 1;
            match self.states[state] {
                State::Byte(_) => self.waiting.push(state),
                State::End if place == end => open.push(state + 1),
                State::Start if place == 0 => open.push(state + 1),
                State::End | State::Start => {}
                State::Fork(one, other) => open.extend([one, other]),
                State::Found => return true,
                State::Jump(to) => open.push(to),
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What regexec(3) of glibc says.
    #[test]
    fn expressions_are_found_as_regexec_finds_them() {
        let release = "6.1.0-56-amd64";
        let table = [
            ("6.1", release, true),
            ("^6\\.1\\.", release, true),
            ("^1", release, false),
            ("amd64$", release, true),
            ("^6.1.0-56-amd64$", release, true),
            ("^6.1.0$", release, false),
            ("(5|6)\\.[0-9]+\\..*-(amd|arm)64$", release, true),
            ("^(5|7)\\.", release, false),
            ("6{1,2}\\.1", release, true),
            ("^6{2}", release, false),
            ("^6{0}\\.", release, false),
            ("^6{1,}", release, true),
            ("56?-", release, true),
            ("57?-amd", release, false),
            ("[[:alpha:]]{3}[[:digit:]]{2}$", release, true),
            ("[^0-9.]amd", release, true),
            ("[]a-]md", release, true),
            ("[a", release, false),
            ("[z-a]", release, false),
            ("[[:nope:]]", release, false),
            ("(6", release, false),
            ("6)", release, false),
            ("6)", "6)", true),
            ("6{2,1}", release, false),
            ("6{", release, false),
            ("6\\", release, false),
            ("*6", release, false),
            ("^*6", release, false),
            ("", release, true),
            ("()", release, true),
            ("x|", release, true),
            ("(a*)*$", release, true),
            ("(a|b)*c|", "", true),
            ("a.b", "a\nb", true),
            ("\\w+-\\W*", release, true),
        ];
        for (expression, text, expected) in table {
            let found = is_found(expression.as_bytes(), text.as_bytes());
            assert_eq!(found, expected, "{expression} in {text}");
        }
    }

    #[test]
    fn no_expression_is_large_or_slow() {
        let text = [b'a'; 5_000];
        assert!(!is_found(b"(a*)*(a*)*(a*)*b", &text));
        assert!(!is_found(b"((((a{255}){255}){255}){255}){255}", &text));
        let deep = [b"(".repeat(100_000), b")".repeat(100_000)].concat();
        assert!(!is_found(&deep, b"a"));
    }
}
