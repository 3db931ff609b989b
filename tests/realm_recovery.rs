//! What free space and the commit before give back of deleted and changed objects, held against all that was ever written.
//!
//! The files are made by `realm_writer`; for the files of the corpus, `AFFIANT_CORPUS=FOLDER cargo test --test realm_recovery -- --nocapture`
//! prints what was found in their free space.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod realm_writer;

use affiant::parse::Value;
use affiant::parse::realm::{self, Fate, FreeRow, Realm, Row, Table, Unused, older_rows};
use realm_writer::{Cell, Cells, Field, Format, Kind, Writer, field};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

const FORMATS: [Format; 2] = [Format::Nine, Format::TwentyFour];
const KEY: [u8; 64] = [0x5a; 64];

/// A member of a map.
fn inner<'v, 'a>(value: &'v Value<'a>, name: &str) -> &'v Value<'a> {
    &value.member(name).unwrap_or_else(|| panic!("no {name}")).value
}

fn number(value: &Value<'_>) -> i64 {
    if let Value::Integer(number) = value { *number } else { panic!("no number") }
}

fn link(value: &Value<'_>) -> i64 {
    number(inner(inner(value, "link"), "key"))
}

/// A value that was read as the writer would have it.
fn cell(value: &Value<'_>) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Integer(number) => Cell::Int(*number),
        Value::Bool(truth) => Cell::Bool(*truth),
        Value::Text(text) => Cell::Text(text.to_string()),
        Value::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        Value::List(nodes) => Cell::Links(nodes.iter().map(|node| link(&node.value)).collect()),
        map if map.member("timestamp").is_some() => {
            let moment = inner(map, "timestamp");
            Cell::Time(number(inner(moment, "seconds")), number(inner(moment, "nanoseconds")))
        }
        map => Cell::Link(link(map)),
    }
}

fn cells(row: &Row<'_>) -> Cells {
    row.values.iter().map(|node| cell(&node.value)).collect()
}

type Rows = Vec<(i64, Cells)>;

/// A row of free space: key where it is known, values, columns that are missing, fate, certainty.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    key: Option<i64>,
    cells: Cells,
    missing: Vec<usize>,
    fate: Fate,
    is_certain: bool,
}

impl Found {
    fn of(found: &FreeRow<'_>) -> Self {
        Found {
            key: found.has_key.then_some(found.row.key),
            cells: cells(&found.row),
            missing: found.row.missing.clone(),
            fate: found.fate,
            is_certain: found.is_certain,
        }
    }

    /// Whether it is this row, as far as it goes.
    fn is(&self, (key, cells): &(i64, Cells), by_key: bool) -> bool {
        let same = |at: usize| self.missing.contains(&at) || self.cells[at] == cells[at];
        (!by_key || self.key.is_none_or(|known| known == *key)) && (0..cells.len()).all(same)
    }
}

/// All that is read of a class: live rows, rows of the commit before with their fate, rows of free space.
struct Reading {
    live: Rows,
    previous: Vec<(i64, Cells, Fate)>,
    free: Vec<Found>,
}

fn class<'s, 'a>(tables: &'s [Table<'a>], name: &str) -> Option<&'s Table<'a>> {
    tables.iter().find(|table| table.name.strip_prefix("class_") == Some(name))
}

fn read(bytes: &[u8], name: &str) -> Reading {
    let realm = Realm::open(bytes).unwrap();
    let current = realm.current().unwrap();
    let previous = realm.previous().transpose().unwrap();
    let mut reading = Reading { live: Vec::new(), previous: Vec::new(), free: Vec::new() };
    let table = class(&current.tables, name).unwrap();
    let done: Result<(), Infallible> = current.rows(table, &mut |row| {
        reading.live.push((row.key, cells(&row)));
        Ok(())
    });
    done.unwrap();
    if let Some(previous) = &previous
        && let Some(table) = class(&previous.tables, name)
    {
        let done: Result<(), Infallible> = older_rows(&current, previous, table, &mut |row, fate| {
            reading.previous.push((row.key, cells(&row), fate));
            Ok(())
        });
        done.unwrap();
    }
    let unused = Unused::of(&realm, &current, previous.as_ref());
    let done: Result<(), Infallible> = unused.rows(table, &mut |found| {
        reading.free.push(Found::of(&found));
        Ok(())
    });
    done.unwrap();
    assert!(unused.take_findings().is_empty());
    assert!(current.take_findings().is_empty());
    reading
}

