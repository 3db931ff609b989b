//! Tables as text: fields parted by a character, rows by line ends (RFC 4180), in the encoding that the examiner names.
//!
//! ```text
//! [byte order mark]
//! a;"b ""c"" d";;e CR LF      four fields, the third empty: quotes are doubled inside quotes, which may hold line ends
//! ```
//!
//! A reader of our own, because each cell keeps its offset and length as they stand in the file, in any encoding. Rows are counted
//! as rows of the table, not as lines: a quoted field may hold line ends. A line without anything in it is a row without cells.

use super::grid::{MOST_COLUMNS, Rows, letters};
use super::tree::Findings;
use super::{Document, Node, Span, Value};
use std::borrow::Cow;

/// The name of the one sheet of such a file.
pub const SHEET: &str = "rows";

/// Rows that are read; the bound keeps a file of line ends alone from exhausting the machine.
const MOST_ROWS: usize = 20_000_000;

/// How the bytes of a file are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark; also ASCII.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// One byte for each character, ASCII in its lower half.
    SingleByte(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// The encoding of this label (WHATWG Encoding Standard, section 4.2); none for those whose bytes do not part at ASCII characters.
    #[must_use]
    pub fn by_label(label: &str) -> Option<Self> {
        let known = encoding_rs::Encoding::for_label(label.as_bytes())?;
        match known {
            known if known == encoding_rs::UTF_8 => Some(Encoding::Utf8),
            known if known == encoding_rs::UTF_16LE => Some(Encoding::Utf16Le),
            known if known == encoding_rs::UTF_16BE => Some(Encoding::Utf16Be),
            known => known.is_single_byte().then_some(Encoding::SingleByte(known)),
        }
    }

    fn width(self) -> usize {
        if matches!(self, Encoding::Utf16Le | Encoding::Utf16Be) { 2 } else { 1 }
    }

    fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Utf8 => &[0xef, 0xbb, 0xbf],
            Encoding::Utf16Le => &[0xff, 0xfe],
            Encoding::Utf16Be => &[0xfe, 0xff],
            Encoding::SingleByte(_) => &[],
        }
    }

    fn read(self, bytes: &[u8]) -> Value<'_> {
        match self {
            Encoding::Utf8 => Value::utf8(bytes),
            Encoding::Utf16Le => wide(bytes, u16::from_le_bytes),
            Encoding::Utf16Be => wide(bytes, u16::from_be_bytes),
            Encoding::SingleByte(known) => match known.decode_without_bom_handling(bytes) {
                (text, false) => Value::Text(text),
                (text, true) => {
                    Value::InvalidText { bytes: Cow::Borrowed(bytes), reading: text.into_owned() }
                }
            },
        }
    }
}

fn wide(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Value<'_> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Value::Text(text.into()),
        _ => Value::InvalidText { bytes: Cow::Borrowed(bytes), reading: String::from_utf16_lossy(&units) },
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// What parts fields.
    pub delimiter: u8,
    /// How bytes are characters.
    pub encoding: Encoding,
}

const QUOTE: u16 = 0x22;
const LINE_FEED: u16 = 0x0a;
const RETURN: u16 = 0x0d;

/// Reads a whole file. Nothing in it is refused: what is odd is a finding, and its text is kept.
#[must_use]
pub fn document(input: &[u8], dialect: Dialect) -> Document<'_> {
    let mut reader = Reader { input, dialect, at: 0, findings: Findings::default() };
    reader.skip_mark();
    let mut rows = Rows::of(None);
    while reader.at < input.len() {
        if rows.next() > MOST_ROWS {
            let message = format!("more than {MOST_ROWS} rows; the others are not read");
            reader.findings.loss("csv-row-limit", reader.at, message);
            break;
        }
        let start = reader.at;
        let (cells, end) = reader.row(rows.next());
        rows.put(rows.next(), cells, Span::between(start, end));
    }
    let span = Span::between(0, input.len());
    let sheet = rows.into_node(span);
    let root = Node { value: Value::Map(vec![(Cow::Borrowed(SHEET), sheet)]), span };
    Document { root, findings: reader.findings.into_vec() }
}

struct Reader<'a> {
    input: &'a [u8],
    dialect: Dialect,
    at: usize,
    findings: Findings,
}

