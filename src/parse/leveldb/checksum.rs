//! The checksum of blocks and records: CRC-32C, masked so that a checksum of checksums stays one (`util/crc32c.h`).

const MASK: u32 = 0xa282_ead8;

/// Whether a stored checksum is that of these parts.
pub(super) fn is_valid(stored: u32, parts: [&[u8]; 2]) -> bool {
    let [first, second] = parts;
    let crc = crc32c::crc32c_append(crc32c::crc32c(first), second);
    stored.wrapping_sub(MASK).rotate_left(15) == crc
}

#[cfg(test)]
pub(super) fn masked(parts: [&[u8]; 2]) -> u32 {
    let [first, second] = parts;
    crc32c::crc32c_append(crc32c::crc32c(first), second).rotate_right(15).wrapping_add(MASK)
}
