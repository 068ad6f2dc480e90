//! What programs are promised: every answer of `kmodctl --json` is as `docs/schema/COMMAND.json`
//! says, and the schemas promise nothing that is never given.
//!
//! Every command of `tests/sessions` is run once more with `--json`, and so are those of
//! `tests/answers/more.txt`, hosts and commands for keys that no session shows. A command without a
//! schema fails, and so does a key that is in the answer and not in the schema, or in the schema
//! and never in an answer; each failure says what to do.
#![allow(clippy::panic, clippy::unwrap_used)]

mod commands;
mod host;
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use commands::commands;
use host::Host;
use schema::Schemas;
use serde_json::{Value, json};

#[test]
fn answers_are_as_the_schemas_say() {
    let (mut schemas, commands) = (Schemas::read(), commands());
    let mut wrong = BTreeSet::new();
    for (host, session) in hosts() {
        let host = Host::new(&host);
        for line in session.lines().filter_map(|line| line.strip_prefix("# kmodctl ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let answer = answer(&host, &words);
            let name = command_of(&words, &commands);
            let faults = match schemas.commands().contains(&name) {
                true => schemas.hold(&name, &answer),
                // Told once for all, below.
                false => Vec::new(),
            };
            wrong.extend(faults.into_iter().map(|fault| format!("kmodctl {line}\n  {fault}")));
        }
    }
    wrong.extend(schemas.unshown().into_iter().map(|key| {
        format!(
            "{key} is promised, and no answer has it: show it by a command in tests/sessions or \
             tests/answers/more.txt, or take it out"
        )
    }));
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_command_has_a_schema_and_the_guide_knows_it() {
    let (schemas, commands) = (Schemas::read(), commands());
    let missing: Vec<_> = commands.difference(&schemas.commands()).cloned().collect();
    assert!(missing.is_empty(), "write docs/schema/NAME.json for {missing:?}");
    let idle: Vec<_> = schemas.commands().difference(&commands).cloned().collect();
    assert!(idle.is_empty(), "docs/schema: there are no such commands: {idle:?}");
    let guide = fs::read_to_string(schema::directory().join("../guide/json.md")).unwrap();
    for name in commands {
        let link = format!("(../schema/{name}.json)");
        assert!(guide.contains(&link), "docs/guide/json.md does not point at {link}");
    }
}

/// Arguments that are not understood are told as all failures are.
#[test]
fn misunderstood_arguments_are_failures() {
    let table = [
        (
            "-J blok nfsd",
            "unrecognized subcommand 'blok'",
            &[
                "some similar subcommands exist: 'unblock', 'block'",
                "usage: kmodctl [OPTIONS] <COMMAND>",
            ][..],
        ),
        (
            "-J complete",
            "unrecognized subcommand 'complete'",
            &["usage: kmodctl [OPTIONS] <COMMAND>"],
        ),
        ("--json", "a command is missing", &["usage: kmodctl [OPTIONS] <COMMAND>"]),
        ("param -J", "a command is missing", &["usage: kmodctl param [OPTIONS] <COMMAND>"]),
        (
            "block -J",
            "the following required arguments were not provided: <MODULE>...",
            &["usage: kmodctl block --json <MODULE>..."],
        ),
        ("status -Jk", "a value is required for '--kernel <RELEASE>' but none was supplied", &[]),
        (
            "graph m --svgg --json",
            "unexpected argument '--svgg' found",
            &["a similar argument exists: '--svg'", "usage: kmodctl graph --svg <MODULE>"],
        ),
    ];
    let mut schemas = Schemas::read();
    for (line, cause, fixes) in table {
        let mut kmodctl = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
        let output = kmodctl.args(line.split(' ')).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{line}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let message = "the arguments are not understood";
        let error = json!({
            "code": "usage", "message": message, "cause": cause, "seen": [], "fixes": fixes
        });
        assert_eq!(value, json!({ "error": error, "schema": 1 }), "{line}");
        assert_eq!(schemas.hold("list", &value), [""; 0], "{line}");
    }
}

#[test]
fn schemas_are_strict_and_described() {
    let faults = Schemas::read().faults();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The walk and the validator see what is not promised.
#[test]
fn what_is_not_promised_is_told() {
    let remark = |extra: &str| format!(r#"{{"code":"absent","message":"M","fix":null{extra}}}"#);
    let good = format!(r#"{{"modules":[{{"name":"a"}}],"remarks":[{}],"schema":1}}"#, remark(""));
    let told = |answer: &str| Schemas::read().hold("list", &serde_json::from_str(answer).unwrap());
    assert_eq!(told(&good), [""; 0]);
    let table = [
        (r#""name":"a""#, r#""name":"a","new":1"#, "list.json lacks the key `.modules[].new`"),
        (r#""fix":null"#, r#""fix":null,"x":1"#, "parts.json lacks the key `.remarks[].x`"),
        (r#""absent""#, r#""unheard-of""#, "list.json refuses"),
        (r#""fix":null"#, r#""fix":7"#, "list.json refuses"),
        (r#","schema":1"#, "", "list.json refuses"),
    ];
    for (from, to, expected) in table {
        let faults = told(&good.replace(from, to));
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{to}: {faults:?}");
    }
}

/// The codes that are promised are those that the source has, all of them and no other.
#[test]
fn codes_are_those_of_the_source() {
    let schemas = Schemas::read();
    let promised = |part: &str| -> BTreeSet<String> {
        let codes = schemas.part(part).as_array().unwrap().iter();
        codes.map(|code| code.as_str().unwrap().to_owned()).collect()
    };
    let mut given = BTreeSet::new();
    for file in ["telling", "refusal", "insertion"] {
        let text = source(&format!("../decide/src/problem/{file}.rs"));
        let code = text.split("fn code(").nth(1).unwrap();
        let code = code.split("\n}\n").next().unwrap().split("\n    }\n").next().unwrap();
        given.extend(code.split("=> \"").skip(1).map(|rest| quoted(rest).to_owned()));
    }
    // What the command itself refuses is no problem of a machine.
    assert!(source("src/show/json.rs").contains("\"code\": \"usage\""));
    given.insert("usage".to_owned());
    let problems = promised("/$defs/problem_code/enum");
    assert_eq!(problems, given, "docs/schema/parts.json, problem_code: left promised, right given");
    let mut source = String::new();
    read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
    for code in promised("/$defs/remark/properties/code/enum") {
        let is_given = source.contains(&format!("\"{code}\"")) || problems.contains(&code);
        assert!(is_given, "docs/schema/parts.json: no remark has the code `{code}` any more");
    }
}

/// Hosts, each with its commands.
fn hosts() -> Vec<(String, String)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let sessions = fs::read_dir(tests.join("sessions")).unwrap();
    let mut files: Vec<PathBuf> = sessions.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let more = fs::read_to_string(tests.join("answers/more.txt")).unwrap();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let all: Vec<String> = texts.chain(more.split("===\n").map(str::to_owned)).collect();
    let cut = |text: &String| {
        let (host, session) = text.split_once("---\n").unwrap();
        (host.to_owned(), session.to_owned())
    };
    all.iter().map(cut).collect()
}

/// The answer in JSON.
fn answer(host: &Host, words: &[&str]) -> Value {
    let has_json = words.iter().any(|word| ["-J", "--json"].contains(word));
    let mut command = Command::new(env!("CARGO_BIN_EXE_kmodctl"));
    command.args(words).args((!has_json).then_some("-J"));
    let output = command.arg("--root").arg(host.root()).env("PATH", "/nowhere");
    let output = output.current_dir(host.root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let value: Value =
        serde_json::from_str(&text).unwrap_or_else(|no| panic!("{words:?}: {no}: {text}"));
    assert_eq!(text.lines().count(), 1, "{words:?}: one answer is one line");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}: all is in the answer");
    let is_usage = value["error"]["code"] == "usage";
    assert_eq!(is_usage, output.status.code() == Some(64), "{words:?}: {value}");
    value
}

/// The name of the command that some words are: `param-keep`.
fn command_of(words: &[&str], commands: &BTreeSet<String>) -> String {
    let names: Vec<&str> = words.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let two = names.get(..2).map(|two| two.join("-")).filter(|two| commands.contains(two));
    two.unwrap_or_else(|| names[0].to_owned())
}

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn read_all(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read_all(&path, text),
            false => *text += &fs::read_to_string(path).unwrap(),
        }
    }
}

fn quoted(rest: &str) -> &str {
    rest.split('"').next().unwrap()
}
