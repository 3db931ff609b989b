//! A small writer of Realm files of formats 9 and 24, for tests only: what the reader says of deleted rows is held against what was written.
//!
//! ```no_run
//! let mut file = Writer::new(Format::Nine);
//! file.class("Contact", vec![field("name", Kind::Text), field("number", Kind::Text).nullable()]);
//! file.class("Message", vec![field("text", Kind::Text), field("at", Kind::Time), field("from", Kind::Link("Contact"))]);
//! let alice = file.insert("Contact", vec![Cell::text("alice"), Cell::Null]);
//! file.insert("Message", vec![Cell::text("hello"), Cell::Time(1_500_000_000, 0), Cell::Link(alice)]);
//! file.commit();
//! let sealed = file.encrypted(&[7; 64]);
//! ```
//!
//! It commits as realm-core does: nodes that did not change stay where they are, the others are written to free space, the group is named
//! by the slot of the header that was not current. What commit `n` freed is listed with `n` and used again from commit `n + 2` on, best fit
//! first. Layouts are those of realm-core (`group_writer.cpp`, `cluster.cpp`, `array_*.cpp`; at v5.23.9 `table.cpp`, `column_*.cpp`), not
//! those of our reader.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test uses some of it, and one that cannot go on fails"
)]

mod compare;
mod leaves;
mod node;
mod seal;
mod tables;

#[allow(unused_imports, reason = "each test uses some of it")]
pub use compare::{Likeness, leaf_as_it_would_be, likeness, reference};
use node::{Child, Node};
use std::collections::BTreeMap;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns; a row is its position, and the last row moves to the place of one that is deleted.
    Nine,
    /// Clusters; an object keeps its key.
    TwentyFour,
}

/// The type of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Int,
    Bool,
    Text,
    Bytes,
    Time,
    /// An object of this class, or none.
    Link(&'static str),
    /// Objects of this class.
    Links(&'static str),
}

/// A property of a class.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub is_nullable: bool,
}

/// A property that is never null.
pub fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, is_nullable: false }
}

impl Field {
    /// The same property, which can be null.
    pub fn nullable(self) -> Self {
        Field { is_nullable: true, ..self }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Int(i64),
    Bool(bool),
    Text(String),
    Bytes(Vec<u8>),
    /// Seconds since 1970 and nanoseconds.
    Time(i64, i64),
    Link(i64),
    Links(Vec<i64>),
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

pub type Cells = Vec<Cell>;

/// A leaf of clusters: what is added to the keys of its objects is the key of its first.
#[derive(Debug, Clone)]
struct Leaf {
    id: usize,
    base: i64,
    rows: Vec<(i64, Cells)>,
}

#[derive(Debug, Clone)]
struct Class {
    name: &'static str,
    fields: Vec<Field>,
    leaves: Vec<Leaf>,
    next_key: i64,
}

/// Space that no commit uses which can still be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    start: u64,
    size: u64,
    /// The commit that freed it; 0 where it may be used.
    freed: i64,
}

/// A file that is being written.
pub struct Writer {
    format: Format,
    bytes: Vec<u8>,
    classes: Vec<Class>,
    leaf_rows: usize,
    commits: i64,
    blocks: Vec<Block>,
    /// The nodes of the last commit by their place in the trees: bytes, ref.
    nodes: BTreeMap<String, (Vec<u8>, u64)>,
    next_leaf: usize,
}

impl Writer {
    /// A file without classes and without a commit.
    pub fn new(format: Format) -> Self {
        let mut bytes = vec![0; 4096];
        bytes[16..20].copy_from_slice(b"T-DB");
        let leaf_rows = if format == Format::Nine { 1000 } else { 256 };
        let blocks = vec![Block { start: 24, size: 4096 - 24, freed: 0 }];
        let (classes, nodes) = (Vec::new(), BTreeMap::new());
        Writer { format, bytes, classes, leaf_rows, commits: 1, blocks, nodes, next_leaf: 0 }
    }

    /// Rows of a leaf at most, in the place of 1000 (format 9) and 256 (format 24): builds of realm-core for its own tests have 4.
    pub fn leaf_rows(mut self, rows: usize) -> Self {
        self.leaf_rows = rows;
        self
    }

    /// Declares a class. It stands in the file as `class_NAME`; a class that is linked to must be declared before the next commit.
    pub fn class(&mut self, name: &'static str, fields: Vec<Field>) {
        self.classes.push(Class { name, fields, leaves: Vec::new(), next_key: 0 });
    }

