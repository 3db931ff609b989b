//! A report in the formats that other tools load. The report stays the record: an export is made from it alone, record by record, names
//! the report by its SHA-256, and says what it cannot carry.
//!
//! ```text
//! report.json ─ pass 1 ─► Source: head, hash, which fields there are
//!             ─ pass 2 ─► Item ─┬─► csv/ tsv/ xlsx parquet/ lava/   through `Layout`: one table for each kind of record
//!                               ├─► timesketch vcard kml case       record by record
//!                               └─► rsmf                            sorted on disk first: a conversation is one file
//! ```
//!
//! Memory does not grow with the messages. Nothing depends on clock, machine or time zone: the same report gives the same bytes.

mod case;
mod columns;
mod csv;
mod html;
mod ids;
mod kml;
mod lava;
mod parquet;
mod reading;
mod row;
mod rsmf;
mod source;
mod target;
mod thread;
mod timesketch;
mod vcard;
mod xlsx;

pub use source::Source;
pub use target::Target;

use crate::record::kinds::Kind;
use crate::report::bag::{MANIFEST, sha256_of_file};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// One record on its way out.
struct Item<'i> {
    kind: &'static Kind,
    record: &'i Value,
    source: &'i Source,
}

/// What writes one target.
trait Export {
    /// Takes the next record, in the order of the report.
    fn record(&mut self, item: &Item<'_>) -> io::Result<()>;

    /// Ends the files.
    fn end(self: Box<Self>) -> io::Result<Tally>;
}

/// What became of the records.
#[derive(Debug, Default)]
struct Tally {
    /// The files that were written, below the folder of the export.
    files: Vec<PathBuf>,
    /// What was written how often: records by the key that they stand under in the report, or what the format makes of them.
    written: BTreeMap<String, u64>,
    /// What belongs into this format and could not be carried, and how often: each is a loss.
    lost: BTreeMap<&'static str, u64>,
    /// What was said otherwise than it stands in the report, and how often: the exact value stands elsewhere in the export.
    changed: BTreeMap<&'static str, u64>,
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, of: K) {
    *counts.entry(of).or_insert(0) += 1;
}

/// What came of one target.
#[derive(Debug)]
pub struct Made {
    /// Which.
    pub target: Target,
    /// How many files.
    pub files: usize,
    /// What was written how often.
    pub written: Vec<(String, u64)>,
    /// What belongs into the format and is not in it, and how often.
    pub lost: Vec<(&'static str, u64)>,
    /// What is said otherwise there, and how often.
    pub changed: Vec<(&'static str, u64)>,
}

/// Writes the targets into a folder, with `export.json`, which says what they are made from, and `manifest-sha256.txt`.
///
/// # Errors
/// Where the report cannot be read or is another one by now, or a file exists or cannot be written.
pub fn export(source: &Source, targets: &[Target], folder: &Path) -> io::Result<Vec<Made>> {
    let mut writers = Vec::new();
    for target in targets {
        writers.push((*target, target.writer(source, folder)?));
    }
    source.each(&mut |kind, record| {
        let item = Item { kind, record, source };
        writers.iter_mut().try_for_each(|(_, writer)| writer.record(&item))
    })?;
    let mut made = Vec::new();
    let mut files = Vec::new();
    for (target, writer) in writers {
        let mut tally = writer.end()?;
        tally.files.sort();
        made.push(Made {
            target,
            files: tally.files.len(),
            written: tally.written.into_iter().collect(),
            lost: tally.lost.into_iter().collect(),
            changed: tally.changed.into_iter().collect(),
        });
        files.append(&mut tally.files);
    }
    files.push(tell(source, &made, folder)?);
    list_files(&files, folder)?;
    Ok(made)
}

/// Writes `export.json`.
fn tell(source: &Source, made: &[Made], folder: &Path) -> io::Result<PathBuf> {
    let counts = |counts: &[(&'static str, u64)]| -> Value {
        counts.iter().map(|(what, count)| ((*what).to_owned(), Value::from(*count))).collect()
    };
    let exports: Vec<Value> = made
        .iter()
        .map(|made| {
            let written: Value = made.written.iter().map(|(what, n)| (what.clone(), Value::from(*n))).collect();
            json!({"to": made.target.name(), "format": made.target.says(), "written": written, "changed": counts(&made.changed),
                "lost": counts(&made.lost), "cannot_carry": made.target.cannot_carry()})
        })
        .collect();
    let told = json!({
        "format": {"name": "affiant-export", "version": 1},
        "tool": {"name": "affiant", "version": env!("CARGO_PKG_VERSION")},
        "report": {"sha256": source.sha256, "tool": {"name": source.head.get("tool")["name"], "version": source.head.get("tool")["version"]}},
        "evidence": source.head.get("evidence"),
        "exports": exports,
    });
    let name = PathBuf::from("export.json");
    File::create_new(folder.join(&name))?.write_all(format!("{told:#}\n").as_bytes())?;
    Ok(name)
}

/// Writes the hash list of the folder, as `sha256sum -c` reads it.
pub(super) fn list_files(files: &[PathBuf], folder: &Path) -> io::Result<()> {
    let mut lines = String::new();
    let mut files: Vec<String> = files.iter().map(|file| file.to_string_lossy().replace('\\', "/")).collect();
    files.sort();
    for file in files {
        lines.push_str(&format!("{}  {file}\n", sha256_of_file(&folder.join(&file))?));
    }
    File::create_new(folder.join(MANIFEST))?.write_all(lines.as_bytes())
}
