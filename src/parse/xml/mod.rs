//! Android's XML: as text, and as the binary form ("ABX") of Android 12 and later, told apart by content.
//!
//! Both become the same tree. An element is a map: its attributes under `@name`, then for each child tag the list of
//! the child elements of this tag, then `text()` where there is text that is not blank:
//!
//! ```text
//! <map><int name="n" value="3" /><string name="s">hi</string></map>
//!
//! { "map": [ { "int":    [ { "@name": "n", "@value": "3" } ],
//!              "string": [ { "@name": "s", "text()": "hi" } ] } ] }
//! ```
//!
//! An element's span runs from its start tag to behind its end tag; that of an attribute covers its value without the
//! quotes; that of a list reaches from its first element to its last. XML 1.0: <https://www.w3.org/TR/xml/>.

mod abx;
pub(crate) mod element;
pub(crate) mod encoding;
pub(crate) mod entity;
mod modified_utf8;
pub(crate) mod text;

use std::borrow::Cow;

use element::Element;
use encoding::decoded;

use super::error::small_hex;
use super::tree::Findings;
use super::{Document, Error, Node, Span, Value};

/// Reads Android XML, text or binary.
///
/// # Errors
/// [`Error::WrongKind`] where the input is neither, or holds no element at all.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let top = if input.starts_with(&abx::MAGIC) {
        abx::elements(input, &mut findings)
    } else {
        document_elements(input, &mut findings)
    };
    if top.is_empty() {
        return Err(Error::WrongKind { expected: "an XML document", found: small_hex(input) });
    }
    if top.len() > 1 {
        findings.note("xml-several-roots", 0, format!("{} elements stand at the top", top.len()));
    }
    let mut members = Vec::new();
    add_elements(&mut members, top);
    let root = Node { value: Value::Map(members), span: Span::between(0, input.len()) };
    Ok(Document { root, findings: findings.into_vec() })
}

/// The top elements of XML text in any of its encodings.
pub(crate) fn document_elements<'a>(input: &'a [u8], findings: &mut Findings) -> Vec<Element<'a>> {
    let decoded = decoded(input);
    if decoded.replaced {
        findings.loss("xml-encoding", 0, "the UTF-16 text holds units that are no characters");
    }
    match decoded.text {
        Cow::Borrowed(text) => text::elements(text, &decoded.places, findings),
        Cow::Owned(text) => {
            let top = text::elements(&text, &decoded.places, findings);
            top.into_iter().map(Element::into_owned).collect()
        }
    }
}

type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

fn node(element: Element<'_>) -> Node<'_> {
    let text = element.written_text();
    let mut members = element.attributes;
    add_elements(&mut members, element.children);
    if let Some(text) = text {
        members.push((Cow::Borrowed("text()"), text));
    }
    Node { value: Value::Map(members), span: element.span }
}

/// Adds elements as one list per tag, the tags in the order of their first element.
fn add_elements<'a>(members: &mut Members<'a>, elements: Vec<Element<'a>>) {
    let mut tags: Vec<(Cow<'a, str>, Vec<Node<'a>>)> = Vec::new();
    let mut positions = std::collections::HashMap::new();
    for element in elements {
        let name = element.name.clone();
        let position = *positions.entry(name.clone()).or_insert_with(|| {
            tags.push((name, Vec::new()));
            tags.len().saturating_sub(1)
        });
        if let Some((_, nodes)) = tags.get_mut(position) {
            nodes.push(node(element));
        }
    }
    members.extend(tags.into_iter().map(|(name, nodes)| (name, list(nodes))));
}

