//! The experiments with configurations, and the page about them: a table of what was asked and what came
//! of it, and below it what was recorded. The page names tests; one that is not there is an error.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, ensure};
use xtask::cache;

/// The session that has an experiment under each of its headings.
pub const SESSION: &str = "experiments";

const BROKEN: &str = "crates/cli/tests/sessions/verify_block_broken.txt";

const HEAD: &str = "\
# What configurations come to

Each experiment is run in a guest with Linux 6.1 by `tests/vm/tests/experiments.rs`, once with kmod 34.2's
tools and once with ours; `kmodctl` is the same in both. Below the table stands what was typed and what came
of it; where kmod 34.2 answers otherwise than our tools, its answer follows `theirs:`. The page is made from
the recorded session: `KMODCTL_SESSIONS=write cargo test --manifest-path tests/vm/Cargo.toml --test experiments`.
";

/// One experiment.
struct Experiment {
    /// Its heading in the session.
    name: &'static str,
    question: &'static str,
    stock: &'static str,
    kmodctl: &'static str,
    /// Further tests of the same: a file, and words that it has.
    elsewhere: &'static [(&'static str, &'static str)],
}

const EXPERIMENTS: [Experiment; 19] = [
    Experiment {
        name: "R1",
        question: "Does `blacklist M` alone stop `modprobe M`?",
        stock: "no; only an alias, or `-b`, is stopped",
        kmodctl: "`verify-block` names the way by name and the line",
        elsewhere: &[(BROKEN, "-- a blacklist line stops no name, and no dependency")],
    },
    Experiment {
        name: "R2",
        question: "Do `blacklist` and `install M /bin/false` stop r8169, nfsd and ksmbd?",
        stock: "no: the softdeps that they ship switch the install line off, and all three load",
        kmodctl: "`verify-block` names the softdep; our modprobe obeys the install line",
        elsewhere: &[
            (BROKEN, "-- the module's own softdep switches the install line off"),
            ("tests/vm/sessions/blocking-6.12.txt", "-- what looks like a block and is none"),
        ],
    },
    Experiment {
        name: "R3",
        question: "And with an empty softdep line, as `kmodctl block` writes it?",
        stock: "all three are refused",
        kmodctl: "`verify-block` says that they are blocked",
        elsewhere: &[
            ("tests/vm/sessions/blocking-6.1.txt", "-- after the block none does"),
            ("crates/cli/tests/softdep_tree.rs", "fn stock_modprobe_is_kept_from_every_module"),
        ],
    },
    Experiment {
        name: "R4",
        question: "Does an install line alone stop an alias?",
        stock: "not where the module ships a softdep (r8169); where it ships none (udf), yes",
        kmodctl: "`verify-block` names each alias that gets through, and passes udf",
        elsewhere: &[],
    },
    Experiment {
        name: "R5",
        question: "What does a refused request leave behind?",
        stock: "dccp_ipv4 is refused, and dccp, which it needs, stays loaded",
        kmodctl: "`block` warns of it; blocking dccp as well leaves nothing",
        elsewhere: &[("crates/cli/tests/sessions/block.txt", "--with-unused")],
    },
    Experiment {
        name: "R6",
        question: "What does a module say whose dependency is blocked by `/bin/true`?",
        stock: "`Unknown symbol`, which leads astray",
        kmodctl: "`load` names the line that leaves the dependency out, and the cure",
        elsewhere: &[("tests/vm/sessions/kmodctl-6.1.txt", "install scsi_mod :")],
    },
    Experiment {
        name: "R7",
        question: "Does `blacklist M` stop M as a dependency?",
        stock: "no, both load",
        kmodctl: "`verify-block` names what depends on it",
        elsewhere: &[(BROKEN, "-- a blacklist line stops no name, and no dependency")],
    },
    Experiment {
        name: "R8",
        question: "Is the caller told when `install M /bin/true` keeps M out?",
        stock: "no: the exit code is 0 and nothing is loaded; with `/bin/false` it is 1",
        kmodctl: "`load` fails with `blocked`, and `block` writes `/bin/false`",
        elsewhere: &[],
    },
    Experiment {
        name: "R9",
        question: "Can a program tell failures apart?",
        stock: "no: the exit code is 1 for a block, an unknown name, a bad value, a missing symbol",
        kmodctl: "each has a code in JSON; a symbol that a block leaves out is called a block",
        elsewhere: &[],
    },
    Experiment {
        name: "R10",
        question: "What comes of a misspelt parameter?",
        stock: "the module loads, and one line of the kernel log tells of it",
        kmodctl: "`status` names file and line, and the parameter that was meant",
        elsewhere: &[("crates/cli/tests/sessions/status_idle.txt", "numdumies")],
    },
    Experiment {
        name: "R11",
        question: "What comes of a value that a parameter does not take?",
        stock: "`Invalid argument`; why stands in the kernel log, and what was loaded before stays",
        kmodctl: "`load` names parameter, value, and the line that gives it; so does `param diff`",
        elsewhere: &[],
    },
    Experiment {
        name: "R12",
        question: "What comes of parameters for a module that is loaded?",
        stock: "nothing, and nothing is said",
        kmodctl: "`load` warns that they stay as they are",
        elsewhere: &[("tests/vm/sessions/kmodctl-6.1.txt", "parameters-unchanged")],
    },
    Experiment {
        name: "R13",
        question: "What comes of options for a module that is part of the kernel?",
        stock: "nothing, and nothing is said",
        kmodctl: "`status` names the line and what to put on the kernel command line",
        elsewhere: &[("crates/cli/tests/sessions/status_idle.txt", "[no-effect]")],
    },
    Experiment {
        name: "R14",
        question: "Which of two install lines counts?",
        stock: "the first, so that a block behind a vendor's line is none",
        kmodctl: "`verify-block` names both, and that scanners pass it; `block` comes first",
        elsewhere: &[
            (BROKEN, "-- an earlier line of a vendor counts"),
            ("crates/cli/tests/sessions/block_rivals.txt", "rival-line"),
        ],
    },
    Experiment {
        name: "R15",
        question: "A file without `.conf`, a comment behind options, a misspelt module?",
        stock: "passed over; given to the module as parameters; passed over",
        kmodctl: "`status` names each, with a cure",
        elsewhere: &[
            (BROKEN, "-- lines that nobody reads"),
            ("crates/cli/tests/sessions/status_idle.txt", "[unread-file]"),
        ],
    },
    Experiment {
        name: "R16",
        question: "What gets past every line of modprobe.d, and what does not?",
        stock: "insmod and `modprobe -i` do; `module_blacklist=` on the command line stops them too",
        kmodctl: "`verify-block` knows that the kernel refuses it itself, and its help tells of insmod",
        elsewhere: &[(
            "crates/cli/tests/sessions/verify_block_kernel_says_no.txt",
            "refuses the module itself",
        )],
    },
    Experiment {
        name: "R17",
        question: "Does a dry run write? Are `usb-storage` and `usb_storage` one module?",
        stock: "has no such command (community.general's kernel_blacklist writes, and takes them for two)",
        kmodctl: "nothing is written, there is one entry, and writing it again changes no byte",
        elsewhere: &[(
            "crates/cli/tests/sessions.rs",
            "a command with `--dry-run` changes no byte of the host",
        )],
    },
    Experiment {
        name: "R18",
        question: "Are several parameters on one line understood, and is nothing of others rewritten?",
        stock: "has no such command (community.general's modprobe overlooks them and adds blank lines)",
        kmodctl: "the older value is named and overruled, its file stays; a built-in is refused by name",
        elsewhere: &[("crates/cli/tests/sessions/param.txt", "[conflicting-lines]")],
    },
    Experiment {
        name: "R19",
        question: "Do lines in modules-load.d block, as ComplianceAsCode's check takes them to?",
        stock: "no, the module loads",
        kmodctl: "`verify-block` says that it gets in, and beside it that the `oval` scanner passes it",
        elsewhere: &[(BROKEN, "-- lines that nobody reads")],
    },
];

