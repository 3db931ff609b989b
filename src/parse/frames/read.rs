//! The frames of a backup, one after the other: what each says, and whether it is proven.

use std::collections::HashMap;

use super::super::Finding;
use super::super::protobuf::{Wire, fields, last};
use super::super::sqlite::{Cell, Table, write_record};
use super::cipher::{Keys, MAC, apply};
use super::message::{Message, message};
use super::statement::{Statement, statement};

/// Most bytes of a header; those that are known have 60.
const HEADER_LIMIT: usize = 1_024;

/// Findings of one code that stand by themselves.
const EACH: u64 = 50;

/// Why a passphrase does not open a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The first frame is not of its keys.
    WrongPassphrase,
    /// There is no frame behind the header.
    NoFrames,
}

/// A backup that a passphrase opens.
pub struct Backup<'a> {
    pub(super) input: &'a [u8],
    pub(super) keys: Keys,
    pub(super) version: u64,
    /// Where the first frame begins.
    pub(super) start: usize,
}

/// Where a frame lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub offset: usize,
    pub counter: u32,
}

/// A decrypted frame.
pub(super) struct Frame {
    pub bytes: Vec<u8>,
    pub end: usize,
    pub proven: bool,
}

/// Whether bytes begin with the header of such a backup.
pub fn is_backup(input: &[u8]) -> bool {
    header(input).is_some()
}

struct Header<'a> {
    iv: [u8; 16],
    salt: &'a [u8],
    version: u64,
    end: usize,
}

fn header(input: &[u8]) -> Option<Header<'_>> {
    let (length, rest) = input.split_first_chunk::<4>()?;
    let length =
        usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length <= HEADER_LIMIT)?;
    let frame = fields(rest.get(..length)?)?;
    let header = fields(last(&frame, 1)?.bytes()?)?;
    let iv = last(&header, 1)?.bytes()?.try_into().ok()?;
    let salt = last(&header, 2)?.bytes().filter(|salt| salt.len() == 32)?;
    let version = last(&header, 3).and_then(Wire::number).unwrap_or(0);
    Some(Header { iv, salt, version, end: length.checked_add(4)? })
}

impl<'a> Backup<'a> {
    /// Opens a backup.
    ///
    /// # Errors
    /// [`Unfit`]. A first frame that is damaged is not one that another passphrase belongs to: what it decrypts to is a message.
    pub fn open(input: &'a [u8], passphrase: &str) -> Result<Backup<'a>, Unfit> {
        let Header { iv, salt, version, end: start } = header(input).ok_or(Unfit::NoFrames)?;
        let backup = Backup { input, keys: Keys::derive(passphrase, salt, iv), version, start };
        let first = backup.frame(Place { offset: start, counter: backup.keys.first() });
        let known = |bytes: &[u8]| message(bytes).is_some_and(|message| message != Message::Other);
        match first {
            _ if input.len() <= start => Err(Unfit::NoFrames),
            Some(frame) if frame.proven || known(&frame.bytes) => Ok(backup),
            _ => Err(Unfit::WrongPassphrase),
        }
    }

    /// The frame at a place; nothing where its length cannot be.
    pub(super) fn frame(&self, Place { offset, counter }: Place) -> Option<Frame> {
        let (length, rest) = self.input.get(offset..)?.split_first_chunk::<4>()?;
        let mut stream = self.keys.stream(counter);
        let mut plain = *length;
        if self.version > 0 {
            apply(&mut stream, &mut plain);
        }
        let length_of = usize::try_from(u32::from_be_bytes(plain)).ok()?;
        let (sealed, mac) = rest.get(..length_of)?.split_at_checked(length_of.checked_sub(MAC)?)?;
        let proven = match self.version {
            0 => self.keys.proves(&[sealed], mac),
            _ => self.keys.proves(&[length, sealed], mac),
        };
        let mut bytes = sealed.to_vec();
        apply(&mut stream, &mut bytes);
        Some(Frame { bytes, end: offset.checked_add(4)?.checked_add(length_of)?, proven })
    }

    /// Reads every frame once. What lies behind damage that hides the length of a frame cannot be found.
    pub(super) fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        let mut place = Place { offset: self.start, counter: self.keys.first() };
        while place.offset < self.input.len() && !contents.ended {
            let Some(frame) = self.frame(place) else {
                contents.stopped(place.offset, self.input.len());
                return contents;
            };
            if !frame.proven {
                contents.note("backup-frame-mac", place.offset, "a frame has a wrong MAC: it was damaged or changed after it was written; what is read from it is not proven", true);
            }
            let mut next = Place { offset: frame.end, counter: place.counter.wrapping_add(1) };
            match message(&frame.bytes) {
                Some(Message::Blob { kind, row, name, length }) => {
                    next = self.blob(&mut contents, next, (kind, row, name), length);
                }
                Some(message) => contents.take(message, place),
                None => contents.note("backup-frame-unread", place.offset, "a frame is no message", true),
            }
            place = next;
        }
        if !contents.ended {
            contents.note(
                "backup-cut-off",
                self.input.len(),
                "the backup ends without its last frame: it was cut off",
                true,
            );
        }
        contents
    }

