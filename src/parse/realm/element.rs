//! One value of one leaf: each type of column has a leaf class of its own.
//!
//! Source: realm-core, `array_integer.hpp`, `array_bool.hpp`, `array_timestamp.cpp`, `array_basic_tpl.hpp`, `array_fixed_bytes.hpp`,
//! `array_decimal128.cpp`, `array_key.hpp`, `array_typed_link.hpp`, `array_mixed.cpp`.

use super::super::{Error, Node, Span, Value};
use super::array::{Array, Entry};
use super::blobs::{self, Blobs};
use super::reader::Reader;
use super::{decimal, mixed};
use std::borrow::Cow;
use std::rc::Rc;

/// How the values of a leaf are stored.
#[derive(Debug, Clone)]
pub(super) enum Kind<'a> {
    /// Numbers; where they can be null, the first element is the number that stands for null.
    Integer,
    /// 0 and 1; 3 is null.
    Bool,
    /// Truth values of before format 10 that can be null: stored as numbers that can be.
    OldBool,
    /// Text or bytes.
    Blobs(Blobs),
    /// Numbers of texts that are kept once.
    Codes(Rc<Vec<Node<'a>>>, Blobs),
    /// Seconds and nanoseconds, from format 10 in two arrays.
    Timestamp,
    /// Seconds, of files before format 5.
    Date,
    /// IEEE 754, four bytes.
    Float,
    /// IEEE 754, eight bytes.
    Double,
    /// Decimal128.
    Decimal,
    /// Twelve bytes.
    ObjectId,
    /// Sixteen bytes.
    Uuid,
    /// The key of an object of this table, and how much is added to it where it is stored.
    Link {
        /// The name of the table.
        table: Cow<'a, str>,
        /// 1 in a column of single links, 0 in a list.
        bias: i64,
    },
    /// A table and an object of it.
    TypedLink,
    /// A value of any type.
    Mixed,
    /// A type that no published format has.
    Unknown(u16),
}

/// A type of value, and whether it can be null.
#[derive(Debug, Clone)]
pub(super) struct Element<'a> {
    pub kind: Kind<'a>,
    pub nullable: bool,
}

/// A value with its place.
pub(super) fn node(value: Value<'_>, span: Span) -> Node<'_> {
    Node { value, span }
}

/// `{"name":{…}}`: a value that JSON has no form for.
pub(super) fn tagged<'a>(name: &'static str, value: Value<'a>, span: Span) -> Value<'a> {
    Value::Map(vec![(Cow::Borrowed(name), node(value, span))])
}

/// A moment: seconds since 1970 and nanoseconds of the same sign.
pub(super) fn timestamp<'a>(seconds: i64, nanoseconds: i64, span: Span) -> Node<'a> {
    let members = vec![
        (Cow::Borrowed("seconds"), node(Value::Integer(seconds), span)),
        (Cow::Borrowed("nanoseconds"), node(Value::Integer(nanoseconds), span)),
    ];
    node(tagged("timestamp", Value::Map(members), span), span)
}

/// An object of a table.
pub(super) fn link<'a>(table: Cow<'a, str>, key: i64, span: Span) -> Node<'a> {
    let members = vec![
        (Cow::Borrowed("table"), node(Value::Text(table), span)),
        (Cow::Borrowed("key"), node(Value::Integer(key), span)),
    ];
    node(tagged("link", Value::Map(members), span), span)
}

/// Number of values of a leaf.
pub(super) fn count<'a>(
    reader: &Reader<'a>,
    element: &Element<'a>,
    leaf: &Array<'a>,
) -> Result<usize, Error> {
    Ok(match &element.kind {
        Kind::Blobs(_) | Kind::Codes(..) => blobs::count(reader, leaf)?,
        Kind::Integer | Kind::Date if element.nullable => leaf.size.saturating_sub(1),
        Kind::OldBool => leaf.size.saturating_sub(1),
        Kind::Timestamp => reader.child(leaf, 0, "seconds of timestamps")?.size.saturating_sub(1),
        Kind::Mixed => reader.child(leaf, 0, "types of mixed values")?.size,
        Kind::TypedLink => leaf.size >> 1,
        Kind::ObjectId => grouped(leaf.payload.len(), 12),
        Kind::Uuid => grouped(leaf.payload.len(), 16),
        _ => leaf.size,
    })
}

/// Items of a fixed length in groups of eight, each group behind a byte of null bits.
fn grouped(bytes: usize, item: usize) -> usize {
    let group = item.saturating_mul(8).saturating_add(1);
    let whole = bytes.checked_div(group).unwrap_or(0);
    let rest = bytes.checked_rem(group).unwrap_or(0).saturating_sub(1).checked_div(item).unwrap_or(0);
    whole.saturating_mul(8).saturating_add(rest)
}

