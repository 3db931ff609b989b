//! Cells whose first four bytes were overwritten when they became freeblocks.
//!
//! ```text
//! lost: 4 bytes ─┐
//! ┌──────────────┴───────┬─────────────────┬────────┐
//! │ payload length │ rowid │ header size │ types │ bodies │        the freeblock's size bounds the cell
//! └──────────────────────────────────────────────────┘
//! ```
//!
//! Which fields are lost depends on how long they were: of a short row with a small rowid the header size and the type of the
//! first column, of others less. Lost lengths follow from those that are left and from where the cell must end; a lost type
//! from the size of its body, as far as the column allows one type of that size only.

use super::super::record::body_size;
use super::super::recovered::Method;
use super::super::spot::wide;
use super::super::varint;
use super::overwritten::least;
use super::search::{Candidate, Choice, Draft, Head, Search, bodies};
use super::whole::record_header_at;
use std::collections::{BTreeMap, BTreeSet};

/// A freeblock header takes the place of this many bytes.
const LOST: usize = 4;

/// How much likelier one reading must be than the next for the difference between them to be told: e^2.3 = 10.
const MARGIN: f64 = 2.3;

/// The place of a head and how far its cell can reach.
struct Bounds<'b> {
    start: usize,
    head: Head,
    limit: usize,
    /// Where cells may end, and what it is worth: another cell begins there, or the region ends.
    anchors: &'b BTreeMap<usize, f64>,
}

/// What is left of a record header that begins before the fifth byte of its cell.
struct Stump {
    header_start: usize,
    /// Types that are lost at its front.
    lost: usize,
    /// The last of them took this many bytes in the lost part.
    last_bytes: usize,
    /// Its low seven bits, where its last byte is left.
    tail: Option<u64>,
    known: Vec<u64>,
    body_start: usize,
}

/// The candidates for the cell that began at `start`, at most one for each place where it may end.
pub(super) fn head_lost<'a>(
    search: &Search<'_, 'a>,
    (start, head): (usize, Head),
    limit: usize,
    anchors: &BTreeMap<usize, f64>,
    found: &mut Vec<Candidate<'a>>,
) {
    let limit = limit.min(start.saturating_add(head.size));
    let bounds = Bounds { start, head, limit, anchors };
    let mut readings = Vec::new();
    for (choice, Choice { template, .. }) in search.choices.iter().enumerate() {
        let first = if template.without_rowid { 1 } else { 2 };
        for header_start in start.saturating_add(first)..=start.saturating_add(12) {
            if header_start >= start.saturating_add(LOST) {
                whole_header(search, &bounds, (choice, header_start), &mut readings);
            } else {
                broken_header(search, &bounds, (choice, header_start), &mut readings);
            }
        }
    }
    found.extend(decided(readings).into_iter().filter(|candidate| candidate.score > least(candidate)));
}

/// The payload length and the rowid are lost, in whole or in part.
fn whole_header<'a>(
    search: &Search<'_, 'a>,
    bounds: &Bounds<'_>,
    (choice, header_start): (usize, usize),
    readings: &mut Vec<Candidate<'a>>,
) {
    let bytes = search.bytes.get(..bounds.limit).unwrap_or(search.bytes);
    let Some((serials, body_start)) = record_header_at(bytes, header_start) else { return };
    let fits = search.choices.get(choice).is_some_and(|choice| choice.template.fits(&serials));
    if fits {
        let draft = (header_start, body_start, serials, Vec::new());
        complete(search, bounds, choice, draft, readings);
    }
}

/// The header size is lost too, and perhaps the first one or two types.
fn broken_header<'a>(
    search: &Search<'_, 'a>,
    bounds: &Bounds<'_>,
    (choice, header_start): (usize, usize),
    readings: &mut Vec<Candidate<'a>>,
) {
    let Some(Choice { template, .. }) = search.choices.get(choice) else { return };
    for size_bytes in 1..=2 {
        let lost_bytes =
            LOST.saturating_add(bounds.start).saturating_sub(header_start.saturating_add(size_bytes));
        for columns in &template.lengths {
            for shape in shapes(lost_bytes) {
                let stump = stump(search, bounds, choice, (header_start, size_bytes), (*columns, *shape));
                if let Some(stump) = stump {
                    solve(search, bounds, choice, &stump, readings);
                }
            }
        }
    }
}

