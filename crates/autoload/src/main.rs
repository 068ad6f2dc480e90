//! Loads the modules that devices and boot lists ask for, for systems without udev and systemd. It
//! turns command lines, sysfs and the kernel's events into requests and tells what comes of them;
//! what should be done is known in `kmodctl::decide`, and `kmodctl::system` does it.

mod account;
mod boot_list;
mod complaints;
mod devices;
mod loader;
mod log;
mod options;
mod record;
mod statistics;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use loader::Loader;
use log::Log;
use options::{Options, Work};
use record::{Priority, Record};

const HELP: &str = include_str!("help.txt");

/// The name of systemd's loader of boot lists.
const BOOT_LOADER: &str = "systemd-modules-load";

/// A command line that is not understood (sysexits.h).
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let name = words.next().unwrap_or_default();
    let is_boot_loader = Path::new(&name).file_name() == Some(OsStr::new(BOOT_LOADER));
    match options::parse(words.collect(), is_boot_loader) {
        Ok(options) => run(&options),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(if is_boot_loader { 1 } else { USAGE })
        }
    }
}

fn run(options: &Options) -> ExitCode {
    match &options.work {
        Work::Help => show(HELP),
        Work::Version => show(concat!("kmodctl-autoload ", env!("CARGO_PKG_VERSION"), "\n")),
        work => match Log::open(options) {
            Ok(log) => load(options, work, &mut Loader::new(log, options.dry_run)),
            Err(error) => {
                complain(&format!("cannot open the log: {error}"));
                ExitCode::FAILURE
            }
        },
    }
}

fn load(options: &Options, work: &Work, loader: &mut Loader) -> ExitCode {
    match work {
        Work::BootList(files) if boot_list::run(options, files, loader) => ExitCode::SUCCESS,
        Work::Devices { coldplug, daemon } => {
            match devices::run(options, loader, (*coldplug, *daemon)) {
                Ok(()) => ExitCode::SUCCESS,
                Err((what, errno)) => {
                    let record = Record::new(Priority::Error, "ended").text("what", what);
                    loader.log.tell(&record.number("errno", errno.0.unsigned_abs().into()));
                    ExitCode::FAILURE
                }
            }
        }
        _ => ExitCode::FAILURE,
    }
}

/// Shows a text; nobody has to read it to the end.
fn show(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "kmodctl-autoload: {text}");
}