fn list(nodes: Vec<Node<'_>>) -> Node<'_> {
    let start = nodes.first().map_or(0, |node| node.span.offset);
    let end = nodes.last().map_or(0, |node| node.span.offset.saturating_add(node.span.length));
    Node { value: Value::List(nodes), span: Span { offset: start, length: end.saturating_sub(start) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(document: &Document<'_>) -> Vec<&'static str> {
        document.findings.iter().map(|finding| finding.code).collect()
    }

    fn at<'n, 'a>(node: &'n Node<'a>, path: &[&str]) -> &'n Node<'a> {
        path.iter().fold(node, |node, step| match (&node.value, step.parse::<usize>()) {
            (Value::List(nodes), Ok(index)) => &nodes[index],
            (value, _) => value.member(step).unwrap_or_else(|| panic!("no {step} in {value:?}")),
        })
    }

    fn seen<'a>(input: &'a [u8], node: &Node<'_>) -> &'a str {
        let start = usize::try_from(node.span.offset).unwrap();
        std::str::from_utf8(&input[start..start + usize::try_from(node.span.length).unwrap()]).unwrap()
    }

    #[test]
    fn settings_become_lists_per_tag_with_spans_that_lead_back() {
        let input = b"<?xml version='1.0'?>\n<map>\n <int name=\"n\" value=\"3\" />\n <string name='s'>a&lt;b</string>\n</map>\n";
        let document = document(input).unwrap();
        assert!(document.findings.is_empty(), "{:?}", document.findings);
        let map = at(&document.root, &["map", "0"]);
        assert_eq!(at(map, &["int", "0", "@value"]).value, Value::Text("3".into()));
        assert_eq!(seen(input, at(map, &["int", "0", "@value"])), "3");
        assert_eq!(seen(input, at(map, &["int", "0"])), "<int name=\"n\" value=\"3\" />");
        let text = at(map, &["string", "0", "text()"]);
        assert_eq!(text.value, Value::Text("a<b".into()));
        assert_eq!(seen(input, text), "a&lt;b");
        assert!(map.value.member("text()").is_none());
    }

    #[test]
    fn text_keeps_its_blanks_and_cdata_its_ampersands() {
        let document = document(b"<a><s>  x </s><s>1<![CDATA[&amp;]]>2</s><s> </s></a>").unwrap();
        let strings = at(&document.root, &["a", "0", "s"]);
        assert_eq!(at(strings, &["0", "text()"]).value, Value::Text("  x ".into()));
        assert_eq!(at(strings, &["1", "text()"]).value, Value::Text("1&amp;2".into()));
        assert_eq!(at(strings, &["2"]).value, Value::Map(Vec::new()));
    }

    #[test]
    fn several_roots_a_bare_ampersand_and_a_control_character_are_tolerated() {
        let document = document(b"<s v=\"R&D\"/><s v=\"\x01\"/>").unwrap();
        assert_eq!(at(&document.root, &["s", "0", "@v"]).value, Value::Text("R&D".into()));
        assert_eq!(at(&document.root, &["s", "1", "@v"]).value, Value::Text("\u{1}".into()));
        assert_eq!(codes(&document), ["xml-bare-ampersand", "xml-control-character", "xml-several-roots"]);
        assert!(document.findings.iter().all(|finding| !finding.loss));
    }

    #[test]
    fn a_truncated_file_keeps_what_was_read_and_says_the_loss() {
        let document = document(b"<map><int name=\"n\" value=\"3\"/><int name=\"m").unwrap();
        assert_eq!(at(&document.root, &["map", "0", "int", "0", "@value"]).value, Value::Text("3".into()));
        assert_eq!(codes(&document), ["xml-broken-token", "xml-truncated"]);
        assert!(document.findings.iter().all(|finding| finding.loss));
    }

    #[test]
    fn reading_goes_on_behind_a_broken_token() {
        let document = document(b"<a><!bad><b>1</b></a>").unwrap();
        assert_eq!(at(&document.root, &["a", "0", "b", "0", "text()"]).value, Value::Text("1".into()));
        assert_eq!(codes(&document), ["xml-broken-token"]);
    }

    #[test]
    fn declared_entities_are_not_expanded() {
        let document = document(b"<!DOCTYPE a [<!ENTITY e \"eeee\">]><a>&e;&e;</a>").unwrap();
        assert_eq!(at(&document.root, &["a", "0", "text()"]).value, Value::Text("&e;&e;".into()));
    }

    #[test]
    fn text_that_is_not_utf8_keeps_its_bytes() {
        let document = document(b"<a>\xff\xfe</a>").unwrap();
        let text = &at(&document.root, &["a", "0", "text()"]).value;
        assert!(matches!(text, Value::InvalidText { bytes, .. } if **bytes == [0xff, 0xfe]), "{text:?}");
    }

    #[test]
    fn spans_of_a_utf16_file_count_its_own_bytes() {
        let input: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("<é>x</é>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let document = document(&input).unwrap();
        assert_eq!(at(&document.root, &["é", "0", "text()"]).span, Span { offset: 8, length: 2 });
    }

    #[test]
    fn a_file_without_an_element_is_of_another_kind() {
        for input in [&b""[..], b"key=value", b"SQLite format 3\0", b"<!-- only this -->"] {
            assert!(matches!(document(input), Err(Error::WrongKind { .. })), "{input:?}");
        }
    }
}
