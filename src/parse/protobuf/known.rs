//! Messages whose schema the reader knows: headers of encrypted files and frames of backups.

use super::wire::{Wire, field};

/// Groups that may stand in one another; none of these messages has any.
const DEPTH: usize = 8;

/// The fields of a message in their order; nothing where the bytes are no message.
pub(crate) fn fields(mut input: &[u8]) -> Option<Vec<(u64, Wire<'_>)>> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        let read = field(input, DEPTH)?;
        fields.push((read.number, read.wire));
        input = read.rest;
    }
    Some(fields)
}

/// The last value of a field: what a reader of protobuf takes.
pub(crate) fn last<'a>(fields: &[(u64, Wire<'a>)], number: u64) -> Option<Wire<'a>> {
    fields.iter().rev().find(|(known, _)| *known == number).map(|(_, value)| *value)
}

impl<'a> Wire<'a> {
    /// The bytes, the text or the message.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Wire::Delimited(bytes) => Some(bytes),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wire_type_is_read_and_a_broken_message_is_none() {
        // 1: varint 300; 2: "ab"; 3: 8 bytes; 4: 4 bytes
        let bytes = *b"\x08\xac\x02\x12\x02ab\x19\x01\0\0\0\0\0\0\0\x25\x02\0\0\0";
        let read = fields(&bytes).unwrap();
        let eight = Wire::Fixed64([1, 0, 0, 0, 0, 0, 0, 0]);
        let four = Wire::Fixed32([2, 0, 0, 0]);
        assert_eq!(read, [(1, Wire::Varint(300)), (2, Wire::Delimited(b"ab")), (3, eight), (4, four)]);
        assert_eq!(last(&read, 2).and_then(Wire::bytes), Some(&b"ab"[..]));
        for length in 1..bytes.len() {
            let cut = fields(&bytes[..length]);
            assert!(cut.is_none() || [3, 7, 16].contains(&length), "{length}");
        }
        assert_eq!(fields(b"\x00\x01"), None);
    }
}
