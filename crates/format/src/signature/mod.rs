//! The signature appended to a module: who signed it, with which key and how. It checks nothing:
//! whether a signature is good is the kernel's to say.

mod der;
mod object_identifier;
mod pkcs7;

use crate::hex::colon_pairs;
use crate::read_at::{ReadAt, ReadError};
use alloc::vec;
use alloc::vec::Vec;

/// The signature that was found at the end of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The kind of message it is.
    pub kind: Kind,
    /// The signer's name, up to its first NUL; empty when the message tells none.
    pub signer: Vec<u8>,
    /// What names the key: the serial number of its certificate, big-endian, or its identifier.
    pub key_id: Vec<u8>,
    /// The name of the hash as kmod prints it, or its object identifier in dotted form; empty when
    /// the message could not be decoded (kmod then shows nothing of the signature).
    pub hash: Vec<u8>,
    /// The kind of key that signed; nothing when the message could not be decoded.
    pub algorithm: Option<Algorithm>,
    /// The signature proper.
    pub bytes: Vec<u8>,
    /// How many bytes at the file's end are not the module: message, trailer and marker.
    pub appended: u64,
}

/// The kind of message that carries a signature (`enum pkey_id_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The kernel's own form, with a PGP key.
    Pgp,
    /// A PKCS#7 (CMS) message, the only form that today's kernels accept.
    Pkcs7,
    /// The kernel's own form, with an X.509 key.
    X509,
}

/// The kind of key that made a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// DSA.
    Dsa,
    /// ECDSA over any curve.
    Ecdsa,
    /// GOST R 34.10.
    Ecrdsa,
    /// Ed25519 or Ed448.
    Eddsa,
    /// ML-DSA, any of its three sizes.
    MlDsa,
    /// One that is not known here.
    Other,
    /// RSA with PKCS#1 v1.5 padding.
    Rsa,
    /// RSA with PSS padding.
    RsaPss,
    /// SM2.
    Sm2,
}

impl Kind {
    /// The name modinfo prints as `sig_id`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pgp => "PGP",
            Self::Pkcs7 => "PKCS#7",
            Self::X509 => "X509",
        }
    }
}

impl Signature {
    /// The fields as modinfo shows them, each with its key; none of one that could not be decoded.
    pub fn entries(&self) -> Vec<(&'static str, Vec<u8>)> {
        if self.algorithm.is_none() {
            return Vec::new();
        }
        vec![
            ("sig_id", self.kind.name().into()),
            ("signer", self.signer.clone()),
            ("sig_key", colon_pairs(&self.key_id)),
            ("sig_hashalgo", self.hash.clone()),
            ("signature", colon_pairs(&self.bytes)),
        ]
    }
}

/// The signature appended to an uncompressed module; nothing when there is none or its trailer is
/// odd.
///
/// Shape, from the end back: the marker; a trailer of 12 bytes (algorithm, hash, kind, length of
/// the signer's name, length of the key id, three bytes unused, length of the message as a
/// big-endian u32); the message; the key id; the signer's name.
/// Source: `include/linux/module_signature.h`, `Documentation/admin-guide/module-signing.rst`.
pub fn read<R: ReadAt + ?Sized>(source: &R) -> Result<Option<Signature>, ReadError> {
    let Some(before_end) = source.length().checked_sub(END as u64) else { return Ok(None) };
    let mut end = [0; END];
    source.read_at(before_end, &mut end)?;
    let Some(trailer) = Trailer::read(&end) else { return Ok(None) };
    let Some(start) = before_end.checked_sub(trailer.total()) else { return Ok(None) };
    let Ok(size) = usize::try_from(trailer.total()) else { return Ok(None) };
    let mut bytes = vec![0; size];
    source.read_at(start, &mut bytes)?;
    Ok(Some(trailer.signature(&bytes)))
}

const MARKER: &[u8] = b"~Module signature appended~\n";
const END: usize = 12 + MARKER.len();

struct Trailer {
    algorithm: u8,
    hash: &'static str,
    kind: Kind,
    signer_length: u8,
    key_id_length: u8,
    message_length: u32,
}

impl Trailer {
    fn read(end: &[u8; END]) -> Option<Self> {
        if &end[12..] != MARKER || end[0] >= 2 {
            return None;
        }
        let kind = *[Kind::Pgp, Kind::X509, Kind::Pkcs7].get(usize::from(end[2]))?;
        let message_length = u32::from_be_bytes([end[8], end[9], end[10], end[11]]);
        (message_length != 0).then_some(())?;
        Some(Self {
            algorithm: end[0],
            hash: HASHES.get(usize::from(end[1]))?,
            kind,
            signer_length: end[3],
            key_id_length: end[4],
            message_length,
        })
    }

