//! `affiant inspect --page N`: one page of a database, field by field.

use super::args::InspectOptions;
use super::inspect::{complain, told};
use super::inspect_parts::{HEADING, one_line, tree};
use super::{End, Ended, refuse};
use affiant::parse::sqlite::{Anatomy, Database, Files, PageImage, Source};
use std::io::{self, Write};

/// Prints the image of the page that counts, or that of the file that was asked for.
pub(crate) fn run(
    out: &mut impl Write,
    options: &InspectOptions,
    page: u32,
    (database, files): (&Database<'_>, &Files<'_>),
) -> Ended {
    database.findings().iter().for_each(complain);
    let images = database.images(page);
    let Some(image) = wanted(&images, options.source.map(Source::from)) else {
        let file = options.source.map_or("any file", |choice| Source::from(choice).name());
        return refuse(format!("no image of page {page} in {file}"));
    };
    let anatomy = database.anatomy_of(image)?;
    writeln!(out, "{}: {}", anatomy.root.name, one_line(&anatomy.root.meaning))?;
    place(out, &anatomy, image, &images)?;
    regions(out, &anatomy)?;
    writeln!(out, "\nfield by field\n{HEADING}")?;
    for part in &anatomy.root.parts {
        tree(out, part, (files, anatomy.source), None)?;
    }
    odd(out, &anatomy, files)?;
    let lost = anatomy.findings.iter().any(|finding| finding.loss);
    Ok(if lost { End::Incomplete } else { End::Complete })
}

/// The live image; of a file that was named, the live one of it, else the last that counts, else the last.
fn wanted(images: &[PageImage], source: Option<Source>) -> Option<&PageImage> {
    let of = || images.iter().filter(|image| source.is_none_or(|source| source == image.source));
    of().find(|image| image.is_live).or_else(|| of().rfind(|image| image.counts)).or_else(|| of().next_back())
}

fn place(out: &mut impl Write, anatomy: &Anatomy, image: &PageImage, images: &[PageImage]) -> io::Result<()> {
    let (offset, length) = (anatomy.root.offset, anatomy.root.length);
    writeln!(out, "  {} ({}), offset {offset:#x} ({offset}), {length} bytes", image.source, image.told)?;
    for other in images {
        let live = if other.is_live { ", read by the live view" } else { "" };
        let here = if other == image { ", this one" } else { "" };
        writeln!(out, "  image in {} at {:#x}: {}{live}{here}", other.source, other.offset, other.told)?;
    }
    Ok(())
}

fn regions(out: &mut impl Write, anatomy: &Anatomy) -> io::Result<()> {
    writeln!(out, "\nregions (start and end on the page)\n   start    end  length  what")?;
    for part in &anatomy.root.parts {
        let start = part.offset - anatomy.root.offset;
        let end = part.end() - anatomy.root.offset;
        writeln!(out, "  {start:>6} {end:>6}  {:>6}  {}", part.length, one_line(&part.name))?;
    }
    Ok(())
}

/// What does not fit, and what claims bytes that another part has.
pub(crate) fn odd(out: &mut impl Write, anatomy: &Anatomy, files: &Files<'_>) -> io::Result<()> {
    if !anatomy.findings.is_empty() {
        writeln!(out, "\ndoes not fit")?;
    }
    for finding in &anatomy.findings {
        writeln!(out, "  {}", told(finding))?;
    }
    if !anatomy.overlapping.is_empty() {
        writeln!(out, "\nover other parts\n{HEADING}")?;
    }
    for part in &anatomy.overlapping {
        tree(out, part, (files, anatomy.source), None)?;
    }
    Ok(())
}