    /// The bytes of an attachment, an avatar or a sticker: held against their MAC, and listed.
    fn blob(
        &self,
        contents: &mut Contents,
        place: Place,
        (kind, row, name): (&'static str, Cell<'_>, Cell<'_>),
        length: u32,
    ) -> Place {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = place.offset.saturating_add(length);
        let bytes = self.input.get(place.offset..end);
        let mac = self.input.get(end..end.saturating_add(MAC));
        let proven =
            bytes.zip(mac).map(|(bytes, mac)| self.keys.proves_attachment(place.counter, bytes, mac));
        if proven == Some(false) {
            contents.note(
                "backup-attachment-mac",
                place.offset,
                "an attachment has a wrong MAC: it was damaged or changed",
                true,
            );
        }
        let number = |number: usize| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        let whole = Cell::Integer(i64::from(proven == Some(true)));
        let cells = [Cell::Text(kind.as_bytes()), row, name, number(length), number(place.offset), whole];
        contents.attachments.push(write_record(&cells));
        Place { offset: end.saturating_add(MAC), counter: place.counter.wrapping_add(1) }
    }
}

/// The rows of a table: where the frame of each lies.
pub(super) struct Rows {
    pub table: Table,
    pub rows: Vec<(i64, Place)>,
    next: i64,
}

/// What the frames say.
#[derive(Default)]
pub(super) struct Contents {
    pub tables: Vec<Rows>,
    /// Position of a table by its name in lower case.
    names: HashMap<String, usize>,
    /// Of a statement that inserts: the table, and the column of each value.
    insertions: HashMap<String, Option<(usize, Vec<usize>)>>,
    pub attachments: Vec<Vec<u8>>,
    pub preferences: Vec<Vec<u8>>,
    pub key_values: Vec<Vec<u8>>,
    pub database_version: u32,
    pub findings: Vec<Finding>,
    counts: HashMap<&'static str, u64>,
    pub left_out: u64,
    ended: bool,
}

impl Contents {
    pub(super) fn note(&mut self, code: &'static str, offset: usize, message: &str, loss: bool) {
        let count = self.counts.entry(code).or_default();
        *count = count.saturating_add(1);
        if *count <= EACH {
            let offset = Some(u64::try_from(offset).unwrap_or(u64::MAX));
            self.findings.push(Finding::of_file(code, message.to_owned(), offset, loss));
        }
    }

    /// How many more findings there were of each code.
    pub(super) fn more(&self) -> Vec<Finding> {
        let mut more: Vec<_> = self.counts.iter().filter(|(_, count)| **count > EACH).collect();
        more.sort();
        let finding = |(code, count): (&&'static str, &u64)| {
            Finding::of_file(code, format!("{} more of this kind", count.saturating_sub(EACH)), None, true)
        };
        more.into_iter().map(finding).collect()
    }

