//! The live view equals real SQLite: same tables, same columns, same rows, same values with their storage class.
//!
//! Two sets of databases: those that this file lets SQLite build (every page size, encoding, auto-vacuum mode, reserved
//! bytes, WAL state, …), and every database under `AFFIANT_CORPUS`, with the WAL and journal that lie beside it.

use affiant::parse::Value;
use affiant::parse::sqlite::{Database, Encoding, Files, Generated, Row, Table, View};
use rusqlite::types::{Value as Stored, ValueRef};
use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// What was compared.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    tables: usize,
    rows: usize,
    cells: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.tables += other.tables;
        self.rows += other.rows;
        self.cells += other.cells;
    }
}

/// Why a database could not be compared to the end.
#[derive(Debug)]
enum Difference {
    /// SQLite itself refuses the file, or stops in it.
    Refused(String),
    /// The two differ.
    Differs(String),
}

impl From<rusqlite::Error> for Difference {
    fn from(error: rusqlite::Error) -> Self {
        Difference::Refused(error.to_string())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Refused(reason) => write!(f, "SQLite refuses: {reason}"),
            Difference::Differs(reason) => write!(f, "differs: {reason}"),
        }
    }
}

fn differs<T>(reason: impl fmt::Display) -> Result<T, Difference> {
    Err(Difference::Differs(reason.to_string()))
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The bytes of a database and its companions.
struct Bytes {
    main: Vec<u8>,
    wal: Option<Vec<u8>>,
    journal: Option<Vec<u8>>,
}

impl Bytes {
    fn read(path: &Path) -> Bytes {
        Bytes {
            main: fs::read(path).unwrap(),
            wal: fs::read(companion(path, "-wal")).ok(),
            journal: fs::read(companion(path, "-journal")).ok(),
        }
    }

    fn files(&self) -> Files<'_> {
        Files { main: &self.main, wal: self.wal.as_deref(), journal: self.journal.as_deref() }
    }

    /// Puts a copy where SQLite may do with it what it likes.
    fn copy(&self, folder: &Path) -> PathBuf {
        let path = folder.join("copy.db");
        fs::write(&path, &self.main).unwrap();
        for (suffix, bytes) in [("-wal", &self.wal), ("-journal", &self.journal)] {
            match bytes {
                Some(bytes) => fs::write(companion(&path, suffix), bytes).unwrap(),
                None => drop(fs::remove_file(companion(&path, suffix))),
            }
        }
        path
    }
}

/// Compares everything that SQLite returns with everything that we do.
fn compare(bytes: &Bytes) -> Result<Tally, Difference> {
    let folder = tempfile::tempdir().unwrap();
    let path = bytes.copy(folder.path());
    let database = match Database::open(bytes.files()) {
        Ok(database) => database,
        Err(error) => {
            let sqlite = Connection::open(path)?;
            sqlite.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            return differs(error);
        }
    };
    let walked = walk_all(&database);
    let sqlite = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    sqlite.pragma_update(None, "trusted_schema", false)?;
    compare_names(&database, &sqlite)?;
    let mut tally = Tally::default();
    for table in &database.schema().tables {
        tally += compare_table(&database, table, &sqlite)?;
    }
    walked.map(|()| tally)
}

/// Reads every row of every view, whatever SQLite thinks of the file.
fn walk_all(database: &Database<'_>) -> Result<(), Difference> {
    let mut first_error = None;
    let tables = database.schema().tables.iter().chain(database.dropped_tables());
    for table in tables {
        for row in database.rows(table) {
            match row {
                Ok(row) => drop(row.payload().len() + row.overflow().len()),
                Err(finding) => drop(first_error.get_or_insert(finding)),
            }
        }
        database.older_rows(table).for_each(drop);
    }
    match first_error {
        Some(finding) => differs(format!("a finding where SQLite has none: {finding:?}")),
        None => Ok(()),
    }
}

