//! Reads one image: its parts are unpacked as streams, and only the few files that say something
//! about modules are kept.

use std::collections::BTreeMap;

use kmodctl_decide::image::{ImageFile, Interest, is_of_interest, plain};
use kmodctl_decide::problem::UnpackFault;
use kmodctl_decide::{Errno, ImageFault};
use kmodctl_format::ReadError;
use kmodctl_format::cpio::{Entry, Event, Reader};
use kmodctl_format::initramfs::{MAGIC_LENGTH, Packing, Part, part};
use kmodctl_format::portable_executable::{is_executable, section};

use super::input::Input;
use super::unpack::unpack;
use crate::file::RangedFile;

/// The files of an image that were kept, by their plain paths.
pub(super) type Kept = BTreeMap<Vec<u8>, ImageFile>;

/// No image unpacks to more bytes; a large one of a distribution has 400 MB.
const UNPACKED_LIMIT: u64 = 4 << 30;
/// No more bytes and no more names are kept of an image.
pub(super) const KEPT_LIMIT: usize = 64 << 20;
const NAMES_LIMIT: usize = 200_000;

/// Reads the image at a path: an initramfs, or a unified kernel image that has one.
pub(super) fn read_file(path: &[u8]) -> Result<Kept, ImageFault> {
    let file = RangedFile::open(path).map_err(ImageFault::Errno)?;
    let mut start = [0; 2];
    let length = file.read_up_to(0, &mut start).map_err(ImageFault::Errno)?;
    if !is_executable(&start[..length]) {
        return read(Input::whole(file));
    }
    match section(&file, b".initrd") {
        Ok(Some(section)) => read(Input::part(file, section.offset, section.length)),
        Ok(None) => Ok(Kept::new()),
        Err(ReadError::Beyond) => Err(ImageFault::NoImage(0)),
        Err(ReadError::Io(errno)) => Err(ImageFault::Errno(Errno(errno))),
    }
}

/// Reads an image that is in memory.
pub(super) fn read_bytes(bytes: &[u8]) -> Result<Kept, ImageFault> {
    read(Input::bytes(bytes))
}

fn read(mut input: Input<'_>) -> Result<Kept, ImageFault> {
    let mut keeper = Keeper::default();
    while let Some(start) = input.peek(MAGIC_LENGTH)? {
        match part(start) {
            Part::Padding => input.skip_nuls()?,
            Part::Archive => archive(&mut input, &mut keeper)?,
            Part::Packed(packing) => packed(&mut input, packing, &mut keeper)?,
            Part::Unknown => return Err(ImageFault::NoImage(input.offset())),
        }
    }
    Ok(keeper.kept)
}

/// Reads one archive that is not compressed.
fn archive(input: &mut Input<'_>, keeper: &mut Keeper) -> Result<(), ImageFault> {
    let mut reader = Reader::new();
    while !reader.has_ended() {
        let Some(bytes) = input.peek(1)? else { break };
        let taken = keeper.push(&mut reader, bytes)?;
        input.pass(taken);
    }
    reader.cut_off().map_or(Ok(()), |damage| Err(ImageFault::Archive(damage)))
}

/// Reads the archives of a compressed part: one as a rule, and NULs between and behind them.
fn packed(input: &mut Input<'_>, packing: Packing, keeper: &mut Keeper) -> Result<(), ImageFault> {
    let mut reader: Option<Reader> = None;
    unpack(input, packing, &mut |mut bytes: &[u8]| {
        keeper.count(bytes.len())?;
        while !bytes.is_empty() {
            if reader.is_none() {
                let nuls = bytes.iter().take_while(|&&byte| byte == 0).count();
                bytes = &bytes[nuls..];
                if bytes.is_empty() {
                    break;
                }
            }
            let current = reader.get_or_insert_with(Reader::new);
            let taken = keeper.push(current, bytes)?;
            bytes = &bytes[taken..];
            if current.has_ended() {
                reader = None;
            }
        }
        Ok(())
    })?;
    let left = reader.and_then(|reader| reader.cut_off());
    left.map_or(Ok(()), |damage| Err(ImageFault::Archive(damage)))
}

/// Keeps what is of interest.
#[derive(Default)]
struct Keeper {
    kept: Kept,
    kept_bytes: usize,
    unpacked: u64,
    /// The file whose content comes next, if it is to be kept.
    current: Option<(Vec<u8>, ImageFile)>,
    is_full: bool,
}

impl Keeper {
    fn count(&mut self, bytes: usize) -> Result<(), ImageFault> {
        self.unpacked += bytes as u64;
        if self.unpacked > UNPACKED_LIMIT {
            Err(ImageFault::Unpack(UnpackFault::TooLarge))
        } else {
            Ok(())
        }
    }

    fn push(&mut self, reader: &mut Reader, bytes: &[u8]) -> Result<usize, ImageFault> {
        let taken = reader.push(bytes, &mut |event| self.meet(event));
        if self.is_full {
            return Err(ImageFault::Unpack(UnpackFault::TooLarge));
        }
        taken.map_err(ImageFault::Archive)
    }

    fn meet(&mut self, event: Event<'_>) {
        match event {
            Event::Entry(entry) => self.current = file_of(entry),
            Event::Content(bytes) => {
                let Some((path, file)) = &mut self.current else { return };
                let by_name = is_of_interest(path) == Some(Interest::Name) && !file.is_link;
                if !by_name && !self.is_full {
                    self.kept_bytes += bytes.len();
                    file.content.extend_from_slice(bytes);
                }
            }
            Event::EndOfEntry => {
                if let Some((path, file)) = self.current.take() {
                    self.kept.insert(path, file);
                }
            }
        }
        self.is_full |= self.kept_bytes > KEPT_LIMIT || self.kept.len() > NAMES_LIMIT;
    }
}

fn file_of(entry: &Entry) -> Option<(Vec<u8>, ImageFile)> {
    let path = plain(&entry.path);
    is_of_interest(path)?;
    let file = ImageFile { content: Vec::new(), is_link: entry.is_link() };
    (entry.is_file() || entry.is_link()).then(|| (path.to_vec(), file))
}
