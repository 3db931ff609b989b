//! Every byte of every page belongs to one leaf of its anatomy, whatever the page, and what the parts add up to is what SQLite's
//! own `dbstat` says. The databases are those built here, the samples, and every one under `AFFIANT_CORPUS`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use affiant::parse::sqlite::{Anatomy, Database, Files, MAGIC, Moment, Part, PartKind, Source};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A database file with what lies beside it.
struct Bytes {
    name: String,
    main: Vec<u8>,
    wal: Vec<u8>,
    journal: Vec<u8>,
}

impl Bytes {
    fn of(path: &Path) -> Bytes {
        let name = path.display().to_string();
        let beside = |suffix: &str| fs::read(format!("{name}{suffix}")).unwrap_or_else(|_| Vec::new());
        Bytes { main: fs::read(path).unwrap(), wal: beside("-wal"), journal: beside("-journal"), name }
    }

    fn open(&self) -> Option<Database<'_>> {
        let (wal, journal) = (Some(self.wal.as_slice()), Some(self.journal.as_slice()));
        Database::open(Files { main: &self.main, wal, journal }).ok()
    }

    fn page_size(&self) -> u64 {
        match u16::from_be_bytes([self.main[16], self.main[17]]) {
            1 => 65_536,
            size => u64::from(size),
        }
    }
}

fn is_database(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == *MAGIC
}

/// The samples, and the corpus where there is one.
fn databases() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")];
    match std::env::var_os("AFFIANT_CORPUS") {
        Some(corpus) => folders.push(PathBuf::from(corpus)),
        None => eprintln!("the corpus is skipped: AFFIANT_CORPUS is not set"),
    }
    let entries = folders.into_iter().flat_map(walkdir::WalkDir::new).map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    let mut found: Vec<PathBuf> = files.filter(|path| is_database(path)).collect();
    found.sort();
    found
}

/// Databases of every page size and kind of page: overflow chains, WITHOUT ROWID, indexes, free pages, freeblocks, fragments.
fn built() -> Vec<(tempfile::TempDir, PathBuf)> {
    const CONTENT: &str = "
        CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, r REAL, b BLOB); CREATE INDEX i ON t(a, r);
        CREATE TABLE k(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE gone(x);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
            INSERT INTO t SELECT i, 'text ' || i, i, zeroblob(i % 97 * 9) FROM n;
        INSERT INTO t SELECT NULL, 'long', 0.5, randomblob(200000);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
            INSERT INTO k SELECT 'key of some length ' || (i * 7 % 300), i FROM n;
        INSERT INTO gone SELECT b FROM t;
        DELETE FROM t WHERE id % 5 = 0; UPDATE t SET a = 'other ' || id WHERE id % 7 = 0;
        ALTER TABLE k ADD COLUMN w DEFAULT 'added'; DROP TABLE gone;";
    let mut found = Vec::new();
    for (size, vacuum, encoding) in
        [(512, 0, "UTF-8"), (1024, 1, "UTF-16le"), (4096, 2, "UTF-16be"), (65_536, 0, "UTF-8")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("built.db");
        let sqlite = Connection::open(&path).unwrap();
        let pragmas = format!(
            "PRAGMA page_size = {size}; PRAGMA auto_vacuum = {vacuum}; PRAGMA encoding = '{encoding}'; PRAGMA secure_delete = 0;"
        );
        sqlite.execute_batch(&pragmas).unwrap();
        sqlite.execute_batch(CONTENT).unwrap();
        drop(sqlite);
        found.push((folder, path));
    }
    found
}

/// Each part lies behind the one before it, and the last ends where the whole does.
fn assert_tiled(part: &Part, told: &str) {
    let mut at = part.offset;
    for inner in &part.parts {
        assert_eq!(inner.offset, at, "{told}: {} of {}", inner.name, part.name);
        assert_tiled(inner, told);
        at = inner.end();
    }
    assert!(part.parts.is_empty() || at == part.end(), "{told}: {} ends at {at}", part.name);
}

/// Takes all pages of a state apart, and holds each against the bytes that it has.
fn take_apart(bytes: &Bytes, moment: &Moment<'_>) -> usize {
    let size = bytes.page_size();
    let mut taken = 0;
    let in_main = (bytes.main.len() as u64).div_ceil(size);
    for page in 1..=u32::try_from(in_main).unwrap().max(moment.pages().min(100_000)) {
        let Ok(anatomy) = moment.page(page) else { continue };
        assert_page(bytes, &anatomy, size);
        drop(moment.misfits(page));
        taken += 1;
    }
    taken
}

fn assert_page(bytes: &Bytes, anatomy: &Anatomy, size: u64) {
    let file = match anatomy.source {
        Source::Main => &bytes.main,
        Source::Wal => &bytes.wal,
        Source::Journal => &bytes.journal,
    };
    let told = format!("{} page {:?} in {}", bytes.name, anatomy.page, anatomy.source);
    let left = file.len() as u64 - anatomy.root.offset;
    assert_eq!(anatomy.root.length, left.min(size), "{told}");
    assert_tiled(&anatomy.root, &told);
    for part in &anatomy.overlapping {
        assert_tiled(part, &told);
        assert!(part.end() <= anatomy.root.end(), "{told}");
    }
}

