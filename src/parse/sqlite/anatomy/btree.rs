//! A b-tree page taken apart (file format, section 1.6).

use super::super::super::Finding;
use super::super::cell::{Cell, row_cell, table_interior_cell};
use super::super::page::{BtreeHeader, BtreePage, Image, PageKind, TreeKind, btree_header};
use super::super::snapshot::Snapshot;
use super::super::spot::{narrow, wide};
use super::super::varint;
use super::database_header::database_header;
use super::layout::{Claim, Claimant, Layout, layout};
use super::part::{FieldReader, Part, PartKind};
use super::payload::Payload;
use super::record::{Reading, record};
use super::trees::Tree;

/// Cells over others that are taken apart; more than a page that was damaged by chance has.
const MOST_OVERLAPPING: usize = 16;

/// Pages of an overflow chain that are named.
const NAMED_PAGES: usize = 8;

/// What a page was taken apart into; positions count from its start.
#[derive(Default)]
pub(super) struct Pieces {
    pub parts: Vec<Part>,
    pub overlapping: Vec<Part>,
    pub findings: Vec<Finding>,
}

/// The page and what it is read by.
pub(super) struct Subject<'s, 'a> {
    pub snapshot: &'s Snapshot<'a>,
    /// Its usable bytes.
    pub image: Image<'a>,
    pub tree: Option<&'s Tree>,
}

/// Whether a page reads as one of a b-tree: its kind, and as many cells as there is room for.
pub(super) fn looks_like_btree(image: &Image<'_>) -> bool {
    let start = image.header_offset();
    let Ok((rest, header)) = btree_header(image.bytes.get(start..).unwrap_or(&[])) else { return false };
    let room = rest.len() / 6;
    let content = usize::from(header.content_start);
    !matches!(header.kind, PageKind::Unknown(_))
        && usize::from(header.cell_count) <= room
        && (content == 0 || content <= image.bytes.len())
}

/// What a kind of page is called.
pub(super) fn kind_name(kind: PageKind) -> String {
    match kind {
        PageKind::IndexInterior => "index interior page".to_owned(),
        PageKind::TableInterior => "table interior page".to_owned(),
        PageKind::IndexLeaf => "index leaf page".to_owned(),
        PageKind::TableLeaf => "table leaf page".to_owned(),
        PageKind::Unknown(byte) => format!("no kind of b-tree page ({byte:#04x})"),
    }
}

/// What of the structure of a page does not fit, without taking its cells apart.
pub(super) fn misfits(subject: &Subject<'_, '_>) -> Vec<Finding> {
    let Some(frame) = Frame::of(subject) else { return Vec::new() };
    let mut findings = frame.layout.findings;
    findings.extend(frame.odd);
    findings
}

/// Takes a page apart. Nothing where it has no b-tree header.
pub(super) fn btree(subject: &Subject<'_, '_>) -> Option<Pieces> {
    let frame = Frame::of(subject)?;
    let mut pieces = Pieces::default();
    let image = &subject.image;
    if image.number == 1 {
        pieces.parts.push(database_header(image.bytes));
    }
    pieces.parts.push(frame.header(image));
    if frame.page.cell_count() > 0 {
        pieces.parts.push(frame.pointers(image));
    }
    frame.content(subject, &mut pieces);
    for claim in frame.layout.overlapping.iter().take(MOST_OVERLAPPING) {
        let part = dissect(subject, frame.page.kind, claim, &mut Vec::new());
        pieces.overlapping.push(part);
    }
    pieces.findings.extend(frame.odd);
    pieces.findings.extend(frame.layout.findings);
    Some(pieces)
}

/// The structure of a page: header, pointers, and whose the other bytes are.
struct Frame<'a> {
    page: BtreePage<'a>,
    header: BtreeHeader,
    array_start: usize,
    array_end: usize,
    /// Where cell content may begin, 65,536 resolved and held to the page.
    content_start: usize,
    layout: Layout,
    odd: Vec<Finding>,
}