/// The classes of a messenger.
fn messenger(format: Format) -> Writer {
    let mut file = Writer::new(format);
    file.class("Contact", vec![field("name", Kind::Text), field("number", Kind::Text).nullable()]);
    file.class(
        "Message",
        vec![
            field("text", Kind::Text).nullable(),
            field("at", Kind::Time),
            field("from", Kind::Link("Contact")),
            field("to", Kind::Links("Contact")),
            field("is_read", Kind::Bool),
            field("size", Kind::Int).nullable(),
            field("picture", Kind::Bytes).nullable(),
        ],
    );
    file
}

fn message(number: i64, text: &str) -> Cells {
    vec![
        Cell::text(text),
        Cell::Time(1_500_000_000 + number, number),
        Cell::Link(number % 3),
        Cell::Links(vec![number % 2, 2]),
        Cell::Bool(number % 2 == 0),
        if number % 3 == 0 { Cell::Null } else { Cell::Int(number * 1000) },
        if number % 4 == 0 { Cell::Null } else { Cell::Bytes(vec![number as u8; number as usize * 20]) },
    ]
}

/// Three contacts and eight messages with texts of every layout.
fn written(format: Format) -> Writer {
    let mut file = messenger(format);
    for name in ["alice", "bob", "carol of the long name"] {
        file.insert("Contact", vec![Cell::text(name), Cell::Null]);
    }
    for number in 0..8 {
        file.insert(
            "Message",
            message(number, &format!("message {number} {}", "x".repeat(number as usize * 20))),
        );
    }
    file.commit();
    file
}

/// Commits that touch other objects only, so that what was deleted is older than the commit before.
fn go_on(file: &mut Writer, commits: usize) {
    for commit in 0..commits {
        file.set("Contact", 0, "number", Cell::text(&format!("+31 6 {commit}")));
        file.commit();
    }
}

#[test]
fn what_was_written_is_what_is_live() {
    for format in FORMATS {
        let mut file = written(format);
        file.delete("Message", 2);
        file.set("Message", 3, "text", Cell::Null);
        file.commit();
        for (bytes, name) in [(file.bytes(), "Message"), (file.bytes(), "Contact")] {
            assert_eq!(read(&bytes, name).live, file.rows(name), "{format:?}");
        }
    }
}

#[test]
fn a_second_reader_of_format_9_reads_the_same_rows() {
    let mut file = Writer::new(Format::Nine);
    file.class("Contact", vec![field("name", Kind::Text), field("number", Kind::Text).nullable()]);
    // Of binary values it says that it does not know them yet.
    let fields = [
        field("text", Kind::Text).nullable(),
        field("at", Kind::Time),
        field("from", Kind::Link("Contact")),
        field("to", Kind::Links("Contact")),
        field("is_read", Kind::Bool),
        field("size", Kind::Int).nullable(),
    ];
    file.class("Message", fields.to_vec());
    for name in ["alice", "bob", "carol of the long name"] {
        file.insert("Contact", vec![Cell::text(name), Cell::Null]);
    }
    for number in 0..1200 {
        let mut cells = message(number, &format!("message {number} {}", "x".repeat(number as usize % 200)));
        cells.pop();
        file.insert("Message", cells);
    }
    file.commit();
    file.delete("Message", 2);
    file.set("Message", 3, "text", Cell::Null);
    file.commit();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.realm");
    std::fs::write(&path, file.bytes()).unwrap();
    let group = realm_db_reader::Realm::open(&path).unwrap().into_group().unwrap();
    let table = group.get_table_by_name("class_Message").unwrap();
    let rows = file.rows("Message");
    assert_eq!((table.row_count().unwrap(), read(&file.bytes(), "Message").live), (rows.len(), rows.clone()));
    for (position, (_, cells)) in rows.iter().enumerate() {
        let row = table.get_row(position).unwrap();
        for (at, field) in fields.iter().enumerate() {
            assert_eq!(second(row.get(field.name).unwrap()), cells[at], "{position} {}", field.name);
        }
    }
}

