//! Puts the page together: markup, style and script as they stand beside this file, then the data.
//!
//! The policy in the page's head forbids every connection and every script but the one whose SHA-256 it names; of a page in parts, those
//! of its own place too.

use super::encode::text;
use super::numbering::Numbered;
use super::spool::PartSpool;
use crate::record::kinds::KINDS;
use crate::report::read::Head;
use crate::report::seal::Sealed;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{self, BufWriter, Write};
use std::path::Path;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
/// One script, in the order in which its pieces use each other.
const SCRIPT: &[&str] = &[
    include_str!("text.js"),
    include_str!("zone.js"),
    include_str!("store.js"),
    include_str!("select.js"),
    include_str!("list.js"),
    include_str!("record.js"),
    include_str!("overview.js"),
    include_str!("reading.js"),
    include_str!("threads.js"),
    include_str!("table.js"),
    include_str!("pictures.js"),
    include_str!("print.js"),
    include_str!("main.js"),
];

/// The folder of the parts of a page that is too large for one file.
const PARTS: &str = "report-parts";
/// Parts that lie in one file.
const PARTS_A_FILE: usize = 8;

/// What a page is put together from, beside its parts.
pub(super) struct Layout<'l> {
    pub(super) head: &'l Head,
    /// SHA-256 of `report.json`.
    pub(super) sha256: &'l str,
    pub(super) is_single: bool,
}

impl Layout<'_> {
    pub(super) fn write(
        &self,
        mut numbered: Numbered,
        mut entries: PartSpool,
        folder: &Path,
    ) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        if !self.is_single {
            std::fs::create_dir(folder.join(PARTS))?;
        }
        let mut page = BufWriter::with_capacity(1 << 18, Sealed::create(folder, "report.html")?);
        let script = SCRIPT.concat();
        let (before, after) = self.shell(&script)?;
        page.write_all(before.as_bytes())?;
        data_element(&mut page, "head", &self.head(&numbered, &entries))?;
        writeln!(page, "<script>{script}</script>")?;
        for spool in [&mut entries, &mut numbered.spool] {
            if self.is_single {
                spool.each(&mut |kind, number, part| {
                    data_element(&mut page, &format!("{kind}-{number}"), part)
                })?;
            } else {
                lines.append(&mut files(spool, folder)?);
            }
        }
        page.write_all(after.as_bytes())?;
        lines.insert(0, page.into_inner().map_err(io::IntoInnerError::into_error)?.end()?);
        Ok(lines)
    }

    /// The markup before and after the data.
    fn shell(&self, script: &str) -> io::Result<(String, String)> {
        let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
        let (more, types) = if self.is_single { ("", "'none'") } else { (" 'self'", "parts") };
        let policy = format!(
            "default-src 'none'; script-src {}{more}; style-src {}; base-uri 'none'; form-action 'none'; \
             require-trusted-types-for 'script'; trusted-types {types}",
            hash(script),
            hash(STYLE),
        );
        let page = PAGE.replace("%POLICY%", &policy).replace("%STYLE%", STYLE);
        let (before, after) =
            page.split_once("%DATA%").ok_or_else(|| io::Error::other("a page without data"))?;
        Ok((before.to_owned(), after.to_owned()))
    }

    /// All of the report but its records, and how the parts lie.
    fn head(&self, numbered: &Numbered, entries: &PartSpool) -> Vec<u8> {
        let report: Map<String, Value> = self
            .head
            .keys()
            .filter(|key| *key != "inventory")
            .map(|key| (key.to_owned(), self.head.get(key).clone()))
            .collect();
        let mut parts = numbered.spool.counts();
        parts.extend(entries.counts());
        let titles: Map<String, Value> =
            KINDS.iter().map(|kind| (kind.plural.to_owned(), json!([kind.name, kind.doc]))).collect();
        let head = json!({
            "report": report, "sha256": self.sha256, "records": numbered.records(), "kinds": numbered.kinds,
            "titles": titles, "parts": parts, "parts_a_file": if self.is_single { 0 } else { PARTS_A_FILE },
        });
        let mut part = super::spool::Part::default();
        part.push(&head);
        part.written()
    }
}

fn data_element(page: &mut impl Write, name: &str, json: &[u8]) -> io::Result<()> {
    write!(page, "<script type=\"application/json\" id=\"{name}\">")?;
    page.write_all(json)?;
    page.write_all(b"</script>\n")
}

/// Writes the parts of a spool as scripts that hand over their JSON; gives their lines of the hash list.
fn files(spool: &mut PartSpool, folder: &Path) -> io::Result<Vec<String>> {
    let mut files = PartFiles { folder, open: None, lines: Vec::new() };
    spool.each(&mut |kind, number, part| files.put(kind, number, part))?;
    files.end()?;
    Ok(files.lines)
}

/// The file of parts that is being written.
struct PartFiles<'f> {
    folder: &'f Path,
    open: Option<(String, BufWriter<Sealed>)>,
    lines: Vec<String>,
}

impl PartFiles<'_> {
    fn put(&mut self, kind: &str, number: usize, part: &[u8]) -> io::Result<()> {
        let name = format!("{PARTS}/{kind}-{:05}.js", number / PARTS_A_FILE);
        if self.open.as_ref().is_none_or(|(open, _)| *open != name) {
            self.end()?;
            let file = BufWriter::with_capacity(1 << 18, Sealed::create(self.folder, &name)?);
            self.open = Some((name, file));
        }
        let Some((_, file)) = &mut self.open else { return Ok(()) };
        // A string that the page reads as JSON, and no literal: a member named __proto__ is a member there.
        let mut line = b"affiantPart(".to_vec();
        text(&format!("{kind}-{number}"), &mut line);
        line.push(b',');
        text(std::str::from_utf8(part).map_err(io::Error::other)?, &mut line);
        line.extend(b");\n");
        file.write_all(&line)
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some((_, file)) = self.open.take() {
            self.lines.push(file.into_inner().map_err(io::IntoInnerError::into_error)?.end()?);
        }
        Ok(())
    }
}
