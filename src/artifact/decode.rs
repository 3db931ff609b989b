//! The one place where a decoder's name meets its reader.

use super::definition::{Container, Decoder};
use crate::parse::{self, Document, Error, Node, Value};

/// Reads bytes (or text) as a tree; of a damaged one what could be read, with findings.
///
/// # Errors
/// What the reader says, where nothing could be read.
pub(super) fn decode(decoder: Decoder, value: &Value<'_>) -> Result<Document<'static>, Error> {
    if decoder == Decoder::KeyedArchive && matches!(value, Value::Map(_)) {
        return parse::keyed_archive::document(&Node { value: value.clone(), span: parse::Span::default() });
    }
    let bytes: &[u8] = match value {
        Value::Blob(bytes) | Value::InvalidText { bytes, .. } => bytes,
        Value::Text(text) => text.as_bytes(),
        _ => &[],
    };
    let document = match decoder {
        Decoder::Plist => parse::plist::document(bytes)?,
        Decoder::KeyedArchive => {
            let archive = parse::plist::document(bytes)?;
            let resolved = parse::keyed_archive::document(&archive.root)?;
            let findings = archive.findings.into_iter().chain(resolved.findings).collect();
            Document { root: resolved.root, findings }
        }
        Decoder::Typedstream => parse::typedstream::document(bytes)?,
        Decoder::Json => parse::json::document(bytes)?,
        Decoder::Xml => parse::xml::document(bytes)?,
        Decoder::Words => words(value),
    };
    Ok(Document { root: document.root.into_owned(), findings: document.findings })
}

/// The words of a text, as a list.
fn words(value: &Value<'_>) -> Document<'static> {
    let text = match value {
        Value::Text(text) => text.as_ref(),
        _ => "",
    };
    let node = |value| Node { value, span: parse::Span::default() };
    let words = text.split_whitespace().map(|word| node(Value::Text(word.to_owned().into()))).collect();
    Document { root: node(Value::List(words)), findings: Vec::new() }
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