/// A value of the other reader.
fn second(value: &realm_db_reader::Value) -> Cell {
    use realm_db_reader::Value;
    match value {
        Value::None => Cell::Null,
        Value::Int(number) => Cell::Int(*number),
        Value::Bool(truth) => Cell::Bool(*truth),
        Value::String(text) => Cell::text(text),
        Value::Binary(bytes) => Cell::Bytes(bytes.clone()),
        Value::Timestamp(moment) => Cell::Time(moment.timestamp(), moment.timestamp_subsec_nanos().into()),
        Value::Link(link) => Cell::Link(link.row_number as i64),
        Value::LinkList(links) => Cell::Links(links.iter().map(|link| link.row_number as i64).collect()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_last_commit_deleted_or_changed_stands_in_the_commit_before() {
    for format in FORMATS {
        let mut file = written(format);
        let before = file.rows("Message");
        file.delete("Message", 7);
        file.set("Message", 3, "text", Cell::text("another text"));
        file.commit();
        for bytes in [file.bytes(), opened(&file.encrypted(&KEY))] {
            let reading = read(&bytes, "Message");
            let found: Rows = reading.previous.iter().map(|(key, cells, _)| (*key, cells.clone())).collect();
            assert_eq!(found, [before[3].clone(), before[7].clone()], "{format:?}");
            let fates: Vec<Fate> = reading.previous.iter().map(|(.., fate)| *fate).collect();
            assert_eq!(fates, [Fate::Changed, Fate::Deleted], "{format:?}");
            assert!(reading.free.is_empty(), "{format:?}: {:?}", reading.free);
        }
    }
}

#[test]
fn what_an_earlier_commit_deleted_or_changed_stands_in_free_space() {
    for format in FORMATS {
        let mut file = written(format);
        let before = file.rows("Message");
        file.delete("Message", 7);
        file.set("Message", 3, "text", Cell::text("another text"));
        file.commit();
        go_on(&mut file, 1);
        for bytes in [file.bytes(), opened(&file.encrypted(&KEY))] {
            let reading = read(&bytes, "Message");
            assert!(reading.previous.is_empty());
            let found: Rows =
                reading.free.iter().map(|found| (found.key.unwrap(), found.cells.clone())).collect();
            assert_eq!(found, [before[3].clone(), before[7].clone()], "{format:?}");
            // Freed by the commit before: nothing can have been written there.
            assert!(
                reading.free.iter().all(|found| found.is_certain && found.missing.is_empty()),
                "{format:?}"
            );
            let fates: Vec<Fate> = reading.free.iter().map(|found| found.fate).collect();
            // A position is no key: without a primary key nothing tells that the row of format 9 lives on.
            let changed = if format == Format::Nine { Fate::Deleted } else { Fate::Changed };
            assert_eq!(fates, [changed, Fate::Deleted], "{format:?}");
        }
    }
}

fn opened(sealed: &[u8]) -> Vec<u8> {
    let key = realm::unlock(sealed, &KEY).unwrap();
    let mut plain = Vec::new();
    let findings: Result<_, Infallible> = key.decrypt(sealed, &mut |page| {
        plain.extend_from_slice(page);
        Ok(())
    });
    assert!(findings.unwrap().is_empty());
    plain
}

#[test]
fn rows_of_a_table_of_many_leaves_keep_their_keys() {
    let mut file = messenger(Format::TwentyFour).leaf_rows(4);
    file.insert("Contact", vec![Cell::text("alice"), Cell::Null]);
    for number in 0..11 {
        file.insert("Message", message(number, &format!("message {number}")));
    }
    file.commit();
    let before = file.rows("Message");
    file.delete("Message", 5);
    file.commit();
    go_on(&mut file, 1);
    let found = read(&file.bytes(), "Message").free;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].key, &found[0].cells), (Some(5), &before[5].1));
}

#[test]
fn free_space_of_zeros_gives_nothing() {
    for format in FORMATS {
        let mut file = written(format);
        file.delete("Message", 7);
        file.commit();
        go_on(&mut file, 1);
        assert!(!read(&file.bytes(), "Message").free.is_empty());
        assert!(read(&file.without_remains(), "Message").free.is_empty());
    }
}

