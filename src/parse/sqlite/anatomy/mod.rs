//! A database taken apart byte by byte, for a person who has to show what stands where.
//!
//! ```text
//! Database ─► Moment ─► page(n) ─► Anatomy ─► Part ─► Part ─► …     every byte of the page in one leaf
//!          └► anatomy_at(file, offset)                              a page, or what surrounds it in the WAL or journal
//! ```
//!
//! What is read is told with its offset and length; the bytes are the file's, and the caller shows them beside it.
//! Damaged pages are taken apart as far as they go, and a finding says what does not fit.

mod btree;
mod companion;
mod database_header;
mod layout;
mod moment;
mod part;
mod payload;
mod record;
mod role;
mod simple;
mod trees;
mod value;

pub use moment::Moment;
pub use part::{Anatomy, Part, PartKind};

use super::super::Error;
use super::database::Database;
use super::place::{Source, View};
use super::schema::root_spot;
use super::snapshot::{Geometry, Snapshot};
use super::spot::wide;
use super::timeline::Layer;
use companion::{Held, envelope, region_at};
pub(super) use companion::{Region, journal_regions, wal_regions};

/// One image of a page in one of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageImage {
    /// The page number.
    pub page: u32,
    /// The file that holds the image.
    pub source: Source,
    /// Of its first byte in that file.
    pub offset: u64,
    /// Whether the live view reads it.
    pub is_live: bool,
    /// False for a frame of the WAL that is of an older generation or whose checksum is wrong.
    pub counts: bool,
    /// The frame or record that it lies in; `main file` where it lies in none.
    pub told: String,
}

