//! depmod's tables: modules as a text, the files as they are written.
#![allow(clippy::unwrap_used)]

mod depmod_tree;

use depmod_tree::*;
use kmodctl_decide::depmod::{
    Builtin, KernelSymbols, Linking, Remark, Reports, Table, Tables, link, table,
};
use kmodctl_decide::{Errno, Problem};
use kmodctl_format::depmod_cache::StoredContents;
use kmodctl_format::kernel_symbols::KernelSymbol;
use kmodctl_format::symbols::Symbols;

const TREE: &str = "
    k/btrfs.ko -crc32 -xor alias=fs-btrfs alias=devname:btrfs-control alias=char-major-10-234 \
        softdep=pre:~sha256 weakdep=xxhash
    k/crc.ko.xz +crc32:5 -printk
    k/xor-lib.ko +xor:6 -crc32 alias=x-y[a-b]
    /ext/last.ko -xor ?gone alias=devname:lonely";

const ORDER: &str = "k/btrfs.ko\nk/xor-lib.ko\nk/crc.ko";

#[test]
fn text_tables_are_written_as_kmod_writes_them() {
    let modules = ordered(TREE, ORDER);
    let table = [
        (
            Table::Dependencies,
            "k/btrfs.ko: k/xor-lib.ko k/crc.ko.xz\nk/xor-lib.ko: k/crc.ko.xz\nk/crc.ko.xz:\n\
             /ext/last.ko: k/xor-lib.ko k/crc.ko.xz\n",
        ),
        (
            Table::Alias,
            "# Aliases extracted from modules themselves.\nalias fs-btrfs btrfs\n\
             alias devname:btrfs-control btrfs\nalias char-major-10-234 btrfs\n\
             alias x-y[a-b] xor_lib\nalias devname:lonely last\n",
        ),
        (
            Table::Softdep,
            "# Soft dependencies extracted from modules themselves.\nsoftdep btrfs pre: sha256\n",
        ),
        (
            Table::Weakdep,
            "# Weak dependencies extracted from modules themselves.\nweakdep btrfs xxhash\n",
        ),
        (
            Table::Devname,
            "# Device nodes to trigger on-demand module loading.\nbtrfs btrfs-control c10:234\n",
        ),
    ];
    for (which, expected) in table {
        assert_eq!(text(&modules, which), expected, "{which:?}");
    }
    let symbols = text(&modules, Table::Symbols);
    let (heading, lines) = symbols.split_once('\n').unwrap();
    assert_eq!(heading, "# Aliases for symbols, used by symbol_request().");
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["alias symbol:crc32 crc", "alias symbol:xor xor_lib"]);
}

#[test]
fn indexes_hold_what_the_texts_hold() {
    let modules = ordered(TREE, ORDER);
    let builtin = Builtin {
        list: Ok(b"kernel/a-b.ko\n 1\nkernel/c.ko".to_vec()),
        modinfo: Ok(b"a-b.alias=q-r\0c.alias=s[\0".to_vec()),
    };
    let table: [(Table, &[&str]); 5] = [
        (
            Table::DependencyIndex,
            &[
                "btrfs k/btrfs.ko: k/xor-lib.ko k/crc.ko.xz 0",
                "crc k/crc.ko.xz: 2",
                "last /ext/last.ko: k/xor-lib.ko k/crc.ko.xz 3",
                "xor_lib k/xor-lib.ko: k/crc.ko.xz 1",
            ],
        ),
        (
            Table::AliasIndex,
            &[
                "char_major_10_234 btrfs 0",
                "devname:btrfs_control btrfs 0",
                "devname:lonely last 3",
                "fs_btrfs btrfs 0",
                "x_y[a-b] xor_lib 1",
            ],
        ),
        (Table::SymbolIndex, &["symbol:crc32 crc 2", "symbol:xor xor_lib 1"]),
        (Table::BuiltinIndex, &["a_b  0", "c  0"]),
        (Table::BuiltinAliasIndex, &["q_r a-b 0"]),
    ];
    for (which, expected) in table {
        assert_eq!(index(&made(&modules, which, &builtin).0), expected, "{which:?}");
    }
    let (_, remarks) = made(&modules, Table::BuiltinIndex, &builtin);
    assert_eq!(remarks, [Remark::BuiltinLine { line: b" 1\n".to_vec() }]);
    let (_, remarks) = made(&modules, Table::BuiltinAliasIndex, &builtin);
    assert_eq!(remarks, [Remark::UnmatchedBracket { alias: b"s[".to_vec() }]);
}

#[test]
fn without_the_kernels_lists_the_builtin_indexes_are_empty_files() {
    let builtin = Builtin { list: Err(Errno::ENOENT), modinfo: Err(Errno::ENOENT) };
    for (which, name) in [
        (Table::BuiltinIndex, "modules.builtin"),
        (Table::BuiltinAliasIndex, "modules.builtin.modinfo"),
    ] {
        let remark = Remark::Unopened { name, errno: Errno::ENOENT };
        assert_eq!(made(&[], which, &builtin), (Vec::new(), vec![remark]));
    }
    let (bytes, _) = made(&[], Table::AliasIndex, &builtin);
    assert_eq!(bytes, b"\xb0\x07\xf4\x57\0\x02\0\x01\0\0\0\x0c");
}

