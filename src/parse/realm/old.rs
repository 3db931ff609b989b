//! Columns of files before format 10: each a B+tree of its own, rows by their position.
//!
//! Source: realm-core 5, `table.cpp`, `column*.cpp`, `column_mixed.hpp`.

use super::super::{Error, Node, Span, Value};
use super::array::Array;
use super::blobs::Blobs;
use super::collection;
use super::element::{self, Element, Kind, node, timestamp};
use super::reader::{DEPTH, Reader};
use super::scope::ALL;
use super::shape;
use super::spec::Declared;
use std::borrow::Cow;

/// A B+tree whose elements are found by their position.
#[derive(Debug, Clone)]
pub(super) struct Tree<'a> {
    leaves: Vec<(usize, usize, Array<'a>)>,
    /// How its elements are stored.
    element: Element<'a>,
}

impl<'a> Tree<'a> {
    pub fn new(reader: &Reader<'a>, root: Array<'a>, element: Element<'a>) -> Self {
        let mut leaves = Vec::new();
        for leaf in reader.leaves(root) {
            match element::count(reader, &element, &leaf.array) {
                Ok(count) => leaves.push((leaf.first, count, leaf.array)),
                Err(error) => reader.lost("realm-leaf-unreadable", &error),
            }
        }
        // Where a hostile file says otherwise, the search finds less.
        leaves.sort_by_key(|(first, ..)| *first);
        Tree { leaves, element }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.leaves.last().map_or(0, |(first, count, _)| first.saturating_add(*count))
    }

    /// Number of elements, where the leaves follow each other from the first on, each is one, and none in use is one of other rows.
    fn sound(&self, reader: &Reader<'a>, is_leaf: &dyn Fn(&Array<'a>) -> bool) -> Option<usize> {
        let mut next = 0_usize;
        for (first, count, array) in &self.leaves {
            let owner = reader.scope().and_then(|scope| scope.owner(array.offset));
            let is_own = owner.is_none_or(|(.., of)| of == ALL || usize::try_from(of) == Ok(*first));
            if *first != next || !is_own || !is_leaf(array) {
                return None;
            }
            next = next.checked_add(*count)?;
        }
        Some(next)
    }

    fn ranges(&self) -> Vec<(usize, usize)> {
        self.leaves.iter().map(|(first, count, _)| (*first, first.saturating_add(*count))).collect()
    }

    fn find(&self, row: usize) -> Option<(&Array<'a>, usize)> {
        let at = self.leaves.partition_point(|(first, ..)| *first <= row).checked_sub(1)?;
        let (first, count, array) = self.leaves.get(at)?;
        let index = row.checked_sub(*first).filter(|index| index < count)?;
        Some((array, index))
    }

    fn value(&self, reader: &Reader<'a>, row: usize) -> Result<Node<'a>, Error> {
        let (leaf, index) = self.find(row).ok_or_else(|| self.lacks(row))?;
        element::value(reader, &self.element, leaf, index)
    }

    fn integer(&self, row: usize) -> Result<(i64, Span), Error> {
        let (leaf, index) = self.find(row).ok_or_else(|| self.lacks(row))?;
        leaf.integer(index).map(|number| (number, leaf.element(index))).ok_or_else(|| self.lacks(row))
    }

    fn lacks(&self, row: usize) -> Error {
        let offset = self.leaves.last().map_or(0, |(.., array)| array.offset);
        Error::Unexpected {
            offset,
            what: "a column".to_owned(),
            expected: format!("a row {row}"),
            found: format!("{} rows", self.len()),
        }
    }
}

