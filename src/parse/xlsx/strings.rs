//! Shared strings (18.4.8, 18.4.9): `si` holds one `t`, or runs `r` of text each with a `t`; `rPh` says how it is pronounced.

use super::part::{at, plain};
use crate::parse::tree::Findings;
use quick_xml::Reader;
use quick_xml::events::Event;

/// The texts of the part, in order.
pub(super) fn strings(bytes: &[u8], findings: &mut Findings) -> Vec<String> {
    let mut reader = Reader::from_reader(bytes);
    let (mut made, mut text) = (Vec::new(), Text::default());
    loop {
        let offset = at(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Empty(element)) if element.local_name().as_ref() == b"si" => made.push(String::new()),
            Ok(Event::Eof) => return made,
            Ok(event) => {
                let ended = matches!(&event, Event::End(element) if element.local_name().as_ref() == b"si");
                text.see(&event);
                if ended {
                    made.push(text.take());
                }
            }
            Err(error) => {
                findings.loss("xlsx-xml-broken", offset, format!("reading shared strings: {error}"));
                return made;
            }
        }
    }
}

/// Gathers the text of the `t` elements of a string item.
#[derive(Default)]
pub(super) struct Text {
    gathered: String,
    in_text: bool,
    pronounced: bool,
}

impl Text {
    /// Takes what an event adds.
    pub(super) fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                b"t" => self.in_text = true,
                b"rPh" => self.pronounced = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                b"t" => self.in_text = false,
                b"rPh" => self.pronounced = false,
                _ => {}
            },
            Event::Text(text) if self.in_text && !self.pronounced => match text.unescape() {
                Ok(text) => self.gathered.push_str(&text),
                Err(_) => self.gathered.push_str(&String::from_utf8_lossy(text)),
            },
            Event::CData(text) if self.in_text && !self.pronounced => {
                self.gathered.push_str(&String::from_utf8_lossy(text));
            }
            _ => {}
        }
    }

    /// The text, and begins anew.
    pub(super) fn take(&mut self) -> String {
        plain(&std::mem::take(self).gathered)
    }
}
