//! One row without a walk: by its rowid, down the b-tree, or by its place, straight on its page.

use super::super::{Error, Finding};
use super::cell;
use super::page::{BtreePage, Image, TreeKind};
use super::place::Place;
use super::row::Row;
use super::schema::{root_spot, tree_of};
use super::snapshot::{Reached, Snapshot};
use super::spot::{narrow, wide};
use super::table::Table;
use super::walk::{MAX_DEPTH, row_on};

/// The row with this rowid, by descending the b-tree.
pub(super) fn find<'a>(
    snapshot: &Snapshot<'a>,
    table: &Table,
    rowid: i64,
) -> Result<Option<Row<'a>>, Finding> {
    if table.without_rowid {
        return Ok(None);
    }
    let (mut number, mut from) = (table.root_page, root_spot(snapshot));
    for _ in 0..MAX_DEPTH {
        let (page, _) = BtreePage::read(snapshot.image(number, from)?, TreeKind::Table)?;
        let (index, key) = first_not_below(&page, rowid)?;
        if !page.kind.is_interior() {
            let hit = key == Some(rowid);
            let row = |within| row_on(snapshot, &page, within, &mut Reached::default());
            return if hit { row(page.cell_offset(index)?).map(Some) } else { Ok(None) };
        }
        (number, from) = match key {
            Some(_) => {
                let within = page.cell_offset(index)?;
                let child = cell::left_child(page.image.bytes.get(within..).unwrap_or(&[]));
                (child.map_or(0, |(_, child)| child), page.image.spot(within))
            }
            None => (page.right_child.unwrap_or(0), page.image.spot(page.image.header_offset())),
        };
    }
    Err(from.loss("sqlite-tree-depth", format!("page {number} lies more than {MAX_DEPTH} levels deep")))
}

/// The first cell whose rowid is not below the one looked for, by bisection.
fn first_not_below(page: &BtreePage<'_>, rowid: i64) -> Result<(usize, Option<i64>), Finding> {
    let (mut low, mut high) = (0, page.cell_count());
    let mut key = None;
    while low < high {
        let middle = low.midpoint(high);
        let found = cell_rowid(page, middle)?;
        if found < rowid {
            low = middle.saturating_add(1);
        } else {
            (high, key) = (middle, Some(found));
        }
    }
    Ok((low, key))
}

fn cell_rowid(page: &BtreePage<'_>, index: usize) -> Result<i64, Finding> {
    let within = page.cell_offset(index)?;
    let input = page.image.bytes.get(within..).unwrap_or(&[]);
    let rowid = if page.kind.is_interior() {
        cell::table_interior_cell(input).map(|(_, (_, rowid))| rowid)
    } else {
        cell::leaf_rowid(input).map(|(_, rowid)| rowid)
    };
    rowid.map_err(|_| {
        let message = format!("cell {index} of page {} ends inside its rowid", page.image.number);
        page.image.spot(within).loss("sqlite-cell-cut", message)
    })
}

/// The row whose cell lies at this place on an image of a snapshot, if its page is one that such a table has, its pointer array
/// leads there, and the cell is as long as the place says.
pub(super) fn row_at<'a>(
    snapshot: &Snapshot<'a>,
    image: Result<Image<'a>, Finding>,
    table: &Table,
    place: &Place,
) -> Result<Row<'a>, Error> {
    let wrong = |expected: String, found: String| Error::Unexpected {
        offset: place.offset,
        what: format!("the cell of a row on page {}", place.page),
        expected,
        found,
    };
    let of = |finding: Finding| wrong("a page of the table".to_owned(), finding.message);
    let image = image.map_err(of)?;
    if image.source != place.source {
        return Err(wrong(format!("the page in {}", place.source), format!("it in {}", image.source)));
    }
    let within = place.offset.checked_sub(image.offset).filter(|within| *within < wide(image.bytes.len()));
    let within = within.map(narrow).ok_or_else(|| {
        wrong("an offset on the page".to_owned(), format!("the page at {:#x}", image.offset))
    })?;
    let (page, _) = BtreePage::read(image, tree_of(table)).map_err(of)?;
    if !page.has_cell_at(within) || (page.kind.is_interior() && !table.without_rowid) {
        return Err(wrong("a cell with a row".to_owned(), "no pointer to this offset".to_owned()));
    }
    let row = row_on(snapshot, &page, within, &mut Reached::default()).map_err(of)?;
    if row.place.length != place.length {
        return Err(wrong(format!("{} bytes", place.length), format!("{} bytes", row.place.length)));
    }
    Ok(row)
}
