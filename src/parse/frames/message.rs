//! What a frame says.

use super::super::protobuf::{Wire, fields, last};
use super::super::sqlite::Cell;

/// The message of a frame.
#[derive(Debug, PartialEq)]
pub(super) enum Message<'a> {
    /// SQL, and the values of its `?`.
    Statement(&'a [u8], Vec<Cell<'a>>),
    /// File, key, value.
    Preference([Cell<'a>; 3]),
    /// Bytes that follow: of which kind, of which row (and name), how many.
    Blob { kind: &'static str, row: Cell<'a>, name: Cell<'a>, length: u32 },
    /// Of the schema.
    DatabaseVersion(u32),
    /// The last frame.
    End,
    /// Key, type, value.
    KeyValue([Cell<'a>; 3]),
    /// A kind of message that is not known.
    Other,
}

/// Reads the message of a frame; nothing where the bytes are none.
pub(super) fn message(bytes: &[u8]) -> Option<Message<'_>> {
    let fields_of = fields(bytes)?;
    let inner = |number| last(&fields_of, number).and_then(Wire::bytes).and_then(fields);
    if let Some(statement) = inner(2) {
        let sql = last(&statement, 1).and_then(Wire::bytes).unwrap_or(&[]);
        let parameters = statement.iter().filter(|(number, _)| *number == 2);
        let parameters: Option<Vec<Cell<'_>>> =
            parameters.map(|(_, value)| parameter(value.bytes()?)).collect();
        return Some(Message::Statement(sql, parameters?));
    }
    if let Some(preference) = inner(3) {
        return Some(Message::Preference([
            text(&preference, 1),
            text(&preference, 2),
            preference_value(&preference),
        ]));
    }
    if let Some(attachment) = inner(4) {
        return Some(blob("attachment", &attachment, number(&attachment, 2)));
    }
    if let Some(version) = inner(5) {
        let version = last(&version, 1).and_then(Wire::number).and_then(|number| u32::try_from(number).ok());
        return Some(Message::DatabaseVersion(version.unwrap_or(0)));
    }
    if last(&fields_of, 6).is_some() {
        return Some(Message::End);
    }
    if let Some(avatar) = inner(7) {
        let row = match last(&avatar, 3) {
            Some(_) => text(&avatar, 3),
            None => text(&avatar, 1),
        };
        return Some(Message::Blob {
            kind: "avatar",
            row,
            name: text(&avatar, 1),
            length: length(&avatar, 2),
        });
    }
    if let Some(sticker) = inner(8) {
        let row = number(&sticker, 1);
        return Some(Message::Blob { kind: "sticker", row, name: Cell::Null, length: length(&sticker, 2) });
    }
    Some(inner(9).map_or(Message::Other, |pair| key_value(&pair)))
}

fn blob<'a>(kind: &'static str, attachment: &[(u64, Wire<'a>)], name: Cell<'a>) -> Message<'a> {
    Message::Blob { kind, row: number(attachment, 1), name, length: length(attachment, 3) }
}

fn length(message: &[(u64, Wire<'_>)], field: u64) -> u32 {
    last(message, field).and_then(Wire::number).and_then(|length| u32::try_from(length).ok()).unwrap_or(0)
}

fn text<'a>(message: &[(u64, Wire<'a>)], field: u64) -> Cell<'a> {
    last(message, field).and_then(Wire::bytes).map_or(Cell::Null, Cell::Text)
}

fn number<'a>(message: &[(u64, Wire<'a>)], field: u64) -> Cell<'a> {
    last(message, field)
        .and_then(Wire::number)
        .map_or(Cell::Null, |number| Cell::Integer(number.cast_signed()))
}

/// A preference is text or a truth value; of a set of texts the first is given.
fn preference_value<'a>(preference: &[(u64, Wire<'a>)]) -> Cell<'a> {
    match (last(preference, 3), last(preference, 4)) {
        (Some(_), _) => text(preference, 3),
        (None, Some(_)) => number(preference, 4),
        (None, None) => preference
            .iter()
            .find(|(number, _)| *number == 5)
            .map_or(Cell::Null, |(_, value)| value.bytes().map_or(Cell::Null, Cell::Text)),
    }
}

/// A value of a statement.
fn parameter(bytes: &[u8]) -> Option<Cell<'_>> {
    let (number, value) = *fields(bytes)?.last()?;
    Some(match (number, value) {
        (1, Wire::Delimited(text)) => Cell::Text(text),
        (2, Wire::Varint(number)) => Cell::Integer(number.cast_signed()),
        (3, Wire::Fixed64(bits)) => Cell::Real(f64::from_le_bytes(bits)),
        (4, Wire::Delimited(bytes)) => Cell::Blob(bytes),
        (5, _) => Cell::Null,
        _ => return None,
    })
}

fn key_value<'a>(pair: &[(u64, Wire<'a>)]) -> Message<'a> {
    let typed = pair.iter().rev().find_map(|(number, value)| {
        Some(match (number, value) {
            (2, Wire::Delimited(bytes)) => ("blob", Cell::Blob(bytes)),
            (3, Wire::Varint(truth)) => ("boolean", Cell::Integer(truth.cast_signed())),
            (4, Wire::Fixed32(bits)) => ("float", Cell::Real(f32::from_le_bytes(*bits).into())),
            (5, Wire::Varint(number)) => ("integer", Cell::Integer(number.cast_signed())),
            (6, Wire::Varint(number)) => ("long", Cell::Integer(number.cast_signed())),
            (7, Wire::Delimited(text)) => ("string", Cell::Text(text)),
            _ => return None,
        })
    });
    let (kind, value) = typed.unwrap_or(("", Cell::Null));
    Message::KeyValue([text(pair, 1), Cell::Text(kind.as_bytes()), value])
}
