//! Tables: the spec, and columns (format 9; v5.23.9 `table.cpp`, `spec.cpp`) or clusters (format 24; `table.hpp`, `cluster.cpp`).

use super::node::{Child, Node, ints, numbered};
use super::{Cell, Class, Field, Format, Kind, Leaf, Writer, leaves};

/// A column that says which objects link to one.
#[derive(Clone, Copy)]
struct BackLink {
    origin: usize,
    field: usize,
}

fn int_node(numbers: &[i64]) -> Child {
    Child::Node(Node::Bytes(ints(numbers, false, false)))
}

fn array(children: Vec<Child>) -> Node {
    Node::Refs { is_inner: false, has_context: false, children: numbered(children) }
}

/// The table of a class.
pub(super) fn table(file: &Writer, at: usize) -> Node {
    let class = &file.classes[at];
    let backlinks = backlinks(file, class);
    match file.format {
        Format::Nine => {
            let rows: Vec<_> = class.leaves.iter().flat_map(|leaf| &leaf.rows).collect();
            let mut columns = Vec::new();
            for (at, field) in class.fields.iter().enumerate() {
                let cells: Vec<&Cell> = rows.iter().map(|(_, cells)| &cells[at]).collect();
                columns.push(Child::Node(old_column(file, field, &cells)));
            }
            for link in &backlinks {
                let keys: Vec<i64> = rows.iter().map(|(key, _)| *key).collect();
                let leaf = |keys: &[i64]| backlink(file, *link, keys);
                columns.push(Child::Node(tree(file, &keys, &leaf)));
            }
            array(vec![Child::Node(old_spec(file, class, &backlinks)), Child::Node(array(columns))])
        }
        Format::TwentyFour => new_table(file, (at, class), &backlinks),
    }
}

fn index(file: &Writer, name: &str) -> usize {
    file.classes.iter().position(|class| class.name == name).unwrap()
}

fn target(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Link(to) | Kind::Links(to) => Some(to),
        _ => None,
    }
}

fn backlinks(file: &Writer, class: &Class) -> Vec<BackLink> {
    let mut found = Vec::new();
    for (origin, from) in file.classes.iter().enumerate() {
        let links =
            from.fields.iter().enumerate().filter(|(_, field)| target(field.kind) == Some(class.name));
        found.extend(links.map(|(field, _)| BackLink { origin, field }));
    }
    found
}

/// The leaf of a column of backlinks: nothing, one key in the place of a ref, or a ref to keys.
fn backlink(file: &Writer, link: BackLink, keys: &[i64]) -> Node {
    let origin = file.classes[link.origin].leaves.iter().flat_map(|leaf| &leaf.rows);
    let links = |cell: &Cell, key: i64| match cell {
        Cell::Link(to) => usize::from(*to == key),
        Cell::Links(to) => to.iter().filter(|to| **to == key).count(),
        _ => 0,
    };
    let child = |key: &i64| {
        let from: Vec<i64> = origin
            .clone()
            .flat_map(|(from, cells)| std::iter::repeat_n(*from, links(&cells[link.field], *key)))
            .collect();
        match from[..] {
            [] => Child::Null,
            [only] => Child::Tag(only),
            _ => int_node(&from),
        }
    };
    array(keys.iter().map(child).collect())
}

fn code(format: Format, kind: Kind) -> i64 {
    match kind {
        Kind::Int => 0,
        Kind::Bool => 1,
        Kind::Text => 2,
        Kind::Bytes => 4,
        Kind::Time => 8,
        Kind::Links(_) if format == Format::Nine => 13,
        Kind::Link(_) | Kind::Links(_) => 12,
    }
}

fn attributes(format: Format, field: &Field) -> i64 {
    match (format, field.kind) {
        (Format::Nine, Kind::Link(_) | Kind::Links(_)) => 0,
        (Format::TwentyFour, Kind::Link(_)) => 16,
        (Format::TwentyFour, Kind::Links(_)) => 32,
        _ => i64::from(field.is_nullable) * 16,
    }
}

fn declared(file: &Writer, class: &Class, backlinks: &[BackLink]) -> (Vec<i64>, Node, Vec<i64>) {
    let codes = class.fields.iter().map(|field| code(file.format, field.kind));
    let codes = codes.chain(backlinks.iter().map(|_| 14)).collect();
    let names: Vec<_> = class.fields.iter().map(|field| Some(field.name.as_bytes().to_vec())).collect();
    let attributes = class.fields.iter().map(|field| attributes(file.format, field));
    (codes, leaves::short(&names, false), attributes.chain(backlinks.iter().map(|_| 0)).collect())
}

fn old_spec(file: &Writer, class: &Class, backlinks: &[BackLink]) -> Node {
    let (codes, names, attributes) = declared(file, class, backlinks);
    let mut spec = vec![int_node(&codes), Child::Node(names), int_node(&attributes)];
    let mut sub_specs = Vec::new();
    for field in &class.fields {
        sub_specs.extend(target(field.kind).map(|to| Child::Tag(index(file, to) as i64)));
    }
    for link in backlinks {
        sub_specs.extend([Child::Tag(link.origin as i64), Child::Tag(link.field as i64)]);
    }
    if !sub_specs.is_empty() {
        spec.push(Child::Node(array(sub_specs)));
    }
    array(spec)
}

