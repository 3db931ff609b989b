//! A workbook: a front sheet, one sheet for each kind of record, and the rest of texts that no cell holds. Written with
//! `rust_xlsxwriter`, whose rows go to nameless files.
//!
//! Texts are written as texts: none is a formula, none becomes a number or a date. Times are texts in UTC, because a date of a
//! spreadsheet has no zone and ends at milliseconds. Limits of the format are those of Microsoft, *Excel specifications and limits*.

use super::columns::{Layout, Part};
use super::reading::{member, without_controls};
use super::row::{Cell, Row};
use super::{Export, Item, Source, Tally, Target, count};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Rows of a sheet, the header among them.
const ROWS: u32 = 1_048_576;
/// UTF-16 units of a cell.
const UNITS: usize = 32_767;
/// Whole numbers that a double holds.
const EXACT: i64 = 9_007_199_254_740_992;
/// A report of this size may make sheets past 4 GiB, for which the zip needs another form.
const LARGE: u64 = 1 << 30;

const NAME: &str = "report.xlsx";
const CONTINUED: &str = "a text longer than a cell: it goes on on the sheet `Continued`";
const CONTROL: &str = "a text with control characters: their pictures stand for them";

/// A sheet that rows are added to.
struct Sheet {
    index: usize,
    title: String,
    /// How many sheets of this title there were before.
    number: u32,
    row: u32,
}

/// The workbook.
pub(super) struct Xlsx {
    book: Workbook,
    folder: PathBuf,
    kinds: Vec<(Layout, Sheet)>,
    continued: Option<Sheet>,
    header: Format,
    gone: Format,
    /// Rows of the front sheet: what, how much.
    front: Vec<(String, String)>,
    sheets: usize,
    /// Rows of a sheet.
    limit: u32,
    tally: Tally,
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => io::Error::other(error),
    }
}

impl Xlsx {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        Self::with_limit(source, folder, ROWS)
    }

    fn with_limit(source: &Source, folder: &Path, limit: u32) -> io::Result<Self> {
        let mut book = Workbook::new();
        book.set_tempdir(folder).map_err(failed)?;
        book.use_zip_large_file(source.bytes()? >= LARGE);
        // The clock of this machine has no place in the file.
        let beginning = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
        book.set_properties(
            &DocProperties::new().set_creation_datetime(&beginning).set_title("affiant report"),
        );
        book.add_worksheet().set_name("Report").map_err(failed)?;
        Ok(Xlsx {
            book,
            folder: folder.to_owned(),
            kinds: Vec::new(),
            continued: None,
            header: Format::new().set_bold().set_background_color(Color::RGB(0x00D9_E1F2)),
            gone: Format::new().set_background_color(Color::RGB(0x00FF_F2CC)),
            front: front(source),
            sheets: 1,
            limit,
            tally: Tally { files: vec![NAME.into()], ..Tally::default() },
        })
    }

    /// The sheet of a kind with room for a row.
    fn sheet(&mut self, item: &Item<'_>) -> io::Result<usize> {
        let known = self.kinds.iter().position(|(layout, _)| layout.kind == item.kind);
        let position = known.unwrap_or(self.kinds.len());
        if known.is_none() {
            let members = item.source.members.get(item.kind.plural);
            let layout = Layout::of(item.kind);
            let layout = members.map_or_else(|| layout.clone(), |members| layout.clone().only(members));
            // As if one was full: the first is made as the next ones are.
            let none = Sheet { index: 0, title: title(item.kind.plural), number: 0, row: self.limit };
            self.kinds.push((layout, none));
        }
        let Some((layout, sheet)) = self.kinds.get_mut(position) else { return Ok(position) };
        if sheet.row >= self.limit {
            let title = (sheet.title.as_str(), sheet.number + 1);
            *sheet = new_sheet(&mut self.book, title, &mut self.sheets, &names(layout), &self.header)?;
            groups(&mut self.book, sheet.index, layout)?;
        }
        Ok(position)
    }

    /// Writes the parts of a text behind the first.
    fn go_on(&mut self, place: [&str; 3], rest: &[&str]) -> io::Result<()> {
        for (index, part) in rest.iter().enumerate() {
            let sheet = match self.continued.take() {
                Some(sheet) if sheet.row < self.limit => sheet,
                full => {
                    let names = ["record", "sheet", "column", "part", "of", "text"].map(str::to_owned);
                    let number = full.map_or(1, |full| full.number + 1);
                    new_sheet(&mut self.book, ("Continued", number), &mut self.sheets, &names, &self.header)?
                }
            };
            let sheet = self.continued.insert(sheet);
            let page = self.book.worksheet_from_index(sheet.index).map_err(failed)?;
            for (column, text) in (0_u16..).zip(place) {
                page.write_string(sheet.row, column, text).map_err(failed)?;
            }
            page.write_number(sheet.row, 3, (index + 2) as f64).map_err(failed)?;
            page.write_number(sheet.row, 4, (rest.len() + 1) as f64).map_err(failed)?;
            page.write_string(sheet.row, 5, *part).map_err(failed)?;
            sheet.row += 1;
        }
        Ok(())
    }

    fn write_front(&mut self) -> io::Result<()> {
        let page = self.book.worksheet_from_index(0).map_err(failed)?;
        page.set_column_width(0, 34).map_err(failed)?.set_column_width(1, 110).map_err(failed)?;
        let changed = self
            .tally
            .changed
            .iter()
            .map(|(what, times)| (format!("Said otherwise: {what}"), times.to_string()));
        for (row, (what, said)) in (0_u32..).zip(std::mem::take(&mut self.front).into_iter().chain(changed)) {
            page.write_string_with_format(row, 0, what, &self.header).map_err(failed)?;
            let parts = parts(&said);
            page.write_string(row, 1, parts.first().copied().unwrap_or("")).map_err(failed)?;
        }
        Ok(())
    }
}