impl<'a> Frame<'a> {
    fn of(subject: &Subject<'_, 'a>) -> Option<Frame<'a>> {
        let image = subject.image;
        let start = image.header_offset();
        let (rest, header) = btree_header(image.bytes.get(start..)?).ok()?;
        let structure = if TreeKind::Table.holds(header.kind) { TreeKind::Table } else { TreeKind::Index };
        let (page, odd) = BtreePage::read(image, structure).ok()?;
        let array_start = image.bytes.len().saturating_sub(rest.len());
        let array_end = array_start.saturating_add(page.cell_count().saturating_mul(2));
        let layout = layout(&page, header.first_freeblock, array_end, subject.snapshot.geometry.usable);
        let claimed = match header.content_start {
            0 => 65_536,
            start => usize::from(start),
        };
        let content_start = claimed.clamp(array_end, image.bytes.len().max(array_end));
        let odd = odd.into_iter().collect();
        let mut frame = Frame { page, header, array_start, array_end, content_start, layout, odd };
        frame.check(claimed);
        Some(frame)
    }

    /// Holds the header against what the page has.
    fn check(&mut self, claimed: usize) {
        let image = self.page.image;
        let field = |within: usize| image.spot(image.header_offset().saturating_add(within));
        let first = self.layout.placed.first().map_or(image.bytes.len(), |claim| claim.start);
        if claimed != self.content_start || self.content_start > first {
            let message = format!(
                "cell content begins at {claimed} by the page header, the first of it lies at {first}"
            );
            self.odd.push(field(5).note("sqlite-page-content-start", message));
        }
        let between = self.gaps().filter(|(start, _)| *start >= self.content_start);
        let lengths = between.map(|(start, end)| end.saturating_sub(start));
        let found = lengths.fold(0, usize::saturating_add);
        let counted = usize::from(self.header.fragmented);
        if found != counted {
            let message =
                format!("the page header counts {counted} fragmented bytes, {found} are unaccounted for");
            self.odd.push(field(7).note("sqlite-page-fragments", message));
        }
    }

    /// Bytes that no claim has, from the pointer array on, cut where cell content may begin.
    fn gaps(&self) -> impl Iterator<Item = (usize, usize)> {
        let starts = std::iter::once(self.array_end).chain(self.layout.placed.iter().map(Claim::end));
        let size = self.page.image.bytes.len();
        let ends = self.layout.placed.iter().map(|claim| claim.start).chain(std::iter::once(size));
        let content = self.content_start;
        let cut = move |(start, end): (usize, usize)| {
            let middle = content.clamp(start.min(end), end);
            [(start, middle), (middle, end)]
        };
        starts.zip(ends).flat_map(cut).filter(|(start, end)| start < end)
    }

    fn header(&self, image: &Image<'_>) -> Part {
        let start = image.header_offset();
        let mut fields = FieldReader::new(image.bytes, start);
        fields.number("kind", 1, |_| kind_name(self.header.kind));
        fields.number("first freeblock", 2, |at| match at {
            0 => "none".to_owned(),
            at => format!("at {at} of the page"),
        });
        fields.number("cell count", 2, |count| count.to_string());
        fields.number("start of cell content", 2, |at| match at {
            0 => "65536".to_owned(),
            at => format!("at {at} of the page"),
        });
        fields.number("fragmented bytes", 1, |count| count.to_string());
        if self.header.right_child.is_some() {
            fields.number("right-most child", 4, |page| format!("page {page}"));
        }
        Part::group(PartKind::Structure, start, fields.done(), "b-tree header", kind_name(self.header.kind))
    }

    fn pointers(&self, image: &Image<'_>) -> Part {
        let mut fields = FieldReader::new(image.bytes, self.array_start);
        for index in 0..self.page.cell_count() {
            let fits = self.page.cell_offset(index).is_ok();
            fields.number(&format!("pointer {index}"), 2, |at| match fits {
                true => format!("cell {index} at {at} of the page ({:#x})", image.offset.saturating_add(at)),
                false => format!("{at}: no place for a cell"),
            });
        }
        let meaning = format!("{} pointers, in the order of the keys", self.page.cell_count());
        Part::group(PartKind::PointerArray, self.array_start, fields.done(), "cell pointer array", meaning)
    }

    /// Everything behind the pointer array, in the order of the offsets.
    fn content(&self, subject: &Subject<'_, '_>, pieces: &mut Pieces) {
        let mut gaps = self.gaps().peekable();
        for claim in &self.layout.placed {
            while let Some(gap) = gaps.next_if(|(start, _)| *start < claim.start) {
                pieces.parts.push(self.gap(gap));
            }
            pieces.parts.push(dissect(subject, self.page.kind, claim, &mut pieces.findings));
        }
        pieces.parts.extend(gaps.map(|gap| self.gap(gap)));
    }

    fn gap(&self, (start, end): (usize, usize)) -> Part {
        let length = end.saturating_sub(start);
        if start < self.content_start {
            return self.unallocated(start, end);
        }
        let (kind, name, meaning) = match length {
            1..=3 => (PartKind::Fragment, "fragment", "too few bytes for a freeblock"),
            _ => (PartKind::Unclaimed, "unclaimed", "between cells, on no chain"),
        };
        Part::leaf(kind, (start, length), name, meaning)
    }

    /// What begins now at an offset that a stale pointer names.
    fn now_at(&self, at: usize) -> String {
        let index = self.layout.placed.binary_search_by_key(&at, |claim| claim.start);
        match index.ok().and_then(|index| self.layout.placed.get(index)).map(|claim| claim.claimant) {
            Some(Claimant::Cell(index)) => format!("cell {index} begins there now"),
            Some(Claimant::Freeblock) => "a freeblock begins there now".to_owned(),
            None => "nothing begins there now".to_owned(),
        }
    }

    /// The gap before the cell content. When a cell is deleted, the pointers behind its own move down by one, and the
    /// last of them stays where it was.
    fn unallocated(&self, start: usize, end: usize) -> Part {
        let bytes = self.page.image.bytes.get(start..end).unwrap_or(&[]);
        let last = self.page.image.bytes.len().saturating_sub(4);
        let behind_array = start == self.array_end;
        let words = bytes.as_chunks::<2>().0.iter().map(|word| usize::from(u16::from_be_bytes(*word)));
        let stale = words.take_while(|at| behind_array && (self.array_end..=last).contains(at));
        let mut parts = Vec::new();
        for (index, at) in stale.enumerate() {
            let meaning = format!("a cell began at {at} of the page; {}", self.now_at(at));
            let place = (start.saturating_add(index.saturating_mul(2)), 2);
            parts.push(Part::leaf(PartKind::StalePointer, place, "stale pointer", meaning));
        }
        let rest = start.saturating_add(parts.len().saturating_mul(2));
        let (left, kind) = (end.saturating_sub(rest), PartKind::Unallocated);
        let zeros = bytes.get(rest.saturating_sub(start)..).unwrap_or(&[]).iter().all(|byte| *byte == 0);
        let meaning = if zeros { "zeros" } else { "not zero: what was here before may be left" };
        if parts.is_empty() {
            return Part::leaf(kind, (start, left), "unallocated", meaning);
        }
        let told = format!("{} stale pointers", parts.len());
        if left > 0 {
            parts.push(Part::leaf(kind, (rest, left), "rest", meaning));
        }
        Part::group(kind, start, parts, "unallocated", told)
    }
}

