//! The one place where a decoder's name meets its reader.

use super::definition::{Container, Decoder};
use crate::parse::{self, Document, Error, Node, Value};

/// Reads bytes (or text) as a tree.
///
/// # Errors
/// What the reader says.
pub(super) fn decode(decoder: Decoder, value: &Value<'_>) -> Result<Node<'static>, Error> {
    if decoder == Decoder::KeyedArchive && matches!(value, Value::Map(_)) {
        return parse::keyed_archive::decode(&Node { value: value.clone(), span: parse::Span::default() });
    }
    let bytes: &[u8] = match value {
        Value::Blob(bytes) | Value::InvalidText { bytes, .. } => bytes,
        Value::Text(text) => text.as_bytes(),
        _ => &[],
    };
    match decoder {
        Decoder::Plist => Ok(parse::plist::document(bytes)?.root.into_owned()),
        Decoder::KeyedArchive => parse::keyed_archive::decode(&parse::plist::document(bytes)?.root),
        Decoder::Typedstream => Ok(parse::typedstream::decode(bytes)?.into_owned()),
        Decoder::Json => Ok(parse::json::document(bytes)?.root.into_owned()),
        Decoder::Xml => Ok(parse::xml::document(bytes)?.root.into_owned()),
    }
}

/// Reads a whole file as a tree.
///
/// # Errors
/// What the reader says; a database is no tree.
pub(super) fn document(container: Container, framed: bool, bytes: &[u8]) -> Result<Document<'_>, Error> {
    match container {
        Container::Plist if framed => parse::plist::framed(bytes),
        Container::Plist => parse::plist::document(bytes),
        Container::Xml => parse::xml::document(bytes),
        Container::Json => parse::json::document(bytes),
        Container::Properties => parse::properties::document(bytes),
        Container::Sqlite => Err(Error::WrongKind { expected: "a tree", found: "a table".to_owned() }),
    }
}
