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
    let _ = moment.misfits().count() + moment.unreached(100).len();
    let in_main = (bytes.main.len() as u64).div_ceil(size);
    for page in 1..=u32::try_from(in_main).unwrap().max(moment.pages().min(100_000)) {
        let Ok(anatomy) = moment.page(page) else { continue };
        assert_page(bytes, &anatomy, size);
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

#[test]
fn flipped_bytes_of_a_companion_are_survived() {
    let mut disorder = Disorder(0x1eaf);
    let mut taken = 0;
    for path in databases().into_iter().filter(|path| fs::metadata(path).unwrap().len() < 200_000) {
        let mut bytes = Bytes::of(&path);
        for at in [&mut bytes.wal, &mut bytes.journal].into_iter().filter(|file| !file.is_empty()) {
            for _ in 0..200 {
                let place = disorder.below(at.len());
                at[place] = u8::try_from(disorder.below(256)).unwrap();
            }
        }
        let Some(database) = bytes.open() else { continue };
        for (source, file) in [(Source::Wal, &bytes.wal), (Source::Journal, &bytes.journal)] {
            for _ in 0..8.min(file.len()) {
                let at = disorder.below(file.len()) as u64;
                let anatomy = database.anatomy_at(source, at).unwrap();
                assert!(anatomy.root.path_to(at).len() > 1, "{} {source} at {at}", bytes.name);
                assert_tiled(&anatomy.root, &bytes.name);
                taken += 1;
            }
        }
    }
    assert!(taken > 100, "{taken}");
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
    // The samples alone have fewer interior pages than the corpus.
    let least = if std::env::var_os("AFFIANT_CORPUS").is_some() { 100 } else { 20 };
    assert!(kinds.len() == 3 && kinds.values().all(|count| *count > least), "{kinds:?}");
}

/// A database of one page size with what a batch of SQL leaves, and the number of a table's root page.
fn made(sql: &str, table: &str) -> (Bytes, u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.db");
    let sqlite = Connection::open(&path).unwrap();
    sqlite.execute_batch("PRAGMA page_size = 1024; PRAGMA secure_delete = 0;").unwrap();
    sqlite.execute_batch(sql).unwrap();
    let bytes = Bytes::of(&path);
    let root = bytes.open().unwrap().table(table).map_or(0, |table| table.root_page);
    (bytes, root)
}

fn page(bytes: &Bytes, number: u32) -> Anatomy {
    bytes.open().unwrap().moment().page(number).unwrap()
}

fn codes(anatomy: &Anatomy) -> Vec<&'static str> {
    anatomy.findings.iter().map(|finding| finding.code).collect()
}

fn of_kind(anatomy: &Anatomy, kind: PartKind) -> Vec<&Part> {
    anatomy.root.leaves().into_iter().filter(|part| part.kind == kind).collect()
}

const THREE: &str = "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, r REAL);
    INSERT INTO t VALUES(1, 'one', 5), (2, 'two', 0.5), (3, 'three', NULL);";

#[test]
fn a_deleted_row_leaves_a_freeblock_and_a_stale_pointer() {
    let (bytes, root) = made(&format!("{THREE} DELETE FROM t WHERE id = 2"), "t");
    let anatomy = page(&bytes, root);
    assert_eq!(codes(&anatomy), Vec::<&str>::new());
    let stale = of_kind(&anatomy, PartKind::StalePointer);
    assert_eq!(stale.len(), 1);
    assert!(stale[0].meaning.ends_with("cell 1 begins there now"), "{}", stale[0].meaning);
    let blocks: Vec<_> = anatomy.root.parts.iter().filter(|part| part.kind == PartKind::Freeblock).collect();
    assert_eq!(blocks.len(), 1);
    assert_eq!(blocks[0].parts[1].meaning, format!("{} bytes, these four included", blocks[0].length));
}

