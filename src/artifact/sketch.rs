//! What a table looks like: the shape of its columns and of the values in them, from which a definition can be drafted.
//!
//! A sketch knows counts and ranges, never a value: no content of the evidence reaches a draft.

use super::object::Moment;
use super::realm::{Class, RealmFile};
use crate::parse::sqlite::{Database, Table};
use crate::parse::{Error, Value};
use std::collections::BTreeSet;

/// Rows that are looked at for each table: enough to tell a unit, and a bound for tables of any size.
const MOST_ROWS: usize = 2_000;

/// Codes that are counted apart; a column with more of them holds no codes.
const MOST_CODES: usize = 8;

/// Units of time with the whole numbers from 2001 to 2099 in them. No number is in two of these ranges, except that seconds since 2001
/// are looked for before 2031 alone: behind that they run into those since 1970.
const UNITS: &[(&str, i64, i64)] = &[
    ("cocoa_s", 100_000_000, 946_684_799),
    ("unix_s", 978_307_200, 4_102_444_800),
    ("unix_ms", 978_307_200_000, 4_102_444_800_000),
    ("unix_us", 978_307_200_000_000, 4_102_444_800_000_000),
    ("webkit_us", 12_622_780_800_000_000, 15_746_918_400_000_000),
    ("cocoa_ns", 100_000_000_000_000_000, 946_684_799_999_999_999),
    ("unix_ns", 978_307_200_000_000_000, 4_102_444_800_000_000_000),
];

/// The file that tables were sketched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sketched {
    /// A SQLite database.
    Database,
    /// A Realm file of this format.
    Realm(u8),
}

/// A table as a draft sees it.
#[derive(Debug, Clone, Default)]
pub struct TableSketch {
    /// Its name.
    pub name: String,
    /// Rows that were looked at.
    pub rows: usize,
    /// Rows that it has.
    pub count: usize,
    /// Its columns, in order.
    pub columns: Vec<ColumnSketch>,
}

/// A column and what its values have in common.
#[derive(Debug, Clone, Default)]
pub struct ColumnSketch {
    /// Its name.
    pub name: String,
    /// Its type, as it is declared.
    pub type_name: String,
    /// The class that it links to.
    pub target: Option<String>,
    /// Values that are not null, empty, 0 or -1.
    pub set: usize,
    /// Whole or broken numbers, 0 and -1 too.
    pub numbers: usize,
    /// Texts that are not empty.
    pub texts: usize,
    /// Bytes.
    pub blobs: usize,
    /// Texts of the form of a date and a time.
    pub dates: usize,
    /// Texts of the form of a telephone number, an e-mail address, a UUID.
    pub forms: [usize; 3],
    /// The codes of a column that holds few.
    pub codes: BTreeSet<i64>,
    /// Whether the codes are all.
    pub is_coded: bool,
    /// The smallest and the largest number that is set.
    pub range: Option<(i64, i64)>,
    units: [usize; UNITS.len()],
}

impl ColumnSketch {
    /// A column of which no value was seen yet.
    pub fn new(name: &str) -> Self {
        ColumnSketch { name: name.to_owned(), is_coded: true, ..Default::default() }
    }

    /// Takes one value in.
    pub fn see(&mut self, value: &Value<'_>) {
        match value {
            Value::Integer(number) => self.number(*number),
            // Only whole seconds tell a unit; the range of f64 is wider than that of i64, and `as` saturates.
            Value::Real(number) => self.number(*number as i64),
            Value::Text(text) if !text.is_empty() => self.text(text),
            Value::Blob(bytes) if !bytes.is_empty() => {
                self.set += 1;
                self.blobs += 1;
            }
            _ => {}
        }
    }

    fn number(&mut self, number: i64) {
        self.numbers += 1;
        if self.is_coded {
            self.codes.insert(number);
            self.is_coded = self.codes.len() <= MOST_CODES;
        }
        if number == 0 || number == -1 {
            return;
        }
        self.set += 1;
        let (low, high) = self.range.unwrap_or((number, number));
        self.range = Some((low.min(number), high.max(number)));
        for (count, (_, low, high)) in self.units.iter_mut().zip(UNITS) {
            *count += usize::from((*low..=*high).contains(&number));
        }
    }

    fn text(&mut self, text: &str) {
        self.set += 1;
        self.texts += 1;
        self.is_coded = false;
        self.dates += usize::from(is_date(text));
        for (count, is) in self.forms.iter_mut().zip([is_phone, is_mail, is_uuid]) {
            *count += usize::from(is(text));
        }
    }

    /// The unit that every value that is set reads in, if they are times at all.
    pub fn time(&self) -> Option<&'static str> {
        if self.set == 0 {
            return None;
        }
        if self.dates == self.set {
            return Some("iso8601");
        }
        UNITS.iter().zip(self.units).find(|(_, count)| *count == self.set).map(|((unit, ..), _)| *unit)
    }

    /// The kind of address that most values have the form of.
    pub fn address(&self) -> Option<&'static str> {
        let kinds = ["phone", "email", "uuid"];
        kinds
            .iter()
            .zip(self.forms)
            .find(|(_, count)| *count > 0 && count * 10 >= self.set * 9)
            .map(|(kind, _)| *kind)
    }
}

