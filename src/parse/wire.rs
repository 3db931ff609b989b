//! Fields of a protobuf message (<https://protobuf.dev/programming-guides/encoding/>), for the headers of encrypted files.
//!
//! ```text
//! field   key varint = number << 3 | wire type │ 0: varint │ 1: 8 bytes │ 2: length varint, bytes │ 5: 4 bytes
//! ```

/// A value on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    /// A number.
    Varint(u64),
    /// Eight bytes, the least first.
    Eight(u64),
    /// Bytes, text or a message.
    Bytes(&'a [u8]),
    /// Four bytes, the least first.
    Four(u32),
}

impl<'a> Wire<'a> {
    /// The bytes.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Wire::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The number.
    pub(crate) fn number(self) -> Option<u64> {
        match self {
            Wire::Varint(number) => Some(number),
            _ => None,
        }
    }
}

/// The fields of a message in their order; nothing where the bytes are no message.
pub(crate) fn fields(mut input: &[u8]) -> Option<Vec<(u64, Wire<'_>)>> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        let (key, rest) = varint(input)?;
        let (value, rest) = match key & 7 {
            0 => varint(rest).map(|(number, rest)| (Wire::Varint(number), rest))?,
            1 => rest
                .split_first_chunk()
                .map(|(bytes, rest)| (Wire::Eight(u64::from_le_bytes(*bytes)), rest))?,
            2 => {
                let (length, rest) = varint(rest)?;
                let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (Wire::Bytes(bytes), rest)
            }
            5 => rest
                .split_first_chunk()
                .map(|(bytes, rest)| (Wire::Four(u32::from_le_bytes(*bytes)), rest))?,
            _ => return None,
        };
        fields.push((key.checked_shr(3).filter(|number| *number > 0)?, value));
        input = rest;
    }
    Some(fields)
}

/// The last value of a field: what a reader of protobuf takes.
pub(crate) fn last<'a>(fields: &[(u64, Wire<'a>)], number: u64) -> Option<Wire<'a>> {
    fields.iter().rev().find(|(known, _)| *known == number).map(|(_, value)| *value)
}

/// A number of at most ten bytes, seven bits in each.
pub(crate) fn varint(input: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (index, byte) in (0_u32..10).zip(input) {
        number |= u64::from(byte & 0x7f).checked_shl(index.saturating_mul(7))?;
        if byte & 0x80 == 0 {
            let used = usize::try_from(index).ok()?.checked_add(1)?;
            return Some((number, input.get(used..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wire_type_is_read_and_a_broken_message_is_none() {
        // 1: varint 300; 2: "ab"; 3: 8 bytes; 4: 4 bytes
        let bytes = *b"\x08\xac\x02\x12\x02ab\x19\x01\0\0\0\0\0\0\0\x25\x02\0\0\0";
        let read = fields(&bytes).unwrap();
        assert_eq!(
            read,
            [(1, Wire::Varint(300)), (2, Wire::Bytes(b"ab")), (3, Wire::Eight(1)), (4, Wire::Four(2))]
        );
        assert_eq!(last(&read, 2).and_then(Wire::bytes), Some(&b"ab"[..]));
        for length in 1..bytes.len() {
            let cut = fields(&bytes[..length]);
            assert!(cut.is_none() || [3, 7, 16].contains(&length), "{length}");
        }
        assert_eq!(varint(&[0x80; 11]), None);
        assert_eq!(fields(b"\x00\x01"), None);
    }
}
