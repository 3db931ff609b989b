//! Android Binary XML, "ABX": the form of the system's own settings files since Android 12. Big-endian.
//!
//! ```text
//! 41 42 58 00                        "ABX", version 0
//! 10                                 token: type << 4 | event
//! 32 FFFF 0003 "map"                 start tag, name as a new interned string
//! 6F FFFF 0001 "n" 00000003          attribute: interned name, an int
//! 33 0000                            end tag, name from the pool
//! 11                                 end of document
//! ```
//!
//! Values keep their type. A string from the pool has the span of the bytes that hold it, where it was written first.
//! Facts: AOSP `com.android.internal.util.BinaryXmlSerializer` and `com.android.internal.util.FastDataInput`.

use std::borrow::Cow;

use nom::Parser;
use nom::bytes::complete::tag;
use nom::combinator::map;
use nom::error::{ErrorKind, context};
use nom::multi::length_data;
use nom::number::complete::{be_f32, be_f64, be_i32, be_i64, be_u8, be_u16};

use super::element::{Builder, Element};
use super::entity::character;
use super::modified_utf8::modified_utf8;
use crate::parse::error::{Broken, Parsed, small_hex};
use crate::parse::tree::{Findings, offset_in, place};
use crate::parse::{Error, Node, Span, Value, located};

/// The first bytes: `ABX` and version 0.
pub(super) const MAGIC: [u8; 4] = *b"ABX\0";

/// The pool reference that says: a new string follows.
const NEW_STRING: u16 = u16::MAX;

/// The low half of a token, after `XmlPullParser` and `BinaryXmlSerializer`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum EventKind {
    StartDocument,
    EndDocument,
    StartTag,
    EndTag,
    Text,
    EntityReference,
    Ignored,
    Attribute,
    Unknown,
}

impl EventKind {
    fn of(token: u8) -> Self {
        match token & 0x0f {
            0 => EventKind::StartDocument,
            1 => EventKind::EndDocument,
            2 => EventKind::StartTag,
            3 => EventKind::EndTag,
            4 | 5 | 7 => EventKind::Text,
            6 => EventKind::EntityReference,
            8..=10 => EventKind::Ignored,
            15 => EventKind::Attribute,
            _ => EventKind::Unknown,
        }
    }
}

/// The top elements of a binary document.
pub(super) fn elements<'a>(input: &'a [u8], findings: &mut Findings) -> Vec<Element<'a>> {
    let mut scan = Scan { input, pool: Vec::new(), builder: Builder::begun(findings) };
    let (mut rest, result) = match tag::<_, _, Broken<'_>>(&MAGIC[..]).parse(input) {
        Ok((rest, _)) => (rest, None),
        Err(error) => (input, Some(located::<()>(input, 0, Err(error)))),
    };
    let mut broken = result.and_then(Result::err);
    while broken.is_none() && !rest.is_empty() {
        match scan.token(rest) {
            Ok((_, EventKind::EndDocument)) if scan.ends_at(rest) => rest = &[],
            Ok((next, _)) => rest = next,
            Err(error) => broken = located::<()>(input, 0, Err(error)).err(),
        }
    }
    scan.finish(rest, broken)
}

struct Scan<'a, 'f> {
    input: &'a [u8],
    pool: Vec<Node<'a>>,
    builder: Builder<'a, 'f>,
}