impl Xlsx {
    /// A last sheet that says what every column means.
    fn write_meanings(&mut self) -> io::Result<()> {
        let names = ["sheet", "column", "text"].map(str::to_owned);
        let mut sheet = new_sheet(&mut self.book, ("Columns", 1), &mut self.sheets, &names, &self.header)?;
        let page = self.book.worksheet_from_index(sheet.index).map_err(failed)?;
        for (layout, of) in &self.kinds {
            for column in &layout.columns {
                for (number, text) in (0_u16..).zip([of.title.as_str(), &column.name, column.doc]) {
                    page.write_string(sheet.row, number, text).map_err(failed)?;
                }
                sheet.row += 1;
            }
        }
        Ok(())
    }
}

impl Export for Xlsx {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let position = self.sheet(item)?;
        let Some((layout, sheet)) = self.kinds.get_mut(position) else { return Ok(()) };
        let mut row = Row::of(layout, item);
        let controls = row.say(layout, &without_returns);
        let is_gone = item.record["state"].as_str().is_some_and(|state| state != "live");
        let format = is_gone.then_some(&self.gone);
        let page = self.book.worksheet_from_index(sheet.index).map_err(failed)?;
        let mut long = Vec::new();
        for ((column, held), number) in layout.columns.iter().zip(row.cells(layout)).zip(0_u16..) {
            if let Some(text) = write(page, (sheet.row, number), &held, format).map_err(failed)? {
                long.push((column.name.clone(), text));
            }
        }
        sheet.row += 1;
        let title = numbered(&sheet.title, sheet.number);
        for (column, text) in long {
            let parts = parts(&text);
            self.go_on([&member(item.record, "id"), &title, &column], parts.get(1..).unwrap_or_default())?;
            count(&mut self.tally.changed, CONTINUED);
        }
        count(&mut self.tally.written, item.kind.plural.to_owned());
        if controls > 0 {
            *self.tally.changed.entry(CONTROL).or_insert(0) += controls;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        self.write_meanings()?;
        self.write_front()?;
        let file = std::fs::File::create_new(self.folder.join(NAME))?;
        self.book.save_to_writer(file).map_err(failed)?;
        Ok(self.tally)
    }
}

fn names(layout: &Layout) -> Vec<String> {
    layout.columns.iter().map(|column| column.name.clone()).collect()
}

