//! `explain`: the walk from one record down to the bytes of each row that it rests on.

use super::bind::{Bound, named_table};
use super::object::Moment;
use super::realm::RealmFile;
use super::remains::{is_lost, left, reason};
use super::reopen::{Bytes, Opened, Reference, open_all, references, same_file};
use super::survey::Survey;
use super::verify::named;
use crate::evidence::Repeat;
use crate::parse::sqlite::{Row, Table, Views};
use crate::parse::{self, Node, Span, Value as Parsed};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// One row of a record, with its bytes.
#[derive(Debug, Clone)]
pub struct WalkStep {
    /// `base`, or the look-up, or the field.
    pub role: String,
    /// Device path of the file that holds the bytes (the companion, where they lie in one).
    pub path: String,
    /// The name under which the acquisition holds it.
    pub original: String,
    /// The archives inside the acquisition that hold it, outermost first.
    pub within: Vec<String>,
    /// SHA-256 as the report gives it.
    pub sha256: String,
    /// `main`, `wal`, `journal`.
    pub source: String,
    /// Table, or JSON Pointer.
    pub table: String,
    /// The row.
    pub rowid: Option<i64>,
    /// The view.
    pub view: String,
    /// The page.
    pub page: Option<u64>,
    /// Whether it is a row of a SQLite database, which a query gives too.
    pub is_queried: bool,
    /// Bytes from the start of the file.
    pub offset: u64,
    /// The bytes, decrypted where the file is encrypted.
    pub bytes: Vec<u8>,
    /// Where it is: how, whether the offset is that of another file, the decrypted one, and how it can be repeated.
    pub encryption: Option<(String, bool, Repeat)>,
    /// Column → value as stored, in words.
    pub values: Vec<(String, String)>,
    /// Of a row in unused space: how it was made out, and how its table was told.
    pub reason: Option<String>,
    /// Why the bytes could not be read again.
    pub problem: Option<String>,
}

/// The steps of a record's walk. `files` is the report's list of them.
pub fn walk(survey: &Survey<'_>, bytes: &Bytes, files: &[Value], record: &Value) -> Vec<WalkStep> {
    let opened = open_all(survey, bytes);
    let rows = record.get("provenance").and_then(|p| p.get("rows")).and_then(Value::as_array);
    let values = rows.map_or(&[] as &[Value], Vec::as_slice);
    references(record)
        .iter()
        .zip(values)
        .map(|(reference, value)| step(survey, (bytes, &opened), files, (reference, value)))
        .collect()
}

