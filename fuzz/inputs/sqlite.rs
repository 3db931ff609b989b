//! One input of the target `sqlite`, read to its last value. The fuzz target and `tests/fuzz_replay.rs` share this file.
//!
//! ```text
//! u32 LE  length of the main file   (more than is there: all that is left)
//! u32 LE  length of the WAL         (likewise)
//! main file, WAL, and what is left is the journal; a companion of no bytes is absent
//! ```

use affiant::parse::sqlite::{Database, Files, Row, Table, View, Views};

/// What was read of an input.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Live rows, whole or in part.
    pub live: usize,
    /// Rows of every other view.
    pub older: usize,
    /// Values of all of them.
    pub values: usize,
    /// Findings of the database and between the rows.
    pub findings: usize,
}

/// Reads everything that a database of these bytes has; nothing where it is none.
///
/// # Panics
/// Where the reader breaks a promise: the harness has no other way to tell libFuzzer.
pub fn read(input: &[u8]) -> Option<Counts> {
    let (length, rest) = input.split_first_chunk::<4>()?;
    let (wal_length, rest) = rest.split_first_chunk::<4>()?;
    let (main, rest) = cut(rest, *length);
    let (wal, journal) = cut(rest, *wal_length);
    let companion = |bytes| Some(bytes).filter(|bytes: &&[u8]| !bytes.is_empty());
    let database = Database::open(Files { main, wal: companion(wal), journal: companion(journal) }).ok()?;
    let mut counts = Counts { findings: database.findings().len(), ..Counts::default() };
    let tables =
        database.schema().tables.iter().chain(database.dropped_tables()).chain(database.lost_tables());
    for table in tables {
        let read = database.versions(table, &Views::default(), &mut |version| {
            let row = version.map(|version| version.row);
            match &row {
                Ok(row) if row.place.view == View::Live => counts.live += 1,
                Ok(_) => counts.older += 1,
                Err(_) => {}
            }
            take(&database, table, row, &mut counts);
            Ok::<(), std::convert::Infallible>(())
        });
        std::hint::black_box(read.is_ok());
    }
    for stray in database.strays() {
        counts.older += 1;
        take(&database, stray.table, Ok::<_, ()>(stray.row), &mut counts);
    }
    Some(counts)
}

fn cut(bytes: &[u8], length: [u8; 4]) -> (&[u8], &[u8]) {
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    bytes.split_at(length.min(bytes.len()))
}

/// Reads every value of a row, and reads the row again as `verify` would, by its place alone.
fn take<'a, E>(database: &Database<'a>, table: &Table, row: Result<Row<'a>, E>, counts: &mut Counts) {
    let Ok(row) = row else {
        counts.findings += 1;
        return;
    };
    let values = row.values(table);
    for column in 0..table.columns.len() {
        let alone = row.value(table, column);
        assert_eq!(values.get(column), Some(&alone), "a value read alone is another");
        std::hint::black_box((row.is_default(table, column), row.is_missing(table, column)));
        counts.values += 1;
    }
    std::hint::black_box((row.identity(table), row.overflow(), row.payload().len()));
    let is_cut = !row.complete && row.recovered().is_none();
    assert!(!is_cut || row.finding().is_some(), "a row that is not complete says why");
    if let Some(rowid) = row.rowid {
        std::hint::black_box(database.find(table, rowid).is_ok());
    }
    let again =
        database.row_at(table, &row.place).or_else(|_| database.stray_at(&row.place).map(|stray| stray.row));
    if row.complete {
        let again = again.unwrap_or_else(|error| panic!("a row is not found again at its place: {error}"));
        assert_eq!(again.payload(), row.payload(), "a row read again at its place is another");
    }
}
