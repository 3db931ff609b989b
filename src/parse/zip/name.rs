//! Names of members: bytes, and a reading of them.
//!
//! Bit 11 says UTF-8 (appendix D); without it the specification says IBM code page 437, and writers do what they like.
//! In order: the Unicode path field, if its CRC-32 is that of the name; UTF-8, if the bytes are valid; code page 437,
//! which reads every byte and is a guess.

use super::extra::Extras;

/// A name as it stands in the archive, and what it reads as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    /// The bytes of the header.
    pub bytes: &'a [u8],
    /// The reading, where it is not a guess.
    pub text: Option<&'a str>,
}

impl<'a> Name<'a> {
    pub(super) fn new(bytes: &'a [u8], extras: &Extras<'a>) -> Self {
        let unicode = extras.unicode_path.filter(|(crc, _)| *crc == crc32(bytes)).map(|(_, text)| text);
        Name { bytes, text: unicode.or_else(|| std::str::from_utf8(bytes).ok()) }
    }

    /// The reading, by code page 437 where there is no better one.
    #[must_use]
    pub fn read(&self) -> String {
        self.text.map_or_else(|| cp437(self.bytes), str::to_owned)
    }
}

/// CRC-32 of a name.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The upper half of IBM code page 437 (Unicode Consortium, `CP437.TXT`).
const UPPER: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Reads bytes by IBM code page 437.
#[must_use]
pub fn cp437(bytes: &[u8]) -> String {
    let character = |byte: &u8| match byte.checked_sub(128) {
        None => char::from(*byte),
        Some(upper) => UPPER.chars().nth(upper.into()).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_page_437_has_128_upper_characters() {
        assert_eq!(UPPER.chars().count(), 128);
        assert_eq!(cp437(b"caf\x82 \xe1\xff"), "café ß\u{a0}");
    }

    #[test]
    fn a_unicode_path_counts_only_for_the_name_that_it_was_made_for() {
        let made_for = Extras { unicode_path: Some((crc32(b"caf\x82"), "café")), ..Extras::default() };
        assert_eq!(Name::new(b"caf\x82", &made_for).text, Some("café"));
        assert_eq!(Name::new(b"renamed", &made_for).text, Some("renamed"));
    }

    #[test]
    fn a_name_that_is_not_utf_8_keeps_its_bytes() {
        let name = Name::new(b"caf\x82", &Extras::default());
        assert_eq!((name.text, name.read().as_str(), name.bytes), (None, "café", &b"caf\x82"[..]));
    }
}
