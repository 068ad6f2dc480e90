//! Damaged module files: every field of the headers at its extremes, tables that overlap,
//! files that end at every edge.

use super::{Damaged, Numbers, with};

/// An ELF file of any class and order, as far as its section headers go.
struct Elf<'a> {
    bytes: &'a [u8],
    wide: bool,
    big: bool,
}

/// Damaged copies of one module file, `count` of all there are.
pub fn of(name: &str, bytes: &[u8], count: usize, seed: u64) -> Vec<Damaged> {
    let elf = Elf { bytes, wide: bytes.get(4) == Some(&2), big: bytes.get(5) == Some(&2) };
    let mut all = elf.headers();
    all.extend(elf.sections());
    all.extend(elf.truncations());
    all.extend(elf.overlaps());
    all.extend(elf.symbols());
    all.extend(elf.flips(count / 5, seed));
    let mut chosen = Numbers::of(seed).choose(all, count);
    chosen.iter_mut().for_each(|damaged| damaged.what = format!("{name}: {}", damaged.what));
    chosen
}

/// A section header's fields: name, offset and width in the 64-bit and in the 32-bit form.
const SECTION: [(&str, [usize; 2], [usize; 2]); 10] = [
    ("sh_name", [0, 4], [0, 4]),
    ("sh_type", [4, 4], [4, 4]),
    ("sh_flags", [8, 8], [8, 4]),
    ("sh_addr", [16, 8], [12, 4]),
    ("sh_offset", [24, 8], [16, 4]),
    ("sh_size", [32, 8], [20, 4]),
    ("sh_link", [40, 4], [24, 4]),
    ("sh_info", [44, 4], [28, 4]),
    ("sh_addralign", [48, 8], [32, 4]),
    ("sh_entsize", [56, 8], [36, 4]),
];

/// The file header's fields in the same form.
const HEADER: [(&str, [usize; 2], [usize; 2]); 14] = [
    ("class", [4, 1], [4, 1]),
    ("data", [5, 1], [5, 1]),
    ("version", [6, 1], [6, 1]),
    ("e_type", [16, 2], [16, 2]),
    ("e_machine", [18, 2], [18, 2]),
    ("e_version", [20, 4], [20, 4]),
    ("e_phoff", [32, 8], [28, 4]),
    ("e_shoff", [40, 8], [32, 4]),
    ("e_ehsize", [52, 2], [40, 2]),
    ("e_phentsize", [54, 2], [42, 2]),
    ("e_phnum", [56, 2], [44, 2]),
    ("e_shentsize", [58, 2], [46, 2]),
    ("e_shnum", [60, 2], [48, 2]),
    ("e_shstrndx", [62, 2], [50, 2]),
];

