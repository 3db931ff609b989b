//! How this room says what it could not read: the error of a structure, and the finding that a reader goes on from.

use nom::error::{ContextError, ErrorKind, ParseError};

/// The result of a nom parser of this room.
pub type Parsed<'a, T> = nom::IResult<&'a [u8], T, Broken<'a>>;

/// Where a nom parser stopped: the rest of its input and the names of what it was reading, innermost first.
/// [`located`] turns the rest into an offset, once, at the room's edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken<'a> {
    /// The input from the byte that did not fit.
    pub rest: &'a [u8],
    /// nom's own reason.
    pub kind: ErrorKind,
    /// The structures being read, innermost first.
    pub context: Vec<&'static str>,
}

impl<'a> ParseError<&'a [u8]> for Broken<'a> {
    fn from_error_kind(rest: &'a [u8], kind: ErrorKind) -> Self {
        Broken { rest, kind, context: Vec::new() }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl<'a> ContextError<&'a [u8]> for Broken<'a> {
    fn add_context(_: &'a [u8], what: &'static str, mut other: Self) -> Self {
        other.context.push(what);
        other
    }
}

/// Why a structure could not be read. Each message says where, what was being read, what was expected, what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not of the kind that it was opened as.
    #[error("not {expected}: begins with {found}")]
    WrongKind {
        /// The kind, with its article: `a SQLite database`.
        expected: &'static str,
        /// At most 16 bytes, in hex, or `nothing` for an empty file.
        found: String,
    },
    /// A structure does not fit its specification.
    #[error("at {offset:#x}: reading {what}: expected {expected}, found {found}")]
    Unexpected {
        /// Bytes from the start of the file.
        offset: u64,
        /// The structure and the field.
        what: String,
        /// What the specification asks for.
        expected: String,
        /// What is there; at most 16 bytes of evidence.
        found: String,
    },
    /// The bytes end before the structure does.
    #[error("at {offset:#x}: reading {what}: {left} bytes left ({found})")]
    Short {
        /// Bytes from the start of the file.
        offset: u64,
        /// The structure and the field.
        what: String,
        /// Bytes that are left.
        left: usize,
        /// At most 16 of them, in hex.
        found: String,
    },
    /// A bound that keeps hostile input from exhausting the machine was reached.
    #[error("at {offset:#x}: reading {what}: more than {limit}")]
    Limit {
        /// Bytes from the start of the file.
        offset: u64,
        /// What was being counted.
        what: String,
        /// The bound, with its unit.
        limit: String,
    },
}

impl Error {
    /// Bytes from the start of the file, where the error has a place.
    #[must_use]
    pub fn offset(&self) -> Option<u64> {
        match self {
            Error::Unexpected { offset, .. } | Error::Short { offset, .. } | Error::Limit { offset, .. } => {
                Some(*offset)
            }
            Error::WrongKind { .. } => None,
        }
    }
}

/// Something odd or unreadable that a reader met and went on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable kebab-case name: `sqlite-cell-pointer-out-of-page`.
    pub code: &'static str,
    /// One sentence: what was read, what was expected, what was found. At most 16 bytes of evidence.
    pub message: String,
    /// Bytes from the start of the file it was met in, where there is a place.
    pub offset: Option<u64>,
    /// The page, for formats that have pages.
    pub page: Option<u32>,
    /// Which of the companion files: `main`, `wal`, `journal`.
    pub source: &'static str,
    /// Whether evidence could not be read because of it (exit status 1); else it is an observation.
    pub loss: bool,
}

impl Finding {
    /// About the file itself, and no page of it.
    pub(crate) fn of_file(code: &'static str, message: String, offset: Option<u64>, loss: bool) -> Self {
        Finding { code, message, offset, page: None, source: "main", loss }
    }
}

/// At most 16 bytes in hex, for a message.
pub(crate) fn small_hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing".to_owned();
    }
    hex::encode(bytes.get(..16).unwrap_or(bytes))
}

/// Gives a nom result its place: `base` is the offset in the file of the first byte of `input`.
///
/// # Errors
/// [`Error::Short`] where the input ended, else [`Error::Unexpected`], with the offset of the byte that did not fit.
pub fn located<'a, T>(input: &'a [u8], base: u64, result: Parsed<'a, T>) -> Result<(&'a [u8], T), Error> {
    result.map_err(|error| match error {
        nom::Err::Incomplete(_) => Error::Short {
            offset: base,
            what: "a structure".to_owned(),
            left: input.len(),
            found: small_hex(input),
        },
        nom::Err::Error(broken) | nom::Err::Failure(broken) => broken.place(input, base),
    })
}

impl Broken<'_> {
    fn place(self, input: &[u8], base: u64) -> Error {
        let consumed = input.len().saturating_sub(self.rest.len());
        let offset = base.saturating_add(u64::try_from(consumed).unwrap_or(u64::MAX));
        let what = self.context.iter().rev().copied().collect::<Vec<_>>().join(", ");
        let found = small_hex(self.rest);
        if self.kind == ErrorKind::Eof {
            return Error::Short { offset, what, left: self.rest.len(), found };
        }
        Error::Unexpected { offset, what, expected: expected(self.kind).to_owned(), found }
    }
}

/// What a parser of nom asks for, in words.
fn expected(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Tag | ErrorKind::Char => "its fixed bytes",
        ErrorKind::Digit | ErrorKind::OneOf => "a digit",
        ErrorKind::Switch | ErrorKind::Alt => "one of its known forms",
        _ => "a value that its specification allows",
    }
}
