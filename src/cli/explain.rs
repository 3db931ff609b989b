//! `affiant explain`: the walk from one record to its bytes.

use super::args::ExplainOptions;
use super::text::{printable, shell_word, xxd_line};
use super::verify::{no_record, open_head};
use super::{End, Ended, Refusal, catalog, keys, reading};
use affiant::artifact::{Bytes, WalkStep, survey, walk};
use affiant::evidence::{Evidence, Kind, Repeat};
use affiant::report;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Runs the command.
pub(crate) fn run(options: &ExplainOptions) -> Ended {
    let path = report::payload(&options.report).join("report.json");
    let head = open_head(&path)?;
    let Some((plural, record)) = find(&path, &options.record)? else { return no_record(&options.record) };
    let mut out = io::stdout().lock();
    introduce(&mut out, &plural, &record)?;
    let Some(evidence_path) = &options.evidence else {
        tell_rows(&mut out, head.list("files"), &record)?;
        return Ok(End::Complete);
    };
    let catalog = catalog(options.formats.as_deref(), &[])?;
    let spill = tempfile::tempdir()?;
    let evidence = Evidence::open(evidence_path, reading(spill.path().to_owned(), keys(&options.keys)?))?;
    let survey = survey(&evidence, catalog.definitions())?;
    let steps = walk(&survey, &Bytes::of(&survey), head.list("files"), &record);
    for (index, step) in steps.iter().enumerate() {
        tell_step(&mut out, index + 1, step)?;
        commands(&mut out, step, (evidence_path, holder(&evidence, step)))?;
    }
    let problem = steps.iter().any(|step| step.problem.is_some());
    Ok(if problem { End::Incomplete } else { End::Complete })
}

fn find(path: &Path, id: &str) -> Result<Option<(String, Value)>, Refusal> {
    let mut found = None;
    report::records(File::open(path)?, &mut |plural, record| {
        if record["id"] == id {
            found = Some((plural.to_owned(), record));
        }
        found.is_none()
    })?;
    Ok(found)
}

fn introduce(out: &mut impl Write, plural: &str, record: &Value) -> io::Result<()> {
    let text = |name: &str| record[name].as_str().map(printable).unwrap_or_default();
    writeln!(out, "{}", text("id"))?;
    writeln!(out, "  one of `{plural}`, {} by the definition {}", text("state"), text("artifact"))?;
    let Some(members) = record.as_object() else { return Ok(()) };
    for (name, value) in members.iter().filter(|(name, _)| *name != "provenance" && *name != "id") {
        writeln!(out, "  {name:<14} {}", printable(&value.to_string()))?;
    }
    Ok(())
}

/// The rows as the report names them, where no evidence is at hand.
fn tell_rows(out: &mut impl Write, files: &[Value], record: &Value) -> io::Result<()> {
    for row in record["provenance"]["rows"].as_array().into_iter().flatten() {
        let file = files.iter().find(|file| file["id"] == row["file"]).unwrap_or(&Value::Null);
        writeln!(
            out,
            "\n{}: {}",
            row["role"].as_str().unwrap_or(""),
            printable(file["path"].as_str().unwrap_or(""))
        )?;
        writeln!(out, "  sha256  {}", file["sha256"].as_str().unwrap_or(""))?;
        writeln!(out, "  row     {row}")?;
    }
    writeln!(out, "\nGive the evidence as the last argument to see the bytes.")
}

fn tell_step(out: &mut impl Write, number: usize, step: &WalkStep) -> io::Result<()> {
    writeln!(out, "\n{number}. {}: {}", printable(&step.role), printable(&step.path))?;
    writeln!(out, "   sha256  {}", step.sha256)?;
    if let Some((method, derived, _)) = &step.encryption {
        let place = if *derived {
            "offsets are those of the decrypted file"
        } else {
            "offsets are those of the file"
        };
        writeln!(out, "   sealed  {method}; {place}")?;
    }
    let rowid = step.rowid.map_or(String::new(), |rowid| format!(", rowid {rowid}"));
    let page = step.page.map_or(String::new(), |page| format!(", page {page}"));
    writeln!(out, "   place   {}{rowid}, view {}{page}", printable(&step.table), step.view)?;
    writeln!(out, "   bytes   offset {} ({:#x}), {} bytes", step.offset, step.offset, step.bytes.len())?;
    if let Some(problem) = &step.problem {
        writeln!(out, "   PROBLEM {}", printable(problem))?;
    }
    if let Some(reason) = &step.reason {
        writeln!(out, "   reason  {}", printable(reason))?;
    }
    hex_lines(out, step)?;
    for (column, value) in &step.values {
        writeln!(out, "   {} = {}", printable(column), printable(value))?;
    }
    Ok(())
}

