//! Where a row version lies: which file, which view of the database, which bytes.

use std::fmt;
use std::str::FromStr;

/// Which of the files of a database a byte lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The database file itself.
    Main,
    /// The write-ahead log, `-wal`.
    Wal,
    /// The rollback journal, `-journal`.
    Journal,
}

impl Source {
    /// The name that findings and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Source::Main => "main",
            Source::Wal => "wal",
            Source::Journal => "journal",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no source and no view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no {1}")]
pub struct UnknownName(String, &'static str);

impl UnknownName {
    pub(super) fn view(name: &str) -> UnknownName {
        UnknownName(name.to_owned(), "view")
    }
}

impl FromStr for Source {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match name {
            "main" => Ok(Source::Main),
            "wal" => Ok(Source::Wal),
            "journal" => Ok(Source::Journal),
            _ => Err(UnknownName(name.to_owned(), "source: main, wal, journal")),
        }
    }
}

/// The view of the database that a row version belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// What SQLite itself would return: the WAL applied, a hot journal rolled back.
    Live,
    /// The database after a commit of the WAL, counted from 1.
    Wal(u32),
    /// The main file alone: what was last checkpointed, or under a hot journal the unfinished transaction.
    Main,
    /// Before-images of a rollback journal: what pages held before its transaction.
    Journal,
    /// Frames that an older generation of the WAL left behind those of the present one, by transaction, oldest first,
    /// counted from 1.
    Former(u32),
    /// Before-images that an older and longer transaction left in the journal.
    FormerJournal,
    /// Frames of the WAL behind its last commit: a transaction that was not finished.
    Uncommitted,
    /// A page of the freelist.
    Freelist,
    /// A freeblock of a page.
    Freeblock,
    /// The gap between a page's pointer array and its cells.
    Unallocated,
    /// A page that is in no tree, in no chain and not on the freelist.
    Unreachable,
}

impl View {
    /// Whether rows of this view lie in unused space: no pointer leads to them, and no moment is known of them.
    pub fn is_residue(self) -> bool {
        matches!(self, View::Freelist | View::Freeblock | View::Unallocated | View::Unreachable)
    }

    /// The name of the view without the number of its commit.
    pub fn kind(self) -> &'static str {
        match self {
            View::Live => "live",
            View::Wal(_) => "wal",
            View::Main => "main",
            View::Journal => "journal",
            View::Former(_) => "wal-old",
            View::FormerJournal => "journal-old",
            View::Uncommitted => "uncommitted",
            View::Freelist => "freelist",
            View::Freeblock => "freeblock",
            View::Unallocated => "unallocated",
            View::Unreachable => "unreachable",
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Wal(commit) => write!(f, "wal:{commit}"),
            View::Former(group) => write!(f, "wal-old:{group}"),
            other => f.write_str(other.kind()),
        }
    }
}

impl FromStr for View {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let unknown = || UnknownName::view(name);
        Ok(match name {
            "live" => View::Live,
            "main" => View::Main,
            "journal" => View::Journal,
            "journal-old" => View::FormerJournal,
            "uncommitted" => View::Uncommitted,
            "freelist" => View::Freelist,
            "freeblock" => View::Freeblock,
            "unallocated" => View::Unallocated,
            "unreachable" => View::Unreachable,
            _ => {
                let (kind, number) = name.split_once(':').ok_or_else(unknown)?;
                let number = number.parse().map_err(|_| unknown())?;
                match kind {
                    "wal" => View::Wal(number),
                    "wal-old" => View::Former(number),
                    _ => return Err(unknown()),
                }
            }
        })
    }
}

/// The place of a cell. `length` is what the cell occupies on its page: payload-length varint, rowid varint, local
/// payload and overflow page number, and never less than the four bytes that SQLite gives to the smallest cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The view that the row was read in.
    pub view: View,
    /// The file that holds the page image.
    pub source: Source,
    /// The page number, from 1.
    pub page: u32,
    /// Bytes from the start of the file `source`.
    pub offset: u64,
    /// Bytes of the cell on its page.
    pub length: u64,
}

/// What tells two rows of a table apart: the rowid, or the encoded primary key of a WITHOUT ROWID table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// The rowid.
    Rowid(i64),
    /// Serial types and bodies of the key columns, as stored.
    Key(Vec<u8>),
    /// The rowid is lost: only the place tells the row from others.
    Unknown(Source, u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_reads_back_from_its_own_name() {
        let views = [View::Live, View::Wal(7), View::Main, View::Journal, View::Freelist, View::Freeblock];
        let more = [View::Unallocated, View::Former(2), View::FormerJournal, View::Uncommitted];
        for view in views.into_iter().chain(more) {
            assert_eq!(view.to_string().parse(), Ok(view));
        }
    }

    #[test]
    fn a_source_reads_back_from_its_own_name() {
        for source in [Source::Main, Source::Wal, Source::Journal] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
    }

    #[test]
    fn a_name_outside_the_vocabulary_is_refused() {
        assert!("wal:x".parse::<View>().is_err());
        assert!("Live".parse::<View>().is_err());
        assert!("shm".parse::<Source>().is_err());
    }
}
