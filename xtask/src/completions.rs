//! `cargo xtask completions`: what bash, zsh and fish offer with the completions of
//! `dist/completions`, compared as a whole with the tables in `tests/completions`; and that each
//! shell offers the options of each tool's manual page.

mod machine;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use crate::{apt, binary, cache, man, progress};
use machine::Machine;

const PACKAGES: [&str; 4] = ["bash", "bash-completion", "fish", "zsh"];

struct Shell {
    name: &'static str,
    /// Prints, for lines of its input, what would be offered.
    command: &'static [&'static str],
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        command: &[
            "bash",
            "--norc",
            "/workspace/tests/completions/bash.bash",
            "/workspace/dist/completions/bash",
        ],
    },
    Shell {
        name: "zsh",
        command: &[
            "zsh",
            "-f",
            "/workspace/tests/completions/zsh.zsh",
            "/workspace/dist/completions/zsh",
        ],
    },
    Shell {
        name: "fish",
        command: &[
            "fish",
            "--no-config",
            "/workspace/tests/completions/fish.fish",
            "/workspace/dist/completions/fish",
        ],
    },
];

/// A command, and the page and section that describe its options.
const OPTIONS: [(&str, &str, Option<&str>); 9] = [
    ("modprobe", "modprobe.8", None),
    ("insmod", "insmod.8", None),
    ("rmmod", "rmmod.8", None),
    ("lsmod", "lsmod.8", None),
    ("modinfo", "modinfo.8", None),
    ("depmod", "depmod.8", None),
    ("kmod", "kmod.8", Some("Of kmod itself")),
    ("kmod list", "kmod.8", Some("Of kmod list")),
    ("kmod static-nodes", "kmod.8", Some("Of kmod static-nodes")),
];

/// Second names of modprobe's options, which need not be offered.
const SECOND_NAMES: [&str; 5] =
    ["--remove-dependencies", "--showconfig", "--dump-modversions", "--show", "--show-alias"];

/// Tries all of it; the error shows where what is offered differs.
pub fn check() -> Result<()> {
    apt::install(&PACKAGES)?;
    let binary = binary::directory().join("kmod");
    ensure!(binary.exists(), "no {}: `cargo xtask build` makes it", binary.display());
    let machine = Machine::make()?;
    let commands = commands()?;
    let mut faults = String::new();
    let mut lines = 0;
    for shell in &SHELLS {
        let cases = [cases("all")?, cases(shell.name)?].concat();
        lines += cases.len();
        let answers = offered(&machine, shell, &lines_of(&cases, &commands))?;
        let (answers, options) = answers.split_at(cases.len());
        for (Case { line, offered }, answer) in cases.iter().zip(answers) {
            if offered != answer {
                writeln!(faults, "{}: `{line}`: {answer:?}, not {offered:?}", shell.name)?;
            }
        }
        faults.push_str(&faults_of_options(shell, &commands, options)?);
    }
    faults.push_str(&faults_of_loading(&machine)?);
    ensure!(!machine.was_attacked()?, "a module's name was run as a command");
    ensure!(faults.is_empty(), "the completions are at fault:\n{faults}");
    progress::line(&format!("completions: {lines} lines in {} shells in order", SHELLS.len()));
    Ok(())
}

/// One line before the cursor, and what is to be offered for its last word, in order.
#[derive(Clone)]
struct Case {
    line: String,
    offered: Vec<String>,
}

/// Reads a table: lines `$ LINE<TAB>`, each with what is offered below it.
fn cases(table: &str) -> Result<Vec<Case>> {
    let file = cache::workspace().join(format!("tests/completions/{table}.txt"));
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(line) = line.strip_prefix("$ ").and_then(|line| line.strip_suffix("<TAB>")) {
            cases.push(Case { line: line.to_owned(), offered: Vec::new() });
        } else {
            let case = cases.last_mut().with_context(|| format!("{}: {line}", file.display()))?;
            case.offered.push(line.to_owned());
        }
    }
    ensure!(!cases.is_empty(), "no lines in {}", file.display());
    Ok(cases)
}

