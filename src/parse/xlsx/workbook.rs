//! The workbook part: which sheets there are, and in which part each lies (18.2.20, 18.2.28).

use super::part::{at, attribute};
use crate::parse::tree::Findings;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A sheet of cells.
pub(super) struct Sheet {
    pub(super) name: String,
    /// The member of the zip.
    pub(super) part: String,
}

/// What a workbook names.
#[derive(Default)]
pub(super) struct Workbook {
    pub(super) sheets: Vec<Sheet>,
    /// The part with the shared strings, where there is one.
    pub(super) strings: Option<String>,
}

/// Sheets that are read.
const MOST_SHEETS: usize = 1_000;

/// One `Relationship`: id, type, target.
type Relation = (String, String, String);

/// Reads the workbook and its relationships.
pub(super) fn workbook(book: &[u8], relations: &[u8], findings: &mut Findings) -> Workbook {
    let relations = relationships(relations, findings);
    let strings = relations.iter().find(|(_, kind, _)| kind.ends_with("/sharedStrings"));
    let mut made = Workbook { sheets: Vec::new(), strings: strings.map(|(_, _, target)| target.clone()) };
    elements(book, findings, &mut |element, offset, findings| match element.local_name().as_ref() {
        b"sheet" => made.sheets.extend(sheet(element, &relations, offset, findings)),
        b"workbookPr"
            if attribute(element, b"date1904").is_some_and(|value| value == "1" || value == "true") =>
        {
            let message = "the workbook counts days from 1904: `excel_1904` is the format of its dates";
            findings.note("xlsx-days-from-1904", offset, message);
        }
        _ => {}
    });
    if made.sheets.len() > MOST_SHEETS {
        let message = format!("more than {MOST_SHEETS} sheets; the others are not read");
        findings.loss("xlsx-sheet-limit", 0, message);
        made.sheets.truncate(MOST_SHEETS);
    }
    made
}

fn sheet(
    element: &BytesStart<'_>,
    relations: &[Relation],
    offset: usize,
    findings: &mut Findings,
) -> Option<Sheet> {
    let name = attribute(element, b"name")?;
    if let Some(state) = attribute(element, b"state").filter(|state| state != "visible") {
        findings.note("xlsx-sheet-hidden", offset, format!("a sheet is {state}; it is read as the others"));
    }
    let id = attribute(element, b"id");
    match relations.iter().find(|(known, ..)| Some(known) == id.as_ref()) {
        Some((_, kind, target)) if kind.ends_with("/worksheet") => Some(Sheet { name, part: target.clone() }),
        // A sheet that is a chart or a dialog holds no cells.
        Some(_) => None,
        None => {
            findings.loss("xlsx-part-missing", offset, "a sheet names a relationship that is not there");
            None
        }
    }
}

fn relationships(bytes: &[u8], findings: &mut Findings) -> Vec<Relation> {
    let mut made = Vec::new();
    elements(bytes, findings, &mut |element, _, _| {
        if element.local_name().as_ref() == b"Relationship" {
            let named = |name| attribute(element, name);
            if let (Some(id), Some(kind), Some(target)) = (named(b"Id"), named(b"Type"), named(b"Target")) {
                made.push((id, kind, member(&target)));
            }
        }
    });
    made
}

/// The member that a target of `xl/workbook.xml` is: from the root where it begins with `/`, else from `xl/`.
fn member(target: &str) -> String {
    match target.strip_prefix('/') {
        Some(from_root) => from_root.to_owned(),
        None => format!("xl/{}", target.strip_prefix("./").unwrap_or(target)),
    }
}

fn elements(
    bytes: &[u8],
    findings: &mut Findings,
    each: &mut dyn FnMut(&BytesStart<'_>, usize, &mut Findings),
) {
    let mut reader = Reader::from_reader(bytes);
    loop {
        let offset = at(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => each(&element, offset, findings),
            Ok(Event::Eof) => return,
            Ok(_) => {}
            Err(error) => {
                findings.loss("xlsx-xml-broken", offset, format!("reading the workbook: {error}"));
                return;
            }
        }
    }
}
