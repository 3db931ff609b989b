//! What one column of a table holds: what its declaration allows, and what its rows were seen to hold.

use super::super::record::{body_size, integer};
use super::super::table::{Affinity, Column};
use super::super::text::Encoding;
use std::collections::BTreeMap;

/// Kinds of serial types that are counted apart: 0 to 9, blob, text.
const CLASSES: usize = 12;
const BLOB: usize = 10;
const TEXT: usize = 11;

/// Rows of a column that weigh as much as what its affinity alone lets expect.
const PRIOR_ROWS: f64 = 3.0;

/// ln 12: what a class says beyond one of twelve that are equally likely.
const EVEN: f64 = 2.485;

/// How often columns of an affinity hold each class; learnt by hand from phone databases, they matter only while few rows are seen.
const INTEGERS: [f64; CLASSES] = [0.15, 0.15, 0.15, 0.1, 0.15, 0.08, 0.08, 0.01, 0.05, 0.05, 0.005, 0.01];
const TEXTS: [f64; CLASSES] =
    [0.2, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.01, 0.78];
const REALS: [f64; CLASSES] = [0.2, 0.05, 0.05, 0.05, 0.04, 0.02, 0.002, 0.5, 0.05, 0.03, 0.003, 0.01];
const BLOBS: [f64; CLASSES] = [0.2, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.3, 0.3];
const NUMBERS: [f64; CLASSES] = [0.2, 0.1, 0.1, 0.08, 0.08, 0.05, 0.05, 0.15, 0.05, 0.05, 0.02, 0.06];
const ROWID: [f64; CLASSES] =
    [0.99, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002, 0.002];

/// Different lengths of texts and blobs that are remembered of a column.
const MOST_SEEN: usize = 256;

/// Of these the most frequent are tried where a type is lost and nothing says where the cell ends.
const USUAL: usize = 12;

/// One stored column.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    affinity: Affinity,
    not_null: bool,
    /// It is the rowid, and stored as NULL.
    alias: bool,
    classes: [u32; CLASSES],
    weights: [f64; CLASSES],
    /// Serial types of texts and blobs, and how often each was seen.
    serials: Seen<u64>,
    /// First bytes of texts and blobs, and how often each was seen.
    firsts: Seen<u8>,
    seen: u32,
}

impl Slot {
    /// A column of which no row was seen yet. `is_key`: of a primary key that allows no NULL.
    pub(super) fn new(column: &Column, alias: bool, is_key: bool) -> Slot {
        Slot::of(column.affinity, column.not_null || is_key, alias)
    }

    pub(super) fn of(affinity: Affinity, not_null: bool, alias: bool) -> Slot {
        let (classes, weights) = ([0; CLASSES], [0.0; CLASSES]);
        let (serials, firsts) = (Seen::new(), Seen::new());
        let mut slot = Slot { affinity, not_null, alias, classes, weights, serials, firsts, seen: 0 };
        slot.weigh();
        slot
    }

    /// Learns from a value of a row.
    pub(super) fn learn(&mut self, serial: u64, body: &[u8]) {
        self.seen = self.seen.saturating_add(1);
        if let Some(count) = self.classes.get_mut(class(serial)) {
            *count = count.saturating_add(1);
        }
        if serial < 12 {
            return;
        }
        self.serials.add(serial);
        if let Some(first) = body.first() {
            self.firsts.add(*first);
        }
    }

    /// Works out what each class is worth, after the last row was learnt.
    pub(super) fn weigh(&mut self) {
        self.serials.weigh();
        self.firsts.weigh();
        let prior = match (self.alias, self.affinity) {
            (true, _) => &ROWID,
            (_, Affinity::Integer) => &INTEGERS,
            (_, Affinity::Text) => &TEXTS,
            (_, Affinity::Real) => &REALS,
            (_, Affinity::Blob) => &BLOBS,
            (_, Affinity::Numeric) => &NUMBERS,
        };
        let seen = f64::from(self.seen) + PRIOR_ROWS;
        for ((weight, count), prior) in self.weights.iter_mut().zip(self.classes).zip(prior) {
            *weight = ((f64::from(count) + PRIOR_ROWS * prior) / seen).ln() + EVEN;
        }
    }

