//! `kmodctl verify-block M…`: the proof that modules are kept out, or where they get in.

mod shown;

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::block::{ImageState, Proof, Verification, scanners, spelling_of, verify};
use kmodctl::decide::{Image, Inventory, World, named};
use kmodctl::format::ModuleName;
use kmodctl::system::images;

use crate::answer::{Answer, Failure, Remark};
use crate::session::Session;
use crate::show::{self, joined, text};

/// Prove that modules are kept out: every way in is tried, by simulation
///
/// Tried are, for every installed kernel: the name, every alias and symbol, what needs the module,
/// soft dependencies on it, install commands, modules-load.d, the devices that are there. Then come
/// the images of the first root directory, each with its own configuration and with what loads
/// modules in it, and what the kernel holds and calls. Beside it stands what scanners of
/// configuration would say. The exit code is 2 when there is a way in, and 1 when none was found but
/// not all could be tried. Who may load files as root can always do so with insmod, unless
/// module_blacklist= on the kernel command line names the module.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl verify-block nfsd
      Prove that a module is kept out
  kmodctl verify-block nfsd --all
      Show every way that was tried")]
pub(crate) struct Arguments {
    /// The modules.
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<OsString>,
    /// Take names that no installed kernel has.
    #[arg(long)]
    absent: bool,
    /// Show every way that was tried, not only those that lead in.
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let others = session.other_kernels();
    let kernels = session.inventories(&others);
    let images = images::read_all(&session.host);
    let mut answer = Answer::default();
    let mut values = Vec::new();
    for word in &arguments.modules {
        let spelling = word.as_bytes();
        let failed = |problem| {
            Failure::new(format!("nothing can be said of `{}`", text(spelling)), problem)
                .with_alias(session)
        };
        if !arguments.absent {
            exists(&kernels, spelling).map_err(failed)?;
        }
        let proof = proof(&kernels, &images, spelling).map_err(failed)?;
        let spelling = file_spelling(session, &proof.module, spelling);
        let verdicts = scanners(&session.machine, &spelling);
        answer.code = answer.code.max(code(proof.proof()));
        answer.text += &shown::text(&proof, &verdicts, arguments.all, session.paint);
        answer.remarks.extend(remarks(&proof));
        values.push(shown::value(&proof, &verdicts));
    }
    answer.json.insert("modules".into(), values.into());
    Ok(answer)
}

fn proof(
    kernels: &[(Vec<u8>, &dyn Inventory)],
    images: &[Image],
    spelling: &[u8],
) -> Result<Verification, kmodctl::decide::Problem> {
    verify(kernels, &ModuleName::new(spelling), images)
}

fn code(proof: Proof) -> u8 {
    match proof {
        Proof::Holds => 0,
        Proof::Leaks => 2,
        Proof::Unproven => 1,
    }
}

/// Whether a kernel has a module of this name; the problem is that of the kernel that is meant.
fn exists(
    kernels: &[(Vec<u8>, &dyn Inventory)],
    spelling: &[u8],
) -> Result<(), kmodctl::decide::Problem> {
    let mut first = Ok(());
    for (number, (_, world)) in kernels.iter().enumerate() {
        match named::exists(*world, spelling) {
            Ok(()) => return Ok(()),
            Err(problem) if number == 0 => first = Err(problem),
            Err(_) => {}
        }
    }
    first
}

/// The spelling of the module's file, by which scanners know it.
fn file_spelling(session: &Session, module: &ModuleName, given: &[u8]) -> Vec<u8> {
    let file = session.machine.module_file(module.as_bytes()).ok().flatten();
    file.map_or_else(|| given.to_vec(), |file| spelling_of(&file.path).to_vec())
}

fn remarks(proof: &Verification) -> Vec<Remark> {
    let hint = |hint: &_| {
        let told = show::block::hint(hint);
        Remark { code: show::block::hint_code(&hint.why), told, fix: None }
    };
    let mut remarks: Vec<Remark> = proof.hints.iter().map(hint).collect();
    let is_stale = |(_, state): &&(Vec<u8>, ImageState)| matches!(state, ImageState::Leaks(_));
    for (path, _) in proof.images.iter().filter(is_stale) {
        remarks.push(stale(&proof.module, path));
    }
    if proof.proof() != Proof::Leaks && !proof.still_loads.is_empty() {
        let name = text(proof.module.as_bytes());
        let needs = joined(&proof.still_loads);
        remarks.push(Remark {
            code: "still-loads",
            told: format!(
                "a request for `{name}` loads what only it needs before it is refused: {needs}"
            ),
            fix: Some(format!("kmodctl block {name} --with-unused")),
        });
    }
    remarks
}

fn stale(module: &ModuleName, image: &[u8]) -> Remark {
    let name = text(module.as_bytes());
    Remark {
        code: "stale-image",
        told: format!("the image {} would load `{name}`", text(image)),
        fix: Some(format!("kmodctl block {name} --rebuild")),
    }
}
