//! Which files make the live view, and which states lie before it: the main file, its journal, its WAL, in SQLite's own order.

use super::super::error::small_hex;
use super::super::{Error, Finding, located};
use super::commit::{Commit, commits};
use super::database::{Files, Seized};
use super::header::{FileHeader, MAGIC, file_header};
use super::journal::{Journal, decrypted_journal};
use super::place::{Source, View};
use super::recovery::guessed_header;
use super::schema::root_spot;
use super::snapshot::{Geometry, Snapshot};
use super::spot::{Spot, wide};
use super::table::Schema;
use super::text::Encoding;
use super::timeline::{Builder, Layer, Moment, Timeline};
use super::wal::{Group, Log, wal};
use std::sync::Arc;

/// The live view of a database, and what was odd on the way to it.
pub(super) struct Opening<'a> {
    /// Of the live view; nothing for an empty database.
    pub header: Option<FileHeader>,
    pub live: Snapshot<'a>,
    pub timeline: Timeline,
    pub commits: Vec<Commit>,
    pub findings: Vec<Finding>,
}

/// Reads headers and companions.
pub(super) fn open<'a>(files: Files<'a>, seized: Seized<'a>) -> Result<Opening<'a>, Error> {
    if files.main.is_empty() {
        return Ok(empty(files, seized));
    }
    let (own, guess) = main_header(files.main)?;
    let (log, wal_findings) = wal(seized.wal, own.page_size());
    let fallback = own.page_size().or(log.as_ref().map(|log| log.page_size));
    let plain = files.journal.unwrap_or(&[]);
    let (journal, journal_findings) = decrypted_journal(seized.journal, plain, fallback.unwrap_or(0));
    let page_size = match &journal {
        Some(Journal::Hot { page_size, .. }) => Some(*page_size),
        _ => fallback,
    };
    let page_size = page_size.ok_or_else(|| Error::Unexpected {
        offset: 16,
        what: "database header, page size".to_owned(),
        expected: "a power of two from 512 to 32768, or 1".to_owned(),
        found: own.page_size_field.to_string(),
    })?;
    let mut findings = wal_findings;
    findings.extend(journal_findings);
    findings.extend(guess);
    let mut layers = Layers { files, seized, page_size, own, findings, overlaid: false };
    let log = layers.fitting(log);
    let timeline = layers.timeline(journal, log.as_ref());
    let live = layers.live(&timeline);
    let header = layers.header(&live);
    let live = Snapshot { geometry: Geometry::new(&header, page_size), ..live };
    layers.check(&header, &live);
    layers.check_wal(&header, &live);
    let commits = log.as_ref().map_or(Vec::new(), commits);
    Ok(Opening { header: Some(header), live, timeline, commits, findings: layers.findings })
}

/// The header of the main file; where it is lost, one that its pages suggest, and that this is so.
fn main_header(main: &[u8]) -> Result<(FileHeader, Option<Finding>), Error> {
    if main.starts_with(MAGIC) {
        return located(main, 0, file_header(main)).map(|(_, header)| (header, None));
    }
    let wrong = || Error::WrongKind { expected: "a SQLite database", found: small_hex(main) };
    let header = guessed_header(main).ok_or_else(wrong)?;
    let message = format!(
        "there is no database header (found {}); the pages behind it suggest a page size of {}, {} reserved bytes and {:?}",
        small_hex(main),
        header.page_size().unwrap_or(0),
        header.reserved,
        header.encoding()
    );
    Ok((header, Some(Spot::new(Source::Main, 0).on_page(1).loss("sqlite-header-guessed", message))))
}