#[test]
fn every_byte_of_every_page_belongs_to_one_leaf() {
    let built = built();
    let all = databases().into_iter().chain(built.iter().map(|(_, path)| path.clone()));
    let (mut files, mut pages) = (0, 0);
    for path in all {
        let bytes = Bytes::of(&path);
        let Some(database) = bytes.open() else { continue };
        files += 1;
        pages += take_apart(&bytes, &database.moment());
    }
    println!("{files} databases, {pages} pages");
    assert!(files > 30 && pages > 2000, "{files} databases, {pages} pages");
}

#[test]
fn every_byte_of_a_companion_belongs_to_one_leaf() {
    let mut regions = BTreeMap::new();
    for path in databases() {
        let bytes = Bytes::of(&path);
        let Some(database) = bytes.open() else { continue };
        for (source, file) in [(Source::Wal, &bytes.wal), (Source::Journal, &bytes.journal)] {
            let mut at = 0;
            // Each state is walked anew, so of long logs the first frames are enough.
            for _ in 0..40 {
                if at >= file.len() as u64 {
                    break;
                }
                let anatomy = database.anatomy_at(source, at).unwrap();
                assert_eq!(anatomy.root.offset, at, "{}", bytes.name);
                assert_tiled(&anatomy.root, &format!("{} {source} at {at}", bytes.name));
                at = anatomy.root.end();
                *regions.entry(source).or_insert(0) += 1;
            }
        }
    }
    assert!(regions[&Source::Wal] > 20, "{regions:?}");
}

/// Numbers in a fixed disorder (xorshift).
struct Disorder(u64);

impl Disorder {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[test]
fn flipped_bytes_are_survived_and_every_byte_is_still_in_one_leaf() {
    let built = built();
    let all = databases().into_iter().chain(built.iter().map(|(_, path)| path.clone()));
    let mut disorder = Disorder(0x5eed);
    let mut taken = 0;
    for path in all.filter(|path| fs::metadata(path).unwrap().len() < 400_000) {
        let mut bytes = Bytes::of(&path);
        let size = usize::try_from(bytes.page_size()).unwrap_or(512).max(512);
        for _ in 0..3 {
            for page in 0..bytes.main.len() / size {
                // Headers and pointer arrays are where a change has the most to lead astray.
                for within in [disorder.below(12), disorder.below(64), disorder.below(size)] {
                    let at = (page * size + within).max(if page == 0 { 24 } else { 0 });
                    bytes.main[at] = u8::try_from(disorder.below(256)).unwrap();
                }
            }
            if let Some(database) = bytes.open() {
                taken += take_apart(&bytes, &database.moment());
            }
        }
    }
    assert!(taken > 1000, "{taken} pages");
}

/// What `dbstat` says of a page: name, page type, cells, payload, unused bytes.
type Stat = (String, String, u64, u64, i64);

/// SQLite's own account of each page of a copy, where SQLite finds nothing wrong with it.
fn dbstat(path: &Path) -> Option<BTreeMap<u32, Stat>> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal", "-journal"] {
        let (from, to) = (format!("{}{suffix}", path.display()), format!("{}{suffix}", copy.display()));
        if Path::new(&from).exists() {
            fs::copy(from, to).unwrap();
        }
    }
    let sqlite = Connection::open(&copy).ok()?;
    let verdict: String = sqlite.query_row("PRAGMA integrity_check", [], |row| row.get(0)).ok()?;
    if verdict != "ok" {
        return None;
    }
    let mut query =
        sqlite.prepare("SELECT pageno, name, pagetype, ncell, payload, unused FROM dbstat").ok()?;
    let rows = query.query_map([], |row| {
        let stat = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?);
        Ok((row.get(0)?, stat))
    });
    rows.ok()?.collect::<Result<_, _>>().ok()
}

/// The same account, from the parts.
fn account(anatomy: &Anatomy) -> (u64, u64, u64) {
    let cells = anatomy.root.parts.iter().filter(|part| part.kind == PartKind::Cell).count();
    let payload = anatomy
        .root
        .leaves()
        .iter()
        .filter(|part| part.kind == PartKind::Payload)
        .map(|part| part.length)
        .sum();
    let unused = [PartKind::Unallocated, PartKind::Freeblock, PartKind::Fragment, PartKind::Unclaimed];
    let unused =
        anatomy.root.parts.iter().filter(|part| unused.contains(&part.kind)).map(|part| part.length).sum();
    (cells as u64, payload, unused)
}

#[test]
fn cells_payload_and_unused_bytes_are_those_of_dbstat() {
    let built = built();
    let all = databases().into_iter().chain(built.iter().map(|(_, path)| path.clone()));
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for path in all {
        let bytes = Bytes::of(&path);
        let (Some(database), Some(stats)) = (bytes.open(), dbstat(&path)) else { continue };
        let moment = database.moment();
        for (page, (name, kind, cells, payload, unused)) in stats {
            let anatomy = moment.page(page).unwrap();
            // An empty page of 65,536 bytes stores 0 as the start of its content, which dbstat takes as it is.
            let unused = if unused < 0 { unused + 65_536 } else { unused };
            let expected = (cells, payload, u64::try_from(unused).unwrap());
            assert_eq!(account(&anatomy), expected, "{} page {page}, {kind} of {name}", bytes.name);
            assert!(
                anatomy.root.meaning.contains(&name) || name == "sqlite_schema",
                "{}",
                anatomy.root.meaning
            );
            assert!(anatomy.findings.is_empty(), "{} page {page}: {:?}", bytes.name, anatomy.findings);
            *kinds.entry(kind).or_default() += 1;
        }
    }
    println!("{kinds:?}");
    assert!(kinds.len() == 3 && kinds.values().all(|count| *count > 100), "{kinds:?}");
}
