//! The symbols of a kernel image, from the files that its build leaves: `Module.symvers` and
//! `System.map`. Which module needs them is not known here.

use crate::configuration::words;
use crate::scanf::after_space;
use alloc::vec::Vec;

/// A symbol of the kernel image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelSymbol<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// The checksum of its type, 0 where none is known.
    pub crc: u64,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine<'a> {
    /// The line's number, from 1.
    pub number: usize,
    /// What is odd: the checksum, or the whole line with its newline.
    pub text: &'a [u8],
}

/// Reads `Module.symvers`: lines `CRC NAME WHERE …`, of which those of the image have `vmlinux`.
///
/// A line with fewer words is passed over, as is one whose third word ends the line, newline and
/// all: kmod compares the newline too. Source: `Documentation/kbuild/modules.rst`.
pub fn symvers(file: &[u8]) -> impl Iterator<Item = Result<KernelSymbol<'_>, BadLine<'_>>> {
    numbered_lines(file).filter_map(|(number, line)| {
        let mut words = words(line);
        let (crc, name, place) = (words.next()?, words.next()?, words.next()?);
        if place != b"vmlinux" {
            return None;
        }
        let symbol = hexadecimal(crc).map(|crc| KernelSymbol { name, crc });
        Some(symbol.ok_or(BadLine { number, text: crc }))
    })
}

/// Reads `System.map`: lines `ADDRESS TYPE __ksymtab_NAME`, maybe with a prefix of symbols.
pub fn system_map(
    file: &[u8],
    prefix: Option<u8>,
) -> impl Iterator<Item = Result<KernelSymbol<'_>, BadLine<'_>>> {
    numbered_lines(file).filter_map(move |(number, line)| {
        let mut fields = line.splitn(3, |&byte| byte == b' ').skip(2);
        let Some(symbol) = fields.next() else { return Some(Err(BadLine { number, text: line })) };
        let symbol = symbol.strip_suffix(b"\n").unwrap_or(symbol);
        let name = without_prefix(symbol, prefix).strip_prefix(b"__ksymtab_")?;
        Some(Ok(KernelSymbol { name, crc: 0 }))
    })
}

/// A symbol without the one byte that an architecture puts before each, where it is there.
pub fn without_prefix(symbol: &[u8], prefix: Option<u8>) -> &[u8] {
    match (symbol.split_first(), prefix) {
        (Some((first, rest)), Some(prefix)) if *first == prefix => rest,
        _ => symbol,
    }
}

/// Names that modules need and that no kernel exports as such.
pub const ALWAYS_THERE: [&[u8]; 3] = [b"__this_module", b"_GLOBAL_OFFSET_TABLE_", b"TOC."];

/// Lines with their newlines, and their numbers from 1.
fn numbered_lines(file: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    (1..).zip(file.split_inclusive(|&byte| byte == b'\n'))
}

/// A number as `strtoull(text, …, 16)` reads it, when that takes the whole text.
fn hexadecimal(text: &[u8]) -> Option<u64> {
    let text = after_space(text);
    let (is_negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let digits = match text {
        [b'0', b'x' | b'X', digits @ ..] => digits,
        digits => digits,
    };
    let digits: Option<Vec<u32>> =
        digits.iter().map(|&byte| char::from(byte).to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty())?;
    let value = digits
        .iter()
        .try_fold(0u64, |value, &digit| value.checked_mul(16)?.checked_add(u64::from(digit)));
    Some(match value {
        Some(value) if is_negative => value.wrapping_neg(),
        Some(value) => value,
        None => u64::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line, and what kmod 34.2 takes from it.
    #[test]
    fn symvers_are_read_as_kmod_reads_them() {
        let known = |crc| Some(Ok(crc));
        let table = [
            ("0x1\tfoo\tvmlinux\tEXPORT_SYMBOL\t\n", known(1)),
            (" \t0x1\t foo\tvmlinux \n", known(1)),
            ("\x0b0X1 foo vmlinux \n", known(1)),
            ("0x1 foo vmlinux", known(1)),
            ("0x1 foo vmlinux\n", None),
            ("0x1 foo vmlinux2 x\n", None),
            ("0x1 foo\n", None),
            ("foo vmlinux \n", None),
            ("\n", None),
            ("f foo vmlinux \n", known(15)),
            ("010 foo vmlinux \n", known(16)),
            ("-0xffffffffffffffff foo vmlinux \n", known(1)),
            ("0x99999999999999999999 foo vmlinux \n", known(u64::MAX)),
            ("0xzz foo vmlinux \n", Some(Err("0xzz"))),
            ("0x1z foo vmlinux \n", Some(Err("0x1z"))),
            ("0x foo vmlinux \n", Some(Err("0x"))),
            ("0xzz foo drivers/x \n", None),
        ];
        for (line, expected) in table {
            let found = symvers(line.as_bytes()).next();
            let expected = expected.map(|read| match read {
                Ok(crc) => Ok(KernelSymbol { name: b"foo", crc }),
                Err(text) => Err(BadLine { number: 1, text: text.as_bytes() }),
            });
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn system_maps_are_read_as_kmod_reads_them() {
        let file = b"ffff T printk\nffff r __ksymtab_printk\nbad\n\nx r P__ksymtab_pre\nx  r  __ksymtab_a\n\
            x x __ksymtab_b \nx\tx\t__ksymtab_c\nx x ___ksymtab_d\nq r";
        let name = |name: &'static str| Ok(KernelSymbol { name: name.as_bytes(), crc: 0 });
        let bad = |number, text: &'static str| Err(BadLine { number, text: text.as_bytes() });
        let odd = [
            bad(3, "bad\n"),
            bad(4, "\n"),
            name("b "),
            bad(8, "x\tx\t__ksymtab_c\n"),
            bad(10, "q r"),
        ];
        let found: Vec<_> = system_map(file, None).collect();
        assert_eq!(found, [&[name("printk")], &odd[..]].concat());
        let found: Vec<_> = system_map(file, Some(b'P')).collect();
        assert_eq!(found, [&[name("printk")], &odd[..2], &[name("pre")], &odd[2..]].concat());
        let found: Vec<_> = system_map(file, Some(b'_')).flatten().collect();
        assert_eq!(found, [KernelSymbol { name: b"d", crc: 0 }]);
    }
}