    /// Adds an object; its key, in format 9 its position.
    pub fn insert(&mut self, class: &str, cells: Cells) -> i64 {
        let (format, most, id) = (self.format, self.leaf_rows, self.next_leaf);
        let class = self.of(class);
        assert_eq!(class.fields.len(), cells.len(), "{}", class.name);
        let key = class.next_key;
        class.next_key += 1;
        let is_full =
            class.leaves.last().is_none_or(|leaf| format == Format::TwentyFour && leaf.rows.len() >= most);
        if is_full {
            class.leaves.push(Leaf { id, base: key, rows: Vec::new() });
        }
        class.leaves.last_mut().unwrap().rows.push((key, cells));
        self.next_leaf += usize::from(is_full);
        key
    }

    /// Changes one value of an object.
    pub fn set(&mut self, class: &str, key: i64, field: &str, cell: Cell) {
        let class = self.of(class);
        let at = class.fields.iter().position(|known| known.name == field).unwrap();
        let row = class.leaves.iter_mut().flat_map(|leaf| &mut leaf.rows).find(|(known, _)| *known == key);
        row.unwrap_or_else(|| panic!("no object {key}")).1[at] = cell;
    }

    /// Deletes an object. Links to it are gone; in format 9 the last row moves to its place.
    pub fn delete(&mut self, class: &'static str, key: i64) {
        let format = self.format;
        let target = self.of(class);
        let mut moved = None;
        match format {
            Format::TwentyFour => {
                target.leaves.iter_mut().for_each(|leaf| leaf.rows.retain(|(known, _)| *known != key));
                target.leaves.retain(|leaf| !leaf.rows.is_empty());
            }
            Format::Nine => {
                let rows = &mut target.leaves[0].rows;
                let last = rows.pop().unwrap();
                target.next_key -= 1;
                if last.0 != key {
                    moved = Some(last.0);
                    let place = rows.iter_mut().find(|(known, _)| *known == key).unwrap();
                    place.1 = last.1;
                }
            }
        }
        self.relink(class, key, moved);
    }