/// A field as it stands: where it begins and ends with its quotes, and what it says; nothing where it is empty.
struct Field<'a> {
    span: Span,
    value: Option<Value<'a>>,
}

impl<'a> Reader<'a> {
    fn skip_mark(&mut self) {
        let encoding = self.dialect.encoding;
        if self.input.starts_with(encoding.mark()) {
            self.at = encoding.mark().len();
            return;
        }
        let others = [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be];
        if others.iter().any(|other| self.input.starts_with(other.mark())) {
            let message =
                "the file begins with the byte order mark of another encoding than the mapping names";
            self.findings.loss("csv-encoding-differs", 0, message);
        }
    }

    /// The character at a place, as far as it is one that a table is made of.
    fn unit(&self, at: usize) -> Option<u16> {
        let pair = || self.input.get(at..at.checked_add(2)?).and_then(<[u8]>::first_chunk::<2>).copied();
        match self.dialect.encoding {
            Encoding::Utf16Le => pair().map(u16::from_le_bytes),
            Encoding::Utf16Be => pair().map(u16::from_be_bytes),
            _ => self.input.get(at).map(|byte| u16::from(*byte)),
        }
    }

    fn after(&self, at: usize) -> usize {
        at.saturating_add(self.dialect.encoding.width()).min(self.input.len())
    }

    /// The cells of the next row, and where its text ends; what is next lies behind its line end.
    fn row(&mut self, number: usize) -> (Vec<(Cow<'a, str>, Node<'a>)>, usize) {
        let (mut cells, mut column, mut beyond) = (Vec::new(), 0_usize, false);
        loop {
            let field = self.field(number);
            match field.value {
                Some(value) if column < MOST_COLUMNS => {
                    cells.push((Cow::Owned(letters(column)), Node { value, span: field.span }));
                }
                Some(_) => beyond = true,
                None => {}
            }
            column = column.saturating_add(1);
            let end = self.at;
            if self.unit(self.at) == Some(u16::from(self.dialect.delimiter)) {
                self.at = self.after(self.at);
                continue;
            }
            if beyond {
                let message =
                    format!("row {number} has cells past column {MOST_COLUMNS}; those are not read");
                self.findings.loss("csv-column-limit", end, message);
            }
            self.skip_line_end();
            return (cells, end);
        }
    }

    fn skip_line_end(&mut self) {
        if self.unit(self.at) == Some(RETURN) {
            self.at = self.after(self.at);
        }
        if self.unit(self.at) == Some(LINE_FEED) {
            self.at = self.after(self.at);
        }
        // What is left is half a character: nothing more can be read.
        if self.unit(self.at).is_none() {
            self.at = self.input.len();
        }
    }

