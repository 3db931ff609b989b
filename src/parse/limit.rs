//! How much may be made of a few bytes.

/// Most bytes that are made of `stored` ones, by decompression or by filling the holes of a sparse file: 64 GiB, which
/// leaves room for the sparse images of handsets, and 1032 for each stored byte (what deflate can do; zlib, "Maximum
/// Expansion Factor").
#[must_use]
pub fn most_made_of(stored: u64) -> u64 {
    const FREE: u64 = 64 << 30;
    const EACH: u64 = 1032;
    stored.saturating_mul(EACH).saturating_add(FREE)
}
