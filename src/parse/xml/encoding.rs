//! The encoding of an XML text: UTF-8, or UTF-16 that is rewritten as UTF-8 with the way back to the original bytes.
//!
//! ```text
//! EF BB BF       UTF-8 with a byte order mark        FF FE | 3C 00   UTF-16LE
//! anything else  taken as UTF-8                      FE FF | 00 3C   UTF-16BE
//! ```
//!
//! XML 1.0 (fifth edition), appendix F: <https://www.w3.org/TR/xml/#sec-guessing>.

use std::borrow::Cow;

use crate::parse::Span;
use crate::parse::tree::place;

/// The text of a file as UTF-8 (where it is valid at all), and where each byte of it stood.
pub(crate) struct Decoded<'a> {
    /// The bytes to read tokens from.
    pub text: Cow<'a, [u8]>,
    /// The way back.
    pub places: Places,
    /// Whether units were met that no character stands for, and that are now U+FFFD.
    pub replaced: bool,
}

/// A stretch of text in which every character takes `from` bytes in the file and `to` bytes in the rewritten text.
#[derive(Debug)]
struct Run {
    text_offset: usize,
    file_offset: usize,
    to: usize,
    from: usize,
}

/// The way from a position in the rewritten text back to the file.
#[derive(Debug)]
pub(crate) struct Places(Vec<Run>);

impl Places {
    fn shifted(file_offset: usize) -> Self {
        Places(vec![Run { text_offset: 0, file_offset, to: 1, from: 1 }])
    }

    /// The byte of the file at which this byte of the text begins.
    pub fn offset(&self, text_offset: usize) -> usize {
        let after = self.0.partition_point(|run| run.text_offset <= text_offset);
        let Some(run) = after.checked_sub(1).and_then(|index| self.0.get(index)) else { return text_offset };
        let characters = text_offset.saturating_sub(run.text_offset).checked_div(run.to).unwrap_or(0);
        run.file_offset.saturating_add(characters.saturating_mul(run.from))
    }

    /// The bytes of the file behind a stretch of the text.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let from = self.offset(start);
        Span { offset: place(from), length: place(self.offset(end).saturating_sub(from)) }
    }
}

/// Finds the encoding by the first bytes and gives the text as UTF-8.
pub(crate) fn decoded(input: &[u8]) -> Decoded<'_> {
    match input {
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(input, 0, u16::from_le_bytes),
        [0, b'<', ..] => utf16(input, 0, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            Decoded { text: Cow::Borrowed(rest), places: Places::shifted(3), replaced: false }
        }
        _ => Decoded { text: Cow::Borrowed(input), places: Places::shifted(0), replaced: false },
    }
}

fn utf16(input: &[u8], base: usize, unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let units = input.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(unit);
    let mut text = String::with_capacity(input.len());
    let mut runs: Vec<Run> = Vec::new();
    let mut file_offset = base;
    let mut replaced = !input.len().is_multiple_of(2);
    for character in char::decode_utf16(units) {
        replaced |= character.is_err();
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        let (to, from) = (character.len_utf8(), character.len_utf16().saturating_mul(2));
        if runs.last().is_none_or(|run| (run.to, run.from) != (to, from)) {
            runs.push(Run { text_offset: text.len(), file_offset, to, from });
        }
        text.push(character);
        file_offset = file_offset.saturating_add(from);
    }
    Decoded { text: Cow::Owned(text.into_bytes()), places: Places(runs), replaced }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16le(text: &str) -> Vec<u8> {
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    #[test]
    fn a_position_in_rewritten_text_leads_back_to_its_utf16_bytes() {
        let file = utf16le("aé€𝄞b");
        let decoded = decoded(&file);
        let text = std::str::from_utf8(&decoded.text).unwrap();
        assert_eq!(text, "aé€𝄞b");
        let offsets: Vec<usize> = text.char_indices().map(|(at, _)| decoded.places.offset(at)).collect();
        assert_eq!(offsets, [2, 4, 6, 8, 12]);
        assert_eq!(decoded.places.span(0, text.len()), Span { offset: 2, length: 12 });
    }

    #[test]
    fn utf16_is_found_without_a_byte_order_mark() {
        let file: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(&*decoded(&file).text, b"<a/>");
    }

    #[test]
    fn a_lone_surrogate_and_an_odd_byte_are_said() {
        assert!(decoded(&[0xff, 0xfe, 0x00, 0xd8, b'a', 0]).replaced);
        assert!(decoded(&[0xff, 0xfe, b'a', 0, b'b']).replaced);
        assert!(!decoded(&utf16le("ab")).replaced);
    }

    #[test]
    fn a_utf8_mark_is_skipped_and_counted() {
        assert_eq!(decoded(b"\xef\xbb\xbf<a/>").places.offset(0), 3);
    }
}