/// One value of a leaf.
pub(super) fn value<'a>(
    reader: &Reader<'a>,
    element: &Element<'a>,
    leaf: &Array<'a>,
    index: usize,
) -> Result<Node<'a>, Error> {
    let span = leaf.element(index);
    let number = || leaf.integer(index).ok_or_else(|| leaf.broken("a value", "one more element", leaf.size));
    match &element.kind {
        Kind::Integer | Kind::Date if element.nullable => {
            nullable(leaf, index, &|number, span| match element.kind {
                Kind::Date => timestamp(number, 0, span),
                _ => node(Value::Integer(number), span),
            })
        }
        Kind::OldBool => nullable(leaf, index, &|number, span| node(truth(number, false), span)),
        Kind::Integer => Ok(node(Value::Integer(number()?), span)),
        Kind::Bool => Ok(node(truth(number()?, element.nullable), span)),
        Kind::Blobs(blobs) => blobs::value(reader, *blobs, leaf, index),
        // An upgrade that stopped leaves the texts behind and the strings written out.
        Kind::Codes(_, blobs) if leaf.has_refs || leaf.is_multiplied => {
            blobs::value(reader, *blobs, leaf, index)
        }
        Kind::Codes(texts, _) => {
            let code = number()?;
            let text = usize::try_from(code).ok().and_then(|code| texts.get(code));
            text.cloned().ok_or_else(|| leaf.broken("an enumerated string", "the number of a text", code))
        }
        Kind::Timestamp => moment(reader, leaf, index),
        Kind::Date => Ok(timestamp(number()?, 0, span)),
        Kind::Float => float(leaf, index),
        Kind::Double => double(leaf, index),
        Kind::Decimal => decimal(leaf, index),
        Kind::ObjectId => fixed::<12>(leaf, index, "object_id", hex::encode),
        Kind::Uuid => fixed::<16>(leaf, index, "uuid", uuid),
        Kind::Link { table, bias } => Ok(linked(reader, (table, *bias), (number()?, leaf), span)),
        Kind::TypedLink => typed_link(reader, leaf, index),
        Kind::Mixed => mixed::value(reader, leaf, index, 0),
        Kind::Unknown(code) => Err(leaf.broken("a column", "a type of a published format", code)),
    }
}

/// A number of a leaf whose first element stands for null.
pub(super) fn nullable_integer(leaf: &Array<'_>, index: usize) -> Result<Option<(i64, Span)>, Error> {
    let at = index.saturating_add(1);
    let number = leaf.integer(at).ok_or_else(|| leaf.broken("a value", "one more element", leaf.size))?;
    Ok((leaf.integer(0) != Some(number)).then(|| (number, leaf.element(at))))
}

fn nullable<'a>(
    leaf: &Array<'a>,
    index: usize,
    read: &dyn Fn(i64, Span) -> Node<'a>,
) -> Result<Node<'a>, Error> {
    let null = || node(Value::Null, leaf.element(index.saturating_add(1)));
    Ok(nullable_integer(leaf, index)?.map_or_else(null, |(number, span)| read(number, span)))
}

fn truth<'a>(number: i64, nullable: bool) -> Value<'a> {
    match number {
        0 => Value::Bool(false),
        1 => Value::Bool(true),
        _ if nullable => Value::Null,
        other => Value::Integer(other),
    }
}

fn moment<'a>(reader: &Reader<'a>, leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let seconds = reader.child(leaf, 0, "seconds of timestamps")?;
    let Some((second, span)) = nullable_integer(&seconds, index)? else {
        return Ok(node(Value::Null, seconds.element(index.saturating_add(1))));
    };
    let nanoseconds = reader.child(leaf, 1, "nanoseconds of timestamps")?;
    let fraction = nanoseconds.integer(index);
    let fraction =
        fraction.ok_or_else(|| nanoseconds.broken("a timestamp", "one more element", nanoseconds.size))?;
    Ok(timestamp(second, fraction, span))
}

/// A null float is this NaN (realm-core, `null::get_null_float`).
const NULL_FLOAT: u32 = 0x7fc0_00aa;
const NULL_DOUBLE: u64 = 0x7ff8_0000_0000_00aa;

fn float<'a>(leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let bytes = leaf.chunk(index).ok_or_else(|| leaf.broken("a float", "one more element", leaf.size))?;
    let bits = u32::from_le_bytes(bytes);
    let value = if bits == NULL_FLOAT { Value::Null } else { Value::Real(f32::from_bits(bits).into()) };
    Ok(node(value, leaf.part(index.saturating_mul(4), 4)))
}

