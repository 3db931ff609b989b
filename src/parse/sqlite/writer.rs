//! Rows written as a database, for row sources that are none: so every reader of tables reads them. Only what reading needs is
//! written: tables in the order of their rowids, no index, no free page.
//!
//! ```text
//! page 2 …   leaves and overflow pages of a table in the order of its rows, then the pages above them; table after table
//! page 1     header and schema, known last
//! ```

use super::header::MAGIC;
use super::record::write_header;
use super::varint;

/// Bytes of a page.
const PAGE: usize = 4_096;

/// Most bytes of a payload that a leaf holds whole (file format, section 1.6: X = usable − 35).
const MOST_LOCAL: usize = PAGE - 35;

/// Least bytes of a longer one that it holds (M = (usable − 12) × 32 / 255 − 23).
const LEAST_LOCAL: usize = (PAGE - 12) * 32 / 255 - 23;

/// Bytes of the database header in front of page 1.
const FILE_HEADER: usize = 100;

/// The page of the lock byte is never used.
const LOCK_PAGE: u32 = 0x4000_0000 / 4_096 + 1;

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

/// Writes pages in their order from page 2 on; `write` keeps them.
pub(crate) struct Writer<'w, E> {
    write: &'w mut dyn FnMut(&[u8]) -> Result<(), E>,
    /// Of the page that was written last.
    last: u32,
    /// Name, root page and text of each table.
    schema: Vec<(String, u32, String)>,
}

/// A leaf page and its greatest rowid, or one above with that of its last leaf.
type Child = (u32, i64);

impl<'w, E> Writer<'w, E> {
    pub(crate) fn new(write: &'w mut dyn FnMut(&[u8]) -> Result<(), E>) -> Self {
        Writer { write, last: 1, schema: Vec::new() }
    }

    /// Writes a table. Rows come by ascending rowids, each once, with their records.
    ///
    /// # Errors
    /// Those of `write`.
    pub(crate) fn table(
        &mut self,
        name: &str,
        sql: &str,
        rows: &mut dyn Iterator<Item = (i64, Vec<u8>)>,
    ) -> Result<(), E> {
        let mut leaves = Leaves::new();
        for (rowid, record) in rows {
            let cell = self.cell(rowid, &record)?;
            self.leaf_cell(&mut leaves, rowid, cell)?;
        }
        let mut children = self.last_leaf(leaves)?;
        while children.len() > 1 {
            children = self.above(&children)?;
        }
        let root = children.first().map_or(0, |(page, _)| *page);
        self.schema.push((name.to_owned(), root, sql.to_owned()));
        Ok(())
    }

    /// Ends the database: gives page 1, which stands before all others.
    ///
    /// # Errors
    /// Those of `write`.
    pub(crate) fn end(mut self, user_version: u32) -> Result<Vec<u8>, E> {
        let mut page = Draft::leaf(FILE_HEADER);
        let mut cells = Vec::new();
        for (number, (name, root, sql)) in (1_i64..).zip(std::mem::take(&mut self.schema)) {
            let (name, sql) = (name.as_bytes(), sql.as_bytes());
            let (kind, root) = (Cell::Text(b"table"), Cell::Integer(root.into()));
            let record = write_record(&[kind, Cell::Text(name), Cell::Text(name), root, Cell::Text(sql)]);
            cells.push((number, self.cell(number, &record)?));
        }
        cells.iter().for_each(|(_, cell)| page.push(cell.clone()));
        if !page.is_within() {
            page = self.schema_above(&cells)?;
        }
        let header = file_header(self.last, user_version);
        Ok(page.bytes(&header))
    }

