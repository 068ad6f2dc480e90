//! The facts of a module as text and as JSON.

use kmodctl::decide::configured::Presence;
use kmodctl::decide::parameters::Kept;
use serde_json::{Value, json};

use super::configuration;
use super::facts::{Facts, Parameter, SoftWords};
use crate::show::{Align, Paint, Table, joined, names, origin, size, text as shown};

/// The facts for people: one block of lines, then one table for each list.
pub(super) fn text(facts: &Facts, all_aliases: bool, paint: Paint) -> String {
    let mut text = paint.bold(&shown(facts.module.as_bytes())) + "\n";
    let mut line = |label: &str, value: String| {
        if !value.is_empty() {
            text += &format!("  {label:<12} {value}\n");
        }
    };
    line("state", state(facts));
    line("file", facts.file.as_deref().map(shown).unwrap_or_default());
    for (key, value) in &facts.metadata {
        line(&shown(key), shown(value));
    }
    line("signer", facts.signer.as_deref().map(shown).unwrap_or_default());
    line("needs", joined(&facts.needs));
    line("needed by", joined(&facts.needed_by));
    line("softdep", softdep(&facts.softdep));
    line("kernels", kernels(facts));
    configuration::lines(&facts.kernels).into_iter().for_each(|(label, told)| line(label, told));
    let count = facts.aliases.len();
    line("aliases", if all_aliases || count == 0 { String::new() } else { count.to_string() });
    text + &tables(facts, all_aliases, paint)
}

fn tables(facts: &Facts, all_aliases: bool, paint: Paint) -> String {
    let mut text = section("parameters", &parameters(facts).text(4, paint), paint);
    let mut lines = String::new();
    for (place, line) in &facts.lines {
        lines += &format!("    {}: {}\n", origin(place), shown(line));
    }
    text += &section("configuration", &lines, paint);
    let mut devices = Table::new(&[("DEVICE", Align::Left), ("DRIVER", Align::Left)]);
    for device in &facts.devices {
        devices.row([shown(&device.path), device.driver.as_deref().map(shown).unwrap_or_default()]);
    }
    text += &section("devices", &devices.text(4, paint), paint);
    if all_aliases {
        let aliases: String =
            facts.aliases.iter().map(|alias| format!("    {}\n", shown(alias))).collect();
        text += &section("aliases", &aliases, paint);
    }
    text
}

fn section(title: &str, body: &str, paint: Paint) -> String {
    if body.is_empty() { String::new() } else { format!("  {}\n{body}", paint.bold(title)) }
}

fn state(facts: &Facts) -> String {
    let Some(loaded) = &facts.loaded else {
        let word = if facts.is_builtin { "built into the kernel" } else { "not loaded" };
        return word.into();
    };
    let mut words = vec!["loaded".to_owned()];
    words.extend(loaded.size.map(size));
    words.push(match (loaded.users.is_empty(), loaded.references) {
        (false, _) => format!("used by {}", joined(&loaded.users)),
        (true, Some(0)) => "unused".into(),
        (true, Some(uses)) => format!("used {uses} times, by no module"),
        (true, None) => "cannot be removed".into(),
    });
    if !loaded.taints.is_empty() {
        words.push(format!("taints the kernel ({})", shown(&loaded.taints)));
    }
    words.join(", ")
}

fn softdep(words: &SoftWords) -> String {
    let side = |label: &str, words: &[Vec<u8>]| {
        let words: Vec<_> = words.iter().map(shown).collect();
        if words.is_empty() { Vec::new() } else { vec![format!("{label} {}", words.join(" "))] }
    };
    [side("before:", &words.pre), side("after:", &words.post)].concat().join(", ")
}

fn kernels(facts: &Facts) -> String {
    let shown: Vec<_> = facts
        .kernels
        .iter()
        .map(|one| format!("{} ({})", shown(&one.release), presence_word(one.presence)))
        .collect();
    shown.join(", ")
}

fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Absent => "absent",
        Presence::BuiltIn => "built-in",
        Presence::Module => "module",
    }
}

fn parameters(facts: &Facts) -> Table {
    let heads = ["NAME", "TYPE", "LIVE", "KEPT", "WHAT IT IS"].map(|head| (head, Align::Left));
    let mut table = Table::new(&heads);
    for parameter in &facts.parameters {
        table.row([
            shown(&parameter.name),
            parameter.kind.as_deref().map(shown).unwrap_or_default(),
            parameter.live.as_deref().map(shown).unwrap_or_default(),
            parameter.kept.last().map(kept_word).unwrap_or_default(),
            parameter.text.as_deref().map(first_line).unwrap_or_default(),
        ]);
    }
    table
}

/// What a parameter is, as far as its first line goes.
fn first_line(said: &[u8]) -> String {
    shown(said.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii())
}

/// The value that counts; the lines of the configuration tell where it stands.
fn kept_word(kept: &Kept) -> String {
    kept.value.as_deref().map(shown).unwrap_or_else(|| "(set)".into())
}

/// The facts for programs.
pub(super) fn value(facts: &Facts) -> Value {
    let metadata: Vec<_> = facts
        .metadata
        .iter()
        .map(|(key, value)| json!({ "key": shown(key), "value": shown(value) }))
        .collect();
    let texts = |bytes: &[Vec<u8>]| -> Vec<String> { bytes.iter().map(shown).collect() };
    json!({
        "name": shown(facts.module.as_bytes()),
        "kernel": shown(&facts.release),
        "state": if facts.loaded.is_some() { "loaded" } else if facts.is_builtin { "built-in" } else { "not-loaded" },
        "file": facts.file.as_deref().map(shown),
        "size_bytes": facts.loaded.as_ref().and_then(|loaded| loaded.size),
        "uses": facts.loaded.as_ref().and_then(|loaded| loaded.references),
        "holders": facts.loaded.as_ref().map(|loaded| names(&loaded.users)).unwrap_or_default(),
        "metadata": metadata,
        "signer": facts.signer.as_deref().map(shown),
        "needs": names(&facts.needs),
        "needed_by": names(&facts.needed_by),
        "softdep": { "pre": texts(&facts.softdep.pre), "post": texts(&facts.softdep.post) },
        "aliases": texts(&facts.aliases),
        "parameters": facts.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "configuration": facts.lines.iter().map(|(place, line)| json!({ "at": origin(place), "line": shown(line) })).collect::<Vec<_>>(),
        "devices": facts.devices.iter().map(|device| json!({
            "path": shown(&device.path),
            "modalias": shown(&device.modalias),
            "driver": device.driver.as_deref().map(shown),
        })).collect::<Vec<_>>(),
    "kernels": facts.kernels.iter().map(|one| json!({
            "release": shown(&one.release),
            "presence": presence_word(one.presence),
            "configuration": configuration::value(one),
        })).collect::<Vec<_>>(),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let kept = |kept: &Kept| json!({ "value": kept.value.as_deref().map(shown), "at": origin(&kept.origin) });
    json!({
        "name": shown(&parameter.name),
        "type": parameter.kind.as_deref().map(shown),
        "text": parameter.text.as_deref().map(shown),
        "live": parameter.live.as_deref().map(shown),
        "kept": parameter.kept.iter().map(kept).collect::<Vec<_>>(),
    })
}