impl Elf<'_> {
    fn place(&self, field: &(&str, [usize; 2], [usize; 2])) -> [usize; 2] {
        if self.wide { field.1 } else { field.2 }
    }

    fn value(&self, at: usize, width: usize) -> usize {
        let mut word = self.bytes.get(at..at + width).unwrap_or_default().to_vec();
        if self.big {
            word.reverse();
        }
        word.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
    }

    /// Where the section headers begin, how long one is and how many there are.
    fn table(&self) -> (usize, usize, usize) {
        if self.wide {
            (self.value(40, 8), 64, self.value(60, 2))
        } else {
            (self.value(32, 4), 40, self.value(48, 2))
        }
    }

    /// Offset and length of each section's content.
    fn contents(&self) -> Vec<(usize, usize)> {
        let (start, length, count) = self.table();
        let header = |index: usize| {
            let [offset, width] = self.place(&SECTION[4]);
            let [size, _] = self.place(&SECTION[5]);
            let at = start + index * length;
            (self.value(at + offset, width), self.value(at + size, width))
        };
        (0..count).map(header).collect()
    }

    fn extremes(&self, what: &str, at: usize, width: usize) -> Vec<Damaged> {
        let end = self.bytes.len() as u64;
        let top = u64::MAX >> (64 - 8 * width as u32);
        let values = [0, 1, end - 1, end, end + 1, top / 2, top / 2 + 1, top - 63, top - 1, top];
        let own = self.value(at, width) as u64;
        let near = [own.wrapping_add(1), own.wrapping_sub(1), own.wrapping_mul(2)];
        let damage = |value: &u64| Damaged {
            what: format!("{what} is {value:#x}"),
            bytes: with(self.bytes, at, width, *value, self.big),
        };
        values.iter().chain(&near).filter(|value| **value & top != own).map(damage).collect()
    }

    fn headers(&self) -> Vec<Damaged> {
        let field = |field| {
            let [at, width] = self.place(field);
            self.extremes(field.0, at, width)
        };
        HEADER.iter().flat_map(field).collect()
    }

    fn sections(&self) -> Vec<Damaged> {
        let (start, length, count) = self.table();
        let mut all = Vec::new();
        for index in 0..count {
            for field in &SECTION {
                let [at, width] = self.place(field);
                let what = format!("section {index}: {}", field.0);
                all.extend(self.extremes(&what, start + index * length + at, width));
            }
        }
        all
    }

    fn truncations(&self) -> Vec<Damaged> {
        let (start, length, count) = self.table();
        let mut edges = vec![0, 1, 4, 15, 16, 17, 63, 64, 65, start, start + length];
        edges.push(start + length * count - 1);
        edges.extend(self.contents().iter().flat_map(|(at, size)| [*at, at + size]));
        let near = edges.iter().flat_map(|edge| [edge.saturating_sub(1), *edge, edge + 1]);
        let mut lengths: Vec<usize> = near.filter(|edge| *edge < self.bytes.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let cut =
            |end| Damaged { what: format!("only {end} bytes"), bytes: self.bytes[..end].to_vec() };
        lengths.into_iter().map(cut).collect()
    }

    /// Sections over one another and over the headers, links in a circle.
    fn overlaps(&self) -> Vec<Damaged> {
        let (start, length, count) = self.table();
        let contents = self.contents();
        let [offset, width] = self.place(&SECTION[4]);
        let [link, _] = self.place(&SECTION[6]);
        let mut all = Vec::new();
        for index in 1..count {
            let at = start + index * length;
            for (over, place) in [("the file header", 0), ("the section headers", start)]
                .into_iter()
                .chain(contents.iter().skip(1).map(|(place, _)| ("another section", *place)))
            {
                all.push(Damaged {
                    what: format!("section {index} is over {over} at {place}"),
                    bytes: with(self.bytes, at + offset, width, place as u64, self.big),
                });
            }
            all.push(Damaged {
                what: format!("section {index} is linked to itself"),
                bytes: with(self.bytes, at + link, 4, index as u64, self.big),
            });
        }
        all
    }

    /// The extremes in every symbol, and in the bytes of small sections.
    fn symbols(&self) -> Vec<Damaged> {
        let (start, length, count) = self.table();
        let [kind, _] = self.place(&SECTION[1]);
        let fields: [(&str, usize, usize); 4] = if self.wide {
            [("st_name", 0, 4), ("st_info", 4, 1), ("st_shndx", 6, 2), ("st_value", 8, 8)]
        } else {
            [("st_name", 0, 4), ("st_value", 4, 4), ("st_info", 12, 1), ("st_shndx", 14, 2)]
        };
        let symbol = if self.wide { 24 } else { 16 };
        let mut all = Vec::new();
        for (index, (at, size)) in self.contents().into_iter().enumerate() {
            if self.value(start + index * length + kind, 4) == 2 && index < count {
                for number in 0..(size / symbol).min(40) {
                    for (name, field, width) in fields {
                        let what = format!("symbol {number}: {name}");
                        all.extend(self.extremes(&what, at + number * symbol + field, width));
                    }
                }
            }
        }
        all
    }

    fn flips(&self, count: usize, seed: u64) -> Vec<Damaged> {
        let mut numbers = Numbers::of(seed ^ 0x5eed);
        let mut flip = |_| {
            let mut bytes = self.bytes.to_vec();
            let some = numbers.below(6) + 1;
            for _ in 0..some {
                let (at, bit) = (numbers.below(bytes.len()), numbers.below(8));
                bytes[at] ^= 1 << bit;
            }
            Damaged { what: format!("{some} bits are other"), bytes }
        };
        (0..count).map(&mut flip).collect()
    }
}
