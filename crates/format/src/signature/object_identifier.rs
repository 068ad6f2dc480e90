//! The names of hashes and the kinds of signature keys that object identifiers stand for.

use super::Algorithm;
use alloc::string::{String, ToString};

/// The dotted form of an encoded identifier; nothing when it is cut off or has a number beyond
/// 64 bits.
pub(super) fn dotted(encoded: &[u8]) -> Option<String> {
    if encoded.last()? & 0x80 != 0 {
        return None;
    }
    let mut dotted = String::new();
    let mut number = 0_u64;
    for &byte in encoded {
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 != 0 {
            continue;
        }
        if dotted.is_empty() {
            let root = (number / 40).min(2);
            dotted = root.to_string();
            number -= root * 40;
        }
        dotted.push('.');
        dotted.push_str(&number.to_string());
        number = 0;
    }
    Some(dotted)
}

/// The name kmod prints for a hash: OpenSSL's long name, else the dotted form.
pub(super) fn hash_name(encoded: &[u8]) -> Option<String> {
    let dotted = dotted(encoded)?;
    let known = HASHES.iter().find(|(identifier, _)| *identifier == dotted);
    Some(known.map_or(dotted, |(_, name)| (*name).to_string()))
}

/// The kind of key that a signature algorithm's identifier tells.
pub(super) fn algorithm(encoded: &[u8]) -> Option<Algorithm> {
    let dotted = dotted(encoded)?;
    let known = ALGORITHMS.iter().find(|(identifier, _)| *identifier == dotted);
    Some(known.map_or(Algorithm::Other, |(_, algorithm)| *algorithm))
}

/// The name attribute that modinfo shows, `commonName`.
pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// The content type of a signed message, `signedData` (1.2.840.113549.1.7.2).
pub(super) const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
/// The certificate extension that holds the key's identifier.
pub(super) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];

const HASHES: [(&str, &str); 25] = [
    ("1.0.10118.3.0.55", "whirlpool"),
    ("1.2.156.10197.1.401", "sm3"),
    ("1.2.643.2.2.9", "GOST R 34.11-94"),
    ("1.2.643.7.1.1.2.2", "GOST R 34.11-2012 with 256 bit hash"),
    ("1.2.643.7.1.1.2.3", "GOST R 34.11-2012 with 512 bit hash"),
    ("1.2.840.113549.2.2", "md2"),
    ("1.2.840.113549.2.4", "md4"),
    ("1.2.840.113549.2.5", "md5"),
    ("1.3.14.3.2.18", "sha"),
    ("1.3.14.3.2.26", "sha1"),
    ("1.3.36.3.2.1", "ripemd160"),
    ("1.3.6.1.4.1.1722.12.2.1.16", "blake2b512"),
    ("1.3.6.1.4.1.1722.12.2.2.8", "blake2s256"),
    ("2.16.840.1.101.3.4.2.1", "sha256"),
    ("2.16.840.1.101.3.4.2.10", "sha3-512"),
    ("2.16.840.1.101.3.4.2.11", "shake128"),
    ("2.16.840.1.101.3.4.2.12", "shake256"),
    ("2.16.840.1.101.3.4.2.2", "sha384"),
    ("2.16.840.1.101.3.4.2.3", "sha512"),
    ("2.16.840.1.101.3.4.2.4", "sha224"),
    ("2.16.840.1.101.3.4.2.5", "sha512-224"),
    ("2.16.840.1.101.3.4.2.6", "sha512-256"),
    ("2.16.840.1.101.3.4.2.7", "sha3-224"),
    ("2.16.840.1.101.3.4.2.8", "sha3-256"),
    ("2.16.840.1.101.3.4.2.9", "sha3-384"),
];

