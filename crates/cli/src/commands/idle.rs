//! Lines of the configuration that do nothing, as remarks of `kmodctl status` and `kmodctl load`.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use kmodctl::decide::block::only;
use kmodctl::decide::configured::symbol_in_image;
use kmodctl::decide::idle::{IdleLine, Idleness, idle_lines, idle_lines_about};
use kmodctl::decide::inventory::TextFile;
use kmodctl::format::ModuleName;
use kmodctl::system::{Machine, kernel_configuration};

use crate::answer::Remark;
use crate::session::Session;
use crate::show::{joined, origin, text};

/// A remark for each of them; one when they cannot be told.
pub(super) fn remarks(session: &Session, others: &[(Vec<u8>, Machine)]) -> Vec<Remark> {
    let mut kernels: Vec<&Machine> = vec![&session.machine];
    kernels.extend(others.iter().map(|(_, machine)| machine));
    // Without its modules every line about one would be idle.
    if session.missing_tree().is_some() {
        return Vec::new();
    }
    let configurations = OnceCell::new();
    let is_in_image = |name: &ModuleName| {
        let files = configurations.get_or_init(|| configurations_of(session, others));
        files.iter().any(|file| symbol_in_image(name, &file.bytes).is_some())
    };
    match idle_lines(&kernels, &is_in_image) {
        Ok(lines) => lines.iter().map(|line| remark(line, session)).collect(),
        Err(problem) => vec![Remark::of(&problem)],
    }
}

/// A remark for each line that was meant for one of these modules and does nothing for it.
pub(super) fn about<'a>(
    session: &Session,
    modules: impl IntoIterator<Item = &'a ModuleName>,
) -> Vec<Remark> {
    let modules: BTreeSet<_> = modules.into_iter().collect();
    let modules: Vec<_> = modules.into_iter().collect();
    match idle_lines_about(&session.machine, &modules) {
        Ok(lines) => lines.iter().map(|line| remark(line, session)).collect(),
        Err(problem) => vec![Remark::of(&problem)],
    }
}

/// The configurations of the kernels that have one here.
fn configurations_of(session: &Session, others: &[(Vec<u8>, Machine)]) -> Vec<TextFile> {
    let others = others.iter().map(|(release, _)| release);
    let releases = std::iter::once(&session.release).chain(others);
    releases.filter_map(|release| kernel_configuration::read(&session.host, release)).collect()
}

fn remark(line: &IdleLine, session: &Session) -> Remark {
    let at = origin(&line.origin);
    let (code, why, fix) = match &line.why {
        Idleness::BuiltIn { module, parameters } => {
            let module = text(module.as_bytes());
            let items: Vec<_> =
                parameters.iter().map(|word| format!("{module}.{}", text(word))).collect();
            let fix = session.on_command_line(&items.join(" ")).into_iter().next();
            let why = format!(
                "does nothing: `{module}` is part of the kernel, which reads its command line only"
            );
            ("no-effect", why, fix)
        }
        Idleness::Comment(module) => {
            let module = text(module.as_bytes());
            let why = format!("gives `{module}` the words behind `#` as parameters");
            ("comment-in-line", why, Some("put the comment on a line of its own".into()))
        }
        Idleness::NoDirective { word, near } => {
            let word = text(word);
            let place =
                line.origin.place().filter(|_| word.bytes().all(|b| b.is_ascii_alphanumeric()));
            let fix = match (place, near) {
                (Some((file, number)), Some(near)) => {
                    let (file, near) = (text(file), text(near));
                    format!("sed -i '{number}s/{word}/{near}/' {file} (the word that may be meant)")
                }
                _ => "correct the line, or take it out".to_owned(),
            };
            ("configuration", format!("is passed over: `{word}` is no directive"), Some(fix))
        }
        Idleness::NoModule { name, near } => {
            let why = format!("is about `{}`, which no installed kernel has", text(name));
            let fix = match near.is_empty() {
                true => "take the line out, or install the module".into(),
                false => format!("did you mean {}?", joined(near)),
            };
            ("no-such-module", why, Some(fix))
        }
        Idleness::NoParameter { module, parameter, near } => {
            let module = text(module.as_bytes());
            let parameter = text(parameter);
            let why = format!("is about `{module}`, which has no parameter `{parameter}`");
            let fix = match near.first() {
                Some(near) => format!("did you mean `{}`?", text(near)),
                None => format!("kmodctl param list {module}"),
            };
            ("unknown-parameter", why, Some(fix))
        }
        Idleness::Second(first) => {
            let why = format!("does nothing: of install lines the first counts, {}", origin(first));
            let is_ours =
                line.origin.place().is_some_and(|(file, _)| file.ends_with(only::FILE.as_bytes()));
            let fix = match is_ours {
                true => format!("take out {}, or let the module in", origin(first)),
                false => "take one of the two lines out".into(),
            };
            ("second-install-line", why, Some(fix))
        }
        Idleness::Unread => {
            let why = "is not read: the name of its file does not end in `.conf`".to_owned();
            let file = line.origin.place().map(|(file, _)| text(&file));
            ("unread-file", why, file.map(|file| format!("mv {file} {file}.conf")))
        }
    };
    Remark { code, told: format!("{at} {why}"), fix }
}
