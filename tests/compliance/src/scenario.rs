//! The text a scenario is written in, and the value it becomes.
//!
//! A theme is one file of scenarios. A scenario begins with `= NAME` and goes on with one
//! statement a line (`docs` of [`Scenario`] name them all); `#` begins a comment, a line
//! that begins with `|` continues the `file` statement above it and one with `>` the
//! `ours differs` statement. Words are split as a shell would, with `\n`, `\t`, `\0` and
//! `\xNN` escapes. This file knows nothing of how a scenario is run.

use crate::errno::errno;
use crate::module_file::Module;

/// One prepared situation and the commands run in it.
///
/// | statement | meaning |
/// |---|---|
/// | `module PATH [WORD…]` | a module file, see [`Module::parse`] |
/// | `only` | begin with an empty module tree instead of the standard one |
/// | `no-index` | leave out the indexes depmod makes |
/// | `lists-only` | the same, but the kernel build's lists are there |
/// | `loaded NAME [WORD…]` | a module of /sys/module, see [`Loaded`] |
/// | `chain NAME` | NAME and all it needs are loaded, with counts and holders |
/// | `touch PATH SECONDS` | when it was last changed, since the epoch |
/// | `file PATH` | a file; its content follows in `\|` lines |
/// | `link PATH TARGET`, `directory PATH`, `remove PATH` | the rest of the machine |
/// | `read-only PATH` | a directory that cannot be written to |
/// | `small PATH BYTES` | a directory (of files) on a file system with room for BYTES |
/// | `answer CALL NAME ERRNO…` | answers of the kernel, the last one repeats; CALL is `insert`, `finit`, `init` or `delete`; NAME may be `*` |
/// | `env NAME=VALUE`, `cwd PATH` | the command's surroundings |
/// | `close FD…`, `stdout full\|closed-pipe\|merged` | its streams |
/// | `stderr null` | standard error is /dev/null, open for reading and writing |
/// | `no-syslog` | nobody listens at /dev/log |
/// | `limit SECONDS` | how long a command may take, 20 if not said |
/// | `call FUNCTION ARG…` | one call of the C library, as `c/calls.c` reads it; one program makes all |
/// | `run TOOL ARG…` | one command; several share one machine |
/// | `like30 differs REASON` | kmod 30 is known to behave otherwise |
/// | `like30 varies REASON` | the two kmods agree only sometimes |
/// | `ours differs WHAT` | ours is meant to behave otherwise: WHAT stands in `docs/kmod-behaviour.md`; `>` lines give all it shows |
/// | `waits for REASON` | ours is known to fail; the suite fails when it no longer does |
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it is called, unique in its theme.
    pub name: String,
    /// The module files.
    pub modules: Vec<Module>,
    /// Whether the standard tree is left out.
    pub only: bool,
    /// Whether the indexes are left out.
    pub without_index: bool,
    /// Whether only the indexes are left out, not the kernel build's lists.
    pub lists_only: bool,
    /// File systems of its own.
    pub mounts: Vec<Mount>,
    /// The modules already in the kernel.
    pub loaded: Vec<Loaded>,
    /// Modules loaded together with all they need.
    pub chains: Vec<String>,
    /// Files, links and directories, in order.
    pub entries: Vec<(String, Entry)>,
    /// How the kernel answers.
    pub answers: Vec<Answer>,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// The working directory.
    pub directory: Option<String>,
    /// Standard descriptors that are closed.
    pub closed: Vec<i32>,
    /// Where standard output goes.
    pub stdout: Stdout,
    /// Whether nobody listens at /dev/log.
    pub without_syslog: bool,
    /// Seconds a command may take.
    pub limit: Option<u64>,
    /// Whether standard error is /dev/null, open for reading and writing.
    pub stderr_null: bool,
    /// The commands.
    pub commands: Vec<Vec<Vec<u8>>>,
    /// Why kmod 30 differs.
    pub thirty_differs: Option<String>,
    /// Whether kmod 30 and 34.2 agree only sometimes.
    pub thirty_varies: bool,
    /// Why ours differs, and all that ours shows.
    pub ours_differs: Option<(String, String)>,
    /// What ours is waiting for.
    pub waits_for: Option<String>,
}

/// A module in the kernel: `loaded NAME [refcnt=N] [size=N] [holders=A,B] [state=TEXT]`;
/// `refcnt=none`, `size=none`, `holders=none`, `state=none` leave the file out.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Its name.
    pub name: String,
    /// The `WORD=VALUE` pairs given.
    pub given: Vec<(String, String)>,
}

/// Something at a path of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory.
    Directory,
    /// A regular file.
    File(Vec<u8>),
    /// A symbolic link.
    Link(String),
    /// Nothing: takes away what stood there.
    Removed,
    /// What stands there, last changed at a time since the epoch.
    Touched(u64),
}

/// A directory that is a file system of its own.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where.
    pub path: String,
    /// How many bytes it has room for; read-only when not said.
    pub size: Option<u64>,
}