fn compare_names(database: &Database<'_>, sqlite: &Connection) -> Result<(), Difference> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY rowid";
    let names: Vec<String> = column(sqlite, sql)?;
    let ours: Vec<&str> = database.schema().tables.iter().map(|table| table.name.as_str()).collect();
    if names != ours {
        return differs(format!("tables {ours:?}, SQLite has {names:?}"));
    }
    let sql = "SELECT count(*) FROM sqlite_schema WHERE NOT (type = 'table' AND rootpage > 0)";
    let others: usize = sqlite.query_row(sql, [], |row| row.get(0))?;
    if others != database.schema().others.len() {
        return differs(format!("{} other objects, SQLite has {others}", database.schema().others.len()));
    }
    Ok(())
}

fn column(sqlite: &Connection, sql: &str) -> Result<Vec<String>, rusqlite::Error> {
    sqlite.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name of the rowid that no column hides.
fn rowid_name(table: &Table) -> Option<&'static str> {
    if table.without_rowid {
        return None;
    }
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| table.column(name).is_none())
}

fn compare_columns(table: &Table, sqlite: &Connection) -> Result<(), Difference> {
    let sql = "SELECT name, type, hidden, \"notnull\" FROM pragma_table_xinfo(?)";
    let mut statement = sqlite.prepare(sql)?;
    let theirs = statement.query_map([&table.name], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    })?;
    let theirs = theirs.collect::<Result<Vec<_>, _>>()?;
    let hidden = |generated| match generated {
        None => 0,
        Some(Generated::Virtual) => 2,
        Some(Generated::Stored) => 3,
    };
    let ours: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.name.clone(), column.declared_type.clone(), hidden(column.generated)))
        .collect();
    if ours != theirs {
        return differs(format!("columns of {}: {ours:?}, SQLite has {theirs:?}", table.name));
    }
    Ok(())
}

fn compare_table(database: &Database<'_>, table: &Table, sqlite: &Connection) -> Result<Tally, Difference> {
    compare_columns(table, sqlite)?;
    let mut wanted: Vec<String> = table.columns.iter().map(|column| quote(&column.name)).collect();
    wanted.extend(rowid_name(table).map(str::to_owned));
    let sql = format!("SELECT {} FROM {} NOT INDEXED", wanted.join(", "), quote(&table.name));
    let mut statement = sqlite.prepare(&sql)?;
    let mut theirs = statement.query([])?;
    let mut tally = Tally { tables: 1, ..Tally::default() };
    for ours in database.rows(table) {
        let Ok(ours) = ours else { continue };
        let Some(row) = theirs.next()? else {
            return differs(format!("{}: more rows than SQLite, after {}", table.name, tally.rows));
        };
        compare_row(table, &ours, row, sqlite)?;
        check_place(database, table, &ours, tally.rows)?;
        tally.rows += 1;
        tally.cells += table.columns.len();
    }
    match theirs.next()? {
        Some(_) => differs(format!("{}: fewer rows than SQLite: {}", table.name, tally.rows)),
        None => Ok(tally),
    }
}

fn compare_row(
    table: &Table,
    ours: &Row<'_>,
    theirs: &rusqlite::Row<'_>,
    sqlite: &Connection,
) -> Result<(), Difference> {
    let rowid = rowid_name(table).map(|_| theirs.get::<_, i64>(table.columns.len())).transpose()?;
    if rowid.is_some() && rowid != ours.rowid || ours.rowid.is_none() != table.without_rowid {
        return differs(format!("{}: rowid {:?}, SQLite has {rowid:?}", table.name, ours.rowid));
    }
    if !ours.complete || ours.place.view != View::Live {
        return differs(format!("{}: {:?} is {:?}", table.name, ours.place, ours.finding()));
    }
    for (index, column) in table.columns.iter().enumerate() {
        if column.generated == Some(Generated::Virtual) {
            continue;
        }
        let (our, their) = (ours.value(table, index), theirs.get_ref(index)?);
        if !equal(&our, their) && !equal_as_stored(table, index, ours, sqlite) {
            let place = ours.place;
            return differs(format!(
                "{}.{} at {place:?}: {our:?}, SQLite has {their:?}",
                table.name, column.name
            ));
        }
    }
    Ok(())
}

