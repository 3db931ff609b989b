//! The classes of Foundation in a typedstream, and the values that they stand for.
//!
//! ```text
//! NSString        +                          NSDictionary   i count, then @ key, @ value
//! NSNumber        * type, then the value     NSArray, NSSet i count, then @ …
//! NSDate          d seconds since 2001       NSURL          c is relative, [@ base,] @ string
//! NSData          i length, [length c]       NSNull         nothing
//! NSAttributedString   @ string, then for each run: i number of its attributes, I length, and where that number is
//!                      new, @ the dictionary of them
//! ```
//!
//! A subclass is known by the classes above it. Values that are not those of the class leave the object as a map of
//! `class` and `contents`. A reference that goes round in a circle stands as the number of its object.

use std::borrow::Cow;

use super::graph::{Graph, Item, ItemValue, Object, Shared};
use crate::parse::tree::{Budget, MAX_DEPTH};
use crate::parse::{Error, Node, Span, Value};

/// The values of the top, and the bound that was reached, if one was.
pub(super) fn values<'a>(graph: &Graph<'a>, input_length: usize) -> (Vec<Node<'a>>, Option<Error>) {
    let budget = Budget::for_input(input_length);
    let mut reader = Reader { graph, budget, path: Vec::new(), depth: 0, limit: None };
    let nodes = graph.top.iter().map(|item| reader.top(item)).collect();
    (nodes, reader.limit)
}

struct Reader<'g, 'a> {
    graph: &'g Graph<'a>,
    budget: Budget,
    /// The objects from the top to here, by which a circle is seen.
    path: Vec<usize>,
    depth: usize,
    limit: Option<Error>,
}