    /// A schema that does not fit page 1: its leaves, and page 1 above them.
    fn schema_above(&mut self, cells: &[(i64, Vec<u8>)]) -> Result<Draft, E> {
        let mut leaves = Leaves::new();
        for (number, cell) in cells {
            self.leaf_cell(&mut leaves, *number, cell.clone())?;
        }
        let mut children = self.last_leaf(leaves)?;
        loop {
            let root = Draft::interior(FILE_HEADER, &children);
            if root.is_within() {
                return Ok(root);
            }
            children = self.above(&children)?;
        }
    }

    /// Puts a cell on the leaf that is being filled, or on the next.
    fn leaf_cell(&mut self, leaves: &mut Leaves, rowid: i64, cell: Vec<u8>) -> Result<(), E> {
        if !leaves.page.fits(&cell) {
            let full = std::mem::replace(&mut leaves.page, Draft::leaf(0));
            leaves.written.push((self.page(&full.bytes(&[]))?, leaves.last));
        }
        leaves.page.push(cell);
        leaves.last = rowid;
        Ok(())
    }

    /// Writes the leaf that is being filled, and gives all of them.
    fn last_leaf(&mut self, leaves: Leaves) -> Result<Vec<Child>, E> {
        let Leaves { page, mut written, last } = leaves;
        written.push((self.page(&page.bytes(&[]))?, last));
        Ok(written)
    }

    /// The pages above some.
    fn above(&mut self, children: &[Child]) -> Result<Vec<Child>, E> {
        // A cell has at most 4 + 9 bytes and a pointer of 2.
        const MOST: usize = (PAGE - 12) / 15;
        let mut above = Vec::new();
        for group in children.chunks(MOST) {
            let page = Draft::interior(0, group).bytes(&[]);
            let last = group.last().map_or(0, |(_, rowid)| *rowid);
            above.push((self.page(&page)?, last));
        }
        Ok(above)
    }

    fn page(&mut self, bytes: &[u8]) -> Result<u32, E> {
        if self.last.saturating_add(1) == LOCK_PAGE {
            (self.write)(&[0; PAGE])?;
            self.last = LOCK_PAGE;
        }
        (self.write)(bytes)?;
        self.last = self.last.saturating_add(1);
        Ok(self.last)
    }

    /// Where the next page comes to lie, `ahead` pages from now.
    fn number(&self, ahead: u32) -> u32 {
        let plain = self.last.saturating_add(1).saturating_add(ahead);
        if self.last < LOCK_PAGE && plain >= LOCK_PAGE { plain.saturating_add(1) } else { plain }
    }

    /// A cell of a leaf; what does not fit it is written to overflow pages.
    fn cell(&mut self, rowid: i64, record: &[u8]) -> Result<Vec<u8>, E> {
        let mut cell = Vec::new();
        varint::write(u64::try_from(record.len()).unwrap_or(u64::MAX), &mut cell);
        varint::write(rowid.cast_unsigned(), &mut cell);
        let local = local(record.len());
        let (here, rest) = record.split_at_checked(local).unwrap_or((record, &[]));
        cell.extend_from_slice(here);
        if rest.is_empty() {
            return Ok(cell);
        }
        cell.extend_from_slice(&self.number(0).to_be_bytes());
        let mut chunks = rest.chunks(PAGE - 4).peekable();
        while let Some(chunk) = chunks.next() {
            let next = if chunks.peek().is_some() { self.number(1) } else { 0 };
            let mut page = next.to_be_bytes().to_vec();
            page.extend_from_slice(chunk);
            page.resize(PAGE, 0);
            self.page(&page)?;
        }
        Ok(cell)
    }
}

/// The leaves of a tree, the last of them not yet written.
struct Leaves {
    page: Draft,
    written: Vec<Child>,
    /// The greatest rowid so far.
    last: i64,
}

impl Leaves {
    fn new() -> Leaves {
        Leaves { page: Draft::leaf(0), written: Vec::new(), last: 0 }
    }
}