    fn stopped(&mut self, offset: usize, length: usize) {
        let left = length.saturating_sub(offset);
        let message = format!(
            "no frame of a length that can be begins here, {left} bytes before the end: the backup was cut off inside a frame, or \
             the length of this one is damaged, and nothing behind it can be found"
        );
        self.note("backup-cut-off", offset, &message, true);
    }

    fn take(&mut self, message: Message<'_>, place: Place) {
        match message {
            Message::Statement(sql, values) => self.statement(sql, &values, place),
            Message::Preference(cells) => self.preferences.push(write_record(&cells)),
            Message::KeyValue(cells) => self.key_values.push(write_record(&cells)),
            Message::DatabaseVersion(version) => self.database_version = version,
            Message::End => self.ended = true,
            Message::Blob { .. } => {}
            Message::Other => {
                self.note(
                    "backup-frame-unknown",
                    place.offset,
                    "a frame is a message of a kind that is not known",
                    true,
                );
            }
        }
    }

    fn statement(&mut self, sql: &[u8], values: &[Cell<'_>], place: Place) {
        let unknown = "a statement is neither a table nor a row of values";
        let Ok(text) = std::str::from_utf8(sql) else {
            return self.note("backup-statement-unknown", place.offset, unknown, true);
        };
        if let Some(known) = self.insertions.get(text) {
            let known = known.clone();
            return self.insert(known, values, place);
        }
        match statement(text) {
            Statement::Table(table) => self.create(*table),
            Statement::Insert(insertion) => {
                let position = self.names.get(&insertion.table.to_ascii_lowercase()).copied();
                let columns = position.and_then(|position| {
                    let table = &self.tables.get(position)?.table;
                    Some((position, columns(table, insertion.columns.as_deref(), insertion.values)?))
                });
                self.insertions.insert(text.to_owned(), columns.clone());
                self.insert(columns, values, place);
            }
            Statement::LeftOut => self.left_out = self.left_out.saturating_add(1),
            Statement::Unknown => self.note("backup-statement-unknown", place.offset, unknown, true),
        }
    }

    fn create(&mut self, table: Table) {
        let name = table.name.to_ascii_lowercase();
        if self.names.contains_key(&name) {
            return;
        }
        self.names.insert(name, self.tables.len());
        self.tables.push(Rows { table, rows: Vec::new(), next: 1 });
    }

    fn insert(&mut self, into: Option<(usize, Vec<usize>)>, values: &[Cell<'_>], place: Place) {
        let rows = into.and_then(|(position, columns)| Some((self.tables.get_mut(position)?, columns)));
        let Some((rows, columns)) = rows.filter(|(_, columns)| columns.len() == values.len()) else {
            let message = "a row has no table in the backup, or other columns than its table";
            return self.note("backup-row-without-table", place.offset, message, true);
        };
        let alias =
            rows.table.rowid_alias.and_then(|alias| columns.iter().position(|column| *column == alias));
        let rowid = match alias.and_then(|alias| values.get(alias)) {
            Some(Cell::Integer(rowid)) => *rowid,
            _ => rows.next,
        };
        rows.next = rows.next.max(rowid.saturating_add(1));
        rows.rows.push((rowid, place));
    }

    /// The columns of the values of a row of a table, as its statement orders them.
    pub(super) fn columns_of(&self, position: usize, sql: &str) -> Option<&[usize]> {
        let (known, columns) = self.insertions.get(sql)?.as_ref()?;
        (*known == position).then_some(columns.as_slice())
    }
}

/// The column of each value of a statement.
fn columns(table: &Table, named: Option<&[String]>, values: usize) -> Option<Vec<usize>> {
    let columns: Option<Vec<usize>> = match named {
        Some(names) => names.iter().map(|name| table.column(name)).collect(),
        None => {
            let written = table.columns.iter().enumerate().filter(|(_, column)| column.generated.is_none());
            Some(written.map(|(index, _)| index).collect())
        }
    };
    columns.filter(|columns| columns.len() == values)
}