/// Which call is answered with which errnos, in turn.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `insert`, `finit`, `init` or `delete`.
    pub call: String,
    /// A module name or `*`.
    pub name: String,
    /// Errnos; 0 is success. The last repeats.
    pub errnos: Vec<i32>,
}

/// Where standard output of a command goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stdout {
    /// Into the transcript.
    #[default]
    Captured,
    /// Into a pipe nobody reads.
    ClosedPipe,
    /// Into `/dev/full`.
    Full,
    /// Into the same file as standard error, in the order written.
    Merged,
}

/// Reads a theme's text.
pub fn parse(text: &str) -> Result<Vec<Scenario>, String> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let fault = |what: String| format!("line {}: {what}: {line}", number + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("= ") {
            if scenarios.iter().any(|other| other.name == name) {
                return Err(fault("this name was used before".into()));
            }
            scenarios.push(Scenario { name: name.into(), ..Scenario::default() });
            continue;
        }
        let scenario =
            scenarios.last_mut().ok_or_else(|| fault("a scenario begins with `= NAME`".into()))?;
        read_line(scenario, line).map_err(fault)?;
    }
    Ok(scenarios)
}

/// Adds one line to the scenario.
fn read_line(scenario: &mut Scenario, line: &str) -> Result<(), String> {
    if let Some(rest) = line.strip_prefix('|') {
        let Some((_, Entry::File(content))) = scenario.entries.last_mut() else {
            return Err("`|` goes on with a `file`".into());
        };
        content.extend(unescape(rest.strip_prefix(' ').unwrap_or(rest))?);
        // A line that ends in `\c` has no newline, as with echo.
        if content.ends_with(b"\\c") {
            content.truncate(content.len() - 2);
        } else {
            content.push(b'\n');
        }
        return Ok(());
    }
    if let Some(rest) = line.strip_prefix('>') {
        let (_, expected) = scenario.ours_differs.as_mut().ok_or("`>` without `ours differs`")?;
        expected.push_str(rest.strip_prefix(' ').unwrap_or(rest));
        expected.push('\n');
        return Ok(());
    }
    read_statement(scenario, line)
}

fn read_statement(scenario: &mut Scenario, line: &str) -> Result<(), String> {
    let (statement, rest) = line.split_once(' ').unwrap_or((line, ""));
    match statement {
        "like30" => {
            scenario.thirty_varies = rest.starts_with("varies ");
            let word = if scenario.thirty_varies { "varies" } else { "differs" };
            scenario.thirty_differs = Some(after(rest, word)?);
        }
        "call" => call(scenario, rest),
        "ours" => scenario.ours_differs = Some((after(rest, "differs")?, String::new())),
        "waits" => scenario.waits_for = Some(after(rest, "for")?),
        _ => return read_words(scenario, statement, &words(rest)?),
    }
    Ok(())
}

/// Adds a call to those that one program makes.
fn call(scenario: &mut Scenario, rest: &str) {
    const FILE: &str = "/tmp/calls";
    let line = format!("{rest}\n");
    match scenario.entries.iter_mut().find(|(path, _)| path == FILE) {
        Some((_, Entry::File(calls))) => calls.extend(line.bytes()),
        _ => {
            scenario.entries.push((FILE.into(), Entry::File(line.into())));
            scenario.commands.push(vec![b"calls".to_vec(), FILE.into()]);
        }
    }
}

/// A statement whose rest is words.
fn read_words(scenario: &mut Scenario, statement: &str, bytes: &[Vec<u8>]) -> Result<(), String> {
    let text: Vec<String> =
        bytes.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let first = || text.first().cloned().ok_or("a word is missing".to_string());
    match statement {
        "module" => scenario.modules.push(Module::parse(bytes)?),
        "only" => scenario.only = true,
        "no-index" => scenario.without_index = true,
        "no-syslog" => scenario.without_syslog = true,
        "lists-only" => scenario.lists_only = true,
        "read-only" => scenario.mounts.push(Mount { path: first()?, size: None }),
        "small" => {
            let size = text.get(1).and_then(|size| size.parse().ok()).ok_or("small PATH BYTES")?;
            scenario.mounts.push(Mount { path: first()?, size: Some(size) });
        }
        "loaded" => scenario.loaded.push(Loaded { name: first()?, given: pairs(&text[1..])? }),
        "chain" => scenario.chains.push(first()?),
        "file" => scenario.entries.push((first()?, Entry::File(Vec::new()))),
        "link" => {
            let target = text.get(1).cloned().ok_or("link PATH TARGET")?;
            scenario.entries.push((first()?, Entry::Link(target)));
        }
        "directory" => scenario.entries.push((first()?, Entry::Directory)),
        "touch" => {
            let time =
                text.get(1).and_then(|time| time.parse().ok()).ok_or("touch PATH SECONDS")?;
            scenario.entries.push((first()?, Entry::Touched(time)));
        }
        "remove" => scenario.entries.push((first()?, Entry::Removed)),
        "answer" => scenario.answers.push(read_answer(&text)?),
        "env" => scenario.environment.extend(pairs(&text)?),
        "cwd" => scenario.directory = Some(first()?),
        "close" => {
            let numbers: Result<Vec<i32>, _> = text.iter().map(|word| word.parse()).collect();
            scenario.closed = numbers.map_err(|_| "close FD…")?;
        }
        "stderr" if rest_is_null(&text) => scenario.stderr_null = true,
        "stdout" => {
            scenario.stdout = match first()?.as_str() {
                "full" => Stdout::Full,
                "closed-pipe" => Stdout::ClosedPipe,
                "merged" => Stdout::Merged,
                _ => return Err("stdout full|closed-pipe|merged".into()),
            }
        }
        "limit" => scenario.limit = Some(first()?.parse().map_err(|_| "limit SECONDS")?),
        "run" => scenario.commands.push(bytes.to_vec()),
        _ => return Err("unknown statement".into()),
    }
    Ok(())
}

