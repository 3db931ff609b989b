//! Whole cells in unused space: every byte of the cell is there.
//!
//! ```text
//! payload length │ rowid │ header size │ types │ bodies │ overflow page     payload length = header size + Σ body sizes
//! ```

use super::super::record::body_size;
use super::super::recovered::Method;
use super::super::spot::narrow;
use super::super::varint;
use super::overwritten::least;
use super::search::{Candidate, Draft, Search, bodies};
use std::ops::{Range, RangeInclusive};

/// Longer payloads are not looked for: SQLite's own limit is 2^31 − 1.
const MAX_PAYLOAD: u64 = 0x7fff_ffff;

/// The longest record header that SQLite accepts (`MAX_HDR_SIZE` of `vdbe.c`).
const MAX_HEADER: u64 = 98_307;

/// Every candidate that begins in a region and ends in it.
pub(super) fn whole_cells<'a>(
    search: &Search<'_, 'a>,
    region: &Range<usize>,
    found: &mut Vec<Candidate<'a>>,
) {
    let bytes = search.bytes.get(..region.end).unwrap_or(search.bytes);
    let has_rowids = search.choices.iter().any(|choice| !choice.template.without_rowid);
    let has_others = search.choices.iter().any(|choice| choice.template.without_rowid);
    for start in region.clone() {
        // A payload holds at least a header of two bytes; most of unused space is zero.
        let Some(first) = bytes.get(start).filter(|byte| **byte > 1 && **byte != 0x80) else { continue };
        let Some((payload, next)) = minimal(bytes, start, u64::from(*first)) else { continue };
        if !(2..=MAX_PAYLOAD).contains(&payload) {
            continue;
        }
        if has_rowids {
            with_rowid(search, (start, next), payload, found, region.end);
        }
        if has_others {
            let draft = draft(bytes, (start, next), payload, None);
            offer(search, draft, true, found, region.end);
        }
    }
}

/// A varint that SQLite can have written: it writes none longer than it must be.
fn minimal(bytes: &[u8], at: usize, first: u64) -> Option<(u64, usize)> {
    if first < 0x80 {
        return Some((first, at.checked_add(1)?));
    }
    let (value, length) = varint::read(bytes.get(at..)?)?;
    (varint::length(value) == length).then_some((value, at.checked_add(length)?))
}

fn with_rowid<'a>(
    search: &Search<'_, 'a>,
    (start, next): (usize, usize),
    payload: u64,
    found: &mut Vec<Candidate<'a>>,
    limit: usize,
) {
    let bytes = search.bytes.get(..limit).unwrap_or(search.bytes);
    let Some(first) = bytes.get(next) else { return };
    let Some((rowid, header)) = minimal(bytes, next, u64::from(*first)) else { return };
    let draft =
        draft(bytes, (start, header), payload, Some((rowid.cast_signed(), header.saturating_sub(next))));
    offer(search, draft, false, found, limit);
}

/// The record header at `header`, if it fills the payload exactly.
fn draft(
    bytes: &[u8],
    (start, header): (usize, usize),
    payload: u64,
    rowid: Option<(i64, usize)>,
) -> Option<Draft> {
    if !fills(bytes, header, payload) {
        return None;
    }
    let (serials, body_start) = record_header_at(bytes, header)?;
    Some(Draft {
        start,
        rowid: rowid.map(|(rowid, _)| rowid),
        rowid_length: rowid.map_or(0, |(_, length)| length),
        header_start: header,
        body_start,
        serials,
        rebuilt: false,
        inferred: Vec::new(),
        method: Method::WholeCell,
    })
}

/// Whether the bytes read as a record header whose record has exactly this length. Nearly every byte of unused space is asked this,
/// and the answer is nearly always no: nothing is kept before it is known.
fn fills(bytes: &[u8], at: usize, payload: u64) -> bool {
    let Some(first) = bytes.get(at) else { return false };
    let Some((size, mut next)) = minimal(bytes, at, u64::from(*first)) else { return false };
    let end = at.saturating_add(narrow(size));
    if size < 2 || size > payload.min(MAX_HEADER) || end > bytes.len() {
        return false;
    }
    let mut length = size;
    while next < end {
        let serial = bytes.get(next).and_then(|first| minimal(bytes, next, u64::from(*first)));
        let Some((serial, after)) = serial else { return false };
        length = length.saturating_add(body_size(serial));
        if length > payload || matches!(serial, 10 | 11) {
            return false;
        }
        next = after;
    }
    next == end && length == payload
}

/// The serial types of a record header that begins at `at`, and where its bodies begin.
pub(super) fn record_header_at(bytes: &[u8], at: usize) -> Option<(Vec<u64>, usize)> {
    let (size, mut next) = minimal(bytes, at, u64::from(*bytes.get(at)?))?;
    let end = at.checked_add(narrow(size))?;
    if !(2..=MAX_HEADER).contains(&size) || end > bytes.len() {
        return None;
    }
    let mut serials = Vec::new();
    while next < end {
        let (serial, after) = minimal(bytes, next, u64::from(*bytes.get(next)?))?;
        if matches!(serial, 10 | 11) || after > end {
            return None;
        }
        serials.push(serial);
        next = after;
    }
    Some((serials, end))
}

/// Weighs a draft as a record of the template that its types fit best.
fn offer<'a>(
    search: &Search<'_, 'a>,
    draft: Option<Draft>,
    without_rowid: bool,
    found: &mut Vec<Candidate<'a>>,
    limit: usize,
) {
    let Some(draft) = draft else { return };
    let tiny = bodies(&draft.serials) < 3 && draft.serials.len() < 3;
    let Some(choice) = search.best_choice(&draft.serials, without_rowid).filter(|_| !tiny) else { return };
    let usual = draft.rowid.is_none_or(|rowid| (1..1 << 40).contains(&rowid));
    if let Some(mut candidate) = search.weigh(draft, choice, limit) {
        candidate.score += if usual { 2.0 } else { -1.0 };
        if candidate.score > least(&candidate) {
            found.push(candidate);
        }
    }
}

/// The types of whole cells that have so many columns, whatever table they are of.
pub(super) fn misfits(bytes: &[u8], columns: &RangeInclusive<usize>, without_rowid: bool) -> Vec<Vec<u64>> {
    let cell = |start: usize| -> Option<(Vec<u64>, usize)> {
        let first = bytes.get(start).filter(|byte| **byte > 1 && **byte != 0x80)?;
        let (payload, next) = minimal(bytes, start, u64::from(*first))?;
        let header = match without_rowid {
            true => next,
            false => minimal(bytes, next, u64::from(*bytes.get(next)?))?.1,
        };
        let draft = draft(bytes, (start, header), payload, None)?;
        let end = header.checked_add(narrow(payload)).filter(|end| *end <= bytes.len())?;
        (columns.contains(&draft.serials.len()) && bodies(&draft.serials) > 3).then_some((draft.serials, end))
    };
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        at = match cell(at) {
            Some((serials, end)) => {
                found.push(serials);
                end
            }
            None => at.saturating_add(1),
        };
    }
    found
}

impl Search<'_, '_> {
    /// The choice that these types fit best, if they fit any.
    pub(super) fn best_choice(&self, serials: &[u64], without_rowid: bool) -> Option<usize> {
        let fitting = self.choices.iter().enumerate().filter(|(_, choice)| {
            choice.template.without_rowid == without_rowid && choice.template.fits(serials)
        });
        fitting
            .map(|(index, choice)| (index, choice.template.weight(serials) - choice.penalty))
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(index, _)| index)
    }
}
