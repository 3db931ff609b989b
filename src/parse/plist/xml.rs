//! The tree of an XML property list.
//!
//! ```text
//! <plist version="1.0"><dict>
//!   <key>name</key> <string>…</string>     one key, one value, in turn
//!   <key>list</key> <array>…</array>
//! </dict></plist>
//! ```
//!
//! A value's span is its whole element. The text of a scalar that its type does not allow stays as text that is not
//! valid, with a loss. `man 5 plist`; <http://www.apple.com/DTDs/PropertyList-1.0.dtd>.

use std::borrow::Cow;

use super::scalar;
use crate::parse::error::small_hex;
use crate::parse::tree::Findings;
use crate::parse::xml::element::Element;
use crate::parse::xml::{document_elements, encoding};
use crate::parse::{Document, Error, Node, Value};

const TAGS: [&str; 9] = ["dict", "array", "string", "integer", "real", "date", "data", "true", "false"];

/// Whether the input begins as XML does, behind a byte order mark and blanks.
pub(super) fn is_markup(input: &[u8]) -> bool {
    let head = input.get(..64).unwrap_or(input);
    encoding::decoded(head).text.trim_ascii_start().starts_with(b"<")
}

/// Reads an XML property list.
pub(super) fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let mut values = Vec::new();
    for element in document_elements(input, &mut findings) {
        match &*element.name {
            "plist" => {
                say_stray_text(&element, &mut findings);
                values.extend(element.children);
            }
            name if TAGS.contains(&name) => {
                note(
                    &mut findings,
                    "plist-without-root",
                    &element,
                    "a value stands outside of a plist element",
                );
                values.push(element);
            }
            _ => lose(&mut findings, "plist-element", &element, "an element is not one of a property list"),
        }
    }
    let mut roots = Vec::new();
    for element in values {
        roots.extend(value(element, &mut findings));
    }
    let mut roots = roots.into_iter();
    let Some(root) = roots.next() else {
        return Err(Error::WrongKind { expected: "a property list with a value", found: small_hex(input) });
    };
    for further in roots {
        let offset = usize::try_from(further.span.offset).unwrap_or(usize::MAX);
        findings.loss("plist-several-values", offset, "a further value at the top was left out");
    }
    Ok(Document { root, findings: findings.into_vec() })
}

/// The value of an element. Recursion is bounded by the depth that the element builder lets through.
fn value<'a>(element: Element<'a>, findings: &mut Findings) -> Option<Node<'a>> {
    let value = match &*element.name {
        "dict" => return Some(Node { span: element.span, value: dictionary(element, findings) }),
        "array" => return Some(Node { span: element.span, value: array(element, findings) }),
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "string" => string(&element),
        "integer" => typed(&element, scalar::integer, findings),
        "real" => typed(&element, scalar::real, findings),
        "date" => typed(&element, scalar::date, findings),
        "data" => typed(&element, scalar::data, findings),
        _ => {
            lose(findings, "plist-element", &element, "an element is not one of a property list");
            return None;
        }
    };
    if !element.children.is_empty() {
        lose(findings, "plist-element", &element, "a scalar has elements within it; they were left out");
    }
    Some(Node { value, span: element.span })
}

fn string<'a>(element: &Element<'a>) -> Value<'a> {
    element.text().map_or(Value::Text(Cow::Borrowed("")), |text| text.value)
}

fn typed<'a>(
    element: &Element<'a>,
    read: fn(&str) -> Option<Value<'static>>,
    findings: &mut Findings,
) -> Value<'a> {
    let text = string(element);
    if let Some(value) = text.as_text().and_then(read) {
        return value;
    }
    lose(findings, "plist-scalar", element, &format!("the text of a {} cannot be read as one", element.name));
    match text {
        Value::Text(text) => {
            Value::InvalidText { reading: text.clone().into_owned(), bytes: cow_bytes(text) }
        }
        text => text,
    }
}

fn cow_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Text has no place between the members of a container.
fn say_stray_text(element: &Element<'_>, findings: &mut Findings) {
    if let Some(text) = element.written_text() {
        let message = format!("{} bytes of text in a {} belong to no value", text.span.length, element.name);
        findings.loss("plist-stray-text", usize::try_from(text.span.offset).unwrap_or(usize::MAX), message);
    }
}

fn array<'a>(element: Element<'a>, findings: &mut Findings) -> Value<'a> {
    say_stray_text(&element, findings);
    let mut nodes = Vec::new();
    for child in element.children {
        let span = child.span;
        nodes.push(value(child, findings).unwrap_or(Node { value: Value::Null, span }));
    }
    Value::List(nodes)
}

