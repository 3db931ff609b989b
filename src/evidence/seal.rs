//! What became of a file that its app may have encrypted: it is open, it stays closed, or it was never shut.

use super::{Closed, mmap::Bytes};
use crate::parse::{
    self,
    sqlite::{Database, Files},
};

/// Whether a file is encrypted, and whether it was opened.
#[derive(Debug)]
pub enum Seal {
    /// It is not, as far as can be told.
    None,
    /// A key fits.
    Opened(Box<Unsealed>),
    /// No key fits, or there is none.
    Closed(Closed),
}

/// How decryption can be repeated with another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Statements that make `sqlcipher` read the file, behind the one that gives the key.
    Statements(Vec<String>),
    /// A command that makes the file PLAIN of FILE and KEY.
    Command(&'static str),
}

/// A file that a key opened.
#[derive(Debug)]
pub struct Unsealed {
    /// What it is and how it was encrypted: `SQLCipher 4`.
    pub method: String,
    /// Where the key was given, for the examiner; it stands in no report.
    pub key: String,
    /// What did not decrypt as it should.
    pub findings: Vec<parse::Finding>,
    /// How anyone can repeat it.
    pub repeat: Repeat,
    /// SHA-256 of the decrypted file, where it is another file than the one that was seized and offsets are told in it; else every
    /// page has kept its place.
    pub derived: Option<[u8; 32]>,
    /// The rows were written as a database; it was none.
    pub(super) rebuilt: bool,
    pub(super) main: Bytes,
    pub(super) wal: Option<Bytes>,
    pub(super) journal: Option<Bytes>,
}

impl Seal {
    /// The bytes to read, given those that were seized.
    #[must_use]
    pub fn files<'a>(&'a self, seized: Files<'a>) -> Files<'a> {
        match self {
            Seal::Opened(unsealed) => {
                let Unsealed { main, wal, journal, .. } = &**unsealed;
                Files { main, wal: wal.as_deref(), journal: journal.as_deref() }
            }
            Seal::None | Seal::Closed(_) => seized,
        }
    }

    /// The database that the bytes are.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn database<'a>(&'a self, seized: Files<'a>) -> Result<Database<'a>, parse::Error> {
        match self {
            Seal::Opened(unsealed) if unsealed.derived.is_none() => {
                Database::open_decrypted(self.files(seized), seized)
            }
            Seal::Opened(unsealed) if unsealed.rebuilt => Database::open_rebuilt(self.files(seized)),
            _ => Database::open(self.files(seized)),
        }
    }

    /// What a key opened.
    #[must_use]
    pub fn opened(&self) -> Option<&Unsealed> {
        match self {
            Seal::Opened(unsealed) => Some(unsealed),
            Seal::None | Seal::Closed(_) => None,
        }
    }

    /// What stays closed.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        match self {
            Seal::Closed(closed) => Some(closed),
            Seal::None | Seal::Opened(_) => None,
        }
    }
}
