//! The rows and cells of a sheet (18.3.1.73, 18.3.1.4).
//!
//! ```text
//! <row r="17" hidden="1"><c r="C17" t="s"><f>…</f><v>42</v></c><c r="D17" t="inlineStr"><is><t>text</t></is></c></row>
//! t: s shared string · inlineStr · str text of a formula · b truth value · e error · d ISO 8601 · n number, also where it is absent
//! ```

use super::part::{at, attribute, plain};
use super::strings::Text;
use crate::parse::grid::{MOST_COLUMNS, Rows, column, letters};
use crate::parse::tree::{Budget, Findings};
use crate::parse::{Node, Span, Value};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Rows that a sheet can have (18.3.1.73).
const MOST_ROWS: usize = 1_048_576;

/// Reads a sheet.
pub(super) fn rows(
    bytes: &[u8],
    (name, part): (&str, &str),
    strings: &[String],
    (budget, findings): (&mut Budget, &mut Findings),
) -> Rows<'static> {
    let mut reader = Reader::from_reader(bytes);
    let mut sheet = Sheet {
        rows: Rows::of(Some(part.to_owned())),
        strings,
        budget,
        findings,
        row: None,
        cell: None,
        formulas: 0,
        hidden: 0,
    };
    loop {
        let start = at(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => sheet.see(&event, start, at(reader.buffer_position())),
            Err(error) => {
                let message = format!("reading {part}: {error}; what follows is not read");
                sheet.findings.loss("xlsx-xml-broken", start, message);
                break;
            }
        }
        if sheet.budget.is_exhausted() {
            break;
        }
    }
    sheet.tell(name);
    sheet.rows
}

struct Sheet<'s> {
    rows: Rows<'static>,
    strings: &'s [String],
    budget: &'s mut Budget,
    findings: &'s mut Findings,
    row: Option<Row>,
    cell: Option<Cell>,
    formulas: u64,
    hidden: u64,
}

struct Row {
    number: usize,
    start: usize,
    cells: Vec<(Cow<'static, str>, Node<'static>)>,
    next: usize,
}

struct Cell {
    column: usize,
    start: usize,
    kind: String,
    value: String,
    in_value: bool,
    text: Text,
}

