//! What modprobe's command line asks for, as plain values. Reading it touches nothing.

mod table;

use super::number::unsigned_long;
use crate::ended::Ended;
use crate::getopt::Getopt;
use crate::log::{Log, Priority};
use table::{Opt, TABLE};

/// A command line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// Every operand is a module, and a failure does not keep the others back.
    pub(super) all: bool,
    /// Which of its kinds of work modprobe is asked for.
    pub(super) work: Work,
    /// Replaces the directories of the configuration, when there is any.
    pub(super) configuration: Vec<Vec<u8>>,
    /// Changes nothing.
    pub(super) dry_run: bool,
    /// Fails when there is nothing to be done.
    pub(super) first_time: bool,
    pub(super) force_modversions: bool,
    pub(super) force_removal: bool,
    pub(super) force_vermagic: bool,
    /// Leaves out commands and soft dependencies of the modules that are named.
    pub(super) ignore_commands: bool,
    /// Goes about it as if nothing were loaded.
    pub(super) ignore_loaded: bool,
    /// The gravest messages that are told, and those above: syslog's numbers, beginning with 0.
    pub(super) level: i32,
    /// The modules, or one module and its parameters.
    pub(super) operands: Vec<Vec<u8>>,
    /// Options that commands find in their environment.
    pub(super) handed_on: Vec<Vec<u8>>,
    pub(super) release: Option<Vec<u8>>,
    pub(super) remove_holders: bool,
    pub(super) root: Option<Vec<u8>>,
    pub(super) syslog: bool,
    /// Whether blacklist lines count for modules that are named by their own names.
    pub(super) use_blacklist: bool,
    /// How long removals are tried again, in milliseconds.
    pub(super) wait: Option<u64>,
}

/// The kinds of work; where a command line asks for several, the first of these is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// Shows the configuration and the indexes.
    ShowConfiguration,
    /// Shows the checksums a module file was built against.
    ShowModversions,
    /// Shows the symbols a module file exports.
    ShowExports,
    /// Removes modules.
    Remove,
    /// Shows which modules names stand for.
    Resolve,
    /// Inserts modules.
    Insert,
}

/// What a command line turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Help,
    Run(Box<Options>),
    Version,
}

/// Reads a command line, and tells what cannot be understood.
pub(super) fn parse(
    name: &[u8],
    arguments: Vec<Vec<u8>>,
    stops_at_operand: bool,
    log: &Log,
) -> Result<Parsed, Ended> {
    let mut options = Options::default();
    let mut getopt = Getopt::new(&TABLE, arguments, stops_at_operand);
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Help, _)) => return Ok(Parsed::Help),
            Ok((Opt::Version, _)) => return Ok(Parsed::Version),
            Ok((option, argument)) => options.take(option, argument, log)?,
            Err(complaint) => return Err(complaint.told(name)),
        }
    }
    options.operands = getopt.operands();
    Ok(Parsed::Run(Box::new(options)))
}

impl Default for Options {
    fn default() -> Self {
        Self {
            all: false,
            work: Work::Insert,
            configuration: Vec::new(),
            dry_run: false,
            first_time: false,
            force_modversions: false,
            force_removal: false,
            force_vermagic: false,
            ignore_commands: false,
            ignore_loaded: false,
            level: Priority::Warning as i32,
            operands: Vec::new(),
            handed_on: Vec::new(),
            release: None,
            remove_holders: false,
            root: None,
            syslog: false,
            use_blacklist: false,
            wait: None,
        }
    }
}

impl Options {
    /// Whether the lines that say what is done are shown.
    pub(super) fn shows_steps(&self) -> bool {
        self.ignore_loaded || self.level > Priority::Warning as i32
    }

