//! depmod's command line: from words to plain values. It asks the machine only for its release and
//! for the working directory.

use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt;

use kmodctl::format::scanf::is_release;
use kmodctl::system::depmod::Jobs;
use kmodctl::system::place::{absolute, running_release};

use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, hidden, hidden_valued, valued};
use crate::log::{Log, Priority};

/// What is to be done.
#[derive(Debug)]
pub(super) struct Options {
    /// Nothing is done while the tables are younger than the modules.
    pub(super) quick: bool,
    /// Tables go to the standard output.
    pub(super) shows: bool,
    /// Dependencies are told as they are found.
    pub(super) verbose: bool,
    /// Symbols that nobody gives are told.
    pub(super) reports_unknown: bool,
    /// Aliases that a module has twice are told.
    pub(super) reports_duplicates: bool,
    /// The symbols of the kernel.
    pub(super) symbol_file: Option<SymbolFile>,
    /// The byte before each symbol.
    pub(super) prefix: Option<u8>,
    /// Configuration files and directories; the usual ones when it is empty.
    pub(super) configuration: Vec<Vec<u8>>,
    /// The release whose modules they are.
    pub(super) release: Vec<u8>,
    /// The module directory.
    pub(super) directory: Vec<u8>,
    /// The directory that tables are written to.
    pub(super) output_directory: Vec<u8>,
    /// The files that are examined, where not all are.
    pub(super) files: Option<Vec<Vec<u8>>>,
    /// The root below which it all is; none is the machine's own.
    pub(super) root: Option<Vec<u8>>,
    /// How many threads there may be.
    pub(super) jobs: Jobs,
    /// Whether what is read is kept for the next run.
    pub(super) caches: bool,
}

/// A file that lists the symbols of a kernel.
#[derive(Debug)]
pub(super) enum SymbolFile {
    /// `Module.symvers`.
    Symvers(Vec<u8>),
    /// `System.map`.
    SystemMap(Vec<u8>),
}

impl SymbolFile {
    pub(super) fn path(&self) -> &[u8] {
        match self {
            Self::Symvers(path) | Self::SystemMap(path) => path,
        }
    }
}

