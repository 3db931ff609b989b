//! Rows of all files together: what became of each.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::parse::{Node, Span, Value};

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Put,
    Delete,
}

/// One version of a key, or its deletion.
pub(super) struct Row<'a> {
    /// Index of its file.
    pub(super) file: usize,
    pub(super) kind: Kind,
    pub(super) sequence: u64,
    pub(super) key: Cow<'a, [u8]>,
    pub(super) value: Option<Cow<'a, [u8]>>,
    pub(super) span: Span,
    /// Whether the checksum over it is that of its bytes.
    pub(super) is_valid: bool,
}

/// A log or a table.
pub(super) struct File {
    pub(super) name: String,
    pub(super) is_current: bool,
    pub(super) length: usize,
}

/// What is known of a key when all files have been read.
struct Newest {
    sequence: u64,
    kind: Kind,
    is_current: bool,
}

type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// The rows as a member for each file.
pub(super) fn members<'a>(rows: Vec<Row<'a>>, files: &[File]) -> Members<'a> {
    let states = states(&rows, files);
    let mut lists: Vec<Vec<Node<'a>>> = files.iter().map(|_| Vec::new()).collect();
    for (row, state) in rows.into_iter().zip(states) {
        if let (Some(list), Some(file)) = (lists.get_mut(row.file), files.get(row.file)) {
            list.push(node(row, file, state));
        }
    }
    let of_file = |(file, list): (&File, Vec<Node<'a>>)| {
        let span = Span::between(0, file.length);
        (Cow::Owned(file.name.clone()), Node { value: Value::List(list), span })
    };
    files.iter().zip(lists).map(of_file).collect()
}

fn node<'a>(row: Row<'a>, file: &File, state: &'static str) -> Node<'a> {
    let span = row.span;
    let node = |value| Node { value, span };
    let kind = if row.kind == Kind::Put { "put" } else { "delete" };
    let sequence = i64::try_from(row.sequence).map_or(Value::Unsigned(row.sequence), Value::Integer);
    let mut members: Members<'a> = vec![
        ("state".into(), node(Value::Text(state.into()))),
        ("kind".into(), node(Value::Text(kind.into()))),
        ("file".into(), node(Value::Text(file.name.clone().into()))),
        ("sequence".into(), node(sequence)),
        ("current".into(), node(Value::Bool(file.is_current))),
        ("crc_valid".into(), node(Value::Bool(row.is_valid))),
        ("key".into(), node(Value::Blob(row.key))),
    ];
    members.extend(row.value.map(|value| ("value".into(), node(Value::Blob(value)))));
    node(Value::Map(members))
}

fn states(rows: &[Row<'_>], files: &[File]) -> Vec<&'static str> {
    let is_current = |row: &Row<'_>| files.get(row.file).is_some_and(|file| file.is_current);
    let mut newest: HashMap<&[u8], Newest> = HashMap::new();
    let mut kept: HashSet<(&[u8], u64, Kind)> = HashSet::new();
    for row in rows {
        let here = Newest { sequence: row.sequence, kind: row.kind, is_current: is_current(row) };
        if here.is_current {
            kept.insert((&row.key, row.sequence, row.kind));
        }
        match newest.get_mut(&*row.key) {
            Some(known) if (known.sequence, known.is_current) >= (here.sequence, here.is_current) => {}
            Some(known) => *known = here,
            None => {
                newest.insert(&row.key, here);
            }
        }
    }
    let mut told: HashSet<(&[u8], u64, Kind)> = HashSet::new();
    let state = |row: &Row<'_>| {
        let Some(newest) = newest.get(&*row.key) else { return "deleted" };
        let is_there = newest.kind == Kind::Put && newest.is_current;
        match row.kind {
            Kind::Put if is_there && row.sequence == newest.sequence => "live",
            Kind::Put if is_there => "superseded",
            _ => "deleted",
        }
    };
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        let identity = (&*row.key, row.sequence, row.kind);
        let is_repeated = if is_current(row) { !told.insert(identity) } else { kept.contains(&identity) };
        states.push(if is_repeated { "repeated" } else { state(row) });
    }
    states
}