impl<'a> Scan<'a, '_> {
    fn finish(self, rest: &[u8], broken: Option<Error>) -> Vec<Element<'a>> {
        let end = self.input.len().saturating_sub(rest.len());
        if let Some(error) = broken {
            let message = format!("{error}; {} bytes were not read", rest.len());
            self.builder.findings.loss("abx-broken-token", end, message);
        }
        self.builder.finish(end, place(end))
    }

    /// Whether nothing but padding follows the token at `rest`; what else follows is said.
    fn ends_at(&mut self, rest: &[u8]) -> bool {
        let behind = rest.get(1..).unwrap_or(&[]);
        if behind.iter().all(|&byte| byte == 0) {
            return true;
        }
        let message = format!("bytes follow the end of the document: {}", small_hex(behind));
        self.builder.findings.note("abx-several-documents", self.position(behind), message);
        false
    }

    fn position(&self, rest: &[u8]) -> usize {
        self.input.len().saturating_sub(rest.len())
    }

    fn token(&mut self, input: &'a [u8]) -> Parsed<'a, EventKind> {
        let start = self.position(input);
        let (rest, token) = context("ABX token", be_u8).parse(input)?;
        let event = EventKind::of(token);
        let kind = token >> 4;
        let rest = match event {
            EventKind::Unknown => return Err(unfit(input, "ABX token, event")),
            EventKind::StartDocument => rest,
            EventKind::EndDocument => self.magic_again(rest),
            EventKind::StartTag => self.start_tag(rest, start)?,
            EventKind::EndTag => self.end_tag(rest, start)?,
            EventKind::Attribute => self.attribute(rest, kind, start)?,
            EventKind::Text | EventKind::EntityReference | EventKind::Ignored => {
                self.characters(rest, kind, event)?
            }
        };
        Ok((rest, event))
    }

    /// A further document behind the first begins with the magic again, and with a pool of its own.
    fn magic_again(&mut self, rest: &'a [u8]) -> &'a [u8] {
        match rest.strip_prefix(&MAGIC[..]) {
            Some(behind) => {
                self.pool.clear();
                behind
            }
            None => rest,
        }
    }

    fn start_tag(&mut self, input: &'a [u8], start: usize) -> Result<&'a [u8], nom::Err<Broken<'a>>> {
        let (rest, name) = self.interned(input)?;
        self.builder.start(Element::begun(words(name.value), place(start)), start);
        Ok(rest)
    }

    fn end_tag(&mut self, input: &'a [u8], start: usize) -> Result<&'a [u8], nom::Err<Broken<'a>>> {
        let (rest, name) = self.interned(input)?;
        let end = self.position(rest);
        self.builder.end(&words(name.value), start, place(end));
        Ok(rest)
    }

    fn attribute(
        &mut self,
        input: &'a [u8],
        kind: u8,
        start: usize,
    ) -> Result<&'a [u8], nom::Err<Broken<'a>>> {
        let (rest, name) = self.interned(input)?;
        let (rest, mut value) = self.value(rest, kind)?;
        if matches!(value.value, Value::Null | Value::Bool(_)) {
            // These have no bytes of their own: the token itself says them.
            value.span = Span { offset: place(start), length: 1 };
        }
        self.builder.attribute(&words(name.value), value);
        Ok(rest)
    }

    fn characters(
        &mut self,
        input: &'a [u8],
        kind: u8,
        event: EventKind,
    ) -> Result<&'a [u8], nom::Err<Broken<'a>>> {
        let (rest, mut piece) = self.value(input, kind)?;
        let start = self.position(input);
        if event == EventKind::Ignored || piece.value == Value::Null {
            return Ok(rest);
        }
        if event == EventKind::EntityReference {
            piece.value = self.entity(&words(piece.value), start);
        }
        self.builder.text(piece, start);
        Ok(rest)
    }

    fn entity(&mut self, name: &str, start: usize) -> Value<'a> {
        if let Some(character) = character(name) {
            return Value::Text(Cow::Owned(character.to_string()));
        }
        self.builder.findings.note(
            "abx-unknown-entity",
            start,
            "an entity has no known character; kept by name",
        );
        Value::Text(Cow::Owned(format!("&{name};")))
    }

    /// A value of one of the 13 types; the span covers its bytes behind the token (and behind a length).
    fn value(&mut self, input: &'a [u8], kind: u8) -> Parsed<'a, Node<'a>> {
        let (rest, value) = match kind {
            1 => (input, Value::Null),
            2 => return context("ABX string", |input| self.string(input)).parse(input),
            3 => return self.interned(input),
            4 | 5 => {
                let (rest, bytes) = context("ABX bytes", length_data(be_u16)).parse(input)?;
                return Ok((rest, self.node(bytes, Value::Blob(Cow::Borrowed(bytes)))));
            }
            6 | 7 => map(context("ABX int", be_i32), |int| Value::Integer(int.into())).parse(input)?,
            8 | 9 => map(context("ABX long", be_i64), Value::Integer).parse(input)?,
            10 => map(context("ABX float", be_f32), |real| Value::Real(real.into())).parse(input)?,
            11 => map(context("ABX double", be_f64), Value::Real).parse(input)?,
            12 => (input, Value::Bool(true)),
            13 => (input, Value::Bool(false)),
            _ => return Err(unfit(input, "ABX token, type")),
        };
        let start = self.position(input);
        Ok((rest, Node { value, span: Span::between(start, self.position(rest)) }))
    }

    fn string(&self, input: &'a [u8]) -> Parsed<'a, Node<'a>> {
        let (rest, bytes) = length_data(be_u16).parse(input)?;
        Ok((rest, self.node(bytes, modified_utf8(bytes))))
    }

    fn interned(&mut self, input: &'a [u8]) -> Parsed<'a, Node<'a>> {
        let (rest, reference) = context("ABX interned string", be_u16).parse(input)?;
        if reference == NEW_STRING {
            let (rest, node) = context("ABX interned string", |input| self.string(input)).parse(rest)?;
            if self.pool.len() < usize::from(NEW_STRING) {
                self.pool.push(node.clone());
            }
            return Ok((rest, node));
        }
        match self.pool.get(usize::from(reference)) {
            Some(node) => Ok((rest, node.clone())),
            None => Err(unfit(input, "ABX interned string, pool reference")),
        }
    }

    fn node(&self, bytes: &[u8], value: Value<'a>) -> Node<'a> {
        let start = offset_in(self.input, bytes).unwrap_or(0);
        Node { value, span: Span::between(start, start.saturating_add(bytes.len())) }
    }
}

fn unfit<'a>(rest: &'a [u8], what: &'static str) -> nom::Err<Broken<'a>> {
    nom::Err::Error(Broken { rest, kind: ErrorKind::Verify, context: vec![what] })
}

fn words(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(text) => text,
        Value::InvalidText { reading, .. } => Cow::Owned(reading),
        _ => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::xml::document;
    use hex_literal::hex;

    // <a n=1 s="é" s2=(the same, from the pool)/> with: magic, start document, start tag, three attributes, end tag.
    const SMALL: [u8; 42] = hex!(
        "41425800 10 32 FFFF 0001 61"
        "6F FFFF 0001 6E 00000001"
        "3F FFFF 0001 73 FFFF 0002 C3A9"
        "3F 0002 0003"
        "33 0000 11"
    );

    #[test]
    fn attributes_keep_their_type_and_pool_strings_their_place() {
        let document = document(&SMALL).unwrap();
        assert!(document.findings.is_empty(), "{:?}", document.findings);
        let Some(Value::List(list)) = document.root.value.member("a").map(|node| &node.value) else {
            panic!()
        };
        let Value::Map(members) = &list[0].value else { panic!() };
        assert_eq!(members[0].1, Node { value: Value::Integer(1), span: Span { offset: 17, length: 4 } });
        let place = Span { offset: 31, length: 2 };
        assert_eq!(members[1].1, Node { value: Value::Text("é".into()), span: place });
        assert_eq!(members[2].1, members[1].1);
    }

    #[test]
    fn a_document_that_ends_early_keeps_the_element_and_says_the_loss() {
        for end in 11..SMALL.len() - 4 {
            let document = document(&SMALL[..end]).unwrap();
            assert!(document.findings.iter().any(|finding| finding.loss), "cut at {end}");
        }
    }

    #[test]
    fn a_pool_reference_beyond_the_pool_is_a_loss_with_its_place() {
        let mut bytes = SMALL;
        bytes[37] = 9;
        let document = document(&bytes).unwrap();
        assert_eq!(document.findings[0].code, "abx-broken-token");
        assert!(document.findings[0].message.starts_with("at 0x24: reading ABX interned string"));
    }

    #[test]
    fn an_unknown_type_stops_the_reading_there() {
        let mut bytes = SMALL;
        bytes[11] = 0xef;
        let document = document(&bytes).unwrap();
        assert_eq!(document.findings.len(), 2);
        assert!(document.findings[0].message.contains("ABX token, type"));
    }
}