/// Adds a sheet with a header that stays in sight.
fn new_sheet(
    book: &mut Workbook,
    (title, number): (&str, u32),
    sheets: &mut usize,
    names: &[String],
    header: &Format,
) -> io::Result<Sheet> {
    let page = book.add_worksheet_with_constant_memory().map_err(failed)?;
    page.set_name(numbered(title, number)).map_err(failed)?;
    page.set_freeze_panes(1, 0).map_err(failed)?;
    for (column, name) in (0_u16..).zip(names) {
        let width = match name.as_str() {
            "body" | "text" | "message" | "value" => 60,
            "id" | "record" => 26,
            name if name.ends_with("_at") => 26,
            _ => 16,
        };
        page.set_column_width(column, width).map_err(failed)?;
        page.write_string_with_format(0, column, name, header).map_err(failed)?;
    }
    let sheet = Sheet { index: *sheets, title: title.to_owned(), number, row: 1 };
    *sheets += 1;
    Ok(sheet)
}

/// What is stored of each time is folded away beside it: one click shows it.
fn groups(book: &mut Workbook, index: usize, layout: &Layout) -> io::Result<()> {
    let page = book.worksheet_from_index(index).map_err(failed)?;
    for (column, number) in layout.columns.iter().zip(0_u16..) {
        if column.part == Part::OfTime("raw") {
            page.group_columns_collapsed(number, number + 2).map_err(failed)?;
        }
    }
    Ok(())
}

/// `device_identifiers` → `Device identifiers`.
pub(super) fn title(plural: &str) -> String {
    let mut letters = plural.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).map(|letter| if letter == '_' { ' ' } else { letter }).collect()
}

fn numbered(title: &str, number: u32) -> String {
    if number == 1 { title.to_owned() } else { format!("{title} {number}") }
}

/// Writes a cell; the whole text, where it is longer than a cell.
fn write(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    format: Option<&Format>,
) -> Result<Option<String>, XlsxError> {
    let number = match cell {
        Cell::Integer(value) if value.abs() <= EXACT => Some(*value as f64),
        Cell::Number(value) => Some(*value),
        _ => None,
    };
    if let Some(number) = number {
        match format {
            Some(format) => page.write_number_with_format(row, column, number, format)?,
            None => page.write_number(row, column, number)?,
        };
        return Ok(None);
    }
    if let Cell::Bool(value) = cell {
        match format {
            Some(format) => page.write_boolean_with_format(row, column, *value, format)?,
            None => page.write_boolean(row, column, *value)?,
        };
        return Ok(None);
    }
    let Some(text) = cell.text() else { return Ok(None) };
    let first = parts(&text).first().copied().unwrap_or("");
    match format {
        Some(format) => page.write_string_with_format(row, column, first, format)?,
        None => page.write_string(row, column, first)?,
    };
    Ok((first.len() < text.len()).then(|| text.clone().into_owned()))
}

/// The text in parts that a cell holds.
fn parts(text: &str) -> Vec<&str> {
    // No character takes more UTF-16 units than bytes.
    if text.len() <= UNITS {
        return vec![text];
    }
    let (mut parts, mut start, mut units) = (Vec::new(), 0, 0);
    for (at, character) in text.char_indices() {
        if units + character.len_utf16() > UNITS {
            parts.extend(text.get(start..at));
            (start, units) = (at, 0);
        }
        units += character.len_utf16();
    }
    parts.extend(text.get(start..));
    parts
}

