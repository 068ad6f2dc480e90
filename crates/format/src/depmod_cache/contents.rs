//! What one module's file held, as bytes.

use alloc::vec::Vec;

use super::{Rest, put_number, put_text};
use crate::symbols::Symbols;

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

/// Writes behind `output` what a module's file held.
pub fn write_contents(
    modinfo: &[u8],
    exported: &Symbols,
    needed: &Symbols,
    output: &mut Vec<u8>,
) {
    put_text(modinfo, output);
    for symbols in [exported, needed] {
        let (text, places) = symbols.parts();
        put_text(text, output);
        put_number(places.len(), output);
        for place in places {
            output.extend_from_slice(&place.to_bytes());
        }
    }
}

fn read_symbols(rest: &mut Rest<'_>) -> Option<Symbols> {
    let text = rest.text()?;
    let count = rest.count(Symbols::PLACE)?;
    Symbols::of_parts(text, rest.take(count * Symbols::PLACE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbols::{Bind, Symbol};

    #[test]
    fn what_is_written_is_read() {
        let binds = [Bind::Global, Bind::Local, Bind::Other, Bind::Undefined, Bind::Weak];
        let symbol = |bind| Symbol { name: b"name", crc: u64::MAX, bind };
        let symbols: Symbols = binds.map(symbol).into_iter().collect();
        let mut bytes = Vec::new();
        write_contents(b"license=GPL\0", &symbols, &Symbols::default(), &mut bytes);
        let read = read_contents(&bytes).unwrap();
        assert_eq!(read.modinfo, b"license=GPL\0");
        assert!(read.exported.iter().eq(symbols.iter()));
        assert!(read.needed.is_empty());
        for length in 0..bytes.len() {
            assert!(read_contents(&bytes[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn names_are_within_their_text() {
        let symbols: Symbols =
            [Symbol { name: b"name", crc: 0, bind: Bind::Weak }].into_iter().collect();
        let mut bytes = Vec::new();
        write_contents(b"", &symbols, &Symbols::default(), &mut bytes);
        // The end of the name's place: behind both lengths, the text, the count and the start.
        bytes[4 + 4 + 4 + 4 + 4] = 5;
        assert!(read_contents(&bytes).is_none());
    }
}
