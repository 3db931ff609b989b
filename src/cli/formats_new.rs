//! `affiant formats new`: drafts a definition from a database or a Realm file.

use super::args::NewOptions;
use super::one_file::OneFile;
use super::text::printable;
use super::{End, Ended, refuse};
use affiant::artifact::{Catalog, Drafted, Sketched, draft, is_named, realm_sketches, sketches};
use std::io::{self, Write as _};

/// Runs the command: the draft goes to stdout.
pub(crate) fn run(options: &NewOptions) -> Ended {
    let one = OneFile::open(&options.from, &options.keys)?;
    if let Some(closed) = one.seal.closed() {
        return refuse(closed.told());
    }
    let main = one.seal.files(one.seized()).main;
    let (tables, sketched) = if affiant::parse::realm::is_realm(main) {
        let (tables, format) = realm_sketches(main)?;
        (tables, Sketched::Realm(format))
    } else {
        (sketches(&one.seal.database(one.seized())?), Sketched::Database)
    };
    for name in &options.table {
        if !tables.iter().any(|table| is_named(table, name)) {
            let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            return refuse(format!("no table {name}; there are: {}", printable(&known.join(", "))));
        }
    }
    let text = draft(&tables, &Drafted { file: one.name(), sketched, tables: &options.table });
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
