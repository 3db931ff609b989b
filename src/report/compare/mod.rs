//! Two sources held against each other: two reports, or a report and what another tool or a person says of the same handset. What is
//! only in one, what differs field by field, counts by kind.
//!
//! ```text
//! report.json ─┐                 ┌─ round 1: same id ─┐ pairs ─► differences
//! sheet (CSV)  ├─ items on disk ─┤─ round 2: …        │
//! LAVA folder ─┘                 └─ last round ───────┘ left over ─► only in A, only in B
//! ```
//! Each round sorts what is left of both sides by one key, on disk, and pairs what has the same key. So memory grows neither with the
//! number of records nor with their bodies.

mod columns;
mod item;
mod keys;
mod lava;
mod plain;
mod rounds;
mod sheet;
mod side;
mod write;

pub use side::{Note, Side, SideKind};
pub use write::{Outcome, Tally};

use crate::record::kinds::KINDS;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// What a comparison is restricted to.
#[derive(Debug, Default)]
pub struct Scope {
    /// These kinds alone, by name; all where there are none.
    pub kinds: Vec<String>,
    /// Of reports, live records alone: other tools seldom tell states.
    pub live: bool,
}

/// Compares two sides and writes the comparison as JSON. Large intermediate files lie, nameless, in `folder`.
///
/// # Errors
/// Where a side cannot be read, or something cannot be written.
pub fn compare(
    (a, b): (&Side, &Side),
    scope: &Scope,
    folder: &Path,
    out: &mut dyn Write,
) -> io::Result<Outcome> {
    let form = if a.is_report() && b.is_report() { item::Form::Whole } else { item::Form::Plain };
    let kinds = kinds(a, b, scope);
    let mut loaded = [item::Pile::new(folder)?, item::Pile::new(folder)?];
    let mut tally = write::Tallies::default();
    let mut left_out = Vec::new();
    for ((side, pile), letter) in [a, b].into_iter().zip(&mut loaded).zip(0_usize..) {
        let mut keep = |item: item::Item| {
            if !kinds.contains(item.kind.as_str()) {
                tally.not_compared(letter, &item.kind);
                return Ok(());
            }
            tally.count(letter, &item);
            pile.push(&item)
        };
        side.items(form, scope, &mut keep)?;
        left_out.extend(side.left_out().iter().map(|note| (letter, note.clone())));
    }
    let mut writer = write::Writer::begin(out, (a, b), (scope, folder))?;
    let knows = [a.is_report(), b.is_report()];
    let rest = rounds::run(loaded, form, folder, &mut |pair| writer.pair(pair, knows, &mut tally))?;
    writer.end(rest, (tally, left_out), folder)
}

/// The kinds that both sides tell of: a sheet of messages says nothing about contacts.
fn kinds<'k>(a: &'k Side, b: &'k Side, scope: &Scope) -> BTreeSet<&'static str> {
    let wanted = |name: &str| scope.kinds.is_empty() || scope.kinds.iter().any(|kind| kind == name);
    let told = |side: &Side, name: &str| side.kinds().is_none_or(|kinds| kinds.contains(name));
    KINDS.iter().map(|kind| kind.name).filter(|name| wanted(name) && told(a, name) && told(b, name)).collect()
}