/// A main file of no bytes is a valid database without tables; SQLite deletes a WAL or journal beside it. What they hold
/// is history.
fn empty<'a>(files: Files<'a>, seized: Seized<'a>) -> Opening<'a> {
    let (log, mut findings) = wal(seized.wal, None);
    let named = log.as_ref().map_or(0, |log| log.page_size);
    let (journal, odd) = decrypted_journal(seized.journal, files.journal.unwrap_or(&[]), named);
    findings.extend(odd);
    let mut builder = Builder::default();
    let mut page_size = if named == 0 { 4096 } else { named };
    if let Some(Journal::Hot { page_size: own, .. }) = &journal
        && log.is_none()
    {
        page_size = *own;
    }
    push_former(&mut builder, log.as_ref());
    let images = match journal {
        Some(Journal::Hot { images, .. }) => images,
        Some(Journal::Finished { last, .. }) => last,
        None => Vec::new(),
    };
    if !images.is_empty() {
        builder.push(unproven(View::Journal, highest(&images)), Source::Journal, &images);
    }
    push_commits(&mut builder, log.as_ref(), true);
    findings.extend(orphaned(files, &builder));
    builder.push(Moment { view: View::Main, pages: 0, verified: true, torn: false }, Source::Main, &[]);
    let behind = uncommitted(&builder, log.as_ref());
    let none = Geometry { page_size, usable: page_size, auto_vacuum: false, encoding: Encoding::Utf8 };
    let timeline = builder.build(none, behind.as_ref().map(|(moment, images)| (*moment, images.as_slice())));
    let (wal, journal) = (files.wal.unwrap_or(&[]), files.journal.unwrap_or(&[]));
    let (view, pages, moment) = (View::Live, 0, timeline.live);
    let layers = Arc::clone(&timeline.layers);
    let live = Snapshot { view, geometry: none, pages, main: &[], wal, journal, seized, layers, moment };
    let commits = log.as_ref().map_or(Vec::new(), commits);
    Opening { header: None, live, timeline, commits, findings }
}

/// That SQLite would delete what we read as history.
fn orphaned(files: Files<'_>, builder: &Builder) -> Vec<Finding> {
    let companions = [
        (Source::Wal, files.wal, "sqlite-wal-orphaned"),
        (Source::Journal, files.journal, "sqlite-journal-orphaned"),
    ];
    let mut findings = Vec::new();
    for (source, bytes, code) in companions {
        let length = bytes.map_or(0, <[u8]>::len);
        if length > 0 {
            let (images, spot) = (builder.images_in(source), Spot::new(source, 0));
            let message = format!(
                "the main file is empty, so SQLite would delete its {source} of {length} bytes; {images} page images \
                 are read from it as history"
            );
            findings.push(if images > 0 { spot.note(code, message) } else { spot.loss(code, message) });
        }
    }
    findings
}

fn highest(images: &[(u32, u64)]) -> u32 {
    images.iter().map(|(page, _)| *page).max().unwrap_or(0)
}

fn unproven(view: View, pages: u32) -> Moment {
    Moment { view, pages, verified: false, torn: true }
}

/// What older generations of the log left. Where no commit frame ends a group, the size of the database is not known.
fn push_former(builder: &mut Builder, log: Option<&Log>) {
    let groups = log.map_or(&[][..], |log| &log.former);
    let pages = groups.iter().map(|group| group.database_size.max(highest(&group.images))).max().unwrap_or(0);
    for (number, group) in (1..).zip(groups) {
        let size = if group.database_size == 0 { pages } else { group.database_size };
        let moment = Moment { view: View::Former(number), pages: size, verified: group.verified, torn: true };
        builder.push(moment, Source::Wal, &group.images);
    }
}

/// Commits of the log. Without the main file under them they lack the pages that they did not write.
fn push_commits(builder: &mut Builder, log: Option<&Log>, torn: bool) {
    for (number, group) in (1..).zip(log.map_or(&[][..], |log| &log.commits)) {
        let pages = group.database_size;
        let moment = Moment { view: View::Wal(number), pages, verified: true, torn };
        builder.push(moment, Source::Wal, &group.images);
    }
}

/// The frames behind the last commit, as one state.
fn uncommitted(builder: &Builder, log: Option<&Log>) -> Option<(Moment, Vec<(u32, u64)>)> {
    let groups = log.map_or(&[][..], |log| &log.uncommitted);
    let images: Vec<(u32, u64)> = groups.iter().flat_map(|group| group.images.iter().copied()).collect();
    let verified = groups.iter().all(|group: &Group| group.verified);
    let pages = builder.last_pages().max(highest(&images));
    let moment = Moment { view: View::Uncommitted, pages, verified, torn: true };
    (!images.is_empty()).then_some((moment, images))
}

struct Layers<'a> {
    files: Files<'a>,
    seized: Seized<'a>,
    page_size: u32,
    /// Of the main file itself.
    own: FileHeader,
    findings: Vec<Finding>,
    /// The live view is not the main file alone.
    overlaid: bool,
}

