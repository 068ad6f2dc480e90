//! `kmodctl verify-block M…`: the proof that modules are kept out, or where they get in.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::block::{
    Image, ImageState, KernelState, Outcome, Scanner, Verdict, Verification, Way, WayIn, scanners,
    verify,
};
use kmodctl::decide::inventory::Engine;
use kmodctl::decide::{World, named};
use kmodctl::format::ModuleName;
use kmodctl::system::{Machine, images};
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{self, Align, Paint, Table, text};

/// Prove that modules are kept out: every way in is tried, by simulation
///
/// Tried are the name, every alias, what needs the module, soft dependencies on it, modules-load.d,
/// the devices that are there, the images of the first root directory, and what the kernel holds
/// and calls. Beside it stands what scanners of configuration would say. The exit code is 2 when
/// there is a way in. Who may load files as root can always do so with insmod, unless
/// module_blacklist= on the kernel command line names the module.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The modules.
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<OsString>,
    /// Take names that the kernel that is meant does not have.
    #[arg(long)]
    absent: bool,
    /// Show every way that was tried, not only those that lead in.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let kernels = session.kernels();
    let images: Vec<Image> =
        images::find(&session.host).iter().map(|path| images::read(path)).collect();
    let (mut shown, mut values, mut code) = (String::new(), Vec::new(), 0);
    for word in &arguments.modules {
        let spelling = word.as_bytes();
        let failed = |problem| {
            Failure::new(format!("nothing can be said of `{}`", text(spelling)), problem)
                .with_alias(session)
        };
        let module = ModuleName::new(spelling);
        if !arguments.absent {
            named::exists(&session.machine, spelling).map_err(failed)?;
        }
        let kernel = |release: &[u8]| {
            let found = kernels.iter().find(|(known, _)| known == release);
            found.map(|(_, machine): &(_, Machine)| machine as &dyn World)
        };
        let proof = verify(&session.machine, &module, &images, kernel).map_err(failed)?;
        let spelling = file_spelling(session, &module, spelling);
        let verdicts = scanners(&session.machine, &spelling);
        if !proof.holds() {
            code = 2;
        }
        shown += &told(&proof, &verdicts, arguments.all, session.paint);
        values.push(value(&proof, &verdicts));
    }
    Ok(Answer { code, ..Answer::new(shown, "modules", values) })
}

/// The spelling of the module's file, by which scanners know it.
fn file_spelling(session: &Session, module: &ModuleName, given: &[u8]) -> Vec<u8> {
    let file = session.machine.module_file(module.as_bytes()).ok().flatten();
    let Some(file) = file else { return given.to_vec() };
    let name = file.path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    name.split(|&byte| byte == b'.').next().unwrap_or_default().to_vec()
}

fn told(proof: &Verification, verdicts: &[Verdict], all: bool, paint: Paint) -> String {
    let name = paint.bold(&text(proof.module.as_bytes()));
    let verdict = if proof.holds() { paint.green("blocked") } else { paint.red("not blocked") };
    let ways = proof.ways.len() + proof.images.len();
    let plural = if ways == 1 { "" } else { "s" };
    let mut told = format!("{name}: {verdict} ({ways} way{plural} tried)\n");
    let mut table = Table::new(&[("WAY", Align::Left), ("", Align::Left), ("WHY", Align::Left)]);
    let mut row = |way: String, leaks: bool, why: String| {
        if leaks || all {
            table.row([way, if leaks { "leaks".into() } else { "held".to_owned() }, why]);
        }
    };
    if let Some((leaks, why)) = state(&proof.state) {
        row("the kernel".into(), leaks, why);
    }
    if let Some((leaks, why)) = engine(proof) {
        row("requests of the kernel".into(), leaks, why);
    }
    if proof.kept_out_by_kernel {
        row("the kernel".into(), false, "refuses the module itself, whoever loads it".into());
    }
    for way in &proof.ways {
        let leaks = matches!(way.outcome, Outcome::Leaks(_));
        row(way_words(way), leaks, show::block::outcome(&way.outcome));
    }
    for (path, image) in &proof.images {
        let leaks = matches!(image, ImageState::Leaks(_) | ImageState::Passes(_));
        let cannot_tell = matches!(image, ImageState::CannotTell(_));
        if cannot_tell {
            table_note(&mut told, path, image);
        } else {
            row(text(path), leaks, show::block::image(image));
        }
    }
    told += &table.text(2, paint);
    let verdicts: Vec<_> = verdicts.iter().map(verdict_words).collect();
    told + &format!("  scanners: {}\n", verdicts.join(", "))
}

