//! A leaf of values of any type.
//!
//! ```text
//! 0 composite: type + 1 (5 bits), payload array (3 bits), value or index │ 1 numbers │ 2 pairs of numbers │ 3 strings │ 4 collections
//! ```
//!
//! Source: realm-core, `array_mixed.hpp`, `array_mixed.cpp`; before format 10 `column_mixed.hpp`.

use super::super::{Error, Node, Value};
use super::array::Array;
use super::blobs::{self, Blobs};
use super::collection::{self, Shape};
use super::decimal;
use super::element::{link, node, tagged, timestamp, uuid};
use super::reader::{DEPTH, Reader};
use std::borrow::Cow;

const NUMBERS: usize = 1;
const PAIRS: usize = 2;
const STRINGS: usize = 3;
const COLLECTIONS: usize = 4;

/// One value of a leaf; `depth` counts the collections around it.
pub(super) fn value<'a>(
    reader: &Reader<'a>,
    leaf: &Array<'a>,
    index: usize,
    depth: usize,
) -> Result<Node<'a>, Error> {
    let composite = reader.child(leaf, 0, "types of mixed values")?;
    let code = composite
        .integer(index)
        .ok_or_else(|| composite.broken("a mixed value", "one more element", composite.size))?;
    let span = composite.element(index);
    let inline = code >> 8;
    let at = || usize::try_from(inline).map_err(|_| composite.broken("a mixed value", "an index", inline));
    let is_inline = (code >> 5) & 7 == 0;
    match (code & 31).checked_sub(1) {
        None | Some(-1) => Ok(node(Value::Null, span)),
        Some(0) if is_inline => Ok(node(Value::Integer(inline), span)),
        Some(1) => Ok(node(Value::Bool(inline != 0), span)),
        Some(kind @ (0 | 9 | 10 | 12)) => number(reader, leaf, (kind, at()?)),
        Some(kind @ (2 | 4 | 15 | 17)) => string(reader, leaf, (kind, at()?)),
        Some(kind @ (8 | 11 | 16)) => pair(reader, leaf, (kind, at()?)),
        Some(kind @ 19..=21) => {
            let collections = reader.child(leaf, COLLECTIONS, "collections of mixed values")?;
            let depth = depth.saturating_add(1);
            if depth > DEPTH {
                return Err(leaf.broken("nested collections", "at most 100 levels", "more"));
            }
            match collections.reference(at()?) {
                Some(reference) if kind == 21 => {
                    collection::dictionary(reader, reference, Shape { has_number_keys: false, depth })
                }
                Some(reference) => collection::mixed_list(reader, reference, depth),
                None => {
                    Ok(node(if kind == 21 { Value::Map(Vec::new()) } else { Value::List(Vec::new()) }, span))
                }
            }
        }
        Some(kind) => Err(composite.broken("a mixed value", "a type of a published format", kind)),
    }
}

fn number<'a>(reader: &Reader<'a>, leaf: &Array<'a>, (kind, index): (i64, usize)) -> Result<Node<'a>, Error> {
    let numbers = reader.child(leaf, NUMBERS, "numbers of mixed values")?;
    let stored = numbers
        .integer(index)
        .ok_or_else(|| numbers.broken("a mixed value", "one more element", numbers.size))?;
    let span = numbers.element(index);
    let bits = stored.to_le_bytes();
    Ok(match kind {
        9 => {
            let [a, b, c, d, ..] = bits;
            node(Value::Real(f32::from_le_bytes([a, b, c, d]).into()), span)
        }
        10 => node(Value::Real(f64::from_le_bytes(bits)), span),
        12 => link(Cow::Borrowed("?"), stored, span),
        _ => node(Value::Integer(stored), span),
    })
}

fn pair<'a>(reader: &Reader<'a>, leaf: &Array<'a>, (kind, index): (i64, usize)) -> Result<Node<'a>, Error> {
    let pairs = reader.child(leaf, PAIRS, "pairs of mixed values")?;
    let at = index.saturating_mul(2);
    let stored = pairs.integer(at).zip(pairs.integer(at.saturating_add(1)));
    let (first, second) =
        stored.ok_or_else(|| pairs.broken("a mixed value", "two more elements", pairs.size))?;
    let span = pairs.element(at);
    Ok(match kind {
        8 => timestamp(first, second, span),
        11 => {
            let halves = [first, second].map(|half| u64::from_le_bytes(half.to_le_bytes()));
            let text = decimal::bid128(halves[0], halves[1]);
            node(tagged("decimal", Value::Text(Cow::Owned(text)), span), span)
        }
        _ => link(reader.table_name(first), second, span),
    })
}

fn string<'a>(reader: &Reader<'a>, leaf: &Array<'a>, (kind, index): (i64, usize)) -> Result<Node<'a>, Error> {
    let strings = reader.child(leaf, STRINGS, "strings of mixed values")?;
    // Binary values stand among the strings, with a NUL behind them as those.
    let blobs = Blobs { is_text: true, nullable: false, is_inverted: false };
    let read = blobs::value(reader, blobs, &strings, index)?;
    let span = read.span;
    if kind == 2 {
        return Ok(read);
    }
    let bytes = match read.value {
        Value::Text(text) => match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        Value::InvalidText { bytes, .. } => bytes,
        _ => return Ok(node(Value::Null, span)),
    };
    Ok(match kind {
        15 => node(tagged("object_id", Value::Text(Cow::Owned(hex::encode(&bytes))), span), span),
        17 => {
            let stored = <[u8; 16]>::try_from(&*bytes);
            let stored = stored.map_err(|_| strings.broken("a UUID", "16 bytes", bytes.len()))?;
            node(tagged("uuid", Value::Text(Cow::Owned(uuid(stored))), span), span)
        }
        _ => node(Value::Blob(bytes), span),
    })
}