    fn take(&mut self, option: Opt, argument: Vec<u8>, log: &Log) -> Result<(), Ended> {
        match option {
            Opt::All => self.all = true,
            Opt::Configuration => {
                self.handed_on.extend([b"-C".to_vec(), argument.clone()]);
                self.configuration.push(argument);
            }
            Opt::DryRun => self.dry_run = true,
            Opt::FirstTime => self.first_time = true,
            Opt::Force => {
                self.force_modversions = true;
                self.force_removal = true;
                self.force_vermagic = true;
            }
            Opt::ForceModversions => self.force_modversions = true,
            Opt::ForceVermagic => self.force_vermagic = true,
            Opt::Help | Opt::Version => {}
            Opt::IgnoreCommands => self.ignore_commands = true,
            Opt::Quiet => {
                self.level = 0;
                self.handed_on.push(b"-q".to_vec());
            }
            Opt::Release => self.release = Some(argument),
            Opt::RemoveHolders => self.remove_holders = true,
            Opt::Root => self.root = Some(argument),
            Opt::ShowDependencies => {
                self.dry_run = true;
                self.ignore_loaded = true;
            }
            Opt::Syslog => {
                self.syslog = true;
                self.handed_on.push(b"-s".to_vec());
            }
            Opt::UseBlacklist => self.use_blacklist = true,
            Opt::Verbose => {
                self.level = self.level.saturating_add(1);
                self.handed_on.push(b"-v".to_vec());
            }
            Opt::Wait => self.wait = Some(wait(&argument, log)?),
            Opt::Work(work) => self.work = self.work.min(work),
        }
        Ok(())
    }
}

fn wait(argument: &[u8], log: &Log) -> Result<u64, Ended> {
    unsigned_long(argument).ok_or_else(|| {
        log.error(&[b"unexpected wait value '", argument, b"'."]);
        Ended::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Parsed, Ended> {
        let arguments = line.split_terminator(' ').map(|word| word.as_bytes().to_vec()).collect();
        parse(b"modprobe", arguments, false, &Log::new("modprobe", Priority::Warning))
    }

    fn with(change: impl FnOnce(&mut Options)) -> Options {
        let mut options = Options::default();
        change(&mut options);
        options
    }

    fn words(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    #[test]
    fn each_option_has_its_meaning() {
        let table: Vec<(&str, Options)> = vec![
            ("m a=1", with(|options| options.operands = words(&["m", "a=1"]))),
            ("-a", with(|options| options.all = true)),
            ("-b", with(|options| options.use_blacklist = true)),
            ("-n", with(|options| options.dry_run = true)),
            ("--show", with(|options| options.dry_run = true)),
            ("--first-time", with(|options| options.first_time = true)),
            ("-i", with(|options| options.ignore_commands = true)),
            ("--ignore-remove", with(|options| options.ignore_commands = true)),
            ("--remove-dependencies", with(|options| options.remove_holders = true)),
            ("-w 0x10", with(|options| options.wait = Some(16))),
            ("-d /r", with(|options| options.root = Some(b"/r".to_vec()))),
            ("-S6.1", with(|options| options.release = Some(b"6.1".to_vec()))),
            ("--force-vermagic", with(|options| options.force_vermagic = true)),
            (
                "-f",
                with(|options| {
                    options.force_modversions = true;
                    options.force_removal = true;
                    options.force_vermagic = true;
                }),
            ),
            (
                "-D",
                with(|options| {
                    options.dry_run = true;
                    options.ignore_loaded = true;
                }),
            ),
            (
                "-sC c",
                with(|options| {
                    options.syslog = true;
                    options.configuration = words(&["c"]);
                    options.handed_on = words(&["-s", "-C", "c"]);
                }),
            ),
        ];
        for (line, options) in table {
            assert_eq!(parsed(line), Ok(Parsed::Run(Box::new(options))), "{line}");
        }
        for (line, end) in [
            ("-V -Z", Ok(Parsed::Version)),
            ("-h", Ok(Parsed::Help)),
            ("-Z -h", Err(Ended::Failed)),
        ] {
            assert_eq!(parsed(line), end, "{line}");
        }
    }

    #[test]
    fn quiet_and_verbose_count_in_their_order() {
        let table = [("", 4, false), ("-v", 5, true), ("-vvv", 7, true), ("-q", 0, false)];
        for (line, level, shows) in table.into_iter().chain([("-vq", 0, false), ("-qv", 1, false)])
        {
            let Ok(Parsed::Run(options)) = parsed(line) else { panic!("{line}") };
            assert_eq!((options.level, options.shows_steps()), (level, shows), "{line}");
        }
    }

    #[test]
    fn of_several_kinds_of_work_one_is_done() {
        let table = [
            ("", Work::Insert),
            ("-R", Work::Resolve),
            ("--show-alias", Work::Resolve),
            ("-R -r", Work::Remove),
            ("-r --show-exports", Work::ShowExports),
            ("--show-exports --dump-modversions", Work::ShowModversions),
            ("--show-modversions -rc", Work::ShowConfiguration),
        ];
        for (line, work) in table {
            let Ok(Parsed::Run(options)) = parsed(line) else { panic!("{line}") };
            assert_eq!(options.work, work, "{line}");
        }
    }
}