const ALGORITHMS: [(&str, Algorithm); 38] = [
    ("1.2.156.10197.1.301", Algorithm::Sm2),
    ("1.2.156.10197.1.501", Algorithm::Sm2),
    ("1.2.643.7.1.1.1.1", Algorithm::Ecrdsa),
    ("1.2.643.7.1.1.1.2", Algorithm::Ecrdsa),
    ("1.2.643.7.1.1.3.2", Algorithm::Ecrdsa),
    ("1.2.643.7.1.1.3.3", Algorithm::Ecrdsa),
    ("1.2.840.10040.4.1", Algorithm::Dsa),
    ("1.2.840.10040.4.3", Algorithm::Dsa),
    ("1.2.840.10045.2.1", Algorithm::Ecdsa),
    ("1.2.840.10045.4.1", Algorithm::Ecdsa),
    ("1.2.840.10045.4.3.1", Algorithm::Ecdsa),
    ("1.2.840.10045.4.3.2", Algorithm::Ecdsa),
    ("1.2.840.10045.4.3.3", Algorithm::Ecdsa),
    ("1.2.840.10045.4.3.4", Algorithm::Ecdsa),
    ("1.2.840.113549.1.1.1", Algorithm::Rsa),
    ("1.2.840.113549.1.1.10", Algorithm::RsaPss),
    ("1.2.840.113549.1.1.11", Algorithm::Rsa),
    ("1.2.840.113549.1.1.12", Algorithm::Rsa),
    ("1.2.840.113549.1.1.13", Algorithm::Rsa),
    ("1.2.840.113549.1.1.14", Algorithm::Rsa),
    ("1.2.840.113549.1.1.2", Algorithm::Rsa),
    ("1.2.840.113549.1.1.4", Algorithm::Rsa),
    ("1.2.840.113549.1.1.5", Algorithm::Rsa),
    ("1.3.101.112", Algorithm::Eddsa),
    ("1.3.101.113", Algorithm::Eddsa),
    ("2.16.840.1.101.3.4.3.1", Algorithm::Dsa),
    ("2.16.840.1.101.3.4.3.10", Algorithm::Ecdsa),
    ("2.16.840.1.101.3.4.3.11", Algorithm::Ecdsa),
    ("2.16.840.1.101.3.4.3.12", Algorithm::Ecdsa),
    ("2.16.840.1.101.3.4.3.13", Algorithm::Rsa),
    ("2.16.840.1.101.3.4.3.14", Algorithm::Rsa),
    ("2.16.840.1.101.3.4.3.15", Algorithm::Rsa),
    ("2.16.840.1.101.3.4.3.16", Algorithm::Rsa),
    ("2.16.840.1.101.3.4.3.17", Algorithm::MlDsa),
    ("2.16.840.1.101.3.4.3.18", Algorithm::MlDsa),
    ("2.16.840.1.101.3.4.3.19", Algorithm::MlDsa),
    ("2.16.840.1.101.3.4.3.2", Algorithm::Dsa),
    ("2.16.840.1.101.3.4.3.9", Algorithm::Ecdsa),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_dotted() {
        let table: [(&[u8], Option<&str>); 7] = [
            (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], Some("2.16.840.1.101.3.4.2.1")),
            (&[0x2b, 0x0e, 3, 2, 0x1a], Some("1.3.14.3.2.26")),
            (&[0x88, 0x37, 3], Some("2.999.3")),
            (&[0x28], Some("1.0")),
            (&[], None),
            (&[0x2b, 0x86], None),
            (&[0xff; 12], None),
        ];
        for (encoded, expected) in table {
            assert_eq!(dotted(encoded).as_deref(), expected, "{encoded:x?}");
        }
    }

    #[test]
    fn known_identifiers_have_names() {
        let sha3 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8];
        assert_eq!(hash_name(&sha3).as_deref(), Some("sha3-256"));
        assert_eq!(hash_name(&[0x2b, 1]).as_deref(), Some("1.3.1"));
        let ecdsa_with_sha384 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
        assert_eq!(algorithm(&ecdsa_with_sha384), Some(Algorithm::Ecdsa));
        assert_eq!(algorithm(&[0x2b, 1]), Some(Algorithm::Other));
    }
}
