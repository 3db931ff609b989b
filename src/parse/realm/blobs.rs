//! Leaves of strings and of binary values: short, medium, big, and blobs in pieces.
//!
//! Short: blocks of one width, the last byte of each says how many are unused. Medium: ends, one blob with all bytes, null flags. Big: a
//! blob for each. A string of a medium or big leaf has a NUL behind it. Source: realm-core, `array_string_short`, `array_blobs_small`,
//! `array_blobs_big`, `array_blob`; before format 10 `array_string_long`, `array_binary`.

use super::super::{Error, Node, Span, Value};
use super::array::{Array, Entry};
use super::element::node;
use super::reader::Reader;
use std::borrow::Cow;

/// Whether bytes are text, and how the leaf marks what is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blobs {
    /// Text has a NUL behind it and is read as UTF-8.
    pub is_text: bool,
    /// The values can be null.
    pub nullable: bool,
    /// Null flags of a medium leaf are 1 where the value is *not* null: text before format 10.
    pub is_inverted: bool,
}

/// Number of values of a leaf.
pub(super) fn count<'a>(reader: &Reader<'a>, leaf: &Array<'a>) -> Result<usize, Error> {
    if leaf.has_refs && !leaf.has_context {
        return Ok(reader.optional(leaf, 0)?.map_or(0, |ends| ends.size));
    }
    Ok(leaf.size)
}

/// One value of a leaf.
pub(super) fn value<'a>(
    reader: &Reader<'a>,
    blobs: Blobs,
    leaf: &Array<'a>,
    index: usize,
) -> Result<Node<'a>, Error> {
    match (leaf.has_refs, leaf.has_context) {
        (false, _) => short(blobs, leaf, index),
        (true, false) => medium(reader, blobs, leaf, index),
        (true, true) => big(reader, blobs, leaf, index),
    }
}

fn short<'a>(blobs: Blobs, leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let width = usize::from(leaf.width);
    if index >= leaf.size {
        return Err(leaf.broken("a string", "one more element", leaf.size));
    }
    let Some(last) = width.checked_sub(1) else {
        let span = leaf.element(index);
        return Ok(if blobs.nullable {
            node(Value::Null, span)
        } else {
            blobs.read(Cow::Borrowed(&[]), span)
        });
    };
    let start = index.saturating_mul(width);
    let block = leaf.payload.get(start..start.saturating_add(width)).unwrap_or(&[]);
    let unused = usize::from(block.last().copied().unwrap_or(0));
    if unused == width && !blobs.nullable {
        return Ok(blobs.read(Cow::Borrowed(&[]), leaf.part(start, width)));
    }
    if unused == width {
        return Ok(node(Value::Null, leaf.part(start, width)));
    }
    let length = last.checked_sub(unused);
    let bytes = length.and_then(|length| block.get(..length));
    let bytes = bytes.ok_or_else(|| leaf.broken("a short string", "at most its width unused", unused))?;
    Ok(blobs.read(Cow::Borrowed(bytes), leaf.part(start, bytes.len())))
}

fn medium<'a>(reader: &Reader<'a>, blobs: Blobs, leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let ends = reader.child(leaf, 0, "ends of strings")?;
    let bytes = reader.child(leaf, 1, "bytes of strings")?;
    let nulls = if leaf.size > 2 { reader.optional(leaf, 2)? } else { None };
    if let Some(nulls) = nulls.filter(|_| blobs.nullable) {
        let is_set = nulls.integer(index).is_some_and(|flag| flag != 0);
        if is_set != blobs.is_inverted {
            return Ok(node(Value::Null, nulls.element(index)));
        }
    }
    let end_of = |index: usize| ends.integer(index).and_then(|end| usize::try_from(end).ok());
    let start = index.checked_sub(1).map_or(Some(0), end_of);
    let (start, end) = start
        .zip(end_of(index))
        .ok_or_else(|| ends.broken("the end of a string", "one more element", ends.size))?;
    let end = if blobs.is_text { end.saturating_sub(1) } else { end };
    let stored = bytes.payload.get(start..end);
    let stored = stored
        .ok_or_else(|| bytes.broken("a string", "an end inside of its blob", format!("{start}..{end}")))?;
    Ok(blobs.read(Cow::Borrowed(stored), bytes.part(start, stored.len())))
}

fn big<'a>(reader: &Reader<'a>, blobs: Blobs, leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    match leaf.needs(index, "a blob")? {
        Entry::Ref(reference) => {
            let (mut bytes, span) = joined(reader, reference)?;
            if blobs.is_text {
                let length = bytes.len().saturating_sub(1);
                match &mut bytes {
                    Cow::Borrowed(whole) => *whole = whole.get(..length).unwrap_or(whole),
                    Cow::Owned(whole) => whole.truncate(length),
                }
            }
            Ok(blobs.read(bytes, span))
        }
        Entry::Null | Entry::Tagged(_) if blobs.nullable => Ok(node(Value::Null, leaf.element(index))),
        Entry::Null | Entry::Tagged(_) => Ok(blobs.read(Cow::Borrowed(&[]), leaf.element(index))),
    }
}

/// The bytes of a blob. One of more than 16 MiB lies in pieces, whose array is what is given as its place.
pub(super) fn joined<'a>(reader: &Reader<'a>, reference: u64) -> Result<(Cow<'a, [u8]>, Span), Error> {
    let blob = reader.array(reference)?;
    if !blob.has_context && (!blob.is_blob || blob.payload.len() < blob.size) {
        return Err(blob.broken("a blob", "a node of bytes, and all of them", blob.payload.len()));
    }
    if !blob.has_context {
        return Ok((Cow::Borrowed(blob.payload), blob.part(0, blob.payload.len())));
    }
    let mut whole = Vec::new();
    for index in 0..blob.size {
        let piece = reader.child(&blob, index, "a piece of a blob")?;
        // Pieces are apart from each other: together they are never more than the file.
        whole.extend_from_slice(piece.payload);
        if whole.len() > reader.size() {
            return Err(blob.broken("a blob", "no more bytes than the file has", whole.len()));
        }
    }
    Ok((Cow::Owned(whole), blob.span()))
}

impl Blobs {
    fn read<'a>(self, bytes: Cow<'a, [u8]>, span: Span) -> Node<'a> {
        let value = match (self.is_text, bytes) {
            (false, bytes) => Value::Blob(bytes),
            (true, Cow::Borrowed(bytes)) => Value::utf8(bytes),
            (true, Cow::Owned(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => Value::Text(Cow::Owned(text)),
                Err(error) => {
                    let reading = String::from_utf8_lossy(error.as_bytes()).into_owned();
                    Value::InvalidText { bytes: Cow::Owned(error.into_bytes()), reading }
                }
            },
        };
        node(value, span)
    }
}
