//! The selection as a report of its own: the records, redacted, and what is needed to hold them against the evidence.
//!
//! ```text
//! slice/data/report.json   format slice tool case evidence device files, and the lists of what was selected
//!       data/run.json      how it was made; nothing in it changes from run to run
//!       manifest-sha256.txt …   a BagIt bag, as that of a report
//! ```

use super::Request;
use super::front::Front;
use super::gather::Gathered;
use crate::report::bag::{BagInfo, PAYLOAD, write_bag};
use crate::report::case::Case;
use crate::report::export::Source;
use crate::report::seal::Sealed;
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
    let payload = folder.join(PAYLOAD);
    std::fs::create_dir_all(&payload)?;
    let mut out = BufWriter::with_capacity(1 << 20, Sealed::create(&payload, "report.json")?);
    out.write_all(b"{\n\"format\": ")?;
    serde_json::to_writer(&mut out, &json!({"name": "affiant-report", "version": 1}))?;
    let parts = [
        ("slice", told(source, request, gathered, front)),
        ("tool", source.head.get("tool").clone()),
        ("case", front.case.clone()),
        ("evidence", front.evidence.clone()),
        ("device", front.device.clone()),
    ];
    for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_null()) {
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
    let mut run = Sealed::create(&payload, "run.json")?;
    let made = json!({
        "tool": {"name": "affiant", "version": env!("CARGO_PKG_VERSION")},
        "slice_of": source.sha256(),
        "exhibit": request.label,
    });
    run.write_all(format!("{made:#}\n").as_bytes())?;
    let run_line = run.end()?;
    let evidence = front.evidence["name"].as_str().unwrap_or("what is withheld");
    // What a rule withholds of the case must not stand in `bag-info.txt` either.
    let case = Case::of_json(&front.case).unwrap_or_default();
    write_bag(folder, &[line, run_line], &BagInfo { date: &request.date, evidence, case: &case })?;
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
