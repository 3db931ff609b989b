//! A comparison as JSON: one difference a line, then what is only in one, then the counts.

use super::Scope;
use super::item::{Form, Item, Pile};
use super::plain;
use super::rounds::Pair;
use super::side::{Note, Side};
use crate::report::analysis::sorter::Sorter;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

/// Sums over one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Records of the first side.
    pub a: u64,
    /// Records of the second.
    pub b: u64,
    /// Pairs that say the same.
    pub equal: u64,
    /// Pairs that differ.
    pub different: u64,
    /// Records that only the first side has.
    pub only_in_a: u64,
    /// Records that only the second side has.
    pub only_in_b: u64,
    /// How many pairs differ in which field.
    pub fields: BTreeMap<String, u64>,
    /// States of what only the first side has, where it states them.
    pub states_only_in_a: BTreeMap<String, u64>,
    /// The same of the second side.
    pub states_only_in_b: BTreeMap<String, u64>,
}

/// What came of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Sums, by kind.
    pub kinds: BTreeMap<String, Tally>,
    /// What was not compared: side, what, why.
    pub not_compared: Vec<(char, String, String)>,
}

impl Outcome {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.kinds.values().all(|tally| tally.different == 0 && tally.only_in_a == 0 && tally.only_in_b == 0)
    }
}

#[derive(Debug, Default)]
pub(super) struct Tallies {
    kinds: BTreeMap<String, Tally>,
    not_compared: BTreeMap<(usize, String), u64>,
}

fn add(count: &mut u64) {
    *count = count.saturating_add(1);
}

impl Tallies {
    fn of(&mut self, kind: &str) -> &mut Tally {
        self.kinds.entry(kind.to_owned()).or_default()
    }

    pub(super) fn count(&mut self, side: usize, item: &Item) {
        let tally = self.of(&item.kind);
        add(if side == 0 { &mut tally.a } else { &mut tally.b });
    }

    /// Counts a record of a kind that the other side tells nothing of.
    pub(super) fn not_compared(&mut self, side: usize, kind: &str) {
        add(self.not_compared.entry((side, kind.to_owned())).or_default());
    }

    fn only(&mut self, side: usize, item: &Item) {
        let tally = self.of(&item.kind);
        let (count, states) = if side == 0 {
            (&mut tally.only_in_a, &mut tally.states_only_in_a)
        } else {
            (&mut tally.only_in_b, &mut tally.states_only_in_b)
        };
        add(count);
        if let Some(state) = item.facts.get("state").and_then(Value::as_str) {
            add(states.entry(state.to_owned()).or_default());
        }
    }
}

/// The writer of a comparison, at its list of differences.
pub(super) struct Writer<'w> {
    list: List<'w>,
    /// Differences, each behind the position of its first record.
    differences: Sorter,
}

/// A list of JSON, one entry a line.
struct List<'w> {
    out: &'w mut dyn Write,
    any: bool,
}

impl List<'_> {
    fn begin(&mut self, name: &str) -> io::Result<()> {
        self.any = false;
        write!(self.out, "\"{name}\": [")
    }

    fn entry(&mut self, json: &[u8]) -> io::Result<()> {
        self.out.write_all(if self.any { b",\n" } else { b"\n" })?;
        self.any = true;
        self.out.write_all(json)
    }
}

fn letter(side: usize) -> char {
    if side == 0 { 'a' } else { 'b' }
}

/// Digits of a position in front of a line that is sorted by it.
const DIGITS: usize = 20;

fn placed(ordinal: u64, json: &[u8]) -> Vec<u8> {
    [format!("{ordinal:020}").as_bytes(), json].concat()
}

fn unplaced(line: &[u8]) -> &[u8] {
    line.get(DIGITS..).unwrap_or(line)
}

impl<'w> Writer<'w> {
    pub(super) fn begin(
        out: &'w mut dyn Write,
        (a, b): (&Side, &Side),
        (scope, folder): (&Scope, &Path),
    ) -> io::Result<Self> {
        let told =
            |side: &Side| json!({"kind": side.kind().name(), "name": side.name, "sha256": side.sha256});
        writeln!(out, "{{\n\"format\": {},", json!({"name": "affiant-comparison", "version": 1}))?;
        writeln!(out, "\"tool\": {},", json!({"name": "affiant", "version": env!("CARGO_PKG_VERSION")}))?;
        writeln!(out, "\"a\": {},\n\"b\": {},", told(a), told(b))?;
        writeln!(out, "\"options\": {},", json!({"kinds": scope.kinds, "live": scope.live}))?;
        Ok(Writer { list: List { out, any: false }, differences: Sorter::new(folder) })
    }

