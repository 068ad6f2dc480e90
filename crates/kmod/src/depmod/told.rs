//! Remarks of the planner, in kmod's words.

use kmodctl::decide::Problem;
use kmodctl::decide::depmod::{Cycles, Remark};

use super::find::unopened;
use crate::ended::Ended;
use crate::log::Log;
use crate::output::Output;
use crate::words::errno_text;

/// Tells remarks in their order.
pub(super) fn all(
    remarks: &[Remark],
    directory: &[u8],
    log: &Log,
    output: &mut Output,
) -> Result<(), Ended> {
    remarks.iter().try_for_each(|remark| one(remark, directory, log, output))
}

fn one(remark: &Remark, directory: &[u8], log: &Log, output: &mut Output) -> Result<(), Ended> {
    match remark {
        Remark::BadCharacter { byte, text } => log.warning(&[
            b"Module index: bad character '",
            &[*byte],
            format!("'=0x{byte:x} - only 7-bit ASCII is supported:\n").as_bytes(),
            text,
        ]),
        Remark::BuiltinLine { line } => log.error(&[b"Invalid modules.builtin line: ", line]),
        Remark::Damaged { path, problem } => {
            log.error(&[b"failed to load symbols from ", path, b": ", &reason(problem)]);
        }
        Remark::DeviceWithoutNumber { module, node } => log.error(&[
            b"Module '",
            module.as_bytes(),
            b"' has devname (",
            node,
            b") but lacks major and minor information. Ignoring.",
        ]),
        Remark::DuplicateAlias { alias, module } => {
            log.warning(&[b"duplicate module alias:\n", alias, b" ", module.as_bytes()]);
        }
        Remark::Needs { path, symbol, provider } => {
            output.write(&[path, b" needs \"", symbol, b"\": ", provider, b"\n"])?;
            return output.flush();
        }
        Remark::OtherVersion { path, symbol } => {
            log.warning(&[path, b" disagrees about version of symbol ", symbol]);
        }
        Remark::UnknownSymbol { path, symbol } => {
            log.warning(&[path, b" needs unknown symbol ", symbol]);
        }
        Remark::UnmatchedBracket { alias } => log.warning(&[b"Unmatched bracket in ", alias]),
        Remark::Unopened { name, errno } => unopened(name, *errno, directory, log),
    }
    Ok(())
}

/// kmod's text of the error number, and behind it what kmod does not say.
fn reason(problem: &Problem) -> Vec<u8> {
    let text = errno_text(problem.errno());
    match problem.detail() {
        Some(detail) => [&text, &b": "[..], detail.as_bytes()].concat(),
        None => text,
    }
}

/// Tells of cycles, which end it.
pub(super) fn cycles(cycles: &Cycles, log: &Log) -> Ended {
    for chain in &cycles.chains {
        let names: Vec<_> = chain.iter().map(|name| name.as_bytes()).collect();
        log.error(&[b"Cycle detected: ", &names.join(&b" -> "[..])]);
    }
    let modules = cycles.modules.to_string();
    log.error(&[b"Found ", modules.as_bytes(), b" modules in dependency cycles!"]);
    Ended::Failed
}
