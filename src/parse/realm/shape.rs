//! Whether a node can be a leaf of a column of some type: by its flags, its width, and where they say little by its elements.

use super::array::{Array, Entry};
use super::element::{Element, Kind};
use super::reader::Reader;
use super::table::{Column, Form};

/// Whether a sub-array of a cluster can be the leaf of this column.
pub(super) fn is_column(reader: &Reader<'_>, column: &Column<'_>, leaf: &Array<'_>) -> bool {
    match column.form {
        Form::Single => is_leaf(reader, &column.element, leaf),
        Form::List | Form::Dictionary { .. } => is_refs(reader, leaf),
    }
}

/// Whether a node can be a leaf of such elements.
pub(super) fn is_leaf(reader: &Reader<'_>, element: &Element<'_>, leaf: &Array<'_>) -> bool {
    let is_plain = !leaf.has_refs && !leaf.is_multiplied && !leaf.is_blob;
    let is_tuple = |sizes: std::ops::RangeInclusive<usize>| leaf.has_refs && sizes.contains(&leaf.size);
    !leaf.is_inner
        && match &element.kind {
            Kind::Integer | Kind::OldBool | Kind::Date | Kind::Link { .. } | Kind::TypedLink => is_plain,
            Kind::Bool => is_plain && leaf.width <= 2,
            Kind::Codes(..) => is_plain || is_blobs(reader, true, leaf),
            Kind::Blobs(blobs) => is_blobs(reader, blobs.is_text, leaf),
            Kind::Timestamp => is_tuple(2..=2),
            Kind::Mixed => is_tuple(1..=6),
            Kind::Float => leaf.is_multiplied && matches!(leaf.width, 0 | 4),
            Kind::Double => leaf.is_multiplied && matches!(leaf.width, 0 | 8),
            Kind::Decimal => !leaf.has_refs && matches!(leaf.width, 0 | 4 | 8 | 16),
            Kind::ObjectId | Kind::Uuid => !leaf.has_refs && leaf.width <= 1,
            Kind::Unknown(_) => false,
        }
}

fn is_blobs(reader: &Reader<'_>, is_text: bool, leaf: &Array<'_>) -> bool {
    match (leaf.has_refs, leaf.has_context) {
        (false, _) => is_text && is_short(reader, leaf),
        (true, false) => (2..=3).contains(&leaf.size) && is_medium(reader, leaf).unwrap_or(false),
        (true, true) => is_refs(reader, leaf),
    }
}

/// Whether the ends of the values grow, the last of them to the end of the blob.
fn is_medium(reader: &Reader<'_>, leaf: &Array<'_>) -> Option<bool> {
    let ends = reader.optional(leaf, 0).ok()??;
    let blob = reader.optional(leaf, 1).ok()??;
    let is_plain = !ends.has_refs && !ends.is_multiplied && !ends.is_blob && blob.is_blob;
    let end = |index: usize| ends.integer(index).and_then(|end| usize::try_from(end).ok());
    let mut last = 0;
    for index in 0..ends.size {
        reader.spend(ends.offset).ok()?;
        let next = end(index)?;
        if next < last {
            return Some(false);
        }
        last = next;
    }
    Some(is_plain && last == blob.size)
}

/// Whether the blocks of a leaf of short strings say of themselves what short strings say: unused bytes are zero, and counted.
fn is_short(reader: &Reader<'_>, leaf: &Array<'_>) -> bool {
    let width = usize::from(leaf.width);
    let is_string = |block: &[u8]| {
        let Some((last, bytes)) = block.split_last() else { return true };
        let unused = usize::from(*last);
        let used = bytes.len().checked_sub(unused).or_else(|| (unused == width).then_some(0));
        let rest = used.and_then(|used| bytes.get(used..));
        rest.is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    };
    leaf.is_multiplied
        && (width == 0
            || leaf
                .payload
                .chunks_exact(width)
                .all(|block| reader.spend(leaf.offset).is_ok() && is_string(block)))
}

/// Whether its elements are refs or nothing.
pub(super) fn is_refs(reader: &Reader<'_>, leaf: &Array<'_>) -> bool {
    // Elements of no width are all nothing.
    let elements = if leaf.width == 0 { 0 } else { leaf.size };
    let is_ref = |index| match leaf.entry(index) {
        Some(Entry::Ref(reference)) => reference & 7 == 0,
        Some(Entry::Null) => true,
        // What was written over is not held against the rest.
        None => true,
        Some(Entry::Tagged(_)) => false,
    };
    leaf.has_refs
        && !leaf.is_inner
        && !leaf.is_multiplied
        && (0..elements).all(|index| reader.spend(leaf.offset).is_ok() && is_ref(index))
}
