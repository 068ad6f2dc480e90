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
/// No more bytes are kept of an image's configuration, and no more of its indexes: what they say
/// takes ten times the room. Those of a distribution have 100 KB and 6 MB.
pub(super) const CONFIGURATION_LIMIT: usize = 4 << 20;
const INDEX_LIMIT: usize = 24 << 20;
/// What a program is stands in its first bytes, as far as these.
const PROGRAM_LIMIT: usize = 8 << 20;
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
    configuration_bytes: usize,
    index_bytes: usize,
    unpacked: u64,
    /// The file whose content comes next, if it is to be kept.
    current: Option<(Interest, Vec<u8>, ImageFile)>,
}

impl Keeper {
    fn count(&mut self, bytes: usize) -> Result<(), ImageFault> {
        self.unpacked += bytes as u64;
        let fits = self.unpacked <= UNPACKED_LIMIT;
        if fits { Ok(()) } else { Err(ImageFault::Unpack(UnpackFault::TooLarge)) }
    }

    fn push(&mut self, reader: &mut Reader, bytes: &[u8]) -> Result<usize, ImageFault> {
        let taken = reader.push(bytes, &mut |event| self.meet(event));
        if self.is_full() {
            return Err(ImageFault::Unpack(UnpackFault::TooLarge));
        }
        taken.map_err(ImageFault::Archive)
    }

    fn is_full(&self) -> bool {
        self.configuration_bytes > CONFIGURATION_LIMIT
            || self.index_bytes > INDEX_LIMIT
            || self.kept.len() > NAMES_LIMIT
    }

    fn meet(&mut self, event: Event<'_>) {
        match event {
            Event::Entry(entry) => self.current = file_of(entry),
            Event::Content(bytes) => self.content(bytes),
            Event::EndOfEntry => {
                if let Some((_, path, file)) = self.current.take() {
                    self.kept.insert(path, file);
                }
            }
        }
    }

    fn content(&mut self, bytes: &[u8]) {
        let is_full = self.is_full();
        let Some((interest, _, file)) = &mut self.current else { return };
        let counted = match interest {
            // Where a link leads is one of the few lines.
            _ if file.is_link => &mut self.configuration_bytes,
            Interest::Configuration => &mut self.configuration_bytes,
            Interest::Index => &mut self.index_bytes,
            Interest::Program if file.content.len() + bytes.len() <= PROGRAM_LIMIT => {
                file.content.extend_from_slice(bytes);
                return;
            }
            Interest::Name | Interest::Program => return,
        };
        *counted += bytes.len();
        if !is_full {
            file.content.extend_from_slice(bytes);
        }
    }
}

fn file_of(entry: &Entry) -> Option<(Interest, Vec<u8>, ImageFile)> {
    let path = plain(&entry.path);
    let interest = is_of_interest(path)?;
    let file = ImageFile { content: Vec::new(), is_link: entry.is_link() };
    (entry.is_file() || entry.is_link()).then(|| (interest, path.to_vec(), file))
}