fn step(
    survey: &Survey<'_>,
    (bytes, opened): (&Bytes, &[Opened<'_>]),
    files: &[Value],
    (reference, value): (&Reference<'_>, &Value),
) -> WalkStep {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let file =
        files.iter().find(|file| file.get("id").and_then(Value::as_u64) == Some(reference.file as u64));
    let source = text(value, "source");
    let main_path = file.map_or(String::new(), |file| text(file, "path"));
    let path = beside(&main_path, &source);
    let companion =
        file.and_then(|file| file.get("companions")?.as_array()?.iter().find(|c| text(c, "path") == path));
    let known = file.and_then(|file| same_file(survey, file));
    let mut made = WalkStep {
        role: reference.role.to_owned(),
        original: beside(&file.map_or(String::new(), |file| text(file, "original")), &source),
        within: file.map_or_else(Vec::new, super::reopen::within),
        sha256: companion.or(file).map_or(String::new(), |file| text(file, "sha256")),
        path,
        table: place(reference),
        rowid: value.get("rowid").and_then(Value::as_i64),
        view: text(value, "view"),
        page: value.get("page").and_then(Value::as_u64),
        offset: reference.offset,
        bytes: known.and_then(|id| slice(bytes, id, &source, reference)).unwrap_or_else(Vec::new),
        encryption: known.and_then(|id| encryption(bytes, id)),
        source,
        is_queried: false,
        values: Vec::new(),
        reason: None,
        problem: None,
    };
    if let Some(part) = known.and_then(|id| member(bytes, id, &made.source).filter(|_| made.source != "main"))
    {
        let of = |key: &str| file.map_or(String::new(), |file| text(file, key));
        within_workbook(&mut made, &part, (main_path, of("original"), of("sha256")));
    }
    match known.and_then(|id| opened.get(id)) {
        Some(Opened::Database(db)) => {
            made.is_queried = made.view == "live";
            let read = match reference.table {
                Some(name) => match named_table(db, &Views::default(), name) {
                    Some(table) => reference.row(db, table).map(|row| (row, table)),
                    None => Err("the database has no such table".to_owned()),
                },
                None => reference.stray(db).map(|stray| (stray.row, stray.table)),
            };
            match read {
                Ok((row, table)) => (made.values, made.reason) = (columns(&row, table), reason(&row, table)),
                Err(problem) => made.problem = Some(problem),
            }
        }
        Some(Opened::Realm(realm)) => match object(realm, reference) {
            Ok(values) => made.values = values,
            Err(problem) => made.problem = Some(problem),
        },
        Some(Opened::Tree(_)) => {}
        _ => made.problem = Some(unreadable(bytes, known)),
    }
    made
}

/// Table, and of a value of an object its column; of a tree the pointer.
fn place(reference: &Reference<'_>) -> String {
    [reference.table, reference.pointer].into_iter().flatten().collect()
}

/// The values of an object, or the one that a reference names by its path.
fn object(realm: &RealmFile<'_>, reference: &Reference<'_>) -> Result<Vec<(String, String)>, String> {
    let class = reference.table.and_then(|name| realm.class(name)).ok_or("the file has no such class")?;
    let Some(pointer) = reference.pointer else {
        let object = named(realm, &class, reference)?;
        let value = |(index, name): (usize, &&str)| {
            let value = object.node(index).map_or("missing".to_owned(), |node| words(&node.value));
            ((*name).to_owned(), value)
        };
        return Ok(class.columns.iter().enumerate().map(value).collect());
    };
    let moment = reference.view.and_then(Moment::named).ok_or("no such view of a Realm file")?;
    let name = pointer.trim_start_matches('/').replace("~1", "/").replace("~0", "~");
    let Some(Bound::Column(column)) = class.column(&name) else { return Err("no such column".to_owned()) };
    let key = reference.rowid.ok_or("it names no object")?;
    let span = Span { offset: reference.offset, length: reference.length };
    let node = realm.node_at(&class, (moment, key), (column, span));
    let node = node.ok_or("the object has no value of this column there")?;
    Ok(vec![(name, words(&node.value))])
}

/// The path of the file that `source` names beside an artifact: a companion of a database, or a file of the same folder.
fn beside(path: &str, source: &str) -> String {
    match (source, path.rsplit_once('/')) {
        ("main", _) => path.to_owned(),
        // A log without its database is a file of its own.
        ("wal" | "journal", _) if path.ends_with(&format!("-{source}")) => path.to_owned(),
        ("wal" | "journal", _) => format!("{path}-{source}"),
        (name, Some((folder, _))) => format!("{folder}/{name}"),
        (name, None) => name.to_owned(),
    }
}

fn encryption(bytes: &Bytes, id: usize) -> Option<(String, bool, Repeat)> {
    let unsealed = bytes.get(id)?.seal.opened()?;
    Some((unsealed.method.clone(), unsealed.derived.is_some(), unsealed.repeat.clone()))
}

/// Why a file that the report read cannot be.
fn unreadable(bytes: &Bytes, known: Option<usize>) -> String {
    match known.and_then(|id| bytes.get(id)?.seal.closed()) {
        Some(closed) => closed.told(),
        None => "the evidence does not hold this file, or it cannot be read".to_owned(),
    }
}

fn slice(bytes: &Bytes, id: usize, source: &str, reference: &Reference<'_>) -> Option<Vec<u8>> {
    let loaded = bytes.get(id)?;
    let unpacked;
    let whole = match loaded.source(source) {
        Some(whole) => whole,
        None => {
            unpacked = member(bytes, id, source)?;
            &unpacked
        }
    };
    let start = usize::try_from(reference.offset).ok()?;
    let end = start.checked_add(usize::try_from(reference.length).ok()?)?;
    Some(whole.get(start..end)?.to_vec())
}

/// The member of a workbook that `source` names, unpacked.
fn member(bytes: &Bytes, id: usize, source: &str) -> Option<Vec<u8>> {
    let main = bytes.get(id)?.source("main")?;
    parse::xlsx::is_xlsx(main).then(|| parse::xlsx::part(main, source))?
}

/// Tells a place in a member of a workbook: the workbook is what holds it, and its own hash is what a command gives.
fn within_workbook(made: &mut WalkStep, part: &[u8], (path, original, sha256): (String, String, String)) {
    made.reason = Some(format!(
        "lies in the member {} of the workbook {path}, whose SHA-256 is {sha256}; offset and SHA-256 are those of the member, unpacked",
        made.source
    ));
    made.path = format!("{path} · {}", made.source);
    made.within.push(original);
    made.original = made.source.clone();
    made.sha256 = hex::encode(Sha256::digest(part));
    // To who repeats it, the member is a file of its own.
    made.source = "main".to_owned();
}

fn columns(row: &Row<'_>, table: &Table) -> Vec<(String, String)> {
    table
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let words = left(row, table, index).map_or("missing".to_owned(), |value| words(&value));
            (column.name.clone(), format!("{words}{}", note(row, table, index)))
        })
        .collect()
}

/// What is not as stored in the value of a column.
fn note(row: &Row<'_>, table: &Table, column: usize) -> &'static str {
    match () {
        () if row.is_default(table, column) => " (column default; not stored in the row)",
        () if is_lost(row, table, column) => " (overwritten or cut)",
        () if row.is_inferred(table, column) => " (its type was overwritten, and is inferred)",
        () => "",
    }
}

fn words(value: &Parsed<'_>) -> String {
    match value {
        Parsed::Null => "NULL".to_owned(),
        Parsed::Bool(truth) => truth.to_string(),
        Parsed::Integer(number) => number.to_string(),
        Parsed::Real(number) => format!("{number:?}"),
        Parsed::Text(text) => format!("{text:?}"),
        Parsed::InvalidText { bytes, .. } => {
            format!("text not valid in its encoding, x'{}'", hex::encode(bytes))
        }
        Parsed::Blob(bytes) if bytes.len() > 64 => {
            format!("{} bytes, x'{}…'", bytes.len(), hex::encode(bytes.get(..64).unwrap_or(bytes)))
        }
        Parsed::Blob(bytes) => format!("x'{}'", hex::encode(bytes)),
        Parsed::List(nodes) => {
            format!("[{}]", nodes.iter().map(|node| words(&node.value)).collect::<Vec<_>>().join(", "))
        }
        Parsed::Map(members) => {
            let member = |(name, node): &(_, Node<'_>)| format!("{name:?}: {}", words(&node.value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}
