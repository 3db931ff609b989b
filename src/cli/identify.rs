//! `affiant identify`: what an extraction is.

use super::args::IdentifyOptions;
use super::text::{grouped, printable};
use super::{End, Ended, catalog, keys, reading, refuse};
use affiant::artifact::{Identified, identify};
use affiant::evidence::Evidence;
use std::io::{self, Write};

/// Runs the command.
pub(crate) fn run(options: &IdentifyOptions) -> Ended {
    if !options.evidence.exists() {
        return refuse(format!("no such evidence: {}", options.evidence.display()));
    }
    let catalog = catalog(options.formats.as_deref(), &[])?;
    let spill = tempfile::tempdir()?;
    let evidence = Evidence::open(&options.evidence, reading(spill.path().to_owned(), keys(&options.keys)?))?;
    let identified = identify(&evidence, catalog.definitions())?;
    let mut out = io::stdout().lock();
    if options.json {
        serde_json::to_writer_pretty(&mut out, &identified).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        tell(&mut out, &identified)?;
    }
    let unread = identified.artifacts.iter().any(|artifact| artifact.state != "readable");
    let damaged = evidence.findings().iter().any(|finding| finding.loss);
    Ok(if unread || damaged { End::Incomplete } else { End::Complete })
}

fn tell(out: &mut impl Write, identified: &Identified) -> io::Result<()> {
    let platforms = if identified.platforms.is_empty() {
        "no known platform".to_owned()
    } else {
        identified.platforms.join(", ")
    };
    let (files, bytes) = (grouped(identified.files as u64), grouped(identified.bytes));
    writeln!(
        out,
        "{}: {}, {platforms}, {files} files, {bytes} bytes",
        printable(&identified.name),
        identified.kind
    )?;
    for layer in &identified.layers {
        writeln!(out, "  with {} inside: {}", layer.kind, printable(&layer.within.join(" > ")))?;
    }
    let heading = if identified.artifacts.is_empty() {
        "nothing in it is what a definition reads"
    } else {
        "would be read:"
    };
    writeln!(out, "\n{heading}")?;
    for artifact in &identified.artifacts {
        let (path, size) = (printable(&artifact.path), grouped(artifact.size));
        let definitions = artifact.definitions.join(", ");
        let opened =
            artifact.encryption.as_ref().map_or(String::new(), |how| format!("; {}", printable(how)));
        writeln!(out, "  {:<15} {path}  ({size} bytes; {definitions}{opened})", artifact.state)?;
    }
    tell_encrypted(out, identified)?;
    tell_unknown(out, identified)?;
    if !identified.findings.is_empty() {
        writeln!(out, "\nodd:")?;
    }
    for finding in &identified.findings {
        writeln!(out, "  {}", printable(finding))?;
    }
    Ok(())
}

fn tell_encrypted(out: &mut impl Write, identified: &Identified) -> io::Result<()> {
    if !identified.encrypted.is_empty() {
        writeln!(out, "\nencrypted, and not opened:")?;
    }
    for file in &identified.encrypted {
        let tried = if file.tried == 0 {
            String::new()
        } else {
            format!("; {} keys tried, none opens it", file.tried)
        };
        writeln!(out, "  {}  ({}: {}{tried})", printable(&file.path), file.what, file.why)?;
        writeln!(out, "      needs {}", file.needs)?;
    }
    Ok(())
}

fn tell_unknown(out: &mut impl Write, identified: &Identified) -> io::Result<()> {
    if !identified.unknown_databases.is_empty() {
        writeln!(out, "\ndatabases that no definition reads:")?;
    }
    for database in &identified.unknown_databases {
        let (path, size) = (printable(&database.path), grouped(database.size));
        let tables = if database.tables.is_empty() {
            "no table could be read".to_owned()
        } else {
            database.tables.join(", ")
        };
        let opened =
            database.encryption.as_ref().map_or(String::new(), |how| format!("; {}", printable(how)));
        writeln!(out, "  {path}  ({size} bytes; {}{opened})", printable(&tables))?;
    }
    Ok(())
}