/// The bytes as `xxd` prints them; of long rows the first 512.
fn hex_lines(out: &mut impl Write, step: &WalkStep) -> io::Result<()> {
    const SHOWN: usize = 512;
    for (line, bytes) in step.bytes.chunks(16).take(SHOWN / 16).enumerate() {
        writeln!(out, "   {}", xxd_line(step.offset.saturating_add(16 * line as u64), bytes))?;
    }
    if step.bytes.len() > SHOWN {
        writeln!(out, "   … {} bytes more", step.bytes.len() - SHOWN)?;
    }
    Ok(())
}

/// What a file of a step is taken out of: an image, wherever it lies, has to be mounted; a backup gives it other names or bytes.
fn holder(evidence: &Evidence, step: &WalkStep) -> Kind {
    let layers = evidence.layers();
    let image =
        layers.iter().find(|layer| layer.kind == Kind::RawImage && step.within.starts_with(&layer.within));
    let backup = layers.iter().find(|layer| layer.kind.is_backup());
    image.or(backup).map_or(evidence.kind(), |layer| layer.kind)
}

/// The command that puts out the file of a step. Of an archive in an archive it is a chain: BSD tar reads a zip and a
/// compressed tar from a pipe too. What is unpacked or decrypted from a backup lies nowhere as it is: there is none.
fn put_out(step: &WalkStep, evidence: &Path, kind: Kind) -> Option<String> {
    let whole = shell_word(&evidence.display().to_string());
    let mut names = step.within.iter().chain([&step.original]).map(|name| shell_word(name));
    let first = names.next().unwrap_or_else(String::new);
    let outer = match kind {
        Kind::Zip | Kind::Ufdr => format!("unzip -p {whole} {first}"),
        Kind::Folder | Kind::Ufed => {
            let evidence = match kind {
                Kind::Ufed => evidence.parent().unwrap_or(Path::new("")),
                _ => evidence,
            };
            let name = step.within.first().unwrap_or(&step.original).trim_start_matches('/');
            format!("cat {}", shell_word(&evidence.join(name).display().to_string()))
        }
        // Both GNU and BSD tar see by themselves how an archive is compressed.
        Kind::Tar | Kind::TarGzip | Kind::TarZstandard | Kind::TarBzip2 | Kind::TarXz => {
            format!("tar -xOf {whole} {first}")
        }
        Kind::ItunesBackup | Kind::AndroidBackup => return None,
        // A file system has to be mounted; the name is that in it.
        Kind::RawImage => return Some(format!("cat MOUNTED/{}", shell_word(&step.original))),
        Kind::File if step.source == "main" => format!("cat {whole}"),
        Kind::File => format!("cat {}", shell_word(&format!("{}-{}", evidence.display(), step.source))),
    };
    Some(names.fold(outer, |outer, name| format!("{outer} | bsdtar -xOf - {name}")))
}

/// Commands by which anyone can see the same.
fn commands(out: &mut impl Write, step: &WalkStep, (evidence, kind): (&Path, Kind)) -> io::Result<()> {
    let Some(read) = put_out(step, evidence, kind) else {
        return writeln!(out, "   stored  {}, in a backup", printable(&step.original));
    };
    writeln!(out, "   check:")?;
    writeln!(out, "     {read} | sha256sum")?;
    let part = match &step.encryption {
        None => read,
        // Whoever repeats it decrypts first; what stands at these offsets of the file itself is encrypted.
        Some((_, true, Repeat::Command(command))) => {
            writeln!(out, "     {command}   # FILE: the file above; KEY: its key")?;
            "cat PLAIN".to_owned()
        }
        Some(_) => {
            writeln!(out, "     # the bytes above are decrypted; in the file stand, encrypted:")?;
            read
        }
    };
    writeln!(
        out,
        "     {part} | tail -c +{} | head -c {} | xxd -o {}",
        step.offset.saturating_add(1),
        step.bytes.len(),
        step.offset
    )?;
    if let Some(rowid) = step.rowid.filter(|_| step.is_queried) {
        let table = step.table.replace('"', "\"\"");
        let query = format!("SELECT rowid, * FROM \"{table}\" WHERE rowid = {rowid}");
        let (program, file, query) = match &step.encryption {
            Some((_, _, Repeat::Statements(statements))) => {
                let query = format!("PRAGMA key = 'KEY'; {} {query}", statements.join(" "));
                ("sqlcipher", "COPY", query)
            }
            Some((_, true, _)) => ("sqlite3", "PLAIN", query),
            _ => ("sqlite3", "COPY", query),
        };
        let told = match (program, file) {
            ("sqlcipher", _) => {
                "COPY: the database and its -wal, copied elsewhere; KEY: the passphrase, or x''the digits''"
            }
            (_, "PLAIN") => "PLAIN: the decrypted file",
            _ => "COPY: the database and its -wal, copied elsewhere",
        };
        writeln!(out, "     {program} {file} {}   # {told}", shell_word(&query))?;
    }
    Ok(())
}
