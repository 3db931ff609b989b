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
const MOST_SERIALS: usize = 256;

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
    serials: BTreeMap<u64, u32>,
    /// First bytes of texts and blobs, and how often each was seen.
    firsts: BTreeMap<u8, u32>,
    seen: u32,
}

impl Slot {
    /// A column of which no row was seen yet. `is_key`: of a primary key that allows no NULL.
    pub(super) fn new(column: &Column, alias: bool, is_key: bool) -> Slot {
        Slot::of(column.affinity, column.not_null || is_key, alias)
    }

    pub(super) fn of(affinity: Affinity, not_null: bool, alias: bool) -> Slot {
        let (classes, weights) = ([0; CLASSES], [0.0; CLASSES]);
        let (serials, firsts) = (BTreeMap::new(), BTreeMap::new());
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
        if self.serials.len() < MOST_SERIALS || self.serials.contains_key(&serial) {
            let count = self.serials.entry(serial).or_default();
            *count = count.saturating_add(1);
        }
        if let Some(first) = body.first() {
            let count = self.firsts.entry(*first).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Works out what each class is worth, after the last row was learnt.
    pub(super) fn weigh(&mut self) {
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

    /// How much better the length of a text or blob fits than chance, where lengths were seen.
    pub(super) fn length_weight(&self, serial: u64) -> f64 {
        let all = self.serials.values().fold(0u32, |all, count| all.saturating_add(*count));
        if serial < 12 || all == 0 {
            return 0.0;
        }
        let count = f64::from(self.serials.get(&serial).copied().unwrap_or(0));
        ((count + 0.05) / (f64::from(all) + 1.0)).ln().max(-6.0) + 2.0
    }

    /// How much better the first byte of a text or blob fits than chance, where some were seen.
    pub(super) fn first_weight(&self, body: &[u8]) -> f64 {
        let all = self.firsts.values().fold(0u32, |all, count| all.saturating_add(*count));
        let Some(first) = body.first().filter(|_| all >= 8) else { return 0.0 };
        let count = f64::from(self.firsts.get(first).copied().unwrap_or(0));
        ((count + 0.02) / (f64::from(all) + 0.02 * 100.0) * 100.0).ln().clamp(-6.0, 5.0)
    }

    /// Serial types whose body has this size and that the column allows, the more usual ones of its rows.
    pub(super) fn serials_of(&self, size: u64) -> Vec<u64> {
        let text = size.saturating_mul(2).saturating_add(13);
        let mut found: Vec<u64> =
            (0..10).filter(|serial| body_size(*serial) == size).chain([text.saturating_sub(1), text]).collect();
        found.retain(|serial| self.allows(*serial));
        found
    }
}

fn class(serial: u64) -> usize {
    match serial {
        0..=9 => usize::try_from(serial).unwrap_or(0),
        _ if serial & 1 == 0 => BLOB,
        _ => TEXT,
    }
}

/// What the bytes of a value say about whether they are one: nothing where SQLite never writes such, else what is odd about
/// them, as a weight of 0 or less.
pub(super) fn oddness(serial: u64, body: &[u8], encoding: Encoding, legacy: bool) -> Option<f64> {
    match serial {
        1..=6 => (narrowest(integer(body), legacy) == serial).then_some(0.0),
        7 => {
            let real = f64::from_bits(integer(body).cast_unsigned());
            let usual = real == 0.0 || (1e-12..1e18).contains(&real.abs());
            (!real.is_nan()).then_some(if usual { 0.0 } else { -6.0 })
        }
        _ if serial >= 13 && serial & 1 == 1 => text_oddness(body, encoding),
        _ => Some(0.0),
    }
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

fn text_oddness(body: &[u8], encoding: Encoding) -> Option<f64> {
    let controls = match encoding {
        Encoding::Utf8 => controls(std::str::from_utf8(body).ok()?.chars()),
        Encoding::Utf16Le => units(body, u16::from_le_bytes)?,
        Encoding::Utf16Be => units(body, u16::from_be_bytes)?,
    };
    match controls {
        0 => Some(0.0),
        1..=2 => Some(-14.0),
        _ => None,
    }
}

fn units(body: &[u8], unit: fn([u8; 2]) -> u16) -> Option<usize> {
    let (pairs, odd) = body.as_chunks::<2>();
    let characters: Result<Vec<char>, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    characters.ok().filter(|_| odd.is_empty()).map(|characters| controls(characters.into_iter()))
}

/// Control characters that texts seldom hold.
fn controls(characters: impl Iterator<Item = char>) -> usize {
    characters.filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count()
}
