//! The command line, as values. Nothing has been asked of the machine yet.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Load a boot list: of these files, or that of the machine when none is named.
    BootList(Vec<Vec<u8>>),
    /// Load for devices: those that are there, those that come, or both.
    Devices { coldplug: bool, daemon: bool },
    /// Show the help.
    Help,
    /// Show the version.
    Version,
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    File(PathBuf),
    KernelLog,
    Stderr,
    Stdout,
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) work: Work,
    pub(crate) dry_run: bool,
    pub(crate) in_initramfs: bool,
    pub(crate) json: bool,
    pub(crate) log: Destination,
    pub(crate) priority_prefix: bool,
    pub(crate) quiet: bool,
    /// Bytes of room for events.
    pub(crate) room: usize,
    pub(crate) settle: Duration,
    pub(crate) statistics: Option<PathBuf>,
    pub(crate) timeout: Duration,
}

/// Reads the words behind the program's name. Called as systemd-modules-load it takes files without
/// being told what to do.
pub(crate) fn parse(words: Vec<OsString>, is_boot_loader: bool) -> Result<Options, lexopt::Error> {
    let mut read = Read { boot_list: is_boot_loader, ..Read::default() };
    let mut options = standard();
    let mut parser = lexopt::Parser::from_args(words);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Options { work: Work::Help, ..options }),
            Short('V') | Long("version") => {
                return Ok(Options { work: Work::Version, ..options });
            }
            Long("coldplug") => read.coldplug = true,
            Long("daemon") => read.daemon = true,
            Long("modules-load") => read.boot_list = true,
            Long("initramfs") => options.in_initramfs = true,
            Short('J') | Long("json") => options.json = true,
            Long("log") => options.log = destination(parser.value()?),
            Short('n') | Long("dry-run") => options.dry_run = true,
            Long("priority-prefix") => options.priority_prefix = true,
            Short('q') | Long("quiet") => options.quiet = true,
            Long("receive-buffer") => options.room = parser.value()?.parse()?,
            Long("settle") => {
                options.settle = Duration::from_millis(parser.value()?.parse::<u32>()?.into());
            }
            Long("stats") => options.statistics = Some(parser.value()?.into()),
            Long("timeout") => {
                options.timeout = Duration::from_secs(parser.value()?.parse::<u32>()?.into());
            }
            Value(file) => read.files.push(file.into_vec()),
            _ => return Err(argument.unexpected()),
        }
    }
    options.work = read.work()?;
    Ok(options)
}

#[derive(Default)]
struct Read {
    boot_list: bool,
    coldplug: bool,
    daemon: bool,
    files: Vec<Vec<u8>>,
}

impl Read {
    fn work(self) -> Result<Work, lexopt::Error> {
        let Self { boot_list, coldplug, daemon, files } = self;
        match (boot_list, coldplug || daemon) {
            (true, true) => Err("--modules-load goes with neither --coldplug nor --daemon".into()),
            (true, false) => Ok(Work::BootList(files)),
            (false, true) if files.is_empty() => Ok(Work::Devices { coldplug, daemon }),
            (false, true) => Err("files are for --modules-load".into()),
            (false, false) => {
                Err("say what to do: --coldplug, --daemon or --modules-load (see --help)".into())
            }
        }
    }
}

fn standard() -> Options {
    Options {
        work: Work::Help,
        dry_run: false,
        in_initramfs: false,
        json: false,
        log: Destination::Stdout,
        priority_prefix: false,
        quiet: false,
        room: 128 << 20,
        settle: Duration::from_secs(1),
        statistics: None,
        timeout: Duration::from_secs(120),
    }
}

fn destination(word: OsString) -> Destination {
    match word.to_str() {
        Some("kmsg") => Destination::KernelLog,
        Some("stderr") => Destination::Stderr,
        Some("stdout") => Destination::Stdout,
        _ => Destination::File(word.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, is_boot_loader: bool) -> Result<Options, String> {
        let words = line.split_whitespace().map(OsString::from).collect();
        parse(words, is_boot_loader).map_err(|error| error.to_string())
    }

    #[test]
    fn the_work_is_understood() {
        let devices = |coldplug, daemon| Ok(Work::Devices { coldplug, daemon });
        let list = |files: &[&str]| {
            Ok(Work::BootList(files.iter().map(|file| file.as_bytes().to_vec()).collect()))
        };
        let refused = |text: &str| Err(text.to_owned());
        let table = [
            ("--coldplug", false, devices(true, false)),
            ("--daemon -q", false, devices(false, true)),
            ("--coldplug --daemon", false, devices(true, true)),
            ("--modules-load", false, list(&[])),
            ("--modules-load a -- -b", false, list(&["a", "-b"])),
            ("", true, list(&[])),
            ("a", true, list(&["a"])),
            ("a --version", true, Ok(Work::Version)),
            ("-h --nonsense", false, Ok(Work::Help)),
            (
                "",
                false,
                refused("say what to do: --coldplug, --daemon or --modules-load (see --help)"),
            ),
            ("--coldplug a", false, refused("files are for --modules-load")),
            ("--daemon", true, refused("--modules-load goes with neither --coldplug nor --daemon")),
            ("--nonsense", false, refused("invalid option '--nonsense'")),
            ("-x", true, refused("invalid option '-x'")),
            ("--settle", false, refused("missing argument for option '--settle'")),
            (
                "--settle x",
                false,
                refused("cannot parse argument \"x\": invalid digit found in string"),
            ),
        ];
        for (line, is_boot_loader, expected) in table {
            let found = read(line, is_boot_loader).map(|options| options.work);
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn options_are_values() {
        let line = "--coldplug -nJq --log=kmsg --priority-prefix --receive-buffer 4096 \
                    --settle=250 --timeout 9 --stats /run/s --initramfs";
        let expected = Options {
            work: Work::Devices { coldplug: true, daemon: false },
            dry_run: true,
            in_initramfs: true,
            json: true,
            log: Destination::KernelLog,
            priority_prefix: true,
            quiet: true,
            room: 4096,
            settle: Duration::from_millis(250),
            statistics: Some("/run/s".into()),
            timeout: Duration::from_secs(9),
        };
        assert_eq!(read(line, false), Ok(expected));
        let log = |line| read(line, false).unwrap().log;
        assert_eq!(log("--daemon --log /x"), Destination::File("/x".into()));
        assert_eq!(log("--daemon --log stderr --log=stdout"), Destination::Stdout);
    }
}