/// A cell or freeblock, field by field; of one that another lies over, as much as it claims.
fn dissect(subject: &Subject<'_, '_>, kind: PageKind, claim: &Claim, findings: &mut Vec<Finding>) -> Part {
    match claim.claimant {
        Claimant::Freeblock => freeblock(&subject.image, claim),
        Claimant::Cell(index) => {
            let (parts, odd) = match kind {
                PageKind::TableInterior => (interior(&subject.image, claim), Vec::new()),
                _ => row(subject, kind, claim),
            };
            let spot = subject.image.spot(claim.start);
            findings.extend(odd.into_iter().map(|message| spot.note("sqlite-record-odd", message)));
            let part = Part::group(PartKind::Cell, claim.start, parts, format!("cell {index}"), "");
            filled(part, claim)
        }
    }
}

/// The least cell takes four bytes; what it does not need of them, and what of a cut cell cannot be read, is a part too.
fn filled(mut part: Part, claim: &Claim) -> Part {
    let used = narrow(part.length);
    let left = claim.length.saturating_sub(used);
    if left > 0 {
        let name = if claim.length <= 4 { "padding" } else { "rest of the cell" };
        let place = (claim.start.saturating_add(used), left);
        part.parts.push(Part::leaf(PartKind::Field, place, name, ""));
        part.length = wide(claim.length);
    }
    part
}

