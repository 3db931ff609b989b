//! Android's `build.prop` and its kin: lines of text, a key, `=`, a value.
//!
//! ```text
//! # begin build properties
//! ro.product.model=Pixel 4
//! ro.build.version.release=11⏎   (LF, CRLF)
//! ```
//!
//! Blanks around a key and around a value belong to neither; a value may hold further `=`. There are no escapes and no
//! continued lines. AOSP `system/core/init/property_service.cpp`, `LoadProperties`.

use std::borrow::Cow;

use super::error::small_hex;
use super::tree::{Findings, offset_in};
use super::{Document, Error, Node, Span, Value};

/// Reads a property file. The root is a map in the order of the file, in which a key may repeat.
///
/// # Errors
/// [`Error::WrongKind`] where there are lines, but none of them is a property.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let mut findings = Findings::default();
    let mut members = Vec::new();
    let mut others = 0_usize;
    for line in input.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match property(input, line) {
            Some(member) => members.push(member),
            None => {
                others = others.saturating_add(1);
                let offset = offset_in(input, line).unwrap_or(0);
                findings.note(
                    "properties-other-line",
                    offset,
                    format!("no `=` in a line: {}", small_hex(line)),
                );
            }
        }
    }
    if members.is_empty() && others > 0 {
        return Err(Error::WrongKind { expected: "a property file", found: small_hex(input) });
    }
    let root = Node { value: Value::Map(members), span: Span::between(0, input.len()) };
    Ok(Document { root, findings: findings.into_vec() })
}

fn property<'a>(input: &[u8], line: &'a [u8]) -> Option<(Cow<'a, str>, Node<'a>)> {
    let (key, value) = line.split_at_checked(line.iter().position(|&byte| byte == b'=')?)?;
    let value = value.get(1..)?.trim_ascii_start();
    let start = offset_in(input, value)?;
    let node =
        Node { value: Value::utf8(value), span: Span::between(start, start.saturating_add(value.len())) };
    Some((String::from_utf8_lossy(key.trim_ascii_end()), node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_members_with_the_span_of_their_value() {
        let document = document(b"# c\r\n\r\nro.a=b=c\r\n ro.d = e \nro.e=").unwrap();
        let Value::Map(members) = &document.root.value else { panic!() };
        let seen: Vec<_> =
            members.iter().map(|(key, node)| (&**key, node.value.as_text().unwrap())).collect();
        assert_eq!(seen, [("ro.a", "b=c"), ("ro.d", "e"), ("ro.e", "")]);
        assert_eq!(members[0].1.span, Span { offset: 12, length: 3 });
        assert_eq!(members[1].1.span, Span { offset: 25, length: 1 });
        assert!(document.findings.is_empty());
    }

    #[test]
    fn repeated_keys_are_all_kept_in_order() {
        let document = document(b"a=1\na=2\n").unwrap();
        let Value::Map(members) = &document.root.value else { panic!() };
        assert_eq!(
            members.iter().map(|(_, node)| node.value.clone()).collect::<Vec<_>>(),
            [Value::Text("1".into()), Value::Text("2".into())]
        );
    }

    #[test]
    fn a_value_that_is_not_utf8_keeps_its_bytes() {
        let document = document(b"a=\xff\n").unwrap();
        let value = &document.root.value.member("a").unwrap().value;
        assert!(matches!(value, Value::InvalidText { bytes, .. } if **bytes == [0xff]));
    }

    #[test]
    fn a_line_without_a_property_is_said_and_a_file_of_them_is_of_another_kind() {
        let mixed = document(b"import /x.prop\na=1\n").unwrap();
        assert_eq!((mixed.findings[0].code, mixed.findings[0].loss), ("properties-other-line", false));
        assert!(matches!(document(b"SQLite format 3\0"), Err(Error::WrongKind { .. })));
        assert_eq!(document(b"").unwrap().root.value, Value::Map(Vec::new()));
    }
}
