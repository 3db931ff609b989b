//! What the order and the counts of a database say about rows that are not there: gaps between rowids, `sqlite_sequence`, the freelist,
//! the counters of the header, and what VACUUM and secure_delete leave. Each is an observation with the causes that it can have, never
//! a conclusion, and none is a loss.
//!
//! ```text
//! live view ─► pages of each table, once ─┬─► rowids ─► gaps          sqlite_sequence
//!                                         └─► free space, order ─► traces ◄─ freelist ◄─ header, counters
//! ```
//!
//! No row is decoded: of each cell two varints are read, of each page its free bytes.

mod autoincrement;
mod counters;
mod freelist;
mod gaps;
mod leaves;
mod space;
mod traces;

use super::super::Finding;
use super::cell::leaf_rowid;
use super::database::Database;
use super::page::{BtreePage, PageKind};
use super::schema::{root_spot, tree_of};
use super::snapshot::Reached;
use super::table::Table;
use autoincrement::{Sequences, is_autoincrement};
use freelist::Freelist;
use gaps::Counter;
pub use gaps::{RowidGap, RowidGaps};
use leaves::TreePages;
use space::Space;
use traces::{Looked, Stretch};

/// What is missing in the live view of a database, as far as its order and its counts tell.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    /// Of each table with rowids whose pages could all be read, in the order of the schema.
    pub tables: Vec<RowidGaps>,
    /// About the file as a whole: at most one of a kind, all of them observations.
    pub findings: Vec<Finding>,
    /// Settings and counts that are the rule with some apps and tell nothing alone, but that an expert weighs the others by: auto_vacuum,
    /// the generations of the WAL.
    pub circumstances: Vec<Finding>,
}

impl Database<'_> {
    /// Reads the order and the counts: one pass over the pages of all tables. Where the tree of a table is damaged, nothing is said of its
    /// rowids: what seems missing may stand on a page that could not be read.
    pub fn sequence(&self) -> Sequence {
        let Some(header) = self.header() else { return Sequence::default() };
        let snapshot = self.live();
        let root = root_spot(snapshot);
        let mut pass = Pass {
            database: self,
            reached: Reached::default(),
            space: Space::default(),
            stretches: Vec::new(),
        };
        let sequences = Sequences::read(self);
        let tables: Vec<RowidGaps> =
            self.schema().tables.iter().filter_map(|table| pass.table(table, &sequences)).collect();
        if self.is_rebuilt() {
            return Sequence { tables, ..Sequence::default() };
        }
        let freelist = Freelist::read(snapshot, header.freelist_trunk, root, &pass.reached);
        let told = tables.iter().filter(|gaps| gaps.any() && !gaps.is_sparse());
        let looked = Looked {
            space: &pass.space,
            freelist: &freelist,
            stretches: &pass.stretches,
            missing: told.fold(0, |sum, gaps| sum.saturating_add(gaps.missing)),
            roots_ascend: self.schema().tables.is_sorted_by_key(|table| table.root_page),
        };
        let mut findings = sequences.findings(self, &tables, root);
        findings.extend(freelist.findings(header, snapshot.pages, root));
        findings.extend(counters::findings(snapshot, header, root));
        findings.extend(traces::findings(&looked, root));
        let circumstances = [traces::auto_vacuum(snapshot, root), counters::log_sequence(snapshot)];
        Sequence { tables, findings, circumstances: circumstances.into_iter().flatten().collect() }
    }
}

/// The one pass over the pages of all tables.
struct Pass<'d, 'a> {
    database: &'d Database<'a>,
    reached: Reached,
    space: Space,
    stretches: Vec<Stretch>,
}

impl Pass<'_, '_> {
    fn table(&mut self, table: &Table, sequences: &Sequences) -> Option<RowidGaps> {
        let snapshot = self.database.live();
        let mut counter = Counter::new(table.name.clone(), root_spot(snapshot));
        let mut stretch = Stretch::new();
        let mut readable = true;
        let mut pages = TreePages::new(snapshot, (tree_of(table), table.root_page), &mut self.reached);
        for page in pages.by_ref() {
            let before = self.space.free();
            self.space.add(&page);
            if !page.kind.is_interior() {
                stretch.add(&page, self.space.free().saturating_sub(before));
            }
            if page.kind == PageKind::TableLeaf {
                readable &= rowids(&page, &mut counter).is_some();
            }
        }
        let whole = pages.whole && readable && !table.without_rowid;
        let gaps =
            whole.then(|| counter.finish(sequences.given(&table.name), is_autoincrement(table))).flatten();
        let gaps = gaps.map(|gaps| RowidGaps { internal: is_internal(self.database, &table.name), ..gaps });
        stretch.with_gaps = gaps.as_ref().is_some_and(|gaps| gaps.any() && !gaps.is_sparse());
        self.stretches.push(stretch);
        gaps
    }
}

/// Takes the rowids of a leaf; nothing where one cannot be read.
fn rowids(page: &BtreePage<'_>, counter: &mut Counter) -> Option<()> {
    for index in 0..page.cell_count() {
        let within = page.cell_offset(index).ok()?;
        let (_, rowid) = leaf_rowid(page.image.bytes.get(within..)?).ok()?;
        counter.rowid(rowid, || page.image.spot(within));
    }
    Some(())
}

/// Whether a table is SQLite's own or a virtual table's: a full-text index removes and renumbers its rows as it grows.
fn is_internal(database: &Database<'_>, name: &str) -> bool {
    let own = name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
    let mut others = database.schema().others.iter();
    own || others.any(|object| {
        object.kind == "virtual table"
            && name.get(..object.name.len()).is_some_and(|start| start.eq_ignore_ascii_case(&object.name))
            && name.get(object.name.len()..).is_some_and(|rest| rest.starts_with('_'))
    })
}
