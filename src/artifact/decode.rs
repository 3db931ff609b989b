//! The one place where a decoder's name meets its reader.

use super::definition::{Container, Decoder, Source};
use super::tree::Found;
use crate::evidence::Secret;
use crate::parse::{self, Document, Error, Node, Value};
use crate::record::State;

/// Reads bytes (or text) as a tree; of a damaged one what could be read, with findings. `asked` are the readings of protobuf
/// fields that the path behind the decoder asks for.
///
/// # Errors
/// What the reader says, where nothing could be read.
pub(super) fn decode(
    decoder: Decoder,
    asked: &[String],
    value: &Value<'_>,
) -> Result<Document<'static>, Error> {
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
        Decoder::Protobuf => parse::protobuf::document(bytes, asked)?,
        Decoder::TlMessage => parse::tl::message(bytes)?,
        Decoder::LocalStorageKey => parse::chromium::local_storage_key(bytes)?,
        Decoder::LocalStorageText => parse::chromium::local_storage_text(bytes)?,
        Decoder::IndexedDbKey => parse::chromium::indexeddb_key(bytes)?,
        Decoder::Compressed(frame) => parse::compressed::document(frame, bytes)?,
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

/// The bytes of a file that is read as a tree.
#[derive(Debug, Clone)]
pub(super) struct TreeBytes<'a> {
    pub(super) main: &'a [u8],
    /// What lies beside it and belongs to it, by name; of a folder all its files, `main` among them.
    pub(super) beside: Vec<(&'a str, &'a [u8])>,
    /// The examiner's keys for it.
    pub(super) secrets: &'a [Secret],
}

/// Reads a whole file as a tree. `asked` are the readings of protobuf fields that names ask for.
///
/// # Errors
/// What the reader says; a database is no tree.
pub(super) fn document<'a>(
    source: &Source,
    bytes: &TreeBytes<'a>,
    asked: &[String],
) -> Result<Document<'a>, Error> {
    let (main, framed) = (bytes.main, source.framed);
    match source.container {
        Container::Plist if framed => parse::plist::framed(main),
        Container::Plist => parse::plist::document(main),
        Container::Xml => parse::xml::document(main),
        Container::Json => parse::json::document(main),
        Container::Properties => parse::properties::document(main),
        Container::Protobuf => parse::protobuf::document(main, asked),
        Container::Datastore => parse::datastore::document(main),
        Container::Segb => parse::segb::document(main),
        Container::LevelDb => parse::leveldb::document(&bytes.beside),
        Container::Mmkv => {
            let key = |secret: &'a Secret| secret.bytes().or(secret.text().map(str::as_bytes));
            let keys: Vec<&[u8]> = bytes.secrets.iter().filter_map(key).collect();
            parse::mmkv::document(main, bytes.beside.first().map(|(_, crc)| *crc), &keys)
        }
        Container::Table if parse::xlsx::is_xlsx(main) => parse::xlsx::document(main),
        Container::Table => Ok(parse::csv::document(main, source.dialect)),
        Container::Sqlite | Container::Realm => {
            Err(Error::WrongKind { expected: "a tree", found: "a table".to_owned() })
        }
    }
}

/// What a row of a tree is, by its container: most hold one version of everything, some a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeStanding {
    Row(State),
    /// The same row stands in another file of the source, and is read there.
    Repeated,
}

impl TreeStanding {
    pub(super) fn state(self) -> State {
        match self {
            TreeStanding::Row(state) => state,
            TreeStanding::Repeated => State::Superseded,
        }
    }

    /// As provenance names it.
    pub(super) fn view(self) -> &'static str {
        if self == TreeStanding::Row(State::Live) { "live" } else { "history" }
    }
}

/// What a row is: readers of a history say it in the member `state`.
pub(super) fn standing(container: Container, row: &Node<'_>) -> TreeStanding {
    if !matches!(container, Container::Segb | Container::LevelDb | Container::Mmkv) {
        return TreeStanding::Row(State::Live);
    }
    match row.value.member("state").and_then(|state| state.value.as_text()) {
        Some("deleted") => TreeStanding::Row(State::Deleted),
        Some("superseded") => TreeStanding::Row(State::Superseded),
        Some("unknown") => TreeStanding::Row(State::Unattributed),
        Some("repeated") => TreeStanding::Repeated,
        _ => TreeStanding::Row(State::Live),
    }
}

/// The file of its source that a row lies in: each row of a folder says it in the member `file`.
pub(super) fn file_of<'n>(container: Container, row: &'n Found<'_, '_>) -> &'n str {
    let file = row.node.value.member("file").filter(|_| container == Container::LevelDb);
    file.and_then(|file| file.value.as_text()).unwrap_or("main")
}
