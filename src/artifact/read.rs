//! TOML → [`Definition`], with every check that needs no evidence: closed names, types of fields, what hangs on what. All faults
//! of a file are told at once, each with its place and, for a name, the nearest right one.

use super::definition::{
    Container, Decoder, Definition, Example, Fingerprint, RecordBlock, Rows, Source, Step,
};
use super::faults::{Fault, Faults, maybe_table, maybe_text, tables, text_of, texts, truth};
use super::read_fields::FieldReader;
use super::read_rows::{conditions, lookups};
use super::{read_table, readings};
use crate::parse::csv::{Dialect, Encoding};
use crate::record::kinds::{FRAGMENT, KINDS, Kind, kind};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

const TOP: &[&str] = &[
    "id",
    "name",
    "version",
    "platform",
    "summary",
    "certainty",
    "apps",
    "references",
    "caveats",
    "source",
    "record",
    "enum",
    "example",
];
const SOURCE: &[&str] = &["id", "container", "paths", "optional", "framing", "fingerprint"];
const RECORD: &[&str] = &["kind", "source", "table", "each", "unwrap", "where", "lookup", "fields"];

/// Reads and checks one definition.
///
/// # Errors
/// Every fault of the file.
pub fn definition(file: &str, text: &str) -> Result<Definition, Vec<Fault>> {
    let mut faults = Faults { file: file.to_owned(), list: Vec::new() };
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            let error: toml::de::Error = error;
            faults.add("toml", error.to_string().trim().replace('\n', " "));
            return Err(faults.list);
        }
    };
    let read = match table.get("format").and_then(Value::as_str) {
        Some("table") => read_table::mapping(&table, text, &mut faults),
        _ => top(&table, text, &mut faults),
    };
    if faults.list.is_empty() { Ok(read) } else { Err(faults.list) }
}

fn top(table: &Table, text: &str, faults: &mut Faults) -> Definition {
    faults.closed("top", table, TOP);
    let mut sources: Vec<Source> =
        tables(table, "source", faults).iter().enumerate().map(|(i, t)| source(t, i, faults)).collect();
    for (index, known) in sources.iter().enumerate() {
        if sources.iter().take(index).any(|before| before.id == known.id) {
            faults.add(&format!("source[{index}]"), format!("there is a source `{}` twice", known.id));
        }
    }
    let enums = maybe_table(table, "enum", "top", faults).cloned().unwrap_or_else(Table::new);
    let records: Vec<RecordBlock> = tables(table, "record", faults)
        .iter()
        .enumerate()
        .filter_map(|(index, block)| record(block, index, &sources, &enums, faults))
        .collect();
    if sources.is_empty() || records.is_empty() && faults.list.is_empty() {
        faults.add("top", "a definition needs at least one [[source]] and one [[record]]");
    }
    for block in &records {
        readings::of_names(block, &mut sources);
    }
    let platform = text_of(table, "platform", "top", faults);
    if !["android", "ios"].contains(&platform.as_str()) {
        faults.unknown("platform", "platform", &platform, &["android", "ios"]);
    }
    Definition {
        id: text_of(table, "id", "top", faults),
        name: text_of(table, "name", "top", faults),
        version: version(table, faults),
        platform,
        summary: text_of(table, "summary", "top", faults),
        is_candidate: is_candidate(table, faults),
        apps: texts(table, "apps", "top", faults),
        references: texts(table, "references", "top", faults),
        caveats: texts(table, "caveats", "top", faults),
        sources,
        records,
        examples: tables(table, "example", faults)
            .iter()
            .enumerate()
            .map(|(i, t)| example(t, i, faults))
            .collect(),
        sha256: hex::encode(Sha256::digest(text.as_bytes())),
        text: text.to_owned(),
    }
}

/// What `certainty` says: `candidate`, or nothing.
pub(super) fn is_candidate(table: &Table, faults: &mut Faults) -> bool {
    let certainty = maybe_text(table, "certainty", "top", faults);
    if let Some(other) = certainty.filter(|certainty| *certainty != "candidate") {
        faults.unknown("top", "certainty", other, &["candidate"]);
    }
    certainty.is_some()
}

pub(super) fn version(table: &Table, faults: &mut Faults) -> i64 {
    let version = table.get("version").and_then(Value::as_integer);
    if version.is_none() {
        faults.add("top", "`version` is missing, or is no whole number");
    }
    version.unwrap_or(0)
}

