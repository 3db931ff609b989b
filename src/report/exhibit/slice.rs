//! The selection as a report of its own: the records, redacted, and what is needed to hold them against the evidence.
//!
//! ```text
//! slice/report.json   format slice tool evidence device files, and the lists of what was selected
//!       run.json      how it was made; nothing in it changes from run to run
//!       manifest-sha256.txt
//! ```

use super::Request;
use super::front::Front;
use super::gather::Gathered;
use crate::report::export::Source;
use crate::report::seal::{Sealed, write_manifest};
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Writes the folder of the slice; the SHA-256 of its report.
pub(super) fn write(
    source: &Source,
    request: &Request,
    (gathered, front): (&mut Gathered, &Front),
    folder: &Path,
) -> io::Result<String> {
    std::fs::create_dir(folder)?;
    let mut out = BufWriter::with_capacity(1 << 20, Sealed::create(folder, "report.json")?);
    out.write_all(b"{\n\"format\": ")?;
    serde_json::to_writer(&mut out, &json!({"name": "affiant-report", "version": 1}))?;
    let parts = [
        ("slice", told(source, request, gathered, front)),
        ("tool", source.head.get("tool").clone()),
        ("evidence", front.evidence.clone()),
        ("device", front.device.clone()),
    ];
    for (name, value) in parts {
        write!(out, ",\n\"{name}\": ")?;
        serde_json::to_writer(&mut out, &value)?;
    }
    out.write_all(b",\n\"files\": [")?;
    for (index, file) in front.files.iter().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, file)?;
    }
    out.write_all(b"]")?;
    gathered.copy(&mut out)?;
    out.write_all(b"\n}\n")?;
    let line = out.into_inner().map_err(io::IntoInnerError::into_error)?.end()?;
    let sha256 = line.split(' ').next().unwrap_or("").to_owned();
    let mut run = Sealed::create(folder, "run.json")?;
    let made = json!({
        "tool": {"name": "affiant", "version": env!("CARGO_PKG_VERSION")},
        "slice_of": source.sha256(),
        "exhibit": request.label,
    });
    run.write_all(format!("{made:#}\n").as_bytes())?;
    let run_line = run.end()?;
    write_manifest(folder, &[line, run_line])?;
    Ok(sha256)
}

/// What the slice says of itself.
fn told(source: &Source, request: &Request, gathered: &Gathered, front: &Front) -> Value {
    let selections: Vec<Value> = front
        .selections
        .iter()
        .zip(&gathered.taken)
        .map(|(text, taken)| json!({"select": text, "records": taken}))
        .collect();
    json!({
        "report": source.sha256(),
        "exhibit": request.label,
        "selections": selections,
        "records": gathered.selected,
        "of": source.counts,
        "rules": request.rules.told(),
        "withheld": gathered.log.count,
    })
}
