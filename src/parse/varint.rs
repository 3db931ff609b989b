//! The variable-length number of Protocol Buffers, LevelDB and MMKV (LEB128): seven bits a byte, the lowest first, the top bit set
//! on all bytes but the last.
//!
//! ```text
//! AC 02   →  0101100 | 0000010 << 7  =  300
//! ```
//!
//! <https://protobuf.dev/programming-guides/encoding/#varints>

/// A number and the bytes that it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Varint {
    pub(crate) value: u64,
    pub(crate) length: usize,
}

/// 64 bits take at most ten bytes, and the tenth holds one bit.
const MOST: usize = 10;

/// Reads one number at the start of the input; `None` where it does not end, or does not fit 64 bits.
pub(crate) fn varint(input: &[u8]) -> Option<Varint> {
    let mut value = 0_u64;
    for (index, byte) in input.iter().take(MOST).enumerate() {
        let bits = u64::from(byte & 0x7f);
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        let placed = bits.checked_shl(shift)?;
        if placed.checked_shr(shift) != Some(bits) {
            return None;
        }
        value |= placed;
        if byte & 0x80 == 0 {
            return Some(Varint { value, length: index.checked_add(1)? });
        }
    }
    None
}

impl Varint {
    /// Whether no shorter run of bytes writes the number: every encoder writes it so.
    pub(crate) fn is_minimal(self) -> bool {
        let bits = u64::BITS.saturating_sub(self.value.leading_zeros());
        usize::try_from(bits.div_ceil(7)).is_ok_and(|bytes| bytes.max(1) == self.length)
    }
}

/// A length or number from a varint, where this machine can count so far.
pub(crate) fn size(input: &[u8]) -> Option<(usize, usize)> {
    let read = varint(input)?;
    Some((usize::try_from(read.value).ok()?, read.length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read_and_the_eleventh_byte_is_refused() {
        assert_eq!(varint(&[0xac, 0x02, 0xff]), Some(Varint { value: 300, length: 2 }));
        assert_eq!(varint(&[0]), Some(Varint { value: 0, length: 1 }));
        let most = [[0xff; 9].as_slice(), &[0x01]].concat();
        assert_eq!(varint(&most), Some(Varint { value: u64::MAX, length: 10 }));
        assert_eq!(varint(&[[0xff; 9].as_slice(), &[0x02]].concat()), None);
        assert_eq!(varint(&[0x80; 10]), None);
        assert_eq!(varint(&[0x80]), None);
        assert_eq!(varint(&[]), None);
    }

    #[test]
    fn a_padded_number_is_not_minimal() {
        assert!(varint(&[0xac, 0x02]).unwrap().is_minimal());
        assert!(varint(&[0x00]).unwrap().is_minimal());
        assert!(!varint(&[0x80, 0x00]).unwrap().is_minimal());
    }
}
