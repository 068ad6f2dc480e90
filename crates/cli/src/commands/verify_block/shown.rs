//! A proof as text and as JSON.

use kmodctl::decide::block::{
    KernelState, KernelVerification, Outcome, Proof, Scanner, Verdict, Verification, Way, WayIn,
};
use kmodctl::decide::inventory::Engine;
use serde_json::{Value, json};

use crate::show::{self, Align, Paint, Table, names, text as shown};

/// The proof for people: the verdict, the ways that lead in (or all), and what scanners say.
pub(super) fn text(proof: &Verification, verdicts: &[Verdict], all: bool, paint: Paint) -> String {
    let verdict = match proof.proof() {
        Proof::Holds => paint.green("blocked"),
        Proof::Leaks => paint.red("not blocked"),
        Proof::Unproven => paint.yellow("not proven to be blocked"),
    };
    let tried = proof.tried();
    let plural = if tried == 1 { "" } else { "s" };
    let name = paint.bold(&shown(proof.module.as_bytes()));
    let heads = ["WHERE", "WAY", "", "WHY"].map(|head| (head, Align::Left));
    let mut table = Table::new(&heads);
    // What the kernel refuses itself is out, whatever the other ways come to.
    let is_told = |row: &Row| match proof.kept_out_by_kernel {
        true => row.place == "kernel" && row.way.is_empty(),
        false => row.word != "held",
    };
    for row in rows(proof, all) {
        if all || is_told(&row) {
            table.row([row.place, row.way, row.word.to_owned(), row.why]);
        }
    }
    let verdicts: Vec<_> = verdicts.iter().map(verdict_words).collect();
    format!("{name}: {verdict} ({tried} way{plural} tried)\n")
        + &table.text(2, paint)
        + &format!("  scanners: {}\n", verdicts.join(", "))
}

/// A line of the table. Paths stand in its last column alone: they can be long.
struct Row {
    /// `kernel` for the one that runs, a release for its tree, or `image`.
    place: String,
    way: String,
    /// `leaks`, `held` or `unknown`.
    word: &'static str,
    why: String,
}

fn rows(proof: &Verification, all: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut of_kernel = |way: &str, word, why: String| {
        rows.push(Row { place: "kernel".into(), way: way.into(), word, why });
    };
    if proof.is_loaded {
        of_kernel("", "leaks", "the module is loaded now".into());
    }
    if proof.kept_out_by_kernel {
        of_kernel("", "held", "refuses the module itself, whoever loads it".into());
    }
    if let Some((word, why)) = engine(proof) {
        of_kernel("requests", word, why);
    }
    for kernel in &proof.kernels {
        rows.extend(kernel_rows(kernel, all));
    }
    rows.extend(proof.images.iter().map(|(path, state)| Row {
        place: "image".into(),
        way: String::new(),
        word: image_word(state),
        why: format!("{} {}", shown(path), show::block::image(state)),
    }));
    rows
}

/// The ways in one kernel's tree; ways of one kind that come to the same are one row, unless all
/// are wanted.
fn kernel_rows(kernel: &KernelVerification, all: bool) -> Vec<Row> {
    let place = shown(&kernel.release);
    let row = |way: String, leaks: bool, why: String| Row {
        place: place.clone(),
        way,
        word: if leaks { "leaks" } else { "held" },
        why,
    };
    if let Some((leaks, why)) = built_in(&kernel.state) {
        return vec![row(String::new(), leaks, why)];
    }
    let same = |left: &Way, right: &Way| {
        !all && way_code(&left.way) == way_code(&right.way) && left.outcome == right.outcome
    };
    let groups = kernel.ways.chunk_by(same);
    let rows = groups.filter_map(|group| {
        let first = group.first()?;
        let more = match group.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let leaks = matches!(first.outcome, Outcome::Leaks(_));
        let why = show::block::outcome(&first.outcome);
        Some(row(way_words(&first.way, &first.query) + &more, leaks, asked_by(&first.way) + &why))
    });
    rows.collect()
}

/// Whether a module of the kernel image is a leak, and in which words.
fn built_in(state: &KernelState) -> Option<(bool, String)> {
    match state {
        KernelState::Absent | KernelState::Loaded => None,
        KernelState::BuiltIn { blacklisted: true, .. } => {
            Some((false, "built in, and its initcalls are blacklisted".into()))
        }
        KernelState::BuiltIn { functions, .. } => {
            let functions: Vec<_> = functions.iter().map(shown).collect();
            let by = match functions.is_empty() {
                true => String::new(),
                false => format!(": only initcall_blacklist={} stops it", functions.join(",")),
            };
            Some((true, format!("the module is built in{by}")))
        }
    }
}

