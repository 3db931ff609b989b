//! The record format (file format, section 2.1): what the payload of a cell holds.
//!
//! ```text
//! ┌─────────────┬───────────────┬─────┬────────┬─────┐
//! │ header size │ serial type 0 │  …  │ body 0 │  …  │     all header fields are varints, the size counts itself
//! └─────────────┴───────────────┴─────┴────────┴─────┘
//! ```

use super::varint;

/// Body sizes of the serial types below 12: NULL, five integer widths and the sixth, a double, 0, 1, two reserved.
const FIXED_SIZES: [u64; 12] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

/// The bytes that the body of a serial type takes.
#[inline]
pub(super) fn body_size(serial: u64) -> u64 {
    match usize::try_from(serial).ok().and_then(|index| FIXED_SIZES.get(index)) {
        Some(size) => *size,
        None => serial.saturating_sub(12) >> 1,
    }
}

/// One column of a record: its serial type and where its body lies, counted from the start of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub serial: u64,
    pub start: u64,
    pub end: u64,
}

/// A record header of these types, as SQLite writes it.
pub(super) fn write_header(serials: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut types = Vec::new();
    serials.into_iter().for_each(|serial| varint::write(serial, &mut types));
    // The size counts itself, and its own length may make it longer.
    let sizes = (1..10).map(|own: usize| (own, types.len().saturating_add(own)));
    let wide = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
    let size = sizes.filter(|(own, size)| varint::length(wide(*size)) == *own).map(|(_, size)| size).next();
    let mut header = Vec::new();
    varint::write(size.map_or(u64::MAX, wide), &mut header);
    header.extend_from_slice(&types);
    header
}

/// The size of the record header, from its first varint.
pub(super) fn header_size(payload: &[u8]) -> Option<u64> {
    varint::read(payload).map(|(size, _)| size)
}

/// The columns of a record, one after the other.
pub(super) struct Fields<'p> {
    serials: &'p [u8],
    body: u64,
    cut: bool,
}

impl<'p> Fields<'p> {
    /// `header` holds the record header, or as much of it as there is, and may hold more.
    pub(super) fn new(header: &'p [u8]) -> Fields<'p> {
        let empty = Fields { serials: &[], body: 0, cut: true };
        let Some((size, consumed)) = varint::read(header) else { return empty };
        // A header size of 0 is shorter than its own varint: SQLite gives every column its default.
        let wanted = usize::try_from(size).unwrap_or(usize::MAX).max(consumed);
        let end = wanted.min(header.len());
        match header.get(consumed..end) {
            Some(serials) => Fields { serials, body: size, cut: wanted > end },
            None => empty,
        }
    }

    /// Whether the serial types end before the header does: what is missing is lost, not a default.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The offset at which the next body begins; after the last column, the size of the record.
    pub(super) fn body_offset(&self) -> u64 {
        self.body
    }
}

impl Iterator for Fields<'_> {
    type Item = Field;

    #[inline]
    fn next(&mut self) -> Option<Field> {
        if self.serials.is_empty() {
            return None;
        }
        let Some((serial, consumed)) = varint::read(self.serials) else {
            (self.serials, self.cut) = (&[], true);
            return None;
        };
        self.serials = self.serials.get(consumed..)?;
        let start = self.body;
        self.body = start.saturating_add(body_size(serial));
        Some(Field { serial, start, end: self.body })
    }
}

/// What does not fit in a record whose payload is all there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Oddity {
    /// There is no header: SQLite never writes an empty payload.
    NoHeader,
    /// The header claims more bytes than the payload has.
    HeaderBeyondPayload { size: u64 },
    /// The bodies end elsewhere than the payload.
    BodyEnd { end: u64 },
    /// A serial type that the format reserves, read as NULL as SQLite does.
    Reserved { serial: u64 },
}