fn old_column(file: &Writer, field: &Field, cells: &[&Cell]) -> Node {
    if field.kind != Kind::Time {
        return tree(file, cells, &|cells| leaves::column(Format::Nine, field, cells));
    }
    // Two trees, not a tree of pairs.
    let half = |at: usize| {
        tree(file, cells, &|cells| match leaves::column(Format::Nine, field, cells) {
            Node::Refs { mut children, .. } => match children.swap_remove(at).1 {
                Child::Node(node) => node,
                _ => panic!("a moment has two halves"),
            },
            Node::Bytes(_) => panic!("a moment has two halves"),
        })
    };
    array(vec![Child::Node(half(0)), Child::Node(half(1))])
}

/// A B+tree: a leaf, or an inner node of leaves of the same number of rows.
fn tree<T>(file: &Writer, cells: &[T], leaf: &dyn Fn(&[T]) -> Node) -> Node {
    if cells.len() <= file.leaf_rows {
        return leaf(cells);
    }
    let leaves = cells.chunks(file.leaf_rows).map(|cells| Child::Node(leaf(cells)));
    let (each, total) = (file.leaf_rows as i64, cells.len() as i64);
    let children = [Child::Tag(each)].into_iter().chain(leaves).chain([Child::Tag(total)]).collect();
    Node::Refs { is_inner: true, has_context: false, children: numbered(children) }
}

/// The key of a column: its place, type, attributes and a tag.
fn column_key(at: usize, code: i64, attributes: i64) -> i64 {
    at as i64 | code << 16 | attributes << 22 | (at as i64 + 1) << 30
}

fn field_key(file: &Writer, class: usize, at: usize) -> i64 {
    let field = &file.classes[class].fields[at];
    column_key(at, code(file.format, field.kind), attributes(file.format, field))
}

fn new_table(file: &Writer, (at, class): (usize, &Class), links: &[BackLink]) -> Node {
    let (codes, names, attributes) = declared(file, class, links);
    let count = codes.len();
    let keys: Vec<i64> = (0..count).map(|at| column_key(at, codes[at], attributes[at])).collect();
    let spec = vec![
        int_node(&codes),
        Child::Node(names),
        int_node(&attributes),
        Child::Null,
        Child::Null,
        int_node(&keys),
    ];
    let mut opposite_tables = vec![0x7fff_ffff; count];
    let mut opposite_columns = vec![i64::MAX; count];
    for (at, field) in class.fields.iter().enumerate() {
        if let Some(to) = target(field.kind) {
            let to = index(file, to);
            let is_this = |link: &BackLink| link.origin == self_index(file, class) && link.field == at;
            let place = backlinks(file, &file.classes[to]).iter().position(is_this).unwrap();
            opposite_tables[at] = to as i64;
            opposite_columns[at] = column_key(file.classes[to].fields.len() + place, 14, 0);
        }
    }
    for (place, link) in links.iter().enumerate() {
        opposite_tables[class.fields.len() + place] = link.origin as i64;
        opposite_columns[class.fields.len() + place] = field_key(file, link.origin, link.field);
    }
    array(vec![
        Child::Node(array(spec)),
        Child::Null,
        Child::Node(clusters(file, class, links)),
        Child::Tag(at as i64),
        Child::Node(array((0..count).map(|_| Child::Null).collect())),
        Child::Tag(0),
        Child::Tag(1),
        int_node(&opposite_tables),
        int_node(&opposite_columns),
        Child::Tag(class.next_key),
        Child::Null,
        Child::Null,
        Child::Null,
        Child::Null,
    ])
}

fn self_index(file: &Writer, class: &Class) -> usize {
    index(file, class.name)
}

fn clusters(file: &Writer, class: &Class, links: &[BackLink]) -> Node {
    match &class.leaves[..] {
        [] => cluster(file, class, links, &Leaf { id: 0, base: 0, rows: Vec::new() }),
        [only] => cluster(file, class, links, &Leaf { base: 0, ..only.clone() }),
        leaves => {
            let bases: Vec<i64> = leaves.iter().map(|leaf| leaf.base).collect();
            let rows: usize = leaves.iter().map(|leaf| leaf.rows.len()).sum();
            let mut children = vec![
                ("keys".to_owned(), int_node(&bases)),
                ("depth".to_owned(), Child::Tag(1)),
                ("size".to_owned(), Child::Tag(rows as i64)),
            ];
            children.extend(
                leaves.iter().map(|leaf| {
                    (format!("leaf {}", leaf.id), Child::Node(cluster(file, class, links, leaf)))
                }),
            );
            Node::Refs { is_inner: true, has_context: false, children }
        }
    }
}

fn cluster(file: &Writer, class: &Class, links: &[BackLink], leaf: &Leaf) -> Node {
    let keys: Vec<i64> = leaf.rows.iter().map(|(key, _)| key - leaf.base).collect();
    let is_compact = keys.iter().enumerate().all(|(at, key)| *key == at as i64);
    let mut children = vec![if is_compact { Child::Tag(keys.len() as i64) } else { int_node(&keys) }];
    for (at, field) in class.fields.iter().enumerate() {
        let cells: Vec<&Cell> = leaf.rows.iter().map(|(_, cells)| &cells[at]).collect();
        children.push(Child::Node(leaves::column(Format::TwentyFour, field, &cells)));
    }
    let whole: Vec<i64> = leaf.rows.iter().map(|(key, _)| *key).collect();
    children.extend(links.iter().map(|link| Child::Node(backlink(file, *link, &whole))));
    array(children)
}