    /// Whether SQLite can have stored this serial type in the column.
    pub(super) fn allows(&self, serial: u64) -> bool {
        match serial {
            _ if self.alias => serial == 0,
            10 | 11 => false,
            0 => !self.not_null,
            // TEXT affinity turns numbers into text.
            1..=9 => self.affinity != Affinity::Text,
            _ => true,
        }
    }

    /// How much better this serial type fits the column than chance.
    pub(super) fn weight(&self, serial: u64) -> f64 {
        self.weights.get(class(serial)).copied().unwrap_or(0.0)
    }

    /// What it costs to infer a class that no row of the column was seen to have.
    pub(super) fn class_novelty(&self, serial: u64) -> f64 {
        let count = self.classes.get(class(serial)).copied().unwrap_or(0);
        if count == 0 && self.seen >= 16 { -5.0 } else { 0.0 }
    }

    /// How much better the length of a text or blob fits than chance, where lengths were seen.
    pub(super) fn length_weight(&self, serial: u64) -> f64 {
        if serial < 12 { 0.0 } else { self.serials.novelty(&serial, 50.0) }
    }

    /// How much better the first byte of a text or blob fits than chance, where some were seen.
    pub(super) fn first_weight(&self, body: &[u8]) -> f64 {
        body.first().map_or(0.0, |first| self.firsts.novelty(first, 100.0))
    }

    /// The serial types that texts and blobs of the column were seen to have, the most frequent first, and those of a fixed size.
    pub(super) fn usual_serials(&self) -> Vec<u64> {
        let mut seen: Vec<(u64, u32)> =
            self.serials.counts.iter().map(|(serial, count)| (*serial, *count)).collect();
        seen.sort_by(|one, two| two.1.cmp(&one.1).then(one.0.cmp(&two.0)));
        let fixed = (0u64..10).zip(self.classes).filter(|(_, count)| *count > 0).map(|(serial, _)| serial);
        let usual = seen.into_iter().take(USUAL).map(|(serial, _)| serial);
        usual.chain(fixed).filter(|serial| self.allows(*serial)).collect()
    }

    /// Serial types whose body has this size and that the column allows, the more usual ones of its rows.
    pub(super) fn serials_of(&self, size: u64) -> Vec<u64> {
        let text = size.saturating_mul(2).saturating_add(13);
        let mut found: Vec<u64> = (0..10)
            .filter(|serial| body_size(*serial) == size)
            .chain([text.saturating_sub(1), text])
            .collect();
        found.retain(|serial| self.allows(*serial));
        found
    }
}

/// How often each of some things was seen.
#[derive(Debug, Clone)]
struct Seen<K> {
    counts: BTreeMap<K, u32>,
    all: f64,
    /// The weight of what was never seen: it is as likely as things that were seen once are frequent (Good 1953), as a column whose
    /// values all differ may well hold another.
    unseen: f64,
    /// Nearly every one was seen once: to have been seen says nothing.
    diverse: bool,
}

impl<K: Ord> Seen<K> {
    fn new() -> Self {
        Seen { counts: BTreeMap::new(), all: 0.0, unseen: 0.0, diverse: false }
    }

