//! PKCS#7 (CMS) messages: what the first signer's entry tells. Only what modinfo shows is looked
//! at; certificates serve to find a name, not to check anything.
//!
//! Source: RFC 5652, chapter 5; RFC 5280, chapter 4.1.

use super::Fields;
use super::der::{Elements, tag};
use super::object_identifier::{
    COMMON_NAME, SIGNED_DATA, SUBJECT_KEY_IDENTIFIER, algorithm, hash_name,
};
use alloc::vec::Vec;

/// What a message tells of its first signer; nothing when it is not signed data or is cut off.
pub(super) fn fields(message: &[u8]) -> Option<Fields> {
    let (certificates, mut signer_info) = first_signer(message)?;
    signer_info.optional(tag::INTEGER)?;
    let (signer, key_id) = match signer_info.within(tag::SEQUENCE) {
        Some(issuer_and_serial) => by_issuer_and_serial(issuer_and_serial)?,
        None => {
            let key_id = signer_info.optional(tag::PRIMITIVE_0)?;
            let certificate = certificates.filter_map(|element| Certificate::read(element.content));
            let mut matching = certificate.filter(|found| found.key_id == Some(key_id));
            (
                matching.next().map(|found| found.subject.to_vec()).unwrap_or_default(),
                key_id.to_vec(),
            )
        }
    };
    let hash = signer_info.within(tag::SEQUENCE)?.optional(tag::OBJECT_IDENTIFIER)?;
    signer_info.optional(tag::CONSTRUCTED_0);
    let key = signer_info.within(tag::SEQUENCE)?.optional(tag::OBJECT_IDENTIFIER)?;
    let bytes = signer_info.optional(tag::OCTET_STRING)?.to_vec();
    let (hash, algorithm) = (hash_name(hash)?.into(), algorithm(key)?);
    Some(Fields { signer, key_id, hash, algorithm, bytes })
}

/// The certificates within a message, and the fields of its first `SignerInfo`.
fn first_signer(message: &[u8]) -> Option<(Elements<'_>, Elements<'_>)> {
    let mut content_info = Elements(message).within(tag::SEQUENCE)?;
    if content_info.optional(tag::OBJECT_IDENTIFIER)? != SIGNED_DATA {
        return None;
    }
    let mut signed_data = content_info.within(tag::CONSTRUCTED_0)?.within(tag::SEQUENCE)?;
    signed_data.optional(tag::INTEGER)?;
    signed_data.optional(tag::SET)?;
    signed_data.optional(tag::SEQUENCE)?;
    let certificates = signed_data.within(tag::CONSTRUCTED_0).unwrap_or(Elements(&[]));
    signed_data.optional(tag::CONSTRUCTED_1);
    Some((certificates, signed_data.within(tag::SET)?.within(tag::SEQUENCE)?))
}

fn by_issuer_and_serial(mut fields: Elements<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let issuer = name(fields.within(tag::SEQUENCE)?)?;
    Some((issuer.to_vec(), magnitude(fields.optional(tag::INTEGER)?)))
}

/// The first common name in a distinguished name; without one, its last attribute of any kind.
fn name(distinguished_name: Elements<'_>) -> Option<&[u8]> {
    let mut last: &[u8] = &[];
    for set in distinguished_name {
        for attribute in Elements(set.content) {
            let mut attribute = Elements(attribute.content);
            let kind = attribute.optional(tag::OBJECT_IDENTIFIER)?;
            last = attribute.next()?.content;
            if kind == COMMON_NAME {
                return Some(last);
            }
        }
    }
    Some(last)
}

/// A number's digits without its sign and without leading zeros, big-endian.
fn magnitude(integer: &[u8]) -> Vec<u8> {
    let mut digits = integer.to_vec();
    if integer.first().is_some_and(|first| first & 0x80 != 0) {
        let mut carry = true;
        for digit in digits.iter_mut().rev() {
            (*digit, carry) = (!*digit).overflowing_add(u8::from(carry));
        }
    }
    let start = digits.iter().position(|&digit| digit != 0).unwrap_or(digits.len());
    digits.split_off(start)
}

/// What is wanted of a certificate: whose key it holds, and that key's identifier.
struct Certificate<'a> {
    subject: &'a [u8],
    key_id: Option<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Reads the content of a certificate's outer sequence.
    fn read(content: &'a [u8]) -> Option<Self> {
        let mut fields = Elements(content).within(tag::SEQUENCE)?;
        fields.optional(tag::CONSTRUCTED_0);
        fields.optional(tag::INTEGER)?;
        let [_algorithm, _issuer, _validity] = [(); 3].map(|()| fields.optional(tag::SEQUENCE));
        let subject = name(fields.within(tag::SEQUENCE)?)?;
        let extensions = fields.find(|field| field.tag == tag::CONSTRUCTED_3)?;
        let extensions = Elements(extensions.content).within(tag::SEQUENCE)?;
        let key_id = extensions.filter_map(|found| key_identifier(found.content)).next();
        Some(Self { subject, key_id })
    }
}