/// The lines of all cases, and behind them those that ask for the options of each command.
fn lines_of(cases: &[Case], commands: &[Described]) -> Vec<String> {
    let lines = cases.iter().map(|case| case.line.clone());
    lines.chain(commands.iter().map(|one| format!("{} -", one.command))).collect()
}

/// A command, and where its options are described.
struct Described {
    command: String,
    page: String,
    /// Sections of the page; none for all of it.
    sections: Vec<String>,
}

/// kmod's tools by the table, kmodctl's commands by their pages.
fn commands() -> Result<Vec<Described>> {
    let of_tool = |(command, page, section): &(&str, &str, Option<&str>)| Described {
        command: (*command).to_owned(),
        page: (*page).to_owned(),
        sections: section.iter().map(|&title| title.to_owned()).collect(),
    };
    let mut commands: Vec<Described> = OPTIONS.iter().map(of_tool).collect();
    for (page, parts) in man::kmodctl_pages()? {
        let command = page.trim_end_matches(".8").replacen('-', " ", 1);
        if parts.is_empty() {
            commands.push(Described { command, page, sections: Vec::new() });
            continue;
        }
        for part in parts {
            let sections = vec![format!("Of {part}"), "For every command".to_owned()];
            commands.push(Described { command: part, page: page.clone(), sections });
        }
    }
    Ok(commands)
}

/// What a shell offers for each line.
fn offered(machine: &Machine, shell: &Shell, lines: &[String]) -> Result<Vec<Vec<String>>> {
    let file = input(lines)?;
    let printed = machine.run(shell.command, &file)?;
    let mut answers = vec![Vec::new()];
    for line in printed.lines() {
        match line {
            "" => answers.push(Vec::new()),
            word => answers.last_mut().into_iter().for_each(|last| last.push(word.to_owned())),
        }
    }
    answers.pop();
    if answers.len() != lines.len() {
        bail!("{} answered {} of {} lines", shell.name, answers.len(), lines.len());
    }
    Ok(answers)
}

fn input(lines: &[String]) -> Result<PathBuf> {
    let file = cache::workspace().join("target/completions/lines");
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&file, text)?;
    Ok(file)
}

/// Where the options that a shell offers are not those of the pages.
fn faults_of_options(
    shell: &Shell,
    commands: &[Described],
    answers: &[Vec<String>],
) -> Result<String> {
    let mut faults = String::new();
    for (Described { command, page, sections }, offered) in commands.iter().zip(answers) {
        let mut described = match sections.as_slice() {
            [] => man::options(page, None)?,
            sections => {
                let each = sections.iter().map(|title| man::options(page, Some(title)));
                each.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect()
            }
        };
        described.retain(|name| command != "modprobe" || !SECOND_NAMES.contains(&name.as_str()));
        let offered: BTreeSet<String> =
            offered.iter().map(|option| option.trim_end_matches('=').to_owned()).collect();
        if offered != described {
            writeln!(
                faults,
                "{}: `{command} -`: not offered {:?}, not in {page} {:?}",
                shell.name,
                described.difference(&offered).collect::<Vec<_>>(),
                offered.difference(&described).collect::<Vec<_>>(),
            )?;
        }
    }
    Ok(faults)
}

/// Whether bash-completion finds the file of each tool by the tool's name.
fn faults_of_loading(machine: &Machine) -> Result<String> {
    let words = ["bash", "--norc", "/workspace/tests/completions/loader.bash"];
    let names = ["modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod", "kmod"];
    let names = names.map(str::to_owned);
    let lines = [&names[..], &["kmodctl".to_owned()]].concat();
    let printed = machine.run(&words, &input(&lines)?)?;
    let of_tools: String = names.iter().map(|name| format!("complete -F _kmod {name}\n")).collect();
    let expected = of_tools + "complete -F _kmodctl kmodctl\n";
    Ok(if printed == expected { String::new() } else { format!("bash-completion: {printed}") })
}
