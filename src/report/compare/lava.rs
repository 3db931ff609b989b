//! The output of a LEAPP tool for its viewer: a manifest (JSON) and a SQLite database, one table for each artifact. As iLEAPP's
//! `scripts/lavafuncs.py` writes them: a column is its header in small letters with `_`, a time is seconds since 1970 in UTC.

use super::columns::{self, Column};
use super::item::{Item, kind_of};
use super::plain::{PARTY, TIME};
use super::side::{Note, failed};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names of the manifest, the newest first.
const MANIFESTS: &[&str] = &["_lava_data.lava", "_lava_data.json"];
const DATABASE: &str = "_lava_artifacts.db";
/// A manifest lists columns, never rows.
const LARGEST_MANIFEST: u64 = 64 << 20;

/// Columns of a table by their views, as modules declare them.
const VIEWS: &[(&str, &str)] = &[
    ("textColumn", "body"),
    ("timeColumn", TIME),
    ("directionColumn", "direction"),
    ("senderColumn", PARTY),
];

/// A table that states something.
#[derive(Debug)]
struct Table {
    name: String,
    kind: &'static str,
    columns: Vec<(String, Column)>,
}

/// An output, its manifest read.
#[derive(Debug)]
pub(super) struct Lava {
    pub(super) database: PathBuf,
    tables: Vec<Table>,
    pub(super) kinds: BTreeSet<&'static str>,
    pub(super) left_out: Vec<Note>,
}

/// Where the manifest of a folder is, where it is an output.
pub(super) fn manifest(folder: &Path) -> Option<PathBuf> {
    MANIFESTS.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

impl Lava {
    /// Reads the manifest and the columns of each table that it names.
    pub(super) fn open(manifest: &Path) -> io::Result<Self> {
        let told = |message: String| io::Error::other(format!("{}: {message}", manifest.display()));
        if fs::metadata(manifest)?.len() > LARGEST_MANIFEST {
            return Err(told("larger than a manifest is".to_owned()));
        }
        let text = fs::read(manifest)?;
        let value: Value = serde_json::from_slice(&text).map_err(|error| told(error.to_string()))?;
        let database = manifest.with_file_name(DATABASE);
        let connection = connect(&database)?;
        let mut lava = Lava { database, tables: Vec::new(), kinds: BTreeSet::new(), left_out: Vec::new() };
        let artifacts =
            value["artifacts"].as_object().ok_or_else(|| told("it names no artifacts".to_owned()))?;
        for artifact in artifacts.values().flat_map(|list| list.as_array().into_iter().flatten()) {
            lava.take(&connection, artifact)?;
        }
        Ok(lava)
    }

    fn take(&mut self, connection: &Connection, artifact: &Value) -> io::Result<()> {
        let (Some(name), shown) = (artifact["tablename"].as_str(), &artifact["name"]) else { return Ok(()) };
        let names = columns_of(connection, name)?;
        let view = ["conversation", "chat"].iter().find_map(|view| artifact["data_views"].get(*view));
        let is_ours = kind_of(name).filter(|kind| *kind != "device");
        let kind = is_ours.or_else(|| columns::kind(&names)).or_else(|| view.map(|_| "message"));
        let shown = shown.as_str().unwrap_or(name).to_owned();
        let Some(kind) = kind else {
            self.left_out.push(Note::new("a table whose columns tell no kind of record", shown));
            return Ok(());
        };
        let stated = self.stated(kind, view, (&shown, names));
        self.kinds.insert(kind);
        self.tables.push(Table { name: name.to_owned(), kind, columns: stated });
        Ok(())
    }

    /// The columns that state something. What a module says of its own columns goes before what their names say.
    fn stated(
        &mut self,
        kind: &str,
        view: Option<&Value>,
        (table, names): (&str, Vec<String>),
    ) -> Vec<(String, Column)> {
        let (mut stated, mut by_name, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            if let Some(column) = viewed(view, &name) {
                stated.push((name, column));
            } else if let Some(column) = columns::column(kind, &name) {
                by_name.push((name, column));
            } else {
                others.push(name);
            }
        }
        // Where both sides of a message have columns of their own, what a view shows is only a caption.
        if by_name.iter().any(|(_, column)| matches!(column.field.as_str(), "sender" | "recipients")) {
            stated.retain(|(_, column)| column.field != PARTY);
        }
        if !others.is_empty() {
            self.left_out
                .push(Note::new("columns that name no field", format!("{table}: {}", others.join(", "))));
        }
        stated.append(&mut by_name);
        stated
    }

    /// Calls `keep` with every row.
    pub(super) fn items(&self, keep: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
        let connection = connect(&self.database)?;
        let mut ordinal = 0;
        for table in &self.tables {
            rows(&connection, table, &mut ordinal, keep)?;
        }
        Ok(())
    }
}

fn viewed(view: Option<&Value>, name: &str) -> Option<Column> {
    let view = view?;
    let is_it = |key: &str| {
        view[key].as_str().is_some_and(|header| columns::written(header) == columns::written(name))
    };
    let (_, field) = VIEWS.iter().find(|(key, _)| is_it(key))?;
    let mut column = Column::new(field, name);
    if *field == "direction" {
        let sent = &view["directionSentValue"];
        column.sent = Some(sent.as_str().map_or_else(|| sent.to_string(), str::to_owned));
    }
    Some(column)
}

/// Opens it so that nothing is ever written beside it: where no log stands there, as a file that cannot change.
fn connect(database: &Path) -> io::Result<Connection> {
    let told = |error: rusqlite::Error| io::Error::other(format!("{}: {error}", database.display()));
    let log = database.with_file_name(format!("{DATABASE}-wal"));
    let path =
        database.to_str().ok_or_else(|| io::Error::other("the path of the output is not UTF-8 text"))?;
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let mode = if log.exists() { "mode=ro" } else { "mode=ro&immutable=1" };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{escaped}?{mode}"), flags).map_err(told)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn columns_of(connection: &Connection, table: &str) -> io::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").map_err(failed)?;
    let names = statement.query_map([table], |row| row.get(0)).map_err(failed)?;
    names.collect::<Result<_, _>>().map_err(failed)
}

fn rows(
    connection: &Connection,
    table: &Table,
    ordinal: &mut u64,
    keep: &mut dyn FnMut(Item) -> io::Result<()>,
) -> io::Result<()> {
    let names: Vec<String> = table.columns.iter().map(|(name, _)| quoted(name)).collect();
    let select = ["rowid".to_owned()].into_iter().chain(names).collect::<Vec<_>>().join(", ");
    let query = format!("SELECT {select} FROM {} ORDER BY rowid", quoted(&table.name));
    let mut statement = connection.prepare(&query).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let rowid: i64 = row.get(0).map_err(failed)?;
        let mut facts = Map::new();
        for (index, (_, column)) in (1_usize..).zip(&table.columns) {
            let cell = row.get_ref(index).map_err(failed)?;
            columns::state(table.kind, column, &cell_text(cell), &mut facts);
        }
        *ordinal = ordinal.saturating_add(1);
        keep(Item {
            ordinal: *ordinal,
            kind: table.kind.to_owned(),
            place: format!("{} rowid {rowid}", table.name),
            facts,
        })?;
    }
    Ok(())
}

fn cell_text(cell: ValueRef<'_>) -> String {
    match cell {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => hex::encode(bytes),
    }
}