impl<'a> Layers<'a> {
    /// The log, if its pages are as long as the database's.
    fn fitting(&mut self, log: Option<Log>) -> Option<Log> {
        let log = log?;
        if log.page_size == self.page_size {
            return Some(log);
        }
        // Of a log without a header that is said already.
        if log.page_size != 0 {
            let message =
                format!("the WAL's page size is {}, the database's {}", log.page_size, self.page_size);
            self.findings.push(Spot::new(Source::Wal, 8).loss("sqlite-wal-page-size", message));
        }
        None
    }

    /// All states. The geometry is the main file's until page 1 is known.
    fn timeline(&mut self, journal: Option<Journal>, log: Option<&Log>) -> Timeline {
        let geometry = Geometry::new(&self.own, self.page_size);
        let mut builder = Builder::default();
        push_former(&mut builder, log);
        let pages = geometry.pages_in(self.files.main.len());
        let mut hot = None;
        match journal {
            Some(Journal::Finished { last, older, verified }) => {
                if !older.is_empty() {
                    let moment =
                        Moment { verified, ..unproven(View::FormerJournal, pages.max(highest(&older))) };
                    builder.push(moment, Source::Journal, &older);
                }
                if !last.is_empty() {
                    let pages = pages.max(highest(&last));
                    // Pages that the transaction cut off the file were never journalled.
                    let moment = Moment { view: View::Journal, pages, verified, torn: true };
                    builder.push(moment, Source::Journal, &last);
                }
            }
            Some(Journal::Hot { images, pages, .. }) => hot = Some((images, pages)),
            None => {}
        }
        let commits = log.map_or(&[][..], |log| &log.commits);
        self.overlaid = hot.is_some() || !commits.is_empty();
        builder.push_main(Moment { view: View::Main, pages, verified: true, torn: self.overlaid });
        if let Some((images, pages)) = hot {
            let moment = Moment { view: View::Journal, pages, verified: true, torn: false };
            builder.push(moment, Source::Journal, &images);
        }
        push_commits(&mut builder, log, false);
        let behind = uncommitted(&builder, log);
        builder.build(geometry, behind.as_ref().map(|(moment, images)| (*moment, images.as_slice())))
    }

    fn live(&self, timeline: &Timeline) -> Snapshot<'a> {
        let Files { main, wal, journal } = self.files;
        Snapshot {
            view: View::Live,
            geometry: Geometry::new(&self.own, self.page_size),
            pages: timeline.moment(timeline.live).map_or(0, |moment| moment.pages),
            main,
            wal: wal.unwrap_or(&[]),
            journal: journal.unwrap_or(&[]),
            seized: self.seized,
            layers: Arc::clone(&timeline.layers),
            moment: timeline.live,
        }
    }

    /// Page 1 in the log against that of the main file: both begin with a schema cookie, which only grows.
    fn check_wal(&mut self, header: &FileHeader, live: &Snapshot<'a>) {
        let spot = root_spot(live);
        if spot.source != Source::Wal {
            return;
        }
        let (own, log) = (self.own, *header);
        let unlike = (own.application_id, own.encoding()) != (log.application_id, log.encoding());
        if unlike || own.schema_cookie > log.schema_cookie {
            let message = format!(
                "page 1 in the WAL does not follow on that of the main file: schema cookie {} after {}, application id \
                 {} after {}",
                log.schema_cookie, own.schema_cookie, log.application_id, own.application_id
            );
            self.findings.push(
                Spot { offset: spot.offset.saturating_add(40), ..spot }.note("sqlite-wal-unlike", message),
            );
        }
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
        let claimed = if self.overlaid { Some(live.pages) } else { header.declared_pages() };
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
        let overlaid = pages_beyond(live, file, claimed);
        let missing = u64::from(claimed.saturating_sub(file)).saturating_sub(overlaid);
        if missing > 0 {
            let message = format!("{missing} of {claimed} pages are missing: the file ends with page {file}");
            let spot = end.on_page(file.saturating_add(1));
            self.findings.push(spot.loss("sqlite-truncated", message));
        }
        if claimed < file && !self.overlaid {
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

/// Pages from behind `file` up to `claimed` that the live view reads from a companion.
fn pages_beyond(live: &Snapshot<'_>, file: u32, claimed: u32) -> u64 {
    let is_beyond =
        |layer: &&Layer| layer.page > file && layer.page <= claimed && layer.moment <= live.moment;
    let mut pages: Vec<u32> = live.layers.iter().filter(is_beyond).map(|layer| layer.page).collect();
    pages.dedup();
    wide(pages.len())
}
