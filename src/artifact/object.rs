//! A version of an object of a Realm file, its values in the words of definitions: a link is the key of its object, a moment the
//! nanoseconds since 1970, a decimal, an ObjectId or a UUID its text.

use super::bind::Bound;
use super::realm::Class;
use crate::parse::realm::{Row, Table};
use crate::parse::{Node, Span, Value};
use crate::record::{RowReference, State};

/// The view in which a version of an object lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Moment {
    /// The last commit.
    Live,
    /// The commit before it.
    Previous,
    /// No commit: unused space.
    Free,
}

impl Moment {
    const ALL: [Moment; 3] = [Moment::Live, Moment::Previous, Moment::Free];

    /// As provenance names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Moment::Live => "live",
            Moment::Previous => "previous",
            Moment::Free => "free",
        }
    }

    /// The moment of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Moment::ALL.into_iter().find(|moment| moment.name() == name)
    }
}

/// A version of an object.
#[derive(Debug, Clone)]
pub(super) struct Object<'a> {
    pub(super) key: i64,
    pub(super) moment: Moment,
    pub(super) state: State,
    /// The leaf that holds it.
    pub(super) place: Span,
    /// By column of its class; nothing where its version has no such column.
    values: Vec<Option<Node<'a>>>,
    /// Columns whose value could not be read.
    missing: Vec<usize>,
    /// Of an object in unused space, what cannot be told of it.
    doubt: Option<Doubt>,
}

/// What cannot be told of an object in unused space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doubt {
    /// Its key is the one within its leaf: what leads there is gone.
    lacks_key: bool,
    /// Its space was free for longer: its columns may be of different commits.
    is_mixed: bool,
}

impl Doubt {
    fn reason(self) -> String {
        let found = "a row of a freed leaf that has the shape of this class alone";
        let key = if self.lacks_key {
            "; which object it is cannot be told: the key is that within its leaf"
        } else {
            ""
        };
        let mixed = match self.is_mixed {
            true => {
                "; its space was free before the last two commits: its columns may be of different commits"
            }
            false => "; its space was freed by the last two commits and not used since",
        };
        format!("{found}{key}{mixed}")
    }
}

impl<'a> Object<'a> {
    /// A row of a table under the columns of its class.
    pub(super) fn of(
        class: &Class<'_, 'a>,
        (table, row): (&Table<'a>, Row<'a>),
        (moment, state): (Moment, State),
    ) -> Self {
        let Row { key, place, values, missing } = row;
        let mut placed: Vec<Option<Node<'a>>> = vec![None; class.columns.len()];
        let mut lost = Vec::new();
        for (index, (column, value)) in table.columns.iter().zip(values).enumerate() {
            let Some(at) = class.columns.iter().position(|known| *known == column.name) else { continue };
            let Some(slot) = placed.get_mut(at).filter(|slot| slot.is_none()) else { continue };
            if missing.contains(&index) {
                lost.push(at);
            }
            *slot = Some(plain_column(value, &column.type_name));
        }
        Object { key, moment, state, place, values: placed, missing: lost, doubt: None }
    }

    /// The same, of unused space: whether its key is not known, and whether its columns may be of different commits.
    pub(super) fn doubted(mut self, lacks_key: bool, is_mixed: bool) -> Self {
        self.doubt = Some(Doubt { lacks_key, is_mixed });
        self
    }

    /// The node of a column.
    pub(super) fn node(&self, column: usize) -> Option<&Node<'a>> {
        self.values.get(column)?.as_ref()
    }

    /// The value of what a name is bound to.
    pub(super) fn value(&self, bound: Bound) -> Option<Value<'a>> {
        match bound {
            Bound::Absent => None,
            _ if self.is_lost(bound) => None,
            Bound::Column(index) => self.node(index).map(|node| node.value.clone()),
            Bound::Rowid => Some(Value::Integer(self.key)),
        }
    }

    /// Whether it could not be read.
    pub(super) fn is_lost(&self, bound: Bound) -> bool {
        match bound {
            Bound::Absent => false,
            Bound::Column(index) => self.missing.contains(&index),
            Bound::Rowid => self.doubt.is_some_and(|doubt| doubt.lacks_key),
        }
    }

    /// What provenance says of it.
    pub(super) fn reference<'d>(
        &self,
        role: &str,
        (class, file): (&Class<'d, 'a>, usize),
        other_versions: usize,
    ) -> RowReference<'d> {
        let missing = self.missing.iter().filter_map(|index| class.columns.get(*index));
        RowReference {
            role: role.to_owned().into(),
            file,
            table: Some(class.name.into()),
            path: None,
            cell: None,
            rowid: Some(self.key),
            view: self.moment.name().into(),
            source: "main".into(),
            page: None,
            offset: self.place.offset,
            length: self.place.length,
            complete: self.missing.is_empty(),
            missing: missing.map(|name| (*name).into()).collect(),
            reason: self.doubt.map(Doubt::reason),
            overflow: Vec::new(),
            other_versions,
        }
    }

    /// What provenance says of one value of it: a class lies in columns, each value apart.
    pub(super) fn value_reference<'d>(
        &self,
        role: &str,
        (class, file): (&Class<'d, 'a>, usize),
        bound: Bound,
    ) -> Option<RowReference<'d>> {
        let Bound::Column(index) = bound else { return None };
        let (node, name) = (self.node(index)?, class.columns.get(index)?);
        let whole = self.reference(role, (class, file), 0);
        let path = Some(format!("/{}", name.replace('~', "~0").replace('/', "~1")));
        let Span { offset, length } = node.span;
        Some(RowReference {
            path,
            offset,
            length,
            missing: Vec::new(),
            complete: true,
            reason: None,
            ..whole
        })
    }
}

/// A value in the words of definitions, by the type of its column: a dictionary of the app may have any key.
fn plain_column<'a>(node: Node<'a>, type_name: &str) -> Node<'a> {
    let is_dictionary = type_name.starts_with("dictionary of ");
    let any = type_name.ends_with("mixed");
    let Node { value, span } = node;
    let value = match value {
        Value::Map(members) if is_dictionary => {
            Value::Map(members.into_iter().map(|(key, node)| (key, plain(node, any))).collect())
        }
        Value::List(nodes) => Value::List(nodes.into_iter().map(|node| plain(node, any)).collect()),
        Value::Map(_) => return plain(Node { value, span }, any),
        other => other,
    };
    Node { value, span }
}

/// The inside of a value that JSON has no form for. Of a value of any type only those that no dictionary looks like.
fn plain(node: Node<'_>, any: bool) -> Node<'_> {
    let inner = match &node.value {
        Value::Map(members) => match members.as_slice() {
            [(name, inner)] => unwrapped(name, &inner.value, any),
            _ => None,
        },
        _ => None,
    };
    Node { value: inner.unwrap_or(node.value), span: node.span }
}

fn unwrapped<'a>(name: &str, inner: &Value<'a>, any: bool) -> Option<Value<'a>> {
    let number = |name: &str| match inner.member(name)?.value {
        Value::Integer(number) => Some(number),
        _ => None,
    };
    match name {
        "timestamp" => {
            let whole = number("seconds")?.checked_mul(1_000_000_000)?;
            Some(Value::Integer(whole.checked_add(number("nanoseconds")?)?))
        }
        "link" if inner.member("table").is_some() => number("key").map(Value::Integer),
        "decimal" | "object_id" | "uuid" if !any => Some(inner.clone()),
        _ => None,
    }
}
