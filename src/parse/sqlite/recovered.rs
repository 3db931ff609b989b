//! What is known of a row that no pointer of the live view leads to: how it was found, what of it is lost, and why it is
//! taken for a row of its table.

use std::fmt;

/// How a recovered row was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The cell pointer array of its page, which is in use no longer, leads to it.
    Pointer,
    /// All bytes of the cell lie in unused space.
    WholeCell,
    /// The first bytes of the cell were overwritten, by the header of a freeblock; the rest of it lies in unused space.
    HeadLost,
}

/// How the table of a recovered row was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribution {
    /// The page is one of this table's.
    Page,
    /// The page is nobody's or was somebody else's; of all tables only this one has rows of this shape.
    OnlyShape,
    /// Several tables have rows of this shape; what the columns hold fits this one alone.
    BestFit {
        /// Tables whose rows have the shape.
        candidates: usize,
    },
    /// The page is one of this table's, but the row has more columns than the table: which they were cannot be told.
    FormerColumns {
        /// The table.
        table: String,
    },
    /// No row, but an entry of an index, whose row is gone: what the index holds of it.
    Index {
        /// The index.
        index: String,
        /// Its table.
        table: String,
    },
    /// No table, or more than one: the row is given to none.
    None {
        /// The names of the tables that have rows of this shape.
        candidates: Vec<String>,
    },
}

/// What is known of a recovered row.
#[derive(Debug, Clone)]
pub struct Recovered {
    /// How it was found.
    pub method: Method,
    /// How its table was told.
    pub attribution: Attribution,
    /// Stored positions whose serial type was lost and follows from the length of the cell and the columns' other rows.
    pub inferred: Vec<usize>,
    /// Stored positions whose value cannot be told.
    pub unknown: Vec<usize>,
    /// The table has rowids, and this row's is lost: it may be an older version of a row that is live.
    pub rowid_lost: bool,
    /// The record header, where it was made again.
    pub(super) header: Vec<u8>,
}

impl Recovered {
    /// The reasons, in words, for how the row was made and given to its table.
    pub fn reason(&self) -> String {
        let rowid = match self.rowid_lost {
            true => "; its rowid is lost, so that it may be an older version of a row that is live",
            false => "",
        };
        format!("{}{rowid}; {}", self.method, self.attribution)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Pointer => "the pointer array of a page that is no longer in use leads to the whole cell",
            Method::WholeCell => "a whole cell in unused space: its lengths and types agree",
            Method::HeadLost => {
                "the first 4 bytes of the cell were overwritten by a freeblock header; the lengths and types behind them agree"
            }
        })
    }
}

impl fmt::Display for Attribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attribution::Page => f.write_str("the page belongs to the table"),
            Attribution::OnlyShape => f.write_str("no other table has rows of this shape"),
            Attribution::BestFit { candidates } => {
                write!(f, "{candidates} tables have rows of this shape; the values fit this one alone")
            }
            Attribution::FormerColumns { table } => write!(
                f,
                "rows like this lie among those of {table}, which has fewer columns now: written before one was dropped"
            ),
            Attribution::Index { index, table } => write!(
                f,
                "an entry of the index {index}: columns of a row of {table} that is gone, not the row itself"
            ),
            Attribution::None { candidates } if candidates.is_empty() => {
                f.write_str("no known table has rows of this shape")
            }
            Attribution::None { candidates } => {
                write!(f, "rows of {} have this shape", candidates.join(", "))
            }
        }
    }
}
