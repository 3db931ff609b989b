//! Rows of tables of cells: which sheets, which row names the columns, and where each cell stands.

use super::definition::RecordBlock;
use super::tree::Found;
use crate::parse::grid::column;
use crate::parse::{Node, Value};

/// Which rows of which sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRows {
    /// The name of the sheet; `*`: every one.
    pub sheet: String,
    /// The row that names the columns; 0: none does, and columns go by their letters.
    pub header_row: usize,
}

/// One sheet of a file, with the names of its columns.
#[derive(Debug)]
pub(super) struct Grid<'n> {
    pub(super) name: &'n str,
    /// The member of the workbook that offsets count in; `main` where the file is no workbook.
    pub(super) member: &'n str,
    header_row: usize,
    /// Letters and name of each column that has one.
    columns: Vec<(&'n str, String)>,
    rows: &'n [Node<'n>],
}

/// Why a name stands for no column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoColumn {
    Missing,
    /// Several columns have it.
    Several,
}

/// The sheets of a file that these rows lie in.
pub(super) fn grids<'n>(wanted: &SheetRows, root: &'n Node<'n>) -> Vec<Grid<'n>> {
    let Value::Map(sheets) = &root.value else { return Vec::new() };
    let fits = |name: &str| wanted.sheet == "*" || wanted.sheet == name;
    let sheets = sheets.iter().filter(|(name, _)| fits(name));
    sheets.filter_map(|(name, node)| Grid::of(name, node, wanted.header_row)).collect()
}

/// The sheet that a pointer leads into.
pub(super) fn grid_at<'n>(wanted: &SheetRows, root: &'n Node<'n>, pointer: &str) -> Option<Grid<'n>> {
    let name = pointer.split('/').nth(1)?.replace("~1", "/").replace("~0", "~");
    grids(wanted, root).into_iter().find(|grid| grid.name == name)
}

impl<'n> Grid<'n> {
    fn of(name: &'n str, node: &'n Node<'n>, header_row: usize) -> Option<Self> {
        let Value::List(rows) = &node.value else { return None };
        let member = rows.first().and_then(|first| first.value.as_text()).unwrap_or("main");
        let header = rows.get(header_row).filter(|_| header_row > 0);
        let columns = header.map_or_else(Vec::new, |header| match &header.value {
            Value::Map(cells) => cells.iter().filter_map(|(at, cell)| Some((&**at, title(cell)?))).collect(),
            _ => Vec::new(),
        });
        Some(Grid { name, member, header_row, columns, rows })
    }

    /// The rows below the names of the columns that hold anything.
    pub(super) fn found(&self) -> Vec<Found<'n, 'n>> {
        let escaped = self.name.replace('~', "~0").replace('/', "~1");
        let below = self.rows.iter().enumerate().skip(self.header_row.saturating_add(1));
        let filled = below.filter(|(_, node)| matches!(node.value, Value::Map(_)));
        filled.map(|(number, node)| Found { node, pointer: format!("/{escaped}/{number}") }).collect()
    }

    /// The letters of a column: by its title, or by `@C`; without a row of titles by the letters alone.
    pub(super) fn letters(&self, name: &str) -> Result<String, NoColumn> {
        if let Some(letters) = name.strip_prefix('@').filter(|letters| column(letters).is_some()) {
            return Ok(letters.to_owned());
        }
        if self.header_row == 0 {
            return column(name).map(|_| name.to_owned()).ok_or(NoColumn::Missing);
        }
        let mut titled = self.columns.iter().filter(|(_, title)| title.eq_ignore_ascii_case(name));
        match (titled.next(), titled.next()) {
            (Some((letters, _)), None) => Ok((*letters).to_owned()),
            (Some(_), Some(_)) => Err(NoColumn::Several),
            (None, _) => Err(NoColumn::Missing),
        }
    }

    /// The names of blocks that stand for no column here, though they must.
    pub(super) fn lacks<'d>(&self, block: &'d RecordBlock) -> Vec<(&'d str, NoColumn)> {
        let missing = |name: &'d super::definition::Name| match self.letters(&name.column) {
            Err(why) if !(name.column.ends_with("()") || name.optional && why == NoColumn::Missing) => {
                Some((name.column.as_str(), why))
            }
            _ => None,
        };
        block.names.iter().filter_map(missing).collect()
    }

    /// The titles that are there, for a finding.
    pub(super) fn titles(&self) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|(_, title)| title.as_str()).take(40).collect();
        titles.join(", ")
    }

    /// A cell or a row as people name it: `Messages!C17`, `Messages!17`; of a file that is one sheet without its name.
    pub(super) fn address(&self, pointer: &str) -> Option<String> {
        let mut parts = pointer.split('/').skip(2);
        let row = parts.next()?;
        let cell = format!("{}{row}", parts.next().unwrap_or(""));
        Some(if self.member == "main" { cell } else { format!("{}!{cell}", self.name) })
    }
}

/// A cell of the row of titles as a title.
fn title(cell: &Node<'_>) -> Option<String> {
    match &cell.value {
        Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}