fn equal(our: &Value<'_>, their: ValueRef<'_>) -> bool {
    match (our, their) {
        (Value::Null, ValueRef::Null) => true,
        (Value::Integer(our), ValueRef::Integer(their)) => *our == their,
        (Value::Real(our), ValueRef::Real(their)) => our.to_bits() == their.to_bits(),
        (Value::Text(our), ValueRef::Text(their)) => our.as_bytes() == their,
        (Value::InvalidText { bytes, .. }, ValueRef::Text(their)) => bytes.as_ref() == their,
        (Value::Blob(our), ValueRef::Blob(their)) => our.as_ref() == their,
        _ => false,
    }
}

/// Invalid UTF-16 is compared by its bytes: SQLite returns text as UTF-8, and makes something of its own of it.
fn equal_as_stored(table: &Table, index: usize, ours: &Row<'_>, sqlite: &Connection) -> bool {
    let (Value::InvalidText { bytes, .. }, Some(rowid)) = (ours.value(table, index), rowid_name(table))
    else {
        return false;
    };
    let name = quote(&table.columns[index].name);
    let sql = format!("SELECT CAST({name} AS BLOB) FROM {} WHERE {rowid} = ?", quote(&table.name));
    let stored = sqlite.query_row(&sql, [ours.rowid], |row| row.get::<_, Stored>(0));
    matches!(stored, Ok(Stored::Blob(stored)) if stored == bytes.as_ref())
}

/// A row is found again by its place and by its rowid.
fn check_place(
    database: &Database<'_>,
    table: &Table,
    row: &Row<'_>,
    number: usize,
) -> Result<(), Difference> {
    if number % 7 != 0 {
        return Ok(());
    }
    match database.row_at(table, &row.place) {
        Ok(again) if again.payload() == row.payload() && again.rowid == row.rowid => {}
        other => return differs(format!("{}: row_at {:?} gives {other:?}", table.name, row.place)),
    }
    let Some(rowid) = row.rowid else { return Ok(()) };
    match database.find(table, rowid) {
        Ok(Some(found)) if found.place == row.place && found.payload() == row.payload() => Ok(()),
        other => differs(format!("{}: find {rowid} gives {other:?}", table.name)),
    }
}

/// Databases of the corpus on which SQLite and this reader cannot agree, and why.
const EXCEPTIONS: &[(&str, &str)] = &[];

fn databases(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            databases(&path, found);
        } else if starts_with_magic(&path) {
            found.push(path);
        }
    }
}

fn starts_with_magic(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *affiant::parse::sqlite::MAGIC
}

#[test]
fn every_database_of_the_corpus_reads_as_sqlite_reads_it() {
    let Some(corpus) = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: AFFIANT_CORPUS is not set");
        return;
    };
    let mut paths = Vec::new();
    databases(&corpus, &mut paths);
    let (mut total, mut compared) = (Tally::default(), 0);
    let mut exceptions = BTreeMap::new();
    for path in &paths {
        let name = path.strip_prefix(&corpus).unwrap().display().to_string();
        match compare(&Bytes::read(path)) {
            Ok(tally) => {
                total += tally;
                compared += 1;
            }
            Err(difference) => drop(exceptions.insert(name, difference.to_string())),
        }
    }
    let Tally { tables, rows, cells } = total;
    eprintln!("{compared} of {} databases: {tables} tables, {rows} rows, {cells} cells equal", paths.len());
    for (name, difference) in &exceptions {
        eprintln!("exception {name}: {difference}");
    }
    let allowed: Vec<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    let unexpected: Vec<_> = exceptions.keys().filter(|name| !allowed.contains(&name.as_str())).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}
