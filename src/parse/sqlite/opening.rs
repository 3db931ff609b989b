//! Which files make the live view: the main file, a hot journal over it, a WAL over both, in SQLite's own order.

use super::super::error::small_hex;
use super::super::{Error, Finding, located};
use super::database::Files;
use super::header::{FileHeader, MAGIC, file_header};
use super::journal::{Journal, journal};
use super::place::{Source, View};
use super::schema::root_spot;
use super::snapshot::{Geometry, Overlaid, Snapshot};
use super::spot::{Spot, wide};
use super::table::Schema;
use super::text::Encoding;
use super::wal::{Wal, wal};

/// The live view of a database, and what was odd on the way to it.
pub(super) struct Opening<'a> {
    /// Of the live view; nothing for an empty database.
    pub header: Option<FileHeader>,
    pub live: Snapshot<'a>,
    pub findings: Vec<Finding>,
}

/// Reads headers and companions.
pub(super) fn open<'a>(files: Files<'a>) -> Result<Opening<'a>, Error> {
    if files.main.is_empty() {
        return Ok(empty(files));
    }
    let own = main_header(files.main)?;
    let (wal, wal_findings) = wal(files.wal.unwrap_or(&[]));
    let fallback = own.page_size().or(wal.as_ref().map(|wal| wal.page_size));
    let (journal, journal_findings) = journal(files.journal.unwrap_or(&[]), fallback.unwrap_or(0));
    let page_size = journal.as_ref().map(|journal| journal.page_size).or(fallback);
    let page_size = page_size.ok_or_else(|| Error::Unexpected {
        offset: 16,
        what: "database header, page size".to_owned(),
        expected: "a power of two from 512 to 32768, or 1".to_owned(),
        found: own.page_size_field.to_string(),
    })?;
    let mut findings = wal_findings;
    findings.extend(journal_findings);
    let mut layers = Layers { files, page_size, own, findings };
    let live = layers.live(journal, wal);
    let header = layers.header(&live);
    let live = Snapshot { geometry: Geometry::new(&header, page_size), ..live };
    layers.check(&header, &live);
    Ok(Opening { header: Some(header), live, findings: layers.findings })
}

fn main_header(main: &[u8]) -> Result<FileHeader, Error> {
    if !main.starts_with(MAGIC) {
        return Err(Error::WrongKind { expected: "a SQLite database", found: small_hex(main) });
    }
    located(main, 0, file_header(main)).map(|(_, header)| header)
}

/// A main file of no bytes is a valid database without tables; SQLite deletes a WAL or journal beside it.
fn empty<'a>(files: Files<'a>) -> Opening<'a> {
    let mut findings = Vec::new();
    let companions = [
        (Source::Wal, files.wal, "sqlite-wal-orphaned"),
        (Source::Journal, files.journal, "sqlite-journal-orphaned"),
    ];
    for (source, bytes, code) in companions {
        let length = bytes.map_or(0, <[u8]>::len);
        if length > 0 {
            let message =
                format!("the main file is empty, its {source} has {length} bytes that are not read");
            findings.push(Spot::new(source, 0).loss(code, message));
        }
    }
    let geometry = Geometry { page_size: 4096, usable: 4096, auto_vacuum: false, encoding: Encoding::Utf8 };
    let (view, overlay) = (View::Live, Vec::new());
    let live = Snapshot { view, geometry, pages: 0, main: &[], wal: &[], journal: &[], overlay };
    Opening { header: None, live, findings }
}

struct Layers<'a> {
    files: Files<'a>,
    page_size: u32,
    /// Of the main file itself.
    own: FileHeader,
    findings: Vec<Finding>,
}