    fn add(&mut self, thing: K) {
        if self.counts.len() < MOST_SEEN || self.counts.contains_key(&thing) {
            let count = self.counts.entry(thing).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn weigh(&mut self) {
        self.all = f64::from(self.counts.values().fold(0u32, |all, count| all.saturating_add(*count)));
        let once = self.counts.values().filter(|count| **count == 1).count();
        let once = f64::from(u32::try_from(once).unwrap_or(0));
        self.unseen = ((once + 0.5) / (self.all + 1.0)).ln();
        self.diverse = once > 0.15 * self.all;
    }

    /// How much likelier a thing is than one of `kinds` that are equally likely.
    fn novelty(&self, thing: &K, kinds: f64) -> f64 {
        match self.counts.get(thing) {
            _ if self.all < 4.0 => 0.0,
            Some(count) if !self.diverse => (f64::from(*count) / self.all * kinds).ln().clamp(0.0, 5.0),
            _ => self.unseen,
        }
    }
}

fn class(serial: u64) -> usize {
    match serial {
        0..=9 => usize::try_from(serial).unwrap_or(0),
        _ if serial & 1 == 0 => BLOB,
        _ => TEXT,
    }
}

/// What the bytes of a value say about whether they are one: nothing where SQLite never writes such, else how much likelier they
/// are for one than for others.
pub(super) fn likeness(serial: u64, body: &[u8], encoding: Encoding, legacy: bool) -> Option<f64> {
    match serial {
        1..=6 => (narrowest(integer(body), legacy) == serial).then(|| text_like(body) * -2.0),
        7 => {
            let real = f64::from_bits(integer(body).cast_unsigned());
            // A twentieth of all bit patterns are numbers of a usual size.
            let usual = real == 0.0 || (1e-9..1e18).contains(&real.abs());
            (!real.is_nan()).then(|| if usual { 3.0 } else { -20.0 } - text_like(body))
        }
        _ if serial >= 13 && serial & 1 == 1 => text_likeness(body, encoding),
        _ if serial >= 12 => Some(-text_like(body) - zero_like(body)),
        _ => Some(0.0),
    }
}

/// How surprising it is for a blob to be zeros for the most part: unused space is.
fn zero_like(body: &[u8]) -> f64 {
    let zeros = body.iter().filter(|byte| **byte == 0).count();
    if body.len() > 16 && zeros.saturating_mul(4) > body.len().saturating_mul(3) { 10.0 } else { 0.0 }
}

/// How surprising it is for a number or a blob to consist of printable characters.
fn text_like(body: &[u8]) -> f64 {
    let is_text = body.len() > 2 && body.iter().all(|byte| matches!(byte, 0x20..=0x7e));
    if is_text { f64::from(u32::try_from(body.len().min(8)).unwrap_or(8)) } else { 0.0 }
}

/// The serial type of the least width that holds a number (SQLite writes no other). Schema formats before 4 write 0 and 1 in a
/// byte of their own.
fn narrowest(value: i64, legacy: bool) -> u64 {
    match value {
        0 if !legacy => 8,
        1 if !legacy => 9,
        -0x80..=0x7f => 1,
        -0x8000..=0x7fff => 2,
        -0x80_0000..=0x7f_ffff => 3,
        -0x8000_0000..=0x7fff_ffff => 4,
        -0x8000_0000_0000..=0x7fff_ffff_ffff => 5,
        _ => 6,
    }
}

fn text_likeness(body: &[u8], encoding: Encoding) -> Option<f64> {
    let (controls, odd) = match encoding {
        Encoding::Utf8 => (controls(std::str::from_utf8(body).ok()?.chars()), 0),
        Encoding::Utf16Le => units(body, u16::from_le_bytes)?,
        Encoding::Utf16Be => units(body, u16::from_be_bytes)?,
    };
    let odd = f64::from(u32::try_from(odd).unwrap_or(u32::MAX)) * -5.0;
    match controls {
        0 => Some(odd),
        1..=2 => Some(odd - 14.0),
        _ => None,
    }
}

/// Control characters and, as any two bytes are a character here, those of rare scripts.
fn units(body: &[u8], unit: fn([u8; 2]) -> u16) -> Option<(usize, usize)> {
    let (pairs, odd) = body.as_chunks::<2>();
    let characters: Result<Vec<char>, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    let characters = characters.ok().filter(|_| odd.is_empty())?;
    let rare = characters.iter().filter(|character| is_rare(**character)).count();
    Some((controls(characters.into_iter()), rare))
}

/// Characters outside the scripts, signs and pictures that messages are written in.
fn is_rare(character: char) -> bool {
    !matches!(u32::from(character),
        0..=0x24f | 0x2b0..=0x52f | 0x590..=0x6ff | 0x900..=0xeff | 0x10a0..=0x11ff | 0x1e00..=0x27bf
        | 0x2e80..=0x9fff | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfb50..=0xffff | 0x1_0000..=0x1_ffff)
}

/// Control characters that texts seldom hold.
fn controls(characters: impl Iterator<Item = char>) -> usize {
    characters.filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count()
}
