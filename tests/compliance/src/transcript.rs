//! What a command showed, as text that can be compared and read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::index;
use crate::spawn::Shown;
use crate::supervisor::Call;

/// One command and all it showed, every line with its origin before it.
///
/// Bytes that cannot be seen are escaped, a trailing blank too; a missing last newline is
/// marked. A call made several times in a row is shown once.
pub fn of_command(words: &[Vec<u8>], shown: &Shown) -> String {
    let mut text = String::from("$");
    for word in words {
        let visible = visible(word);
        let plain = !visible.is_empty() && !visible.contains([' ', '\'', '"']);
        let _ = if plain { write!(text, " {visible}") } else { write!(text, " '{visible}'") };
    }
    text.push('\n');
    lines(&mut text, "out", &shown.stdout);
    lines(&mut text, "err", &shown.stderr);
    for message in &shown.syslog {
        lines(&mut text, "log", &without_date(message));
    }
    for same in shown.calls.chunk_by(|one, other| one == other) {
        let (call, errno) = &same[0];
        let several = if same.len() > 1 { ", more than once" } else { "" };
        let _ = writeln!(text, "call| {} = {}{several}", of_call(call), of_errno(*errno));
    }
    let _ = writeln!(text, "{}", shown.end);
    text
}

/// The files a scenario's commands wrote.
pub fn of_files(files: &BTreeMap<String, Option<Vec<u8>>>) -> String {
    let mut text = String::new();
    for (path, content) in files {
        let path = without_process(path);
        let _ =
            writeln!(text, "{path} {}", if content.is_some() { "now holds" } else { "is gone" });
        of_content(&mut text, content.as_deref().unwrap_or_default());
    }
    text
}

/// A file's lines; of a binary index what it says and a sum of its bytes.
fn of_content(text: &mut String, content: &[u8]) {
    match index::dump(content) {
        Ok(dump) => {
            lines(text, "file", dump.as_bytes());
            let _ = writeln!(text, "sum| {} bytes, {:08x}", content.len(), sum(content));
        }
        Err(_) => lines(text, "file", content),
    }
}

/// 34.2's text without what depmod of kmod 30 never has: its order of an index's nodes, and
/// weak dependencies, when there are none.
pub fn without_what_thirty_lacks(text: &str) -> String {
    const WEAK: &str = "| # Weak dependencies extracted from modules themselves.";
    let lacks = |line: &&str| {
        line.starts_with("sum| ")
            || line.ends_with(WEAK)
            || line.ends_with("/modules.weakdep now holds")
    };
    text.lines().filter(|line| !lacks(line)).map(|line| format!("{line}\n")).collect()
}

/// kmod 30's text with what is known to be spelled differently in every library message
/// brought to 34.2's form: the source file and line before a function's name.
pub fn of_thirty(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(&without_addresses(&without_source_line(line)));
        out.push('\n');
    }
    out
}

/// `libkmod: ERROR ../libkmod/F.c:12 function: …` to `libkmod: ERROR: function: …`, and
/// `modprobe: ERROR: ../libkmod/F.c:12 function() …` to `modprobe: ERROR: …`.
fn without_source_line(line: &str) -> String {
    let Some(at) = line.find(" ../libkmod/") else { return line.into() };
    let (before, after) = (&line[..at], &line[at + 1..]);
    let Some((_, after)) = after.split_once(' ') else { return line.into() };
    match before.strip_suffix(':') {
        Some(_) => format!("{before} {}", after.split_once("() ").map_or(after, |(_, text)| text)),
        None => format!("{before}: {after}"),
    }
}

/// Lines that differ marked with `-` (expected) and `+` (shown).
pub fn difference(expected: &str, shown: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), shown.lines().collect());
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            let _ = writeln!(text, "      {}", old[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            let _ = writeln!(text, "    - {}", old[i]);
            i += 1;
        } else {
            let _ = writeln!(text, "    + {}", new[j]);
            j += 1;
        }
    }
    text
}

fn lines(text: &mut String, origin: &str, bytes: &[u8]) {
    let (body, complete) = match bytes.split_last() {
        None => return,
        Some((b'\n', body)) => (body, true),
        Some(_) => (bytes, false),
    };
    for line in body.split(|byte| *byte == b'\n') {
        let line = visible(line);
        let line = if origin == "out" { line } else { without_addresses(&without_process(&line)) };
        let _ = writeln!(text, "{origin}| {line}");
    }
    if !complete && origin != "log" {
        let _ = writeln!(text, "{origin}| (no newline)");
    }
}

