//! Any bytes as the end of a module, and as a PKCS#7 message behind a good trailer: what is told
//! is no longer than what was there.
#![no_main]

use kmodctl_format::signature::{Signature, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(signature) = read(bytes).expect("bytes in memory are readable") {
        bounded(&signature, bytes);
    }
    let file = with_trailer(bytes);
    let signature = read(&file[..]).expect("bytes in memory are readable");
    assert_eq!(signature.is_some(), !bytes.is_empty());
    if let Some(signature) = signature {
        assert_eq!(signature.appended, file.len() as u64);
        bounded(&signature, &file);
    }
});

fn bounded(signature: &Signature, file: &[u8]) {
    assert!(signature.appended <= file.len() as u64);
    let told = signature.signer.len() + signature.key_id.len() + signature.bytes.len();
    assert!(told <= 2 * file.len());
    // A number of up to seven bits takes at most four bytes in dotted form.
    assert!(signature.hash.len() <= 4 * file.len() + 2);
    assert!(!signature.signer.contains(&0));
    assert_eq!(signature.algorithm.is_none(), signature.hash.is_empty());
}

fn with_trailer(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a small input").to_be_bytes();
    [message, &[0, 0, 2, 0, 0, 0, 0, 0], &length, b"~Module signature appended~\n"].concat()
}