/// A small generator of numbers (xorshift), so that every run writes the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What a long life of a file gave back.
#[derive(Debug, Default)]
struct Tally {
    rows: usize,
    certain: usize,
    parts: usize,
    without_key: usize,
    /// Rows that no commit held: columns of two commits side by side.
    mixed: usize,
    /// Values of them that no row ever had in this column.
    foreign: usize,
    /// Rows that were there once and are not live, and came back from free space.
    back: usize,
    gone: usize,
}

/// Everything that a class ever held, at any commit.
fn remember(all: &mut Vec<(i64, Cells)>, file: &Writer) {
    for row in file.rows("Message") {
        if !all.contains(&row) {
            all.push(row);
        }
    }
}

fn change(file: &mut Writer, numbers: &mut Numbers, serial: i64) {
    let count = file.rows("Message").len() as u64;
    let pick = |file: &Writer, at: u64| file.rows("Message")[at as usize].0;
    match numbers.below(6) {
        0..=2 => {
            let length = numbers.below(90) as usize;
            file.insert("Message", message(serial % 12, &format!("{serial} {}", "y".repeat(length))));
        }
        3 if count > 4 => {
            let key = pick(file, numbers.below(count));
            file.delete("Message", key);
        }
        _ if count > 0 => {
            let key = pick(file, numbers.below(count));
            file.set("Message", key, "text", Cell::text(&format!("{serial} changed")));
        }
        _ => {}
    }
}

fn life(format: Format, seed: u64, tally: &mut Tally) {
    let mut file = messenger(format).leaf_rows(8);
    let mut numbers = Numbers(seed);
    for name in ["alice", "bob", "carol"] {
        file.insert("Contact", vec![Cell::text(name), Cell::Null]);
    }
    let mut all = Vec::new();
    for commit in 0..24 {
        for step in 0..=numbers.below(3) as i64 {
            change(&mut file, &mut numbers, commit * 10 + step);
        }
        file.commit();
        remember(&mut all, &file);
    }
    let by_key = format == Format::TwentyFour;
    let reading = read(&file.bytes(), "Message");
    assert_eq!(reading.live, file.rows("Message"));
    for found in &reading.free {
        let is_written = all.iter().any(|row| found.is(row, by_key));
        assert!(is_written || !found.is_certain, "{format:?} {seed}: {found:?}");
        for (at, cell) in found.cells.iter().enumerate().filter(|(at, _)| !found.missing.contains(at)) {
            let is_value = |(_, cells): &(i64, Cells)| cells[at] == *cell;
            if !all.iter().any(is_value) {
                tally.foreign += 1;
                println!("{format:?} {seed}: row {:?}, column {at}: not a value of it", found.key);
            }
        }
        tally.rows += 1;
        tally.certain += usize::from(found.is_certain);
        tally.parts += usize::from(!found.missing.is_empty());
        tally.without_key += usize::from(found.key.is_none());
        tally.mixed += usize::from(!is_written);
    }
    let is_here = |row: &(i64, Cells)| {
        reading.live.iter().any(|live| live.1 == row.1)
            || reading.previous.iter().any(|(_, cells, _)| *cells == row.1)
    };
    let gone: Vec<_> = all.iter().filter(|row| !is_here(row)).collect();
    tally.gone += gone.len();
    tally.back += gone
        .iter()
        .filter(|row| reading.free.iter().any(|found| found.missing.is_empty() && found.is(row, by_key)))
        .count();
}

#[test]
fn a_long_life_gives_back_no_value_that_was_never_there() {
    for format in FORMATS {
        let mut tally = Tally::default();
        for seed in 1..=20 {
            life(format, seed * 7919, &mut tally);
        }
        println!("{format:?}: {tally:?}");
        // Every run writes the same: docs/realm.md tells of these figures.
        let pinned = if format == Format::Nine { (19, 19, 0, 0) } else { (20, 18, 0, 0) };
        assert_eq!((tally.rows, tally.certain, tally.mixed, tally.foreign), pinned);
    }
}

/// Kind of a column by its type in words.
fn kind(type_name: &str) -> Option<Kind> {
    Some(match type_name {
        "int" => Kind::Int,
        "bool" => Kind::Bool,
        "string" => Kind::Text,
        "binary" => Kind::Bytes,
        "timestamp" => Kind::Time,
        _ => return None,
    })
}

