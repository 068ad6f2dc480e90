//! The smallest ELF file that a module's modinfo can be read from.

/// A relocatable file for x86_64 with a `.modinfo` of these strings.
pub fn of_modinfo(strings: &[String]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.modinfo\0.shstrtab\0";
    let modinfo: Vec<u8> =
        strings.iter().flat_map(|text| [text.as_bytes(), b"\0"].concat()).collect();
    let (start, names) = (64, 64 + modinfo.len());
    let table = (names + NAMES.len()).next_multiple_of(8);
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([1, 0, 62, 0, 1, 0, 0, 0]);
    file.extend([0u64, 0, table as u64].iter().flat_map(|number| number.to_le_bytes()));
    file.extend(0u32.to_le_bytes());
    file.extend([64u16, 0, 0, 64, 3, 2].iter().flat_map(|number| number.to_le_bytes()));
    file.extend(&modinfo);
    file.extend(NAMES);
    file.resize(table, 0);
    file.extend(section(0, 0, 0, 0));
    file.extend(section(1, 1, start, modinfo.len()));
    file.extend(section(10, 3, names, NAMES.len()));
    file
}

fn section(name: u32, kind: u32, offset: usize, size: usize) -> Vec<u8> {
    let mut header = [name.to_le_bytes(), kind.to_le_bytes()].concat();
    for number in [0, 0, offset as u64, size as u64] {
        header.extend(number.to_le_bytes());
    }
    header.extend([0; 8]);
    header.extend([1u64, 0].iter().flat_map(|number| number.to_le_bytes()));
    header
}