fn rest_is_null(words: &[String]) -> bool {
    matches!(words, [word] if word == "null")
}

/// The text after a word that must stand there, itself not empty.
fn after(rest: &str, word: &str) -> Result<String, String> {
    match rest.strip_prefix(word).map(str::trim) {
        Some(reason) if !reason.is_empty() => Ok(reason.into()),
        _ => Err(format!("`{word}` and a reason are missing")),
    }
}

fn read_answer(words: &[String]) -> Result<Answer, String> {
    let [call, name, errnos @ ..] = words else { return Err("answer CALL NAME ERRNO…".into()) };
    if !["insert", "finit", "init", "delete"].contains(&call.as_str()) || errnos.is_empty() {
        return Err("answer insert|finit|init|delete NAME ERRNO…".into());
    }
    let errnos: Result<Vec<i32>, String> = errnos.iter().map(|name| errno(name)).collect();
    Ok(Answer { call: call.clone(), name: name.clone(), errnos: errnos? })
}

/// `NAME=VALUE` words.
fn pairs(words: &[String]) -> Result<Vec<(String, String)>, String> {
    let pair = |word: &String| match word.split_once('=') {
        Some((name, value)) => Ok((name.to_string(), value.to_string())),
        None => Err(format!("`{word}` is not NAME=VALUE")),
    };
    words.iter().map(pair).collect()
}

/// Splits on blanks; `'…'` keeps all, `"…"` and bare text know backslash escapes.
pub fn words(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (None, b' ') => words.extend(word.take()),
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == byte => quote = None,
            (None | Some(b'"'), b'\\') => {
                let (value, length) = escape(&bytes[at..])?;
                word.get_or_insert_default().push(value);
                at += length - 1;
            }
            _ => word.get_or_insert_default().push(byte),
        }
        at += 1;
    }
    if quote.is_some() {
        return Err("a quote is not closed".into());
    }
    words.extend(word);
    Ok(words)
}

/// Text with `\xNN`, `\0` and `\r` escapes; every other backslash stands for itself.
fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\\' && matches!(bytes.get(at + 1), Some(b'x' | b'0' | b'r')) {
            let (value, length) = escape(&bytes[at..])?;
            out.push(value);
            at += length;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Ok(out)
}

/// The byte an escape stands for and the escape's length.
fn escape(bytes: &[u8]) -> Result<(u8, usize), String> {
    Ok(match bytes.get(1) {
        Some(b'n') => (b'\n', 2),
        Some(b't') => (b'\t', 2),
        Some(b'r') => (b'\r', 2),
        Some(b'0') => (0, 2),
        Some(b'x') => {
            let digits = bytes.get(2..4).and_then(|hex| std::str::from_utf8(hex).ok());
            let value = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            (value.ok_or("\\x wants two digits")?, 4)
        }
        Some(other) => (*other, 2),
        None => return Err("a backslash at the end".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would() {
        let cases: [(&str, &[&[u8]]); 5] = [
            ("a  b", &[b"a", b"b"]),
            ("'a b'c \"\"", &[b"a bc", b""]),
            (r#""a\nb" \x41\0"#, &[b"a\nb", b"A\0"]),
            (r"'\n'", &[br"\n"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).unwrap(), expected, "{text}");
        }
        assert!(words("'a").is_err());
    }

    #[test]
    fn a_scenario_is_read_whole() {
        let text = "= one\nfile /etc/a\n| b c\n| d\\c\nanswer insert a ENOENT OK\nrun modprobe -v 'x y'\nours differs because\n> exit 0\n";
        let scenario = &parse(text).unwrap()[0];
        assert_eq!(scenario.entries, [("/etc/a".into(), Entry::File(b"b c\nd".to_vec()))]);
        assert_eq!(scenario.answers[0].errnos, [libc::ENOENT, 0]);
        assert_eq!(scenario.commands[0], [&b"modprobe"[..], b"-v", b"x y"]);
        assert_eq!(scenario.ours_differs, Some(("because".into(), "exit 0\n".into())));
        assert!(parse("run x").is_err());
        assert!(parse("= a\nbogus").is_err());
    }
}
