//! What one module's file held, as bytes.

use alloc::vec::Vec;

use super::{Rest, put_number, put_text};
use crate::symbols::{Bind, Symbol, Symbols};

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
        put_number(symbols.len(), output);
        for symbol in symbols.iter() {
            output.push(symbol.bind.letter());
            put_text(symbol.name, output);
        }
    }
}

/// Reads symbols; their checksums are 0.
fn read_symbols(rest: &mut Rest<'_>) -> Option<Symbols> {
    const LEAST: usize = 1 + 4;
    let count = rest.count(LEAST)?;
    let mut symbols = Symbols::with_room(count, rest.0.len().saturating_sub(count * LEAST));
    for _ in 0..count {
        let [letter] = rest.array()?;
        let bind = Bind::of_letter(letter)?;
        symbols.push(Symbol { name: rest.text()?, crc: 0, bind });
    }
    Some(symbols)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for length in 0..bytes.len() {
            assert!(read_contents(&bytes[..length]).is_none(), "{length}");
        }
    }
}