impl<'a> Database<'a> {
    /// The live state, to be taken apart page by page.
    pub fn moment(&self) -> Moment<'a> {
        Moment::new(self.live().clone())
    }

    /// Every image of a page: in the main file, in each frame of the WAL and each record of the journal that has it, whether
    /// it counts or not, in the order of their offsets.
    pub fn images(&self, page: u32) -> Vec<PageImage> {
        let live = self.live();
        let read = live.overlaid(page).map(|place| (place.source, place.offset));
        let main = live.geometry.page_offset(page);
        let read = read.unwrap_or((Source::Main, main));
        let mut images = Vec::new();
        let mut add = |source: Source, offset: u64, counts: bool, told: String| {
            let is_live = read == (source, offset);
            images.push(PageImage { page, source, offset, is_live, counts, told });
        };
        if page > 0 && main < wide(live.main.len()) {
            add(Source::Main, main, true, "main file".to_owned());
        }
        for source in [Source::Wal, Source::Journal] {
            for region in self.regions(source).0.iter().filter(|region| region.page == Some(page)) {
                let counts = !matches!(region.held, Held::Frame { valid: false, .. });
                add(source, wide(region.image()), counts, region.told());
            }
        }
        images
    }

    /// Takes one image of a page apart, in the state of the database that it belongs to: for a frame of the WAL that with the
    /// frames before it and none behind, for a record of the journal that before the transaction.
    ///
    /// # Errors
    /// Where the file has no bytes there.
    pub fn anatomy_of(&self, image: &PageImage) -> Result<Anatomy, Error> {
        let moment = self.moment_at(image.source, image.page, image.offset);
        moment.page(image.page)
    }

    /// Takes apart what holds a byte: a page, a frame of the WAL with its page, a record of the journal, or a header.
    ///
    /// # Errors
    /// Where the file ends before that offset.
    pub fn anatomy_at(&self, source: Source, offset: u64) -> Result<Anatomy, Error> {
        let live = self.live();
        let file = live.file(source);
        if offset >= wide(file.len()) {
            return Err(Error::Unexpected {
                offset,
                what: format!("a byte of {source}"),
                expected: format!("an offset below {}", file.len()),
                found: "the end of the file".to_owned(),
            });
        }
        if source == Source::Main {
            let page = offset.checked_div(u64::from(live.geometry.page_size)).unwrap_or(0).saturating_add(1);
            let page = u32::try_from(page).unwrap_or(u32::MAX);
            return self.moment_at(source, page, live.geometry.page_offset(page)).page(page);
        }
        let (regions, _) = self.regions(source);
        match region_at(&regions, offset) {
            Some(region) => self.region(source, region),
            None => Err(Error::Unexpected {
                offset,
                what: format!("a byte of {source}"),
                expected: "a region that holds it".to_owned(),
                found: "none".to_owned(),
            }),
        }
    }

    /// The database header of the live view. Nothing for a main file of no bytes.
    pub fn header_anatomy(&self) -> Option<Anatomy> {
        let image = self.live().image(1, root_spot(self.live())).ok()?;
        let root = database_header::database_header(image.bytes).moved(image.offset);
        let (overlapping, findings) = (Vec::new(), Vec::new());
        Some(Anatomy { source: image.source, page: Some(1), root, overlapping, findings })
    }

    fn region(&self, source: Source, region: &Region) -> Result<Anatomy, Error> {
        let (mut parts, behind) = envelope(self.live().seized(source), region);
        let mut anatomy = match region.page {
            Some(page) if page > 0 => self.moment_at(source, page, wide(region.image())).page(page)?,
            _ => Anatomy {
                source,
                page: None,
                root: Part::leaf(PartKind::Unknown, (region.start, 0), "", ""),
                overlapping: Vec::new(),
                findings: Vec::new(),
            },
        };
        if let Held::Frame { .. } = region.held {
            parts = vec![Part::group(PartKind::Structure, region.start, parts, "frame header", "")];
        }
        let empty = Part::leaf(PartKind::Unknown, (region.start, 0), "", "");
        let page = std::mem::replace(&mut anatomy.root, empty);
        if page.length > 0 {
            parts.push(page);
        } else if region.page.is_some() {
            let length =
                region.end().saturating_sub(behind.len().saturating_mul(4)).saturating_sub(region.image());
            parts.push(Part::leaf(
                PartKind::Unknown,
                (region.image(), length),
                "content",
                "page 0 is no page",
            ));
        }
        parts.extend(behind);
        anatomy.root = Part::group(PartKind::Structure, region.start, parts, region.told(), "");
        Ok(anatomy)
    }

    /// The regions of a companion, and the page size that it is read by.
    fn regions(&self, source: Source) -> (Vec<Region>, u32) {
        let live = self.live();
        match source {
            Source::Main => (Vec::new(), live.geometry.page_size),
            Source::Wal => wal_regions(live.seized.wal, live.geometry.page_size),
            Source::Journal => journal_regions(live.seized.journal, live.geometry.page_size),
        }
    }

    /// The state in which this image is that of its page.
    fn moment_at(&self, source: Source, page: u32, offset: u64) -> Moment<'a> {
        let live = self.live();
        let read = live
            .overlaid(page)
            .map_or((Source::Main, live.geometry.page_offset(page)), |place| (place.source, place.offset));
        if read == (source, offset) {
            return self.moment();
        }
        let (regions, page_size) = self.regions(source);
        let overlay = overlay(&regions, source, offset);
        let reserved = live.geometry.page_size.saturating_sub(live.geometry.usable);
        let usable = page_size.saturating_sub(reserved);
        let geometry = Geometry { page_size, usable, ..live.geometry };
        let last = overlay.last().map_or(0, |overlaid| overlaid.page);
        let pages = geometry.pages_in(live.main.len()).max(last);
        let layers = overlay.into();
        Moment::new(Snapshot { view: View::Live, geometry, pages, layers, moment: 0, ..live.clone() })
    }
}

/// The images that count at the moment of the one at `offset`: sorted by page, one for each.
fn overlay(regions: &[Region], source: Source, offset: u64) -> Vec<Layer> {
    let wanted = regions.iter().find(|region| region.page.is_some() && wide(region.image()) == offset);
    let belongs = |region: &&Region| match (region.held, wanted.map(|wanted| wanted.held)) {
        (Held::Frame { number, salts, .. }, Some(Held::Frame { number: last, salts: own, .. })) => {
            number <= last && salts == own
        }
        (Held::Record { .. }, Some(Held::Record { .. })) => true,
        _ => false,
    };
    let mut found: Vec<Layer> = Vec::new();
    for region in regions.iter().filter(belongs) {
        let Some(page) = region.page else { continue };
        found.push(Layer { page, moment: 0, source, offset: wide(region.image()) });
    }
    // Of the images of a page the last of the WAL counts, the first of a journal, and for its own page the wanted one.
    if source == Source::Wal {
        found.reverse();
    }
    found.sort_by_key(|overlaid| (overlaid.page, overlaid.offset != offset));
    found.dedup_by_key(|overlaid| overlaid.page);
    found
}
