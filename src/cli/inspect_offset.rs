//! `affiant inspect --offset N`: what stands at one byte of a database or its companions.

use super::args::InspectOptions;
use super::inspect::complain;
use super::inspect_page::odd;
use super::inspect_parts::{HEADING, bytes_of, dump, file_of, one_line, tree};
use super::{End, Ended, refuse};
use affiant::parse::sqlite::{Anatomy, Database, Files, Part, PartKind, Source};
use std::io::{self, Write};

/// Bytes of a region that are dumped.
const DUMPED: usize = 512;

/// Prints the parts that hold the byte, from the page to the field, then the region of the page in full.
pub(crate) fn run(
    out: &mut impl Write,
    options: &InspectOptions,
    offset: u64,
    (database, files): (&Database<'_>, &Files<'_>),
) -> Ended {
    database.findings().iter().for_each(complain);
    let source = options.source.map_or(Source::Main, Source::from);
    if file_of(files, source).is_empty() {
        return refuse(format!("no {source} with a byte in it lies beside the file"));
    }
    let anatomy = database.anatomy_at(source, offset)?;
    writeln!(out, "{source}, offset {offset:#x} ({offset})")?;
    let path = anatomy.root.path_to(offset);
    for part in &path {
        step(out, part, offset)?;
    }
    if let Some(page) = path.iter().find(|part| part.kind == PartKind::Page) {
        live_image(out, database, &anatomy, page)?;
    }
    around(out, &anatomy, files)?;
    writeln!(out, "\nfield by field\n{HEADING}")?;
    let region = region(&anatomy.root, &path);
    tree(out, region, (files, source), Some(offset))?;
    writeln!(out, "\nbytes")?;
    near(out, region, bytes_of(files, source, region), offset)?;
    odd(out, &anatomy, files)?;
    let lost = anatomy.findings.iter().any(|finding| finding.loss);
    Ok(if lost { End::Incomplete } else { End::Complete })
}

fn step(out: &mut impl Write, part: &Part, offset: u64) -> io::Result<()> {
    let (name, meaning) = (one_line(&part.name), one_line(&part.meaning));
    let colon = if meaning.is_empty() { "" } else { ": " };
    let within = offset - part.offset;
    writeln!(out, "  byte {within} of {:>6} at {:#x}  {name}{colon}{meaning}", part.length, part.offset)
}

/// The part of the page that holds the byte; outside a page the header or record.
fn region<'p>(root: &'p Part, path: &[&'p Part]) -> &'p Part {
    let page = path.iter().position(|part| part.kind == PartKind::Page);
    page.and_then(|page| path.get(page + 1)).copied().unwrap_or(root_or_envelope(root, path))
}

/// Of a frame or record its own fields, without the page in it.
fn root_or_envelope<'p>(root: &'p Part, path: &[&'p Part]) -> &'p Part {
    let holds_page = root.parts.iter().any(|part| part.kind == PartKind::Page);
    if holds_page { path.get(1).copied().unwrap_or(root) } else { root }
}

/// Where the live view reads this page, if it is elsewhere.
fn live_image(
    out: &mut impl Write,
    database: &Database<'_>,
    anatomy: &Anatomy,
    page: &Part,
) -> io::Result<()> {
    let images = anatomy.page.map_or(Vec::new(), |number| database.images(number));
    match images.iter().find(|image| image.is_live) {
        Some(live) if (live.source, live.offset) == (anatomy.source, page.offset) => {
            writeln!(out, "  the live view reads this image of the page")
        }
        Some(live) => writeln!(
            out,
            "  the live view reads another image of the page: {} at {:#x}, {}",
            live.source, live.offset, live.told
        ),
        None => writeln!(out, "  the live view has no such page"),
    }
}

/// The fields of the frame or record around a page.
fn around(out: &mut impl Write, anatomy: &Anatomy, files: &Files<'_>) -> io::Result<()> {
    if !anatomy.root.parts.iter().any(|part| part.kind == PartKind::Page) {
        return Ok(());
    }
    writeln!(out, "\n{}\n{HEADING}", one_line(&anatomy.root.name))?;
    let fields = anatomy.root.parts.iter().filter(|part| part.kind != PartKind::Page);
    fields.into_iter().try_for_each(|part| tree(out, part, (files, anatomy.source), None))
}

/// The bytes of a region; of a long one those around the offset.
fn near(out: &mut impl Write, region: &Part, bytes: &[u8], offset: u64) -> io::Result<()> {
    let within = usize::try_from(offset - region.offset).unwrap_or(0) / 16 * 16;
    let last = bytes.len().saturating_sub(DUMPED).div_ceil(16) * 16;
    let from = within.saturating_sub(DUMPED / 2).min(last);
    let to = bytes.len().min(from + DUMPED);
    if from > 0 {
        writeln!(out, "    … {from} bytes before")?;
    }
    dump(out, region.offset + from as u64, &bytes[from..to])?;
    if to < bytes.len() {
        writeln!(out, "    … {} bytes behind", bytes.len() - to)?;
    }
    Ok(())
}
