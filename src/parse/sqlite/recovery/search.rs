//! The search of one page image for cells that nothing points to any more.
//!
//! A candidate is a run of bytes that reads as a cell of one of the templates. Candidates overlap; each has a score, which grows
//! with what of it could have failed and did not: lengths that must agree, types that the columns allow and usually hold,
//! texts that are valid, an end where the freeblock or the next cell says that it must be.

use super::super::cell::local_length;
use super::super::overflow::Chain;
use super::super::page::PageKind;
use super::super::record::{body_size, write_header};
use super::super::recovered::Method;
use super::super::spot::{narrow, wide};
use super::super::text::Encoding;
use super::slot::likeness;
use super::template::Template;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// A template, and what it costs to take a page's bytes for one of its records.
pub(super) struct Choice<'t> {
    pub index: usize,
    pub template: &'t Template,
    pub penalty: f64,
}

/// The size field of what may be a freeblock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub size: usize,
    /// It is in the page's chain of freeblocks; else only its bytes look like one.
    pub chained: bool,
    /// It lies where pointers of removed cells stay, any two of which look like one.
    pub among_pointers: bool,
}

/// Where overflow chains are read, and whether their pages can still be those of a dead row.
pub(super) trait Overflow<'a> {
    /// The rest of a payload from its first overflow page on: nothing, unless every page is free and the chain ends with the
    /// payload.
    fn chain(&self, first: u32, left: u64) -> Option<Chain<'a>>;
}

/// One page image and what it is held against.
pub(super) struct Search<'s, 'a> {
    /// Its usable bytes.
    pub bytes: &'a [u8],
    pub usable: u32,
    pub encoding: Encoding,
    /// A schema format before 4: 0 and 1 take a byte.
    pub legacy: bool,
    pub choices: Vec<Choice<'s>>,
    pub overflow: &'s dyn Overflow<'a>,
    /// Lengths of rowid varints that rows of the page have, as bits; 0 where none is known.
    pub rowid_lengths: u16,
    /// Pages of the database.
    pub pages: u32,
    /// The page is an interior one by now.
    pub is_interior: bool,
}

/// A run of bytes that reads as a cell.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    pub start: usize,
    pub end: usize,
    pub rowid: Option<i64>,
    /// Bytes of the rowid varint, where that much is known of a lost one.
    pub rowid_length: usize,
    pub serials: Vec<u64>,
    /// The record header where it was made again; else nothing.
    pub header: Vec<u8>,
    /// The payload on the page: all of it, or only its body where the header was made again.
    pub local: Range<usize>,
    pub body_start: usize,
    pub payload_length: u64,
    pub chain: Chain<'a>,
    /// Into the choices of the search.
    pub choice: usize,
    pub method: Method,
    pub inferred: Vec<usize>,
    pub unknown: Vec<usize>,
    /// What follows is written over, or its overflow pages are another's.
    pub is_cut: bool,
    pub score: f64,
}

/// A record header with the cell around it, before its values were looked at.
pub(super) struct Draft {
    pub start: usize,
    pub rowid: Option<i64>,
    pub rowid_length: usize,
    /// Where the record header begins, or would.
    pub header_start: usize,
    pub body_start: usize,
    pub serials: Vec<u64>,
    /// Whether the record header must be made again.
    pub rebuilt: bool,
    pub inferred: Vec<usize>,
    pub method: Method,
}

impl Candidate<'_> {
    /// A cell without its head that holds no text and no blob: on a page that is no known table's any few bytes can read so.
    pub(super) fn says_little(&self) -> bool {
        let is_wordy = self.serials.iter().any(|serial| *serial >= 12 && body_size(*serial) >= 4);
        self.method == Method::HeadLost && !is_wordy
    }
}

impl Draft {
    /// The length of the payload that these types have.
    pub(super) fn payload_length(&self) -> u64 {
        wide(self.body_start.saturating_sub(self.header_start)).saturating_add(bodies(&self.serials))
    }
}

/// Bytes that the bodies of these types take together.
pub(super) fn bodies(serials: &[u64]) -> u64 {
    serials.iter().fold(0, |all, serial| all.saturating_add(body_size(*serial)))
}

