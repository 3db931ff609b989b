//! A database: its views, their schemas, their rows.

use super::super::{Error, Finding};
use super::changes::{self, Change};
use super::commit::Commit;
use super::header::FileHeader;
use super::history::History;
use super::lineage::Line;
use super::older::{self, OlderRows, former};
use super::opening::{self, Opening};
use super::place::{Place, View};
use super::recovery::{Census, Recovery, recover};
use super::residue::Places;
use super::row::Row;
use super::schema::{self, root_spot};
use super::seek;
use super::snapshot::Snapshot;
use super::table::{Schema, Table};
use super::walk::Walk;
use std::sync::{Arc, OnceLock};

/// The bytes of a database: its main file and the companions that lie beside it.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// The database file.
    pub main: &'a [u8],
    /// The write-ahead log, `-wal`.
    pub wal: Option<&'a [u8]>,
    /// The rollback journal, `-journal`.
    pub journal: Option<&'a [u8]>,
}

/// The companions as they were seized. Of an encrypted database their checksums are over the encrypted pages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seized<'a> {
    pub wal: &'a [u8],
    pub journal: &'a [u8],
}

/// A database, opened over its bytes. It can be read from several threads at once.
#[derive(Debug)]
pub struct Database<'a> {
    header: Option<FileHeader>,
    live: Snapshot<'a>,
    schema: Schema,
    /// Nothing where the live view is all there is.
    history: Option<History<'a>>,
    /// Tables that the live view has not.
    dropped: Vec<(Line, Table)>,
    commits: Vec<Commit>,
    recovery: OnceLock<Recovery>,
    places: OnceLock<Places>,
    findings: Vec<Finding>,
    /// Written from rows: its pages and counts say nothing of the database that the rows are of.
    rebuilt: bool,
}

impl<'a> Database<'a> {
    /// Opens a database over its bytes; nothing is copied. A main file of no bytes is an empty database.
    ///
    /// # Errors
    /// [`Error::WrongKind`] where this is no SQLite database at all, another error where its header cannot be used.
    pub fn open(files: Files<'a>) -> Result<Database<'a>, Error> {
        Self::open_decrypted(files, files)
    }

    /// Opens a database that was encrypted page by page: `files` are its decrypted bytes, `seized` the same as they were seized.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_decrypted(files: Files<'a>, seized: Files<'a>) -> Result<Database<'a>, Error> {
        let seized = Seized { wal: seized.wal.unwrap_or(&[]), journal: seized.journal.unwrap_or(&[]) };
        let Opening { header, mut live, timeline, commits, mut findings } = opening::open(files, seized)?;
        let mut schema = Schema::default();
        if header.is_some() {
            let mut odd;
            (schema, odd) = schema::schema(&live);
            if let Some(finding) = opening::deny_pointer_maps(&mut live, &schema) {
                findings.push(finding);
                (schema, odd) = schema::schema(&live);
            }
            findings.extend(odd);
        }
        let history = (!timeline.layers.is_empty()).then(|| History::new(&live, timeline));
        let (history, odd) = history.map_or((None, Vec::new()), |(history, odd)| (Some(history), odd));
        findings.extend(odd);
        let dropped = history.as_ref().map_or(Vec::new(), older::dropped);
        let (recovery, places) = (OnceLock::new(), OnceLock::new());
        Ok(Database {
            header,
            live,
            schema,
            history,
            dropped,
            commits,
            recovery,
            places,
            findings,
            rebuilt: false,
        })
    }

