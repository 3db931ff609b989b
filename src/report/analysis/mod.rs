//! The questions that trials over messages of crypto phones turned on, answered for any evidence: duplicates, gaps, time, attribution.
//! Each entry names its rule and the records it rests on; it says what stands there, and never what it means.
//!
//! ```text
//! spools ─ record by record ─► Seen ─┬─► duplicates ──┐ each sorts what it compares on disk past a bound (`Sorter`),
//!                                    ├─► gaps         ├─► entries in the order of their first record ─► report.json
//!                                    ├─► times        │
//!                                    └─► attribution ─┘
//! ```
//!
//! So memory does not grow with the messages, and the order is that of the records: the same for any number of threads.

mod attribution;
mod duplicates;
mod gaps;
mod rules;
mod seen;
mod times;

use super::sorter::Sorter;
use super::spool::Spool;
use crate::record::kinds::{KINDS, Kind};
use seen::Seen;
use serde_json::Value;
use std::io::{self, Write};
use std::path::Path;

/// How the zone of the written times of a definition is known: definition, zone, the examiner's words.
pub type ZoneSources = [(String, String, String)];

/// Kinds of records that are looked at.
const LOOKED_AT: &[&str] = &["message", "call", "contact", "account", "device_identifier"];

/// Where entries go: in the order of the first record that each rests on.
struct Entries(Sorter);

impl Entries {
    /// Adds an entry; `first` is the place of its first record in the report, `kind` parts entries with the same first record.
    fn push(&mut self, first: u64, entry: &Value) -> io::Result<()> {
        self.0.push(format!("{first:020}\u{1f}{entry}").into_bytes())
    }

    fn write(self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(out, ",\n\"{name}\": [")?;
        let mut any = false;
        self.0.sorted(&mut |line| {
            let entry = line.splitn(2, |byte| *byte == 0x1f).nth(1).unwrap_or_default();
            out.write_all(if any { b",\n" } else { b"\n" })?;
            any = true;
            out.write_all(entry)
        })?;
        out.write_all(b"]")
    }
}

/// Writes the value of `analysis`.
pub(super) fn write(
    spools: &mut [&mut Spool],
    zones: &ZoneSources,
    folder: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut duplicates = duplicates::Duplicates::new(folder);
    let mut gaps = gaps::Gaps::new(folder);
    let mut times = times::Times::new(folder, zones);
    let mut attribution = attribution::Attribution::new(folder);
    let mut place = 0_u64;
    for kind in KINDS.iter().filter(|kind| LOOKED_AT.contains(&kind.name)) {
        each(kind, spools, &mut |text| {
            place += 1;
            let Ok(seen) = serde_json::from_slice::<Seen<'_>>(text) else { return Ok(()) };
            let seen = seen.at(place, kind.name);
            times.see(&seen)?;
            attribution.see(&seen)?;
            if kind.name == "message" {
                duplicates.see(&seen)?;
                gaps.see(&seen)?;
            }
            Ok(())
        })?;
    }
    out.write_all(b"{\"rules\": ")?;
    serde_json::to_writer(&mut *out, &rules::rules())?;
    let sections = [
        ("duplicates", duplicates.entries()?),
        ("gaps", gaps.entries()?),
        ("time", times.entries()?),
        ("attribution", attribution.entries()?),
    ];
    for (name, entries) in sections {
        entries.write(name, out)?;
    }
    out.write_all(b"}")
}

fn each(
    kind: &'static Kind,
    spools: &mut [&mut Spool],
    see: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    spools.iter_mut().try_for_each(|spool| spool.each(kind, see))
}
