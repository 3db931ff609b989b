//! The live view equals real SQLite: same tables, same columns, same rows, same values with their storage class.
//!
//! Two sets of databases: those that this file lets SQLite build (every page size, encoding, auto-vacuum mode, reserved
//! bytes, WAL state, …), and every database under `AFFIANT_CORPUS`, with the WAL and journal that lie beside it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::Value;
use affiant::parse::sqlite::{Database, Files, Generated, Row, Table, View};
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

    /// The main file as if nothing lay beside it.
    fn alone(&self) -> Bytes {
        Bytes { main: self.main.clone(), wal: None, journal: None }
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

/// Compares a database with its companions, and then without them.
fn compare_with_and_without(bytes: &Bytes) -> Result<Tally, Difference> {
    let mut tally = compare(bytes)?;
    if bytes.wal.is_some() || bytes.journal.is_some() {
        tally += compare(&bytes.alone())?;
    }
    Ok(tally)
}

/// Reads every row of every view, whatever SQLite thinks of the file.
fn walk_all(database: &Database<'_>) -> Result<(), Difference> {
    let mut first_error = database.findings().iter().find(|finding| finding.loss).cloned();
    for table in &database.schema().tables {
        for row in database.rows(table) {
            match row {
                Ok(row) => drop(row.payload().len() + row.overflow().len()),
                Err(finding) => drop(first_error.get_or_insert(finding)),
            }
        }
    }
    for table in database.schema().tables.iter().chain(database.dropped_tables()) {
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
    let sql = "SELECT name, type, hidden FROM pragma_table_xinfo(?)";
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
    // SQLite writes its own type names in capitals.
    let folded = |columns: &[(String, String, i64)]| -> Vec<_> {
        columns.iter().map(|(name, of, hidden)| (name.clone(), of.to_uppercase(), *hidden)).collect()
    };
    if folded(&ours) != folded(&theirs) {
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
    if !number.is_multiple_of(7) {
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

/// Databases of one folder on which SQLite and this reader do not agree, and why.
struct Exception {
    folder: &'static str,
    reason: &'static str,
    files: &'static [&'static str],
}

/// Databases of the corpus that were damaged on purpose, so that SQLite stops in them or makes something of the damage.
const EXCEPTIONS: &[Exception] = &[
    Exception {
        folder: "compositionsystems+sqlite-forensic-corpus/sqlite_forensic_corpus_v2.0/11",
        reason: "a root page number was tampered with: SQLite stops",
        files: &["11-04_antifor.db"],
    },
    Exception {
        folder: "compositionsystems+sqlite-forensic-corpus/sqlite_forensic_corpus_v2.0/12",
        reason: "left child pointers were tampered with: SQLite stops",
        files: &[
            "12-01_antifor.db",
            "12-03_antifor.db",
            "12-04_antifor.db",
            "12-05_antifor.db",
            "12-06_antifor.db",
        ],
    },
    Exception {
        folder: "compositionsystems+sqlite-forensic-corpus/sqlite_forensic_corpus_v2.0/12",
        reason: "left child pointers were tampered with, all to one leaf: SQLite returns its rows again for each, here they are read once",
        files: &["12-02_antifor.db"],
    },
    Exception {
        folder: "compositionsystems+sqlite-forensic-corpus/sqlite_forensic_corpus_v2.0/14",
        reason: "cell pointers lead into the page header or beyond the cells: SQLite makes rows of what is there, here each is a finding",
        files: &[
            "14-01_antifor.db",
            "14-02_antifor.db",
            "14-04_antifor.db",
            "14-05_antifor.db",
            "14-06_antifor.db",
            "14-07_antifor.db",
            "14-08_antifor.db",
        ],
    },
    Exception {
        folder: "compositionsystems+sqlite-forensic-corpus/sqlite_forensic_corpus_v2.0/14",
        reason: "cell pointers were tampered with: SQLite stops",
        files: &["14-03_antifor.db"],
    },
    Exception {
        folder: "debian+sqlite3_3.53.4/test/fuzzdata3.extracted",
        reason: "fuzzed schema or pages: SQLite stops",
        files: &[
            "fuzzdata3-dbid00039.db",
            "fuzzdata3-dbid00115.db",
            "fuzzdata3-dbid00267.db",
            "fuzzdata3-dbid00343.db",
            "fuzzdata3-dbid00381.db",
            "fuzzdata3-dbid00419.db",
            "fuzzdata3-dbid00457.db",
            "fuzzdata3-dbid00495.db",
            "fuzzdata3-dbid00685.db",
            "fuzzdata3-dbid00761.db",
            "fuzzdata3-dbid00875.db",
            "fuzzdata3-dbid01255.db",
            "fuzzdata3-dbid01293.db",
            "fuzzdata3-dbid01483.db",
            "fuzzdata3-dbid01711.db",
            "fuzzdata3-dbid01787.db",
            "fuzzdata3-dbid01825.db",
            "fuzzdata3-dbid01863.db",
            "fuzzdata3-dbid01901.db",
            "fuzzdata3-dbid02091.db",
        ],
    },
    Exception {
        folder: "debian+sqlite3_3.53.4/test/fuzzdata3.extracted",
        reason: "fuzzed cells, short last page, odd UTF-16 length: SQLite reads past them, here they are findings",
        files: &[
            "fuzzdata3-dbid00989.db",
            "fuzzdata3-dbid01141.db",
            "fuzzdata3-dbid01331.db",
            "fuzzdata3-dbid01977.db",
            "fuzzdata3-dbid02205.db",
        ],
    },
    Exception {
        folder: "debian+sqlite3_3.53.4/test/fuzzdata7.extracted",
        reason: "fuzzed schema or pages: SQLite stops",
        files: &[
            "fuzzdata7-dbid00946.db",
            "fuzzdata7-dbid01081.db",
            "fuzzdata7-dbid01351.db",
            "fuzzdata7-dbid01486.db",
            "fuzzdata7-dbid01756.db",
            "fuzzdata7-dbid02296.db",
            "fuzzdata7-dbid02431.db",
            "fuzzdata7-dbid02566.db",
            "fuzzdata7-dbid02701.db",
            "fuzzdata7-dbid02836.db",
            "fuzzdata7-dbid02971.db",
            "fuzzdata7-dbid03241.db",
            "fuzzdata7-dbid03376.db",
            "fuzzdata7-dbid03781.db",
            "fuzzdata7-dbid03916.db",
            "fuzzdata7-dbid04051.db",
            "fuzzdata7-dbid04591.db",
            "fuzzdata7-dbid05536.db",
            "fuzzdata7-dbid05806.db",
            "fuzzdata7-dbid05941.db",
            "fuzzdata7-dbid06076.db",
            "fuzzdata7-dbid07021.db",
            "fuzzdata7-dbid07156.db",
            "fuzzdata7-dbid07291.db",
            "fuzzdata7-dbid07696.db",
            "fuzzdata7-dbid07831.db",
        ],
    },
    Exception {
        folder: "debian+sqlite3_3.53.4/test/fuzzdata7.extracted",
        reason: "fuzzed cell pointers, empty payloads, a short last page that SQLite fills with zeros: here they are findings",
        files: &["fuzzdata7-dbid02161.db", "fuzzdata7-dbid04186.db", "fuzzdata7-dbid06616.db"],
    },
];

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
        match compare_with_and_without(&Bytes::read(path)) {
            Ok(tally) => {
                total += tally;
                compared += 1;
            }
            Err(difference) => drop(exceptions.insert(name, difference.to_string())),
        }
    }
    let Tally { tables, rows, cells } = total;
    eprintln!("{compared} of {} databases: {tables} tables, {rows} rows, {cells} cells equal", paths.len());
    let mut unexpected = Vec::new();
    for (name, difference) in &exceptions {
        match EXCEPTIONS.iter().find(|exception| exception.names(name)) {
            Some(exception) => eprintln!("{name}: {difference} ({})", exception.reason),
            None => unexpected.push((name, difference)),
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

impl Exception {
    fn names(&self, path: &str) -> bool {
        path.rsplit_once('/')
            .is_some_and(|(folder, file)| folder == self.folder && self.files.contains(&file))
    }
}

const PAGE_SIZES: [u32; 8] = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
const ENCODINGS: [&str; 3] = ["UTF-8", "UTF-16le", "UTF-16be"];

/// How a database is laid out.
#[derive(Debug, Clone, Copy)]
struct Shape {
    page_size: u32,
    encoding: &'static str,
    auto_vacuum: u8,
    reserved: u8,
}

impl Shape {
    fn new(page_size: u32, encoding: &'static str) -> Shape {
        Shape { page_size, encoding, auto_vacuum: 0, reserved: 0 }
    }

    /// An empty database of this shape. The reserved bytes are put into its header while it has no cell.
    fn create(&self, path: &Path) -> Connection {
        let sqlite = Connection::open(path).unwrap();
        let Shape { page_size, encoding, auto_vacuum, .. } = self;
        let pragmas = format!(
            "PRAGMA page_size = {page_size}; PRAGMA encoding = '{encoding}'; PRAGMA auto_vacuum = {auto_vacuum};
             PRAGMA synchronous = OFF; CREATE TABLE gone(a); DROP TABLE gone; PRAGMA incremental_vacuum; VACUUM;"
        );
        sqlite.execute_batch(&pragmas).unwrap();
        if self.reserved == 0 {
            return sqlite;
        }
        drop(sqlite);
        let mut bytes = fs::read(path).unwrap();
        bytes[20] = self.reserved;
        let content = page_size - u32::from(self.reserved);
        bytes[105..107].copy_from_slice(&u16::try_from(content).unwrap().to_be_bytes());
        fs::write(path, bytes).unwrap();
        let sqlite = Connection::open(path).unwrap();
        sqlite.execute_batch("PRAGMA synchronous = OFF").unwrap();
        sqlite
    }
}

/// A number that depends on the one before it, for rows that differ and stay the same from run to run.
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

/// A value of any storage class; sizes lie around those at which a payload begins to overflow.
fn any_value(seed: &mut u64, page_size: u32) -> Stored {
    let size = usize::try_from(next(seed) % u64::from(page_size)).unwrap();
    let edge = usize::try_from(page_size).unwrap() - 60 + size % 60;
    let integers = [0, 1, -1, 127, -129, 32_768, -8_388_609, 1 << 31, -(1 << 47), i64::MAX, i64::MIN];
    match next(seed) % 12 {
        0 => Stored::Null,
        1..=3 => Stored::Integer(integers[size % integers.len()]),
        4 => Stored::Real([0.5, -0.0, 3.0, 1e300, f64::INFINITY, 9e15][size % 6]),
        5 => Stored::Text("é\u{1f600}\u{0}z".repeat(size % 5)),
        6 => Stored::Text("t".repeat(edge)),
        7 => Stored::Blob(vec![7; edge]),
        8 if size % 16 == 0 => {
            Stored::Blob((0..70_000u32).flat_map(u32::to_le_bytes).take(size * 9).collect())
        }
        8 | 9 => Stored::Blob(vec![9; size % 40]),
        _ => Stored::Text(format!("row {size}")),
    }
}

const SCHEMA: &str = r#"
    CREATE TABLE plain(id INTEGER PRIMARY KEY, a, b TEXT, c REAL, d NUMERIC, e BLOB);
    CREATE INDEX plain_partial ON plain(b) WHERE c > 0;
    CREATE INDEX plain_expression ON plain(length(b));
    CREATE TABLE [odd "names" ]("select" TEXT, 'it''s' INT, `b``q` REAL /* , x */, [x y] BLOB -- , y
      , "" DEFAULT 'a,b)', ünï, CHECK ("select" <> ')'), UNIQUE ([x y]));
    CREATE TABLE keyed(v, k1 TEXT, r REAL, k2 INT, w, PRIMARY KEY(k2, k1 COLLATE NOCASE, k2)) WITHOUT ROWID;
    CREATE TABLE keyed_by_integer(v TEXT, id INTEGER PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE strict(i INT, r REAL, t TEXT, b BLOB, x ANY) STRICT;
    CREATE TABLE computed(a, v AS (a || 'v') VIRTUAL, s TEXT GENERATED ALWAYS AS (a || 's') STORED, z INT AS (1), y);
    CREATE TABLE altered(id INTEGER PRIMARY KEY AUTOINCREMENT, a);
    CREATE TABLE wide(a);
    CREATE VIRTUAL TABLE words USING fts5(body);
    CREATE VIEW seen AS SELECT a FROM plain;
    CREATE TRIGGER moved AFTER INSERT ON wide BEGIN DELETE FROM wide WHERE 0; END;
"#;

/// Fills the tables with `rows` rows each, and takes some away again.
fn fill(sqlite: &Connection, page_size: u32, rows: u64, seed: &mut u64) {
    let statements = [
        ("INSERT INTO plain VALUES(NULL, ?1, ?2, ?3, ?4, ?5)", 5),
        ("INSERT OR REPLACE INTO [odd \"names\" ] VALUES(?1, ?2, ?3, ?4, ?5, ?6)", 6),
        ("INSERT OR REPLACE INTO keyed VALUES(?1, coalesce(?2, ''), ?3, coalesce(?4, 0), ?5)", 5),
        ("INSERT INTO keyed_by_integer SELECT ?1, coalesce(max(id), 0) + 3 FROM keyed_by_integer", 1),
        ("INSERT INTO computed(a, y) VALUES(?1, ?2)", 2),
        ("INSERT INTO altered(a) VALUES(?1)", 1),
        ("INSERT INTO words VALUES('some words ' || ?1)", 1),
    ];
    sqlite.execute_batch("SAVEPOINT filling").unwrap();
    for _ in 0..rows {
        for (sql, count) in statements {
            let values = (0..count).map(|_| any_value(seed, page_size));
            sqlite.execute(sql, rusqlite::params_from_iter(values)).unwrap();
        }
        let strict = "INSERT INTO strict(i, r, t, b, x) VALUES(?1, ?1, 't', x'00', ?2)";
        let (number, any) = (Stored::Integer(next(seed).cast_signed()), any_value(seed, page_size));
        sqlite.execute(strict, [number, any]).unwrap();
    }
    let rowid = next(seed).cast_signed() << 20;
    sqlite.execute("INSERT OR REPLACE INTO plain(id, a) VALUES(?, 'far')", [-rowid]).unwrap();
    sqlite.execute("DELETE FROM plain WHERE id % 7 = 3", []).unwrap();
    sqlite.execute("UPDATE keyed SET v = 'longer than it was before' WHERE k2 = 0", []).unwrap();
    sqlite.execute_batch("RELEASE filling").unwrap();
}

/// Columns that are added to a table with rows, with every kind of constant that may stand behind DEFAULT.
const ADDED: &[&str] = &[
    "d0",
    "d1 INT DEFAULT +7",
    "d2 DEFAULT -5",
    "d3 REAL DEFAULT 5",
    "d4 TEXT DEFAULT 12",
    "d5 TEXT DEFAULT 1.50",
    "d6 DEFAULT 'text'",
    "d7 DEFAULT \"quoted\"",
    "d8 DEFAULT bare",
    "d9 DEFAULT TRUE",
    "d10 DEFAULT FALSE",
    "d11 DEFAULT NULL",
    "d12 BLOB DEFAULT x'00ff'",
    "d13 INT DEFAULT '12'",
    "d14 NUMERIC DEFAULT '3.5'",
    "d15 NUMERIC DEFAULT 1e3",
    "d16 INT DEFAULT 0x10",
    "d17 TEXT DEFAULT 0x10",
    "d18 DEFAULT (((-1)))",
    "d19 DEFAULT -9223372036854775808",
    "d20 DEFAULT 9223372036854775808",
    "d21 TEXT NOT NULL DEFAULT 'n''n'",
    "d22 INT DEFAULT 'abc'",
    "d23 REAL DEFAULT '1e2'",
    "d24 NUMERIC DEFAULT ' 7 '",
    "d25 DEFAULT 1.5",
    "d26 TEXT DEFAULT TRUE",
    "d27 REAL DEFAULT -0.0",
    "d28 INT DEFAULT 12345678901234567890",
    "d29 NUMERIC DEFAULT 9007199254740993.0",
    "d30 DEFAULT (- 3)",
    "d31 DEFAULT (+ -3)",
    "d32 REAL DEFAULT TRUE",
    "d33 TEXT DEFAULT 1e3",
    "d34 DEFAULT ('x')",
    "d35 INT DEFAULT (+'9')",
    "d36 TEXT DEFAULT x'4142'",
    "d37 DEFAULT 3.0",
    "d38 DEFAULT 1e3",
    "d39 INT DEFAULT 3.0",
    "d40 BLOB DEFAULT -2.0",
];

fn alter(sqlite: &Connection) {
    for column in ADDED {
        sqlite.execute_batch(&format!("ALTER TABLE altered ADD COLUMN {column}")).unwrap();
    }
    sqlite.execute_batch("ALTER TABLE computed ADD COLUMN later INT AS (a) VIRTUAL").unwrap();
    sqlite.execute_batch("ALTER TABLE computed ADD COLUMN last DEFAULT 'l'").unwrap();
    for column in 0..20 {
        sqlite.execute_batch(&format!("ALTER TABLE wide ADD COLUMN w{column} DEFAULT {column}")).unwrap();
    }
    sqlite.execute_batch("INSERT INTO wide(a, w19) VALUES(1, 2)").unwrap();
}

fn equal_to_sqlite(path: &Path, what: impl fmt::Debug) -> Tally {
    match compare_with_and_without(&Bytes::read(path)) {
        Ok(tally) => tally,
        Err(difference) => panic!("{what:?}: {difference}"),
    }
}

#[test]
fn every_page_size_encoding_and_auto_vacuum_mode_reads_as_sqlite_reads_it() {
    let mut total = Tally::default();
    for page_size in PAGE_SIZES {
        for encoding in ENCODINGS {
            let rows = if page_size > 4096 { 10 } else { 40 };
            for (auto_vacuum, reserved) in [(0, 0), (1, 0), (2, 32), (1, 4)] {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("shape.db");
                let shape = Shape { page_size, encoding, auto_vacuum, reserved };
                let sqlite = shape.create(&path);
                sqlite.execute_batch(SCHEMA).unwrap();
                fill(&sqlite, page_size, rows, &mut u64::from(page_size + u32::from(auto_vacuum)));
                alter(&sqlite);
                fill(&sqlite, page_size, rows / 5, &mut 3);
                drop(sqlite);
                assert_eq!(fs::read(&path).unwrap()[20], reserved);
                total += equal_to_sqlite(&path, shape);
            }
        }
    }
    assert!(total.rows > 15_000, "{total:?}");
    eprintln!("{total:?}");
}

#[test]
fn the_rowid_alias_is_what_sqlite_takes_for_it() {
    let declarations = [
        "a INTEGER PRIMARY KEY, b",
        "a INTEGER PRIMARY KEY ASC, b",
        "a INTEGER PRIMARY KEY DESC, b",
        "a INT PRIMARY KEY, b",
        "a integer CONSTRAINT x NOT NULL CONSTRAINT y PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT DEFAULT 3, b",
        "a \"INTEGER\" PRIMARY KEY, b",
        "a [INTEGER] PRIMARY KEY, b",
        "a 'INTEGER' PRIMARY KEY, b",
        "a INTEGER(4) PRIMARY KEY, b",
        "a INTEGER UNSIGNED PRIMARY KEY, b",
        "a INTEGER, b, PRIMARY KEY(a DESC)",
        "a INTEGER, b, PRIMARY KEY('a')",
        "a INTEGER, b, PRIMARY KEY(\"A\" COLLATE NOCASE)",
        "a INTEGER, b, CONSTRAINT k PRIMARY KEY(a) CHECK (b <> 'PRIMARY KEY(b)') UNIQUE(b)",
        "b, a INTEGER, PRIMARY KEY(a AUTOINCREMENT)",
        "a INTEGER, b INTEGER, PRIMARY KEY(a, b)",
        "a /* PRIMARY KEY */ INTEGER -- , c\n, b",
        "a INTEGER COLLATE NOCASE REFERENCES t0(a) ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED PRIMARY KEY, b",
        "a GENERATED ALWAYS AS (b) STORED, b INTEGER PRIMARY KEY",
        "a INTEGER GENERATED ALWAYS AS (b), b INTEGER NOT NULL PRIMARY KEY",
        "'a' INTEGER PRIMARY KEY, [b] GENERATED",
        "key INTEGER PRIMARY KEY, b DEFAULT (strftime('%s', 'now')), c DEFAULT CURRENT_TIMESTAMP",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alias.db");
    let sqlite = Connection::open(&path).unwrap();
    for (number, columns) in declarations.iter().enumerate() {
        let sql = format!("CREATE TABLE IF NOT EXISTS main.t{number}({columns})");
        sqlite.execute_batch(&sql).unwrap_or_else(|error| panic!("{columns}: {error}"));
        let writable =
            if columns.contains("GENERATED ALWAYS") || columns.starts_with("b, a") { "b" } else { "rowid" };
        for value in [5, -300] {
            sqlite.execute(&format!("INSERT INTO t{number}({writable}) VALUES(?)"), [value]).unwrap();
        }
        sqlite.execute_batch(&format!("ALTER TABLE t{number} ADD COLUMN later DEFAULT 'l'")).unwrap();
    }
    assert_eq!(equal_to_sqlite(&path, "aliases").rows, 2 * declarations.len() + 2);
    let bytes = Bytes::read(&path);
    let database = Database::open(bytes.files()).unwrap();
    let aliases: Vec<_> =
        database.schema().tables.iter().filter(|table| table.rowid_alias.is_none()).collect();
    let names: Vec<_> = aliases.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["t2", "t3", "sqlite_sequence", "t8", "t9", "t15", "t16"]);
}

/// Everything in a database by itself: what the main file says without its companions.
fn rows_of(bytes: &Bytes) -> Vec<(String, Option<i64>, Vec<u8>)> {
    let database = Database::open(bytes.files()).unwrap();
    let tables = &database.schema().tables;
    let rows = tables
        .iter()
        .flat_map(|table| database.rows(table).map(move |row| (table.name.clone(), row.unwrap())));
    let mut rows: Vec<_> = rows.map(|(name, row)| (name, row.rowid, row.payload().to_vec())).collect();
    rows.sort();
    rows
}

/// The name in the main file of a table that is renamed in the WAL.
fn former_name(table: &Table) -> String {
    if table.name == "renamed" { "altered".to_owned() } else { table.name.clone() }
}

/// The rows of the main file are the live and older rows that are visible in it, each once.
fn visible_rows_are_the_main_file(bytes: &Bytes) -> usize {
    let database = Database::open(bytes.files()).unwrap();
    let mut rows = BTreeMap::new();
    let mut older = 0;
    let mut add = |table: &Table, row: Row<'_>| {
        if database.is_visible(&row.place, View::Main) {
            rows.insert((former_name(table), row.identity(table)), (row.rowid, row.payload().to_vec()));
        }
    };
    for table in database.schema().tables.iter().chain(database.dropped_tables()) {
        for row in database.older_rows(table) {
            let row = row.unwrap();
            let again = database.row_at(table, &row.place).unwrap();
            assert_eq!((again.payload(), again.identity(table)), (row.payload(), row.identity(table)));
            older += usize::from(row.place.view == View::Main);
            add(table, row);
        }
    }
    for table in &database.schema().tables {
        database.rows(table).for_each(|row| add(table, row.unwrap()));
    }
    let mut rows: Vec<_> =
        rows.into_iter().map(|((name, _), (rowid, payload))| (name, rowid, payload)).collect();
    rows.sort();
    assert_eq!(rows.len(), rows_of(&bytes.alone()).len());
    assert!(rows == rows_of(&bytes.alone()), "the rows of the main file differ");
    older
}

#[test]
fn a_wal_in_every_state_is_applied_as_sqlite_applies_it() {
    for (page_size, encoding) in [512, 4096, 65_536].into_iter().zip(ENCODINGS) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wal.db");
        let sqlite = Shape { auto_vacuum: 1, ..Shape::new(page_size, encoding) }.create(&path);
        let seed = &mut 5;
        sqlite.execute_batch(SCHEMA).unwrap();
        fill(&sqlite, page_size, 60, seed);
        sqlite.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap_or(());
        let state = |name: &str| equal_to_sqlite(&path, (page_size, encoding, name.to_owned()));
        fill(&sqlite, page_size, 3, seed);
        state("two commits");
        assert!(visible_rows_are_the_main_file(&Bytes::read(&path)) > 0);
        sqlite
            .execute_batch("DELETE FROM plain WHERE id % 3 = 0; DROP TABLE wide; DELETE FROM keyed")
            .unwrap();
        alter_in_wal(&sqlite);
        state("deleted and dropped");
        assert!(visible_rows_are_the_main_file(&Bytes::read(&path)) > 30);
        sqlite.execute_batch("ALTER TABLE renamed RENAME TO altered").unwrap();
        sqlite.execute_batch("ALTER TABLE computed RENAME COLUMN why TO y").unwrap();
        sqlite.execute_batch("PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN").unwrap();
        fill(&sqlite, page_size, 20, seed);
        state("an unfinished transaction behind the last commit");
        sqlite.execute_batch("ROLLBACK").unwrap();
        checkpoint(&sqlite, "RESTART");
        state("checkpointed");
        sqlite.execute("INSERT INTO plain(a) VALUES('after the restart')", []).unwrap();
        state("new frames before those of an older generation");
        visible_rows_are_the_main_file(&Bytes::read(&path));
        partial_checkpoint(&sqlite, &path, page_size);
        state("checkpointed in part");
    }
}

fn alter_in_wal(sqlite: &Connection) {
    let sql = "ALTER TABLE altered RENAME TO renamed; ALTER TABLE strict ADD COLUMN y ANY DEFAULT '4';
               ALTER TABLE computed RENAME COLUMN y TO why";
    sqlite.execute_batch(sql).unwrap();
}

fn checkpoint(sqlite: &Connection, mode: &str) {
    sqlite.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())).unwrap();
}

/// A reader holds a snapshot, so that the checkpoint must stop before the newest frames.
fn partial_checkpoint(sqlite: &Connection, path: &Path, page_size: u32) {
    let reader = Connection::open(path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM plain", [], |_| Ok(())).unwrap();
    fill(sqlite, page_size, 5, &mut 8);
    checkpoint(sqlite, "PASSIVE");
}

#[test]
fn rows_under_a_dropped_column_are_read_by_the_columns_they_had() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dropped.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite.execute_batch("CREATE TABLE t(a, b, c); INSERT INTO t VALUES('a', 'b', 'c')").unwrap();
    sqlite.execute_batch("PRAGMA journal_mode = WAL").unwrap_or(());
    sqlite.execute_batch("ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN d DEFAULT 'd'").unwrap();
    let bytes = Bytes::read(&path);
    let database = Database::open(bytes.files()).unwrap();
    let table = database.table("t").unwrap();
    let row = database.older_rows(table).next().unwrap().unwrap();
    let text = |text: &'static str| Value::Text(text.into());
    let values: Vec<Value<'_>> = (0..3).map(|column| row.value(table, column)).collect();
    assert_eq!(values, [text("a"), text("c"), text("d")]);
    assert_eq!([0, 1, 2].map(|column| row.is_default(table, column)), [false, false, true]);
}

#[test]
fn a_hot_journal_is_rolled_back_as_sqlite_rolls_it_back() {
    for page_size in [512, 4096, 65_536] {
        for (auto_vacuum, cache) in [(0, 2), (1, 2), (0, 40)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("hot.db");
            let sqlite = Shape { auto_vacuum, ..Shape::new(page_size, "UTF-8") }.create(&path);
            sqlite.execute_batch(SCHEMA).unwrap();
            fill(&sqlite, page_size, 60, &mut 6);
            let pragmas = format!(
                "PRAGMA synchronous = FULL; PRAGMA cache_size = {cache}; PRAGMA cache_spill = {cache}"
            );
            sqlite.execute_batch(&pragmas).unwrap();
            let before = rows_of(&Bytes::read(&path));
            sqlite.execute_batch("BEGIN; DELETE FROM plain WHERE id % 2; DROP TABLE wide").unwrap();
            fill(&sqlite, page_size, 50, &mut 7);
            let bytes = Bytes::read(&path);
            assert!(bytes.journal.is_some());
            let live =
                compare(&bytes).unwrap_or_else(|error| panic!("{page_size} {auto_vacuum} {cache}: {error}"));
            assert_eq!((rows_of(&bytes) == before, live.rows), (true, before.len()));
            sqlite
                .execute_batch("ROLLBACK; PRAGMA journal_mode = PERSIST; DELETE FROM plain WHERE id % 5 = 1")
                .unwrap_or(());
            assert_eq!(
                equal_to_sqlite(&path, "a journal with a zeroed header").rows,
                2 * rows_of(&Bytes::read(&path)).len()
            );
        }
    }
}