/// What a command line asks for.
pub(super) enum Parsed {
    Help,
    Run(Box<Options>),
    Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    All,
    BaseDirectory,
    Configuration,
    Deprecated(&'static str),
    ErrorSymbols,
    Help,
    Jobs,
    ModuleDirectory,
    NoCache,
    OutputDirectory,
    Quick,
    Show,
    SymbolPrefix,
    Symvers,
    SystemMap,
    Verbose,
    Version,
    Warn,
}

/// `-j` and `--no-cache` are ours. Versions before 34 took the options at the end and ignored them. Their `-m` has another meaning
/// now.
const TABLE: [Row<Opt>; 26] = [
    flag(b'a', "all", Opt::All),
    flag(b'A', "quick", Opt::Quick),
    valued(b'b', "basedir", Opt::BaseDirectory),
    valued(b'm', "moduledir", Opt::ModuleDirectory),
    valued(b'o', "outdir", Opt::OutputDirectory),
    valued(b'C', "config", Opt::Configuration),
    valued(b'E', "symvers", Opt::Symvers),
    valued(b'F', "filesyms", Opt::SystemMap),
    flag(b'e', "errsyms", Opt::ErrorSymbols),
    flag(b'v', "verbose", Opt::Verbose),
    flag(b'n', "show", Opt::Show),
    flag(0, "dry-run", Opt::Show),
    valued(b'P', "symbol-prefix", Opt::SymbolPrefix),
    flag(b'w', "warn", Opt::Warn),
    flag(b'V', "version", Opt::Version),
    flag(b'h', "help", Opt::Help),
    hidden_valued(b'j', "", Opt::Jobs),
    hidden_valued(0, "jobs", Opt::Jobs),
    hidden(0, "no-cache", Opt::NoCache),
    hidden(b'u', "", Opt::Deprecated("-u")),
    hidden(0, "unresolved-error", Opt::Deprecated("--unresolved-error")),
    hidden(b'q', "", Opt::Deprecated("-q")),
    hidden(0, "quiet", Opt::Deprecated("--quiet")),
    hidden(b'r', "", Opt::Deprecated("-r")),
    hidden(0, "root", Opt::Deprecated("--root")),
    hidden(0, "map", Opt::Deprecated("--map")),
];

/// What was met, before it is put together.
#[derive(Default)]
struct Met {
    all: bool,
    quick: bool,
    shows: bool,
    reports_unknown: bool,
    reports_duplicates: bool,
    verbosity: i32,
    symvers: Option<Vec<u8>>,
    system_map: Option<Vec<u8>>,
    prefix: Option<u8>,
    configuration: Vec<Vec<u8>>,
    base_directory: Option<Vec<u8>>,
    module_directory: Option<Vec<u8>>,
    output_directory: Option<Vec<u8>>,
    jobs: Option<NonZeroUsize>,
    forbids_cache: bool,
}

/// Reads a command line.
pub(super) fn parse(
    name: &[u8],
    arguments: Vec<Vec<u8>>,
    stops_at_operand: bool,
    log: &mut Log,
) -> Result<Parsed, Ended> {
    let mut met = Met::default();
    let mut getopt = Getopt::new(&TABLE, arguments, stops_at_operand);
    while let Some(next) = getopt.next() {
        match next {
            Ok((Opt::Help, _)) => return Ok(Parsed::Help),
            Ok((Opt::Version, _)) => return Ok(Parsed::Version),
            Ok((option, argument)) => met.take(option, argument, log)?,
            Err(complaint) => return Err(complaint.told(name)),
        }
    }
    log.set_level(met.verbosity.saturating_add(Priority::Warning as i32));
    met.options(getopt.operands(), log).map(|options| Parsed::Run(Box::new(options)))
}

impl Met {
    fn take(&mut self, option: Opt, argument: Vec<u8>, log: &Log) -> Result<(), Ended> {
        match option {
            Opt::All => self.all = true,
            Opt::BaseDirectory => self.base_directory = Some(argument),
            Opt::Configuration => self.configuration.push(argument),
            Opt::Deprecated(typed) => {
                log.warning(&[b"Ignored deprecated option ", typed.as_bytes()]);
            }
            Opt::ErrorSymbols => self.reports_unknown = true,
            Opt::Jobs => match number(&argument) {
                Some(jobs) => self.jobs = Some(jobs),
                None => {
                    log.error(&[b"Bad number of jobs passed ", &argument]);
                    return Err(Ended::Failed);
                }
            },
            Opt::NoCache => self.forbids_cache = true,
            Opt::ModuleDirectory => self.module_directory = Some(argument),
            Opt::OutputDirectory => self.output_directory = Some(argument),
            Opt::Quick => self.quick = true,
            Opt::Show => self.shows = true,
            Opt::SymbolPrefix => match argument[..] {
                [prefix] => self.prefix = Some(prefix),
                _ => {
                    log.fatal(&[b"-P only takes a single char"])?;
                    return Err(Ended::Failed);
                }
            },
            Opt::Symvers => self.symvers = Some(argument),
            Opt::SystemMap => self.system_map = Some(argument),
            Opt::Verbose => self.verbosity = self.verbosity.saturating_add(1),
            Opt::Warn => self.reports_duplicates = true,
            Opt::Help | Opt::Version => {}
        }
        Ok(())
    }

