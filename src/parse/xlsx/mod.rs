//! Spreadsheets in Office Open XML (ECMA-376 part 1, chapter 18): a zip of XML parts.
//!
//! ```text
//! xl/workbook.xml                sheets: name, state, relationship; whether days count from 1904     18.2
//! xl/_rels/workbook.xml.rels     relationship → part                                                 part 2, 9.3
//! xl/sharedStrings.xml           texts that cells name by number                                     18.4
//! xl/worksheets/sheet1.xml       rows, cells: reference, type, value                                 18.3.1.4
//! ```
//!
//! Offsets are those of the part as it is unpacked: `unzip -p book.xlsx xl/worksheets/sheet1.xml` gives the same bytes. A date is a
//! number of days whose look a style makes; what it means, the mapping says. Of a formula the value is read that was stored with it.

mod part;
mod sheet;
mod strings;
mod workbook;

use super::tree::{Budget, Findings};
use super::{Document, Error, Node, Span, Value, zip};
use std::borrow::Cow;
use workbook::Sheet;

/// Bytes of one part that are unpacked.
const MOST_PART: usize = 1 << 30;

const WORKBOOK: &str = "xl/workbook.xml";

/// Whether the first member of a zip is one that writers of spreadsheets begin with: a cheap look before the directory is read.
fn starts_like_one(input: &[u8]) -> bool {
    const FIRST: &[&[u8]] = &[b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype"];
    let name = input.get(30..).filter(|_| input.starts_with(b"PK\x03\x04"));
    name.is_some_and(|name| FIRST.iter().any(|first| name.starts_with(first)))
}

/// Whether the members of a zip are those of a workbook.
pub fn is_workbook<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(|name| name == WORKBOOK)
}

/// Whether bytes are a workbook.
#[must_use]
pub fn is_xlsx(input: &[u8]) -> bool {
    starts_like_one(input)
        && zip::archive(input)
            .is_ok_and(|archive| is_workbook(archive.members.iter().filter_map(|member| member.name.text)))
}

/// A part of a workbook, unpacked.
#[must_use]
pub fn part(input: &[u8], name: &str) -> Option<Vec<u8>> {
    let archive = zip::archive(input).ok()?;
    part::unpacked(input, &archive, name, &mut Findings::default())
}

/// Reads every sheet of a workbook.
///
/// # Errors
/// [`Error`] where it is no zip, or a zip without a workbook.
pub fn document(input: &[u8]) -> Result<Document<'static>, Error> {
    let archive = zip::archive(input)?;
    let mut findings = Findings::default();
    archive.findings.iter().for_each(|finding| findings.push(finding.clone()));
    let take = |name: &str, findings: &mut Findings| part::unpacked(input, &archive, name, findings);
    let Some(book) = take(WORKBOOK, &mut findings) else {
        return Err(Error::WrongKind { expected: "a workbook", found: format!("a zip without {WORKBOOK}") });
    };
    let relations = take("xl/_rels/workbook.xml.rels", &mut findings).unwrap_or_default();
    let book = workbook::workbook(&book, &relations, &mut findings);
    let shared = book.strings.as_deref().and_then(|name| take(name, &mut findings)).unwrap_or_default();
    let strings = strings::strings(&shared, &mut findings);
    let mut sheets: Vec<(Cow<'static, str>, Node<'static>)> = Vec::new();
    for Sheet { name, part } in book.sheets {
        let Some(bytes) = take(&part, &mut findings) else { continue };
        let mut budget = Budget::for_input(bytes.len().saturating_add(shared.len()));
        let rows = sheet::rows(&bytes, (&name, &part), &strings, (&mut budget, &mut findings));
        sheets.push((name.into(), rows.into_node(Span::between(0, bytes.len()))));
    }
    let root = Node { value: Value::Map(sheets), span: Span::between(0, input.len()) };
    Ok(Document { root, findings: findings.into_vec() })
}