fn source(table: &Table, index: usize, faults: &mut Faults) -> Source {
    let place = format!("source[{index}]");
    faults.closed(&place, table, SOURCE);
    let name = text_of(table, "container", &place, faults);
    let known: Vec<&str> = Container::ALL.iter().map(|(name, _)| *name).collect();
    let container = Container::ALL.iter().find(|(known, _)| *known == name).map(|(_, container)| *container);
    if container.is_none() {
        faults.unknown(&place, "container", &name, &known);
    }
    let framing = maybe_text(table, "framing", &place, faults);
    if let Some(other) = framing.filter(|framing| *framing != "u32le_length") {
        faults.unknown(&place, "framing", other, &["u32le_length"]);
    }
    if framing.is_some() && container != Some(Container::Plist) {
        faults.add(&place, "`framing` is for property lists");
    }
    if table.contains_key("fingerprint") && !container.is_some_and(Container::has_tables) {
        faults.add(&place, "`fingerprint` is for SQLite and Realm");
    }
    let paths = texts(table, "paths", &place, faults);
    if paths.is_empty() {
        faults.add(&place, "`paths` needs at least one glob");
    }
    for path in &paths {
        if let Err(error) = crate::evidence::Glob::new(path) {
            faults.add(&place, format!("`{path}` is no glob: {error}"));
        }
    }
    Source {
        id: text_of(table, "id", &place, faults),
        container: container.unwrap_or(Container::Sqlite),
        paths,
        optional: truth(table, "optional", &place, faults),
        framed: framing.is_some(),
        asked: Vec::new(),
        fingerprints: fingerprints(table, &place, faults),
        dialect: Dialect { delimiter: b',', encoding: Encoding::Utf8 },
    }
}

fn fingerprints(table: &Table, place: &str, faults: &mut Faults) -> Vec<Fingerprint> {
    let list = match table.get("fingerprint") {
        None => return Vec::new(),
        Some(Value::Array(list)) => list.as_slice(),
        Some(single) => std::slice::from_ref(single),
    };
    let mut read = Vec::new();
    for fingerprint in list {
        match fingerprint.as_table() {
            Some(tables) => {
                read.push(
                    tables.keys().map(|name| (name.clone(), texts(tables, name, place, faults))).collect(),
                );
            }
            None => {
                faults.add(place, "`fingerprint` is a table, or a list of such: { table = [\"column\", …] }")
            }
        }
    }
    read
}

fn record(
    table: &Table,
    index: usize,
    sources: &[Source],
    enums: &Table,
    faults: &mut Faults,
) -> Option<RecordBlock> {
    let place = format!("record[{index}]");
    faults.closed(&place, table, RECORD);
    let kind = kind_of(table, &place, faults)?;
    let source_name = text_of(table, "source", &place, faults);
    let source = source_index(&source_name, sources, &place, faults)?;
    let rows = rows(table, sources.get(source)?.container, &place, faults);
    let (lookups, mut names) = lookups(table, (sources, source), &place, faults);
    if !lookups.is_empty() && !matches!(rows, Rows::Table(_)) {
        faults.add(&place, "look-ups need a table: rows of a tree have none");
    }
    let conditions = conditions(table, (&mut names, &lookups), &place, faults);
    let mut unwrap = steps(table.get("unwrap"), &place, faults);
    if !unwrap.is_empty() && matches!(rows, Rows::Table(_)) {
        faults.add(&place, "`unwrap` is for trees; give the field its own `unwrap`");
    }
    let empty = Table::new();
    let fields = maybe_table(table, "fields", &place, faults).unwrap_or(&empty);
    let mut reader = FieldReader { kind, enums, lookups: &lookups, names: &mut names, faults, clock: None };
    let made = reader.fields(fields, &format!("{place}.fields"));
    let service = made.service?;
    let names = names.into_list();
    readings::ask_below(&mut unwrap, names.iter().map(|name| name.column.as_str()), (&place, faults));
    Some(RecordBlock {
        kind,
        source,
        rows,
        unwrap,
        conditions,
        lookups,
        names,
        fields: made.fields,
        service,
        counterparty: made.counterparty,
        extra: made.extra,
        owner: None,
        zone_source: None,
        zones: Vec::new(),
    })
}