    /// Keeps in what a pair differs; nothing where it does not.
    pub(super) fn pair(&mut self, pair: Pair, knows: [bool; 2], tally: &mut Tallies) -> io::Result<()> {
        let fields = differences(&pair, knows);
        let sums = tally.of(&pair.a.kind);
        if fields.is_empty() {
            add(&mut sums.equal);
            return Ok(());
        }
        add(&mut sums.different);
        for (field, ..) in &fields {
            add(sums.fields.entry(field.clone()).or_default());
        }
        let told = fields.into_iter().map(|(field, a, b)| json!({"field": field, "a": a, "b": b}));
        let told: Vec<Value> = told.collect();
        let entry =
            json!({"kind": pair.a.kind, "by": pair.by, "a": pair.a.place, "b": pair.b.place, "fields": told});
        self.differences.push(placed(pair.a.ordinal, entry.to_string().as_bytes()))
    }

    /// Writes the differences, what is only in one, and the sums.
    pub(super) fn end(
        self,
        rest: [Pile; 2],
        (mut tally, left_out): (Tallies, Vec<(usize, Note)>),
        folder: &Path,
    ) -> io::Result<Outcome> {
        let Writer { mut list, differences } = self;
        list.begin("differences")?;
        differences.sorted(&mut |line| list.entry(unplaced(line)))?;
        for (side, pile) in rest.into_iter().enumerate() {
            list.out.write_all(b"],\n")?;
            list.begin(&format!("only_in_{}", letter(side)))?;
            in_order(pile, folder, &mut |item| {
                tally.only(side, &item);
                let entry = json!({"kind": item.kind, "place": item.place, "facts": item.facts});
                list.entry(entry.to_string().as_bytes())
            })?;
        }
        let not_compared = not_compared(&tally, left_out);
        let told: Vec<Value> = not_compared
            .iter()
            .map(|(side, what, why)| json!({"side": side, "what": what, "why": why}))
            .collect();
        writeln!(list.out, "],\n\"not_compared\": {},", Value::Array(told))?;
        writeln!(list.out, "\"counts\": {}\n}}", serde_json::to_string(&tally.kinds)?)?;
        Ok(Outcome { kinds: tally.kinds, not_compared })
    }
}

fn not_compared(tally: &Tallies, left_out: Vec<(usize, Note)>) -> Vec<(char, String, String)> {
    let kinds = tally.not_compared.iter().map(|((side, kind), count)| {
        (letter(*side), format!("{count} records of the kind {kind}"), NOT_TOLD.to_owned())
    });
    let notes = left_out.into_iter().map(|(side, note)| (letter(side), note.what, note.why.to_owned()));
    kinds.chain(notes).collect()
}

const NOT_TOLD: &str = "the other side tells nothing of this kind, or it was not asked for";

/// The fields of a pair that differ. A side that is no report states what it states: its silence is no difference.
fn differences(pair: &Pair, [a_knows, b_knows]: [bool; 2]) -> Vec<(String, Value, Value)> {
    let names: BTreeSet<&String> = pair.a.facts.keys().chain(pair.b.facts.keys()).collect();
    let differs = |name: &String| match (pair.a.facts.get(name), pair.b.facts.get(name)) {
        (Some(a), Some(b)) => match (pair.form, a.as_str(), b.as_str()) {
            (Form::Plain, Some(one), Some(other)) => !plain::same(name, one, other),
            _ => a != b,
        },
        (Some(_), None) => b_knows,
        (None, Some(_)) => a_knows,
        (None, None) => false,
    };
    let value = |item: &Item, name: &String| item.facts.get(name).cloned().unwrap_or(Value::Null);
    let different = names.into_iter().filter(|name| differs(name));
    different.map(|name| (name.clone(), value(&pair.a, name), value(&pair.b, name))).collect()
}

/// Calls `each` with the items of a pile in the order of their source.
fn in_order(pile: Pile, folder: &Path, each: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
    let mut sorter = Sorter::new(folder);
    pile.each(&mut |item, line| sorter.push(placed(item.ordinal, line)))?;
    sorter.sorted(&mut |line| each(serde_json::from_slice(unplaced(line)).map_err(io::Error::from)?))
}
