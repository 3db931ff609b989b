//! How much may be made of a few bytes.

/// Most bytes that a deflated byte can become (zlib, "Maximum Expansion Factor").
pub(crate) const EXPANSION: u64 = 1032;

/// Most bytes that are made of `stored` ones, by decompression or by filling the holes of a sparse file: 64 GiB, which
/// leaves room for the sparse images of handsets, and 1032 for each stored byte, as deflate can.
#[must_use]
pub fn most_made_of(stored: u64) -> u64 {
    const FREE: u64 = 64 << 30;
    stored.saturating_mul(EXPANSION).saturating_add(FREE)
}