/// A column of before format 10.
#[derive(Debug, Clone)]
pub(super) enum OldColumn<'a> {
    /// Values.
    Values(Tree<'a>),
    /// Refs of lists of values; `true` where each stands in a table of one column.
    Lists(Tree<'a>, Element<'a>, bool),
    /// Seconds that can be null, and nanoseconds.
    Timestamps(Tree<'a>, Tree<'a>),
    /// Tables in a table.
    Tables(Tree<'a>, Vec<Declared<'a>>),
    /// Types, values, binary values, timestamps.
    Mixed(Vec<Tree<'a>>),
}

fn numbers<'a>(nullable: bool) -> Element<'a> {
    Element { kind: Kind::Integer, nullable }
}

impl<'a> OldColumn<'a> {
    /// The column at `root`.
    pub fn open(reader: &Reader<'a>, declared: &Declared<'a>, root: Array<'a>) -> Result<Self, Error> {
        let tree = |root, element| Tree::new(reader, root, element);
        let element = declared.element(reader, true);
        if declared.is_sub_table() {
            return Ok(OldColumn::Tables(tree(root, numbers(false)), declared.within.clone()));
        }
        if declared.is_list() {
            return Ok(OldColumn::Lists(tree(root, numbers(false)), element, !declared.is_link()));
        }
        Ok(match element.kind {
            Kind::Timestamp => {
                let seconds = reader.child(&root, 0, "seconds of timestamps")?;
                let nanoseconds = reader.child(&root, 1, "nanoseconds of timestamps")?;
                OldColumn::Timestamps(tree(seconds, numbers(true)), tree(nanoseconds, numbers(false)))
            }
            Kind::Mixed => OldColumn::Mixed(mixed_trees(reader, &root)?),
            _ => OldColumn::Values(tree(root, element)),
        })
    }

    /// Its leaves and the first row of each.
    pub fn leaves(&self) -> Vec<(u64, usize)> {
        let trees: Vec<&Tree<'a>> = match self {
            OldColumn::Values(tree) | OldColumn::Lists(tree, ..) | OldColumn::Tables(tree, _) => vec![tree],
            OldColumn::Timestamps(seconds, nanoseconds) => vec![seconds, nanoseconds],
            OldColumn::Mixed(trees) => trees.iter().take(2).collect(),
        };
        trees
            .into_iter()
            .flat_map(|tree| &tree.leaves)
            .map(|(first, _, leaf)| (leaf.offset, *first))
            .collect()
    }

    /// Whether its values are many each.
    pub fn is_many(&self) -> bool {
        matches!(self, OldColumn::Lists(..) | OldColumn::Tables(..))
    }

    /// Number of its rows, where its leaves look like leaves of such a column and leave no gap.
    pub fn sound(&self, reader: &Reader<'a>) -> Option<usize> {
        let values =
            |tree: &Tree<'a>| tree.sound(reader, &|leaf| shape::is_leaf(reader, &tree.element, leaf));
        match self {
            OldColumn::Values(tree) => values(tree),
            OldColumn::Lists(tree, ..) | OldColumn::Tables(tree, _) => {
                tree.sound(reader, &|leaf| shape::is_refs(reader, leaf))
            }
            OldColumn::Timestamps(seconds, nanoseconds) => {
                values(seconds).filter(|rows| values(nanoseconds) == Some(*rows))
            }
            OldColumn::Mixed(trees) => {
                let rows = values(trees.first()?)?;
                (values(trees.get(1)?)? == rows).then_some(rows)
            }
        }
    }

    /// The rows that its leaves hold.
    pub fn ranges(&self) -> Vec<(usize, usize)> {
        match self {
            OldColumn::Values(tree)
            | OldColumn::Lists(tree, ..)
            | OldColumn::Timestamps(tree, _)
            | OldColumn::Tables(tree, _) => tree.ranges(),
            OldColumn::Mixed(trees) => trees.first().map_or_else(Vec::new, Tree::ranges),
        }
    }

    /// The value of a row; `depth` counts the tables around it.
    pub fn value(&self, reader: &Reader<'a>, row: usize, depth: usize) -> Result<Node<'a>, Error> {
        match self {
            OldColumn::Values(tree) => tree.value(reader, row),
            OldColumn::Timestamps(seconds, nanoseconds) => {
                let second = seconds.value(reader, row)?;
                let Value::Integer(number) = second.value else { return Ok(second) };
                Ok(timestamp(number, nanoseconds.integer(row)?.0, second.span))
            }
            OldColumn::Lists(refs, element, is_in_table) => match refs.integer(row)? {
                (0, span) => Ok(collection::empty(false, span)),
                (reference, _) => {
                    let mut reference = u64::try_from(reference).unwrap_or(u64::MAX);
                    if *is_in_table {
                        let columns = reader.array(reference)?;
                        reference = reader.child(&columns, 0, "a list of values")?.offset;
                    }
                    collection::list(reader, element, reference)
                }
            },
            OldColumn::Tables(refs, within) => match refs.integer(row)? {
                (0, span) => Ok(collection::empty(false, span)),
                (reference, _) => table(reader, within, u64::try_from(reference).unwrap_or(u64::MAX), depth),
            },
            OldColumn::Mixed(trees) => mixed(reader, trees, row),
        }
    }
}

/// Where the columns of a table stand in its array of columns, and how many elements that has: behind an indexed column stands its index.
pub(super) fn places(declared: &[Declared<'_>]) -> (Vec<usize>, usize) {
    let mut next = 0_usize;
    let mut places = Vec::new();
    for column in declared {
        places.push(next);
        next = next.saturating_add(if column.is_indexed() { 2 } else { 1 });
    }
    (places, next)
}

/// The columns of an array of columns. `has_indexes` where the ref of its index stands behind each indexed column.
pub(super) fn open_columns<'a>(
    reader: &Reader<'a>,
    declared: &[Declared<'a>],
    columns: &Array<'a>,
    has_indexes: bool,
) -> Vec<Option<OldColumn<'a>>> {
    let mut at = 0_usize;
    let mut opened = Vec::new();
    for column in declared {
        let reference = columns.reference(at);
        at = at.saturating_add(if has_indexes && column.is_indexed() { 2 } else { 1 });
        let root = reference.filter(|_| !column.is_backlink()).map(|reference| reader.array(reference));
        let column = root.map(|root| root.and_then(|root| OldColumn::open(reader, column, root))).transpose();
        opened.push(column.unwrap_or_else(|error| {
            reader.lost("realm-column-unreadable", &error);
            None
        }));
    }
    opened
}

/// The rows that some of the columns hold, in order and each once: an offset that a hostile file claims costs nothing.
pub(super) fn held<'c, 'a: 'c>(
    columns: impl Iterator<Item = &'c OldColumn<'a>>,
) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<(usize, usize)> = columns.flat_map(OldColumn::ranges).collect();
    ranges.sort_unstable();
    let mut held = Vec::new();
    let mut next = 0;
    for (first, end) in ranges {
        let first = first.max(next);
        if first < end {
            held.push(first..end);
            next = end;
        }
    }
    held
}

