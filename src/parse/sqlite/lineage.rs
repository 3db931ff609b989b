//! Which table of one schema is which of another: through drops, renames and new tables of an old name.
//!
//! ```text
//! version   1          2              3            4
//!           a, root 5  b, root 5      (dropped)    c, root 5
//!           ╰── renamed: one table ──╯             another: nothing leads from b to it
//! ```

use super::history::Version;
use super::table::Table;
use std::collections::{HashMap, HashSet};

/// A table through all versions of the schema.
pub(super) type Line = usize;

/// The lines of all tables of all versions.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    /// By version and table.
    lines: Vec<Vec<Line>>,
    count: Line,
}

impl Lineage {
    /// Follows the tables from the first version on.
    pub(super) fn new(versions: &[Version]) -> Lineage {
        let mut lineage = Lineage::default();
        let mut by_name: HashMap<String, Line> = HashMap::new();
        for (number, version) in versions.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|number| versions.get(number));
            let mut taken = HashSet::new();
            let mut own: Vec<Option<Line>> = Vec::new();
            for table in &version.schema.tables {
                let line = before.and_then(|before| lineage.line_before(number, before, version, table));
                own.push(line.filter(|line| taken.insert(*line)));
            }
            let lines = own.into_iter().zip(&version.schema.tables).map(|(line, table)| {
                let name = table.name.to_ascii_lowercase();
                let line = line
                    .or_else(|| by_name.get(&name).copied().filter(|line| taken.insert(*line)))
                    .unwrap_or_else(|| lineage.begin());
                by_name.insert(name, line);
                line
            });
            let lines = lines.collect();
            lineage.lines.push(lines);
        }
        lineage
    }

    fn begin(&mut self) -> Line {
        let line = self.count;
        self.count = line.saturating_add(1);
        line
    }

    /// The line of the table in the version before: of the one of its name, else of one of its root page and columns that
    /// has its name no longer.
    fn line_before(&self, number: usize, before: &Version, version: &Version, table: &Table) -> Option<Line> {
        let tables = &before.schema.tables;
        let named = tables.iter().position(|known| known.name.eq_ignore_ascii_case(&table.name));
        let position = named.or_else(|| {
            tables.iter().position(|known| {
                (known.root_page, known.without_rowid) == (table.root_page, table.without_rowid)
                    && (table.reads_as(known) || known.reads_as(table))
                    && version.schema.table(&known.name).is_none()
            })
        })?;
        self.line(number.checked_sub(1)?, position)
    }

    /// The line of a table of a version.
    pub(super) fn line(&self, version: usize, table: usize) -> Option<Line> {
        self.lines.get(version)?.get(table).copied()
    }

    /// Which table of a version a line is.
    pub(super) fn table(&self, version: usize, line: Line) -> Option<usize> {
        self.lines.get(version)?.iter().position(|known| *known == line)
    }
}
