//! Lists, sets and dictionaries: a ref per row to a B+tree, or to two of them.
//!
//! Source: realm-core, `list.hpp`, `set.hpp`, `dictionary.cpp`; formats 21 and 22 keep a dictionary as a cluster tree of keys and values.

use super::super::{Error, Node, Span, Value};
use super::array::Array;
use super::blobs::Blobs;
use super::cluster;
use super::element::{self, Element, Kind, node};
use super::mixed;
use super::reader::Reader;
use std::borrow::Cow;

/// All values of a B+tree.
pub(super) fn list<'a>(
    reader: &Reader<'a>,
    element: &Element<'a>,
    reference: u64,
) -> Result<Node<'a>, Error> {
    let root = reader.array(reference)?;
    Ok(node(Value::List(elements(reader, element, root)), root.span()))
}

fn elements<'a>(reader: &Reader<'a>, element: &Element<'a>, root: Array<'a>) -> Vec<Node<'a>> {
    values(reader, root, &|leaf| element::count(reader, element, leaf), &|leaf, index| {
        element::value(reader, element, leaf, index)
    })
}

/// All values of a list of a mixed value.
pub(super) fn mixed_list<'a>(reader: &Reader<'a>, reference: u64, depth: usize) -> Result<Node<'a>, Error> {
    let root = reader.array(reference)?;
    Ok(node(Value::List(mixed_values(reader, root, depth)), root.span()))
}

fn mixed_values<'a>(reader: &Reader<'a>, root: Array<'a>, depth: usize) -> Vec<Node<'a>> {
    let count = |leaf: &Array<'a>| Ok(reader.child(leaf, 0, "types of mixed values")?.size);
    values(reader, root, &count, &|leaf, index| mixed::value(reader, leaf, index, depth))
}

/// The values of a B+tree; one that cannot be read is a finding and null, so that the others keep their numbers.
fn values<'a>(
    reader: &Reader<'a>,
    root: Array<'a>,
    count: &dyn Fn(&Array<'a>) -> Result<usize, Error>,
    value: &dyn Fn(&Array<'a>, usize) -> Result<Node<'a>, Error>,
) -> Vec<Node<'a>> {
    let mut all = Vec::new();
    for leaf in reader.leaves(root) {
        let length = count(&leaf.array).unwrap_or_else(|error| {
            reader.lost("realm-list-unreadable", &error);
            0
        });
        for index in 0..length {
            let read = reader.spend(leaf.array.offset).and_then(|()| value(&leaf.array, index));
            all.push(read.unwrap_or_else(|error| {
                reader.lost("realm-value-unreadable", &error);
                node(Value::Null, leaf.array.span())
            }));
            if reader.is_exhausted() {
                return all;
            }
        }
    }
    all
}

fn keys<'a>() -> Element<'a> {
    Element { kind: Kind::Blobs(Blobs { is_text: true, nullable: true, is_inverted: false }), nullable: true }
}

/// How a dictionary is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Its keys are numbers.
    pub has_number_keys: bool,
    /// Collections around it.
    pub depth: usize,
}

/// A dictionary. Its members stand in the order of the file.
pub(super) fn dictionary<'a>(reader: &Reader<'a>, reference: u64, shape: Shape) -> Result<Node<'a>, Error> {
    let root = reader.array(reference)?;
    let key = if shape.has_number_keys { Element { kind: Kind::Integer, nullable: false } } else { keys() };
    let (names, values) = if reader.format >= 23 {
        let names = reader.child(&root, 0, "keys of a dictionary")?;
        let values = reader.child(&root, 1, "values of a dictionary")?;
        (elements(reader, &key, names), mixed_values(reader, values, shape.depth))
    } else {
        clustered(reader, root, (&key, shape.depth))?
    };
    if names.len() != values.len() {
        let counts = format!("{} keys and {} values", names.len(), values.len());
        reader.lost("realm-dictionary-uneven", &root.broken("a dictionary", "a value for every key", counts));
    }
    let members = names.into_iter().zip(values).map(|(name, value)| (text(name.value), value));
    Ok(node(Value::Map(members.collect()), root.span()))
}

fn text(key: Value<'_>) -> Cow<'_, str> {
    match key {
        Value::Text(text) => text,
        Value::InvalidText { reading, .. } => Cow::Owned(reading),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

type Halves<'a> = (Vec<Node<'a>>, Vec<Node<'a>>);

/// A dictionary of formats 21 and 22.
fn clustered<'a>(
    reader: &Reader<'a>,
    root: Array<'a>,
    (key, depth): (&Element<'a>, usize),
) -> Result<Halves<'a>, Error> {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for cluster in cluster::clusters(reader, root) {
        let leaf_keys = reader.child(&cluster.array, 1, "keys of a dictionary")?;
        let leaf_values = reader.child(&cluster.array, 2, "values of a dictionary")?;
        for index in 0..element::count(reader, key, &leaf_keys)? {
            names.push(element::value(reader, key, &leaf_keys, index)?);
            values.push(mixed::value(reader, &leaf_values, index, depth)?);
        }
    }
    Ok((names, values))
}

/// An empty collection.
pub(super) fn empty<'a>(is_dictionary: bool, span: Span) -> Node<'a> {
    node(if is_dictionary { Value::Map(Vec::new()) } else { Value::List(Vec::new()) }, span)
}