/// Bytes of a payload that a leaf holds (file format, section 1.6).
fn local(length: usize) -> usize {
    if length <= MOST_LOCAL {
        return length;
    }
    let rest = length.saturating_sub(LEAST_LOCAL).checked_rem(PAGE - 4).unwrap_or(0);
    let kept = LEAST_LOCAL.saturating_add(rest);
    if kept <= MOST_LOCAL { kept } else { LEAST_LOCAL }
}

/// A b-tree page in the making.
struct Draft {
    /// 13: leaf of a table, 5: above leaves.
    kind: u8,
    /// Bytes in front of the page header.
    start: usize,
    right: Option<u32>,
    cells: Vec<Vec<u8>>,
    /// Bytes of the cells and their pointers.
    filled: usize,
}

impl Draft {
    fn leaf(start: usize) -> Draft {
        Draft { kind: 13, start, right: None, cells: Vec::new(), filled: 0 }
    }

    fn interior(start: usize, children: &[Child]) -> Draft {
        let (right, left) =
            children.split_last().map_or((None, children), |(last, left)| (Some(last.0), left));
        let cell = |(page, rowid): &Child| {
            let mut cell = page.to_be_bytes().to_vec();
            varint::write(rowid.cast_unsigned(), &mut cell);
            cell
        };
        let mut draft = Draft { kind: 5, start, right, cells: Vec::new(), filled: 0 };
        left.iter().map(cell).for_each(|cell| draft.push(cell));
        draft
    }

    fn push(&mut self, cell: Vec<u8>) {
        self.filled = self.filled.saturating_add(cell.len()).saturating_add(2);
        self.cells.push(cell);
    }

    fn used(&self) -> usize {
        self.start.saturating_add(if self.right.is_some() { 12 } else { 8 }).saturating_add(self.filled)
    }

    fn is_within(&self) -> bool {
        self.used() <= PAGE
    }

    fn fits(&self, cell: &[u8]) -> bool {
        self.cells.is_empty() || self.used().saturating_add(cell.len()).saturating_add(2) <= PAGE
    }

    /// The page; cells lie at its end, the first of them last.
    fn bytes(&self, before: &[u8]) -> Vec<u8> {
        let (mut pointers, mut content) = (Vec::new(), PAGE);
        let mut tail = Vec::new();
        for cell in &self.cells {
            content = content.saturating_sub(cell.len());
            pointers.extend_from_slice(&word(content));
        }
        self.cells.iter().rev().for_each(|cell| tail.extend_from_slice(cell));
        let mut page = before.to_vec();
        page.push(self.kind);
        page.extend_from_slice(&[0, 0]);
        page.extend_from_slice(&word(self.cells.len()));
        page.extend_from_slice(&word(content));
        page.push(0);
        page.extend(self.right.iter().flat_map(|right| right.to_be_bytes()));
        page.extend_from_slice(&pointers);
        page.resize(content, 0);
        page.extend_from_slice(&tail);
        page
    }
}