fn freeblock(image: &Image<'_>, claim: &Claim) -> Part {
    let mut fields = FieldReader::new(image.bytes, claim.start);
    fields.number("next freeblock", 2, |at| match at {
        0 => "none".to_owned(),
        at => format!("at {at} of the page"),
    });
    fields.number("size", 2, |size| format!("{size} bytes, these four included"));
    let mut parts = fields.done();
    let left = claim.length.saturating_sub(4);
    if left > 0 {
        let place = (claim.start.saturating_add(4), left);
        parts.push(Part::leaf(
            PartKind::Freeblock,
            place,
            "free bytes",
            "the first four bytes of what was here are lost",
        ));
    }
    Part::group(PartKind::Freeblock, claim.start, parts, "freeblock", format!("{} bytes", claim.length))
}

fn interior(image: &Image<'_>, claim: &Claim) -> Vec<Part> {
    let input = image.bytes.get(claim.start..claim.end()).unwrap_or(&[]);
    let rowid = table_interior_cell(input).map(|(_, (_, rowid))| rowid);
    let mut fields = FieldReader::new(image.bytes, claim.start);
    fields.number("left child", 4.min(claim.length), |page| format!("page {page}"));
    if let Ok(rowid) = rowid {
        let meaning = |_: &[u8]| format!("{rowid}: the left child holds none that is greater");
        fields.bytes("rowid", claim.length.saturating_sub(4), meaning);
    }
    fields.done()
}

/// A cell with a record, and what of it does not fit.
fn row(subject: &Subject<'_, '_>, kind: PageKind, claim: &Claim) -> (Vec<Part>, Vec<String>) {
    let image = &subject.image;
    let input = image.bytes.get(claim.start..).unwrap_or(&[]);
    let Ok((_, cell)) = row_cell(input, kind, subject.snapshot.geometry.usable) else {
        return (Vec::new(), Vec::new());
    };
    let payload = Payload::of(subject.snapshot, image, claim.start, &cell);
    let mut fields = FieldReader::new(image.bytes, claim.start);
    if kind == PageKind::IndexInterior {
        fields.number("left child", 4, |page| format!("page {page}"));
    }
    varint_field(&mut fields, image, "payload length", |_| match cell.spills() {
        true => format!("{} bytes, {} of them on this page", cell.payload_length, cell.local_length),
        false => format!("{} bytes", cell.payload_length),
    });
    if kind == PageKind::TableLeaf {
        varint_field(&mut fields, image, "rowid", |value| value.cast_signed().to_string());
    }
    let base = fields.position();
    let mut parts = fields.done();
    let (tree, encoding) = (subject.tree, subject.snapshot.geometry.encoding);
    let (record, odd) = record(&payload, base, &Reading { tree, encoding, rowid: cell.rowid });
    parts.extend(record);
    if cell.overflow.is_some() {
        let mut fields = FieldReader::new(image.bytes, base.saturating_add(cell.local.len()));
        fields.number("first overflow page", 4, |_| chain(&cell, &payload));
        parts.extend(fields.done());
    }
    (parts, odd)
}

fn varint_field(
    fields: &mut FieldReader<'_>,
    image: &Image<'_>,
    name: &str,
    meaning: impl FnOnce(u64) -> String,
) {
    let bytes = image.bytes.get(fields.position()..).unwrap_or(&[]);
    if let Some((value, length)) = varint::read(bytes) {
        fields.bytes(name, length, |_| meaning(value));
    }
}

/// The overflow chain of a cell in words.
fn chain(cell: &Cell<'_>, payload: &Payload<'_>) -> String {
    let first = cell.overflow.unwrap_or(0);
    let pages: Vec<u32> = payload.chain.segments.iter().map(|segment| segment.page).collect();
    let named: Vec<String> = pages.iter().take(NAMED_PAGES).map(u32::to_string).collect();
    let more = pages.len().saturating_sub(NAMED_PAGES);
    let more = if more > 0 { format!(", … ({} pages)", pages.len()) } else { String::new() };
    let problem =
        payload.chain.finding.as_ref().map_or(String::new(), |finding| format!("; {}", finding.message));
    match named.is_empty() {
        true => format!("page {first}{problem}"),
        false => format!("page {first}; the chain: {}{more}{problem}", named.join(", ")),
    }
}