/// Writes the columns of a table again, from the values that were read, and compares node by node with those of the file.
fn compare(realm: &Realm<'_>, bytes: &[u8], same: &mut BTreeMap<&'static str, [usize; 3]>) {
    let current = realm.current().unwrap();
    for table in &current.tables {
        let mut leaves: BTreeMap<u64, Vec<Row<'_>>> = BTreeMap::new();
        let done: Result<(), Infallible> = current.rows(table, &mut |row| {
            leaves.entry(row.place.offset).or_default().push(row);
            Ok(())
        });
        done.unwrap();
        for (offset, rows) in leaves {
            for (at, column) in table.columns.iter().enumerate() {
                let Some(kind) = kind(&column.type_name) else { continue };
                let known = Field { name: "", kind, is_nullable: column.is_nullable };
                let cells: Vec<Cell> = rows.iter().map(|row| cell(&row.values[at].value)).collect();
                let written = realm_writer::leaf_as_it_would_be(&known, &cells.iter().collect::<Vec<_>>());
                // A column that was removed leaves its place in the leaf: then the columns behind it are not compared.
                let Some(leaf) = realm_writer::reference(bytes, offset, at + 1) else { continue };
                let name = ["int", "bool", "string", "binary", "timestamp"]
                    .into_iter()
                    .find(|name| *name == column.type_name);
                let counts = same.entry(name.unwrap()).or_default();
                counts[realm_writer::likeness(bytes, leaf, &written) as usize] += 1;
            }
        }
    }
}

#[test]
fn leaves_of_format_24_are_written_as_realm_core_wrote_them() {
    let Some(root) =
        std::env::var_os("AFFIANT_CORPUS").map(std::path::PathBuf::from).filter(|root| root.is_dir())
    else {
        println!("SKIPPED: AFFIANT_CORPUS is not set to a folder");
        return;
    };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let mut same = BTreeMap::new();
    for path in index.lines().map(|line| line.split('\t').next().unwrap()) {
        if !path.split('@').next().unwrap().ends_with(".realm") {
            continue;
        }
        let bytes = std::fs::read(root.join(path)).unwrap();
        let realm = Realm::open(&bytes).ok().filter(|realm| realm.header.current.format >= 20);
        realm.iter().for_each(|realm| compare(realm, &bytes, &mut same));
    }
    // Of another layout are leaves of long texts that never became short again, and those of one class whose first property was removed, so
    // that what is compared are leaves of its neighbours.
    let others: Vec<usize> = same.values().map(|[_, _, other]| *other).collect();
    assert_eq!(others, [0, 0, 4, 9, 0], "{same:?}");
    // Equal; of the same layout, in more bits than are needed, as arrays do not shrink; of another layout.
    println!("equal, wider, other: {same:?}");
}

#[test]
fn the_free_space_of_the_corpus_gives_what_it_gave() {
    let Some(root) =
        std::env::var_os("AFFIANT_CORPUS").map(std::path::PathBuf::from).filter(|root| root.is_dir())
    else {
        println!("SKIPPED: AFFIANT_CORPUS is not set to a folder");
        return;
    };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let paths = index.lines().map(|line| line.split('\t').next().unwrap());
    let (mut files, mut unused_bytes) = (0, 0);
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths.filter(|path| path.split('@').next().unwrap().ends_with(".realm")) {
        let bytes = std::fs::read(root.join(path)).unwrap();
        if !realm::is_realm(&bytes) {
            continue;
        }
        files += 1;
        let realm = Realm::open(&bytes).unwrap();
        let current = realm.current().unwrap();
        let previous = realm.previous().transpose().unwrap();
        let unused = Unused::of(&realm, &current, previous.as_ref());
        unused_bytes += unused.bytes;
        for table in &current.tables {
            let done: Result<(), Infallible> = unused.rows(table, &mut |_| {
                *given.entry(path.to_owned()).or_default() += 1;
                Ok(())
            });
            done.unwrap();
        }
        let codes: BTreeSet<_> = unused.take_findings().iter().map(|finding| finding.code).collect();
        assert!(!codes.contains("realm-free-in-use"), "{path}: a list of free space names what is in use");
    }
    println!(
        "{files} files, {unused_bytes} bytes that no commit uses, {} rows: {given:#?}",
        given.values().sum::<usize>()
    );
}