/// How types can lie in so many lost bytes: (types, bytes of the last one, whether its last byte is left).
fn shapes(lost_bytes: usize) -> &'static [(usize, usize, bool)] {
    match lost_bytes {
        0 => &[(0, 0, false)],
        1 => &[(1, 1, false), (1, 1, true)],
        2 => &[(2, 1, false), (2, 1, true), (1, 2, false)],
        _ => &[],
    }
}

fn stump(
    search: &Search<'_, '_>,
    bounds: &Bounds<'_>,
    choice: usize,
    (header_start, size_bytes): (usize, usize),
    (columns, (lost, last_bytes, has_tail)): (usize, (usize, usize, bool)),
) -> Option<Stump> {
    let template = search.choices.get(choice)?.template;
    let bytes = search.bytes.get(..bounds.limit)?;
    let left = bounds.start.checked_add(LOST)?;
    let mut at = left.max(header_start.checked_add(size_bytes)?);
    let mut tail = None;
    if has_tail {
        tail = Some(u64::from(*bytes.get(at).filter(|byte| **byte < 0x80)?));
        at = at.checked_add(1)?;
    }
    let mut known = Vec::with_capacity(columns.saturating_sub(lost));
    for slot in template.slots.get(lost..columns)? {
        let (serial, length) = varint::read(bytes.get(at..)?)?;
        if !slot.allows(serial) || varint::length(serial) != length {
            return None;
        }
        known.push(serial);
        at = at.checked_add(length)?;
    }
    let size = wide(at.checked_sub(header_start)?);
    // Of a size of two bytes the second may be left.
    let second = header_start.checked_add(1)?;
    let agrees = size_bytes == 1
        || second < left
        || bytes.get(second).is_some_and(|byte| u64::from(*byte) == size & 0x7f);
    (varint::length(size) == size_bytes && agrees).then_some(Stump {
        header_start,
        lost,
        last_bytes,
        tail,
        known,
        body_start: at,
    })
}

/// Tries the lost types that make the cell end where it may.
fn solve<'a>(
    search: &Search<'_, 'a>,
    bounds: &Bounds<'_>,
    choice: usize,
    stump: &Stump,
    readings: &mut Vec<Candidate<'a>>,
) {
    let mut offer = |lost: Vec<u64>| {
        let inferred = (0..lost.len()).collect();
        let serials = [lost, stump.known.clone()].concat();
        complete(search, bounds, choice, (stump.header_start, stump.body_start, serials, inferred), readings);
    };
    if stump.lost == 0 {
        return offer(Vec::new());
    }
    let known = bodies(&stump.known);
    for end in ends(bounds) {
        let body = end.checked_sub(stump.body_start).and_then(|body| wide(body).checked_sub(known));
        if let Some(body) = body {
            lost_types(search, choice, stump, body).into_iter().for_each(&mut offer);
        }
    }
    usual_types(search, choice, stump).into_iter().for_each(&mut offer);
}

/// The lost types that are usual in their columns, wherever the cell then ends.
fn usual_types(search: &Search<'_, '_>, choice: usize, stump: &Stump) -> Vec<Vec<u64>> {
    let Some(Choice { template, .. }) = search.choices.get(choice) else { return Vec::new() };
    let mut slots = template.slots.iter();
    match (stump.lost, slots.next(), slots.next()) {
        (1, Some(one), _) => one
            .usual_serials()
            .into_iter()
            .filter(|serial| stump.ends_with(*serial))
            .map(|serial| vec![serial])
            .collect(),
        (2, Some(one), Some(two)) => {
            let seconds: Vec<u64> =
                two.usual_serials().into_iter().filter(|serial| stump.ends_with(*serial)).collect();
            let firsts = one.usual_serials().into_iter().filter(|serial| *serial < 0x80);
            firsts.flat_map(|first| seconds.iter().map(move |second| vec![first, *second])).collect()
        }
        _ => Vec::new(),
    }
}

