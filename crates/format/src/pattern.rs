//! Matching as fnmatch(3) does with no flags in the C locale: `*` and `?` take any byte (also `/`
//! and a leading dot), `[…]` sets, `\` escapes. It knows nothing of aliases or files.
//!
//! The answers are glibc's also for damaged brackets. A step back goes to the last `*` only, so
//! the time is bounded by the product of the lengths, and nothing recurses.

/// Tells whether the whole of `text` is matched by `pattern`.
///
/// Answers as fnmatch(3) with flags 0 in the C locale (POSIX, "Pattern Matching Notation").
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut taken) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&b'*') {
            at += 1;
            star = Some((at, taken));
            continue;
        }
        if at == pattern.len()
            && (taken == text.len() || star.is_some_and(|(after, _)| after == at))
        {
            return true;
        }
        match text.get(taken).and_then(|&byte| step(pattern, at, byte)) {
            Some(next) => (at, taken) = (next, taken + 1),
            None => match star {
                Some((after, start)) if start < text.len() => {
                    star = Some((after, start + 1));
                    (at, taken) = (after, start + 1);
                }
                _ => return false,
            },
        }
    }
}

/// Takes one byte with the pattern's item at `at`, and returns where the next item begins.
fn step(pattern: &[u8], at: usize, byte: u8) -> Option<usize> {
    let literal = |position: usize| (pattern.get(position) == Some(&byte)).then_some(position + 1);
    match pattern.get(at)? {
        b'?' => Some(at + 1),
        b'\\' => literal(at + 1),
        b'[' => match bracket(pattern, at + 1, byte) {
            Bracket::Matched(end) => Some(end),
            Bracket::Refused => None,
            Bracket::Unterminated => literal(at),
        },
        _ => literal(at),
    }
}

enum Bracket {
    Matched(usize),
    Refused,
    /// The `[` stands for itself.
    Unterminated,
}

/// One element of a set: which bytes it holds, and where the next one begins.
enum Element {
    Set { holds: bool, next: usize },
    Broken,
    End,
}

/// Reads a set whose first byte after `[` is at `start`.
fn bracket(pattern: &[u8], start: usize, byte: u8) -> Bracket {
    let negated = matches!(pattern.get(start), Some(b'!' | b'^'));
    let mut at = start + usize::from(negated);
    loop {
        match element(pattern, at, byte) {
            Element::Broken => return Bracket::Refused,
            Element::End => return Bracket::Unterminated,
            Element::Set { holds: true, next } => {
                return match skip(pattern, next) {
                    Bracket::Matched(_) if negated => Bracket::Refused,
                    skipped => skipped,
                };
            }
            Element::Set { holds: false, next } => at = next,
        }
        if pattern.get(at) == Some(&b']') {
            return if negated { Bracket::Matched(at + 1) } else { Bracket::Refused };
        }
    }
}

fn element(pattern: &[u8], at: usize, byte: u8) -> Element {
    let Some(&first) = pattern.get(at) else { return Element::End };
    match (first, pattern.get(at + 1)) {
        (b'\\', None) => Element::Broken,
        (b'\\', Some(&escaped)) => range(pattern, escaped, at + 2, byte),
        (b'[', Some(b':')) => match class(pattern, at + 2) {
            Class::Named(name, next) => match in_class(name, byte) {
                Some(holds) => Element::Set { holds, next },
                None => Element::Broken,
            },
            Class::Ordinary => range(pattern, b'[', at + 1, byte),
            Class::TooLong => Element::Broken,
        },
        (b'[', Some(b'=')) => equivalence(pattern, at, byte),
        (b'[', Some(b'.')) => match collating(pattern, at + 2) {
            // glibc takes this `-` for a range's and drops the symbol.
            Some((_, next)) if pattern[next..].starts_with(b"-]") => {
                Element::Set { holds: false, next }
            }
            Some((symbol, next)) => range(pattern, symbol, next, byte),
            None => Element::Broken,
        },
        _ => range(pattern, first, at + 1, byte),
    }
}

/// Reads `symbol` or, where a `-` follows at `next`, the range that begins with it.
fn range(pattern: &[u8], symbol: u8, next: usize, byte: u8) -> Element {
    match (pattern.get(next), pattern.get(next + 1)) {
        (Some(b'-'), None) if symbol != byte => Element::Broken,
        (Some(b'-'), Some(&end)) if end != b']' => match range_end(pattern, next + 1, end) {
            Some((end, next)) => Element::Set { holds: symbol <= byte && byte <= end, next },
            None => Element::Broken,
        },
        _ => Element::Set { holds: symbol == byte, next },
    }
}

fn range_end(pattern: &[u8], at: usize, end: u8) -> Option<(u8, usize)> {
    match (end, pattern.get(at + 1)) {
        (b'[', Some(b'.')) => collating(pattern, at + 2),
        (b'\\', escaped) => escaped.map(|&escaped| (escaped, at + 2)),
        _ => Some((end, at + 1)),
    }
}

/// Reads `x.]` of `[.x.]`: the C locale knows only symbols of one byte.
fn collating(pattern: &[u8], at: usize) -> Option<(u8, usize)> {
    match pattern.get(at..at + 3)? {
        &[symbol, b'.', b']'] => Some((symbol, at + 3)),
        _ => None,
    }
}

