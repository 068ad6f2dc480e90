//! One page of the manual, from clap's definition of a command.

use clap::{Arg, ArgAction, Command};

use super::mdoc::{literal, prose};
use super::{examples, own};

/// The day on which what is said on the pages changed last.
const DATE: &str = "November 28, 2026";

/// The heading of the options that every command takes.
const COMMON: &str = "For every command";

/// The page of `kmodctl`, with its name.
pub(super) fn of_all(all: &Command) -> (String, String) {
    let mut text = head("kmodctl", all);
    text += ".Nm\n.Op Ar option ...\n.Ar command\n.Op Ar argument ...\n";
    text += &description(all);
    text += ".Pp\nThe commands are:\n.Bl -tag -width \"verify-block\"\n";
    for command in own(all) {
        text += &format!(".It Cm {}\n{}", command.get_name(), sentence(&about(command)));
    }
    text += ".El\n.Sh OPTIONS\nEvery command takes these:\n";
    text += &list(all, is_common);
    text += ".Pp\nAnd by itself\n.Nm\nknows:\n";
    text += &list(all, is_own);
    text += FILES;
    text += &exit_status(all);
    let others = own(all).into_iter().map(|command| format!("kmodctl-{} 8", command.get_name()));
    text += &see_also(others.chain(["modprobe 8", "modprobe.d 5"].map(str::to_owned)));
    ("kmodctl.8".into(), text)
}

const FILES: &str = "\
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/modprobe.d/00-kmodctl-block.conf
What
.Ql \"kmodctl block\"
keeps out.
.It Pa /etc/modprobe.d/01-kmodctl-only.conf
What
.Ql \"kmodctl block \\-\\-only\"
keeps out.
.It Pa /etc/modprobe.d/zz-kmodctl-parameters.conf
What
.Ql \"kmodctl param keep\"
keeps.
.It Pa /etc/modules-load.d/kmodctl.conf
What
.Ql \"kmodctl boot add\"
has loaded at boot.
.El
";

/// The page of a command, with its name.
pub(super) fn of_command(command: &Command) -> (String, String) {
    let name = format!("kmodctl-{}", command.get_name());
    let mut text = head(&name, command);
    let parts = own(command);
    match parts.is_empty() {
        true => text += &synopsis(command),
        false => parts.iter().for_each(|part| text += &synopsis(part)),
    }
    text += &description(command);
    for part in &parts {
        text += &format!(".Ss {}\n{}", words(part), told(part));
    }
    text += ".Sh OPTIONS\n";
    for part in &parts {
        text += &format!(".Ss Of {}\n{}", words(part), list(part, is_own));
    }
    if parts.is_empty() {
        text += &list(command, is_own);
    }
    text += ".Ss For every command\n";
    text += &list(command, is_common);
    text += &exit_status(command);
    text += ".Sh EXAMPLES\n";
    let all = if parts.is_empty() { vec![command] } else { parts };
    let shown = all.into_iter().flat_map(examples::of).map(|example| {
        let told = sentence(&example.told).trim_end().trim_end_matches('.').to_owned();
        format!("{told}:\n.Pp\n.Dl {}\n", literal(&example.command))
    });
    text += &shown.collect::<Vec<_>>().join(".Pp\n");
    text += &see_also(["kmodctl 8".to_owned()].into_iter());
    (format!("{name}.8"), text)
}

fn head(name: &str, command: &Command) -> String {
    let about = about(command);
    // A name keeps its capital letter.
    let about = match about.split_at_checked(1) {
        Some((first, rest)) if !about.starts_with("Linux") => first.to_lowercase() + rest,
        _ => about,
    };
    format!(
        ".\\\" Made of the definitions of the commands: see crates/cli/src/man.rs.\n\
         .Dd {DATE}\n.Dt {} 8\n.Os kmodctl\n.Sh NAME\n.Nm {name}\n.Nd {}\n.Sh SYNOPSIS\n",
        name.to_uppercase(),
        about.trim_end_matches('.')
    )
}

