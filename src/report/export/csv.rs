//! CSV (RFC 4180) and TSV, one file for each kind of record, with the crate `csv`.
//!
//! A text that a spreadsheet would run as a formula gets one apostrophe in front, a control character its picture; the text as it
//! stands in the report is in `verbatim` of the same row. No byte order mark. In TSV a record is one line, without quotes: tab, line
//! feed, carriage return and backslash are written as in PostgreSQL's `COPY` (`\t \n \r \\`).

use super::columns::Layout;
use super::reading::without_controls;
use super::row::Row;
use super::{Export, Item, Tally, count};
use ::csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// One of the two.
pub(super) struct Delimited {
    /// `csv` or `tsv`: the folder below that of the export, and the end of the names.
    name: &'static str,
    folder: PathBuf,
    tables: Vec<(Layout, Writer<File>)>,
    tally: Tally,
}

const FORMULA: &str = "a text that a spreadsheet would run: an apostrophe stands before it";
const CONTROL: &str = "a text with control characters: their pictures stand for them";

impl Delimited {
    pub(super) fn csv(folder: &Path) -> io::Result<Self> {
        Self::new("csv", folder)
    }

    pub(super) fn tsv(folder: &Path) -> io::Result<Self> {
        Self::new("tsv", folder)
    }

    fn new(name: &'static str, folder: &Path) -> io::Result<Self> {
        fs::create_dir(folder.join(name))?;
        Ok(Delimited { name, folder: folder.to_owned(), tables: Vec::new(), tally: Tally::default() })
    }

    /// The table of a kind; made, with its header, when its first record comes.
    fn table(&mut self, item: &Item<'_>) -> io::Result<usize> {
        if let Some(position) = self.tables.iter().position(|(layout, _)| layout.kind == item.kind) {
            return Ok(position);
        }
        let layout = Layout::of(item.kind);
        let path = Path::new(self.name).join(format!("{}.{}", item.kind.plural, self.name));
        let file = File::create_new(self.folder.join(&path))?;
        let mut builder = WriterBuilder::new();
        let mut writer = match self.name {
            "tsv" => {
                builder.delimiter(b'\t').quote_style(QuoteStyle::Never).terminator(Terminator::Any(b'\n'))
            }
            _ => builder.terminator(Terminator::CRLF),
        }
        .from_writer(file);
        writer.write_record(layout.columns.iter().map(|column| column.name.as_str()))?;
        self.tally.files.push(path);
        self.tables.push((layout, writer));
        Ok(self.tables.len() - 1)
    }
}

impl Export for Delimited {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let position = self.table(item)?;
        let Some((layout, writer)) = self.tables.get_mut(position) else { return Ok(()) };
        let mut row = Row::of(layout, item);
        let controls = row.say(layout, &without_controls);
        let formulas = row.say(layout, &without_formula);
        let is_lined = self.name == "tsv";
        for cell in row.cells(layout) {
            let text = cell.text().unwrap_or(Cow::Borrowed(""));
            writer.write_field(if is_lined { escaped(text) } else { text }.as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
        count(&mut self.tally.written, item.kind.plural.to_owned());
        for (what, times) in
            [(CONTROL, controls), (FORMULA, formulas)].into_iter().filter(|(_, times)| *times > 0)
        {
            *self.tally.changed.entry(what).or_insert(0) += times;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        for (_, writer) in &mut self.tables {
            writer.flush()?;
        }
        Ok(self.tally)
    }
}

/// The text behind an apostrophe, where a spreadsheet would run it (OWASP, *CSV Injection*). A number or telephone number with a sign
/// in front is none.
fn without_formula(text: &str) -> Option<String> {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let number = text.strip_prefix(['+', '-']).unwrap_or("=");
    let is_number = !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '(' | ')' | '.'));
    (is_formula && !is_number).then(|| format!("'{text}"))
}

/// As in PostgreSQL's `COPY` in its text format.
fn escaped(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains(['\t', '\n', '\r', '\\']) {
        return text;
    }
    Cow::Owned(text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_gets_an_apostrophe_and_a_telephone_number_none() {
        for formula in ["=cmd()", "@SUM(1)", "+1+cmd|' /C calc'!A0", "-2+3", "\t=1", "＝1", "+", "-"] {
            assert_eq!(without_formula(formula).unwrap(), format!("'{formula}"));
        }
        for text in ["+15550100", "-1.5", "+1 (555) 0100", "", "a=b", "'=1", "{}"] {
            assert_eq!(without_formula(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_of_tsv_holds_no_line_end() {
        assert_eq!(escaped("a\tb\r\n\\".into()), "a\\tb\\r\\n\\\\");
    }
}
