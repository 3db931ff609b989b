//! NSKeyedArchiver: a graph of objects in a property list, resolved into a plain tree.
//!
//! ```text
//! { "$archiver": "NSKeyedArchiver", "$version": 100000,
//!   "$top":     { "root": UID 1 },
//!   "$objects": [ "$null",
//!                 { "$class": UID 3, "NS.keys": [UID 2], "NS.objects": [UID 4] },
//!                 "name",
//!                 { "$classname": "NSDictionary", "$classes": ["NSDictionary", "NSObject"] },
//!                 … ] }
//! ```
//!
//! Known classes of Foundation become plain values (`class`); any other object becomes a map of its members, its class
//! name first under `$class`. The sole member `root` of `$top` is the tree; several members are a map. A reference that
//! goes round in a circle (a child's to its parent) stands as its UID. Spans are those of the property list: a date's is that of its
//! number, a link's that of its text.
//! <https://developer.apple.com/documentation/foundation/nskeyedarchiver>; layout after CoreFoundation's archives.

mod class;

use std::borrow::Cow;

use super::tree::{Budget, Findings, MAX_DEPTH};
use super::{Document, Error, Node, Value};

/// Resolves a keyed archive, as [`document`] does, for one that is whole.
///
/// # Errors
/// [`Error::WrongKind`] where the property list is no keyed archive; else the first thing that could not be resolved.
pub fn decode(archive: &Node<'_>) -> Result<Node<'static>, Error> {
    let (document, first_loss) = resolved(archive)?;
    first_loss.map_or(Ok(document.root), Err)
}

/// Resolves a keyed archive. A reference to an object that is not there stands as its UID, with a loss.
///
/// # Errors
/// [`Error::WrongKind`] where the property list is no keyed archive.
pub fn document(archive: &Node<'_>) -> Result<Document<'static>, Error> {
    resolved(archive).map(|(document, _)| document)
}

fn resolved(archive: &Node<'_>) -> Result<(Document<'static>, Option<Error>), Error> {
    let wrong =
        || Error::WrongKind { expected: "a keyed archive", found: "another property list".to_owned() };
    let top = archive.value.member("$top").ok_or_else(wrong)?;
    let objects = match archive.value.member("$objects").map(|objects| &objects.value) {
        Some(Value::List(objects)) if archive.value.member("$archiver").is_some() => objects,
        _ => return Err(wrong()),
    };
    let mut resolver = Resolver {
        objects,
        path: Vec::new(),
        depth: 0,
        budget: Budget::for_input(weight(archive)),
        findings: Findings::default(),
        first_loss: None,
    };
    let mut root = resolver.node(top);
    if let Value::Map(members) = &mut root.value
        && members.len() == 1
        && let Some((_, node)) = members.pop_if(|(name, _)| name == "root")
    {
        root = node;
    }
    Ok((Document { root, findings: resolver.findings.into_vec() }, resolver.first_loss))
}

/// About as many bytes as the tree takes in a file.
fn weight(node: &Node<'_>) -> usize {
    let inner = match &node.value {
        Value::List(nodes) => nodes.iter().map(weight).fold(0, usize::saturating_add),
        Value::Map(members) => members
            .iter()
            .map(|(key, node)| key.len().saturating_add(weight(node)))
            .fold(0, usize::saturating_add),
        value => own_weight(value),
    };
    inner.saturating_add(1)
}

struct Resolver<'p> {
    objects: &'p [Node<'p>],
    /// The objects from the top to here, by which a circle is seen.
    path: Vec<u64>,
    /// References and containers from the top to here.
    depth: usize,
    budget: Budget,
    findings: Findings,
    first_loss: Option<Error>,
}

