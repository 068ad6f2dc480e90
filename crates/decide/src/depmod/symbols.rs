//! The table of all symbols: the kernel's and those that modules give.

use alloc::vec::Vec;

use kmodctl_format::kernel_symbols::{ALWAYS_THERE, KernelSymbol, without_prefix};

use super::Module;
use super::buckets::Buckets;

/// The number of buckets of kmod's table of symbols.
const BUCKETS: u32 = 2048;

/// The symbols of the kernel image.
#[derive(Clone, Debug)]
pub struct KernelSymbols<'a> {
    symbols: Vec<KernelSymbol<'a>>,
}

impl<'a> KernelSymbols<'a> {
    /// Takes the symbols that a file lists, and those that every kernel has.
    pub fn new(listed: impl Iterator<Item = KernelSymbol<'a>>) -> Self {
        let always = ALWAYS_THERE.map(|name| KernelSymbol { name, crc: 0 });
        Self { symbols: listed.chain(always).collect() }
    }
}

/// Who gives a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Giver {
    /// The module's number; nothing for the kernel.
    pub(super) module: Option<u32>,
    pub(super) crc: u64,
}

/// All symbols, each with who gives it.
pub(super) struct SymbolTable<'a> {
    symbols: Buckets<'a, Giver>,
    prefix: Option<u8>,
}

impl<'a> SymbolTable<'a> {
    /// Puts all symbols together: of equal names that of the last module counts.
    pub(super) fn new(
        modules: &'a [Module<'a>],
        kernel: Option<&'a KernelSymbols<'a>>,
        prefix: Option<u8>,
    ) -> Self {
        let given = (0..).zip(modules).flat_map(|(number, module)| {
            module.contents.stored.given().iter().map(move |symbol| {
                let giver = Giver { module: Some(number), crc: symbol.crc };
                (without_prefix(symbol.name, prefix), giver)
            })
        });
        let kernel = kernel.into_iter().flat_map(|kernel| &kernel.symbols);
        let kernel = kernel.map(|symbol| (symbol.name, Giver { module: None, crc: symbol.crc }));
        Self { symbols: Buckets::new(BUCKETS, kernel.chain(given)), prefix }
    }

    /// Finds a symbol as a module spells it.
    pub(super) fn find(&self, name: &[u8]) -> Option<Giver> {
        self.symbols.find(self.as_given(name)).copied()
    }

    /// A name as a giver has it: a dot before it, and the prefix, are left out.
    pub(super) fn as_given<'n>(&self, name: &'n [u8]) -> &'n [u8] {
        without_prefix(name.strip_prefix(b".").unwrap_or(name), self.prefix)
    }

    /// The symbols that modules give, with the modules' numbers, in kmod's order.
    pub(super) fn of_modules(&self) -> impl Iterator<Item = (&'a [u8], u32)> {
        self.symbols.iter().filter_map(|entry| Some((entry.name, entry.value.module?)))
    }
}
