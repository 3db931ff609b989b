//! Pages that are no b-tree pages (file format, sections 1.5 to 1.8).
//!
//! ```text
//! trunk         next trunk u32 │ leaves u32 │ leaf page u32 × leaves │ not used
//! overflow      next page u32 │ payload │ what was there before
//! pointer map   type u8, parent u32 for each of the usable size / 5 pages behind it
//! ```

use super::super::page::Image;
use super::super::spot::wide;
use super::part::{FieldReader, Part, PartKind, big_endian};

/// A trunk page of the freelist.
pub(super) fn trunk(image: &Image<'_>) -> Vec<Part> {
    let mut fields = FieldReader::new(image.bytes, 0);
    fields.number("next trunk page", 4, |page| match page {
        0 => "none: the last trunk".to_owned(),
        page => format!("page {page}"),
    });
    let room = image.bytes.len().saturating_sub(8) / 4;
    let claimed = big_endian(image.bytes.get(4..8).unwrap_or(&[]));
    let count = usize::try_from(claimed).map_or(room, |claimed| claimed.min(room));
    fields.number("leaf count", 4, |claimed| match wide(count) == claimed {
        true => format!("{claimed} leaves"),
        false => format!("{claimed} leaves are claimed, {room} have room"),
    });
    for index in 0..count {
        fields.number(&format!("leaf {index}"), 4, |page| format!("page {page}"));
    }
    let at = fields.position();
    let left = image.bytes.len().saturating_sub(at);
    let mut parts = fields.done();
    if left > 0 {
        let meaning = "what was on this page before it was freed may be left";
        parts.push(Part::leaf(PartKind::Unallocated, (at, left), "not used by the list", meaning));
    }
    parts
}

/// A page of an overflow chain that holds `used` bytes of its payload.
pub(super) fn overflow(image: &Image<'_>, used: usize) -> Vec<Part> {
    let mut fields = FieldReader::new(image.bytes, 0);
    fields.number("next overflow page", 4, |page| match page {
        0 => "none: the last of its chain".to_owned(),
        page => format!("page {page}"),
    });
    let mut parts = fields.done();
    let left = image.bytes.len().saturating_sub(4);
    let used = used.min(left);
    if used > 0 {
        let meaning = format!("{used} bytes of the payload");
        parts.push(Part::leaf(PartKind::Payload, (4, used), "payload", meaning));
    }
    if left > used {
        let place = (4usize.saturating_add(used), left.saturating_sub(used));
        let meaning = "behind the end of the payload: what was here before may be left";
        parts.push(Part::leaf(PartKind::Unallocated, place, "unused", meaning));
    }
    parts
}

/// A pointer-map page. `pages` is the page count: entries beyond it are empty.
pub(super) fn pointer_map(image: &Image<'_>, pages: u32) -> Vec<Part> {
    let entries = image.bytes.len() / 5;
    let (mut parts, mut at) = (Vec::new(), 0usize);
    for index in 0..entries {
        let page = u64::from(image.number).saturating_add(1).saturating_add(wide(index));
        let left = image.bytes.get(at..).unwrap_or(&[]);
        if page > u64::from(pages) && left.iter().all(|byte| *byte == 0) {
            break;
        }
        let mut fields = FieldReader::new(image.bytes, at);
        fields.number("type", 1, entry_type);
        fields.number("parent", 4, |parent| match parent {
            0 => "none".to_owned(),
            parent => format!("page {parent}"),
        });
        parts.push(Part::group(PartKind::Structure, at, fields.done(), format!("entry of page {page}"), ""));
        at = at.saturating_add(5);
    }
    let left = image.bytes.len().saturating_sub(at);
    if left > 0 {
        parts.push(Part::leaf(PartKind::Unallocated, (at, left), "unused", "no page has its entry here"));
    }
    parts
}

fn entry_type(kind: u64) -> String {
    match kind {
        0 => "0: none".to_owned(),
        1 => "1: root page of a b-tree".to_owned(),
        2 => "2: free page".to_owned(),
        3 => "3: first overflow page; its parent is the page of the cell".to_owned(),
        4 => "4: later overflow page; its parent is the one before it".to_owned(),
        5 => "5: b-tree page; its parent is the page above it".to_owned(),
        other => format!("{other}: unknown"),
    }
}

/// A page that is one range of bytes.
pub(super) fn whole(image: &Image<'_>, name: &str, meaning: &str) -> Vec<Part> {
    let place = (0, image.bytes.len());
    let zeros = image.bytes.iter().all(|byte| *byte == 0);
    let meaning = if zeros { format!("{meaning}; all zero") } else { meaning.to_owned() };
    vec![Part::leaf(PartKind::Unknown, place, name, meaning)]
}
