//! `affiant certificate`: the draft of an annex by which a person certifies a report.

use super::args::{CertificateForm, CertificateOptions};
use super::verify::open_head;
use super::{End, Ended, Refusal, refuse, seal};
use affiant::report::{self, CertificateFacts, Form, MOST};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Runs the command.
pub(crate) fn run(options: &CertificateOptions) -> Ended {
    let folder = &options.report;
    let broken = report::check_manifest(folder);
    let broken =
        broken.map_err(|error| Refusal(format!("{}: {error}", folder.join(report::MANIFEST).display())))?;
    if let Some(broken) = broken.first() {
        return refuse(format!(
            "no annex is drafted for a report that was changed: {}: {}",
            broken.name, broken.message
        ));
    }
    let (differences, seals) = seal::standing(folder, options.public_key.as_deref())?;
    if let Some(difference) = differences.first() {
        return refuse(format!("{}: {}", difference.place, difference.message));
    }
    let payload = report::payload(folder);
    let head = open_head(&payload.join("report.json"))?;
    let run: Value = serde_json::from_slice(&fs::read(payload.join("run.json"))?)?;
    let (identifiers, more_identifiers) = identifiers(&payload.join("report.json"))?;
    let facts = CertificateFacts {
        head: &head,
        run: &run,
        identifiers: &identifiers,
        more_identifiers,
        hashes: &hashes(folder)?,
        seals: &seals,
    };
    let forms: &[Form] = match options.form {
        Some(CertificateForm::Us) => &[Form::UnitedStates],
        Some(CertificateForm::Uk) => &[Form::EnglandAndWales],
        None => &[Form::UnitedStates, Form::EnglandAndWales],
    };
    write(&options.output, &mut |out| report::certificate(&facts, forms, out))?;
    Ok(End::Complete)
}

/// Writes a new file, or stdout for `-`.
pub(super) fn write(
    path: &Path,
    what: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Refusal> {
    if path == Path::new("-") {
        return Ok(what(&mut io::stdout().lock())?);
    }
    let file = File::create_new(path).map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    let mut out = BufWriter::new(file);
    what(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// The identifiers of the device, the first of them.
fn identifiers(path: &Path) -> Result<(Vec<Value>, u64), Refusal> {
    let (mut kept, mut more) = (Vec::new(), 0);
    report::records(File::open(path)?, &mut |plural, record| {
        if plural != "device_identifiers" {
            return false;
        }
        if kept.len() < MOST {
            kept.push(record)
        } else {
            more += 1
        }
        true
    })?;
    Ok((kept, more))
}

/// The hash list as it stands, and the hash of the list itself.
fn hashes(folder: &Path) -> Result<Vec<(String, String)>, Refusal> {
    let list = fs::read_to_string(folder.join(report::MANIFEST))?;
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    let mut hashes: Vec<(String, String)> =
        lines.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect();
    let own = report::sha256_of_file(&folder.join(report::MANIFEST))?;
    hashes.push((report::MANIFEST.to_owned(), own));
    Ok(hashes)
}
