//! One input of the target `realm`, read to its last value. The fuzz target, `tests/fuzz_replay.rs` and `tests/realm_hostile.rs` share this
//! file.
//!
//! ```text
//! u8    1: the rest is encrypted under a key of 64 times 0x5a; else it is a file as it stands
//! rest  the file
//! ```

use affiant::parse::Node;
use affiant::parse::realm::{self, Realm, Snapshot, Table, Unused, older_rows};
use std::convert::Infallible;

/// The key of encrypted inputs.
pub const KEY: [u8; 64] = [0x5a; 64];

/// What was read of an input.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Rows of the last commit.
    pub live: usize,
    /// Rows of the commit before, and of free space.
    pub older: usize,
    /// Values of all of them.
    pub values: usize,
    /// Findings.
    pub findings: usize,
}

/// Reads everything that a file of these bytes has; nothing where it is none.
///
/// # Panics
/// Where the reader breaks a promise: the harness has no other way to tell libFuzzer.
pub fn read(input: &[u8]) -> Option<Counts> {
    let (kind, rest) = input.split_first()?;
    if *kind != 1 {
        return file(rest);
    }
    let key = realm::unlock(rest, &KEY).ok()?;
    let mut plain = Vec::new();
    let decrypted: Result<_, Infallible> = key.decrypt(rest, &mut |page| {
        plain.extend_from_slice(page);
        Ok(())
    });
    std::hint::black_box(decrypted.is_ok());
    file(&plain)
}

/// Reads everything that a file has.
pub fn file(bytes: &[u8]) -> Option<Counts> {
    let realm = Realm::open(bytes).ok()?;
    let current = realm.current().ok()?;
    let previous = realm.previous().and_then(Result::ok);
    let mut counts = Counts::default();
    for table in &current.tables {
        let done: Result<(), Infallible> = current.rows(table, &mut |row| {
            counts.live += 1;
            counts.values += take(table, &row.values);
            Ok(())
        });
        std::hint::black_box((done.is_ok(), current.count(table)));
    }
    older(&realm, (&current, previous.as_ref()), &mut counts);
    let findings = |snapshot: &Snapshot<'_>| snapshot.take_findings().len();
    counts.findings += findings(&current) + previous.as_ref().map_or(0, findings);
    Some(counts)
}

fn older<'a>(
    realm: &Realm<'a>,
    (current, previous): (&Snapshot<'a>, Option<&Snapshot<'a>>),
    counts: &mut Counts,
) {
    for table in previous.iter().flat_map(|previous| &previous.tables) {
        let Some(previous) = previous else { break };
        let done: Result<(), Infallible> = older_rows(current, previous, table, &mut |row, _| {
            counts.older += 1;
            counts.values += take(table, &row.values);
            Ok(())
        });
        std::hint::black_box(done.is_ok());
    }
    let unused = Unused::of(realm, current, previous);
    for table in current.tables.iter().chain(previous.iter().flat_map(|previous| &previous.tables)) {
        let done: Result<(), Infallible> = unused.rows(table, &mut |found| {
            counts.older += 1;
            counts.values += take(table, &found.row.values);
            let is_in = |at: &usize| *at < table.columns.len();
            assert!(found.row.missing.iter().all(is_in), "a column that is missing is one of the table");
            assert!(found.row.missing.len() < table.columns.len(), "a row has a value");
            Ok(())
        });
        std::hint::black_box(done.is_ok());
    }
    counts.findings += unused.take_findings().len();
}

fn take(table: &Table<'_>, values: &[Node<'_>]) -> usize {
    assert_eq!(values.len(), table.columns.len(), "a row has a value for every column");
    std::hint::black_box(values);
    values.len()
}
