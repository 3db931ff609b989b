//! Leaves of columns, one layout for each type (realm-core, `array_integer.cpp`, `array_string_short.cpp`, `array_blobs_small.cpp`,
//! `array_blobs_big.cpp`, `array_timestamp.cpp`, `array_key.hpp`; at v5.23.9 `array_string_long.cpp`, `array_binary.cpp`).

use super::node::{Child, Node, blob, ints, node, numbered};
use super::{Cell, Field, Format, Kind};

/// Longest text of a leaf of short strings, and of one of medium strings; longest value of a medium leaf of binary values.
const SHORT: usize = 15;
const MEDIUM: usize = 63;
const SMALL: usize = 64;

fn leaf(children: Vec<Child>, has_context: bool) -> Node {
    Node::Refs { is_inner: false, has_context, children: numbered(children) }
}

fn bytes(bytes: Vec<u8>) -> Child {
    Child::Node(Node::Bytes(bytes))
}

/// The leaf of a column with these values.
pub(super) fn column(format: Format, field: &Field, cells: &[&Cell]) -> Node {
    let number = |cell: &&Cell| match cell {
        Cell::Int(number) => Some(*number),
        Cell::Bool(truth) => Some(i64::from(*truth)),
        Cell::Null => None,
        other => panic!("{}: {other:?}", field.name),
    };
    match field.kind {
        Kind::Int => numbers(field.is_nullable, &cells.iter().map(number).collect::<Vec<_>>()),
        Kind::Bool if format == Format::TwentyFour => {
            let cells: Vec<i64> = cells.iter().map(|cell| number(cell).unwrap_or(3)).collect();
            Node::Bytes(ints(&cells, false, false))
        }
        Kind::Bool => numbers(field.is_nullable, &cells.iter().map(number).collect::<Vec<_>>()),
        Kind::Text => texts(format, field, cells),
        Kind::Bytes => binaries(field, cells),
        Kind::Time => times(cells),
        Kind::Link(_) => {
            let link = |cell: &&Cell| if let Cell::Link(key) = cell { key + 1 } else { 0 };
            Node::Bytes(ints(&cells.iter().map(link).collect::<Vec<_>>(), false, false))
        }
        Kind::Links(_) => leaf(cells.iter().map(links).collect(), false),
    }
}

fn links(cell: &&Cell) -> Child {
    match cell {
        Cell::Links(keys) if !keys.is_empty() => bytes(ints(keys, false, false)),
        _ => Child::Null,
    }
}

/// Numbers; where they can be null, behind the number that stands for null.
fn numbers(is_nullable: bool, values: &[Option<i64>]) -> Node {
    if !is_nullable {
        return Node::Bytes(ints(
            &values.iter().map(|value| value.unwrap()).collect::<Vec<_>>(),
            false,
            false,
        ));
    }
    // The largest number of some width, as realm-core takes it, that is none of them.
    let null = [1, 3, 15, 127, 32_767, 2_147_483_647, i64::MAX, i64::MIN].into_iter();
    let null = null.into_iter().find(|null| !values.contains(&Some(*null))).unwrap();
    let all: Vec<i64> =
        std::iter::once(null).chain(values.iter().map(|value| value.unwrap_or(null))).collect();
    Node::Bytes(ints(&all, false, false))
}

fn times(cells: &[&Cell]) -> Node {
    let second = |cell: &&Cell| if let Cell::Time(seconds, _) = cell { Some(*seconds) } else { None };
    let nanosecond = |cell: &&Cell| if let Cell::Time(_, nanoseconds) = cell { *nanoseconds } else { 0 };
    let seconds = numbers(true, &cells.iter().map(second).collect::<Vec<_>>());
    let nanoseconds = ints(&cells.iter().map(nanosecond).collect::<Vec<_>>(), false, false);
    leaf(vec![Child::Node(seconds), bytes(nanoseconds)], false)
}

type Value = Option<Vec<u8>>;

fn values(cells: &[&Cell]) -> Vec<Value> {
    let value = |cell: &&Cell| match cell {
        Cell::Text(text) => Some(text.clone().into_bytes()),
        Cell::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    };
    cells.iter().map(value).collect()
}

fn longest(values: &[Value]) -> usize {
    values.iter().flatten().map(Vec::len).max().unwrap_or(0)
}

/// Blocks of one width, whose last byte counts the unused ones.
pub(super) fn short(values: &[Value], is_nullable: bool) -> Node {
    let is_plain = if is_nullable { values.iter().all(Option::is_none) } else { longest(values) == 0 };
    if is_plain {
        return Node::Bytes(node(0x08, values.len(), &[]));
    }
    let width = (longest(values) + 1).next_power_of_two().max(4);
    let mut blocks = Vec::new();
    for value in values {
        let mut block = value.clone().unwrap_or_default();
        let unused = value.as_ref().map_or(width, |value| width - 1 - value.len());
        block.resize(width - 1, 0);
        block.push(unused as u8);
        blocks.extend(block);
    }
    let code = [0, 1, 2, 4, 8, 16, 32, 64].iter().position(|known| *known == width).unwrap() as u8;
    Node::Bytes(node(0x08 | code, values.len(), &blocks))
}

fn texts(format: Format, field: &Field, cells: &[&Cell]) -> Node {
    let values = values(cells);
    let ended = |value: &Value| value.as_ref().map(|text| [&text[..], &[0]].concat());
    match longest(&values) {
        0..=SHORT => short(&values, field.is_nullable),
        16..=MEDIUM => {
            let ended: Vec<Value> =
                values.iter().map(|value| value.as_ref().map(|_| ended(value).unwrap())).collect();
            let nulls = match format {
                // Before format 10 text says what is *not* null, and only where it can be.
                Format::Nine => {
                    field.is_nullable.then(|| values.iter().map(|value| i64::from(value.is_some())).collect())
                }
                Format::TwentyFour => Some(values.iter().map(|value| i64::from(value.is_none())).collect()),
            };
            medium(
                &ended.iter().map(|value| value.clone().unwrap_or_else(|| vec![0])).collect::<Vec<_>>(),
                nulls,
            )
        }
        _ => big(&values.iter().map(ended).collect::<Vec<_>>()),
    }
}

fn binaries(_field: &Field, cells: &[&Cell]) -> Node {
    let values = values(cells);
    if longest(&values) > SMALL {
        return big(&values);
    }
    let nulls = values.iter().map(|value| i64::from(value.is_none())).collect();
    medium(&values.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>(), Some(nulls))
}

fn medium(values: &[Vec<u8>], nulls: Option<Vec<i64>>) -> Node {
    let ends = values.iter().scan(0, |end, value| {
        *end += value.len() as i64;
        Some(*end)
    });
    let mut children =
        vec![bytes(ints(&ends.collect::<Vec<_>>(), false, false)), bytes(blob(&values.concat()))];
    children.extend(nulls.map(|nulls| bytes(ints(&nulls, false, false))));
    leaf(children, false)
}

fn big(values: &[Value]) -> Node {
    let child = |value: &Value| value.as_ref().map_or(Child::Null, |value| bytes(blob(value)));
    leaf(values.iter().map(child).collect(), true)
}