    /// Opens a database that was rebuilt from rows; nothing is concluded from the order of its pages.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_rebuilt(files: Files<'a>) -> Result<Database<'a>, Error> {
        Self::open(files).map(|database| Database { rebuilt: true, ..database })
    }

    pub(super) fn is_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// The snapshot of the live view.
    pub(super) fn live(&self) -> &Snapshot<'a> {
        &self.live
    }

    /// The database header of the live view; nothing for a main file of no bytes.
    pub fn header(&self) -> Option<&FileHeader> {
        self.header.as_ref()
    }

    /// The tables and other objects of the live view.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What was odd in the header, the WAL, the journal, the schema.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// A table of the live view by name, ASCII-case-insensitively.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.schema.table(name)
    }

    /// Tables that another state has and the live view has not, each once, by its newest definition.
    /// [`Database::older_rows`] reads them.
    pub fn dropped_tables(&self) -> impl Iterator<Item = &Table> {
        self.dropped.iter().map(|(_, table)| table)
    }

    /// The transactions of the WAL in the order of time: what is left of older generations of the log (`wal-old:<n>`), then
    /// those that SQLite reads (`wal:<n>`).
    pub fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// What a view changed row by row against the moment before it, by table and identity: what a commit (`wal:<n>`) did, or
    /// a transaction that is not finished. Of two states that are not of one time (`wal-old:<n>` and the main file) the
    /// difference is that of the pages that are there.
    pub fn changes(&self, view: View) -> Vec<Change<'_, 'a>> {
        self.history.as_ref().map_or(Vec::new(), |history| changes::changes(history, view))
    }

    /// The position of a view in time: of two views the greater is the later. Nothing for what is no state of the database
    /// as a whole, such as a freeblock, and for a view that this database has not.
    pub fn moment_of(&self, view: View) -> Option<u32> {
        match &self.history {
            Some(history) => history.timeline.moment_of(view),
            None => matches!(view, View::Live | View::Main).then_some(0),
        }
    }

    /// Whether the state of a view has the cell at this place: there, or unchanged at the same offset of a copy of its page.
    pub fn is_visible(&self, place: &Place, view: View) -> bool {
        match &self.history {
            Some(history) => older::is_visible(history, place, view),
            None => self.moment_of(view).is_some(),
        }
    }

    /// Tables that only dead rows of the schema name, each name once.
    pub fn lost_tables(&self) -> impl Iterator<Item = &Table> {
        let former = self.recovery().former.iter().map(|former| &*former.table);
        let names: Vec<String> = Vec::new();
        former
            .filter(|table| self.table(&table.name).is_none())
            .filter(|table| !self.dropped_tables().any(|other| other.name.eq_ignore_ascii_case(&table.name)))
            .scan(names, |seen, table| {
                let name = table.name.to_ascii_lowercase();
                let is_new = !seen.contains(&name);
                seen.push(name);
                Some(is_new.then_some(table))
            })
            .flatten()
    }

    /// What lies in unused space, made out when it is first asked for.
    pub(super) fn recovery(&self) -> &Recovery {
        self.recovery
            .get_or_init(|| recover(&self.live, &self.schema, self.header.as_ref(), self.history.as_ref()))
    }

    /// The recovered rows by their places.
    pub(super) fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(self.recovery()))
    }

    /// What each page of the live view is used for.
    pub fn census(&self) -> &Census {
        &self.recovery().census
    }

    /// Rows of a table in unused space, in the order of their places: deleted ones, older versions and stale copies, of
    /// former layouts of the table too.
    pub fn residue_rows<'d>(&'d self, table: &'d Table) -> impl Iterator<Item = Row<'a>> + 'd {
        let index = self.schema.tables.iter().position(|known| std::ptr::eq(known, table));
        let own = index.and_then(|index| self.recovery().tables.get(index)).into_iter().flatten();
        let own = own.map(|find| find.row(&self.live));
        let former = self.recovery().former.iter();
        let former = former.filter(|former| former.table.name.eq_ignore_ascii_case(&table.name));
        own.chain(former.flat_map(move |former| {
            let then: Option<&Arc<Table>> = (!std::ptr::eq(&*former.table, table)).then_some(&former.table);
            former.finds.iter().map(|find| find.row(&self.live)).map(move |row| match then {
                Some(then) => row.written_as(then),
                None => row,
            })
        }))
    }

    /// Rows in unused space that cannot be given to one table, in the order of their places.
    pub fn strays(&self) -> impl Iterator<Item = Stray<'_, 'a>> {
        let strays = self.recovery().strays.iter();
        strays.map(|stray| Stray { row: stray.find.row(&self.live), table: &stray.table })
    }

    /// The rows that SQLite would return (WAL applied, hot journal rolled back), in key order. A damaged cell, page or
    /// chain is an `Err`, and the iteration goes on behind it. A row that is there in part is a row, with
    /// [`Row::complete`] false and a [`Row::finding`].
    pub fn rows<'d>(&'d self, table: &'d Table) -> Rows<'d, 'a> {
        Rows(schema::walk(&self.live, table))
    }

    /// Row versions on page images that the live view does not read, newest view first: those of the WAL, of a journal, of
    /// the main file under either. Of equal copies of a row, carried from image to image of its page, the newest (if it is not
    /// the live row) and the oldest are given. Rows are read by the columns that their table had then; columns of `table`
    /// that it had not are defaults.
    pub fn older_rows<'d>(&'d self, table: &'d Table) -> OlderRows<'d, 'a> {
        match &self.history {
            Some(history) => OlderRows::new(history, table, &self.dropped),
            None => OlderRows::none(),
        }
    }

    /// The live row with this rowid, by descending the b-tree. A WITHOUT ROWID table has none.
    ///
    /// # Errors
    /// The finding of the damage that the descent met.
    pub fn find(&self, table: &Table, rowid: i64) -> Result<Option<Row<'a>>, Finding> {
        seek::find(&self.live, table, rowid)
    }

    /// Re-reads one row at a place that a report names, without walking the tree. A row in unused space is the one that
    /// was recovered at exactly this place.
    ///
    /// # Errors
    /// Where no cell of this table's kind and of this length lies there in that view.
    pub fn row_at(&self, table: &Table, place: &Place) -> Result<Row<'a>, Error> {
        let here = |snapshot: &Snapshot<'a>| snapshot.image(place.page, root_spot(snapshot));
        let history = match (place.view, &self.history) {
            (View::Live, _) => {
                return seek::row_at(&self.live, here(&self.live), table, place);
            }
            (view, _) if view.is_residue() => return self.residue_at(table, place),
            (_, history) => history.as_ref(),
        };
        let found = history.and_then(|history| Some((history, older::snapshot_of(history, place)?)));
        let Some((history, (moment, snapshot, offset))) = found else {
            return Err(Error::Unexpected {
                offset: place.offset,
                what: "the place of a row".to_owned(),
                expected: "a view of this database that has this page image".to_owned(),
                found: place.view.to_string(),
            });
        };
        let image = snapshot.image_in(place.page, place.source, offset);
        let number = history.version_number(moment);
        let counterparts = older::Counterparts::new(history, table, &self.dropped);
        let own = counterparts
            .get(number)
            .and_then(|(own, _)| history.versions.get(number)?.schema.tables.get(*own));
        let own = own.unwrap_or(table);
        match seek::row_at(&snapshot, Ok(image), own, place) {
            Ok(row) => Ok(match former(own, table) {
                Some(former) => row.written_as(&former),
                None => row,
            }),
            // On a page that no tree of its moment led to, rows were found without a pointer too.
            Err(error) => self.residue_at(table, place).map_err(|_| error),
        }
    }
}

/// A row that cannot be given to one table.
#[derive(Debug)]
pub struct Stray<'d, 'a> {
    /// The row.
    pub row: Row<'a>,
    /// Its columns, which are numbered: c0, c1, …
    pub table: &'d Table,
}

/// Live rows of a table, with the findings between them.
pub struct Rows<'d, 'a>(Walk<'d, 'a>);

impl<'a> Iterator for Rows<'_, 'a> {
    type Item = Result<Row<'a>, Finding>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}