#[test]
fn columns_bear_the_names_of_their_table_and_values_what_sqlite_reads() {
    let (bytes, root) = made(&format!("{THREE} ALTER TABLE t ADD COLUMN late DEFAULT 7"), "t");
    let anatomy = page(&bytes, root);
    let cell = anatomy.root.parts.iter().find(|part| part.name == "cell 0").unwrap();
    let told: Vec<String> =
        cell.parts.iter().skip(3).map(|part| format!("{}: {}", part.name, part.meaning)).collect();
    assert_eq!(
        told,
        [
            "id: NULL in the record: the column is the rowid, 1",
            "a: \"one\"",
            "r: 5, read as a double: the column is REAL",
            "columns not in the record: late: added later, each reads as its DEFAULT",
        ]
    );
}

#[test]
fn a_cell_that_two_pointers_lead_to_is_shown_once_and_again_beside() {
    let (mut bytes, root) = made(THREE, "t");
    let array = (root as usize - 1) * 1024 + 8;
    bytes.main.copy_within(array..array + 2, array + 2);
    let anatomy = page(&bytes, root);
    assert_eq!(codes(&anatomy), ["sqlite-page-fragments", "sqlite-cell-overlap"]);
    let cells = anatomy.root.parts.iter().filter(|part| part.kind == PartKind::Cell).count();
    assert_eq!((cells, anatomy.overlapping.len()), (2, 1));
    assert_eq!(of_kind(&anatomy, PartKind::Unclaimed).len(), 1, "the cell that lost its pointer");
}

#[test]
fn a_freeblock_chain_that_bites_its_tail_ends_with_a_finding() {
    let (mut bytes, root) = made(&format!("{THREE} DELETE FROM t WHERE id = 2"), "t");
    let start = (root as usize - 1) * 1024;
    let block = start + usize::from(u16::from_be_bytes([bytes.main[start + 1], bytes.main[start + 2]]));
    bytes.main.copy_within(start + 1..start + 3, block);
    assert_eq!(codes(&page(&bytes, root)), ["sqlite-freeblock-chain"]);
}

#[test]
fn trunk_leaf_and_overflow_pages_have_their_own_form() {
    let sql = "CREATE TABLE t(a); CREATE TABLE gone(a); INSERT INTO t VALUES(zeroblob(3000));
        INSERT INTO gone VALUES(zeroblob(9000)); DROP TABLE gone";
    let (bytes, root) = made(sql, "t");
    let trunk = u32::from_be_bytes(bytes.main[32..36].try_into().unwrap());
    let count = u32::from_be_bytes(bytes.main[36..40].try_into().unwrap());
    let anatomy = page(&bytes, trunk);
    assert_eq!(anatomy.root.meaning, "trunk page of the freelist");
    let leaves: Vec<&Part> =
        anatomy.root.parts.iter().filter(|part| part.name.starts_with("leaf ")).collect();
    assert_eq!(
        leaves.len(),
        count as usize,
        "the count and the leaves: one page is the trunk, one part the count"
    );
    let leaf: u32 = leaves[1].meaning.strip_prefix("page ").unwrap().parse().unwrap();
    let told = page(&bytes, leaf).root.meaning;
    assert!(told.starts_with(&format!("free page, leaf of trunk page {trunk}")), "{told}");
    let chain = page(&bytes, root)
        .root
        .leaves()
        .into_iter()
        .find(|part| part.name == "first overflow page")
        .unwrap()
        .meaning
        .clone();
    let first: u32 = chain["page ".len()..chain.find(';').unwrap()].parse().unwrap();
    let anatomy = page(&bytes, first);
    assert!(anatomy.root.meaning.starts_with("overflow page 1 of the cell at "), "{}", anatomy.root.meaning);
    assert_eq!(of_kind(&anatomy, PartKind::Payload)[0].length, 1020);
}

#[test]
fn a_path_leads_from_the_page_to_the_field() {
    let (bytes, root) = made(THREE, "t");
    let anatomy = page(&bytes, root);
    let names: Vec<&str> =
        anatomy.root.path_to(anatomy.root.offset + 3).iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, [format!("page {root}").as_str(), "b-tree header", "cell count"]);
    assert!(anatomy.root.path_to(anatomy.root.end()).is_empty());
}