/// The line with everything unprintable escaped.
fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b' ' if at + 1 == bytes.len() => text.push_str("\\x20"),
            b' '..=b'~' if *byte != b'\\' => text.push(char::from(*byte)),
            b'\t' => text.push('\t'),
            b'\0' => text.push_str("\\0"),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text
}

/// Pointers in messages are of no interest: `0x` and nine digits or more, or what a message of the
/// library says is one.
fn without_addresses(line: &str) -> String {
    let mut parts = line.split("0x");
    let mut text = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let told = ["ctx ", "context ", "function "].iter().any(|word| text.ends_with(word));
        let is_address = digits > 8 || (told && digits > 0);
        text.push_str("0x");
        text.push_str(if is_address { "…" } else { &part[..digits] });
        text.push_str(&part[digits..]);
    }
    text
}

/// The names of depmod's temporaries end in `.PID.MICROSECONDS.SECONDS`: `.TEMPORARY`.
fn without_process(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('.') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut end = 0;
        let mut numbers = 0;
        while rest[end..].starts_with('.') {
            let digits = rest[end + 1..].bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            end += digits + 1;
            numbers += 1;
        }
        text.push_str(if numbers == 3 { ".TEMPORARY" } else { &rest[..end.max(1)] });
        rest = &rest[end.max(1)..];
    }
    text + rest
}

/// A syslog datagram without `Mmm dd hh:mm:ss `.
fn without_date(message: &[u8]) -> Vec<u8> {
    let at = message.iter().position(|byte| *byte == b'>').map_or(0, |at| at + 1);
    let text = message.get(at + 16..).unwrap_or_default();
    [&message[..at], text.strip_suffix(b"\n").unwrap_or(text)].concat()
}

fn of_call(call: &Call) -> String {
    match call {
        Call::Delete { name, flags } => {
            format!("delete_module(\"{}\", {})", visible(name), of_delete_flags(*flags))
        }
        Call::Finit { path, options, flags } => {
            let path = visible(path);
            format!("finit_module({path}, \"{}\", {flags})", visible(options))
        }
        Call::Init { image, options } => format!(
            "init_module({} of {} bytes, sum {:08x}, \"{}\")",
            crate::kernel::name_in_image(image),
            image.len(),
            sum(image),
            visible(options)
        ),
    }
}

fn of_delete_flags(flags: u64) -> String {
    let mut names = Vec::new();
    for (flag, name) in [(libc::O_NONBLOCK, "O_NONBLOCK"), (libc::O_TRUNC, "O_TRUNC")] {
        if flags & flag as u64 != 0 {
            names.push(name.to_string());
        }
    }
    let rest = flags & !((libc::O_NONBLOCK | libc::O_TRUNC) as u64);
    if rest != 0 || names.is_empty() {
        names.push(format!("{rest:#x}"));
    }
    names.join("|")
}

/// 32-bit FNV-1a: tells whether two images are the same.
fn sum(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0x811c_9dc5, |sum: u32, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn of_errno(errno: i32) -> String {
    match errno {
        0 => "0".into(),
        _ => {
            let text = std::io::Error::from_raw_os_error(errno).to_string();
            format!("-1 ({})", text.split(" (os").next().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_messages_of_thirty_lose_their_source_line() {
        let cases = [
            (
                "err| libkmod: ERROR ../libkmod/libkmod-config.c:712 kmod_config_parse: /etc/a",
                "err| libkmod: ERROR: kmod_config_parse: /etc/a",
            ),
            (
                "err| modprobe: ERROR: ../libkmod/libkmod-module.c:1047 command_do() Error x",
                "err| modprobe: ERROR: Error x",
            ),
            ("out| same", "out| same"),
        ];
        for (line, expected) in cases {
            assert_eq!(without_source_line(line), expected);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let mut text = String::new();
        lines(&mut text, "out", b"a \n\0b\\\nc");
        assert_eq!(text, "out| a\\x20\nout| \\0b\\x5c\nout| c\nout| (no newline)\n");
        assert_eq!(
            without_date(b"<27>Nov 23 07:44:00 modprobe: ERROR: x"),
            b"<27>modprobe: ERROR: x"
        );
        let temporary = "modules.dep.29691.378309.1795423665, 6.1.0-test";
        assert_eq!(without_process(temporary), "modules.dep.TEMPORARY, 6.1.0-test");
        assert_eq!(difference("a\nb\n", "a\nc\n"), "      a\n    - b\n    + c\n");
    }
}
