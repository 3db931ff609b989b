//! Android's DataStore of preferences: `files/datastore/*.preferences_pb`, a protobuf message with a published schema.
//!
//! ```text
//! PreferenceMap  1: map<string, Value>         each entry: { 1: key, 2: Value }
//! Value          one of  1 bool · 2 float · 3 int32 · 4 int64 · 5 string · 6 { 1: string … } · 7 double · 8 bytes
//! ```
//!
//! <https://android.googlesource.com/platform/frameworks/support/+/refs/heads/androidx-main/datastore/datastore-preferences-proto/src/main/proto/preferences.proto>

use std::borrow::Cow;

use super::error::small_hex;
use super::protobuf::{self, REST};
use super::tree::Findings;
use super::{Document, Error, Node, Value};

/// The readings that the schema gives.
const ASKED: &[&str] = &[
    "1:message.1:text",
    "1:message.2:message.2:float",
    "1:message.2:message.3:int",
    "1:message.2:message.4:int",
    "1:message.2:message.5:text",
    "1:message.2:message.6:message.1:text",
    "1:message.2:message.7:double",
    "1:message.2:message.8:bytes",
];

/// Reads the preferences: a map in the order of the file, in which a name may repeat (the last is the one that applies).
///
/// # Errors
/// As [`protobuf::document`]; and [`Error::WrongKind`] for a message without one entry of this schema.
pub fn document(input: &[u8]) -> Result<Document<'_>, Error> {
    let asked: Vec<String> = ASKED.iter().map(|path| (*path).to_owned()).collect();
    let message = protobuf::document(input, &asked)?;
    let Value::Map(fields) = message.root.value else { return Err(wrong(input)) };
    let mut findings = Findings::default();
    message.findings.into_iter().for_each(|finding| findings.push(finding));
    let mut members = Vec::new();
    for (name, field) in fields.into_iter().filter(|(name, _)| name != "1") {
        let offset = usize::try_from(field.span.offset).unwrap_or(usize::MAX);
        match entry(&name, field) {
            Ok(member) => members.push(member),
            Err(field) => {
                findings.loss("datastore-no-preference", offset, format!("field {name} is no preference"));
                members.push((name, field));
            }
        }
    }
    let is_named = members.iter().any(|(name, _)| name != REST);
    if !is_named && !input.is_empty() {
        return Err(wrong(input));
    }
    let root = Node { value: Value::Map(members), span: message.root.span };
    Ok(Document { root, findings: findings.into_vec() })
}

fn wrong(input: &[u8]) -> Error {
    Error::WrongKind { expected: "a DataStore of preferences", found: small_hex(input) }
}

/// The name and value of an entry; the field itself where it is none.
fn entry<'a>(name: &str, field: Node<'a>) -> Result<(Cow<'a, str>, Node<'a>), Node<'a>> {
    let key = match (name, field.value.member("1:text").map(|node| &node.value)) {
        ("1:message", Some(Value::Text(key))) => key.clone(),
        _ => return Err(field),
    };
    match value(&field) {
        Some(node) => Ok((key, node)),
        None => Err(field),
    }
}

/// The one value of an entry, as its field number types it.
fn value<'a>(entry: &Node<'a>) -> Option<Node<'a>> {
    let typed = entry.value.member("2:message")?;
    let member = |name: &str| typed.value.member(name).cloned();
    if let Some(Node { value: Value::Integer(truth), span }) = member("1") {
        return Some(Node { value: Value::Bool(truth != 0), span });
    }
    if let Some(Node { value: Value::Map(texts), span }) = member("6:message") {
        let texts = texts.into_iter().filter(|(name, _)| name == "1:text").map(|(_, node)| node).collect();
        return Some(Node { value: Value::List(texts), span });
    }
    ["5:text", "3:int", "4:int", "2:float", "7:double", "8:bytes"].into_iter().find_map(member)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &[u8]) -> Vec<u8> {
        let byte = |length: usize| u8::try_from(length).unwrap();
        let mut inner = vec![0x0a, byte(key.len())];
        inner.extend(key.as_bytes());
        inner.extend([0x12, byte(value.len())]);
        inner.extend(value);
        [vec![0x0a, byte(inner.len())], inner].concat()
    }

    #[test]
    fn every_type_of_the_schema_is_read_by_its_field_number() {
        let mut file = entry("on", &[0x08, 1]);
        file.extend(entry("half", &[&[0x15], 0.5_f32.to_le_bytes().as_slice()].concat()));
        file.extend(entry("less", &[&[0x18], [0xff; 9].as_slice(), &[1]].concat()));
        file.extend(entry("name", b"\x2a\x02\x0aa"));
        file.extend(entry("set", b"\x32\x06\x0a\x01a\x0a\x01b"));
        file.extend(entry("pi", &[&[0x39], 3.5_f64.to_le_bytes().as_slice()].concat()));
        file.extend(entry("key", b"\x42\x02ab"));
        let document = document(&file).unwrap();
        let value = |name: &str| document.root.value.member(name).unwrap().value.clone();
        assert_eq!(value("on"), Value::Bool(true));
        assert_eq!(value("half"), Value::Real(0.5));
        assert_eq!(value("less"), Value::Integer(-1));
        assert_eq!(value("name"), Value::Text("\na".into()));
        assert!(matches!(value("set"), Value::List(texts) if texts.len() == 2));
        assert_eq!(value("pi"), Value::Real(3.5));
        assert_eq!(value("key"), Value::Blob(b"ab".as_slice().into()));
        assert!(document.findings.is_empty(), "{:?}", document.findings);
    }

    #[test]
    fn what_is_no_preference_is_kept_and_said() {
        let mut file = entry("on", &[0x08, 1]);
        file.extend(b"\x10\x05\xff");
        let document = document(&file).unwrap();
        assert_eq!(document.root.value.member("2").unwrap().value, Value::Integer(5));
        assert!(document.root.value.member(REST).is_some());
        let codes: Vec<_> = document.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["protobuf-not-a-field", "datastore-no-preference", "datastore-no-preference"]);
    }

    #[test]
    fn a_message_of_another_schema_is_of_another_kind() {
        assert!(matches!(document(b"\x08\x01x"), Ok(_) | Err(Error::WrongKind { .. })));
        assert!(document(b"SQLite format 3\0").is_err());
        assert!(document(b"").unwrap().findings.is_empty());
    }
}