    fn total(&self) -> u64 {
        u64::from(self.message_length)
            + u64::from(self.signer_length)
            + u64::from(self.key_id_length)
    }

    /// Takes apart the signer's name, the key id and the message, which stand in that order.
    fn signature(&self, bytes: &[u8]) -> Signature {
        let (signer, rest) = bytes.split_at(usize::from(self.signer_length).min(bytes.len()));
        let (key_id, message) = rest.split_at(usize::from(self.key_id_length).min(rest.len()));
        let algorithm = if self.algorithm == 0 { Algorithm::Dsa } else { Algorithm::Rsa };
        let fields = match self.kind {
            Kind::Pkcs7 => pkcs7::fields(message),
            Kind::Pgp | Kind::X509 => Some(Fields {
                signer: signer.to_vec(),
                key_id: key_id.to_vec(),
                hash: self.hash.into(),
                algorithm,
                bytes: message.to_vec(),
            }),
        };
        self.with(fields)
    }

    fn with(&self, fields: Option<Fields>) -> Signature {
        let (kind, appended) = (self.kind, self.total() + END as u64);
        let Some(Fields { mut signer, key_id, hash, algorithm, bytes }) = fields else {
            let (signer, key_id, hash, bytes) = Default::default();
            return Signature { kind, signer, key_id, hash, algorithm: None, bytes, appended };
        };
        signer.truncate(signer.iter().position(|&byte| byte == 0).unwrap_or(signer.len()));
        let algorithm = Some(algorithm);
        Signature { kind, signer, key_id, hash, algorithm, bytes, appended }
    }
}

/// The hashes of the kernel's own form, by number (`include/uapi/linux/hash_info.h`).
const HASHES: [&str; 9] =
    ["md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sm3"];

/// What a message tells.
struct Fields {
    signer: Vec<u8>,
    key_id: Vec<u8>,
    hash: Vec<u8>,
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(numbers: [u8; 5], message_length: u32) -> Vec<u8> {
        [&numbers[..], &[0; 3], &message_length.to_be_bytes(), MARKER].concat()
    }

    #[test]
    fn the_kernels_own_form_is_taken_apart() {
        let file = [&b"module"[..], b"Some\0Name", b"\x01\x02", b"SIG", &end([1, 3, 0, 9, 2], 3)];
        let expected = Signature {
            kind: Kind::Pgp,
            signer: b"Some".to_vec(),
            key_id: b"\x01\x02".to_vec(),
            hash: b"rmd160".to_vec(),
            algorithm: Some(Algorithm::Rsa),
            bytes: b"SIG".to_vec(),
            appended: 54,
        };
        assert_eq!(read(&file.concat()[..]), Ok(Some(expected)));
    }

    #[test]
    fn odd_trailers_are_no_signature() {
        let table = [
            ([0, 0, 0, 0, 0], 3, true),
            ([2, 0, 0, 0, 0], 3, false),
            ([0, 8, 0, 0, 0], 3, true),
            ([0, 9, 0, 0, 0], 3, false),
            ([0, 0, 1, 0, 0], 3, true),
            ([0, 0, 3, 0, 0], 3, false),
            ([0, 0, 0, 0, 0], 0, false),
            ([0, 0, 0, 0, 0], u32::MAX, false),
            ([0, 0, 0, 255, 255], u32::MAX, false),
        ];
        for (numbers, length, is_signature) in table {
            let file = [&b"module"[..], &end(numbers, length)].concat();
            let found = read(&file[..]).unwrap().is_some();
            assert_eq!(found, is_signature, "{numbers:?} {length}");
        }
        assert_eq!(read(&b""[..]), Ok(None));
        assert_eq!(read(MARKER), Ok(None));
    }

    /// The lengths are to fit before the trailer, not merely before the marker.
    #[test]
    fn lengths_around_the_trailers_start_do_not_underflow() {
        let body = [b'x'; 40];
        for total in body.len() - 12..=body.len() + 12 {
            for in_names in [0, 7, 20] {
                let message = u32::try_from(total - in_names).unwrap();
                let numbers = [0, 0, 1, u8::try_from(in_names).unwrap(), 0];
                let file = [&body[..], &end(numbers, message)].concat();
                let appended = read(&file[..]).unwrap().map(|signature| signature.appended);
                let expected = (total <= body.len()).then_some((total + END) as u64);
                assert_eq!(appended, expected, "{total} {in_names}");
            }
        }
    }

    #[test]
    fn an_undecodable_message_is_known_by_its_kind_alone() {
        let file = [&b"module"[..], b"garbage", &end([0, 0, 2, 0, 0], 7)].concat();
        let signature = read(&file[..]).unwrap().unwrap();
        assert_eq!((signature.kind.name(), signature.appended), ("PKCS#7", 47));
        assert_eq!((signature.algorithm, signature.hash), (None, Vec::new()));
    }
}
