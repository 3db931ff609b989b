//! Paths into trees: how a definition names a member, and how provenance names a node (JSON Pointer, RFC 6901).

use crate::parse::{Node, Value};

/// A node and its JSON Pointer from the root of its document.
#[derive(Debug, Clone)]
pub(super) struct Found<'n, 'a> {
    pub(super) node: &'n Node<'a>,
    pub(super) pointer: String,
}

/// Nesting of wildcards and members that a path may walk; definitions need five.
const DEPTH: usize = 64;

/// All nodes that a path reaches: members by name, list elements by number, `*` for every one. A key that itself holds dots is
/// tried whole first. Of a key that stands twice, both are reached.
pub(super) fn resolve<'n, 'a>(root: &'n Node<'a>, pointer: &str, path: &str) -> Vec<Found<'n, 'a>> {
    let mut found = Vec::new();
    walk(&Found { node: root, pointer: pointer.to_owned() }, path, DEPTH, &mut found);
    found
}

fn walk<'n, 'a>(at: &Found<'n, 'a>, path: &str, depth: usize, found: &mut Vec<Found<'n, 'a>>) {
    if path.is_empty() {
        found.push(at.clone());
        return;
    }
    if depth == 0 {
        return;
    }
    for (head, rest) in splits(path) {
        let children = children(at, head);
        if !children.is_empty() {
            children.iter().for_each(|child| walk(child, rest, depth - 1, found));
            return;
        }
    }
}

/// The ways to split a path into a key and the rest: the whole first, then at each dot from the right, so that the longest key
/// that exists wins.
fn splits(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let whole = std::iter::once((path, ""));
    whole.chain(
        path.rmatch_indices('.')
            .map(|(at, _)| (path.get(..at).unwrap_or(""), path.get(at + 1..).unwrap_or(""))),
    )
}

fn children<'n, 'a>(at: &Found<'n, 'a>, key: &str) -> Vec<Found<'n, 'a>> {
    match &at.node.value {
        Value::Map(members) => members
            .iter()
            .filter(|(name, _)| name == key || key == "*")
            .map(|(name, node)| Found { node, pointer: below(&at.pointer, name) })
            .collect(),
        Value::List(nodes) => {
            let wanted = key.parse::<usize>().ok();
            let chosen = nodes.iter().enumerate().filter(|(index, _)| key == "*" || wanted == Some(*index));
            chosen
                .map(|(index, node)| Found { node, pointer: below(&at.pointer, &index.to_string()) })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The nodes at a JSON Pointer: one, or several where a key on the way stands twice.
pub(super) fn at_pointer<'n, 'a>(root: &'n Node<'a>, pointer: &str) -> Vec<&'n Node<'a>> {
    let mut nodes = vec![root];
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        nodes = nodes.into_iter().flat_map(|node| named(node, &key)).collect();
    }
    nodes
}

fn named<'n, 'a>(node: &'n Node<'a>, key: &str) -> Vec<&'n Node<'a>> {
    match &node.value {
        Value::Map(members) => {
            members.iter().filter(|(name, _)| name == key).map(|(_, child)| child).collect()
        }
        Value::List(nodes) => key.parse::<usize>().ok().and_then(|at| nodes.get(at)).into_iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Span;

    fn node(value: Value<'static>) -> Node<'static> {
        Node { value, span: Span::default() }
    }

    fn map(members: Vec<(&'static str, Node<'static>)>) -> Node<'static> {
        node(Value::Map(members.into_iter().map(|(key, node)| (key.into(), node)).collect()))
    }

    fn pointers(root: &Node<'static>, path: &str) -> Vec<String> {
        resolve(root, "", path).into_iter().map(|found| found.pointer).collect()
    }

    #[test]
    fn a_key_that_holds_dots_is_found_whole() {
        let root = map(vec![
            ("ro.product.model", node(Value::Null)),
            ("ro", map(vec![("product", node(Value::Null))])),
        ]);
        assert_eq!(pointers(&root, "ro.product.model"), ["/ro.product.model"]);
        assert_eq!(pointers(&root, "ro.product"), ["/ro/product"]);
    }

    #[test]
    fn a_star_reaches_every_element_and_a_number_one() {
        let list =
            node(Value::List(vec![map(vec![("a", node(Value::Null))]), map(vec![("a", node(Value::Null))])]));
        let root = map(vec![("x", list)]);
        assert_eq!(pointers(&root, "x.*.a"), ["/x/0/a", "/x/1/a"]);
        assert_eq!(pointers(&root, "x.1.a"), ["/x/1/a"]);
        assert_eq!(pointers(&root, "x.2.a"), Vec::<String>::new());
    }

    #[test]
    fn a_pointer_leads_back_to_its_node() {
        let root = map(vec![("a/b~c", node(Value::List(vec![node(Value::Integer(7))])))]);
        let pointer = pointers(&root, "a/b~c.0");
        assert_eq!(at_pointer(&root, &pointer[0])[0].value, Value::Integer(7));
        assert!(at_pointer(&root, "/nowhere").is_empty());
    }

    #[test]
    fn a_pointer_over_a_key_that_stands_twice_leads_to_both() {
        let inner = |number| map(vec![("x", node(Value::Integer(number)))]);
        let root = map(vec![("a", inner(1)), ("a", inner(2))]);
        let values: Vec<&Value<'_>> = at_pointer(&root, "/a/x").into_iter().map(|node| &node.value).collect();
        assert_eq!(values, [&Value::Integer(1), &Value::Integer(2)]);
    }
}
