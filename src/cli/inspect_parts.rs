//! Parts of a page as lines: offset, length, bytes, meaning.

use super::args::SourceChoice;
use super::text::{printable, xxd_line};
use affiant::parse::sqlite::{Files, Part, PartKind, Source};
use std::io::{self, Write};

/// Bytes of a field that are shown beside it.
const SHOWN: usize = 16;

/// What the columns of [`line`] are.
pub(crate) const HEADING: &str = "  offset     length  bytes                              what";

impl From<SourceChoice> for Source {
    fn from(choice: SourceChoice) -> Source {
        match choice {
            SourceChoice::Main => Source::Main,
            SourceChoice::Wal => Source::Wal,
            SourceChoice::Journal => Source::Journal,
        }
    }
}

/// The bytes of one of the files; none where it is not there.
pub(crate) fn file_of<'a>(files: &Files<'a>, source: Source) -> &'a [u8] {
    match source {
        Source::Main => files.main,
        Source::Wal => files.wal.unwrap_or(&[]),
        Source::Journal => files.journal.unwrap_or(&[]),
    }
}

/// The bytes of a part.
pub(crate) fn bytes_of<'a>(files: &Files<'a>, source: Source, part: &Part) -> &'a [u8] {
    let file = file_of(files, source);
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
    &file[place(part.offset)..place(part.end())]
}

/// Text from evidence on one line.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

/// One part as one line, moved in by its depth; of a structure its parts show the bytes.
fn line(out: &mut impl Write, part: &Part, bytes: &[u8], (mark, depth): (&str, usize)) -> io::Result<()> {
    let mut shown = String::new();
    if part.parts.is_empty() {
        shown = hex::encode(bytes.get(..SHOWN).unwrap_or(bytes));
    }
    if part.parts.is_empty() && bytes.len() > SHOWN {
        shown.push('…');
    }
    let colon = if part.meaning.is_empty() { "" } else { ": " };
    let told = one_line(&format!("{}{colon}{}", part.name, part.meaning));
    let (offset, length, indent) = (part.offset, part.length, 2 * depth);
    writeln!(out, "{mark:<2}{offset:#010x} {length:>6}  {shown:<33}  {:indent$}{told}", "")
}

/// A part and all that it is made of. The line of the leaf at `marked` begins with `>`.
pub(crate) fn tree(
    out: &mut impl Write,
    part: &Part,
    (files, source): (&Files<'_>, Source),
    marked: Option<u64>,
) -> io::Result<()> {
    let mut open = vec![(part, 0)];
    while let Some((part, depth)) = open.pop() {
        let is_marked = part.parts.is_empty() && marked.is_some_and(|offset| part.holds(offset));
        let bytes = bytes_of(files, source, part);
        line(out, part, bytes, (if is_marked { ">" } else { "" }, depth))?;
        if part.kind == PartKind::Unknown && part.parts.is_empty() && bytes.len() > SHOWN {
            dump(out, part.offset, bytes)?;
        }
        open.extend(part.parts.iter().rev().map(|inner| (inner, depth + 1)));
    }
    Ok(())
}

/// All bytes as `xxd` prints them; `*` stands for lines that are like the one before.
pub(crate) fn dump(out: &mut impl Write, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut before: Option<&[u8]> = None;
    let mut starred = false;
    for (index, line) in bytes.chunks(16).enumerate() {
        let again = before == Some(line);
        if !again {
            writeln!(out, "    {}", xxd_line(offset.saturating_add(16 * index as u64), line))?;
        } else if !starred {
            writeln!(out, "    *")?;
        }
        (before, starred) = (Some(line), again);
    }
    Ok(())
}
