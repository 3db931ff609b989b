//! A string of JSON. Borrowed where it has no escapes; bytes and a reading where it is no valid text.
//!
//! ```text
//! " characters, or \" \\ \/ \b \f \n \r \t, or \u and four hex digits (UTF-16; a pair of surrogates is one character) "
//! ```
//!
//! Raw control characters are accepted. RFC 8259, section 7.

use std::borrow::Cow;

use nom::Parser;
use nom::bytes::complete::{tag, take};
use nom::error::{ErrorKind, context};

use crate::parse::Value;
use crate::parse::error::{Broken, Parsed};

/// Reads a string with its quotes.
pub(super) fn string(input: &[u8]) -> Parsed<'_, Value<'_>> {
    let (body, _) = tag("\"").parse(input)?;
    let end = closing_quote(body).ok_or_else(|| {
        nom::Err::Error(Broken { rest: input, kind: ErrorKind::Eof, context: vec!["JSON string"] })
    })?;
    let (rest, raw) = context("JSON string", take(end)).parse(body)?;
    let (rest, _) = tag("\"").parse(rest)?;
    Ok((rest, text(raw)))
}

fn closing_quote(body: &[u8]) -> Option<usize> {
    let mut escaped = false;
    body.iter().position(|&byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn text(raw: &[u8]) -> Value<'_> {
    if !raw.contains(&b'\\') {
        return Value::utf8(raw);
    }
    let mut reading = String::with_capacity(raw.len());
    let mut whole = true;
    let mut rest = raw;
    while let Some(position) = rest.iter().position(|&byte| byte == b'\\') {
        let (plain, escape) = rest.split_at_checked(position).unwrap_or((rest, &[]));
        whole &= push_plain(&mut reading, plain);
        let (character, behind) = escaped(escape);
        whole &= character.is_some();
        reading.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = behind;
    }
    whole &= push_plain(&mut reading, rest);
    if whole {
        return Value::Text(Cow::Owned(reading));
    }
    Value::InvalidText { bytes: Cow::Borrowed(raw), reading }
}

fn push_plain(reading: &mut String, plain: &[u8]) -> bool {
    let text = String::from_utf8_lossy(plain);
    reading.push_str(&text);
    matches!(text, Cow::Borrowed(_))
}

/// The character of the escape that `input` begins with, where it stands for one, and what comes behind it.
fn escaped(input: &[u8]) -> (Option<char>, &[u8]) {
    let behind = input.get(2..).unwrap_or(&[]);
    let character = match input.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return utf16_escape(input),
        _ => return (None, behind),
    };
    (Some(character), behind)
}

fn utf16_escape(input: &[u8]) -> (Option<char>, &[u8]) {
    let Some((high, behind)) = unit(input) else { return (None, input.get(2..).unwrap_or(&[])) };
    let pair = unit(behind)
        .filter(|_| (0xd800..0xdc00).contains(&high))
        .and_then(|(low, behind_both)| Some((char::decode_utf16([high, low]).next()?.ok()?, behind_both)));
    if let Some((character, behind_both)) = pair {
        return (Some(character), behind_both);
    }
    (char::from_u32(u32::from(high)), behind)
}

/// The code unit of `\uXXXX`, and what comes behind it.
fn unit(input: &[u8]) -> Option<(u16, &[u8])> {
    let (escape, behind) = input.split_at_checked(6)?;
    let digits = escape.strip_prefix(br"\u").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    Some((u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Value<'_> {
        string(input).unwrap().1
    }

    #[test]
    fn escapes_become_characters() {
        assert_eq!(
            read(br#""a\"\\\/\b\f\n\r\t\u00e9\uD834\uDD1Ez""#),
            Value::Text("a\"\\/\u{8}\u{c}\n\r\té𝄞z".into())
        );
        assert!(matches!(read(b"\"plain\""), Value::Text(Cow::Borrowed("plain"))));
    }

    #[test]
    fn a_lone_surrogate_keeps_its_bytes() {
        for (input, expected) in [
            (&br#""x\uD834y""#[..], "x\u{fffd}y"),
            (br#""\uDD1E""#, "\u{fffd}"),
            (br#""\uD834\uD834\uDD1E""#, "\u{fffd}𝄞"),
            (br#""\uD834\u0041""#, "\u{fffd}A"),
            (br#""\u12""#, "\u{fffd}12"),
            (br#""\q""#, "\u{fffd}"),
            (b"\"\xff\"", "\u{fffd}"),
        ] {
            let Value::InvalidText { bytes, reading } = read(input) else { panic!("{input:?}") };
            assert_eq!((&*bytes, &*reading), (&input[1..input.len() - 1], expected));
        }
    }

    #[test]
    fn a_string_without_its_closing_quote_is_an_error() {
        assert!(string(br#""abc\""#).is_err() && string(b"\"").is_err() && string(b"abc").is_err());
    }
}
