//! What modprobe's command line asks for, as plain values. Reading it touches nothing.

use super::number::unsigned_long;
use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, hidden, valued};
use crate::log::{Log, Priority, to_stderr};

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opt {
    All,
    Configuration,
    DryRun,
    FirstTime,
    Force,
    ForceModversions,
    ForceVermagic,
    Help,
    IgnoreCommands,
    Quiet,
    Release,
    RemoveHolders,
    Root,
    ShowDependencies,
    Syslog,
    UseBlacklist,
    Verbose,
    Version,
    Wait,
    Work(Work),
}

/// In the order in which glibc is to list them. `--show-alias` is what versions after 34.2 call
/// `--resolve-alias`.
const TABLE: [Row<Opt>; 30] = [
    flag(b'a', "all", Opt::All),
    flag(b'r', "remove", Opt::Work(Work::Remove)),
    flag(0, "remove-dependencies", Opt::RemoveHolders),
    flag(0, "remove-holders", Opt::RemoveHolders),
    valued(b'w', "wait", Opt::Wait),
    flag(b'R', "resolve-alias", Opt::Work(Work::Resolve)),
    flag(0, "first-time", Opt::FirstTime),
    flag(b'i', "ignore-install", Opt::IgnoreCommands),
    flag(0, "ignore-remove", Opt::IgnoreCommands),
    flag(b'b', "use-blacklist", Opt::UseBlacklist),
    flag(b'f', "force", Opt::Force),
    flag(0, "force-modversion", Opt::ForceModversions),
    flag(0, "force-vermagic", Opt::ForceVermagic),
    flag(b'D', "show-depends", Opt::ShowDependencies),
    flag(b'c', "showconfig", Opt::Work(Work::ShowConfiguration)),
    flag(0, "show-config", Opt::Work(Work::ShowConfiguration)),
    flag(0, "show-modversions", Opt::Work(Work::ShowModversions)),
    flag(0, "dump-modversions", Opt::Work(Work::ShowModversions)),
    flag(0, "show-exports", Opt::Work(Work::ShowExports)),
    flag(b'n', "dry-run", Opt::DryRun),
    flag(0, "show", Opt::DryRun),
    valued(b'C', "config", Opt::Configuration),
    valued(b'd', "dirname", Opt::Root),
    valued(b'S', "set-version", Opt::Release),
    flag(b's', "syslog", Opt::Syslog),
    flag(b'q', "quiet", Opt::Quiet),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
    hidden(0, "show-alias", Opt::Work(Work::Resolve)),
];

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
            Err(complaint) => {
                to_stderr(&[name, b": ", &complaint.0]);
                return Err(Ended::Failed);
            }
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
