//! What one module's file held, as bytes: depmod keeps it in this form from one run to the next, and
//! makes its tables of it as it is, so that nothing of what was kept is copied.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Rest, put_number, put_text};
use crate::symbols::{Bind, Symbol, Symbols};

/// What depmod takes from a module file that is not damaged: part of the section `.modinfo`, the
/// symbols it gives, and those it needs.
#[derive(Clone, Debug, Default)]
pub struct StoredContents<'a> {
    bytes: Cow<'a, [u8]>,
    /// Where in the bytes the symbols begin that the module gives, and those it needs.
    given: u32,
    needed: u32,
}

impl StoredContents<'static> {
    /// Puts together what a file held, the symbols' checksums where they are wanted; nothing where a
    /// part of it is longer than 4 GiB.
    pub fn new(
        modinfo: &[u8],
        [given, needed]: [&Symbols; 2],
        with_checksums: bool,
    ) -> Option<Self> {
        let room = |symbols| room(symbols, with_checksums);
        let mut bytes = Vec::with_capacity(4 + modinfo.len() + room(given) + room(needed));
        put_text(modinfo, &mut bytes)?;
        let [given, needed] = [given, needed].map(|symbols| {
            let start = u32::try_from(bytes.len()).ok()?;
            put_symbols(symbols, with_checksums, &mut bytes)?;
            Some(start)
        });
        Some(Self { bytes: bytes.into(), given: given?, needed: needed? })
    }
}

impl<'a> StoredContents<'a> {
    /// Takes what was kept of a file; what is damaged is none.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        rest.text()?;
        let [given, needed] = [(); 2].map(|()| {
            let start = u32::try_from(bytes.len() - rest.0.len()).ok()?;
            StoredSymbols::take(&mut rest)?.is_whole().then_some(start)
        });
        let (given, needed) = (given?, needed?);
        rest.0.is_empty().then_some(Self { bytes: bytes.into(), given, needed })
    }

    /// The bytes that are to be kept.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The section `.modinfo`, or the part of it that was taken.
    pub fn modinfo(&self) -> &[u8] {
        Rest(&self.bytes).text().unwrap_or_default()
    }

    /// The symbols that the module gives.
    pub fn given(&self) -> StoredSymbols<'_> {
        self.symbols(self.given)
    }

    /// The symbols that the module needs.
    pub fn needed(&self) -> StoredSymbols<'_> {
        self.symbols(self.needed)
    }

    fn symbols(&self, start: u32) -> StoredSymbols<'_> {
        let mut rest = Rest(self.bytes.get(start as usize..).unwrap_or_default());
        StoredSymbols::take(&mut rest).unwrap_or_default()
    }
}

/// Symbols as they are kept: what is alike stands together, so that it is read at one go.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredSymbols<'a> {
    /// Of each where its name ends among the names, in four bytes.
    ends: &'a [u8],
    /// Of each how it is bound.
    binds: &'a [u8],
    /// Of each its checksum, in eight bytes; or nothing, where all are 0.
    checksums: &'a [u8],
    /// The names, one behind the other.
    names: &'a [u8],
}

const END: usize = 4;
const CHECKSUM: usize = 8;