/// Holds a record against its payload's length; SQLite calls all but [`Oddity::Reserved`] a malformed database.
pub(super) fn oddity(header: &[u8], payload_length: u64) -> Option<Oddity> {
    let Some(size) = header_size(header) else { return Some(Oddity::NoHeader) };
    if size > payload_length {
        return Some(Oddity::HeaderBeyondPayload { size });
    }
    let mut fields = Fields::new(header);
    let mut reserved = None;
    for field in &mut fields {
        if field.serial == 10 || field.serial == 11 {
            reserved = Some(Oddity::Reserved { serial: field.serial });
        }
    }
    if fields.is_cut() {
        return Some(Oddity::HeaderBeyondPayload { size });
    }
    // A header size of 0 leaves the offset at 0 and says nothing about the payload's end.
    if fields.body_offset() != payload_length && size != 0 {
        return Some(Oddity::BodyEnd { end: fields.body_offset() });
    }
    reserved
}

/// A big-endian two's-complement integer of up to eight bytes.
#[inline]
pub(super) fn integer(bytes: &[u8]) -> i64 {
    if let [byte] = bytes {
        return i64::from(byte.cast_signed());
    }
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let start: i64 = if negative { -1 } else { 0 };
    bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte))
}

/// The double nearest to an integer: both halves are exact, so the sum is rounded once.
pub(super) fn to_real(value: i64) -> f64 {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    let high = f64::from(i32::from_be_bytes([a, b, c, d]));
    let low = f64::from(u32::from_be_bytes([e, f, g, h]));
    high * 4_294_967_296.0 + low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_one_another_in_header_and_body() {
        // header size 5: NULL, 24-bit integer, text of 2, one; then the bodies
        let record = [5, 0, 3, 17, 9, 0xff, 0xff, 0xfe, b'h', b'i'];
        let fields: Vec<Field> = Fields::new(&record).collect();
        let spans: Vec<_> = fields.iter().map(|field| (field.serial, field.start, field.end)).collect();
        assert_eq!(spans, [(0, 5, 5), (3, 5, 8), (17, 8, 10), (9, 10, 10)]);
        assert_eq!(oddity(&record, 10), None);
    }

    #[test]
    fn the_first_byte_that_no_longer_fits_is_odd() {
        let record = [2, 1, 7];
        assert_eq!(oddity(&record, 3), None);
        assert_eq!(oddity(&record, 2), Some(Oddity::BodyEnd { end: 3 }));
        assert_eq!(oddity(&record, 4), Some(Oddity::BodyEnd { end: 3 }));
        assert_eq!(oddity(&record, 1), Some(Oddity::HeaderBeyondPayload { size: 2 }));
    }

    #[test]
    fn a_header_whose_last_varint_crosses_its_end_is_cut() {
        let mut fields = Fields::new(&[2, 0x81, 1]);
        assert_eq!(fields.next(), None);
        assert!(fields.is_cut());
        assert!(Fields::new(&[]).is_cut());
        assert!(Fields::new(&[4, 1]).is_cut());
    }

    #[test]
    fn a_header_size_of_zero_has_no_fields_and_is_not_cut() {
        let mut fields = Fields::new(&[0, 1, 1]);
        assert_eq!(fields.next(), None);
        assert!(!fields.is_cut());
    }

    #[test]
    fn integers_of_every_width_keep_their_sign() {
        assert_eq!(integer(&[0x80]), -128);
        assert_eq!(integer(&[0x7f, 0xff]), 32_767);
        assert_eq!(integer(&[0xff, 0xff, 0xfe]), -2);
        assert_eq!(integer(&[0xff, 0, 0, 0, 0, 0]), -(1 << 40));
        assert_eq!(integer(&i64::MIN.to_be_bytes()), i64::MIN);
    }

    #[test]
    fn an_empty_payload_has_no_header() {
        assert_eq!(oddity(&[], 0), Some(Oddity::NoHeader));
    }

    #[test]
    fn reserved_serial_types_are_flagged() {
        assert_eq!(oddity(&[2, 11], 2), Some(Oddity::Reserved { serial: 11 }));
    }

    #[test]
    fn to_real_rounds_as_the_processor_does() {
        for value in [0, 1, -1, i64::MIN, i64::MAX, (1 << 53) + 1, -(1 << 60) - 3] {
            assert_eq!(to_real(value).to_bits(), (value as f64).to_bits(), "{value}");
        }
    }
}