impl Stump {
    /// Whether the last lost type can be this one: it took so many bytes, and what is left of it agrees.
    fn ends_with(&self, serial: u64) -> bool {
        match self.tail {
            Some(tail) => {
                varint::length(serial) == self.last_bytes.saturating_add(1) && serial & 0x7f == tail
            }
            None => varint::length(serial) == self.last_bytes,
        }
    }
}

/// Places where another cell begins that are tried as the end of one; the next few are where it ended.
const MOST_ENDS: usize = 32;

/// Where the cell may end, the freeblock's own end first.
fn ends(bounds: &Bounds<'_>) -> BTreeSet<usize> {
    let own = bounds.start.saturating_add(bounds.head.size);
    let anchors = bounds.anchors.range(bounds.start.saturating_add(LOST)..=bounds.limit).map(|(end, _)| *end);
    let anchors = anchors.take(MOST_ENDS);
    let slack = (0..=3).filter_map(|slack| own.checked_sub(slack)).filter(|end| *end <= bounds.limit);
    anchors.chain(slack).collect()
}

/// The lost types whose bodies take `body` bytes together.
fn lost_types(search: &Search<'_, '_>, choice: usize, stump: &Stump, body: u64) -> Vec<Vec<u64>> {
    let Some(Choice { template, .. }) = search.choices.get(choice) else { return Vec::new() };
    let last_fits = |serial: &u64| stump.ends_with(*serial);
    let mut slots = template.slots.iter();
    match (stump.lost, slots.next(), slots.next()) {
        (1, Some(one), _) => {
            one.serials_of(body).into_iter().filter(last_fits).map(|serial| vec![serial]).collect()
        }
        (2, Some(one), Some(two)) => {
            let mut pairs = Vec::new();
            for first in (0..0x80).filter(|serial| one.allows(*serial)) {
                let Some(rest) = body.checked_sub(body_size(first)) else { continue };
                let seconds = two.serials_of(rest).into_iter().filter(last_fits);
                pairs.extend(seconds.map(|second| vec![first, second]));
            }
            pairs
        }
        _ => Vec::new(),
    }
}

/// Puts the lengths that are lost back, as far as they agree with what is left, and weighs the cell.
fn complete<'a>(
    search: &Search<'_, 'a>,
    bounds: &Bounds<'_>,
    choice: usize,
    (header_start, body_start, serials, inferred): (usize, usize, Vec<u64>, Vec<usize>),
    readings: &mut Vec<Candidate<'a>>,
) {
    let Some(Choice { template, .. }) = search.choices.get(choice) else { return };
    let left = bounds.start.saturating_add(LOST);
    let rebuilt = header_start < left;
    let mut draft = Draft {
        start: bounds.start,
        rowid: None,
        rowid_length: 0,
        header_start,
        body_start,
        serials,
        rebuilt,
        inferred,
        method: Method::HeadLost,
    };
    let length_bytes = varint::length(draft.payload_length());
    let before = header_start.saturating_sub(bounds.start);
    let Some(rowid_length) = before.checked_sub(length_bytes) else { return };
    if template.without_rowid != (rowid_length == 0) || rowid_length > 9 {
        return;
    }
    draft.rowid_length = rowid_length;
    // What is left of the rowid must read as the end of a varint.
    let rest = search.bytes.get(left.min(header_start)..header_start).unwrap_or(&[]);
    if let Some((last, others)) = rest.split_last()
        && ((*last >= 0x80 && rowid_length < 9) || others.iter().any(|byte| *byte < 0x80))
    {
        return;
    }
    let lengths = lost_lengths(search, choice, &draft);
    let cut = draft.inferred.is_empty().then(|| search.unweighed(&draft, choice));
    let Some(mut candidate) = search.weigh(draft, choice, bounds.limit) else {
        let front = cut.and_then(|whole| front(search, bounds, &whole));
        return readings.extend(front);
    };
    candidate.score += closure(bounds, &candidate, rebuilt) + lengths;
    candidate.score += rowid_weight(search, rowid_length);
    readings.push(candidate);
}