/// The page.
pub fn page() -> Result<String> {
    let own = format!("tests/vm/sessions/{SESSION}.txt");
    let session = read(&own)?;
    let mut table =
        String::from("\n| | question | kmod 34.2 | kmodctl | also in |\n|---|---|---|---|---|\n");
    let mut records = String::new();
    for experiment in &EXPERIMENTS {
        let Experiment { name, question, stock, kmodctl, .. } = experiment;
        let record = recorded(&session, name)?;
        let elsewhere = experiment.links()?;
        writeln!(
            table,
            "| [{name}](#{}) | {question} | {stock} | {kmodctl} | {elsewhere} |",
            name.to_lowercase()
        )?;
        write!(records, "\n## {name}\n\n{question}\n\n```console\n{record}```\n")?;
    }
    Ok(format!("{HEAD}{table}{records}"))
}

impl Experiment {
    /// The other tests as links; each is there and has the words.
    fn links(&self) -> Result<String> {
        let mut links = Vec::new();
        for (file, words) in self.elsewhere {
            ensure!(read(file)?.contains(words), "{}: {file} has no `{words}`", self.name);
            let name = file.rsplit('/').next().unwrap_or(file);
            links.push(format!("[{name}](../{file})"));
        }
        Ok(links.join(", "))
    }
}

/// What the session has under a heading.
fn recorded<'a>(session: &'a str, name: &str) -> Result<&'a str> {
    let heading = format!("-- {name}\n");
    let (_, rest) = session.split_once(&heading).with_context(|| format!("no {heading}"))?;
    let record = rest.split("\n-- ").next().unwrap_or(rest).trim_end_matches('\n');
    ensure!(record.lines().any(|line| !line.starts_with("# ")), "{name} has no answers");
    Ok(&rest[..record.len() + 1])
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(cache::workspace().join(file)).with_context(|| file.to_owned())
}
