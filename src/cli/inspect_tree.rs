//! `affiant inspect` of a file that is no database: a tree, each value with its place.

use super::args::InspectOptions;
use super::inspect::{complain, shown};
use super::{End, Ended, refuse};
use affiant::evidence::Secret;
use affiant::parse::{self, Document, Error, Node, Value};
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// Prints every value of a tree as a JSON line: `{"path","offset","length","value"}`.
pub(crate) fn run(
    out: &mut impl Write,
    options: &InspectOptions,
    (bytes, secrets): (&[u8], &[&Secret]),
    not_sqlite: &Error,
) -> Ended {
    if options.table.is_some() || options.page.is_some() || options.offset.is_some() {
        return refuse(not_sqlite.to_string());
    }
    let Some((kind, document)) = read(bytes, &options.file, secrets) else {
        return refuse(format!("{not_sqlite}; nor any tree that affiant reads"));
    };
    show(out, options, kind, &document)
}

/// Prints every row of all files of a LevelDB folder.
pub(crate) fn folder(out: &mut impl Write, options: &InspectOptions) -> Ended {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(&options.file)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), &**bytes)).collect();
    match parse::leveldb::document(&files) {
        Ok(document) => show(out, options, "LevelDB", &document),
        Err(error) => refuse(format!("{}: {error}", options.file.display())),
    }
}

fn show(out: &mut impl Write, options: &InspectOptions, kind: &str, document: &Document<'_>) -> Ended {
    if !options.dump {
        writeln!(out, "{kind}")?;
    }
    leaves(out, &document.root, String::new())?;
    document.findings.iter().for_each(complain);
    let lost = document.findings.iter().any(|finding| finding.loss);
    Ok(if lost { End::Incomplete } else { End::Complete })
}

type Kind<'a> = (&'static str, Document<'a>);

fn read<'a>(bytes: &'a [u8], file: &Path, secrets: &[&Secret]) -> Option<Kind<'a>> {
    by_signature(bytes, file).or_else(|| by_form(bytes, file, secrets))
}

/// Kinds that have a signature.
fn by_signature<'a>(bytes: &'a [u8], file: &Path) -> Option<Kind<'a>> {
    if parse::segb::is_segb(bytes) {
        return Some(("SEGB stream", parse::segb::document(bytes).ok()?));
    }
    if let Some(frame) = parse::compressed::Frame::of_magic(bytes) {
        return Some(("compressed bytes", parse::compressed::document(frame, bytes).ok()?));
    }
    let name = file.file_name()?.to_string_lossy().into_owned();
    let is_leveldb =
        parse::leveldb::is_table(bytes) || name.ends_with(".log") && parse::leveldb::is_log(bytes);
    if is_leveldb {
        return Some(("file of a LevelDB", parse::leveldb::document(&[(&name, bytes)]).ok()?));
    }
    parse::plist::document(bytes).ok().map(|document| ("property list", document))
}

/// Kinds that are known by their form alone: the strictest first.
fn by_form<'a>(bytes: &'a [u8], file: &Path, secrets: &[&Secret]) -> Option<Kind<'a>> {
    if let Ok(document) = parse::json::document(bytes) {
        return Some(("JSON", document));
    }
    let keys: Vec<&[u8]> =
        secrets.iter().filter_map(|secret| secret.bytes().or(secret.text().map(str::as_bytes))).collect();
    let crc = std::fs::read(file.with_file_name(format!("{}.crc", file.file_name()?.to_string_lossy()))).ok();
    if let Some(Ok(document)) = crc.as_deref().map(|crc| parse::mmkv::document(bytes, Some(crc), &keys)) {
        return Some(("MMKV", document));
    }
    if file.extension().is_some_and(|extension| extension == "preferences_pb") {
        return Some(("DataStore", parse::datastore::document(bytes).ok()?));
    }
    // The reader of XML takes what stands before the first tag as text; no tag of protobuf is a `<`.
    if parse::protobuf::is_message(bytes) {
        return Some(("protobuf", parse::protobuf::document(bytes, &[]).ok()?));
    }
    parse::xml::document(bytes).ok().map(|document| ("XML", document))
}

fn leaves(out: &mut impl Write, node: &Node<'_>, path: String) -> io::Result<()> {
    match &node.value {
        Value::Map(members) if !members.is_empty() => {
            members.iter().try_for_each(|(key, child)| leaves(out, child, below(&path, key)))
        }
        Value::List(nodes) if !nodes.is_empty() => nodes
            .iter()
            .enumerate()
            .try_for_each(|(index, child)| leaves(out, child, below(&path, &index.to_string()))),
        value => {
            let line = json!({"path": path, "offset": node.span.offset, "length": node.span.length, "value": shown(value)});
            writeln!(out, "{line}")
        }
    }
}

/// The JSON Pointer of a member (RFC 6901).
fn below(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}