impl<'g, 'a> Reader<'g, 'a> {
    /// A value of the top: there, a string is a map like an attributed one, so that one path reaches the text of both.
    fn top(&mut self, item: &Item<'a>) -> Node<'a> {
        let mut node = self.node(item);
        let object = match item.value {
            ItemValue::Reference(number) => self.graph.shared.get(number),
            _ => None,
        };
        if let (Some(Shared::Object(object)), Value::Text(_) | Value::InvalidText { .. }) =
            (object, &node.value)
        {
            let (span, string) = (node.span, node);
            node = Node { value: self.string_map(object, string, Vec::new()), span };
        }
        node
    }

    fn node(&mut self, item: &Item<'a>) -> Node<'a> {
        if let Err(error) = self.budget.spend(0, item.span.offset, "typedstream objects") {
            return self.stop(error, item.span);
        }
        if self.depth >= MAX_DEPTH {
            let what = "typedstream objects".to_owned();
            let error = Error::Limit { offset: item.span.offset, what, limit: format!("{MAX_DEPTH} levels") };
            return self.stop(error, item.span);
        }
        self.depth = self.depth.saturating_add(1);
        let node = self.written(item);
        self.depth = self.depth.saturating_sub(1);
        node
    }

    fn written(&mut self, item: &Item<'a>) -> Node<'a> {
        let value = match &item.value {
            ItemValue::Nil => Value::Null,
            ItemValue::Boolean(value) => Value::Bool(*value),
            ItemValue::Signed(value) => Value::Integer(*value),
            ItemValue::Unsigned(value) => {
                i64::try_from(*value).map_or(Value::Unsigned(*value), Value::Integer)
            }
            ItemValue::Real(value) => Value::Real(*value),
            ItemValue::Bytes(bytes) => Value::utf8(bytes),
            ItemValue::Array(bytes) => Value::Blob(Cow::Borrowed(bytes)),
            ItemValue::List(items) => Value::List(self.nodes(items)),
            ItemValue::Reference(number) => return self.shared(*number, item.span),
        };
        Node { value, span: item.span }
    }

    fn nodes(&mut self, items: &[Item<'a>]) -> Vec<Node<'a>> {
        let mut nodes = Vec::new();
        for item in items {
            if self.budget.is_exhausted() {
                break;
            }
            nodes.push(self.node(item));
        }
        nodes
    }

    fn stop(&mut self, error: Error, span: Span) -> Node<'a> {
        self.limit.get_or_insert(error);
        Node { value: Value::Null, span }
    }

    fn shared(&mut self, number: usize, from: Span) -> Node<'a> {
        let graph: &'g Graph<'a> = self.graph;
        match graph.shared.get(number) {
            Some(Shared::Class { name, .. }) => Node { value: Value::utf8(name), span: from },
            Some(Shared::CString { bytes, span }) => Node { value: Value::utf8(bytes), span: *span },
            Some(Shared::Object(_)) if self.path.contains(&number) => {
                Node { value: Value::Uid(u64::try_from(number).unwrap_or(u64::MAX)), span: from }
            }
            Some(Shared::Object(object)) => {
                self.path.push(number);
                let node = self.object(object);
                self.path.pop();
                node
            }
            None => Node { value: Value::Null, span: from },
        }
    }

    /// A collection has the span of its object; any other value that of the bytes that hold it.
    fn object(&mut self, object: &'g Object<'a>) -> Node<'a> {
        let classes = self.graph.class_names(object.class);
        if let Some(node) = classes.into_iter().find_map(|class| self.known(class, object)) {
            return node;
        }
        let contents = Node { value: Value::List(self.nodes(&object.values)), span: object.span };
        let value = Value::Map(vec![self.class_member(object), (Cow::Borrowed("contents"), contents)]);
        Node { value, span: object.span }
    }

    fn known(&mut self, class: &[u8], object: &'g Object<'a>) -> Option<Node<'a>> {
        let values = object.values.as_slice();
        let collection = |value| Node { value, span: object.span };
        match (class, values) {
            (b"NSAttributedString", _) => self.attributed_string(object).map(collection),
            (b"NSDictionary", _) => self.dictionary(counted(values)?).map(collection),
            (b"NSArray" | b"NSSet" | b"NSOrderedSet", _) => {
                Some(collection(Value::List(self.nodes(counted(values)?))))
            }
            (b"NSString", [text @ Item { value: ItemValue::Bytes(_), .. }]) => Some(self.node(text)),
            (b"NSValue", [_, value]) => Some(self.node(value)),
            (b"NSData", [_, bytes @ Item { value: ItemValue::Array(_), .. }]) => Some(self.node(bytes)),
            (b"NSURL", [Item { value: ItemValue::Signed(0), .. }, url]) => Some(self.node(url)),
            (b"NSDate", [Item { value: ItemValue::Real(seconds), span }]) => {
                Some(Node { value: Value::Date(*seconds), span: *span })
            }
            (b"NSNull", _) => Some(collection(Value::Null)),
            _ => None,
        }
    }

    fn class_member(&self, object: &Object<'a>) -> (Cow<'a, str>, Node<'a>) {
        let names = self.graph.class_names(object.class);
        let value = names.first().map_or(Value::Null, |name| Value::utf8(name));
        (Cow::Borrowed("class"), Node { value, span: object.span })
    }

    fn dictionary(&mut self, items: &[Item<'a>]) -> Option<Value<'a>> {
        let (pairs, odd) = items.as_chunks::<2>();
        if !odd.is_empty() {
            return None;
        }
        let mut members = Vec::new();
        for [key, value] in pairs {
            let (key, value) = (self.node(key), self.node(value));
            if self.budget.is_exhausted() {
                break;
            }
            members.push((key, value));
        }
        if members.iter().all(|(key, _)| matches!(key.value, Value::Text(_))) {
            let named = members.into_iter().filter_map(|(key, value)| match key.value {
                Value::Text(name) => Some((name, value)),
                _ => None,
            });
            return Some(Value::Map(named.collect()));
        }
        let pair = |(key, value): (Node<'a>, Node<'a>)| {
            let span = key.span;
            Node {
                value: Value::Map(vec![(Cow::Borrowed("key"), key), (Cow::Borrowed("value"), value)]),
                span,
            }
        };
        Some(Value::List(members.into_iter().map(pair).collect()))
    }

    fn attributed_string(&mut self, object: &'g Object<'a>) -> Option<Value<'a>> {
        let (string, runs) = object.values.split_first()?;
        let string = self.node(string);
        string.value.as_text()?;
        let runs = self.runs(runs);
        Some(self.string_map(object, string, runs))
    }

    fn string_map(&self, object: &Object<'a>, string: Node<'a>, runs: Vec<Node<'a>>) -> Value<'a> {
        let runs = Node { value: Value::List(runs), span: object.span };
        Value::Map(vec![
            self.class_member(object),
            (Cow::Borrowed("string"), string),
            (Cow::Borrowed("attributes"), runs),
        ])
    }

    /// The runs of an attributed string. Attributes are numbered from 1 and stand where their number comes first.
    fn runs(&mut self, items: &[Item<'a>]) -> Vec<Node<'a>> {
        let mut known: Vec<&Item<'a>> = Vec::new();
        let mut runs = Vec::new();
        let mut location = 0_u64;
        let mut rest = items;
        while let [number, length, behind @ ..] = rest {
            let (ItemValue::Signed(wanted), ItemValue::Unsigned(units)) = (&number.value, &length.value)
            else {
                break;
            };
            let Some(index) = usize::try_from(*wanted).ok().and_then(|wanted| wanted.checked_sub(1)) else {
                break;
            };
            rest = behind;
            if let (true, [first, behind @ ..]) = (index == known.len(), rest) {
                known.push(first);
                rest = behind;
            }
            if self.budget.is_exhausted() {
                break;
            }
            let attributes = known.get(index).map(|item| self.node(item));
            runs.push(run(location, length, attributes));
            location = location.saturating_add(*units);
        }
        runs
    }
}

/// The elements of a collection behind their count, where the count is theirs.
fn counted<'i, 'a>(values: &'i [Item<'a>]) -> Option<&'i [Item<'a>]> {
    let (count, items) = values.split_first()?;
    matches!(count.value, ItemValue::Signed(_) | ItemValue::Unsigned(_)).then_some(items)
}

fn run<'a>(location: u64, length: &Item<'a>, attributes: Option<Node<'a>>) -> Node<'a> {
    let integer = |value: u64| i64::try_from(value).map_or(Value::Unsigned(value), Value::Integer);
    let units = match length.value {
        ItemValue::Unsigned(units) => integer(units),
        _ => Value::Null,
    };
    let mut members = vec![
        (Cow::Borrowed("location"), Node { value: integer(location), span: length.span }),
        (Cow::Borrowed("length"), Node { value: units, span: length.span }),
    ];
    members.extend(attributes.map(|attributes| (Cow::Borrowed("attributes"), attributes)));
    Node { value: Value::Map(members), span: length.span }
}
