//! `affiant formats new`: drafts a definition from a database.

use super::args::NewOptions;
use super::text::printable;
use super::{End, Ended, Refusal, keys, reading, refuse};
use affiant::artifact::{Catalog, Drafted, TableSketch, draft, sketches};
use affiant::evidence::{Companion, Content, Evidence};
use affiant::parse::sqlite::Files;
use std::io::{self, Write as _};

/// Runs the command: the draft goes to stdout.
pub(crate) fn run(options: &NewOptions) -> Ended {
    if !options.from.is_file() {
        return refuse(format!("no such file: {}", options.from.display()));
    }
    let spill = tempfile::tempdir()?;
    let evidence = Evidence::open(&options.from, reading(spill.path().to_owned(), keys(&options.keys)?))?;
    let tables = tables(&evidence)?;
    for name in &options.table {
        if !tables.iter().any(|table| table.name.eq_ignore_ascii_case(name)) {
            let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            return refuse(format!("no table {name}; there are: {}", printable(&known.join(", "))));
        }
    }
    let text = draft(&tables, &Drafted { file: evidence.base_name(), tables: &options.table });
    io::stdout().write_all(text.as_bytes())?;
    if !text.contains("[[record]]") {
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let names = names.join(", ");
        let mut err = io::stderr().lock();
        writeln!(
            err,
            "no table looks like records; name one with --table; there are: {}",
            printable(&names)
        )?;
        return Ok(End::Incomplete);
    }
    match Catalog::single("draft", &text) {
        Ok(_) => Ok(End::Complete),
        // A name that the language cannot take: said, and the draft is there to be mended.
        Err(faults) => {
            let mut err = io::stderr().lock();
            for fault in &faults {
                writeln!(err, "{fault}")?;
            }
            Ok(End::Incomplete)
        }
    }
}

fn tables(evidence: &Evidence) -> Result<Vec<TableSketch>, Refusal> {
    let name = format!("/{}", evidence.base_name());
    let Some(file) = evidence.files().iter().find(|file| file.device_path == name) else {
        return refuse("an archive is not one file: see `affiant identify`");
    };
    let main = evidence.read(file)?;
    let mut companions: Vec<(Companion, Content)> = Vec::new();
    for (companion, file) in evidence.companions(file) {
        companions.push((companion, evidence.read(file)?));
    }
    let beside = |wanted: Companion| {
        companions.iter().find(|(companion, _)| *companion == wanted).map(|(_, content)| &**content)
    };
    let seized = Files { main: &main, wal: beside(Companion::Wal), journal: beside(Companion::Journal) };
    let seal = evidence.unseal(file, seized)?;
    if let Some(closed) = seal.closed() {
        return refuse(closed.told());
    }
    Ok(sketches(&seal.database(seized)?))
}