fn word(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

/// A record (file format, section 2.1).
pub(crate) fn write_record(cells: &[Cell<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    let serials = cells.iter().map(|cell| match cell {
        Cell::Null => 0,
        Cell::Integer(number) => integer(*number, &mut body),
        Cell::Real(number) => {
            body.extend_from_slice(&number.to_be_bytes());
            7
        }
        Cell::Text(bytes) => content(bytes, 13, &mut body),
        Cell::Blob(bytes) => content(bytes, 12, &mut body),
    });
    let mut record = write_header(serials);
    record.extend_from_slice(&body);
    record
}

fn content(bytes: &[u8], base: u64, body: &mut Vec<u8>) -> u64 {
    body.extend_from_slice(bytes);
    u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(base)
}

fn integer(number: i64, body: &mut Vec<u8>) -> u64 {
    const WIDTHS: [(usize, u64); 6] = [(1, 1), (2, 2), (3, 3), (4, 4), (6, 5), (8, 6)];
    match number {
        0 => return 8,
        1 => return 9,
        _ => {}
    }
    let bytes = number.to_be_bytes();
    let fits = |width: usize| {
        let shift = u32::try_from(64_usize.saturating_sub(width.saturating_mul(8))).unwrap_or(0);
        number.wrapping_shl(shift).wrapping_shr(shift) == number
    };
    let (width, serial) = WIDTHS.into_iter().find(|(width, _)| fits(*width)).unwrap_or((8, 6));
    body.extend(bytes.iter().skip(8_usize.saturating_sub(width)));
    serial
}

fn file_header(pages: u32, user_version: u32) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&word(PAGE));
    header.extend_from_slice(&[1, 1, 0, 64, 32, 32]);
    // Change counter, pages, freelist (2), schema cookie, schema format, cache, largest root, encoding, user version.
    for field in [1, pages, 0, 0, 1, 4, 0, 0, 1, user_version] {
        header.extend_from_slice(&u32::to_be_bytes(field));
    }
    header.resize(92, 0);
    header.extend_from_slice(&1_u32.to_be_bytes());
    header.resize(FILE_HEADER, 0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with one table, as the SQLite library reads it.
    fn written(rows: &[(i64, Vec<u8>)], tables: usize) -> (rusqlite::Connection, tempfile::TempDir) {
        let mut body = Vec::new();
        let mut write = |page: &[u8]| {
            assert_eq!(page.len(), PAGE);
            body.extend_from_slice(page);
            Ok::<(), ()>(())
        };
        let mut writer = Writer::new(&mut write);
        writer.table("t", "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c)", &mut rows.iter().cloned()).unwrap();
        for number in 1..tables {
            let (name, sql) =
                (format!("u{number}"), format!("CREATE TABLE u{number} (a /* {} */)", "x".repeat(50)));
            writer.table(&name, &sql, &mut std::iter::empty()).unwrap();
        }
        let first = writer.end(7).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, [first, body].concat()).unwrap();
        let connection = rusqlite::Connection::open(path).unwrap();
        let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        (connection, folder)
    }

    #[test]
    fn the_sqlite_library_reads_what_was_written() {
        let text = |length: usize| "ab".repeat(length / 2 + 1)[..length].to_owned();
        let lengths = [0, 1, 60, 470, 4040, 4050, 4061, 4062, 4070, 8000, 8152, 8153, 100_000];
        let numbers =
            [0, 1, -1, 127, 128, -129, 40_000, 1 << 23, 1 << 31, 1 << 40, -(1 << 47), i64::MAX, i64::MIN];
        let rows: Vec<(i64, Vec<u8>)> = lengths
            .iter()
            .zip(numbers)
            .enumerate()
            .map(|(index, (length, number))| {
                let body = text(*length);
                (
                    index as i64 * 1_000_003 - 5,
                    write_record(&[Cell::Null, Cell::Text(body.as_bytes()), Cell::Integer(number)]),
                )
            })
            .collect();
        let (connection, _folder) = written(&rows, 1);
        let mut query = connection.prepare("SELECT a, b, c FROM t ORDER BY a").unwrap();
        let read: Vec<(i64, String, i64)> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let expected: Vec<(i64, String, i64)> = lengths
            .iter()
            .zip(numbers)
            .enumerate()
            .map(|(index, (length, number))| (index as i64 * 1_000_003 - 5, text(*length), number))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn many_rows_and_many_tables_make_trees() {
        let row = |number: i64| {
            (number, write_record(&[Cell::Null, Cell::Real(number as f64 / 3.0), Cell::Blob(&[7; 20])]))
        };
        let rows: Vec<_> = (1..60_000).map(row).collect();
        let (connection, _folder) = written(&rows, 400);
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM t WHERE b = a / 3.0 AND length(c) = 20"), 59_999);
        assert_eq!((count("SELECT count(*) FROM sqlite_schema"), count("PRAGMA user_version")), (400, 7));
        assert_eq!(
            written(&[], 1).0.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(),
            0
        );
    }
}