fn double<'a>(leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let bytes = leaf.chunk(index).ok_or_else(|| leaf.broken("a double", "one more element", leaf.size))?;
    let bits = u64::from_le_bytes(bytes);
    let value = if bits == NULL_DOUBLE { Value::Null } else { Value::Real(f64::from_bits(bits)) };
    Ok(node(value, leaf.part(index.saturating_mul(8), 8)))
}

fn decimal<'a>(leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let short = || leaf.broken("a decimal", "one more element", leaf.size);
    let width = usize::from(leaf.width);
    let text = match width {
        0 if leaf.has_context => "0".to_owned(),
        0 => return Ok(node(Value::Null, leaf.element(index))),
        4 => decimal::bid32(u32::from_le_bytes(leaf.chunk(index).ok_or_else(short)?)),
        8 => decimal::bid64(u64::from_le_bytes(leaf.chunk(index).ok_or_else(short)?)),
        _ => {
            let bits = u128::from_le_bytes(leaf.chunk(index).ok_or_else(short)?);
            let low = u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
            let high = u64::try_from(bits >> 64).unwrap_or(0);
            if (low, high) == (0, NULL_DECIMAL) {
                return Ok(node(Value::Null, leaf.part(index.saturating_mul(16), 16)));
            }
            decimal::bid128(low, high)
        }
    };
    let span = if width == 0 { leaf.element(index) } else { leaf.part(index.saturating_mul(width), width) };
    Ok(node(tagged("decimal", Value::Text(Cow::Owned(text)), span), span))
}

/// The upper half of a null decimal of 128 bits (realm-core, `Decimal128(realm::null)`).
const NULL_DECIMAL: u64 = 0xaa;

fn fixed<'a, const N: usize>(
    leaf: &Array<'a>,
    index: usize,
    name: &'static str,
    text: fn([u8; N]) -> String,
) -> Result<Node<'a>, Error> {
    let group = (index >> 3).saturating_mul(N.saturating_mul(8).saturating_add(1));
    let within = index & 7;
    let start = group.saturating_add(1).saturating_add(within.saturating_mul(N));
    let bytes = leaf.payload.get(start..).and_then(|rest| rest.first_chunk::<N>()).copied();
    let (bytes, nulls) =
        bytes.zip(leaf.payload.get(group)).ok_or_else(|| leaf.broken(name, "one more element", leaf.size))?;
    let span = leaf.part(start, N);
    let is_null =
        u32::try_from(within).ok().and_then(|bit| nulls.checked_shr(bit)).is_some_and(|bits| bits & 1 == 1);
    let value = if is_null { Value::Null } else { tagged(name, Value::Text(Cow::Owned(text(bytes))), span) };
    Ok(node(value, span))
}

/// A UUID in its usual form.
pub(super) fn uuid(bytes: [u8; 16]) -> String {
    let digits = hex::encode(bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("");
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// A link as it is stored. A negative key is that of an object that is gone or not there yet (`unresolved`): its app sees no link.
fn linked<'a>(
    reader: &Reader<'a>,
    (table, bias): (&Cow<'a, str>, i64),
    (stored, leaf): (i64, &Array<'a>),
    span: Span,
) -> Node<'a> {
    let key = stored.saturating_sub(bias);
    if bias == 1 && stored == 0 {
        return node(Value::Null, span);
    }
    if bias == 1 && key < -1 {
        let message = format!("a link to an object that is not there: key {key} of {table}");
        reader.note("realm-link-unresolved", leaf, message);
        return node(Value::Null, span);
    }
    link(table.clone(), key, span)
}

fn typed_link<'a>(reader: &Reader<'a>, leaf: &Array<'a>, index: usize) -> Result<Node<'a>, Error> {
    let at = index.saturating_mul(2);
    let pair = leaf.integer(at).zip(leaf.integer(at.saturating_add(1)));
    let (table, key) = pair.ok_or_else(|| leaf.broken("a typed link", "two more elements", leaf.size))?;
    let span = leaf.element(at);
    let table = table & 0x7fff_ffff;
    Ok(match table.checked_sub(1).filter(|table| *table >= 0) {
        None => node(Value::Null, span),
        Some(table) => link(reader.table_name(table), key.saturating_sub(1), span),
    })
}

/// What an element of an array of refs leads to.
pub(super) fn reference<'a>(leaf: &Array<'a>, index: usize) -> Result<Option<u64>, Error> {
    Ok(match leaf.needs(index, "a ref of a collection")? {
        Entry::Ref(reference) => Some(reference),
        Entry::Null | Entry::Tagged(_) => None,
    })
}