    fn field(&mut self, row: usize) -> Field<'a> {
        let start = self.at;
        let quoted = if self.unit(start) == Some(QUOTE) { self.quoted(row) } else { None };
        let close = self.at;
        while self.unit(self.at).is_some_and(|unit| !self.ends_field(unit)) {
            self.at = self.after(self.at);
        }
        let span = Span::between(start, self.at);
        if quoted.is_some() && close == self.at {
            return Field { span, value: quoted };
        }
        if quoted.is_some() {
            let message =
                format!("text behind the closing quote in row {row}; the field is kept as it stands");
            self.findings.note("csv-text-after-quote", close, message);
        }
        let bytes = self.input.get(start..self.at).unwrap_or_default();
        Field { span, value: (!bytes.is_empty()).then(|| self.dialect.encoding.read(bytes)) }
    }

    fn ends_field(&self, unit: u16) -> bool {
        unit == u16::from(self.dialect.delimiter) || unit == LINE_FEED || unit == RETURN
    }

    /// A field in quotes; the place is then behind the closing one. An empty one is a value: the empty text.
    fn quoted(&mut self, row: usize) -> Option<Value<'a>> {
        let (opening, mut doubled) = (self.at, false);
        let start = self.after(opening);
        let mut at = start;
        while let Some(unit) = self.unit(at) {
            let next = self.after(at);
            match (unit, self.unit(next)) {
                (QUOTE, Some(QUOTE)) => {
                    doubled = true;
                    at = self.after(next);
                }
                (QUOTE, _) => {
                    self.at = next;
                    return Some(self.unquoted(start, at, doubled));
                }
                _ => at = next,
            }
        }
        let message = format!(
            "the quote that row {row} opens is never closed: what follows is taken as text of the field"
        );
        self.findings.loss("csv-quote-open", opening, message);
        self.at = self.input.len();
        Some(self.unquoted(start, at, doubled))
    }

    fn unquoted(&self, start: usize, end: usize, doubled: bool) -> Value<'a> {
        match self.dialect.encoding.read(self.input.get(start..end).unwrap_or_default()) {
            Value::Text(text) if doubled => Value::Text(text.replace("\"\"", "\"").into()),
            value => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Letters, text, offset, length.
    type Cell = (String, String, u64, u64);

    fn read(input: &[u8], encoding: Encoding) -> (Vec<Vec<Cell>>, Vec<&'static str>) {
        let document = document(input, Dialect { delimiter: b';', encoding });
        let Value::Map(sheets) = &document.root.value else { panic!("a map") };
        let Value::List(rows) = &sheets[0].1.value else { panic!("a list") };
        let cell = |(key, node): &(Cow<'_, str>, Node<'_>)| {
            let text = node.value.as_text().map_or_else(|| format!("{:?}", node.value), str::to_owned);
            (key.to_string(), text, node.span.offset, node.span.length)
        };
        let cells = |row: &Node<'_>| match &row.value {
            Value::Map(cells) => cells.iter().map(cell).collect(),
            _ => Vec::new(),
        };
        let codes = document.findings.iter().map(|finding| finding.code).collect();
        (rows[1..].iter().map(cells).collect(), codes)
    }

    #[test]
    fn each_cell_has_its_column_its_text_and_its_place() {
        let (rows, codes) = read(b"\xef\xbb\xbfa;\"b \"\"c\"\"\nd\";;e\r\n\r\nf", Encoding::Utf8);
        let cell = |c: &str, t: &str, o, l| (c.to_owned(), t.to_owned(), o, l);
        assert_eq!(
            rows,
            [
                vec![cell("A", "a", 3, 1), cell("B", "b \"c\"\nd", 5, 11), cell("D", "e", 18, 1)],
                vec![],
                vec![cell("A", "f", 23, 1)]
            ]
        );
        assert_eq!(codes, Vec::<&str>::new());
    }

    #[test]
    fn utf_16_is_read_at_the_places_of_its_bytes() {
        let text: Vec<u8> = "\u{feff}ä;\"x;\"\n€".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let (rows, codes) = read(&text, Encoding::Utf16Be);
        assert_eq!(rows[0][0], ("A".into(), "ä".into(), 2, 2));
        assert_eq!(rows[0][1], ("B".into(), "x;".into(), 6, 8));
        assert_eq!(rows[1][0], ("A".into(), "€".into(), 16, 2));
        assert!(codes.is_empty());
    }

    #[test]
    fn a_code_page_is_read_by_its_label_and_others_are_refused() {
        let encoding = Encoding::by_label("windows-1252").unwrap();
        assert_eq!(read(b"caf\xe9 \x80", encoding).0[0][0].1, "café €");
        assert_eq!(Encoding::by_label("shift_jis"), None);
        assert_eq!(Encoding::by_label("no such"), None);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_a_loss_and_its_text_is_kept() {
        let (rows, codes) = read(b"a;\"b\nc", Encoding::Utf8);
        assert_eq!(rows[0][1].1, "b\nc");
        assert_eq!(codes, ["csv-quote-open"]);
        let (rows, codes) = read(b"\"a\"b;c", Encoding::Utf8);
        assert_eq!((rows[0][0].1.as_str(), rows[0][1].1.as_str()), ("\"a\"b", "c"));
        assert_eq!(codes, ["csv-text-after-quote"]);
    }

    #[test]
    fn the_mark_of_another_encoding_is_a_loss() {
        assert_eq!(read(b"\xff\xfea\0", Encoding::Utf8).1, ["csv-encoding-differs"]);
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_read() {
        let text = b"a;\"b \"\"c\"\"\nd\";;e\r\nf;g;h\n";
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            for end in 0..text.len() {
                read(&text[..end], encoding);
                for bit in 0..8 {
                    let mut flipped = text.to_vec();
                    flipped[end] ^= 1 << bit;
                    read(&flipped, encoding);
                }
            }
        }
    }
}
