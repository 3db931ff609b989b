//! What `sqlite_schema` says: tables with their columns, and everything else by name.

use super::super::Value;

/// Column affinity (SQLite's "Datatypes", section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affinity {
    /// Text.
    Text,
    /// Numbers, as whole ones where nothing is lost.
    Numeric,
    /// As numeric.
    Integer,
    /// Numbers as doubles: whole numbers are stored as integers and read as doubles.
    Real,
    /// Nothing is converted.
    Blob,
}

impl Affinity {
    /// The affinity of a declared type: the last match wins, except that INT wins over all.
    pub fn of(declared_type: &str) -> Affinity {
        if declared_type.is_empty() {
            return Affinity::Blob;
        }
        let mut affinity = Affinity::Numeric;
        let lower = declared_type.to_ascii_lowercase();
        for index in 0..lower.len() {
            let rest = lower.as_bytes().get(index..).unwrap_or(&[]);
            let begins = |word: &str| rest.starts_with(word.as_bytes());
            if begins("int") {
                return Affinity::Integer;
            } else if ["char", "clob", "text"].iter().any(|word| begins(word)) {
                affinity = Affinity::Text;
            } else if begins("blob") && matches!(affinity, Affinity::Numeric | Affinity::Real) {
                affinity = Affinity::Blob;
            } else if ["real", "floa", "doub"].iter().any(|word| begins(word))
                && affinity == Affinity::Numeric
            {
                affinity = Affinity::Real;
            }
        }
        affinity
    }
}

/// The DEFAULT of a column, as a row takes it that was written before the column was added.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// No DEFAULT: NULL.
    None,
    /// A constant, its column's affinity applied.
    Constant(Value<'static>),
    /// An expression that is evaluated when a row is written. No row written by SQLite is short of such a column.
    Computed,
}

/// A generated column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// Computed when it is read; no byte of the file holds it, and it reads as NULL here.
    Virtual,
    /// Computed when the row was written, and stored like any other column.
    Stored,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// As in CREATE TABLE, without quotes.
    pub name: String,
    /// As in CREATE TABLE; empty where no type is declared.
    pub declared_type: String,
    /// From the declared type.
    pub affinity: Affinity,
    /// What a short row holds.
    pub default: DefaultValue,
    /// Whether and how the column is computed.
    pub generated: Option<Generated>,
    /// NOT NULL is declared.
    pub not_null: bool,
    /// Position in the record; nothing for a virtual column.
    pub stored: Option<usize>,
}

impl Column {
    /// A column of which a name and an affinity are all that is known.
    pub(super) fn plain(name: impl Into<String>, affinity: Affinity) -> Column {
        Column {
            name: name.into(),
            declared_type: String::new(),
            affinity,
            default: DefaultValue::None,
            generated: None,
            not_null: false,
            stored: None,
        }
    }

    /// A column that no text names: `c0`, `c1`, …, in the order of the record.
    pub(super) fn numbered(position: usize) -> Column {
        Column { stored: Some(position), ..Column::plain(format!("c{position}"), Affinity::Blob) }
    }
}

/// An ordinary table: one that has a b-tree of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The root page of its b-tree.
    pub root_page: u32,
    /// In the order of CREATE TABLE.
    pub columns: Vec<Column>,
    /// The column that is the rowid (INTEGER PRIMARY KEY).
    pub rowid_alias: Option<usize>,
    /// Rows lie in an index b-tree, in the order of the primary key.
    pub without_rowid: bool,
    /// STRICT.
    pub strict: bool,
    /// Leading stored columns that make the key of a WITHOUT ROWID table; 0 for others.
    pub key_length: usize,
    /// False where the CREATE TABLE text cannot be read and the columns are named `c0`, `c1`, …
    pub declared: bool,
    /// The CREATE TABLE text, verbatim.
    pub sql: String,
}

impl Table {
    /// The index of a column by name, ASCII-case-insensitively, as SQLite compares names.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether a record of one table reads the same by the columns of the other.
    pub(super) fn reads_as(&self, other: &Table) -> bool {
        let same = |(one, two): (&Column, &Column)| {
            one.name.eq_ignore_ascii_case(&two.name)
                && (one.stored, one.affinity) == (two.stored, two.affinity)
        };
        self.columns.len() >= other.columns.len()
            && (self.rowid_alias, self.key_length) == (other.rowid_alias, other.key_length)
            && self.columns.iter().zip(&other.columns).all(same)
    }
}

/// Everything in `sqlite_schema` that is not an ordinary table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaObject {
    /// `view`, `index`, `trigger`, `virtual table`, or what the row says.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The table that it belongs to; its own name for a view or virtual table.
    pub table: String,
    /// Its CREATE text, verbatim; empty for the automatic indexes.
    pub sql: String,
    /// The root page of an index; 0 for what has no b-tree.
    pub root_page: u32,
}

/// The schema of one view of a database.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// Ordinary tables, in the order of `sqlite_schema`.
    pub tables: Vec<Table>,
    /// Views, virtual tables, indexes and triggers: named, not read.
    pub others: Vec<SchemaObject>,
}

impl Schema {
    /// A table by name, ASCII-case-insensitively.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affinity_follows_the_declared_type() {
        for (declared, affinity) in [
            ("", Affinity::Blob),
            ("VARCHAR(20)", Affinity::Text),
            ("tinyINT", Affinity::Integer),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("DOUBLE", Affinity::Real),
            ("REAL BLOB", Affinity::Blob),
            ("BLOB REAL", Affinity::Blob),
            ("TEXT BLOB", Affinity::Text),
            ("DECIMAL(10,5)", Affinity::Numeric),
            ("STRING", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }
}
