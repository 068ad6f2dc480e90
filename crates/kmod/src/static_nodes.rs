//! `kmod static-nodes`: the device nodes whose opening loads a module, from the running kernel's
//! `modules.devname`, for those who create them at boot.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use kmodctl::decide::Errno;
use kmodctl::format::devname::{self, DeviceNode, write_devname, write_human, write_tmpfiles};
use kmodctl::system::Place;

use crate::Invocation;
use crate::ended::Ended;
use crate::getopt::{Getopt, Row, flag, valued};
use crate::log::to_stderr;
use crate::output::Output;
use crate::words::errno_text;

const HELP: &[u8] = include_bytes!("help/static-nodes.txt");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Opt {
    Format,
    Help,
    Output,
}

const TABLE: [Row<Opt>; 3] = [
    valued(b'o', "output", Opt::Output),
    valued(b'f', "format", Opt::Format),
    flag(b'h', "help", Opt::Help),
];

/// Options of kmod's commands are not looked for behind an operand.
const STOPS_AT_OPERAND: bool = true;

/// Writes one node in a format.
type Format = fn(&DeviceNode, &mut Vec<u8>);

/// Runs `kmod static-nodes`.
pub(crate) fn run(invocation: Invocation, output: &mut Output) -> Result<(), Ended> {
    let (mut format, mut file): (Format, _) = (write_human, None);
    let mut getopt = Getopt::new(&TABLE, invocation.arguments, STOPS_AT_OPERAND);
    while let Some(met) = getopt.next() {
        match met {
            Ok((Opt::Format, name)) => match name.as_slice() {
                b"devname" => format = write_devname,
                b"human" => format = write_human,
                b"tmpfiles" => format = write_tmpfiles,
                other => {
                    to_stderr(&[b"Unknown format: '", other, b"'."]);
                    return output.write(&[HELP]).and(Err(Ended::Failed));
                }
            },
            Ok((Opt::Help, _)) => return output.write(&[HELP]),
            Ok((Opt::Output, path)) => file = Some(path),
            Err(complaint) => return Err(complaint.told(&invocation.name)),
        }
    }
    show(format, file.as_deref(), output)
}

fn show(format: Format, file: Option<&[u8]>, output: &mut Output) -> Result<(), Ended> {
    let source = Place::running().module_directory_file("modules.devname");
    let table = match read(&source) {
        Ok(table) => table,
        Err(Errno::ENOENT) => {
            to_stderr(&[b"Warning: ", &source, b" not found - ignoring"]);
            return Ok(());
        }
        Err(errno) => {
            to_stderr(&[b"Error: could not open ", &source, b" - ", &errno_text(errno)]);
            return Err(Ended::Failed);
        }
    };
    let file = file.map(create).transpose()?;
    let (text, failed) = converted(&table, format);
    match file {
        None => output.write(&[&text])?,
        // A full disk is no failure for kmod either.
        Some(mut file) => drop(file.write_all(&text)),
    }
    Ended::if_failed(failed)
}

/// A directory has no nodes, as for kmod.
fn read(path: &[u8]) -> Result<Vec<u8>, Errno> {
    match fs::read(OsStr::from_bytes(path)) {
        Ok(table) => Ok(table),
        Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Ok(Vec::new()),
        Err(error) => Err(errno(&error)),
    }
}

/// Creates a file and the directories that lead to it.
fn create(file: &[u8]) -> Result<File, Ended> {
    let path = Path::new(OsStr::from_bytes(file));
    let failed = |what: &[u8], error: &std::io::Error, end: &[u8]| {
        to_stderr(&[
            b"Error: could not create ",
            what,
            file,
            b" - ",
            &errno_text(errno(error)),
            end,
        ]);
        Ended::Failed
    };
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent)
            .map_err(|error| failed(b"parent directory for ", &error, b"."))?;
    }
    File::create(path).map_err(|error| failed(b"", &error, b""))
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EINVAL, Errno)
}

/// All nodes in a format, and whether there was a line that is no node.
fn converted(table: &[u8], format: Format) -> (Vec<u8>, bool) {
    let (mut text, mut failed) = (Vec::new(), false);
    for node in devname::parse(table) {
        match node {
            Ok(node) => format(&node, &mut text),
            Err(line) => {
                to_stderr(&[b"Error: invalid devname entry: ", line]);
                failed = true;
            }
        }
    }
    (text, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVNAME: &str =
        "# comment\nfuse fuse c10:229\n x snd/b b7:0 extra\nbad\nq q c1\nw w d1:2\n\nn n c-1:5\n";

    #[test]
    fn nodes_are_written_in_each_format() {
        let table: [(Format, &str); 3] = [
            (
                write_human,
                "Module: fuse\n\tDevice node: /dev/fuse\n\t\tType: character device\n\t\tMajor: \
                 10\n\t\tMinor: 229\nModule: x\n\tDevice node: /dev/snd/b\n\t\tType: block \
                 device\n\t\tMajor: 7\n\t\tMinor: 0\nModule: n\n\tDevice node: /dev/n\n\t\tType: character \
                 device\n\t\tMajor: 4294967295\n\t\tMinor: 5\n",
            ),
            (
                write_tmpfiles,
                "c! /dev/fuse 0600 - - - 10:229\nd /dev/snd 0755 - - -\nb! /dev/snd/b 0600 - - - \
                 7:0\nc! /dev/n 0600 - - - 4294967295:5\n",
            ),
            (write_devname, "fuse fuse c10:229\nx snd/b b7:0\nn n c4294967295:5\n"),
        ];
        for (format, expected) in table {
            let (text, failed) = converted(DEVNAME.as_bytes(), format);
            assert_eq!(String::from_utf8(text).unwrap(), expected);
            assert!(failed);
        }
    }

    #[test]
    fn the_page_has_every_option() {
        crate::manual::assert_page_has("kmod.8", Some("Of kmod static-nodes"), &TABLE);
    }
}