    fn options(self, operands: Vec<Vec<u8>>, log: &Log) -> Result<Options, Ended> {
        let mut operands = operands.into_iter();
        let release = match operands.next() {
            None => running_release(),
            Some(release) if is_release(&release) => release,
            Some(other) => {
                log.error(&[b"Bad version passed ", &other]);
                return Err(Ended::Failed);
            }
        };
        let files: Vec<_> = operands.collect();
        let examines_all = self.all || self.quick || files.is_empty();
        let is_own = self.base_directory.is_none();
        let base = directory(self.base_directory)?;
        let output = match self.output_directory {
            None => base.clone(),
            output => directory(output)?,
        };
        let modules = self.module_directory.unwrap_or_else(|| b"/lib/modules".to_vec());
        let start = modules.iter().position(|&byte| byte != b'/').unwrap_or(modules.len());
        let below = |root: &[u8]| [root, b"/", &modules[start..], b"/", &release].concat();
        let symvers = self.symvers.map(SymbolFile::Symvers);
        Ok(Options {
            quick: self.quick,
            shows: self.shows,
            verbose: self.verbosity > 0,
            reports_unknown: self.reports_unknown,
            reports_duplicates: self.reports_duplicates,
            symbol_file: symvers.or(self.system_map.map(SymbolFile::SystemMap)),
            prefix: self.prefix,
            configuration: self.configuration,
            directory: below(&base),
            root: (!is_own).then(|| base.clone()),
            jobs: Jobs(self.jobs.or_else(|| inherited_jobs(log))),
            caches: !self.forbids_cache,
            output_directory: below(&output),
            release,
            files: (!examines_all).then_some(files),
        })
    }
}

/// The variable that bounds the number of threads where the command line does not.
const JOBS: &str = "KMODCTL_JOBS";

fn inherited_jobs(log: &Log) -> Option<NonZeroUsize> {
    let value = std::env::var_os(JOBS)?;
    let jobs = number(value.as_bytes());
    if jobs.is_none() {
        log.warning(&[b"Ignored ", JOBS.as_bytes(), b"=", value.as_bytes()]);
    }
    jobs
}

fn number(text: &[u8]) -> Option<NonZeroUsize> {
    const MOST: usize = 1024;
    let number: NonZeroUsize = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(number.min(NonZeroUsize::new(MOST)?))
}

/// A root, absolute; none is the machine's own.
fn directory(root: Option<Vec<u8>>) -> Result<Vec<u8>, Ended> {
    root.map_or(Ok(Vec::new()), |root| absolute(root).map_err(|_| Ended::Failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, Ended> {
        let arguments = line.split_terminator(' ').map(|word| word.as_bytes().to_vec()).collect();
        let mut log = Log::new("depmod", Priority::Warning);
        log.set_level(0);
        match parse(b"depmod", arguments, false, &mut log)? {
            Parsed::Run(options) => Ok(*options),
            Parsed::Help | Parsed::Version => Err(Ended::BrokenPipe),
        }
    }

    #[test]
    fn directories_are_spelled_as_kmod_spells_them() {
        let table = [
            ("1.2", "/lib/modules/1.2", "/lib/modules/1.2"),
            ("-b / 1.2", "//lib/modules/1.2", "//lib/modules/1.2"),
            ("-b /x -o /y 1.2", "/x/lib/modules/1.2", "/y/lib/modules/1.2"),
            ("-o /y 1.2", "/lib/modules/1.2", "/y/lib/modules/1.2"),
            ("-b /x/ -m / 1.2", "/x///1.2", "/x///1.2"),
            ("-m //usr/lib//modules/ 1.2", "/usr/lib//modules//1.2", "/usr/lib//modules//1.2"),
            ("--moduledir=. 1.2", "/./1.2", "/./1.2"),
        ];
        for (line, directory, output) in table {
            let options = parsed(line).unwrap();
            let found = (options.directory, options.output_directory);
            assert_eq!(found, (directory.into(), output.into()), "{line}");
        }
        let working = std::env::current_dir().unwrap();
        let options = parsed("-b r 1.2").unwrap();
        assert_eq!(
            options.directory,
            format!("{}/r/lib/modules/1.2", working.display()).into_bytes()
        );
    }

    #[test]
    fn threads_are_bounded_and_the_cache_is_forbidden() {
        let jobs = |line| parsed(line).map(|options| options.jobs.0.map(NonZeroUsize::get));
        for line in ["-j 3 1.2", "-aj3 1.2", "--jobs=3 1.2", "--jo 3 1.2"] {
            assert_eq!(jobs(line), Ok(Some(3)), "{line}");
        }
        assert_eq!(jobs("-j 99999 1.2"), Ok(Some(1024)));
        assert_eq!(jobs("1.2"), Ok(None));
        for line in ["-j 0 1.2", "-j x 1.2", "-j -1 1.2", "--jobs= 1.2", "-j"] {
            assert_eq!(jobs(line), Err(Ended::Failed), "{line}");
        }
        assert!(parsed("1.2").unwrap().caches && !parsed("--no-cache 1.2").unwrap().caches);
    }

    #[test]
    fn files_are_examined_alone_only_without_a() {
        let files = |line| parsed(line).unwrap().files;
        assert_eq!(files("1.2 /a.ko"), Some(vec![b"/a.ko".to_vec()]));
        for line in ["1.2", "-a 1.2 /a.ko", "-A 1.2 /a.ko", ""] {
            assert_eq!(files(line), None, "{line}");
        }
    }

    #[test]
    fn command_lines_are_refused_as_kmod_refuses_them() {
        for line in ["nosuch", "/a.ko", "1", "1.x", "-Z", "-P", "--s", "--all=3"] {
            assert_eq!(parsed(line).err(), Some(Ended::Failed), "{line}");
        }
        for line in ["-q -u -r 1.2", "--quiet --unresolved-error --root --map 1.2", "-aq 1.2"] {
            assert!(parsed(line).is_ok(), "{line}");
        }
        for line in ["-h -Z", "-V nosuch", "--help", "-P x -h"] {
            assert_eq!(parsed(line).err(), Some(Ended::BrokenPipe), "{line}");
        }
    }

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("depmod.8", None, &TABLE);
    }
}