fn dictionary<'a>(element: Element<'a>, findings: &mut Findings) -> Value<'a> {
    say_stray_text(&element, findings);
    let mut members = Vec::new();
    let mut key: Option<Element<'a>> = None;
    for child in element.children {
        if child.name == "key" {
            if let Some(lonely) = key.replace(child) {
                lose(findings, "plist-key-without-value", &lonely, "a key has no value");
            }
            continue;
        }
        let Some(named) = key.take() else {
            lose(findings, "plist-value-without-key", &child, "a value has no key and was left out");
            continue;
        };
        if let Some(node) = value(child, findings) {
            members.push((name(&named, findings), node));
        }
    }
    if let Some(lonely) = key {
        lose(findings, "plist-key-without-value", &lonely, "a key has no value");
    }
    Value::Map(members)
}

fn name<'a>(key: &Element<'a>, findings: &mut Findings) -> Cow<'a, str> {
    match string(key) {
        Value::Text(name) => name,
        other => {
            note(findings, "plist-key", key, "a key is not valid text; its reading stands for it");
            Cow::Owned(other.as_text().unwrap_or("").to_owned())
        }
    }
}

fn lose(findings: &mut Findings, code: &'static str, element: &Element<'_>, message: &str) {
    findings.loss(code, usize::try_from(element.span.offset).unwrap_or(usize::MAX), message);
}

fn note(findings: &mut Findings, code: &'static str, element: &Element<'_>, message: &str) {
    findings.note(code, usize::try_from(element.span.offset).unwrap_or(usize::MAX), message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Span;

    fn codes(document: &Document<'_>) -> Vec<&'static str> {
        document.findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn every_type_is_read_with_the_span_of_its_element() {
        let input =
            b"<plist><dict><key>a&amp;b</key><array><true/><false/><integer>0x10</integer><real>.5</real>\
            <date>2001-01-01T00:00:01Z</date><data>aGk=</data><string/></array></dict></plist>";
        let document = document(input).unwrap();
        assert!(document.findings.is_empty(), "{:?}", document.findings);
        let Some(Value::List(nodes)) = document.root.value.member("a&b").map(|node| &node.value) else {
            panic!()
        };
        let values: Vec<_> = nodes.iter().map(|node| node.value.clone()).collect();
        let expected = [
            Value::Bool(true),
            Value::Bool(false),
            Value::Integer(16),
            Value::Real(0.5),
            Value::Date(1.0),
            Value::Blob(Cow::Borrowed(b"hi")),
            Value::Text("".into()),
        ];
        assert_eq!(values, expected);
        assert_eq!(nodes[0].span, Span { offset: 38, length: 7 });
    }

    #[test]
    fn a_scalar_that_its_type_does_not_allow_keeps_its_text() {
        let document = document(b"<plist><integer>seven</integer></plist>").unwrap();
        assert!(matches!(&document.root.value, Value::InvalidText { reading, .. } if reading == "seven"));
        assert_eq!(codes(&document), ["plist-scalar"]);
    }

    #[test]
    fn keys_and_values_that_stand_alone_cost_themselves() {
        let document =
            document(b"<plist><dict><true/><key>a</key><key>b</key><false/><key>c</key></dict></plist>")
                .unwrap();
        let Value::Map(members) = &document.root.value else { panic!() };
        assert_eq!((members.len(), &*members[0].0), (1, "b"));
        assert_eq!(
            codes(&document),
            ["plist-value-without-key", "plist-key-without-value", "plist-key-without-value"]
        );
    }

    #[test]
    fn text_between_members_is_said() {
        let document =
            document(b"<plist>a<dict>b<key>k</key><array>c<true/></array></dict></plist>").unwrap();
        assert_eq!(codes(&document), ["plist-stray-text"; 3]);
    }

    #[test]
    fn a_truncated_file_keeps_what_was_read() {
        let document = document(b"<plist><dict><key>a</key><integer>1</integer><key>b</key><str").unwrap();
        assert_eq!(document.root.value.member("a").unwrap().value, Value::Integer(1));
        assert!(document.findings.iter().any(|finding| finding.loss));
    }

    #[test]
    fn a_value_without_the_plist_element_is_read_and_said() {
        let document = document(b"\n <dict/>").unwrap();
        assert_eq!(
            (document.root.value.clone(), codes(&document)),
            (Value::Map(vec![]), vec!["plist-without-root"])
        );
    }

    #[test]
    fn other_xml_is_of_another_kind() {
        assert!(matches!(document(b"<map><int/></map>"), Err(Error::WrongKind { .. })));
        assert!(matches!(document(b"<plist></plist>"), Err(Error::WrongKind { .. })));
    }
}
