//! What both versions say of an entry.

use std::borrow::Cow;

use crate::parse::tree::Findings;
use crate::parse::{Node, Span, Value};

/// One entry, as its version found it.
pub(super) struct Entry<'a> {
    /// From its header to the end of its payload.
    pub(super) start: usize,
    pub(super) payload_start: usize,
    pub(super) payload: &'a [u8],
    pub(super) state: i32,
    pub(super) crc32: u32,
    pub(super) time: f64,
    /// Version 1 has a second one.
    pub(super) time_2: Option<f64>,
}

/// Written, deleted; 4 stands on entries without content, and has no published name.
const WRITTEN: i32 = 1;
const DELETED: i32 = 3;

pub(super) type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

impl<'a> Entry<'a> {
    /// The entry as a row. A written one whose payload has another CRC-32 is a loss: its bytes are not those that were written.
    pub(super) fn node(self, findings: &mut Findings) -> Node<'a> {
        let end = self.payload_start.saturating_add(self.payload.len());
        let span = Span::between(self.start, end);
        let payload = Span::between(self.payload_start, end);
        let mut crc = flate2::Crc::new();
        crc.update(self.payload);
        let is_valid = crc.sum() == self.crc32;
        let state = match self.state {
            WRITTEN => "live",
            DELETED => "deleted",
            _ => "unknown",
        };
        if self.state == WRITTEN && !is_valid {
            let message =
                format!("CRC-32 of an entry: expected {:#010x}, found {:#010x}", self.crc32, crc.sum());
            findings.loss("segb-crc", self.start, message);
        }
        let node = |value| Node { value, span };
        let mut members: Members<'a> = vec![
            ("state".into(), node(Value::Text(state.into()))),
            ("entry_state".into(), node(Value::Integer(self.state.into()))),
            ("time".into(), node(Value::Date(self.time))),
        ];
        members.extend(self.time_2.map(|time| ("time_2".into(), node(Value::Date(time)))));
        members.push(("crc_valid".into(), node(Value::Bool(is_valid))));
        if !self.is_empty() {
            members.push((
                "payload".into(),
                Node { value: Value::Blob(Cow::Borrowed(self.payload)), span: payload },
            ));
        }
        node(Value::Map(members))
    }

    /// A deleted entry is overwritten with zeros.
    fn is_empty(&self) -> bool {
        self.payload.is_empty() || self.state != WRITTEN && self.payload.iter().all(|byte| *byte == 0)
    }
}

/// A stream as a map.
pub(super) fn members<'a>(
    version: i64,
    head: Span,
    created: Option<f64>,
    entries: Vec<Node<'a>>,
) -> Members<'a> {
    let node = |value| Node { value, span: head };
    let mut members: Members<'a> = vec![("version".into(), node(Value::Integer(version)))];
    members.extend(created.map(|time| ("created".into(), node(Value::Date(time)))));
    members.push(("entries".into(), node(Value::List(entries))));
    members
}
