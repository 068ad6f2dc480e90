//! `modules.builtin.modinfo`: the `.modinfo` strings of modules that are built into the kernel,
//! each with its module's name before it. It finds records; it opens no file.

use super::{Entry, strings};

/// One record, `MODULE.key=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltinEntry<'a> {
    /// What stands before the first `.`, as the record spells it.
    pub module: &'a [u8],
    /// What stands behind it.
    pub entry: Entry<'a>,
}

/// A record without a `.`, and the offset at which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndottedRecord {
    /// Bytes from the start of the file.
    pub offset: usize,
}

/// All records of `modules.builtin.modinfo`, in the file's order.
///
/// Source: `Documentation/kbuild/kbuild.rst`, "modules.builtin.modinfo".
pub fn builtin_entries(
    file: &[u8],
) -> impl Iterator<Item = Result<BuiltinEntry<'_>, UndottedRecord>> {
    strings(file).map(|(offset, record)| {
        let dot = record.iter().position(|&byte| byte == b'.');
        let dot = dot.ok_or(UndottedRecord { offset })?;
        Ok(BuiltinEntry { module: &record[..dot], entry: Entry::new(&record[dot + 1..]) })
    })
}

/// The entries of one module: the first contiguous run of its records.
///
/// A record without a `.` is given as an error when it stands before the end of that run.
pub fn builtin_entries_of<'a>(
    file: &'a [u8],
    module: &'a [u8],
) -> impl Iterator<Item = Result<Entry<'a>, UndottedRecord>> + 'a {
    let is_other = move |record: &Result<BuiltinEntry<'_>, _>| matches!(record, Ok(other) if other.module != module);
    builtin_entries(file)
        .skip_while(is_other)
        .take_while(move |record| !is_other(record))
        .map(|record| record.map(|record| record.entry))
}

/// The aliases of built-in modules, each with its module, as depmod takes them.
///
/// Records end with a NUL: what has none at the file's end is passed over, as is a record without a
/// `.` or without a module. One without `=` behind its `.` goes on, for kmod 34.2, to the end of the
/// next record that has a `=`. An empty alias is none.
pub fn builtin_aliases(file: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let end = file.iter().rposition(|&byte| byte == 0).unwrap_or(0);
    let mut goes_on = false;
    strings(&file[..end])
        .filter_map(move |(_, record)| {
            if goes_on {
                goes_on = !record.contains(&b'=');
                return None;
            }
            let dot = record.iter().position(|&byte| byte == b'.').filter(|&dot| dot > 0)?;
            let (module, rest) = record.split_at(dot);
            goes_on = !rest.contains(&b'=');
            Some((module, Entry::new(&rest[1..])))
        })
        .filter(|(_, entry)| entry.key == b"alias" && !entry.value.is_empty())
        .map(|(module, entry)| (module, entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const FILE: &[u8] = b"a.license=GPL\0a.file=x/a.b\0b.k=v\0a.late=1\0c_d.parm=n:t";

    #[test]
    fn records_are_cut_at_the_first_dot() {
        let records: Vec<_> = builtin_entries(FILE).map(Result::unwrap).collect();
        let expected = [
            BuiltinEntry { module: b"a", entry: Entry::new(b"license=GPL") },
            BuiltinEntry { module: b"a", entry: Entry::new(b"file=x/a.b") },
            BuiltinEntry { module: b"b", entry: Entry::new(b"k=v") },
            BuiltinEntry { module: b"a", entry: Entry::new(b"late=1") },
            BuiltinEntry { module: b"c_d", entry: Entry::new(b"parm=n:t") },
        ];
        assert_eq!(records, expected);
    }

    #[test]
    fn one_module_has_the_first_run_of_its_records() {
        let table: [(&[u8], &[&[u8]]); 4] = [
            (b"a", &[b"license=GPL", b"file=x/a.b"]),
            (b"b", &[b"k=v"]),
            (b"c_d", &[b"parm=n:t"]),
            (b"c", &[]),
        ];
        for (module, strings) in table {
            let found: Vec<_> = builtin_entries_of(FILE, module).map(Result::unwrap).collect();
            let expected: Vec<_> = strings.iter().map(|string| Entry::new(string)).collect();
            assert_eq!(found, expected, "{module:?}");
        }
    }

    #[test]
    fn a_record_without_a_dot_is_named_by_its_offset() {
        let file = b"a.k=v\0undotted\0b.k=v\0";
        let undotted = Err(UndottedRecord { offset: 6 });
        assert_eq!(builtin_entries(file).nth(1), Some(undotted));
        let found: Vec<_> = builtin_entries_of(file, b"b").collect();
        assert_eq!(found, [Err(UndottedRecord { offset: 6 }), Ok(Entry::new(b"k=v"))]);
    }

    /// Files and the aliases kmod 34.2 takes from them.
    #[test]
    fn aliases_are_taken_as_depmod_takes_them() {
        type Case<'a> = (&'a [u8], &'a [(&'a str, &'a str)]);
        let table: &[Case<'_>] = &[
            (b"a.alias=x\0noddot\0b.alias=q\0", &[("a", "x"), ("b", "q")]),
            (b"a.alias=x\0c.alias\0b.alias=q\0", &[("a", "x")]),
            (b"c.alias\0no\0d.k\0x=1\0b.alias=q\0", &[("b", "q")]),
            (b"a.alias=x\0.alias=z\0b.alias=q\0", &[("a", "x"), ("b", "q")]),
            (b"a.alias=\0d.e.alias=w\0b.license=G\0b-c.alias=q\0", &[("b-c", "q")]),
            (b"a=alias.x\0b.alias=1\0", &[]),
            (b"a.alias.b=q\0a.aliasx=q\0", &[]),
            (b"a.alias=p\0b.alias=cut", &[("a", "p")]),
            (b"b.alias=q", &[]),
            (b"", &[]),
        ];
        for (file, expected) in table {
            let found: Vec<_> = builtin_aliases(file).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(module, alias)| (module.as_bytes(), alias.as_bytes()))
                .collect();
            assert_eq!(found, expected, "{}", file.escape_ascii());
        }
    }
}
