//! The file of our own in the boot list: how its lines are written and read again, and how names come
//! into it and leave it. It is ours as a whole: a file that is not exactly what we write of it is
//! left alone.

use alloc::vec::Vec;

use kmodctl_format::{ModuleName, modules_load};

use super::check::{Standing, standing};
use crate::block::Hold;
use crate::diagnosis::Place;
use crate::file_change::FileChange;
use crate::inventory::{BootLine, Inventory};
use crate::problem::Problem;

/// Where the names are written.
pub const FILE: &str = "/etc/modules-load.d/kmodctl.conf";

const HEADING: &[u8] = b"\
# Written by kmodctl, which owns this file: use `kmodctl boot add` and `kmodctl boot remove`.
";

/// What is asked of the boot list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootRequest {
    /// The names, as they were spelled.
    pub names: Vec<Vec<u8>>,
    /// The path of the file of our own.
    pub path: Vec<u8>,
    /// What it holds now.
    pub current: Option<Vec<u8>>,
}

/// What becomes of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is built in everywhere and needs no line.
    BuiltIn,
    /// A line stands already.
    Listed(BootLine),
    /// It gets a line.
    New,
}

/// The change of the file, and what becomes of each name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// The change; none when the file is as it should be.
    pub change: Option<FileChange>,
    /// The names in the order in which they were asked for.
    pub names: Vec<(Vec<u8>, Added)>,
}

/// Plans to add names. The first world is the kernel that is meant, the others are those installed.
///
/// A name that the first one does not have is [`Problem::NotFound`], one that it keeps out
/// [`Problem::Blocked`].
pub fn add(worlds: &[&dyn Inventory], request: &BootRequest) -> Result<Addition, Problem> {
    let mut listed = read(&request.path, request.current.as_deref())?;
    let mut names = Vec::new();
    let Some((world, others)) = worlds.split_first() else {
        return Ok(Addition { change: None, names });
    };
    let lines = world.boot_lines();
    for name in &request.names {
        let added = match line_of(&lines, name) {
            Some(line) => Added::Listed(line.clone()),
            None => checked(*world, others, name)?,
        };
        if added == Added::New && !listed.iter().any(|known| is_same(known, name)) {
            listed.push(name.clone());
        }
        names.push((name.clone(), added));
    }
    let after = write(&listed);
    let change = FileChange::between(&request.path, request.current.as_deref(), after);
    Ok(Addition { change, names })
}

fn checked(
    world: &dyn Inventory,
    others: &[&dyn Inventory],
    name: &[u8],
) -> Result<Added, Problem> {
    match standing(world, name)? {
        Standing::Blocked(module, hold) => Err(blocked(world, module, &hold)),
        Standing::BuiltIn => {
            for other in others {
                if matches!(standing(*other, name)?, Standing::Modules(_)) {
                    return Ok(Added::New);
                }
            }
            Ok(Added::BuiltIn)
        }
        Standing::Modules(_) => Ok(Added::New),
        Standing::Malformed | Standing::Missing { .. } => Err(Problem::NotFound {
            query: name.to_vec(),
            directory: world.module_directory().to_vec(),
        }),
    }
}

/// The line that keeps a module out; the kernel command line is one line.
fn blocked(world: &dyn Inventory, module: ModuleName, hold: &Hold) -> Problem {
    let place = match hold {
        Hold::Blacklisted(origin) | Hold::Refused(origin) => Place::of(origin),
        Hold::Earlier(earlier) => {
            let line = world.configuration().install_line(earlier);
            line.and_then(|line| Place::of(&line.origin))
        }
    };
    let of_command_line = || Place::of_one_line(b"/proc/cmdline".to_vec(), 1);
    Problem::Blocked { module, place: place.unwrap_or_else(of_command_line) }
}

/// Plans to remove names.
///
/// A name of another file is [`Problem::LineForeign`], one of none [`Problem::NotListed`].
pub fn remove(world: &dyn Inventory, request: &BootRequest) -> Result<Option<FileChange>, Problem> {
    let mut listed = read(&request.path, request.current.as_deref())?;
    let lines = world.boot_lines();
    for name in &request.names {
        let before = listed.len();
        listed.retain(|known| !is_same(known, name));
        if listed.len() < before {
            continue;
        }
        return Err(match line_of(&lines, name) {
            Some(line) => Problem::LineForeign {
                name: name.clone(),
                place: line.file.clone().map(|file| Place::of_one_line(file, line.line)),
            },
            None => Problem::NotListed { name: name.clone() },
        });
    }
    Ok(FileChange::between(&request.path, request.current.as_deref(), write(&listed)))
}

fn line_of<'a>(lines: &'a [BootLine], name: &[u8]) -> Option<&'a BootLine> {
    lines.iter().find(|line| is_same(&line.name, name))
}

fn is_same(left: &[u8], right: &[u8]) -> bool {
    ModuleName::new(left) == ModuleName::new(right)
}

fn write(names: &[Vec<u8>]) -> Option<Vec<u8>> {
    let lines = names.iter().flat_map(|name| [name, &b"\n"[..]].concat());
    (!names.is_empty()).then(|| HEADING.iter().copied().chain(lines).collect())
}

fn read(path: &[u8], file: Option<&[u8]>) -> Result<Vec<Vec<u8>>, Problem> {
    let lines = modules_load::parse(file.unwrap_or_default());
    let names: Vec<_> = lines.map(|line| line.name.to_vec()).collect();
    match write(&names).as_deref() == file {
        true => Ok(names),
        false => Err(Problem::FileForeign { file: path.to_vec() }),
    }
}