impl<'a> Search<'_, 'a> {
    /// Bytes of a payload that stay on the page of a cell with or without a rowid.
    pub(super) fn local_length(&self, payload: u64, without_rowid: bool) -> usize {
        let kind = if without_rowid { PageKind::IndexLeaf } else { PageKind::TableLeaf };
        local_length(payload, kind, self.usable)
    }

    /// Weighs a draft that ends inside `limit` as a record of a choice; nothing where it can be none.
    pub(super) fn weigh(&self, draft: Draft, choice: usize, limit: usize) -> Option<Candidate<'a>> {
        let Choice { template, penalty, .. } = self.choices.get(choice)?;
        let payload_length = draft.payload_length();
        let local = self.local_length(payload_length, template.without_rowid);
        let local_end = draft.header_start.checked_add(local)?;
        let spills = wide(local) < payload_length;
        let end = if spills { local_end.checked_add(4)? } else { local_end };
        if end > limit {
            return None;
        }
        let chain =
            if spills { self.follow(local_end, payload_length, local) } else { Some(Chain::default()) };
        let Some(chain) = chain else { return self.cut(&self.unweighed(&draft, choice), local_end) };
        let body = self.body(draft.body_start..local_end, &chain)?;
        let values = self.values(template, &draft.serials, &body, draft.inferred.len())?;
        let base = if draft.method == Method::WholeCell { 30.0 } else { 16.0 };
        // Length alone proves nothing: a run of zeros is a long blob.
        let length = u32::try_from(end.saturating_sub(draft.start)).unwrap_or(u32::MAX).min(250);
        let score = base + values + template.weight(&draft.serials) + f64::from(length) * 0.02 - penalty;
        let candidate = self.unweighed(&draft, choice);
        let end = end.max(candidate.start.saturating_add(4));
        let local = candidate.local.start..local_end;
        Some(Candidate { end, local, chain, score, ..candidate })
    }

    /// A draft as a candidate of no length.
    pub(super) fn unweighed(&self, draft: &Draft, choice: usize) -> Candidate<'a> {
        let local = if draft.rebuilt { draft.body_start } else { draft.header_start };
        Candidate {
            start: draft.start,
            end: draft.start,
            rowid: draft.rowid,
            rowid_length: draft.rowid_length,
            header: if draft.rebuilt { write_header(draft.serials.iter().copied()) } else { Vec::new() },
            local: local..local,
            body_start: draft.body_start,
            payload_length: draft.payload_length(),
            serials: draft.serials.clone(),
            chain: Chain::default(),
            choice,
            method: draft.method,
            inferred: draft.inferred.clone(),
            is_cut: false,
            unknown: Vec::new(),
            score: 0.0,
        }
    }

    /// The same cell as far as `at`, where another cell or the header of a freeblock was written over it: of its columns those
    /// that end before. Nothing where none is left that says something.
    pub(super) fn cut(&self, whole: &Candidate<'a>, at: usize) -> Option<Candidate<'a>> {
        let Choice { template, penalty, .. } = self.choices.get(whole.choice)?;
        let left = self.bytes.get(whole.body_start..at)?;
        if !whole.inferred.is_empty() {
            return None;
        }
        let mut end = 0;
        let mut weighty = false;
        let mut kept = Vec::new();
        for serial in &whole.serials {
            let size = narrow(body_size(*serial));
            end = size.saturating_add(end);
            if end > left.len() {
                break;
            }
            weighty |= if whole.method == Method::WholeCell { size >= 3 } else { size >= 4 && *serial >= 12 };
            kept.push(*serial);
        }
        let values =
            self.values(template, &kept, left.get(..narrow(bodies(&kept)))?, 0).filter(|_| weighty)?;
        let base = if whole.method == Method::WholeCell { 20.0 } else { 8.0 };
        let score = base + values + template.weight(&whole.serials) - penalty;
        let local = whole.local.start..at;
        Some(Candidate { end: at, local, chain: Chain::default(), is_cut: true, score, ..whole.clone() })
    }

    fn follow(&self, at: usize, payload_length: u64, local: usize) -> Option<Chain<'a>> {
        let first = self.bytes.get(at..)?.first_chunk::<4>()?;
        self.overflow.chain(u32::from_be_bytes(*first), payload_length.saturating_sub(wide(local)))
    }

    fn body(&self, local: Range<usize>, chain: &Chain<'a>) -> Option<Cow<'a, [u8]>> {
        let bytes = self.bytes.get(local)?;
        if chain.segments.is_empty() {
            return Some(Cow::Borrowed(bytes));
        }
        let mut all = bytes.to_vec();
        chain.segments.iter().for_each(|segment| all.extend_from_slice(segment.bytes));
        Some(Cow::Owned(all))
    }

    /// What the values of a record are worth; nothing where SQLite wrote no such, or where they say nothing at all.
    fn values(&self, template: &Template, serials: &[u64], body: &[u8], inferred: usize) -> Option<f64> {
        let (mut weight, mut says_something) = (0.0, false);
        let mut at: usize = 0;
        for (position, serial) in serials.iter().enumerate() {
            let size = narrow(body_size(*serial));
            let end = at.checked_add(size)?;
            let value = body.get(at..end)?;
            weight += likeness(*serial, value, self.encoding, self.legacy)?;
            weight += f64::from(u32::try_from(size.min(40)).unwrap_or(40)) * 0.05;
            if *serial >= 12 {
                weight += 2.0;
            }
            says_something |= value.iter().any(|byte| *byte != 0);
            if let Some(slot) = template.slots.get(position) {
                weight +=
                    if position < inferred { 0.0 } else { slot.length_weight(*serial).clamp(-3.0, 0.0) };
                // The boundaries of the first columns are those that may have been inferred.
                weight += if position < 3 { slot.first_weight(value) } else { 0.0 };
            }
            at = end;
        }
        says_something.then_some(weight)
    }
}

/// Chooses, of candidates that overlap, those that together score most, in the order of their places.
pub(super) fn select(mut candidates: Vec<Candidate<'_>>) -> Vec<Candidate<'_>> {
    candidates.sort_by_key(|candidate| (candidate.end, candidate.start));
    let ends: Vec<usize> = candidates.iter().map(|candidate| candidate.end).collect();
    let mut best: Vec<(f64, bool, usize)> = vec![(0.0, false, 0)];
    for (index, candidate) in candidates.iter().enumerate() {
        let before = ends.get(..index).unwrap_or(&[]).partition_point(|end| *end <= candidate.start);
        let with = best.get(before).map_or(0.0, |best| best.0) + candidate.score;
        let without = best.get(index).map_or(0.0, |best| best.0);
        best.push(if with > without { (with, true, before) } else { (without, false, index) });
    }
    let mut chosen = BTreeSet::new();
    let mut at = candidates.len();
    while let Some((_, taken, before)) = best.get(at).filter(|_| at > 0) {
        if *taken {
            chosen.insert(at.saturating_sub(1));
        }
        at = *before;
    }
    let kept = candidates.into_iter().enumerate().filter(|(index, _)| chosen.contains(index));
    kept.map(|(_, candidate)| candidate).collect()
}