/// What is left of a cell that does not fit: its columns before the next place where a cell begins.
fn front<'a>(search: &Search<'_, 'a>, bounds: &Bounds<'_>, whole: &Candidate<'a>) -> Option<Candidate<'a>> {
    let from = whole.body_start.saturating_add(1);
    let next = bounds.anchors.range(from..).next().map_or(bounds.limit, |(at, _)| *at);
    search.cut(whole, next.min(bounds.limit))
}

/// What the lengths of lost texts and blobs are worth.
fn lost_lengths(search: &Search<'_, '_>, choice: usize, draft: &Draft) -> f64 {
    let Some(Choice { template, .. }) = search.choices.get(choice) else { return 0.0 };
    let lost = draft.inferred.iter().filter_map(|position| {
        let (slot, serial) = (template.slots.get(*position)?, *draft.serials.get(*position)?);
        Some(slot.length_weight(serial) + slot.class_novelty(serial))
    });
    lost.sum::<f64>() - if draft.inferred.is_empty() { 0.0 } else { 1.0 }
}

/// What the end of a cell is worth: a freeblock is as large as the cell that it was, or holds more cells behind it. Where the
/// length of a text was made to fit the end, the end proves little.
fn closure(bounds: &Bounds<'_>, cell: &Candidate<'_>, rebuilt: bool) -> f64 {
    let own = bounds.start.saturating_add(bounds.head.size);
    let tiles = bounds.anchors.get(&cell.end).copied().unwrap_or(0.0);
    let fits = match own.saturating_sub(cell.end) {
        0 => 9.0,
        1..=3 => 1.0,
        _ if cell.inferred.is_empty() && !rebuilt => 0.0,
        _ => -2.0,
    };
    let chained = match bounds.head {
        Head { chained: true, .. } => 4.0,
        Head { among_pointers: true, .. } => -14.0,
        Head { .. } => -6.0,
    };
    let solved =
        cell.inferred.iter().filter_map(|position| cell.serials.get(*position)).any(|serial| *serial >= 12);
    let proves = match (solved, fits > 1.0) {
        (false, _) => fits + tiles,
        (true, true) => 6.0,
        (true, false) if fits > 0.0 => -3.0,
        (true, false) => fits + tiles * 0.5,
    };
    proves + chained
}

fn rowid_weight(search: &Search<'_, '_>, length: usize) -> f64 {
    let bit = u32::try_from(length).map_or(0, |length| 1u16.checked_shl(length).unwrap_or(0));
    let unusual = length > 0 && search.rowid_lengths != 0 && search.rowid_lengths & bit == 0;
    let long = f64::from(u32::try_from(length.saturating_sub(1)).unwrap_or(0)) * 0.3;
    if unusual { -9.0 - long } else { -long }
}

/// Of the readings that end at one place the best; where the next best is nearly as good, the columns in which they differ are
/// unknown.
fn decided(mut readings: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    readings.sort_by(|one, two| one.end.cmp(&two.end).then(two.score.total_cmp(&one.score)));
    let mut kept: Vec<Candidate<'_>> = Vec::new();
    for reading in readings {
        match kept.last_mut().filter(|best| best.end == reading.end) {
            Some(best) if best.score - reading.score < MARGIN => doubt(best, &reading),
            Some(_) => {}
            None => kept.push(reading),
        }
    }
    kept
}

/// Marks the inferred columns that the other reading reads otherwise.
fn doubt(best: &mut Candidate<'_>, other: &Candidate<'_>) {
    if best.choice != other.choice || best.serials.len() != other.serials.len() {
        return;
    }
    let differs = |position: &usize| best.serials.get(*position) != other.serials.get(*position);
    let doubtful: Vec<usize> = best.inferred.iter().copied().filter(differs).collect();
    for position in doubtful {
        if !best.unknown.contains(&position) {
            best.unknown.push(position);
        }
    }
}