/// A table in a table: a list of values, or of rows.
fn table<'a>(
    reader: &Reader<'a>,
    within: &[Declared<'a>],
    reference: u64,
    depth: usize,
) -> Result<Node<'a>, Error> {
    let array = reader.array(reference)?;
    if depth > DEPTH {
        return Err(array.broken("tables in tables", "at most 100 levels", "more"));
    }
    let columns = open_columns(reader, within, &array, true);
    // A list of primitive values is a table of one column; the upgrade of realm-core takes every such table for one.
    let is_list = within.len() == 1;
    let mut values = Vec::new();
    for row in held(columns.iter().flatten()).into_iter().flatten() {
        reader.spend(array.offset)?;
        let mut members = Vec::new();
        for (declared, column) in within.iter().zip(&columns) {
            if let Some(column) = column {
                members.push((declared.name.clone(), column.value(reader, row, depth.saturating_add(1))?));
            }
        }
        match (is_list, members.pop()) {
            (true, Some((_, value))) => values.push(value),
            (_, last) => {
                members.extend(last);
                values.push(node(Value::Map(members), array.span()));
            }
        }
    }
    Ok(node(Value::List(values), array.span()))
}

fn mixed_trees<'a>(reader: &Reader<'a>, root: &Array<'a>) -> Result<Vec<Tree<'a>>, Error> {
    let mut trees = Vec::new();
    for index in 0..root.size.min(3) {
        let Some(array) = reader.optional(root, index)? else { continue };
        let blobs = Blobs { is_text: false, nullable: false, is_inverted: false };
        let element =
            if index == 2 { Element { kind: Kind::Blobs(blobs), nullable: false } } else { numbers(false) };
        trees.push(Tree::new(reader, array, element));
    }
    Ok(trees)
}

/// A mixed value of before format 10. Its number is shifted by one; the types 12 and 13 are a negative number and a negative double.
fn mixed<'a>(reader: &Reader<'a>, trees: &[Tree<'a>], row: usize) -> Result<Node<'a>, Error> {
    let [types, values, rest @ ..] = trees else { return Ok(node(Value::Null, Span::default())) };
    let (code, _) = types.integer(row)?;
    let (stored, span) = values.integer(row)?;
    let bits = u64::from_le_bytes(stored.to_le_bytes()) >> 1;
    let bits = if matches!(code, 12 | 13) { bits | (1 << 63) } else { bits };
    let number = i64::from_le_bytes(bits.to_le_bytes());
    Ok(match code {
        0 | 12 => node(Value::Integer(number), span),
        1 => node(Value::Bool(number != 0), span),
        2 | 4 => {
            let tree = rest.first().ok_or_else(|| types.lacks(row))?;
            let read = tree.value(reader, usize::try_from(number).map_err(|_| types.lacks(row))?)?;
            match read.value {
                Value::Blob(bytes) if code == 2 => node(text(bytes), read.span),
                value => node(value, read.span),
            }
        }
        7 => timestamp(number, 0, span),
        9 => {
            let [a, b, c, d, ..] = bits.to_le_bytes();
            node(Value::Real(f32::from_le_bytes([a, b, c, d]).into()), span)
        }
        10 | 13 => node(Value::Real(f64::from_bits(bits)), span),
        _ => {
            return Err(Error::Unexpected {
                offset: span.offset,
                what: "a mixed value".to_owned(),
                expected: "a type that has a value".to_owned(),
                found: code.to_string(),
            });
        }
    })
}

fn text(bytes: Cow<'_, [u8]>) -> Value<'_> {
    let bytes = match bytes {
        Cow::Borrowed(bytes) => return Value::utf8(bytes.strip_suffix(b"\0").unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            if bytes.last() == Some(&0) {
                bytes.pop();
            }
            bytes
        }
    };
    Value::utf8(&bytes).into_owned()
}
