//! Dead cells whose end was written over: SQLite gives a new cell the end of a freeblock, so that of the old one its front is
//! left; when the new cell is freed in its turn, a freeblock header marks where it began.
//!
//! ```text
//! old cell    ├──────────────────────────────┤
//! new cell                     ├─────────────┤   freed: its first four bytes are a freeblock header
//! ```

use super::super::cell::table_interior_cell;
use super::super::recovered::Method;
use super::search::{Candidate, Head, Search};
use std::collections::{BTreeMap, BTreeSet};

/// What a look-alike of a freeblock header inside a cell costs it.
const LOOK_ALIKE: f64 = 4.0;

/// What a cell must score to be believed to lie over another.
const OVER: f64 = 24.0;

/// Adds, to cells that something lies over, what is left of them; takes those away that cannot be whole.
pub(super) fn overwritten<'a>(
    search: &Search<'_, 'a>,
    found: Vec<Candidate<'a>>,
    heads: &BTreeMap<usize, Head>,
    end: usize,
) -> Vec<Candidate<'a>> {
    let starts: BTreeSet<usize> =
        found.iter().filter(|candidate| candidate.score >= OVER).map(|candidate| candidate.start).collect();
    let is_boundary = |at: usize| at == end || heads.get(&at).is_some_and(|head| head.chained);
    // On large pages any two bytes are likely to look like the offset of a next block.
    let is_telling = |start: &usize| search.bytes.len() <= 0x4000 || pair_is_zero(search.bytes, *start);
    let mut kept = Vec::with_capacity(found.len());
    for mut candidate in found {
        let inside = candidate.body_start.max(candidate.start.saturating_add(1))..candidate.end;
        let first_over = starts.range(inside.clone()).next();
        let marked = heads.range(inside.clone()).find(|(start, head)| {
            head.chained || (is_telling(start) && is_boundary(start.saturating_add(head.size)))
        });
        let pointer = child_pointer(search, &candidate);
        let cuts =
            first_over.copied().into_iter().chain(marked.map(|(start, _)| *start)).chain(pointer).min();
        kept.extend(cuts.and_then(|at| search.cut(&candidate, at)));
        if marked.is_some() || pointer.is_some() {
            continue;
        }
        if heads.range(inside).next().is_some() {
            candidate.score -= LOOK_ALIKE;
        }
        kept.push(candidate);
    }
    kept.retain(|candidate| candidate.score > least(candidate));
    kept
}

/// A reading of a lower score is taken for chance. The more types are inferred, the more readings were tried, and the likelier
/// it is that one fits by chance.
pub(super) fn least(candidate: &Candidate<'_>) -> f64 {
    match (candidate.method, candidate.inferred.len()) {
        _ if candidate.is_cut => 16.0,
        (Method::Pointer | Method::WholeCell, _) => 24.0,
        (_, 0) => 26.0,
        (_, 1) => 22.0,
        (_, _) => 32.0,
    }
}

/// Whether two bytes are zero: the offset of the next freeblock in the last one of a chain.
fn pair_is_zero(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).is_some_and(|pair| *pair == [0, 0])
}

/// Where a cell of an interior page was written over the end of a cell: the page was a leaf, then an interior page, and may be a
/// leaf again. On a leaf two such cells in a row are asked for.
fn child_pointer(search: &Search<'_, '_>, cell: &Candidate<'_>) -> Option<usize> {
    // The number of the overflow page is not among the bytes in question.
    let end = cell.local.end;
    let first = end.saturating_sub(4).max(cell.body_start);
    (first..end).find(|at| {
        let next = interior_cell(search, *at).filter(|next| *next > end);
        next.is_some_and(|next| search.is_interior || interior_cell(search, next).is_some())
    })
}

/// The end of what reads as a cell of a table's interior page: a page number and a rowid.
fn interior_cell(search: &Search<'_, '_>, at: usize) -> Option<usize> {
    let bytes = search.bytes.get(at..)?;
    let (rest, (child, rowid)) = table_interior_cell(bytes).ok()?;
    let is_page = (2..=search.pages).contains(&child) && rowid > 0;
    is_page.then(|| search.bytes.len().saturating_sub(rest.len()))
}
