//! What one module's file held, as bytes.

use alloc::vec::Vec;

use super::{Rest, put_number, put_text};
use crate::symbols::{Bind, Symbols};

/// What depmod takes from a module file that is not damaged.
#[derive(Clone, Debug, Default)]
pub struct StoredContents {
    /// The section `.modinfo`.
    pub modinfo: Vec<u8>,
    /// The symbols it gives.
    pub exported: Symbols,
    /// The symbols it needs.
    pub needed: Symbols,
}

/// Reads what was written of a module; what is damaged is none.
pub fn read_contents(bytes: &[u8]) -> Option<StoredContents> {
    let mut rest = Rest(bytes);
    let modinfo = rest.text()?.into();
    let (exported, needed) = (read_symbols(&mut rest)?, read_symbols(&mut rest)?);
    rest.0.is_empty().then_some(StoredContents { modinfo, exported, needed })
}

/// Writes behind `output` what a module's file held, checksums of symbols left out.
pub fn write_contents(modinfo: &[u8], exported: &Symbols, needed: &Symbols, output: &mut Vec<u8>) {
    put_text(modinfo, output);
    for symbols in [exported, needed] {
        put_symbols(symbols, output);
    }
}

/// Writes how many symbols there are, of each where its name ends, of each how it is bound, and the
/// names one behind the other: what is alike stands together, so that it is read at one go.
fn put_symbols(symbols: &Symbols, output: &mut Vec<u8>) {
    put_number(symbols.len(), output);
    let mut end = 0;
    for symbol in symbols.iter() {
        end += symbol.name.len();
        put_number(end, output);
    }
    output.extend(symbols.iter().map(|symbol| symbol.bind.letter()));
    put_number(end, output);
    symbols.iter().for_each(|symbol| output.extend_from_slice(symbol.name));
}

/// Reads symbols; their checksums are 0.
fn read_symbols(rest: &mut Rest<'_>) -> Option<Symbols> {
    let count = rest.count(4 + 1)?;
    let ends = rest.take(count * 4)?.chunks_exact(4);
    let binds = rest.take(count)?;
    let text = rest.text()?;
    binds.iter().all(|&letter| Bind::of_letter(letter).is_some()).then_some(())?;
    let end = |bytes: &[u8]| bytes.iter().rev().fold(0, |end, &byte| end << 8 | usize::from(byte));
    let bind = |letter: &u8| Bind::of_letter(*letter).unwrap_or(Bind::Other);
    Symbols::of_ends(text, ends.map(end).zip(binds.iter().map(bind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::Symbol;

    #[test]
    fn what_is_written_is_read() {
        let binds = [Bind::Global, Bind::Local, Bind::Other, Bind::Undefined, Bind::Weak];
        let symbol = |bind| Symbol { name: b"name", crc: 0, bind };
        let symbols: Symbols = binds.map(symbol).into_iter().collect();
        let mut bytes = Vec::new();
        write_contents(b"license=GPL\0", &symbols, &Symbols::default(), &mut bytes);
        let read = read_contents(&bytes).unwrap();
        assert_eq!(read.modinfo, b"license=GPL\0");
        assert!(read.exported.iter().eq(symbols.iter()));
        assert!(read.needed.is_empty());
        let odd_end = [&bytes[..4 + 12 + 4], &[200], &bytes[4 + 12 + 5..]].concat();
        assert!(read_contents(&odd_end).is_none());
        for length in 0..bytes.len() {
            assert!(read_contents(&bytes[..length]).is_none(), "{length}");
        }
    }
}
