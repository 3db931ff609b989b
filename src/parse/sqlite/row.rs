//! A row: its place, its payload, and its columns, each decoded when it is asked for.

use super::super::{Finding, Value};
use super::cell::Cell;
use super::overflow::{self, Chain, Segment};
use super::page::Image;
use super::place::{Identity, Place, Source};
use super::record::{self, Field, Fields, Oddity};
use super::recovered::Recovered;
use super::snapshot::{Reached, Snapshot};
use super::spot::{narrow, wide};
use super::table::{Affinity, Column, DefaultValue, Table};
use super::text::Encoding;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// One version of one row. It borrows the bytes of the files, and decodes nothing before it is asked.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Nothing for a WITHOUT ROWID table.
    pub rowid: Option<i64>,
    /// Where the cell lies.
    pub place: Place,
    /// False where part of the payload or of its header could not be reached; [`Row::finding`] says why.
    pub complete: bool,
    local: &'a [u8],
    encoding: Encoding,
    rest: Option<Box<Rest<'a>>>,
}

/// What most rows do not have.
#[derive(Debug, Clone, Default)]
struct Rest<'a> {
    segments: Vec<Segment<'a>>,
    joined: OnceLock<Vec<u8>>,
    finding: Option<Box<Finding>>,
    /// The table as it was when the row was written, where its columns differ from those of the live table.
    former: Option<Arc<Table>>,
    /// Of a row that lies in unused space.
    recovered: Option<Arc<Recovered>>,
}

/// A row in unused space, as its carver made it out.
pub(super) struct Residue<'a> {
    /// Nothing where it is lost, or the table has none.
    pub rowid: Option<i64>,
    pub place: Place,
    /// Of the payload what lies on the page: all of it, or its body where the record header was made again.
    pub local: &'a [u8],
    pub payload_length: u64,
    pub chain: Chain<'a>,
    pub encoding: Encoding,
    pub recovered: Arc<Recovered>,
}

/// What a record says about one of its columns.
enum Found {
    Here(Field),
    /// The record ends before this column: it was added later.
    Absent,
    /// The record header is cut: what it said is lost.
    Lost,
}

