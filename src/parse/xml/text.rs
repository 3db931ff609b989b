//! XML as text, read with tolerance: what Android and Apple wrote, and what a damaged file still holds.
//!
//! Tokens come from quick-xml, which gives the byte positions; names are matched and references resolved here, so that
//! a bare `&`, a control character or a wrong end tag costs a finding and not the file. After a token that cannot be
//! read the reader goes on behind the next `>`. Document type declarations are skipped, their entities never expanded.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use super::element::{Builder, Element};
use super::encoding::Places;
use super::entity::unescaped;
use crate::parse::tree::{Findings, offset_in, place};
use crate::parse::{Node, Value};

/// How often the reader goes on behind a broken token; each time may cost one pass over the rest.
const MAX_RESUMPTIONS: usize = 64;

/// The top elements of a text, with every place counted in the bytes of the file.
pub(crate) fn elements<'a>(text: &'a [u8], places: &Places, findings: &mut Findings) -> Vec<Element<'a>> {
    let mut scan = Scan { text, places, builder: Builder::begun(findings) };
    let mut from = 0;
    for _ in 0..MAX_RESUMPTIONS {
        match scan.tokens(from) {
            Some(next) => from = next,
            None => return scan.finish(),
        }
    }
    let left = text.len().saturating_sub(from);
    scan.builder.findings.loss(
        "xml-unreadable-rest",
        places.offset(from),
        format!("more than {MAX_RESUMPTIONS} broken tokens; {left} bytes were not read"),
    );
    scan.finish()
}

struct Scan<'a, 'p, 'f> {
    text: &'a [u8],
    places: &'p Places,
    builder: Builder<'a, 'f>,
}

impl<'a> Scan<'a, '_, '_> {
    fn finish(self) -> Vec<Element<'a>> {
        let end = self.places.offset(self.text.len());
        self.builder.finish(end, place(end))
    }

    /// Reads tokens from `from` to the end (`None`), or to a broken one: then, where to go on.
    fn tokens(&mut self, from: usize) -> Option<usize> {
        let mut reader = Reader::from_reader(self.text.get(from..)?);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let absolute = |position: u64| from.saturating_add(usize::try_from(position).unwrap_or(usize::MAX));
        loop {
            let start = absolute(reader.buffer_position());
            match reader.read_event() {
                Ok(Event::Eof) => return None,
                Ok(event) => self.event(event, start, absolute(reader.buffer_position())),
                Err(_) => return self.behind_broken(start.max(absolute(reader.error_position()))),
            }
        }
    }

    fn behind_broken(&mut self, broken: usize) -> Option<usize> {
        let offset = self.places.offset(broken);
        let rest = self.text.get(broken..)?;
        let Some(end) = rest.iter().position(|&byte| byte == b'>') else {
            let message = format!("a token does not end; {} bytes were not read", rest.len());
            self.builder.findings.loss("xml-broken-token", offset, message);
            return None;
        };
        self.builder.findings.loss("xml-broken-token", offset, "a token is neither a tag nor text");
        broken.checked_add(end)?.checked_add(1)
    }

    fn event(&mut self, event: Event<'a>, start: usize, end: usize) {
        match event {
            Event::Start(tag) => self.start(&tag, start),
            Event::Empty(tag) => {
                self.start(&tag, start);
                let name = self.words(tag.name().0).0;
                self.builder.end(&name, self.places.offset(start), place(self.places.offset(end)));
            }
            Event::End(tag) => {
                let name = self.words(tag.name().0).0;
                self.builder.end(&name, self.places.offset(start), place(self.places.offset(end)));
            }
            Event::Text(text) => self.characters(&text, Self::resolved),
            Event::CData(text) => self.characters(&text, Self::verbatim),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Eof => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'a>, start: usize) {
        let (name, valid) = self.words(tag.name().0);
        let offset = self.places.offset(start);
        if !valid {
            self.builder.findings.note("xml-name-not-utf8", offset, "a tag name is not UTF-8");
        }
        self.builder.start(Element::begun(name, place(offset)), offset);
        for attribute in tag.attributes().with_checks(false) {
            match attribute {
                Ok(attribute) => self.attribute(&attribute),
                Err(_) => self.builder.findings.loss("xml-attribute", offset, "an attribute cannot be read"),
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let (name, _) = self.words(attribute.key.0);
        let Some(raw) = self.own(&attribute.value) else { return };
        let value = self.node(raw, Self::resolved);
        self.builder.attribute(&name, value);
    }

    fn characters(&mut self, raw: &[u8], reading: fn(&mut Self, &'a str, usize) -> Cow<'a, str>) {
        let Some(raw) = self.own(raw) else { return };
        let piece = self.node(raw, reading);
        let position = usize::try_from(piece.span.offset).unwrap_or(usize::MAX);
        self.builder.text(piece, position);
    }

    /// The same bytes, borrowed from the text itself and not from an event.
    fn own(&self, part: &[u8]) -> Option<&'a [u8]> {
        let start = offset_in(self.text, part)?;
        self.text.get(start..start.checked_add(part.len())?)
    }

    fn words(&self, raw: &[u8]) -> (Cow<'a, str>, bool) {
        match self.own(raw).map(std::str::from_utf8) {
            Some(Ok(name)) => (Cow::Borrowed(name), true),
            _ => (Cow::Owned(String::from_utf8_lossy(raw).into_owned()), false),
        }
    }

    fn node(&mut self, raw: &'a [u8], reading: fn(&mut Self, &'a str, usize) -> Cow<'a, str>) -> Node<'a> {
        let start = offset_in(self.text, raw).unwrap_or(0);
        let span = self.places.span(start, start.saturating_add(raw.len()));
        let value = match Value::utf8(raw) {
            Value::Text(Cow::Borrowed(text)) => Value::Text(reading(self, text, self.places.offset(start))),
            value => value,
        };
        Node { value, span }
    }

    fn verbatim(&mut self, raw: &'a str, _: usize) -> Cow<'a, str> {
        Cow::Borrowed(raw)
    }

    fn resolved(&mut self, raw: &'a str, offset: usize) -> Cow<'a, str> {
        let read = unescaped(raw);
        if read.unresolved > 0 {
            let message =
                format!("{} times a `&` begins no known reference; kept as written", read.unresolved);
            self.builder.findings.note("xml-bare-ampersand", offset, message);
        }
        if raw.bytes().any(|byte| byte < 0x20 && !byte.is_ascii_whitespace()) {
            self.builder.findings.note("xml-control-character", offset, "text holds a raw control character");
        }
        read.text
    }
}