/// How a command is typed: `kmodctl param keep`.
fn words(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_default()
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn synopsis(command: &Command) -> String {
    let mut text = String::new();
    for (number, word) in words(command).split(' ').enumerate() {
        text += &if number == 0 { format!(".Nm {word}\n") } else { format!(".Cm {word}\n") };
    }
    for argument in arguments(command).filter(|argument| !argument.is_positional()) {
        if is_own(argument) && argument.get_id() != "help" {
            let name = argument.get_long().unwrap_or_default();
            text += &format!(".Op Fl -{name}{}\n", value(argument, " Ar "));
        }
    }
    for argument in arguments(command).filter(|argument| argument.is_positional()) {
        let shown = positional(argument);
        text += &match argument.is_required_set() {
            true => format!(".{shown}\n"),
            false => format!(".Op {shown}\n"),
        };
    }
    text
}

fn description(command: &Command) -> String {
    format!(".Sh DESCRIPTION\n{}", told(command))
}

/// All that is said of a command, but of its exit codes.
fn told(command: &Command) -> String {
    let text = command.get_long_about().map_or_else(|| about(command), ToString::to_string);
    let shown: Vec<_> = text.split("\n\n").filter(|part| !is_exit_status(part)).collect();
    let (first, rest) = shown.split_first().unwrap_or((&"", &[]));
    let rest: String = rest.iter().map(|part| format!(".Pp\n{}", sentence(part))).collect();
    sentence(first) + &rest
}

fn is_exit_status(paragraph: &str) -> bool {
    paragraph.starts_with("Exit codes: ")
}

/// A list of what `Exit codes: 0 this; 1 that` says; without it, a word on where it stands.
fn exit_status(command: &Command) -> String {
    let text = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let said = text.split("\n\n").find(|part| is_exit_status(part));
    let Some(codes) = said.and_then(|said| said.strip_prefix("Exit codes: ")) else {
        return ".Sh EXIT STATUS\nAs\n.Xr kmodctl 8\nhas it.\n".into();
    };
    let mut list = String::from(".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for code in codes.split("; ") {
        let (number, told) = code.split_once(' ').unwrap_or((code, ""));
        list += &format!(".It {number}\n{}", sentence(told.trim_end_matches('.')));
    }
    list + ".El\n"
}

/// Prose that begins with a capital letter and ends with a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '?', ':']) { "" } else { "." };
    prose(&format!("{first}{}{stop}", letters.as_str()))
}

fn is_common(argument: &Arg) -> bool {
    argument.get_help_heading() == Some(COMMON)
}

fn is_own(argument: &Arg) -> bool {
    !is_common(argument)
}

fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_hide_set())
}

fn list(command: &Command, is_meant: impl Fn(&Arg) -> bool) -> String {
    let mut text = String::from(".Bl -tag -width Ds\n");
    for argument in arguments(command).filter(|argument| is_meant(argument)) {
        let told = argument.get_long_help().or(argument.get_help());
        let told = told.map(ToString::to_string).unwrap_or_default();
        // clap tells there of a shorter help, which a page has not.
        let told = if argument.get_id() == "help" { "Print help" } else { told.as_str() };
        text += &format!(".It {}\n{}", item(argument), sentence(told));
    }
    text + ".El\n"
}

fn item(argument: &Arg) -> String {
    if argument.is_positional() {
        return positional(argument);
    }
    let short =
        argument.get_short().map(|letter| format!("Fl {letter}{}", value(argument, " Ar ")));
    let long =
        argument.get_long().map(|name| format!("Fl -{name}{}", value(argument, " Ns = Ns Ar ")));
    [short, long].into_iter().flatten().collect::<Vec<_>>().join(" , ")
}

/// The argument of an option, behind what leads to it.
fn value(argument: &Arg, lead: &str) -> String {
    match (argument.get_action().takes_values(), argument.get_value_names()) {
        (true, Some([name, ..])) => format!("{lead}{name}"),
        _ => String::new(),
    }
}

fn positional(argument: &Arg) -> String {
    let name = argument.get_value_names().and_then(|names| names.first());
    let name = name.map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string);
    let more = if matches!(argument.get_action(), ArgAction::Append) { " ..." } else { "" };
    let quote = if name.contains([' ', '|']) { "\"" } else { "" };
    format!("Ar {quote}{name}{quote}{more}")
}

fn see_also(pages: impl Iterator<Item = String>) -> String {
    let mut pages: Vec<String> = pages.collect();
    // As mandoc has it: by section, then by name.
    pages.sort_by_key(|page| {
        page.rsplit_once(' ').map(|(name, section)| (section.to_owned(), name.to_owned()))
    });
    let lines: Vec<_> = pages.iter().map(|page| format!(".Xr {page}")).collect();
    format!(".Sh SEE ALSO\n{}\n", lines.join(" ,\n"))
}
