//! lsmod, and `kmod list`: which modules are in the kernel, how large they are and who uses them.

use kmodctl::decide::{Errno, World};
use kmodctl::format::ModuleName;
use kmodctl::system::{Machine, Place};

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, posixly_correct};
use crate::log::{Log, Priority};
use crate::output::Output;
use crate::words::errno_text;
use crate::{Invocation, version};

/// The lines of the help that do not hold the tool's name.
const HELP: &[u8] = include_bytes!("help/lsmod.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Help,
    Syslog,
    Verbose,
    Version,
}

const TABLE: [Row<Opt>; 4] = [
    flag(b's', "syslog", Opt::Syslog),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
];

/// Runs lsmod.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    run_as("lsmod", invocation, posixly_correct(), output)
}

/// Runs lsmod as another tool's command.
pub(crate) fn run_as(
    tool: &'static str,
    invocation: Invocation,
    stops_at_operand: bool,
    output: &mut Output,
) -> Result<(), Ended> {
    let mut log = Log::new(tool, Priority::Error);
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, stops_at_operand);
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Help, _)) => {
                return output.write(&[b"Usage:\n\t", tool.as_bytes(), b" [options]\n", HELP]);
            }
            Ok((Opt::Syslog, _)) => log.use_syslog(),
            // Nothing is told that this would add.
            Ok((Opt::Verbose, _)) => {}
            Ok((Opt::Version, _)) => return version::show(output),
            Err(complaint) => return Err(complaint.told(&invocation.name)),
        }
    }
    if !getopt.operands().is_empty() {
        log.error(&[b"too many arguments provided."]);
        return Err(Ended::Failed);
    }
    let mut machine = Machine::new(Place::running());
    machine.keep_sysfs_open();
    list(&machine, &log, output)
}

fn list(machine: &Machine, log: &Log, output: &mut Output) -> Result<(), Ended> {
    let loaded = machine.loaded().map_err(|errno| {
        let text = errno_text(errno);
        log.error(&[b"could not open /proc/modules: ", &text]);
        log.error(&[b"could not get list of modules: ", &text]);
        Ended::Failed
    })?;
    output.write(&[b"Module                  Size  Used by\n"])?;
    for module in &loaded {
        let name = &module.name;
        let size = machine.size(name).unwrap_or_else(|errno| -i64::from(errno.0));
        let references = machine.references(name).unwrap_or_else(|errno| -errno.0);
        let holders = machine.holders(name).unwrap_or_else(|errno| {
            no_holders(name, errno, log);
            Vec::new()
        });
        output.write(&[&line(name, size, references, &holders)])?;
    }
    Ok(())
}

/// Tells that the users of a module cannot be listed.
pub(crate) fn no_holders(module: &ModuleName, errno: Errno, log: &Log) {
    let (name, text) = (module.as_bytes(), errno_text(errno));
    log.error(&[b"could not open '/sys/module/", name, b"/holders': ", &text]);
}

/// `%-19s %8ld  %d`, and the users behind a space.
fn line(module: &ModuleName, size: i64, references: i32, holders: &[ModuleName]) -> Vec<u8> {
    let mut line = module.as_bytes().to_vec();
    line.resize(line.len().max(19), b' ');
    line.extend_from_slice(format!(" {size:8}  {references}").as_bytes());
    for (index, holder) in holders.iter().enumerate() {
        line.push(if index == 0 { b' ' } else { b',' });
        line.extend_from_slice(holder.as_bytes());
    }
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_kmods() {
        let table: [(&str, i64, i32, &[&str], &str); 4] = [
            ("e1000e", 319488, 0, &[], "e1000e                319488  0\n"),
            ("usbcore", 348160, 2, &["a", "b"], "usbcore               348160  2 a,b\n"),
            (
                "a_module_of_a_very_long_name",
                1,
                -2,
                &[],
                "a_module_of_a_very_long_name        1  -2\n",
            ),
            ("m", -2, -2, &[], "m                         -2  -2\n"),
        ];
        for (name, size, references, holders, expected) in table {
            let holders: Vec<_> = holders.iter().map(ModuleName::new).collect();
            let line = line(&ModuleName::new(name), size, references, &holders);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }

    #[test]
    fn the_pages_have_every_option() {
        crate::manual::assert_page_has("lsmod.8", None, &TABLE);
        crate::manual::assert_page_has("kmod.8", Some("Of kmod list"), &TABLE);
    }
}