    /// Links to `gone` are gone, those to `moved` lead to where it stood.
    fn relink(&mut self, class: &str, gone: i64, moved: Option<i64>) {
        for origin in &mut self.classes {
            for (at, field) in origin.fields.iter().enumerate() {
                if !matches!(field.kind, Kind::Link(to) | Kind::Links(to) if to == class) {
                    continue;
                }
                for (_, cells) in origin.leaves.iter_mut().flat_map(|leaf| &mut leaf.rows) {
                    match &mut cells[at] {
                        Cell::Link(key) if *key == gone => cells[at] = Cell::Null,
                        Cell::Link(key) if Some(*key) == moved => *key = gone,
                        Cell::Links(keys) => {
                            keys.retain(|key| *key != gone);
                            keys.iter_mut().filter(|key| Some(**key) == moved).for_each(|key| *key = gone);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The objects of a class as they are now.
    pub fn rows(&self, class: &str) -> Vec<(i64, Cells)> {
        let class = self.classes.iter().find(|known| known.name == class).unwrap();
        class.leaves.iter().flat_map(|leaf| leaf.rows.clone()).collect()
    }

    fn of(&mut self, name: &str) -> &mut Class {
        let found = self.classes.iter_mut().find(|class| class.name == name);
        found.unwrap_or_else(|| panic!("no class {name}"))
    }

    /// Writes what changed since the last commit.
    pub fn commit(&mut self) {
        self.commits += 1;
        // What the commit before the last one freed, no commit that the header names uses any more.
        let last = self.commits - 2;
        self.blocks.iter_mut().filter(|block| block.freed <= last).for_each(|block| block.freed = 0);
        self.merge();
        let before = std::mem::take(&mut self.nodes);
        let names: Vec<_> =
            self.classes.iter().map(|class| Some(format!("class_{}", class.name).into_bytes())).collect();
        let names = self.write(&before, "names", leaves::short(&names, false));
        let tables = (0..self.classes.len())
            .map(|at| (format!("{at}"), Child::Node(tables::table(self, at))))
            .collect();
        let tables = self.write(
            &before,
            "tables",
            Node::Refs { is_inner: false, has_context: false, children: tables },
        );
        for (path, (bytes, start)) in before {
            let is_kept = self.nodes.get(&path).is_some_and(|(_, kept)| *kept == start);
            if !is_kept {
                self.blocks.push(Block { start, size: bytes.len() as u64, freed: self.commits });
            }
        }
        self.merge();
        self.group(names, tables);
    }

    /// Neighbours that were freed by the same commit are one block.
    fn merge(&mut self) {
        self.blocks.sort_unstable();
        let mut merged: Vec<Block> = Vec::new();
        for block in self.blocks.drain(..).filter(|block| block.size > 0) {
            match merged.last_mut() {
                Some(last) if last.start + last.size == block.start && last.freed == block.freed => {
                    last.size += block.size
                }
                _ => merged.push(block),
            }
        }
        self.blocks = merged;
    }

    /// Writes the lists of free space and the group, and names it in the header.
    fn group(&mut self, names: u64, tables: u64) {
        let most = self.blocks.len() + 1;
        let needed = 3 * (8 + (most as u64 * 8)) + 8 + 7 * 8 + 8;
        let at = self.block(needed);
        let start = self.blocks[at].start;
        let lists = |blocks: &[Block]| {
            [
                blocks.iter().map(|block| block.start as i64).collect::<Vec<_>>(),
                blocks.iter().map(|block| block.size as i64).collect(),
                blocks.iter().map(|block| block.freed).collect(),
            ]
        };
        let lengths = lists(&self.blocks).map(|list| node::ints(&list, false, false).len() as u64);
        let refs = [start, start + lengths[0], start + lengths[0] + lengths[1]];
        let group = start + lengths.iter().sum::<u64>();
        let top = [
            names as i64,
            tables as i64,
            node::tag(self.bytes.len() as i64),
            refs[0] as i64,
            refs[1] as i64,
            refs[2] as i64,
            node::tag(self.commits),
        ];
        let top = node::ints(&top, true, false);
        let end = group + top.len() as u64;
        let block = &mut self.blocks[at];
        (block.size, block.start) = (block.start + block.size - end, end);
        // What is left of the block is less than it was: no list needs more bits than before.
        for (list, (reference, length)) in lists(&self.blocks).iter().zip(refs.iter().zip(lengths)) {
            let mut bytes = node::ints(list, false, false);
            if bytes.len() as u64 != length {
                bytes = node::wide(list, length);
            }
            self.place(*reference, &bytes);
            self.nodes.insert(format!("free {reference}"), (bytes, *reference));
        }
        self.place(group, &top);
        self.nodes.insert("group".to_owned(), (top, group));
        self.name(group);
    }

    fn name(&mut self, group: u64) {
        let slot = usize::from(self.bytes[23] & 1 == 0);
        self.bytes[8 * slot..8 * slot + 8].copy_from_slice(&group.to_le_bytes());
        self.bytes[20 + slot] = if self.format == Format::Nine { 9 } else { 24 };
        self.bytes[23] ^= 1;
    }

    /// The smallest block of at least so many bytes that may be used; the file grows where there is none.
    fn block(&mut self, size: u64) -> usize {
        let fits = |block: &Block| block.freed == 0 && block.size >= size;
        let best = (0..self.blocks.len())
            .filter(|at| fits(&self.blocks[*at]))
            .min_by_key(|at| self.blocks[*at].size);
        best.unwrap_or_else(|| {
            let start = self.bytes.len() as u64;
            let grown = size.next_multiple_of(4096);
            self.bytes.resize((start + grown) as usize, 0);
            self.blocks.push(Block { start, size: grown, freed: 0 });
            self.blocks.len() - 1
        })
    }

    fn place(&mut self, start: u64, bytes: &[u8]) {
        let start = start as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes a tree, children first; a node that is as it was in the last commit stays where it is.
    fn write(&mut self, before: &BTreeMap<String, (Vec<u8>, u64)>, path: &str, node: Node) -> u64 {
        let bytes = match node {
            Node::Bytes(bytes) => bytes,
            Node::Refs { is_inner, has_context, children } => {
                let mut refs = Vec::new();
                for (name, child) in children {
                    refs.push(match child {
                        Child::Null => 0,
                        Child::Tag(number) => node::tag(number),
                        Child::Node(child) => self.write(before, &format!("{path}/{name}"), child) as i64,
                    });
                }
                node::refs(&refs, is_inner, has_context)
            }
        };
        let kept = before.get(path).filter(|(known, _)| *known == bytes).map(|(_, start)| *start);
        let start = kept.unwrap_or_else(|| {
            let at = self.block(bytes.len() as u64);
            let block = &mut self.blocks[at];
            let start = block.start;
            block.start += bytes.len() as u64;
            block.size -= bytes.len() as u64;
            start
        });
        if kept.is_none() {
            self.place(start, &bytes);
        }
        self.nodes.insert(path.to_owned(), (bytes, start));
        start
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The file as it stands on disk under a key.
    pub fn encrypted(&self, key: &[u8; 64]) -> Vec<u8> {
        seal::sealed(&self.bytes, key)
    }

    /// The file with zeros where neither of its two commits has anything.
    pub fn without_remains(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for block in self.blocks.iter().filter(|block| block.freed < self.commits) {
            bytes[block.start as usize..(block.start + block.size) as usize].fill(0);
        }
        bytes
    }
}