impl<'a> Row<'a> {
    /// Reads the row of a cell that begins at `within` on its page.
    #[inline]
    pub(super) fn new(
        snapshot: &Snapshot<'a>,
        image: &Image<'a>,
        within: usize,
        cell: &Cell<'a>,
        reached: &mut Reached,
    ) -> Row<'a> {
        let spot = image.spot(within);
        let place = Place {
            view: snapshot.view,
            source: spot.source,
            page: image.number,
            offset: spot.offset,
            length: wide(cell.length),
        };
        let mut row = Row {
            rowid: cell.rowid,
            place,
            complete: cell.local.len() == cell.local_length,
            local: cell.local,
            encoding: snapshot.geometry.encoding,
            rest: None,
        };
        if !row.complete {
            let message =
                format!("a cell has {} of {} payload bytes on its page", cell.local.len(), cell.local_length);
            row.rest_mut().finding = Some(Box::new(spot.loss("sqlite-cell-beyond-page", message)));
        } else if cell.spills() {
            let chain = overflow::chain(snapshot, cell, spot, reached);
            row.complete = !chain.finding.as_ref().is_some_and(|finding| finding.loss);
            let rest = row.rest_mut();
            (rest.segments, rest.finding) = (chain.segments, chain.finding.map(Box::new));
        }
        row.check(image, within, cell.payload_length);
        row
    }

    /// Holds the record against its payload. What SQLite calls malformed is read all the same, and said.
    fn check(&mut self, image: &Image<'_>, within: usize, payload_length: u64) {
        let Some(oddity) = record::oddity(self.header(), payload_length) else { return };
        let spot = image.spot(within);
        let (code, message, loss) = match oddity {
            Oddity::NoHeader => (
                "sqlite-record-header",
                format!("a payload of {payload_length} bytes holds no record header"),
                true,
            ),
            Oddity::HeaderBeyondPayload { size } => (
                "sqlite-record-header",
                format!("a record header of {size} bytes does not fit in its payload of {payload_length}"),
                true,
            ),
            Oddity::BodyEnd { end } => (
                "sqlite-record-length",
                format!("a record ends at {end}, its payload at {payload_length}"),
                end > payload_length,
            ),
            Oddity::Reserved { serial } => (
                "sqlite-record-reserved-type",
                format!("a column has the reserved serial type {serial}"),
                false,
            ),
        };
        self.complete &= !loss;
        let finding = if loss { spot.loss(code, message) } else { spot.note(code, message) };
        self.rest_mut().finding.get_or_insert(Box::new(finding));
    }

    /// A row in unused space.
    pub(super) fn residue(residue: Residue<'a>) -> Row<'a> {
        let Residue { rowid, place, local, payload_length, chain, encoding, recovered } = residue;
        let is_whole = recovered.unknown.is_empty();
        let mut row = Row { rowid, place, complete: true, local, encoding, rest: None };
        let rest = row.rest_mut();
        (rest.segments, rest.finding) = (chain.segments, chain.finding.map(Box::new));
        rest.recovered = Some(recovered);
        row.complete = is_whole && row.present() >= payload_length;
        row
    }

    /// What is known of a row that no pointer of the live view leads to.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.rest.as_ref().and_then(|rest| rest.recovered.as_deref())
    }

    /// The record header that was made again, else nothing.
    fn rebuilt(&self) -> &[u8] {
        self.recovered().map_or(&[], |recovered| &recovered.header)
    }

    fn rest_mut(&mut self) -> &mut Rest<'a> {
        self.rest.get_or_insert_with(Box::default)
    }

    fn segments(&self) -> &[Segment<'a>] {
        self.rest.as_ref().map_or(&[], |rest| &rest.segments)
    }

    /// The bytes in which the whole record header can be found, as far as it is there.
    fn header(&self) -> &[u8] {
        if !self.rebuilt().is_empty() {
            return self.rebuilt();
        }
        let size = record::header_size(self.local).map_or(0, narrow);
        if size <= self.local.len() { self.local } else { self.payload() }
    }

    fn found(&self, position: usize) -> Found {
        let mut fields = Fields::new(self.header());
        match fields.nth(position) {
            Some(field) => Found::Here(field),
            None if fields.is_cut() => Found::Lost,
            None => Found::Absent,
        }
    }

    /// Decodes one column, by its index in `table.columns`; the other columns cost nothing. A short row takes the
    /// column's default. Of a row that is not complete, text and blobs may be cut and other values are NULL where
    /// [`Row::is_missing`] says so.
    pub fn value(&self, table: &Table, column: usize) -> Value<'a> {
        let Some(live) = table.columns.get(column) else { return Value::Null };
        match self.former() {
            None => self.column_value(table, column, live),
            Some(former) => match former.column(&live.name) {
                Some(index) => former
                    .columns
                    .get(index)
                    .map_or(Value::Null, |then| self.column_value(former, index, then)),
                None => default_value(live),
            },
        }
    }

    /// Decodes every column, in the order of `table.columns`, reading the record header once.
    pub fn values(&self, table: &Table) -> Vec<Value<'a>> {
        if self.former().is_some() {
            return (0..table.columns.len()).map(|index| self.value(table, index)).collect();
        }
        let mut fields = Fields::new(self.header());
        let all: Vec<Field> = fields.by_ref().collect();
        let is_cut = fields.is_cut();
        let value = |(index, column): (usize, &Column)| {
            if let (true, Some(rowid)) = (table.rowid_alias == Some(index), self.rowid) {
                return Value::Integer(rowid);
            }
            let Some(position) = column.stored else { return Value::Null };
            match all.get(position) {
                Some(_) if self.is_unknown(position) => Value::Null,
                Some(field) => self.decode(field, column),
                None if is_cut => Value::Null,
                None => default_value(column),
            }
        };
        table.columns.iter().enumerate().map(value).collect()
    }

    fn column_value(&self, table: &Table, index: usize, column: &Column) -> Value<'a> {
        if let (true, Some(rowid)) = (table.rowid_alias == Some(index), self.rowid) {
            return Value::Integer(rowid);
        }
        let Some(position) = column.stored else { return Value::Null };
        match self.found(position) {
            Found::Here(_) if self.is_unknown(position) => Value::Null,
            Found::Here(field) => self.decode(&field, column),
            Found::Absent => default_value(column),
            Found::Lost => Value::Null,
        }
    }

    fn decode(&self, field: &Field, column: &Column) -> Value<'a> {
        match field.serial {
            0 | 10 | 11 => Value::Null,
            1..=6 => self.integer(field).map_or(Value::Null, |value| number(value, column)),
            7 => self.real(field),
            8 => number(0, column),
            9 => number(1, column),
            serial if serial & 1 == 0 => Value::Blob(self.bytes(field.start, field.end)),
            _ => self.encoding.decode(self.bytes(field.start, field.end)),
        }
    }

    fn integer(&self, field: &Field) -> Option<i64> {
        if self.rest.is_none()
            && let Some(bytes) = self.local.get(narrow(field.start)..narrow(field.end))
        {
            return Some(record::integer(bytes));
        }
        let bytes = self.bytes(field.start, field.end);
        (wide(bytes.len()) == field.end.saturating_sub(field.start)).then(|| record::integer(&bytes))
    }

    fn real(&self, field: &Field) -> Value<'a> {
        match self.integer(field).map(|bits| f64::from_bits(bits.cast_unsigned())) {
            Some(real) if !real.is_nan() => Value::Real(real),
            _ => Value::Null,
        }
    }

    /// Payload bytes, as many of them as are there; borrowed where they all lie on the cell's own page.
    fn bytes(&self, start: u64, end: u64) -> Cow<'a, [u8]> {
        let rebuilt = wide(self.rebuilt().len());
        let (start, end) = (narrow(start.saturating_sub(rebuilt)), narrow(end.saturating_sub(rebuilt)));
        if let Some(bytes) = self.local.get(start..end) {
            return Cow::Borrowed(bytes);
        }
        let mut bytes = self.local.get(start..).unwrap_or(&[]).to_vec();
        // All overflow pages but the last hold as much as the first.
        let whole = self.segments().first().map_or(0, |segment| segment.bytes.len());
        let skipped = start.saturating_sub(self.local.len()).checked_div(whole).unwrap_or(0);
        let mut offset = self.local.len().saturating_add(skipped.saturating_mul(whole));
        for part in self.segments().iter().skip(skipped).map(|segment| segment.bytes) {
            if offset >= end {
                break;
            }
            let from = start.saturating_sub(offset).min(part.len());
            let to = end.saturating_sub(offset).min(part.len());
            bytes.extend_from_slice(part.get(from..to).unwrap_or(&[]));
            offset = offset.saturating_add(part.len());
        }
        Cow::Owned(bytes)
    }

    /// Whether the value of this column is the column's DEFAULT because the record is too short to hold it.
    pub fn is_default(&self, table: &Table, column: usize) -> bool {
        match self.stored_position(table, column) {
            Stored::At(position) => matches!(self.found(position), Found::Absent),
            Stored::AddedLater => true,
            Stored::Nowhere => false,
        }
    }

    /// Whether bytes of this column could not be reached, so that its value is cut or gone.
    pub fn is_missing(&self, table: &Table, column: usize) -> bool {
        let Stored::At(position) = self.stored_position(table, column) else { return false };
        match self.found(position) {
            Found::Here(_) if self.is_unknown(position) => true,
            Found::Here(field) => field.end > field.start && field.end > self.present(),
            Found::Absent => false,
            Found::Lost => true,
        }
    }

    /// Whether the type of this column was overwritten and follows from the length of the cell and from other rows.
    pub fn is_inferred(&self, table: &Table, column: usize) -> bool {
        let Stored::At(position) = self.stored_position(table, column) else { return false };
        self.recovered().is_some_and(|recovered| recovered.inferred.contains(&position))
    }

    fn is_unknown(&self, position: usize) -> bool {
        self.recovered().is_some_and(|recovered| recovered.unknown.contains(&position))
    }

    /// Payload bytes that are there, counted from its start.
    fn present(&self) -> u64 {
        let local = wide(self.local.len()).saturating_add(wide(self.rebuilt().len()));
        let spilled = self.segments().iter().map(|segment| wide(segment.bytes.len()));
        spilled.fold(local, u64::saturating_add)
    }

    fn stored_position(&self, table: &Table, column: usize) -> Stored {
        let Some(live) = table.columns.get(column) else { return Stored::Nowhere };
        let (table, index) = match self.former() {
            None => (table, Some(column)),
            Some(former) => (former, former.column(&live.name)),
        };
        let Some(index) = index else { return Stored::AddedLater };
        if table.rowid_alias == Some(index) {
            return Stored::Nowhere;
        }
        table.columns.get(index).and_then(|column| column.stored).map_or(Stored::Nowhere, Stored::At)
    }

    /// What tells this row from the others of its table.
    pub fn identity(&self, table: &Table) -> Identity {
        match self.rowid {
            Some(rowid) => Identity::Rowid(rowid),
            None if !table.without_rowid => Identity::Unknown(self.place.source, self.place.offset),
            None => Identity::Key(self.key(self.former().unwrap_or(table).key_length)),
        }
    }

    /// Serial types, each in eight bytes, and bodies of the first `length` stored columns.
    fn key(&self, length: usize) -> Vec<u8> {
        let fields: Vec<Field> = Fields::new(self.header()).take(length).collect();
        let mut key: Vec<u8> = fields.iter().flat_map(|field| field.serial.to_be_bytes()).collect();
        if let (Some(first), Some(last)) = (fields.first(), fields.last()) {
            key.extend_from_slice(&self.bytes(first.start, last.end));
        }
        key
    }

    /// The encoded record, overflow included: equal bytes are equal rows, equal decoded values need not be.
    pub fn payload(&self) -> &[u8] {
        match &self.rest {
            Some(rest) if !rest.segments.is_empty() || !self.rebuilt().is_empty() => {
                rest.joined.get_or_init(|| [self.rebuilt(), &self.bytes(0, u64::MAX)].concat())
            }
            _ => self.local,
        }
    }

    /// The payload without its record header.
    pub(super) fn body(&self) -> &[u8] {
        let payload = self.payload();
        let size = record::header_size(payload).map_or(0, narrow);
        payload.get(size..).unwrap_or(&[])
    }

    /// Columns that the record holds.
    pub(super) fn stored_count(&self) -> usize {
        Fields::new(self.header()).count()
    }

    /// Overflow pages in order, as (source, page, offset in the source file).
    pub fn overflow(&self) -> Vec<(Source, u32, u64)> {
        self.segments().iter().map(|segment| (segment.source, segment.page, segment.offset)).collect()
    }

    /// Overflow pages in order, and where on each of them the payload ends.
    pub(super) fn overflow_ends(&self) -> Vec<(u32, usize)> {
        self.segments().iter().map(|segment| (segment.page, segment.bytes.len().saturating_add(4))).collect()
    }

    /// What is odd about this row; always there where it is not complete.
    pub fn finding(&self) -> Option<&Finding> {
        self.rest.as_ref().and_then(|rest| rest.finding.as_deref())
    }

    fn former(&self) -> Option<&Table> {
        self.rest.as_ref().and_then(|rest| rest.former.as_deref())
    }

    /// The same row of a state whose pages need not fit together: what cannot be reached there is no loss.
    pub(super) fn of_torn_view(mut self) -> Row<'a> {
        if let Some(finding) = self.rest.as_mut().and_then(|rest| rest.finding.as_mut()) {
            finding.loss = false;
        }
        self
    }

    /// The same row, read by the columns that its table had when it was written.
    pub(super) fn written_as(mut self, former: &Arc<Table>) -> Row<'a> {
        self.rest_mut().former = Some(Arc::clone(former));
        self
    }
}