pub(super) fn kind_of(table: &Table, place: &str, faults: &mut Faults) -> Option<&'static Kind> {
    let name = text_of(table, "kind", place, faults);
    let found = kind(&name).filter(|kind| kind.name != FRAGMENT);
    if found.is_none() {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).filter(|name| *name != FRAGMENT).collect();
        faults.unknown(place, "kind", &name, &known);
    }
    found
}

pub(super) fn source_index(
    name: &str,
    sources: &[Source],
    place: &str,
    faults: &mut Faults,
) -> Option<usize> {
    let found = sources.iter().position(|source| source.id == name);
    if found.is_none() {
        let known: Vec<&str> = sources.iter().map(|source| source.id.as_str()).collect();
        faults.unknown(place, "source", name, &known);
    }
    found
}

fn rows(table: &Table, container: Container, place: &str, faults: &mut Faults) -> Rows {
    let name = maybe_text(table, "table", place, faults);
    let each = maybe_text(table, "each", place, faults);
    if let (Some(path), Some(_)) = (container.entries(), each) {
        faults.add(place, format!("the rows of a {} source are its entries: no `each`", container.name()));
        return Rows::Each(path.to_owned());
    }
    match (container, name, each.or(container.entries())) {
        (Container::Sqlite | Container::Realm, Some(name), None) => Rows::Table(name.to_owned()),
        (Container::Sqlite | Container::Realm, ..) => {
            faults.add(place, "a SQLite or Realm source needs `table`, and no `each`");
            Rows::Root
        }
        (_, None, Some(path)) => Rows::Each(path.to_owned()),
        (_, None, None) => Rows::Root,
        (_, Some(_), _) => {
            faults.add(place, "`table` is for SQLite and Realm; the rows of a tree are given by `each`");
            Rows::Root
        }
    }
}

/// Reads a list of steps: `[{ decode = "plist" }, { path = "a.0" }]`.
pub(super) fn steps(value: Option<&Value>, place: &str, faults: &mut Faults) -> Vec<Step> {
    let Some(value) = value else { return Vec::new() };
    let Some(list) = value.as_array() else {
        faults.add(place, "`unwrap` is a list of steps");
        return Vec::new();
    };
    let mut read = Vec::new();
    for step in list {
        match step.as_table() {
            Some(table) => {
                faults.closed(place, table, &["decode", "path"]);
                read.extend(decode_and_path(table, place, faults));
            }
            None => faults.add(place, "a step is { decode = \"…\" } or { path = \"…\" }"),
        }
    }
    readings::ask(&mut read, (place, faults));
    read
}

/// The `decode` and `path` of a table, in that order.
pub(super) fn decode_and_path(table: &Table, place: &str, faults: &mut Faults) -> Vec<Step> {
    let mut read = Vec::new();
    if let Some(name) = maybe_text(table, "decode", place, faults) {
        match Decoder::ALL.iter().find(|(known, _)| *known == name) {
            Some((_, decoder)) => read.push(Step::Decode(*decoder, Vec::new())),
            None => {
                let known: Vec<&str> = Decoder::ALL.iter().map(|(known, _)| *known).collect();
                faults.unknown(place, "decoder", name, &known);
            }
        }
    }
    if let Some(path) = maybe_text(table, "path", place, faults) {
        read.push(Step::Path(path.to_owned()));
    }
    readings::ask(&mut read, (place, faults));
    read
}

pub(super) fn example(table: &Table, index: usize, faults: &mut Faults) -> Example {
    let place = format!("example[{index}]");
    faults.closed(&place, table, &["sample", "keys", "expect"]);
    let expect = table.get("expect").and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    if expect.is_empty() {
        faults.add(&place, "an example without `expect` proves nothing");
    }
    if expect.iter().any(|entry| !entry.is_table()) {
        faults.add(&place, "`expect` is a list of tables");
    }
    for entry in expect.iter().filter_map(Value::as_table).filter(|entry| entry.contains_key("kind")) {
        kind_of(entry, &place, faults);
    }
    Example {
        sample: text_of(table, "sample", &place, faults),
        keys: maybe_text(table, "keys", &place, faults).map(str::to_owned),
        expect: expect.iter().filter_map(Value::as_table).cloned().collect(),
    }
}
