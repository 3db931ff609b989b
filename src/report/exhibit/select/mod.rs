//! The language that says which records an exhibit holds: small, closed, and printed verbatim in the exhibit.
//!
//! ```text
//! expression  any ("or" any)…             any        one ("and" one)…
//! one         "not" one │ "(" expression ")" │ test
//! test        FIELD = VALUE    FIELD != VALUE    FIELD ~ VALUE    FIELD < VALUE    <=  >  >=    FIELD in (VALUE, …)
//! VALUE       a word, or "text" with \" and \\ in it
//! ```
//!
//! A field that holds several values passes a test where one of them does; `!=` is `not =`. `~` is "contains", whatever the case.

mod field;
mod parse;
mod token;

pub(super) use self::field::knows_path;
use self::field::{FieldName, Place};
use crate::record::kinds::Kind;
use crate::record::{Moment, parse_utc};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

/// What a selection is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'c> {
    pub(super) kind: &'static Kind,
    pub(super) record: &'c Value,
    /// Device path of the file of its row.
    pub(super) file: &'c str,
}

/// A selection, read.
#[derive(Debug, Clone)]
pub struct Selection {
    text: String,
    root: Node,
    /// It names neither kinds nor ids: it is about messages.
    is_of_messages: bool,
}

#[derive(Debug, Clone)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

#[derive(Debug, Clone)]
struct Test {
    field: FieldName,
    operator: Operator,
    values: Vec<Operand>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    Contains,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
struct Operand {
    text: String,
    folded: String,
    moment: Option<Moment>,
    number: Option<f64>,
}

/// What is wrong with a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectFault {
    /// The selection.
    pub text: String,
    /// Where: characters from its beginning, counted from 1.
    pub at: usize,
    /// What was expected and what stands there.
    pub message: String,
}

impl fmt::Display for SelectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--select `{}`, character {}: {}", self.text, self.at, self.message)
    }
}

impl std::error::Error for SelectFault {}

impl Operand {
    fn of(text: String) -> Self {
        let moment = parse_utc(&text).map(|(moment, _)| moment);
        Operand { folded: text.to_lowercase(), moment, number: text.parse().ok(), text }
    }
}

impl Selection {
    /// Reads a selection.
    ///
    /// # Errors
    /// Where it is none: the place, and the nearest right name.
    pub fn parse(text: &str) -> Result<Self, SelectFault> {
        let root = parse::expression(text)?;
        let is_of_messages = !names(&root, &|field| matches!(field.place, Place::Kind | Place::Id));
        Ok(Selection { text: text.to_owned(), root, is_of_messages })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is about messages alone, because it names neither kinds nor ids.
    pub(super) fn is_of_messages(&self) -> bool {
        self.is_of_messages
    }

    /// Whether it takes a record.
    pub(super) fn takes(&self, candidate: Candidate<'_>) -> bool {
        (!self.is_of_messages || candidate.kind.name == "message") && self.root.takes(candidate)
    }

    /// The ids that it names.
    pub(super) fn ids(&self) -> Vec<&str> {
        let mut found = Vec::new();
        ids(&self.root, &mut found);
        found
    }
}

/// Whether any test names a field like this.
fn names(node: &Node, like: &dyn Fn(&FieldName) -> bool) -> bool {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().any(|node| names(node, like)),
        Node::Not(node) => names(node, like),
        Node::Test(test) => like(&test.field),
    }
}

fn ids<'n>(node: &'n Node, found: &mut Vec<&'n str>) {
    match node {
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| ids(node, found)),
        Node::Not(node) => ids(node, found),
        Node::Test(test) if matches!(test.field.place, Place::Id) && test.operator == Operator::Is => {
            found.extend(test.values.iter().map(|operand| operand.text.as_str()));
        }
        Node::Test(_) => {}
    }
}

/// Whether an id is the one that was named: whole, or by eight or more of its hexadecimal digits.
pub(super) fn is_id(id: &str, named: &str) -> bool {
    let digits = id.rsplit('-').next().unwrap_or("");
    id == named || (named.len() >= 8 && !digits.is_empty() && digits.starts_with(named))
}

impl Node {
    fn takes(&self, candidate: Candidate<'_>) -> bool {
        match self {
            Node::All(nodes) => nodes.iter().all(|node| node.takes(candidate)),
            Node::Any(nodes) => nodes.iter().any(|node| node.takes(candidate)),
            Node::Not(node) => !node.takes(candidate),
            Node::Test(test) => test.takes(candidate),
        }
    }
}

impl Test {
    fn takes(&self, candidate: Candidate<'_>) -> bool {
        self.field.any(candidate, &mut |value| self.values.iter().any(|operand| self.passes(value, operand)))
    }

    fn passes(&self, value: &Value, operand: &Operand) -> bool {
        if self.operator == Operator::Is && matches!(self.field.place, Place::Id) {
            return value.as_str().is_some_and(|id| is_id(id, &operand.text));
        }
        if let Some(wanted) = operand.moment.filter(|_| self.field.is_time()) {
            let found = value["utc"].as_str().and_then(parse_utc);
            return found.is_some_and(|(found, _)| self.holds(&instant(found), &instant(wanted)));
        }
        if let (Some(found), Some(wanted)) =
            (value.as_f64(), operand.number.filter(|_| self.field.is_number()))
        {
            return self.holds(&found, &wanted);
        }
        let Some(found) = reading(value) else { return false };
        match self.operator {
            Operator::Contains => found.to_lowercase().contains(&operand.folded),
            _ => self.operator == Operator::Is && found == operand.text,
        }
    }

    fn holds<T: PartialOrd>(&self, found: &T, wanted: &T) -> bool {
        match self.operator {
            Operator::Is => found == wanted,
            Operator::Less => found < wanted,
            Operator::LessOrEqual => found <= wanted,
            Operator::Greater => found > wanted,
            Operator::GreaterOrEqual => found >= wanted,
            Operator::Contains => false,
        }
    }
}

fn instant(moment: Moment) -> (i64, u32) {
    (moment.seconds, moment.nanos)
}

/// The text of a value: of one that is not valid in its encoding its reading.
fn reading(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(value.to_string())),
        Value::Object(members) => members.get("text").and_then(Value::as_str).map(Cow::Borrowed),
        Value::Null | Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests;
