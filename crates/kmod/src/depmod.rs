//! depmod: writes the tables and indexes of a module directory. Here its command line becomes one
//! run: find, order, link, write. What stands in the tables is known in `kmodctl::decide`.

mod find;
mod keep;
mod make;
mod options;
mod told;
mod write;

use std::cell::RefCell;

use kmodctl::decide::depmod::{KernelSymbols, Linking, Reports, link, order};
use kmodctl::format::kernel_symbols::{symvers, system_map};
use kmodctl::system::depmod::{Reading, read_modules};
use kmodctl::system::file::read_to_end;

use crate::ended::Ended;
use crate::getopt::posixly_correct;
use crate::log::Log;
use crate::output::Output;
use crate::words::errno_text;
use crate::{Invocation, version};
use keep::{Keeping, SeenModules};
use options::{Options, Parsed, SymbolFile};

const HELP: &[u8] = include_bytes!("help/depmod.txt");

/// Runs depmod.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let mut log = Log::new("depmod", crate::log::Priority::Warning);
    match options::parse(&invocation.name, invocation.arguments, posixly_correct(), &mut log)? {
        Parsed::Help => output.write(&[HELP]),
        Parsed::Run(options) => work(&options, &log, output),
        Parsed::Version => version::show(output),
    }
}

fn work(options: &Options, log: &Log, output: &mut Output) -> Result<(), Ended> {
    if options.quick && find::is_up_to_date(options, log) {
        return Ok(());
    }
    if options.reports_unknown && options.symbol_file.is_none() {
        log.warning(&[b"-e needs -E or -F"]);
    }
    let text = read_symbol_file(options, log)?;
    let kernel = text.as_ref().map(|(file, text)| kernel_symbols(file, text, options.prefix, log));
    let preference = find::preference(options, log);
    let mut chosen = find::modules(options, &preference, log)?;
    order(&mut chosen, &options.directory, &find::modules_order(options, log));
    let reports = reports(options);
    let builtin = find::builtin(options);
    let keeping = Keeping::new(options, &builtin, reports.versions);
    let before = keeping.as_ref().map(|keeping| keeping.before(&chosen)).unwrap_or_default();
    if before.is_all(options) {
        return Ok(());
    }
    let reading = Reading { jobs: options.jobs, with_checksums: reports.versions, kept: &before };
    let (modules, stamps) = read_modules(chosen, &reading);
    let stamps = before.stamps(stamps);
    let linking = Linking { kernel: kernel.as_ref(), prefix: options.prefix, reports };
    let run = write::Run {
        options,
        builtin: &builtin,
        keeping: keeping.as_ref(),
        before: &before,
        seen: SeenModules { modules: &modules, stamps: &stamps },
    };
    let finished = finish(&linking, &run, log, output);
    // The process ends: hundreds of thousands of names need not be given back one by one.
    std::mem::forget(modules);
    finished
}

fn finish<'a>(
    linking: &Linking<'a>,
    run: &write::Run<'a>,
    log: &Log,
    output: &mut Output,
) -> Result<(), Ended> {
    let (options, modules) = (run.options, run.seen.modules);
    let linked = |output: &mut Output| {
        let (remarks, linked) = link(modules, linking);
        told::all(&remarks, &options.directory, log, output)?;
        let graph = linked.map_err(|cycles| told::cycles(&cycles, log))?;
        Ok((graph, remarks.is_empty()))
    };
    if options.shows {
        let (graph, _) = linked(output)?;
        write::show(&graph, options, log, output)
    } else {
        run.files(linked, log, output)
    }
}

fn reports(options: &Options) -> Reports {
    let is_symvers = matches!(options.symbol_file, Some(SymbolFile::Symvers(_)));
    let unknown = options.reports_unknown && options.symbol_file.is_some();
    Reports { dependencies: options.verbose, unknown, versions: unknown && is_symvers }
}

/// No file of symbols is larger.
const LIMIT: usize = 256 << 20;

fn read_symbol_file<'a>(
    options: &'a Options,
    log: &Log,
) -> Result<Option<(&'a SymbolFile, Vec<u8>)>, Ended> {
    let Some(file) = &options.symbol_file else { return Ok(None) };
    let path = file.path();
    match read_to_end(path, LIMIT) {
        Ok(text) => Ok(Some((file, text))),
        Err(errno) => {
            log.fatal(&[b"could not load ", path, b": ", &errno_text(errno)])?;
            Err(Ended::Failed)
        }
    }
}

fn kernel_symbols<'a>(
    file: &SymbolFile,
    text: &'a [u8],
    prefix: Option<u8>,
    log: &Log,
) -> KernelSymbols<'a> {
    let bad = RefCell::new(Vec::new());
    let noting = |line| bad.borrow_mut().push(line);
    let kernel = match file {
        SymbolFile::Symvers(_) => {
            KernelSymbols::new(symvers(text).filter_map(|line| line.map_err(noting).ok()))
        }
        SymbolFile::SystemMap(_) => KernelSymbols::new(
            system_map(text, prefix).filter_map(|line| line.map_err(noting).ok()),
        ),
    };
    for line in bad.into_inner() {
        let number = line.number.to_string();
        let place = [file.path(), b":", number.as_bytes()].concat();
        match file {
            // kmod adds the text of whatever error happened last; commonly this one.
            SymbolFile::Symvers(_) => log.error(&[
                &place,
                b" Invalid symbol version ",
                line.text,
                b": No such file or directory",
            ]),
            SymbolFile::SystemMap(_) => log.error(&[&place, b": invalid line: ", line.text]),
        }
    }
    kernel
}