enum Stored {
    At(usize),
    AddedLater,
    /// The rowid alias, a virtual column, or no column at all.
    Nowhere,
}

fn default_value(column: &Column) -> Value<'static> {
    match &column.default {
        DefaultValue::Constant(value) => real_affinity(value.clone(), column),
        DefaultValue::None | DefaultValue::Computed => Value::Null,
    }
}

/// A column of REAL affinity stores whole numbers as integers to save room, and they read as doubles.
fn number(value: i64, column: &Column) -> Value<'static> {
    real_affinity(Value::Integer(value), column)
}

fn real_affinity(value: Value<'static>, column: &Column) -> Value<'static> {
    match value {
        Value::Integer(value) if column.affinity == Affinity::Real => Value::Real(record::to_real(value)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::create_table::create_table;
    use super::super::place::View;
    use super::*;

    fn table() -> Table {
        create_table("t", 2, "CREATE TABLE t(a REAL, b, c DEFAULT 7, v AS (b))").unwrap()
    }

    fn row(local: &[u8]) -> Row<'_> {
        let place = Place { view: View::Live, source: Source::Main, page: 2, offset: 512, length: 9 };
        Row { rowid: Some(1), place, complete: true, local, encoding: Encoding::Utf8, rest: None }
    }

    fn values<'a>(row: &Row<'a>) -> Vec<Value<'a>> {
        (0..4).map(|column| row.value(&table(), column)).collect()
    }

    #[test]
    fn a_short_row_takes_the_default_and_a_whole_real_is_a_double() {
        let row = row(&[3, 1, 15, 5, b'x']);
        assert_eq!(values(&row), [Value::Real(5.0), Value::Text("x".into()), Value::Integer(7), Value::Null]);
        assert_eq!(
            [0, 1, 2, 3, 9].map(|column| row.is_default(&table(), column)),
            [false, false, true, false, false]
        );
        assert!((0..4).all(|column| !row.is_missing(&table(), column)));
    }

    #[test]
    fn not_a_number_and_reserved_types_read_as_null() {
        let mut record = vec![4, 7, 10, 11];
        record.extend_from_slice(&f64::NAN.to_be_bytes());
        assert_eq!(values(&row(&record)), [Value::Null, Value::Null, Value::Null, Value::Null]);
    }

    #[test]
    fn an_empty_blob_and_an_empty_text_are_not_null() {
        let blob = row(&[4, 0, 12, 13]);
        assert_eq!(values(&blob)[1..3], [Value::Blob(b"".into()), Value::Text("".into())]);
    }

    #[test]
    fn what_is_cut_gives_its_prefix_and_is_missing() {
        // b is a text of five of which two bytes are there, c an integer of which nothing is
        let row = row(&[4, 0, 23, 2, b'a', b'b']);
        assert_eq!(values(&row)[1..3], [Value::Text("ab".into()), Value::Null]);
        assert_eq!([0, 1, 2].map(|column| row.is_missing(&table(), column)), [false, true, true]);
    }

    #[test]
    fn a_column_whose_serial_type_is_cut_is_missing_and_no_default() {
        let row = row(&[4, 0]);
        assert_eq!(values(&row)[2], Value::Null);
        assert_eq!((row.is_missing(&table(), 2), row.is_default(&table(), 2)), (true, false));
    }

    #[test]
    fn the_key_of_a_row_is_its_leading_columns_as_stored() {
        let sql = "CREATE TABLE t(v, k PRIMARY KEY) WITHOUT ROWID";
        let table = create_table("t", 2, sql).unwrap();
        let of = |local| Row { rowid: None, ..row(local) }.identity(&table);
        assert_eq!(of(&[3, 1, 1, 5, 6]), of(&[3, 1, 1, 5, 7]));
        assert_ne!(of(&[3, 1, 1, 5, 6]), of(&[3, 1, 1, 6, 6]));
        assert_ne!(of(&[3, 15, 1, 5, 6]), of(&[3, 1, 1, 5, 6]));
    }
}
