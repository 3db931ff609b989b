//! A mapping of disclosed tables (`format = "table"`) → [`Definition`]: the same fields, conversions and labels as any definition,
//! over rows of CSV files and spreadsheets, with the clock and the direction that such a table leaves unsaid.

use super::definition::{Container, Definition, FieldSpec, RecordBlock, Rows, Source};
use super::faults::{Faults, maybe_table, maybe_text, tables, text_of, texts};
use super::owner::Owner;
use super::read::{example, is_candidate, kind_of, version};
use super::read_fields::{FieldReader, TableClock};
use super::read_rows::{Names, conditions};
use super::sheet::SheetRows;
use crate::parse::csv::{Dialect, Encoding};
use crate::record::kinds::Field;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

const TOP: &[&str] = &[
    "format",
    "id",
    "name",
    "version",
    "summary",
    "certainty",
    "references",
    "caveats",
    "table",
    "enum",
    "example",
];
const TABLE: &[&str] = &[
    "kind",
    "files",
    "sheet",
    "header_row",
    "encoding",
    "delimiter",
    "time_format",
    "zone",
    "zone_source",
    "owner",
    "where",
    "fields",
];

/// Reads a mapping whose TOML is sound.
pub(super) fn mapping(table: &Table, text: &str, faults: &mut Faults) -> Definition {
    faults.closed("top", table, TOP);
    let enums = maybe_table(table, "enum", "top", faults).cloned().unwrap_or_else(Table::new);
    let (mut sources, mut records) = (Vec::new(), Vec::new());
    for (index, block) in tables(table, "table", faults).into_iter().enumerate() {
        let place = format!("table[{index}]");
        faults.closed(&place, block, TABLE);
        sources.push(source(block, index, faults));
        records.extend(record(block, (index, &place), &enums, faults));
    }
    if sources.is_empty() {
        faults.add("top", "a mapping needs at least one [[table]]");
    }
    Definition {
        id: text_of(table, "id", "top", faults),
        name: text_of(table, "name", "top", faults),
        version: version(table, faults),
        platform: "table".to_owned(),
        summary: text_of(table, "summary", "top", faults),
        is_candidate: is_candidate(table, faults),
        apps: Vec::new(),
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

fn source(table: &Table, index: usize, faults: &mut Faults) -> Source {
    let place = format!("table[{index}]");
    let paths = texts(table, "files", &place, faults);
    if paths.is_empty() {
        faults.add(&place, "`files` needs at least one glob");
    }
    for path in &paths {
        if let Err(error) = crate::evidence::Glob::new(path) {
            faults.add(&place, format!("`{path}` is no glob: {error}"));
        }
    }
    Source {
        id: place.clone(),
        container: Container::Table,
        paths,
        optional: false,
        framed: false,
        asked: Vec::new(),
        fingerprints: Vec::new(),
        dialect: dialect(table, &place, faults),
    }
}

fn dialect(table: &Table, place: &str, faults: &mut Faults) -> Dialect {
    let label = maybe_text(table, "encoding", place, faults).unwrap_or("utf-8");
    let encoding = Encoding::by_label(label).unwrap_or_else(|| {
        faults.add(place, format!("`{label}` is no encoding that is read: utf-8, utf-16le, utf-16be, or one byte a character (windows-1252)"));
        Encoding::Utf8
    });
    let delimiter = match maybe_text(table, "delimiter", place, faults).unwrap_or(",") {
        "\\t" | "tab" => b'\t',
        text => match text.as_bytes() {
            [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => *byte,
            _ => {
                faults.add(place, "`delimiter` is one character of ASCII, or `tab`");
                b','
            }
        },
    };
    Dialect { delimiter, encoding }
}

fn record(
    table: &Table,
    (source, place): (usize, &str),
    enums: &Table,
    faults: &mut Faults,
) -> Option<RecordBlock> {
    let kind = kind_of(table, place, faults)?;
    let mut names = Names::default();
    let conditions = conditions(table, (&mut names, &[]), place, faults);
    let owner = owner(table, &mut names, place, faults);
    if owner.is_some() && kind.name != "message" {
        faults.add(place, "`owner` tells the direction of messages alone");
    }
    let clock = TableClock {
        format: maybe_text(table, "time_format", place, faults),
        zone: maybe_text(table, "zone", place, faults),
    };
    let zone_source = maybe_text(table, "zone_source", place, faults).map(str::to_owned);
    if clock.zone.is_some_and(|zone| zone != "unknown") && zone_source.is_none() {
        faults.add(place, "`zone_source` is missing: how the zone of the times is known (a page of a cover letter, a statement)");
    }
    let empty = Table::new();
    let fields = maybe_table(table, "fields", place, faults).unwrap_or(&empty);
    let mut reader = FieldReader { kind, enums, lookups: &[], names: &mut names, faults, clock: Some(clock) };
    let made = reader.fields(fields, &format!("{place}.fields"));
    let service = made.service?;
    Some(RecordBlock {
        kind,
        source,
        rows: Rows::Sheet(SheetRows {
            sheet: maybe_text(table, "sheet", place, faults).unwrap_or("*").to_owned(),
            header_row: header_row(table, place, faults),
        }),
        unwrap: Vec::new(),
        conditions,
        lookups: Vec::new(),
        names: names.into_list(),
        service,
        counterparty: made.counterparty,
        extra: made.extra,
        zones: zones(&made.fields),
        fields: made.fields,
        owner,
        zone_source,
    })
}

/// The zones of the times of fields.
fn zones(fields: &[(&'static Field, FieldSpec)]) -> Vec<String> {
    let zone = |(_, spec): &(&'static Field, FieldSpec)| match spec {
        FieldSpec::Value(value) => value.clock.as_ref()?.zone().map(str::to_owned),
        _ => None,
    };
    let mut zones: Vec<String> = fields.iter().filter_map(zone).collect();
    zones.sort();
    zones.dedup();
    zones
}

/// The row that names the columns; a file of text that has none of its own begins with it.
fn header_row(table: &Table, place: &str, faults: &mut Faults) -> usize {
    let Some(value) = table.get("header_row") else { return 1 };
    let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| *number <= 1_000).unwrap_or_else(|| {
        faults.add(place, "`header_row` is the number of the row that names the columns; 0: none does");
        1
    })
}

fn owner(table: &Table, names: &mut Names, place: &str, faults: &mut Faults) -> Option<Owner> {
    let told = "`owner` is \"sender\", a list of handles, or { column = \"…\" }";
    match table.get("owner")? {
        Value::String(text) if text == "sender" => Some(Owner::Sender),
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_str) => {
            Some(Owner::Handles(list.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        Value::Table(inner) => {
            faults.closed(&format!("{place}.owner"), inner, &["column"]);
            let column = text_of(inner, "column", &format!("{place}.owner"), faults);
            Some(Owner::Column(names.intern(&column, place, faults)))
        }
        _ => {
            faults.add(place, told);
            None
        }
    }
}
