use super::*;

fn read(input: &[u8], asked: &[&str]) -> Document<'static> {
    let asked: Vec<String> = asked.iter().map(|path| (*path).to_owned()).collect();
    let document = document(input, &asked).unwrap();
    Document { root: document.root.into_owned(), findings: document.findings }
}

fn members(node: &Node<'static>) -> Vec<(String, Value<'static>)> {
    let Value::Map(members) = &node.value else { panic!("{node:?}") };
    members.iter().map(|(name, node)| (name.to_string(), node.value.clone())).collect()
}

fn named(value: Value<'static>, name: &str) -> (String, Value<'static>) {
    (name.to_owned(), value)
}

#[test]
fn fields_become_members_in_the_order_of_the_bytes_and_repeat() {
    let document = read(b"\x0a\x03abc\x10\x96\x01\x0a\x01d", &[]);
    let expected = [
        named(Value::Text("abc".into()), "1"),
        named(Value::Integer(150), "2"),
        named(Value::Text("d".into()), "1"),
    ];
    assert_eq!(members(&document.root), expected);
    let Value::Map(read) = &document.root.value else { panic!() };
    assert_eq!(read[0].1.span, Span { offset: 2, length: 3 });
    assert_eq!(read[1].1.span, Span { offset: 6, length: 2 });
    assert!(document.findings.is_empty());
}

#[test]
fn a_message_is_read_where_its_bytes_are_no_text() {
    // { 3: { 1: 5 } }; the inner bytes 08 05 hold a control character.
    let document = read(b"\x1a\x02\x08\x05", &[]);
    let inner = document.root.value.member("3").unwrap();
    assert_eq!(members(inner), [named(Value::Integer(5), "1")]);
}

#[test]
fn printable_bytes_are_text_even_where_they_could_be_a_message() {
    // "80" is also field 7, varint 48.
    let document = read(b"\x0a\x0280", &[]);
    assert_eq!(members(&document.root), [named(Value::Text("80".into()), "1")]);
    // A line feed is the tag of field 1: here a whole message, there not.
    let document = read(b"\x0a\x03\x0a\x01a\x0a\x03\x0aaa", &[]);
    let [first, second] = members(&document.root).try_into().unwrap();
    assert!(matches!(first.1, Value::Map(_)), "{first:?}");
    assert_eq!(second.1, Value::Text("\naa".into()));
}

#[test]
fn padded_numbers_and_reserved_fields_make_bytes_not_messages() {
    let padded = read(b"\x0a\x03\x08\x85\x00", &[]);
    assert_eq!(members(&padded.root), [named(Value::Blob(vec![8, 0x85, 0].into()), "1")]);
    let reserved = read(b"\x0a\x04\xc0\xa3\x09\x01", &[]);
    assert!(matches!(members(&reserved.root)[0].1, Value::Blob(_)));
}

#[test]
fn a_suffix_adds_the_reading_that_it_names() {
    let mut bytes = b"\x08\x03\x11".to_vec();
    bytes.extend(1.5_f64.to_le_bytes());
    bytes.extend(b"\x1d");
    bytes.extend((-2.5_f32).to_le_bytes());
    bytes.extend(b"\x22\x0280\x2a\x03\x01\xac\x02\x30");
    bytes.extend([0xff; 9]);
    bytes.push(1);
    let asked = ["1:sint", "2:double", "3:float", "4:message.7", "4:bytes", "5:packed", "6:int"];
    let document = read(&bytes, &asked);
    let value = |name: &str| document.root.value.member(name).unwrap().value.clone();
    assert_eq!(value("1:sint"), Value::Integer(-2));
    assert_eq!(value("2:double"), Value::Real(1.5));
    assert_eq!(value("3:float"), Value::Real(-2.5));
    assert_eq!(value("4:bytes"), Value::Blob(b"80".as_slice().into()));
    assert_eq!(value("4:message").member("7").unwrap().value, Value::Integer(48));
    assert_eq!(value("4"), Value::Text("80".into()));
    assert!(matches!(value("5:packed"), Value::List(numbers) if numbers.len() == 2));
    assert_eq!(value("6:int"), Value::Integer(-1));
    assert_eq!(value("6"), Value::Unsigned(u64::MAX));
}

#[test]
fn a_suffix_below_a_message_is_reached_through_it() {
    let document = read(b"\x0a\x02\x08\x03", &["1.1:sint", "*.1:int"]);
    let inner = document.root.value.member("1").unwrap();
    assert_eq!(inner.value.member("1:sint").unwrap().value, Value::Integer(-2));
    assert_eq!(inner.value.member("1:int").unwrap().value, Value::Integer(3));
}

#[test]
fn a_reading_of_another_wire_type_is_a_loss_and_the_rule_s_value_stays() {
    let document = read(b"\x08\x03", &["1:text"]);
    assert_eq!(document.findings[0].code, "protobuf-other-wire-type");
    assert_eq!(members(&document.root), [named(Value::Integer(3), "1")]);
}

#[test]
fn bytes_that_are_no_field_are_kept_and_said() {
    let document = read(b"\x08\x03\x0a\x09ab", &[]);
    let expected = [named(Value::Integer(3), "1"), named(Value::Blob(b"\x0a\x09ab".as_slice().into()), REST)];
    assert_eq!(members(&document.root), expected);
    let finding = &document.findings[0];
    assert_eq!((finding.code, finding.offset, finding.loss), ("protobuf-not-a-field", Some(2), true));
}

#[test]
fn groups_are_messages_and_must_be_closed_by_their_own_number() {
    let document = read(b"\x0b\x10\x05\x0c", &[]);
    assert_eq!(document.root.value.member("1").unwrap().value.member("2").unwrap().value, Value::Integer(5));
    assert!(super::document(b"\x0b\x10\x05\x14", &[]).is_err());
}

#[test]
fn bytes_that_begin_with_no_field_are_of_another_kind() {
    for other in [b"\x00\x01".as_slice(), b"SQLite format 3\0", b"\x07", b"\x0f\x00"] {
        assert!(matches!(super::document(other, &[]), Err(Error::WrongKind { .. })), "{other:?}");
    }
    assert!(super::document(b"", &[]).unwrap().findings.is_empty());
}

#[test]
fn nesting_is_bounded_and_what_lies_deeper_is_bytes() {
    let mut bytes = vec![8, 1];
    for _ in 0..60 {
        let mut outer = vec![0x1a, u8::try_from(bytes.len()).unwrap()];
        outer.extend(&bytes);
        bytes = outer;
    }
    let document = read(&bytes, &[]);
    let (mut node, mut depth) = (&document.root, 0);
    while let Some(inner) = node.value.member("3") {
        (node, depth) = (inner, depth + 1);
    }
    assert!(matches!(node.value, Value::Blob(_)) && depth == message::MAX_DEPTH + 1, "{depth}");
}
