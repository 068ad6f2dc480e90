//! What programs that were linked with kmod's library rely on: the functions of ours with their
//! versions, compared with the tables of Debian's libraries, and the types of both headers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use kmodctl_compliance::implementation::cache;
use kmodctl_compliance::library::{our_directory, their_directory};

/// The functions a library shows, as `NAME@VERSION`, or `NAME@@VERSION` for those that new programs
/// are bound to.
fn functions(library: &Path) -> BTreeSet<String> {
    let output = Command::new("readelf").args(["--dyn-syms", "-W"]).arg(library).output().unwrap();
    assert!(output.status.success(), "{}", library.display());
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let shown = words.filter(|words| words.len() > 7 && words[3] == "FUNC" && words[6] != "UND");
    shown.map(|words| words[7].to_owned()).collect()
}

fn ours() -> BTreeSet<String> {
    functions(&our_directory().unwrap().join("lib/libkmod.so.2"))
}

#[test]
fn every_function_of_kmod_34_is_there_in_its_version_and_none_else() {
    let theirs = functions(&their_directory().unwrap().join("libkmod.so.2"));
    assert_eq!(theirs.len(), 75);
    let more: Vec<_> = ours().difference(&theirs).cloned().collect();
    // For programs that were linked with kmod 30 to 32.
    assert_eq!(more, ["kmod_module_new_from_name_lookup@LIBKMOD_5"]);
    assert_eq!(theirs.difference(&ours()).count(), 0);
}

#[test]
fn programs_of_kmod_30_find_every_function() {
    let directory = cache().unwrap().join("theirs/libkmod2-30");
    let place = ["usr/lib", "lib"].map(|parent| directory.join(parent).join("x86_64-linux-gnu"));
    let library = place.iter().map(|place| place.join("libkmod.so.2")).find(|path| path.exists());
    let versions = |functions: BTreeSet<String>| -> BTreeSet<String> {
        functions.iter().map(|function| function.replace("@@", "@")).collect()
    };
    let theirs = versions(functions(&library.expect("kmod 30's library; run `cargo xtask fetch`")));
    assert_eq!(theirs.len(), 73);
    let missing: Vec<_> = theirs.difference(&versions(ours())).cloned().collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn both_headers_have_the_same_types_and_numbers() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("c/abi.c");
    let text = std::fs::read_to_string(&table).unwrap();
    let listed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("TYPE(")?.split(',').next())
        .map(String::from)
        .collect();
    let shown = ours().iter().map(|name| name.split('@').next().unwrap().to_owned()).collect();
    assert_eq!(listed, shown, "c/abi.c lists every function");
    let headers: [PathBuf; 2] = [
        cache().unwrap().join("theirs/libkmod-dev/usr/include"),
        our_directory().unwrap().join("include"),
    ];
    for header in headers {
        let mut cc = Command::new("cc");
        cc.args(["-std=gnu11", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]);
        cc.arg("-Wno-deprecated-declarations").arg("-I").arg(&header).arg(&table);
        let output = cc.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", header.display());
        // The header is for C++, too.
        let include = header.join("libkmod.h");
        let mut cxx = Command::new("c++");
        let output = cxx.args(["-fsyntax-only", "-x", "c++"]).arg(include).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