/// Reads `[=x=]`; what only looks like it is an ordinary `[`.
fn equivalence(pattern: &[u8], at: usize, byte: u8) -> Element {
    match pattern.get(at + 2..at + 5) {
        Some(&[symbol, b'=', b']']) => Element::Set { holds: symbol == byte, next: at + 5 },
        _ => range(pattern, b'[', at + 1, byte),
    }
}

enum Class<'a> {
    Named(&'a [u8], usize),
    Ordinary,
    TooLong,
}

/// glibc gives up on the whole pattern when a class name grows to this length.
const CLASS_NAME_LIMIT: usize = 256;

/// Reads `name:]`; glibc lets names hold `a` to `y` only, and takes another `[:` as ordinary bytes.
fn class(pattern: &[u8], start: usize) -> Class<'_> {
    let mut at = start;
    loop {
        if at - start == CLASS_NAME_LIMIT {
            return Class::TooLong;
        }
        match pattern.get(at) {
            Some(b':') if pattern.get(at + 1) == Some(&b']') => {
                return Class::Named(&pattern[start..at], at + 2);
            }
            Some(b'a'..=b'y') => at += 1,
            _ => return Class::Ordinary,
        }
    }
}

fn in_class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

/// Finds the end of a set that already matched.
fn skip(pattern: &[u8], mut at: usize) -> Bracket {
    loop {
        let Some(&byte) = pattern.get(at) else { return Bracket::Unterminated };
        at += 1;
        match (byte, pattern.get(at)) {
            (b']', _) => return Bracket::Matched(at),
            (b'\\', None) => return Bracket::Refused,
            (b'\\', Some(_)) => at += 1,
            (b'[', Some(b':')) => {
                if let Class::Named(_, next) = class(pattern, at + 1) {
                    at = next;
                }
            }
            (b'[', Some(b'=')) => match pattern.get(at + 1..at + 4) {
                Some([_, b'=', b']']) => at += 4,
                _ => return Bracket::Refused,
            },
            (b'[', Some(b'.')) => match pattern[at + 1..].windows(2).position(|two| two == b".]") {
                Some(end) => at += 1 + end + 2,
                None => return Bracket::Refused,
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What glibc 2.36 answers in the C locale.
    #[test]
    fn answers_are_glibcs() {
        let table: &[(&[u8], &[u8], bool)] = &[
            (b"", b"", true),
            (b"", b"a", false),
            (b"*", b"", true),
            (b"*", b".a/b", true),
            (b"?", b"/", true),
            (b"a*b*c", b"aXbYbZc", true),
            (b"a*b*c", b"aXbYbZ", false),
            (b"*?", b"", false),
            (b"pci:v00008086d*sv*", b"pci:v00008086d0000153Asv00", true),
            (b"\\*", b"\\a", false),
            (b"\\*", b"*", true),
            (b"a\\", b"a\\", false),
            (b"[a-c]", b"b", true),
            (b"[z-a]", b"z", false),
            (b"[!a-c]", b"b", false),
            (b"[^a-c]", b"d", true),
            (b"[!^]", b"^", false),
            (b"[]]", b"]", true),
            (b"[!]]", b"]", false),
            (b"[a-]", b"-", true),
            (b"[--0]", b"/", true),
            (b"[a\\]]", b"]", true),
            (b"[\x80-\xff]", b"\x90", true),
            (b"[[:alpha:]]", b"q", true),
            (b"[[:alpha:]]", b"\xe4", false),
            (b"[[:alpha:]-z]", b"-", true),
            (b"[[:cntrl:]]", b"\x7f", true),
            (b"[[:space:]]", b"\x0b", true),
            (b"[[:xdigit:]]", b"G", false),
            (b"[[:b:]", b"b", false),
            (b"[[:b:\\:]", b":", true),
            (b"[[:B:]]", b"B]", true),
            (b"[[:zz:]]", b"z]", true),
            (b"[[:z]", b"[", true),
            (b"[[=a=]]", b"a", true),
            (b"[[=ab=]]", b"a]", true),
            (b"[[=a]", b"=", true),
            (b"[[.a.]]", b"a", true),
            (b"[[.ab.]]", b"a", false),
            (b"[[.-.]-0]", b"/", true),
            (b"[a-[.c.]]", b"b", true),
            (b"[[.b.]-]", b"b", false),
            (b"[[.b.]-]", b"-", true),
            (b"[![.b.]-]", b"b", true),
            // Unterminated: the `[` stands for itself.
            (b"[", b"[", true),
            (b"[a", b"[a", true),
            (b"[a", b"a", false),
            (b"[*-", b"[x-", false),
            (b"[a[-", b"[a[-", true),
            (b"[!]", b"[!]", true),
            (b"[]", b"[]", true),
            // Looks for the end of the set differently than for its elements.
            (b"[[=?z]", b"[", true),
            (b"[a[=", b"[a[=", true),
            (b"[[[=[=", b"[[[=[=", false),
            (b"*[:[[.[.b.]?^]", b"[", true),
            (b"[a\\", b"[a\\", false),
        ];
        for (pattern, text, expected) in table {
            let (shown, text_shown) = (pattern.escape_ascii(), text.escape_ascii());
            assert_eq!(matches(pattern, text), *expected, "`{shown}` on `{text_shown}`");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let pattern = b"*a".repeat(200);
        let text = [b'a'; 4000];
        assert!(matches(&pattern, &text));
        assert!(!matches(&[&pattern, &b"b"[..]].concat(), &text));
    }
}
