//! The hash function by whose buckets kmod orders symbols and modules. It finds nothing by itself.

/// Paul Hsieh's "SuperFastHash" of a key, as a machine of this byte order computes it.
///
/// The hash begins with the key's length; of a key with an odd length the last byte is signed.
pub fn super_fast_hash(key: &[u8]) -> u32 {
    let mut hash = key.len() as u32;
    let mut chunks = key.chunks_exact(4);
    for chunk in &mut chunks {
        hash = hash.wrapping_add(half(chunk, 0));
        hash = (hash << 16) ^ (half(chunk, 2) << 11) ^ hash;
        hash = hash.wrapping_add(hash >> 11);
    }
    let rest = chunks.remainder();
    let signed = |at: usize| rest[at] as i8 as u32;
    match rest.len() {
        3 => {
            hash = hash.wrapping_add(half(rest, 0));
            hash ^= hash << 16;
            hash ^= signed(2) << 18;
            hash = hash.wrapping_add(hash >> 11);
        }
        2 => {
            hash = hash.wrapping_add(half(rest, 0));
            hash ^= hash << 11;
            hash = hash.wrapping_add(hash >> 17);
        }
        1 => {
            hash = hash.wrapping_add(signed(0));
            hash ^= hash << 10;
            hash = hash.wrapping_add(hash >> 1);
        }
        _ => {}
    }
    avalanche(hash)
}

fn avalanche(mut hash: u32) -> u32 {
    hash ^= hash << 3;
    hash = hash.wrapping_add(hash >> 5);
    hash ^= hash << 4;
    hash = hash.wrapping_add(hash >> 17);
    hash ^= hash << 25;
    hash.wrapping_add(hash >> 6)
}

fn half(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The order in which kmod 34.2 (on a little-endian machine) wrote these into modules.symbols.
    #[test]
    #[cfg(target_endian = "little")]
    fn symbols_are_ordered_as_kmod_orders_them() {
        let written = [
            "llc_set_station_handler",
            "llc_sap_open",
            "llc_add_pack",
            "unregister_8022_client",
            "llc_build_and_send_ui_pkt",
            "llc_remove_pack",
            "llc_sap_list",
            "llc_sap_close",
            "llc_sap_find",
            "register_8022_client",
            "llc_mac_hdr_init",
        ];
        let buckets: Vec<_> =
            written.iter().map(|name| super_fast_hash(name.as_bytes()) % 2048).collect();
        assert!(buckets.is_sorted(), "{buckets:?}");
    }

    /// Names of odd lengths, and one with a byte beyond ASCII.
    #[test]
    #[cfg(target_endian = "little")]
    fn modules_are_ordered_as_kmod_orders_them() {
        let written =
            ["trunc", "empty", "zs3", "zs2", "btrfs", "badxz", "llc", "bad", "zs", "tiny"];
        let buckets: Vec<_> =
            written.iter().map(|name| super_fast_hash(name.as_bytes()) % 512).collect();
        assert!(buckets.is_sorted(), "{buckets:?}");
        assert_ne!(super_fast_hash(b"\xe9"), super_fast_hash(b"\x69"));
    }
}