impl<'a> StoredSymbols<'a> {
    /// The symbols in their order.
    pub fn iter(self) -> impl Iterator<Item = Symbol<'a>> + Clone {
        let mut start = 0;
        let checksums = self.checksums.chunks_exact(CHECKSUM).map(number);
        let mut checksums = checksums.chain(core::iter::repeat(0));
        self.ends().zip(self.binds).map(move |(end, &letter)| {
            let name = self.names.get(start..end).unwrap_or_default();
            start = end;
            let bind = Bind::of_letter(letter).unwrap_or(Bind::Other);
            Symbol { name, crc: checksums.next().unwrap_or_default(), bind }
        })
    }

    fn ends(self) -> impl Iterator<Item = usize> + Clone {
        self.ends.chunks_exact(END).map(|end| number(end) as usize)
    }

    fn take(rest: &mut Rest<'a>) -> Option<Self> {
        let count = rest.count(END + 1)?;
        let has_checksums = rest.flag()?;
        Some(Self {
            ends: rest.take(count * END)?,
            binds: rest.take(count)?,
            checksums: rest.take(if has_checksums { count.checked_mul(CHECKSUM)? } else { 0 })?,
            names: rest.text()?,
        })
    }

    /// Whether each name ends behind the one before, the last one where the names end, and all are
    /// bound in a way that there is.
    fn is_whole(self) -> bool {
        let last = self.ends().try_fold(0, |last, end| (last <= end).then_some(end));
        let is_bind = |&letter: &u8| Bind::of_letter(letter).is_some();
        last == Some(self.names.len()) && self.binds.iter().all(is_bind)
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// How many bytes symbols take.
fn room(symbols: &Symbols, with_checksums: bool) -> usize {
    let names: usize = symbols.iter().map(|symbol| symbol.name.len()).sum();
    let checksum = if with_checksums { CHECKSUM } else { 0 };
    4 + 1 + symbols.len() * (END + 1 + checksum) + 4 + names
}

/// Writes how many symbols there are, whether they have checksums, then one thing after the other of
/// all symbols.
fn put_symbols(symbols: &Symbols, with_checksums: bool, output: &mut Vec<u8>) -> Option<()> {
    put_number(symbols.len(), output)?;
    output.push(u8::from(with_checksums));
    let mut end = 0;
    for symbol in symbols.iter() {
        end += symbol.name.len();
        put_number(end, output)?;
    }
    output.extend(symbols.iter().map(|symbol| symbol.bind.letter()));
    if with_checksums {
        symbols.iter().for_each(|symbol| output.extend_from_slice(&symbol.crc.to_le_bytes()));
    }
    put_number(end, output)?;
    symbols.iter().for_each(|symbol| output.extend_from_slice(symbol.name));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(crc: u64) -> StoredContents<'static> {
        let binds = [Bind::Global, Bind::Local, Bind::Other, Bind::Undefined, Bind::Weak];
        let symbol = |bind| Symbol { name: b"name", crc, bind };
        let symbols: Symbols = binds.map(symbol).into_iter().collect();
        let needed = Symbols::from_iter([Symbol { name: b"", crc: 0, bind: Bind::Weak }]);
        let both = [&symbols, &needed];
        let stored = StoredContents::new(b"license=GPL\0", both, crc != 0).unwrap();
        let each = END + 1 + if crc == 0 { 0 } else { CHECKSUM };
        assert_eq!(stored.bytes.len(), 4 + 12 + 2 * 9 + 6 * each + 5 * 4);
        assert!(stored.given().iter().eq(symbols.iter()));
        assert!(stored.needed().iter().eq(needed.iter()));
        stored
    }

    #[test]
    fn what_is_written_is_read() {
        for crc in [0, u64::MAX] {
            let stored = stored(crc);
            let bytes = stored.bytes();
            let read = StoredContents::read(bytes).unwrap();
            assert_eq!(read.modinfo(), b"license=GPL\0");
            assert!(read.given().iter().eq(stored.given().iter()));
            assert!(read.needed().iter().eq(stored.needed().iter()));
            assert_eq!(read.bytes(), bytes);
            for length in 0..bytes.len() {
                assert!(StoredContents::read(&bytes[..length]).is_none(), "{length}");
            }
        }
    }

    #[test]
    fn odd_symbols_are_none() {
        let stored = stored(0);
        let bytes = stored.bytes();
        // Behind `.modinfo` and the number of symbols: a flag, then where names end, then letters.
        let start = 4 + 12 + 4;
        for (at, byte) in [(0, 2), (1, 200), (1 + 5 * 4, b'?'), (1 + 4 * 4, 19)] {
            let mut odd = bytes.to_vec();
            odd[start + at] = byte;
            assert!(StoredContents::read(&odd).is_none(), "{at}");
        }
    }

    #[test]
    fn nothing_holds_nothing() {
        let nothing = StoredContents::default();
        assert_eq!((nothing.modinfo(), nothing.bytes()), (&b""[..], &b""[..]));
        assert_eq!(nothing.given().iter().chain(nothing.needed().iter()).count(), 0);
    }
}