/// The key's identifier, if that is what an extension holds.
fn key_identifier(extension: &[u8]) -> Option<&[u8]> {
    let mut fields = Elements(extension);
    if fields.optional(tag::OBJECT_IDENTIFIER)? != SUBJECT_KEY_IDENTIFIER {
        return None;
    }
    let value = fields.find(|field| field.tag == tag::OCTET_STRING)?;
    Elements(value.content).optional(tag::OCTET_STRING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Algorithm;

    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, &content].concat()
    }

    const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    const ORGANISATION: &[u8] = &[0x55, 4, 10];

    fn attribute(kind: &[u8], value: &[u8]) -> Vec<u8> {
        let pair = element(tag::SEQUENCE, &[&element(6, &[kind]), &element(0x0c, &[value])]);
        element(tag::SET, &[&pair])
    }

    fn signer_info(signer: &[u8]) -> Vec<u8> {
        let algorithm = |identifier| element(tag::SEQUENCE, &[&element(6, &[identifier]), &[5, 0]]);
        let attributes = element(0xa0, &[&element(tag::SEQUENCE, &[b""])]);
        let (hash, key, bytes) = (algorithm(SHA256), algorithm(RSA), element(4, &[b"SIGN"]));
        element(tag::SEQUENCE, &[&[2, 1, 1], signer, &hash, &attributes, &key, &bytes])
    }

    fn message(certificates: &[u8], signer_infos: &[u8]) -> Vec<u8> {
        let (algorithms, infos) = (element(tag::SET, &[]), element(tag::SET, &[signer_infos]));
        let signed_data = element(
            tag::SEQUENCE,
            &[&[2, 1, 1], &algorithms, &element(tag::SEQUENCE, &[]), certificates, &infos],
        );
        let content = element(0xa0, &[&signed_data]);
        element(tag::SEQUENCE, &[&element(6, &[SIGNED_DATA]), &content])
    }

    fn by_issuer(attributes: &[&[u8]], serial: &[u8]) -> Vec<u8> {
        let issuer = element(tag::SEQUENCE, attributes);
        element(tag::SEQUENCE, &[&issuer, &element(2, &[serial])])
    }

    fn certificate(key_id: &[u8]) -> Vec<u8> {
        let empty = element(tag::SEQUENCE, &[]);
        let subject = element(tag::SEQUENCE, &[&attribute(COMMON_NAME, b"Holder")]);
        let value = element(4, &[&element(4, &[key_id])]);
        let extension = element(tag::SEQUENCE, &[&element(6, &[SUBJECT_KEY_IDENTIFIER]), &value]);
        let extensions = element(0xa3, &[&element(tag::SEQUENCE, &[&extension])]);
        let version = element(0xa0, &[&[2, 1, 2]]);
        let fields =
            [&version[..], &[2, 1, 9], &empty, &empty, &empty, &subject, &empty, &extensions];
        element(tag::SEQUENCE, &[&element(tag::SEQUENCE, &fields)])
    }

    fn told(message: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let fields = fields(message)?;
        assert_eq!((&fields.hash[..], fields.algorithm), (&b"sha256"[..], Algorithm::Rsa));
        assert_eq!(fields.bytes, b"SIGN");
        Some((fields.signer, fields.key_id))
    }

    #[test]
    fn the_issuers_first_common_name_and_the_serial_number_are_told() {
        let organisation = attribute(ORGANISATION, b"Some Inc");
        let (first, second) = (attribute(COMMON_NAME, b"First"), attribute(COMMON_NAME, b"Second"));
        type Row<'a> = (&'a [&'a [u8]], &'a [u8], &'a [u8], &'a [u8]);
        let table: [Row<'_>; 6] = [
            (&[&organisation, &first, &second], b"\x05", b"First", b"\x05"),
            (&[&organisation], b"\0\xff\0", b"Some Inc", b"\xff\0"),
            (&[], b"\0", b"", b""),
            (&[&first, &organisation], b"\x80\xff\0", b"First", b"\x7f\x01\0"),
            (&[&first], b"\xff", b"First", b"\x01"),
            (&[&first], b"\x80\0", b"First", b"\x80\0"),
        ];
        for (attributes, serial, signer, key_id) in table {
            let message = message(&[], &signer_info(&by_issuer(attributes, serial)));
            assert_eq!(told(&message), Some((signer.to_vec(), key_id.to_vec())));
        }
    }

    #[test]
    fn a_key_identifier_is_told_and_names_its_certificates_holder() {
        let info = signer_info(&element(0x80, &[b"KEY"]));
        let (other, own) = (certificate(b"OTHER"), certificate(b"KEY"));
        let table: [(&[u8], &[u8]); 3] = [
            (&[], b""),
            (&element(0xa0, &[&other]), b""),
            (&element(0xa0, &[&[5, 0], &other, &own]), b"Holder"),
        ];
        for (certificates, signer) in table {
            let expected = (signer.to_vec(), b"KEY".to_vec());
            assert_eq!(told(&message(certificates, &info)), Some(expected));
        }
    }

    #[test]
    fn the_first_of_several_signers_is_told() {
        let first = signer_info(&by_issuer(&[&attribute(COMMON_NAME, b"One")], b"\x01"));
        let second = signer_info(&by_issuer(&[&attribute(COMMON_NAME, b"Two")], b"\x02"));
        let both = message(&[], &[first, second].concat());
        assert_eq!(told(&both), Some((b"One".to_vec(), b"\x01".to_vec())));
    }

    #[test]
    fn a_message_cut_off_anywhere_tells_nothing() {
        let whole = message(&[], &signer_info(&by_issuer(&[], b"\x01")));
        for length in 0..whole.len() {
            assert!(fields(&whole[..length]).is_none(), "{length}");
        }
        assert!(fields(&message(&[], b"")).is_none());
    }
}