impl<'p> Resolver<'p> {
    /// A value where it stands: references are followed, containers gone through.
    fn node(&mut self, node: &Node<'_>) -> Node<'static> {
        if self.depth >= MAX_DEPTH {
            let value = uid(&node.value).map_or(Value::Null, Value::Uid);
            let what = "keyed archive, objects".to_owned();
            let error = Error::Limit { offset: node.span.offset, what, limit: format!("{MAX_DEPTH} levels") };
            return self.lose(error, Node { value, span: node.span });
        }
        self.depth = self.depth.saturating_add(1);
        let node = match uid(&node.value) {
            Some(uid) => self.reference(uid, node),
            None => self.written(node),
        };
        self.depth = self.depth.saturating_sub(1);
        node
    }

    fn written(&mut self, node: &Node<'_>) -> Node<'static> {
        let span = node.span;
        if let Err(error) = self.budget.spend(own_weight(&node.value), span.offset, "keyed archive, objects")
        {
            return self.lose(error, Node { value: Value::Null, span });
        }
        let value = match &node.value {
            Value::List(nodes) => Value::List(self.list(nodes)),
            Value::Map(members) => Value::Map(self.members(members)),
            value => value.clone().into_owned(),
        };
        Node { value, span }
    }

    fn list(&mut self, nodes: &[Node<'_>]) -> Vec<Node<'static>> {
        let mut resolved = Vec::new();
        for node in nodes {
            if self.budget.is_exhausted() {
                break;
            }
            resolved.push(self.node(node));
        }
        resolved
    }

    fn members(&mut self, members: &[(Cow<'_, str>, Node<'_>)]) -> Vec<(Cow<'static, str>, Node<'static>)> {
        let mut resolved = Vec::new();
        for (name, node) in members {
            if self.budget.is_exhausted() {
                break;
            }
            let node = self.node(node);
            resolved.push((Cow::Owned(name.clone().into_owned()), node));
        }
        resolved
    }

    /// What a reference leads to; where it leads to nothing, or round in a circle, the reference itself.
    fn reference(&mut self, uid: u64, from: &Node<'_>) -> Node<'static> {
        let unresolved = Node { value: Value::Uid(uid), span: from.span };
        let Some(object) = self.object(uid) else {
            let error = Error::Unexpected {
                offset: from.span.offset,
                what: format!("keyed archive, reference to object {uid}"),
                expected: format!("one of {} objects", self.objects.len()),
                found: "a number beyond them".to_owned(),
            };
            return self.lose(error, unresolved);
        };
        if uid == 0 && matches!(&object.value, Value::Text(text) if text == "$null") {
            return Node { value: Value::Null, span: object.span };
        }
        if self.path.contains(&uid) {
            let offset = usize::try_from(from.span.offset).unwrap_or(usize::MAX);
            self.findings.note("keyed-archive-circle", offset, format!("object {uid} refers to itself"));
            return unresolved;
        }
        self.path.push(uid);
        let node = self.instance(object);
        self.path.pop();
        node
    }

    fn object(&self, uid: u64) -> Option<&'p Node<'p>> {
        self.objects.get(usize::try_from(uid).ok()?)
    }

    /// An object of `$objects`: by its class where that is known, else by its members.
    fn instance(&mut self, object: &'p Node<'p>) -> Node<'static> {
        let Value::Map(members) = &object.value else { return self.written(object) };
        let Some(class) = object.value.member("$class") else { return self.written(object) };
        let names = uid(&class.value).and_then(|uid| self.object(uid)).map(class_names).unwrap_or_default();
        if let Some(known) = self.known(&names, object) {
            return known;
        }
        let mut resolved = Vec::new();
        if let Some(name) = names.first() {
            let name = Value::Text(Cow::Owned((*name).to_owned()));
            resolved.push((Cow::Borrowed("$class"), Node { value: name, span: class.span }));
        }
        for (name, node) in members.iter().filter(|(name, _)| name != "$class" || names.is_empty()) {
            if self.budget.is_exhausted() {
                break;
            }
            let node = self.node(node);
            resolved.push((Cow::Owned(name.clone().into_owned()), node));
        }
        Node { value: Value::Map(resolved), span: object.span }
    }

    fn lose(&mut self, error: Error, instead: Node<'static>) -> Node<'static> {
        self.findings.lost("keyed-archive-object", &error);
        self.first_loss.get_or_insert(error);
        instead
    }
}

/// A reference: a UID, or in an XML property list the dictionary that stands for one.
fn uid(value: &Value<'_>) -> Option<u64> {
    match value {
        Value::Uid(uid) => Some(*uid),
        Value::Map(members) => match members.as_slice() {
            [(name, Node { value: Value::Integer(uid), .. })] if name == "CF$UID" => u64::try_from(*uid).ok(),
            _ => None,
        },
        _ => None,
    }
}

fn own_weight(value: &Value<'_>) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::InvalidText { reading, .. } => reading.len(),
        _ => 0,
    }
}

/// The name of a class and those of its ancestors.
fn class_names<'c>(class: &'c Node<'_>) -> Vec<&'c str> {
    let own = class.value.member("$classname").and_then(|name| name.value.as_text());
    let ancestors = match class.value.member("$classes").map(|classes| &classes.value) {
        Some(Value::List(names)) => names.iter().filter_map(|name| name.value.as_text()).collect(),
        _ => Vec::new(),
    };
    own.into_iter().chain(ancestors.into_iter().filter(|name| Some(*name) != own)).collect()
}

#[cfg(test)]
mod tests;