impl Sheet<'_> {
    fn see(&mut self, event: &Event<'_>, start: usize, end: usize) {
        match event {
            Event::Start(element) => self.open(element, start),
            Event::Empty(element) => match element.local_name().as_ref() {
                b"row" => {
                    self.begin_row(element, start);
                    self.end_row(end);
                }
                b"c" => self.skip_cell(element),
                b"f" => self.formulas = self.formulas.saturating_add(1),
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                b"row" => self.end_row(end),
                b"c" => self.end_cell(end),
                b"v" => self.cell.iter_mut().for_each(|cell| cell.in_value = false),
                _ => self.cell.iter_mut().for_each(|cell| cell.text.see(event)),
            },
            Event::Text(text) => {
                let Some(cell) = &mut self.cell else { return };
                if cell.in_value {
                    match text.unescape() {
                        Ok(text) => cell.value.push_str(&text),
                        Err(_) => cell.value.push_str(&String::from_utf8_lossy(text)),
                    }
                }
                cell.text.see(event);
            }
            other => self.cell.iter_mut().for_each(|cell| cell.text.see(other)),
        }
    }

    fn open(&mut self, element: &BytesStart<'_>, start: usize) {
        match element.local_name().as_ref() {
            b"row" => self.begin_row(element, start),
            b"c" => {
                let column = self.column_of(element);
                let kind = attribute(element, b"t").unwrap_or_default();
                let (value, text) = (String::new(), Text::default());
                self.cell = column.map(|column| Cell { column, start, kind, value, in_value: false, text });
            }
            b"v" => self.cell.iter_mut().for_each(|cell| cell.in_value = true),
            b"f" => self.formulas = self.formulas.saturating_add(1),
            _ => self.cell.iter_mut().for_each(|cell| cell.text.see(&Event::Start(element.borrow()))),
        }
    }

    fn begin_row(&mut self, element: &BytesStart<'_>, start: usize) {
        let named = attribute(element, b"r").and_then(|number| number.parse::<usize>().ok());
        let number = named.unwrap_or(self.rows.next());
        if attribute(element, b"hidden").is_some_and(|value| value == "1" || value == "true") {
            self.hidden = self.hidden.saturating_add(1);
        }
        self.row = Some(Row { number, start, cells: Vec::new(), next: 0 });
    }

    fn end_row(&mut self, end: usize) {
        let Some(row) = self.row.take() else { return };
        let span = Span::between(row.start, end);
        if row.number == 0 || row.number > MOST_ROWS || !self.rows.put(row.number, row.cells, span) {
            let message = format!(
                "row {} stands out of order, twice or beyond the last row; it is not read",
                row.number
            );
            self.findings.loss("xlsx-row-misplaced", row.start, message);
        }
    }

    /// The column of a cell; where no reference says it, the next one (18.3.1.4: `r` is optional).
    fn column_of(&mut self, element: &BytesStart<'_>) -> Option<usize> {
        let row = self.row.as_mut()?;
        let reference = attribute(element, b"r");
        let named = reference.as_deref().and_then(|reference| {
            column(reference.trim_end_matches(|character: char| character.is_ascii_digit()))
        });
        let found = named.unwrap_or(row.next);
        row.next = found.saturating_add(1);
        Some(found)
    }

    fn skip_cell(&mut self, element: &BytesStart<'_>) {
        let _ = self.column_of(element);
    }

    fn end_cell(&mut self, end: usize) {
        let Some(mut cell) = self.cell.take() else { return };
        let span = Span::between(cell.start, end);
        let Some(value) = self.value(&mut cell) else { return };
        if cell.column >= MOST_COLUMNS {
            let message = format!("a cell past column {MOST_COLUMNS} is not read");
            return self.findings.loss("xlsx-column-limit", cell.start, message);
        }
        let size = value.as_text().map_or(0, str::len);
        if let Err(error) = self.budget.spend(size, span.offset, "cells of a sheet") {
            return self.findings.lost("xlsx-limit", &error);
        }
        let Some(row) = &mut self.row else { return };
        row.cells.push((Cow::Owned(letters(cell.column)), Node { value, span }));
    }

    fn value(&mut self, cell: &mut Cell) -> Option<Value<'static>> {
        let text = |text: String| Value::Text(Cow::Owned(text));
        match cell.kind.as_str() {
            "inlineStr" => Some(text(cell.text.take())),
            _ if cell.value.is_empty() => None,
            "s" => {
                let shared = cell.value.trim().parse::<usize>().ok().and_then(|at| self.strings.get(at));
                if shared.is_none() {
                    let message = "a cell names a shared string that is not there";
                    self.findings.loss("xlsx-string-missing", cell.start, message);
                }
                shared.map(|shared| text(shared.clone()))
            }
            "b" => Some(Value::Bool(cell.value.trim() == "1")),
            "str" | "d" => Some(text(plain(&cell.value))),
            "e" => {
                self.findings.note("xlsx-cell-error", cell.start, "a cell holds the error of a formula");
                Some(text(std::mem::take(&mut cell.value)))
            }
            _ => Some(number(&cell.value)),
        }
    }

    /// What an examiner has to know of the sheet as a whole.
    fn tell(&mut self, name: &str) {
        if self.formulas > 0 {
            let message = format!(
                "{} cells of the sheet {name} are formulas: what is read is the value that was stored with each",
                self.formulas
            );
            self.findings.note("xlsx-formulas", 0, message);
        }
        if self.hidden > 0 {
            let message =
                format!("{} rows of the sheet {name} are hidden; they are read as the others", self.hidden);
            self.findings.note("xlsx-rows-hidden", 0, message);
        }
    }
}

/// A number as it is stored: whole where it is written as such, else a double.
fn number(text: &str) -> Value<'static> {
    let text = text.trim();
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(whole), _) => Value::Integer(whole),
        (_, Ok(real)) => Value::Real(real),
        _ => Value::Text(Cow::Owned(text.to_owned())),
    }
}
