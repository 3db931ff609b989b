//! The files of a report, opened again: what `verify` and `explain` stand on.

use super::decode::document;
use super::definition::Container;
use super::load::{Loaded, load};
use super::realm::RealmFile;
use super::survey::Survey;
use crate::parse::Document;
use crate::parse::sqlite::{Database, Place, Row, Source, Stray, Table, View};
use crate::record::Findings;
use serde_json::Value;

/// The bytes of every artifact of a survey; `None` where they could not be read.
#[derive(Debug)]
pub struct Bytes(Vec<Option<Loaded>>);

impl Bytes {
    /// Reads them.
    pub fn of(survey: &Survey<'_>) -> Self {
        let read = |id| load(survey, id, &mut Findings::default(), &mut Vec::new()).map(|(loaded, _)| loaded);
        Bytes((0..survey.matched.len()).map(read).collect())
    }

    pub(super) fn get(&self, id: usize) -> Option<&Loaded> {
        self.0.get(id)?.as_ref()
    }
}

/// An artifact as its reader sees it.
pub(super) enum Opened<'a> {
    Database(Box<Database<'a>>),
    Realm(Box<RealmFile<'a>>),
    Tree(Document<'a>),
    /// It is encrypted, and no key opens it: what it is and needs.
    Closed(String),
    Unreadable,
}

/// Opens every artifact.
pub(super) fn open_all<'a>(survey: &Survey<'_>, bytes: &'a Bytes) -> Vec<Opened<'a>> {
    (0..survey.matched.len()).map(|id| open(survey, bytes, id).unwrap_or(Opened::Unreadable)).collect()
}

fn open<'a>(survey: &Survey<'_>, bytes: &'a Bytes, id: usize) -> Option<Opened<'a>> {
    let loaded = bytes.get(id)?;
    if let Some(closed) = loaded.seal.closed() {
        return Some(Opened::Closed(closed.told()));
    }
    let (definition, source) = *survey.matched.get(id)?.uses.first()?;
    let source = survey.definitions.get(definition)?.sources.get(source)?;
    Some(match source.container {
        Container::Sqlite => Opened::Database(Box::new(loaded.database().ok()?)),
        Container::Realm => Opened::Realm(Box::new(loaded.realm().ok()?)),
        _ => {
            let asked = survey.asked(id);
            Opened::Tree(document(source, &loaded.tree_bytes(), &asked).ok()?)
        }
    })
}

/// The artifact of this survey that a file of a report is, by device path and the acquisition's own name.
pub(super) fn same_file(survey: &Survey<'_>, file: &Value) -> Option<usize> {
    let text = |key: &str| file.get(key).and_then(Value::as_str);
    let within = within(file);
    (0..survey.matched.len()).find(|id| {
        survey.file(*id).is_some_and(|known| {
            Some(known.device_path.as_str()) == text("path")
                && Some(known.original.text.as_str()) == text("original")
                && known.within() == within
        })
    })
}

/// The archives inside the evidence that a file of a report lies in, outermost first.
pub(super) fn within(file: &Value) -> Vec<String> {
    let names = file.get("within").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

const NO_PLACE: &str = "the report gives no page, view or source for it";

/// A row reference of a report, read back.
pub(super) struct Reference<'v> {
    pub(super) role: &'v str,
    /// Id in the report.
    pub(super) file: usize,
    pub(super) table: Option<&'v str>,
    pub(super) pointer: Option<&'v str>,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) rowid: Option<i64>,
    /// As it is written.
    pub(super) view: Option<&'v str>,
    pub(super) place: Option<Place>,
}

impl<'v> Reference<'v> {
    pub(super) fn read(value: &'v Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let (offset, length) = (number("offset")?, number("length")?);
        let page = number("page").and_then(|page| u32::try_from(page).ok());
        let view: Option<View> = text("view").and_then(|view| view.parse().ok());
        let source: Option<Source> = text("source").and_then(|source| source.parse().ok());
        let place = match (page, view, source) {
            (Some(page), Some(view), Some(source)) => Some(Place { view, source, page, offset, length }),
            _ => None,
        };
        Some(Reference {
            role: text("role")?,
            file: usize::try_from(number("file")?).ok()?,
            table: text("table"),
            pointer: text("path"),
            offset,
            length,
            rowid: value.get("rowid").and_then(Value::as_i64),
            view: text("view"),
            place,
        })
    }

    /// Reads the row at the place, whatever its rowid is.
    pub(super) fn copy<'a>(&self, db: &Database<'a>, table: &Table) -> Result<Row<'a>, String> {
        let place = self.place.ok_or(NO_PLACE)?;
        db.row_at(table, &place).map_err(|error| error.to_string())
    }

    /// Reads the row at the place that belongs to no one table.
    pub(super) fn stray<'d, 'a>(&self, db: &'d Database<'a>) -> Result<Stray<'d, 'a>, String> {
        let stray = db.stray_at(&self.place.ok_or(NO_PLACE)?).map_err(|error| error.to_string())?;
        match stray.row.rowid == self.rowid {
            true => Ok(stray),
            false => Err(format!("expected rowid {:?}, found {:?}", self.rowid, stray.row.rowid)),
        }
    }

    /// Reads the row at the place, and nothing else.
    pub(super) fn row<'a>(&self, db: &Database<'a>, table: &Table) -> Result<Row<'a>, String> {
        let row = self.copy(db, table)?;
        if row.rowid != self.rowid {
            return Err(format!("expected rowid {:?}, found {:?}", self.rowid, row.rowid));
        }
        if row.place.length != self.length {
            return Err(format!("expected {} bytes, found {}", self.length, row.place.length));
        }
        Ok(row)
    }
}

/// The row references of a record, the base row first.
pub(super) fn references(record: &Value) -> Vec<Reference<'_>> {
    let rows = record.get("provenance").and_then(|p| p.get("rows")).and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(Reference::read).collect()
}
