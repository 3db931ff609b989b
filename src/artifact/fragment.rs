//! Rows on which no definition can be run: those of no one table, and those that lack what a `where` tests. They are reported as
//! they are, so that nothing is lost in silence.

use super::base::row_reference;
use super::definition::{Definition, RecordBlock};
use super::frame::Frame;
use super::remains::{is_lost, left, reason};
use super::scalar::whole;
use crate::parse::Value;
use crate::parse::sqlite::{Attribution, Row, Stray, Table};
use crate::record::kinds::{FRAGMENT, Field, Kind, kind};
use crate::record::{Content, FieldValue, Record, RecordId, State};

/// Fragments that are listed of one file; a damaged file of another app can hold millions of cells.
pub(super) const MOST: u64 = 10_000;

/// The row of a fragment.
#[derive(Clone, Copy)]
pub(super) struct Remnant<'r, 'd, 'a> {
    pub(super) row: &'r Row<'a>,
    pub(super) table: &'d Table,
    /// Whether the row is known to be of that table.
    pub(super) is_of_table: bool,
    pub(super) file: usize,
    pub(super) content: Content,
}

/// A fragment without its id, and the names of the fields that were withheld.
pub(super) struct Made<'d> {
    pub(super) record: Record<'d>,
    pub(super) withheld: Vec<String>,
}

/// The fragment of a row that is given to no table.
pub(super) fn of_stray<'d>(
    definition: &'d Definition,
    stray: &Stray<'d, '_>,
    (file, content): (usize, Content),
) -> Option<Made<'d>> {
    let recovered = stray.row.recovered();
    let candidates = match recovered.map(|recovered| &recovered.attribution) {
        Some(Attribution::None { candidates }) => candidates.clone(),
        _ => Vec::new(),
    };
    let why = recovered.map_or(String::new(), |recovered| recovered.reason());
    let remnant = Remnant { row: &stray.row, table: stray.table, is_of_table: false, file, content };
    make(definition, remnant, (candidates, why))
}

/// The fragment of a row of which it cannot be told whether a block takes it.
pub(super) fn of_row<'d>(
    (definition, block): (&'d Definition, &RecordBlock),
    frame: &Frame<'_, '_, '_>,
    remnant: Remnant<'_, 'd, '_>,
) -> Option<Made<'d>> {
    let untold = block.conditions.iter().filter(|condition| frame.is_lost(condition.name));
    let names = untold.filter_map(|condition| block.names.get(condition.name));
    let names: Vec<&str> = names.map(|name| name.text.as_str()).collect();
    let mut why = format!("`where` tests what could not be read: {}", names.join(", "));
    if let Some(told) = reason(remnant.row, remnant.table) {
        why.push_str("; ");
        why.push_str(&told);
    }
    make(definition, remnant, (vec![remnant.table.name.clone()], why))
}

fn make<'d>(
    definition: &'d Definition,
    remnant: Remnant<'_, 'd, '_>,
    (candidates, why): (Vec<String>, String),
) -> Option<Made<'d>> {
    let kind = kind(FRAGMENT)?;
    let candidates = candidates.into_iter().map(|name| FieldValue::Text(name.into())).collect();
    let (columns, withheld) = columns(kind, remnant);
    let fields = [
        ("table_candidates", FieldValue::List(candidates)),
        ("columns", FieldValue::List(columns)),
        ("reason", FieldValue::Text(why.into())),
    ];
    let named = |(name, value)| {
        let field: &'static Field = kind.fields.iter().find(|field| field.name == name)?;
        Some((field, value))
    };
    let mut reference = row_reference("base", remnant.file, remnant.table, (remnant.row, 0));
    if !remnant.is_of_table {
        reference.table = None;
    }
    let record = Record {
        id: String::new(),
        kind,
        artifact: &definition.id,
        is_candidate: definition.is_candidate,
        precedence: 0,
        service: FieldValue::Null,
        state: State::Unattributed,
        fields: fields.into_iter().filter_map(named).collect(),
        extra: Vec::new(),
        raw: Vec::new(),
        rows: vec![reference],
        seen_in: Vec::new(),
    };
    Some(Made { record, withheld })
}

/// What is left of each column, and the names of what was withheld of it.
fn columns(kind: &Kind, remnant: Remnant<'_, '_, '_>) -> (Vec<FieldValue<'static>>, Vec<String>) {
    let Remnant { row, table, content, .. } = remnant;
    let (mut made, mut withheld) = (Vec::with_capacity(table.columns.len()), Vec::new());
    for (index, column) in table.columns.iter().enumerate() {
        let text = |text: &str| FieldValue::Text(text.to_owned().into());
        let mut members = vec![("name".into(), text(&column.name))];
        if let Some(value) = left(row, table, index) {
            members.push(("type".into(), text(type_of(&value))));
            let value = owned(whole(value));
            if content.withholds_extra(kind, &value) {
                withheld.push("columns.value".to_owned());
                members.extend(content.instead(&value).map(|instead| ("value".into(), instead)));
            } else {
                members.push(("value".into(), value));
            }
        }
        if is_lost(row, table, index) {
            members.push(("missing".into(), FieldValue::Bool(true)));
        }
        made.push(FieldValue::Object(members));
    }
    (made, withheld)
}

/// The storage class of a value, as SQLite names it.
fn type_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Integer(_) => "integer",
        Value::Real(_) => "real",
        Value::Text(_) | Value::InvalidText { .. } => "text",
        _ => "blob",
    }
}

/// The same value, free of the row's bytes.
fn owned(value: FieldValue<'_>) -> FieldValue<'static> {
    match value {
        FieldValue::Text(text) => FieldValue::Text(text.into_owned().into()),
        FieldValue::InvalidText { reading, bytes } => {
            FieldValue::InvalidText { reading, bytes: bytes.into_owned().into() }
        }
        FieldValue::Bytes(bytes) => FieldValue::Bytes(bytes.into_owned().into()),
        FieldValue::Integer(number) => FieldValue::Integer(number),
        FieldValue::Number(number) => FieldValue::Number(number),
        // A cell of a table holds nothing else.
        _ => FieldValue::Null,
    }
}

/// The id of a fragment.
pub(super) fn id(
    made: &Made<'_>,
    (definition, identity): (&Definition, &[u8]),
    (file_sha256, path, copy): (&[u8], &str, usize),
) -> Option<String> {
    let base = made.record.rows.first()?;
    let id = RecordId {
        kind: FRAGMENT,
        file_sha256,
        path,
        copy,
        artifact: &definition.id,
        table: base.table.as_deref().unwrap_or(""),
        what: "",
        identity,
        view: &base.view,
        offset: base.offset,
    };
    Some(id.text())
}
