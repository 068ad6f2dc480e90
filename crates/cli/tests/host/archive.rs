//! Images of first root directories: cpio archives in the `newc` form, packed by the usual tools.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// An image of these lines: `PATH`, or `PATH: LINE` once or more; `PATH -> TARGET` is a link.
pub fn image(lines: &[String], codec: Option<&str>) -> Vec<u8> {
    let mut files: BTreeMap<&str, (u32, Vec<u8>)> = BTreeMap::new();
    for line in lines {
        if let Some((path, target)) = line.split_once(" -> ") {
            files.insert(path, (0o120_777, target.into()));
        } else {
            let (path, text) = line.split_once(": ").unwrap_or((line, ""));
            let file = files.entry(path).or_insert((0o100_644, Vec::new()));
            if !text.is_empty() {
                file.1.extend(format!("{text}\n").bytes());
            }
        }
    }
    let mut archive = Vec::new();
    for (path, (mode, content)) in &files {
        entry(&mut archive, path, *mode, content);
    }
    entry(&mut archive, "TRAILER!!!", 0, b"");
    archive.resize(archive.len().next_multiple_of(512), 0);
    match codec {
        None => archive,
        // As distributions do it: early microcode, not compressed, and then the rest.
        Some(codec) => [early(), packed(codec, &archive)].concat(),
    }
}

fn early() -> Vec<u8> {
    let mut archive = Vec::new();
    entry(&mut archive, "kernel/x86/microcode/GenuineIntel.bin", 0o100_644, b"microcode");
    entry(&mut archive, "TRAILER!!!", 0, b"");
    archive.resize(archive.len().next_multiple_of(512), 0);
    archive
}

fn entry(archive: &mut Vec<u8>, path: &str, mode: u32, content: &[u8]) {
    let fields = [1, mode, 0, 0, 1, 0, content.len() as u32, 0, 0, 0, 0, path.len() as u32 + 1, 0];
    archive.extend(b"070701");
    archive.extend(fields.iter().flat_map(|field| format!("{field:08x}").into_bytes()));
    archive.extend([path.as_bytes(), b"\0"].concat());
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(4), 0);
}

fn packed(codec: &str, bytes: &[u8]) -> Vec<u8> {
    let mut command = Command::new(codec);
    command.args(if codec == "xz" { &["--check=crc32", "-c"][..] } else { &["-c"] });
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{codec}");
        output.stdout
    })
}
