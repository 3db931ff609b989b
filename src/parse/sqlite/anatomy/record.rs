//! A record on its page: header, serial types, column values (file format, section 2.1).
//!
//! ```text
//! ┌ record header ─────────────────────────────┐
//! │ header size │ type of a │ type of b │  …   │ a │ b │ …     what lies on overflow pages takes no byte here
//! └────────────────────────────────────────────┘
//! ```

use super::super::spot::{narrow, wide};
use super::super::text::Encoding;
use super::super::{record, varint};
use super::part::{Part, PartKind};
use super::payload::Payload;
use super::trees::Tree;
use super::value;

/// SQLite's own limit of columns (`SQLITE_MAX_COLUMN`), each with a varint of nine bytes at most.
const MAX_COLUMNS: usize = 32_767;

/// Columns that a record is too short for and that are named.
const NAMED: usize = 8;

/// What a record is read by.
pub(super) struct Reading<'r> {
    pub tree: Option<&'r Tree>,
    pub encoding: Encoding,
    pub rowid: Option<i64>,
}

/// One column: where its serial type stands and where its value does, from the start of the payload.
struct Column {
    serial: u64,
    header: (usize, usize),
    start: u64,
    end: u64,
}

/// A record whose payload begins at `base` on its page. What does not fit is said in the list.
pub(super) fn record(payload: &Payload<'_>, base: usize, reading: &Reading<'_>) -> (Vec<Part>, Vec<String>) {
    let local = payload.local.len();
    let start = payload.range(0, 9);
    let Some((size, size_length)) = varint::read(&start) else {
        let part = Part::leaf(PartKind::Payload, (base, local), "payload", "no record header can be read");
        return (vec![part], vec![format!("a payload of {} bytes holds no record header", payload.length)]);
    };
    let mut odd = Vec::new();
    if size > payload.length {
        odd.push(format!(
            "a record header of {size} bytes does not fit in its payload of {}",
            payload.length
        ));
    }
    let columns = columns(payload, size, size_length);
    let mut layout = Layout { base, local, parts: Vec::new() };
    layout.header((size, size_length), &columns, reading);
    for (position, column) in columns.iter().enumerate() {
        layout.value(position, (column, columns.len()), payload, reading);
    }
    let end = columns.last().map_or(size, |column| column.end);
    if end != payload.length && size != 0 {
        odd.push(format!("a record ends at {end}, its payload at {}", payload.length));
    }
    layout.behind(
        end.max(wide(size_length)),
        reading.tree.map_or(Vec::new(), |tree| tree.absent(columns.len())),
    );
    (layout.parts, odd)
}

fn columns(payload: &Payload<'_>, size: u64, size_length: usize) -> Vec<Column> {
    let most = narrow(size.min(payload.length)).min(MAX_COLUMNS.saturating_mul(9));
    let header = payload.range(0, most);
    let (mut found, mut at, mut start) = (Vec::new(), size_length, size);
    while found.len() < MAX_COLUMNS
        && let Some((serial, length)) = header.get(at..).and_then(varint::read)
    {
        let end = start.saturating_add(record::body_size(serial));
        found.push(Column { serial, header: (at, length), start, end });
        (at, start) = (at.saturating_add(length), end);
    }
    found
}

fn name(tree: Option<&Tree>, position: usize, count: usize) -> String {
    let label = tree.and_then(|tree| tree.label(position, count));
    label.map_or_else(|| format!("c{position}"), |label| label.name)
}

/// Lays parts one behind the other over the local payload. `parts` always reaches to where the next one begins.
struct Layout {
    base: usize,
    local: usize,
    parts: Vec<Part>,
}

impl Layout {
    /// The bytes from `start` to `end` of the payload that are on this page, as a place on it.
    fn place(&self, start: u64, end: u64) -> (usize, usize) {
        let (start, end) = (narrow(start).min(self.local), narrow(end).min(self.local));
        (self.base.saturating_add(start), end.saturating_sub(start))
    }

    fn header(&mut self, (size, size_length): (u64, usize), columns: &[Column], reading: &Reading<'_>) {
        let kind = PartKind::Payload;
        let place = self.place(0, wide(size_length));
        let meaning = format!("{size} bytes, this one included");
        let mut parts = vec![Part::leaf(kind, place, "header size", meaning)];
        for (position, column) in columns.iter().enumerate() {
            let (at, length) = column.header;
            let place = self.place(wide(at), wide(at.saturating_add(length)));
            let name = format!("type of {}", name(reading.tree, position, columns.len()));
            parts.push(Part::leaf(kind, place, name, value::serial_type(column.serial)));
        }
        let read = columns.last().map_or(size_length, |last| last.header.0.saturating_add(last.header.1));
        let rest = self.place(wide(read), size.max(wide(read)));
        if rest.1 > 0 {
            parts.push(Part::leaf(kind, rest, "rest of the header", "no serial type"));
        }
        let meaning = format!("{} columns", columns.len());
        self.parts.push(Part::group(PartKind::Payload, self.base, parts, "record header", meaning));
    }

    fn value(
        &mut self,
        position: usize,
        (column, count): (&Column, usize),
        payload: &Payload<'_>,
        reading: &Reading<'_>,
    ) {
        let size = column.end.saturating_sub(column.start);
        let body = payload.range(column.start, narrow(size).min(value::ENOUGH));
        let label = reading.tree.and_then(|tree| tree.label(position, count)).unwrap_or_default();
        let mut meaning = value::value(column.serial, &body, reading.encoding);
        match (label.is_rowid, reading.rowid, column.serial) {
            (true, Some(rowid), _) => {
                meaning = format!("{meaning} in the record: the column is the rowid, {rowid}");
            }
            (_, _, 1..=6 | 8 | 9) if label.is_real => {
                meaning.push_str(", read as a double: the column is REAL")
            }
            _ => {}
        }
        let place = self.place(column.start, column.end);
        if wide(place.1) < size {
            meaning = format!("{meaning} ({} of {size} bytes on this page)", place.1);
        }
        let name = name(reading.tree, position, count);
        self.parts.push(Part::leaf(PartKind::Payload, place, name, meaning));
    }

    /// Payload that the record leaves over, and columns that it is too short for.
    fn behind(&mut self, end: u64, absent: Vec<&str>) {
        let rest = self.place(end, u64::MAX);
        if rest.1 > 0 {
            self.parts.push(Part::leaf(PartKind::Payload, rest, "payload behind the record", ""));
        }
        if absent.is_empty() {
            return;
        }
        let named = absent.get(..NAMED).unwrap_or(&absent).join(", ");
        let more = absent.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let meaning = format!("{named}{more}: added later, each reads as its DEFAULT");
        let at = (self.base.saturating_add(self.local), 0);
        self.parts.push(Part::leaf(PartKind::Payload, at, "columns not in the record", meaning));
    }
}