fn is_date(text: &str) -> bool {
    let digits = |from: usize, to: usize| {
        text.as_bytes().get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    digits(0, 4) && digits(5, 7) && digits(8, 10) && digits(11, 13) && text.get(4..5) == Some("-")
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let others = text.chars().all(|each| each.is_ascii_digit() || "+ -()".contains(each));
    others && text.starts_with('+') && (7..=15).contains(&digits)
}

fn is_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(['/', ' ', '\n']) && !host.contains('@')
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, each)| match at {
            8 | 13 | 18 | 23 => each == '-',
            _ => each.is_ascii_hexdigit(),
        })
}

/// The sketches of the tables of a database that an app fills itself: not those of SQLite, nor those of a full-text index.
pub fn sketches(database: &Database<'_>) -> Vec<TableSketch> {
    let tables = &database.schema().tables;
    tables
        .iter()
        .filter(|table| table.declared && !table.name.starts_with("sqlite_"))
        .filter(|table| database.search_index(table).is_none())
        .map(|table| sketch(database, table))
        .collect()
}

fn sketch(database: &Database<'_>, table: &Table) -> TableSketch {
    let mut columns: Vec<ColumnSketch> = table
        .columns
        .iter()
        .map(|column| ColumnSketch {
            type_name: column.declared_type.clone(),
            ..ColumnSketch::new(&column.name)
        })
        .collect();
    let mut rows = 0;
    // A row that cannot be read tells nothing of its columns; `affiant inspect` and `parse` say what is wrong with it.
    for row in database.rows(table).flatten().take(MOST_ROWS) {
        rows += 1;
        for (column, value) in columns.iter_mut().zip(row.values(table)) {
            column.see(&value);
        }
    }
    TableSketch { name: table.name.clone(), rows, count: rows, columns }
}

/// The sketches of the tables of a Realm file that an app fills itself: of the object store's own, `pk` and `metadata` are left out.
pub(super) fn class_sketches(realm: &RealmFile<'_>) -> Vec<TableSketch> {
    let classes = realm.classes().into_iter();
    let own = classes.filter(|class| !["pk", "metadata"].contains(&class.name));
    own.map(|class| class_sketch(realm, &class)).collect()
}

/// The same of the bytes of a Realm file that is not encrypted, or no longer, with its format.
///
/// # Errors
/// Where it is no Realm file, or its last commit cannot be read.
pub fn realm_sketches(bytes: &[u8]) -> Result<(Vec<TableSketch>, u8), Error> {
    let realm = RealmFile::open(bytes)?;
    Ok((class_sketches(&realm), realm.format()))
}

fn class_sketch<'a>(realm: &RealmFile<'a>, class: &Class<'_, 'a>) -> TableSketch {
    let mut columns: Vec<ColumnSketch> = class
        .declared()
        .map(|column| ColumnSketch {
            type_name: column.type_name.clone(),
            target: column.target.as_ref().map(ToString::to_string),
            ..ColumnSketch::new(&column.name)
        })
        .collect();
    let mut rows = 0;
    // What cannot be read is told by `affiant inspect`.
    let done: Result<(), ()> = realm.standing(class, Moment::Live, &mut |object| {
        rows += 1;
        for (index, column) in columns.iter_mut().enumerate() {
            if let Some(node) = object.node(index) {
                column.see(&node.value);
            }
        }
        if rows < MOST_ROWS { Ok(()) } else { Err(()) }
    });
    let count = if done.is_ok() { rows } else { realm.count(class) };
    TableSketch { name: class.name.to_owned(), rows, count, columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Value<'_>]) -> ColumnSketch {
        let mut column = ColumnSketch::new("c");
        values.iter().for_each(|value| column.see(value));
        column
    }

    #[test]
    fn a_moment_of_2023_is_told_in_every_unit_and_a_small_number_in_none() {
        for (number, unit) in [
            (721_692_800, "cocoa_s"),
            (1_700_000_000, "unix_s"),
            (1_700_000_000_000, "unix_ms"),
            (1_700_000_000_000_000, "unix_us"),
            (13_344_473_600_000_000, "webkit_us"),
            (721_692_800_000_000_000, "cocoa_ns"),
            (1_700_000_000_000_000_000, "unix_ns"),
        ] {
            assert_eq!(column(&[Value::Integer(number), Value::Integer(0)]).time(), Some(unit), "{number}");
        }
        assert_eq!(column(&[Value::Integer(7)]).time(), None);
        assert_eq!(column(&[Value::Integer(0)]).time(), None);
        assert_eq!(column(&[Value::Integer(1_700_000_000), Value::Integer(7)]).time(), None);
        assert_eq!(column(&[Value::Text("2023-11-14 22:13:20.5".into())]).time(), Some("iso8601"));
    }

    #[test]
    fn addresses_are_told_by_their_form() {
        assert_eq!(column(&[Value::Text("+1 555 0101".into())]).address(), Some("phone"));
        assert_eq!(column(&[Value::Text("alice@example.org".into())]).address(), Some("email"));
        let uuid = "22222222-2222-4222-8222-222222222222";
        assert_eq!(column(&[Value::Text(uuid.into())]).address(), Some("uuid"));
        assert_eq!(column(&[Value::Text("alice".into())]).address(), None);
    }
}