/// A carriage return is written in no cell: XML readers make a line feed of it.
fn without_returns(text: &str) -> Option<String> {
    if !text.contains('\r') {
        return without_controls(text);
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\u{240d}");
    Some(without_controls(&text).unwrap_or(text))
}

/// What the report is, how many records it holds, and what a workbook cannot carry.
fn front(source: &Source) -> Vec<(String, String)> {
    let (tool, evidence) = (source.head.get("tool"), source.head.get("evidence"));
    let mut rows = vec![
        ("Report".to_owned(), "report.json".to_owned()),
        ("SHA-256 of report.json".to_owned(), source.sha256.clone()),
        ("Made by".to_owned(), format!("affiant {}", member(tool, "version"))),
        ("Exported by".to_owned(), format!("affiant {}", env!("CARGO_PKG_VERSION"))),
        ("Evidence".to_owned(), member(evidence, "name").into_owned()),
        ("Kind of evidence".to_owned(), member(evidence, "kind").into_owned()),
        ("Files of the evidence".to_owned(), member(evidence, "files").into_owned()),
        ("Bytes of the evidence".to_owned(), member(evidence, "bytes").into_owned()),
    ];
    if evidence.get("sha256").is_some() {
        rows.push(("SHA-256 of the evidence".to_owned(), member(evidence, "sha256").into_owned()));
    }
    rows.push(("Options".to_owned(), member(tool, "options").into_owned()));
    rows.extend(of_slice(source.head.get("slice")));
    rows.extend(source.counts.iter().map(|(plural, count)| (title(plural), count.to_string())));
    let losses = source.head.list("findings").iter().filter(|finding| finding["loss"] == true).count();
    rows.push(("Findings: some evidence could not be read".to_owned(), losses.to_string()));
    rows.push((
        "Times".to_owned(),
        "UTC, as texts; behind each, folded, the time as stored, its unit and its zone".to_owned(),
    ));
    rows.push(("Colour".to_owned(), "a record that is not live: see `state`".to_owned()));
    rows.push((
        "verbatim".to_owned(),
        "column → value as it stands in report.json, for each cell that says it otherwise".to_owned(),
    ));
    rows.extend(
        Target::Xlsx.cannot_carry().iter().map(|what| ("Not carried".to_owned(), (*what).to_owned())),
    );
    let clean = |(what, said): (String, String)| (what, without_returns(&said).unwrap_or(said));
    rows.into_iter().map(clean).collect()
}

/// Of a slice: what it is of, what was selected, what is withheld.
fn of_slice(slice: &Value) -> Vec<(String, String)> {
    if slice.is_null() {
        return Vec::new();
    }
    let mut rows = vec![
        ("Slice for exhibit".to_owned(), member(slice, "exhibit").into_owned()),
        ("Of the report with SHA-256".to_owned(), member(slice, "report").into_owned()),
    ];
    for selection in slice["selections"].as_array().into_iter().flatten() {
        rows.push(("Selection".to_owned(), member(selection, "select").into_owned()));
    }
    rows.push(("Records taken".to_owned(), member(slice, "records").into_owned()));
    rows.push(("Records in the report".to_owned(), member(slice, "of").into_owned()));
    for rule in slice["rules"].as_array().into_iter().flatten() {
        let said = format!("{} ({})", member(rule, "reason"), member(rule, "authority"));
        rows.push((format!("Withheld by rule {}", member(rule, "rule")), said));
    }
    rows.push(("id on the pages".to_owned(), "the beginning of the digits in `id`".to_owned()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_nothing_is_lost() {
        let text = "😀a".repeat(30_000);
        let parts = parts(&text);
        assert!(parts.iter().all(|part| part.encode_utf16().count() <= UNITS));
        assert_eq!((parts.len(), parts.concat()), (3, text));
    }

    #[test]
    fn a_full_sheet_is_followed_by_another() {
        use calamine::Reader as _;
        let folder = tempfile::tempdir().unwrap();
        let row =
            r#"{"role":"base","file":0,"view":"live","source":"main","offset":1,"length":1,"complete":true}"#;
        let messages: Vec<String> = (0..5)
            .map(|n| {
                format!(r#"{{"id":"message-{n}","state":"live","body":"{n}","provenance":{{"rows":[{row}],"seen_in":[]}}}}"#)
            })
            .collect();
        let report =
            format!(r#"{{"format":{{"name":"affiant-report"}},"messages":[{}]}}"#, messages.join(","));
        let path = folder.path().join("report.json");
        std::fs::write(&path, report).unwrap();
        let source = Source::open(&path).unwrap();
        let mut book = Box::new(Xlsx::with_limit(&source, folder.path(), 3).unwrap());
        source.each(&mut |kind, record| book.record(&Item { kind, record, source: &source })).unwrap();
        Export::end(book).unwrap();
        let mut book = calamine::open_workbook_auto(folder.path().join(NAME)).unwrap();
        assert_eq!(book.sheet_names(), ["Report", "Messages", "Messages 2", "Messages 3", "Columns"]);
        let last = book.worksheet_range("Messages 3").unwrap();
        assert_eq!((last.height(), last.get((1, 0)).unwrap().to_string()), (2, "message-4".to_owned()));
    }

    #[test]
    fn a_carriage_return_is_a_line_feed_or_a_picture() {
        assert_eq!(without_returns("a\r\nb\rc").unwrap(), "a\nb␍c");
        assert_eq!(without_returns("a\nb"), None);
    }
}
