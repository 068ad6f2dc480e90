//! How `modprobe -c` writes a directive back.

use super::Directive;
use alloc::vec::Vec;

/// Appends a directive as one line of `modprobe -c`, with its newline.
///
/// It is not always what was read: `pre:` and `post:` of a softdep are glued together, as kmod
/// does, and so `pre: a post: b` becomes `pre: apost: b`.
pub fn write_entry(directive: &Directive, output: &mut Vec<u8>) {
    let line = |output: &mut Vec<u8>, words: &[&[u8]]| {
        output.extend_from_slice(&words.join(&b' '));
        output.push(b'\n');
    };
    match directive {
        Directive::Alias { pattern, module } => {
            line(output, &[b"alias", pattern, module.as_bytes()])
        }
        Directive::Blacklist { module } => line(output, &[b"blacklist", module.as_bytes()]),
        Directive::Install { pattern, command } => line(output, &[b"install", pattern, command]),
        Directive::Options { name, text } => line(output, &[b"options", name.as_bytes(), text]),
        Directive::Remove { pattern, command } => line(output, &[b"remove", pattern, command]),
        Directive::Softdep { pattern, pre, post } => {
            line(output, &[b"softdep", pattern, &written_softdep(pre, post)]);
        }
        Directive::Weakdep { pattern, modules } => {
            line(output, &[b"weakdep", pattern, &modules.join(&b' ')]);
        }
    }
}

/// What `modprobe -c` writes of a softdep behind its pattern: `pre: a bpost: c`.
pub fn written_softdep(pre: &[Vec<u8>], post: &[Vec<u8>]) -> Vec<u8> {
    let marked = |marker: &[u8], modules: &[Vec<u8>]| {
        if modules.is_empty() { Vec::new() } else { [marker, &modules.join(&b' ')].concat() }
    };
    [marked(b"pre: ", pre), marked(b"post: ", post)].concat()
}

#[cfg(test)]
mod tests {
    use super::super::{Fault, parse};
    use super::*;
    use alloc::string::ToString;

    /// A file, what is written of it, and its bad lines.
    type Case<'a> = (&'a [u8], &'a [u8], &'a [(usize, &'a str)]);

    /// Files and what kmod 34.2 prints of them, and complains about.
    #[test]
    fn files_read_and_written_as_kmod_does() {
        let table: &[Case<'_>] = &[
            (
                b"alias a b c\nalias  x-y [a-b]-c \nalias x\nalias a[ b\nalias q r[\n",
                b"alias a b\nalias x_y [a-b]_c\n",
                &[(3, "alias"), (4, "alias"), (5, "alias")],
            ),
            (
                b"options m \noptions m  \noptions m\noptions m\ta\tb\noptions\tm\t\tz\n",
                b"options m  \noptions m a b\noptions m  z\n",
                &[(1, "options"), (3, "options")],
            ),
            (
                b"install m a\tb\\tc\\\\d\nremove m  x y \ninstall m\nremove m \n",
                b"install m a\tbtc\\d\nremove m  x y \n",
                &[(3, "install"), (4, "remove")],
            ),
            (
                b"softdep m pre: a b post: c\nsoftdep m post: c pre: a\nsoftdep m pre:a post: b\n\
                  softdep m x pre: a\x0bb pre: c\x0cd post:\nsoftdep m\nsoftdep m \nsoftdep m  \n\
                  softdep a-b pre: c-d\nsoftdep m pre: a post: b pre: c\r\nsoftdep m[ pre: a\n",
                b"softdep m pre: a bpost: c\nsoftdep m pre: apost: c\nsoftdep m post: b\n\
                  softdep m pre: a b c d\nsoftdep m \nsoftdep a_b pre: c-d\n\
                  softdep m pre: a cpost: b\n",
                &[(5, "softdep"), (6, "softdep"), (10, "softdep")],
            ),
            (
                b"weakdep m a b\nweakdep m\nweakdep m \nweakdep m  a\tb\nweakdep m   \nweakdep m[ a\n\
                  weakdep m-n a-b\\tc pre: d\x0bq",
                b"weakdep m a b\nweakdep m  a b\nweakdep m \nweakdep m_n a-btc pre: d q\n",
                &[(2, "weakdep"), (3, "weakdep"), (6, "weakdep")],
            ),
            (
                b"softdep m  pre: a post: b\nsoftdep m   pre: a\nsoftdep m pre:  a\nweakdep m  \n",
                b"softdep m post: b\nsoftdep m pre: a\nsoftdep m pre: a\nweakdep m \n",
                &[],
            ),
            (
                b"blacklist a-b c\nblacklist\nblacklist \nblacklist a.b\nblacklist x]\nBLACKLIST a\n",
                b"blacklist a_b\nblacklist a.b\n",
                &[(2, "blacklist"), (3, "blacklist"), (5, "blacklist"), (6, "BLACKLIST")],
            ),
            (
                b"options m a\r\nblacklist b\r\n\x0bblacklist c\n \t \nblacklist \x0bd\nblacklist \xff",
                b"options m a\r\nblacklist b\r\nblacklist \x0bd\nblacklist \xff\n",
                &[(3, "\x0bblacklist")],
            ),
        ];
        for (file, expected, complaints) in table {
            let read = parse(file);
            let mut output = Vec::new();
            read.lines.iter().for_each(|line| write_entry(&line.directive, &mut output));
            let (output, expected) = (output.escape_ascii(), expected.escape_ascii());
            assert_eq!(output.to_string(), expected.to_string());
            let found: Vec<_> =
                read.complaints.iter().map(|c| (c.number, &c.first_word[..])).collect();
            let complaints: Vec<_> = complaints.iter().map(|(n, w)| (*n, w.as_bytes())).collect();
            assert_eq!(found, complaints, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn old_directives_are_told_apart_from_unknown_ones() {
        let read = parse(b"include foo\n  config\nbogus x\ninclude\n");
        let faults: Vec<_> = read.complaints.iter().map(|complaint| complaint.fault).collect();
        let (old, bad) = (Fault::Deprecated, Fault::Unreadable);
        assert_eq!(faults, [old, old, bad, old]);
    }
}
