//! What the kernel's messages say of a refusal.

use alloc::vec::Vec;

use kmodctl_format::ModuleName;
use kmodctl_format::kernel_log::Message;

use super::exporter::{missing, owners};
use super::lines::line_of_option;
use super::{Difference, Refusal};
use crate::world::World;

/// The parameters that the kernel passed over, of one module.
pub fn ignored_parameters<'a>(
    module: &'a ModuleName,
    messages: &'a [Message],
) -> impl Iterator<Item = &'a [u8]> {
    messages.iter().filter_map(move |message| match message {
        Message::UnknownParameter { module: of, parameter } if of == module => {
            Some(parameter.as_slice())
        }
        _ => None,
    })
}

/// The files of firmware that were asked for and are not there, each with the driver that asked.
pub fn missing_firmware(messages: &[Message]) -> impl Iterator<Item = (&[u8], &[u8])> {
    messages.iter().filter_map(|message| match message {
        Message::FirmwareMissing { driver, file } => Some((driver.as_slice(), file.as_slice())),
        _ => None,
    })
}

pub(super) fn refusal(
    world: &dyn World,
    module: &ModuleName,
    messages: &[Message],
) -> Option<Refusal> {
    let missing: Vec<_> = messages
        .iter()
        .filter_map(|message| match message {
            Message::UnknownSymbol { module: of, symbol } if of == module => {
                Some(missing(world, module, symbol))
            }
            _ => None,
        })
        .collect();
    // What the kernel says last is what made it give up.
    let last = messages.iter().rev().find_map(|message| of_message(world, module, message));
    last.or_else(|| (!missing.is_empty()).then_some(Refusal::SymbolsMissing(missing)))
}

fn of_message(world: &dyn World, module: &ModuleName, message: &Message) -> Option<Refusal> {
    Some(match message {
        Message::Blacklisted { module: of } if of == module => Refusal::Blacklisted,
        Message::DisagreesAboutSymbol { module: of, symbol } if of == module => {
            Refusal::SymbolVersion { symbol: symbol.clone(), owners: owners(world, symbol) }
        }
        Message::DuplicateSymbol { module: of, symbol, owner } if of == module => {
            Refusal::SymbolTaken { symbol: symbol.clone(), owner: owner.clone() }
        }
        Message::InvalidParameter { module: of, parameter, value } if of == module => {
            let line = line_of_option(world.configuration(), module, parameter);
            Refusal::ParameterValue { parameter: parameter.clone(), value: value.clone(), line }
        }
        Message::SignatureRefused(refused) => Refusal::Signature(*refused),
        Message::Vermagic { module: of, found, wanted } if of == module => {
            Refusal::Vermagic { differences: differences(found, wanted) }
        }
        _ => return None,
    })
}

/// Compares two version magics: a release, and words of which each is there or not.
fn differences(found: &[u8], wanted: &[u8]) -> Vec<Difference> {
    let words = |text: &[u8]| -> Vec<Vec<u8>> {
        let words = text.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        words.map(<[u8]>::to_vec).collect()
    };
    let (found, wanted) = (words(found), words(wanted));
    let mut differences = Vec::new();
    if found.first() != wanted.first() {
        differences.push(Difference::Release {
            found: found.first().cloned().unwrap_or_default(),
            wanted: wanted.first().cloned().unwrap_or_default(),
        });
    }
    let only = |these: &[Vec<u8>], those: &[Vec<u8>]| -> Vec<Vec<u8>> {
        these.iter().skip(1).filter(|word| !those.contains(word)).cloned().collect()
    };
    differences.extend(only(&found, &wanted).into_iter().map(Difference::Has));
    differences.extend(only(&wanted, &found).into_iter().map(Difference::Lacks));
    differences
}
