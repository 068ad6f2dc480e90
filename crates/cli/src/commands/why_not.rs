//! `kmodctl why-not M`: what stands between a module and the kernel.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use clap::Args;
use kmodctl::decide::Problem;
use kmodctl::decide::World;
use kmodctl::decide::named::modules_named;
use kmodctl::decide::request::Request;
use kmodctl::decide::why::{Asker, Chain, Obstacle, Root, why_not, why_not_as};
use kmodctl::format::ModuleName;
use serde_json::{Value, json};

use super::why;
use crate::answer::{Answer, Failure};
use crate::session::Session;
use crate::show::{self, text};

/// Tell why a module is not loaded: which line keeps it out, or that nothing asks for it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  kmodctl why-not nfsd
      Tell what stands between a module and the kernel")]
pub(crate) struct Arguments {
    /// The modules, or aliases of theirs.
    #[arg(required = true, value_name = "MODULE")]
    modules: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<Answer, Failure> {
    let (mut shown, mut values, mut requests) = (String::new(), Vec::new(), Vec::new());
    for word in &arguments.modules {
        let word = word.as_bytes();
        let failed =
            |problem| Failure::new(format!("nothing is known of `{}`", text(word)), problem);
        let request = why::request(session, word).map_err(failed)?;
        if let Some(request) = &request {
            shown += &show::why::kernel::meaning(request);
            requests.push(show::why::kernel::value(request));
        }
        let modules = modules(session, word, request.as_ref()).map_err(failed)?;
        if modules.is_empty() {
            shown += &why::nobody_answers(session, word);
        }
        for module in modules {
            let obstacles = obstacles(session, &module, request.as_ref()).map_err(failed)?;
            shown += &format!("{}\n", session.paint.bold(&text(module.as_bytes())));
            let lines = obstacles.iter().map(|obstacle| words(session, &module, obstacle));
            shown.extend(lines.map(|line| format!("  {line}\n")));
            values.push(json!({
                "name": text(module.as_bytes()),
                "obstacles": obstacles.iter().map(|one| value(session, &module, one)).collect::<Vec<_>>(),
            }));
        }
    }
    let mut answer = Answer::new(shown, "modules", values);
    answer.json.insert("requests".into(), requests.into());
    Ok(answer)
}

fn obstacles(
    session: &Session,
    module: &ModuleName,
    request: Option<&Request>,
) -> Result<Vec<Obstacle>, Problem> {
    match request {
        Some(request) => why_not_as(&session.machine, module, request),
        None => why_not(&session.machine, module),
    }
}

/// The modules a word stands for; one that another installed kernel has counts as well. To a name
/// that the kernel asks by there may be none.
fn modules(
    session: &Session,
    word: &[u8],
    request: Option<&Request>,
) -> Result<Vec<ModuleName>, Problem> {
    let name = ModuleName::new(word);
    match modules_named(&session.machine, word) {
        Err(Problem::NotFound { .. }) if !elsewhere(session, &name).is_empty() => Ok(vec![name]),
        Err(Problem::NotFound { .. }) if request.is_some() => Ok(Vec::new()),
        found => found,
    }
}

/// The installed kernels that have a module.
fn elsewhere(session: &Session, module: &ModuleName) -> Vec<String> {
    let has = |machine: &kmodctl::system::Machine| {
        machine.module_file(module.as_bytes()).is_ok_and(|file| file.is_some())
    };
    let kernels = session.kernels().into_iter();
    kernels.filter(|(_, machine)| has(machine)).map(|(release, _)| text(release)).collect()
}

fn words(session: &Session, module: &ModuleName, obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Asked(Chain { root: Root::Request(asked), .. }) => format!(
            "the kernel asks for it {} ({}), and nothing keeps it out",
            show::why::kernel::ways(&asked.requests),
            asked.signs.first().map(show::why::kernel::sign).unwrap_or_default()
        ),
        Obstacle::Asked(chain) => format!(
            "{} asks for it, and nothing keeps it out: try `kmodctl load {module}`, which tells why \
             it fails",
            show::why::root(&chain.root)
        ),
        Obstacle::BuiltIn => "it is part of the kernel image: there is nothing to load".into(),
        Obstacle::Driven { device } => format!(
            "{} is driven by {} already",
            text(&device.path),
            device.driver.as_deref().map(text).unwrap_or_default()
        ),
        Obstacle::KernelBlacklist => {
            "module_blacklist= on the kernel command line names it: no one can load it".into()
        }
        Obstacle::Kept { by: Asker::Name, hold } => {
            format!("by its name: {}", show::block::hold(hold))
        }
        Obstacle::Kept { by: Asker::Request(request), hold } => {
            format!("for the kernel, as {}: {}", text(request.name()), show::block::hold(hold))
        }
        Obstacle::Kept { by: Asker::Chain(chain), hold } => {
            format!("for {}: {}", show::why::root(&chain.root), show::block::hold(hold))
        }
        Obstacle::Loaded => format!("it is loaded: see `kmodctl why {module}`"),
        Obstacle::ModulesDisabled => {
            "the kernel takes no modules until the next start (kernel.modules_disabled)".into()
        }
        Obstacle::NobodyAsks { requests } => nobody_asks(module, requests),
        Obstacle::NotInstalled => {
            let release = text(&session.release);
            match elsewhere(session, module).join(", ") {
                others if others.is_empty() => format!("{release} has no such module"),
                others => format!("{release} has no such module; installed for {others}"),
            }
        }
    }
}

fn nobody_asks(module: &ModuleName, requests: &[Request]) -> String {
    let kernel = match requests {
        [] => String::new(),
        _ => format!("; the kernel would, {}", show::why::kernel::ways(requests)),
    };
    format!(
        "nothing asks for it: no device, no boot list, no module{kernel}; kmodctl load {module}"
    )
}

fn value(session: &Session, module: &ModuleName, obstacle: &Obstacle) -> Value {
    let code = match obstacle {
        Obstacle::Asked(_) => "asked-for",
        Obstacle::BuiltIn => "built-in",
        Obstacle::Driven { .. } => "driven",
        Obstacle::KernelBlacklist => "blacklisted-by-kernel",
        Obstacle::Kept { .. } => "kept-out",
        Obstacle::Loaded => "loaded",
        Obstacle::ModulesDisabled => "modules-disabled",
        Obstacle::NobodyAsks { .. } => "nobody-asks",
        Obstacle::NotInstalled => "not-installed",
    };
    let at = match obstacle {
        Obstacle::Kept { hold, .. } => show::block::hold_at(hold),
        _ => None,
    };
    json!({ "code": code, "at": at, "message": words(session, module, obstacle) })
}