impl<'a> Layers<'a> {
    /// The main file with its companions laid over it. The geometry is the main file's until page 1 is known.
    fn live(&mut self, journal: Option<Journal>, wal: Option<Wal>) -> Snapshot<'a> {
        let Files { main, wal: wal_bytes, journal: journal_bytes } = self.files;
        let geometry = Geometry::new(&self.own, self.page_size);
        let mut live = Snapshot {
            view: View::Live,
            geometry,
            pages: geometry.pages_in(main.len()),
            main,
            wal: wal_bytes.unwrap_or(&[]),
            journal: journal_bytes.unwrap_or(&[]),
            overlay: Vec::new(),
        };
        if let Some(Journal { images, pages, .. }) = journal {
            (live.overlay, live.pages) = (images, pages);
        }
        match wal {
            Some(wal) if wal.page_size != self.page_size => {
                let message =
                    format!("the WAL's page size is {}, the database's {}", wal.page_size, self.page_size);
                self.findings.push(Spot::new(Source::Wal, 8).loss("sqlite-wal-page-size", message));
            }
            Some(Wal { images, pages, .. }) => {
                live.overlay = over(live.overlay, images);
                live.pages = pages;
            }
            None => {}
        }
        live
    }

    /// The header as the live view has it: page 1 may lie in the WAL or in the journal.
    fn header(&mut self, live: &Snapshot<'a>) -> FileHeader {
        let Ok(image) = live.image(1, Spot::new(Source::Main, 0)) else { return self.own };
        match file_header(image.bytes) {
            Ok((_, header)) => header,
            Err(_) => {
                let message =
                    "page 1 does not begin with a database header: the main file's is used".to_owned();
                self.findings.push(image.spot(0).loss("sqlite-header-lost", message));
                self.own
            }
        }
    }

    fn check(&mut self, header: &FileHeader, live: &Snapshot<'a>) {
        let spot = root_spot(live);
        for (offset, code, message) in header.oddities() {
            let spot = Spot { offset: spot.offset.saturating_add(offset), ..spot };
            self.findings.push(spot.note(code, message));
        }
        if header.page_size() != Some(self.page_size) {
            let found = header.page_size_field;
            let message = format!("the header's page size is {found}, pages are read as {}", self.page_size);
            self.findings.push(spot.note("sqlite-page-size", message));
        }
        let overlaid = !live.overlay.is_empty();
        let claimed = if overlaid { Some(live.pages) } else { header.declared_pages() };
        self.check_length(claimed, live);
    }

    /// Holds the file's length against the pages that the database has.
    fn check_length(&mut self, claimed: Option<u32>, live: &Snapshot<'a>) {
        let file = live.geometry.pages_in(self.files.main.len());
        let end = Spot::new(Source::Main, wide(self.files.main.len()));
        let whole = wide(self.files.main.len()).checked_rem(u64::from(self.page_size)) == Some(0);
        if !whole {
            let beyond = claimed.is_some_and(|claimed| claimed < file);
            let message = format!("the file ends inside page {file}");
            self.findings.push(match beyond {
                true => end.on_page(file).note("sqlite-trailing-bytes", message),
                false => end.on_page(file).loss("sqlite-last-page-short", message),
            });
        }
        let Some(claimed) = claimed else { return };
        let beyond = |overlaid: &&Overlaid| overlaid.page > file && overlaid.page <= claimed;
        let overlaid = wide(live.overlay.iter().filter(beyond).count());
        let missing = u64::from(claimed.saturating_sub(file)).saturating_sub(overlaid);
        if missing > 0 {
            let message = format!("{missing} of {claimed} pages are missing: the file ends with page {file}");
            let spot = end.on_page(file.saturating_add(1));
            self.findings.push(spot.loss("sqlite-truncated", message));
        }
        if claimed < file && live.overlay.is_empty() {
            let message = format!("the header counts {claimed} pages, the file has {file}");
            self.findings.push(Spot::new(Source::Main, 28).note("sqlite-page-count", message));
        }
    }
}

/// No root page is a pointer map. Where the schema has one, the header field that makes this an auto-vacuum database
/// is wrong, and the database is read as one that is none.
pub(super) fn deny_pointer_maps(live: &mut Snapshot<'_>, schema: &Schema) -> Option<Finding> {
    let table = schema.tables.iter().find(|table| live.geometry.is_pointer_map(table.root_page))?;
    live.geometry.auto_vacuum = false;
    let spot = root_spot(live);
    let spot = Spot { offset: spot.offset.saturating_add(52), ..spot };
    let message =
        format!("page {} is a root page, no pointer map: read without auto-vacuum", table.root_page);
    Some(spot.note("sqlite-header-auto-vacuum", message))
}

/// Lays one sorted set of images over another.
fn over(below: Vec<Overlaid>, above: Vec<Overlaid>) -> Vec<Overlaid> {
    let mut all = above;
    all.extend(below);
    // The sort is stable: of two images of a page, the one from above stands first and is kept.
    all.sort_by_key(|overlaid| overlaid.page);
    all.dedup_by_key(|overlaid| overlaid.page);
    all
}