fn table_note(told: &mut String, path: &[u8], image: &ImageState) {
    *told += &format!("  cannot tell: {} {}\n", text(path), show::block::image(image));
}

/// Whether the kernel's state is a leak, and in which words; nothing of a module that is absent.
fn state(state: &KernelState) -> Option<(bool, String)> {
    match state {
        KernelState::Absent => None,
        KernelState::BuiltIn { blacklisted: true, .. } => {
            Some((false, "built in, and its initcalls are blacklisted".into()))
        }
        KernelState::BuiltIn { .. } => Some((true, "the module is built in".into())),
        KernelState::Loaded => Some((true, "the module is loaded now".into())),
    }
}

fn engine(proof: &Verification) -> Option<(bool, String)> {
    let engine = proof.engine.as_ref()?;
    let words = show::block::engine(engine);
    Some(match engine {
        Engine::Nobody => (false, "the kernel asks nobody for modules".into()),
        Engine::Kmod(_) => (false, format!("answered by {words}")),
        Engine::Other(_) => (false, format!("answered by {words}, which was not tried")),
        Engine::Busybox(_) | Engine::Toybox(_) => {
            (proof.engine_leaks(), format!("answered by {words}, which passes over install lines"))
        }
    })
}

fn way_words(way: &Way) -> String {
    let query = text(&way.query);
    match &way.way {
        WayIn::Alias => format!("alias {query}"),
        WayIn::Boot(line) => match &line.file {
            Some(file) => format!("boot list {}:{} ({query})", text(file), line.line),
            None => format!("modules_load={query} on the command line"),
        },
        WayIn::Dependent => format!("as a dependency of {query}"),
        WayIn::Device(path) => format!("device {}", text(path)),
        WayIn::Name => format!("name {query}"),
        WayIn::Softdep => format!("as a soft dependency of {query}"),
    }
}

fn way_code(way: &WayIn) -> &'static str {
    match way {
        WayIn::Alias => "alias",
        WayIn::Boot(_) => "boot-list",
        WayIn::Dependent => "dependency",
        WayIn::Device(_) => "device",
        WayIn::Name => "name",
        WayIn::Softdep => "softdep",
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

fn value(proof: &Verification, verdicts: &[Verdict]) -> Value {
    let ways: Vec<_> = proof
        .ways
        .iter()
        .map(|way| {
            let mut value = show::block::outcome_value(&way.outcome);
            value["way"] = way_code(&way.way).into();
            value["query"] = text(&way.query).into();
            value
        })
        .collect();
    let images: Vec<_> =
        proof.images.iter().map(|(path, state)| show::block::image_value(path, state)).collect();
    let verdicts: Vec<_> = verdicts
        .iter()
        .map(|verdict| json!({ "name": scanner_name(verdict.scanner), "passes": verdict.passes }))
        .collect();
    json!({
        "name": text(proof.module.as_bytes()),
        "blocked": proof.holds(),
        "kernel": state(&proof.state).map(|(leaks, why)| json!({ "leaks": leaks, "message": why })),
        "engine": engine(proof).map(|(leaks, why)| json!({ "leaks": leaks, "message": why })),
        "kept_out_by_kernel": proof.kept_out_by_kernel,
        "ways": ways,
        "images": images,
        "scanners": verdicts,
    })
}
