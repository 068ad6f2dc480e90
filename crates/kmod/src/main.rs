//! modprobe, insmod, rmmod, lsmod, modinfo, depmod and kmod: one binary, and the name it is called by says
//! which tool it is. Each tool turns its arguments into a request and shows what comes of it; what
//! should be done is known in `kmodctl::decide`, and `kmodctl::system` does it.

mod complaints;
mod depmod;
mod ended;
mod getopt;
mod insmod;
mod kmod_command;
mod log;
mod lsmod;
#[cfg(test)]
mod manual;
mod modinfo;
mod modprobe;
mod output;
mod path;
mod problems;
mod rmmod;
mod static_nodes;
mod stderr;
mod version;
mod words;

use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

use ended::Ended;
use output::Output;

/// A tool: from its command line to what it shows.
type Tool = fn(Invocation, &mut Output) -> Result<(), Ended>;

/// A command line.
struct Invocation {
    /// The name by which the binary was called, as it was typed.
    name: Vec<u8>,
    /// What follows the name.
    arguments: Vec<Vec<u8>>,
}

fn main() -> ExitCode {
    let mut words = std::env::args_os().map(OsStringExt::into_vec);
    let name = words.next().unwrap_or_default();
    let Some(tool) = tool(&name) else {
        return Ended::exit_code(Err(Ended::Failed));
    };
    let mut output = Output::default();
    let ended = tool(Invocation { name, arguments: words.collect() }, &mut output);
    Ended::exit_code(output.flush().and(ended))
}

/// The tool of exactly this name; kmod says nothing when it is called by any other.
fn tool(name: &[u8]) -> Option<Tool> {
    let start = name.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    Some(match &name[start..] {
        b"depmod" => depmod::run,
        b"insmod" => insmod::run,
        b"kmod" => kmod_command::run,
        b"lsmod" => lsmod::run,
        b"modinfo" => modinfo::run,
        b"modprobe" => modprobe::run,
        b"rmmod" => rmmod::run,
        _ => return None,
    })
}