fn engine(proof: &Verification) -> Option<(&'static str, String)> {
    let engine = proof.engine.as_ref()?;
    let words = show::block::engine(engine);
    Some(match engine {
        Engine::Nobody => ("held", "the kernel asks nobody for modules".into()),
        Engine::Kmod(_) => ("held", format!("answered by {words}")),
        Engine::Other(_) => ("unknown", format!("answered by {words}, which cannot be tried")),
        Engine::Booster(_) | Engine::Busybox(_) | Engine::Toybox(_) => {
            let word = if proof.engine_leaks() { "leaks" } else { "held" };
            (word, format!("answered by {words}, which passes over install lines"))
        }
    })
}

fn image_word(state: &kmodctl::decide::block::ImageState) -> &'static str {
    use kmodctl::decide::block::ImageState;
    match state {
        ImageState::Absent | ImageState::Held(_) => "held",
        ImageState::Leaks(_) | ImageState::Passes(_) => "leaks",
        ImageState::CannotTell(_) | ImageState::Unknown(_) => "unknown",
    }
}

fn way_words(way: &WayIn, query: &[u8]) -> String {
    let query = shown(query);
    match way {
        WayIn::Alias => format!("alias {query}"),
        WayIn::Boot(_) => format!("boot list: {query}"),
        WayIn::Command => format!("install command of {query}"),
        WayIn::Dependent => format!("dependency of {query}"),
        WayIn::Device(_) => "device".into(),
        WayIn::Name => format!("name {query}"),
        WayIn::Softdep => format!("softdep of {query}"),
        WayIn::Symbol => query,
    }
}

/// Who asks, before what comes of it; nothing where the way's own words tell.
fn asked_by(way: &WayIn) -> String {
    match way {
        WayIn::Boot(line) => match &line.file {
            Some(file) => format!("wanted by {}:{}, ", shown(file), line.line),
            None => "wanted by the kernel command line, ".into(),
        },
        WayIn::Device(path) => format!("{}: ", shown(path)),
        _ => String::new(),
    }
}

fn way_code(way: &WayIn) -> &'static str {
    match way {
        WayIn::Alias => "alias",
        WayIn::Boot(_) => "boot-list",
        WayIn::Command => "install-command",
        WayIn::Dependent => "dependency",
        WayIn::Device(_) => "device",
        WayIn::Name => "name",
        WayIn::Softdep => "softdep",
        WayIn::Symbol => "symbol",
    }
}

fn scanner_name(scanner: Scanner) -> &'static str {
    match scanner {
        Scanner::CisDryRun => "cis-dry-run",
        Scanner::Lynis => "lynis",
        Scanner::Oval => "oval",
    }
}

fn verdict_words(verdict: &Verdict) -> String {
    let word = if verdict.passes { "pass" } else { "fail" };
    format!("{} {word}", scanner_name(verdict.scanner))
}

/// The proof for programs.
pub(super) fn value(proof: &Verification, verdicts: &[Verdict]) -> Value {
    let kernels: Vec<_> = proof.kernels.iter().map(kernel_value).collect();
    let images: Vec<_> =
        proof.images.iter().map(|(path, state)| show::block::image_value(path, state)).collect();
    let verdicts: Vec<_> = verdicts
        .iter()
        .map(|verdict| json!({ "name": scanner_name(verdict.scanner), "passes": verdict.passes }))
        .collect();
    json!({
        "name": shown(proof.module.as_bytes()),
        "verdict": match proof.proof() {
            Proof::Holds => "blocked",
            Proof::Leaks => "not-blocked",
            Proof::Unproven => "unproven",
        },
        "loaded": proof.is_loaded,
        "engine": engine(proof).map(|(word, why)| json!({ "outcome": word, "message": why })),
        "kept_out_by_kernel": proof.kept_out_by_kernel,
        "kernels": kernels,
        "images": images,
        "still_loads": names(&proof.still_loads),
        "scanners": verdicts,
    })
}

fn kernel_value(kernel: &KernelVerification) -> Value {
    let ways: Vec<_> = kernel
        .ways
        .iter()
        .map(|way| {
            let mut value = show::block::outcome_value(&way.outcome);
            value["way"] = way_code(&way.way).into();
            value["query"] = shown(&way.query).into();
            value["asked_by"] = match &way.way {
                WayIn::Boot(line) => line.file.as_deref().map(shown).into(),
                WayIn::Device(path) => shown(path).into(),
                _ => Value::Null,
            };
            value
        })
        .collect();
    let built_in = built_in(&kernel.state);
    json!({
        "release": shown(&kernel.release),
        "built_in": built_in.map(|(leaks, why)| json!({ "leaks": leaks, "message": why })),
        "ways": ways,
    })
}