#[test]
fn devices_are_named_as_kmod_names_them() {
    let modules = modules(
        "k/a.ko alias=devname:foo
         k/b.ko alias=devname:bar/x alias=block-major-1-2 alias=char-major-3-4
         k/c.ko alias=char-major-10-* alias=devname:q alias=char-major-5-6 alias=devname:later
         k/d.ko alias=char-major-10-7x alias=devname:dd alias=devname:de
         k/g.ko alias=char-major-+7-+8 alias=devname: alias=devname:gg
         k/h.ko alias=char_major_7-8 alias=devname: alias=devname:hh",
    );
    let (bytes, remarks) = made(&modules, Table::Devname, &nothing_built_in());
    let expected = "# Device nodes to trigger on-demand module loading.\nb bar/x b1:2\nc q c5:6\n\
                    d dd c10:7\ng  c7:8\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    let lacks = |module, node: &str| Remark::DeviceWithoutNumber {
        module: name(module),
        node: node.into(),
    };
    assert_eq!(remarks, [lacks("a", "foo"), lacks("h", "hh")]);
}

#[test]
fn bytes_that_an_index_cannot_hold_are_left_out() {
    let mut modules = modules("k/a.ko\nk/b.ko alias=x");
    let none = Symbols::default();
    let stored = StoredContents::new(b"alias=\xe9\0alias=y\0", [&none, &none], true);
    modules[0].contents.stored = stored.unwrap();
    let (bytes, remarks) = made(&modules, Table::AliasIndex, &nothing_built_in());
    assert_eq!(index(&bytes), ["x b 1", "y a 0"]);
    assert_eq!(remarks, [Remark::BadCharacter { byte: 0xe9, text: b"\xe9".to_vec() }]);
    let (text, remarks) = made(&modules, Table::Alias, &nothing_built_in());
    assert!(text.ends_with(b"alias \xe9 a\nalias y a\nalias x b\n"));
    assert_eq!(remarks, []);
}

#[test]
fn an_alias_is_a_duplicate_within_one_module() {
    let modules = modules("k/a.ko alias=x\nk/b.ko alias=x-y alias=x_y alias=x\nk/c.ko alias=x");
    let (bytes, remarks) = made(&modules, Table::AliasIndex, &nothing_built_in());
    assert_eq!(index(&bytes), ["x a 0", "x b 1", "x c 2", "x_y b 1", "x_y b 1"]);
    let duplicate = Remark::DuplicateAlias { alias: b"x_y".to_vec(), module: name("b") };
    assert_eq!(remarks, [duplicate]);
}

#[test]
fn symbols_are_looked_up_as_kmod_looks_them_up() {
    let modules = modules(
        "k/a.ko +asym:5 +_under:1 -printk:7 -kfree:8 ?weak -.dotless -__this_module
         k/b.ko -asym:6 -under -gone +asym:5 -printk:7",
    );
    let listed = [(&b"printk"[..], 7), (b"kfree", 9), (b"dotless", 0)];
    let listed = listed.into_iter().map(|(name, crc)| KernelSymbol { name, crc });
    let kernel = KernelSymbols::new(listed);
    let reports = Reports { dependencies: true, unknown: true, versions: true };
    let mut linking = Linking { kernel: Some(&kernel), prefix: None, reports };
    let path = |module: &str| format!("/m/k/{module}.ko").into_bytes();
    let other =
        |module, symbol: &str| Remark::OtherVersion { path: path(module), symbol: symbol.into() };
    let unknown =
        |module, symbol: &str| Remark::UnknownSymbol { path: path(module), symbol: symbol.into() };
    let needs = |module, symbol: &str, provider| Remark::Needs {
        path: path(module),
        symbol: symbol.into(),
        provider: path(provider),
    };
    // The last module that gives a symbol counts, so `b` needs itself: a circle.
    let (remarks, linked) = link(&modules, &linking);
    let of_b =
        [other("b", "asym"), needs("b", "asym", "b"), unknown("b", "under"), unknown("b", "gone")];
    assert_eq!(remarks, [&[other("a", "kfree")][..], &of_b].concat());
    assert_eq!(linked.err().unwrap().chains, [[name("b"), name("b")]]);
    linking.prefix = Some(b'_');
    let (remarks, _) = link(&modules, &linking);
    assert!(remarks.contains(&needs("b", "under", "a")), "{remarks:?}");
    assert!(remarks.contains(&unknown("a", "__this_module")), "{remarks:?}");
    assert_eq!(link(&modules, &Linking::default()).0, []);
}

#[test]
fn a_damaged_module_is_told_and_the_others_are_right() {
    let mut modules = modules("k/bad.ko alias=still\nk/a.ko -b\nk/b.ko +b");
    let problem = Problem::FileUnreadable { file: b"/m/k/bad.ko".to_vec(), errno: Errno::EINVAL };
    modules[0].contents.problem = Some(problem.clone());
    let (remarks, graph) = link(&modules, &Linking::default());
    assert_eq!(remarks, [Remark::Damaged { path: b"/m/k/bad.ko".to_vec(), problem }]);
    let (graph, builtin) = (graph.unwrap(), nothing_built_in());
    let tables = Tables {
        modules: &modules,
        directory: DIRECTORY,
        builtin: &builtin,
        reports_duplicates: false,
    };
    let (bytes, _) = table(&tables, &graph, Table::Dependencies).unwrap();
    assert_eq!(bytes, b"k/bad.ko:\nk/a.ko: k/b.ko\nk/b.ko:\n");
}
