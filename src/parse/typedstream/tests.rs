use super::*;
use hex_literal::hex;

const HEADER: &[u8] = b"\x04\x0bstreamtyped\x81\xe8\x03";

/// `@ new object, class NSString over NSObject, "+" and five bytes, end`.
fn string(body: &[u8]) -> Vec<u8> {
    let object = hex!("84 01 40 84 84 84 08 4E53537472696E67 01 84 84 08 4E534F626A656374 00 85 84 01 2B");
    [HEADER, &object, &[u8::try_from(body.len()).unwrap()], body, b"\x86"].concat()
}

/// A string with two runs of the same attributes and one of others: `iI` 1 2 {a: nil}, 1 1, 2 2 {}.
fn attributed() -> Vec<u8> {
    [
        HEADER,
        b"\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85",
        b"\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+\x05hello\x86",
        b"\x84\x02iI\x01\x02",
        b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96\x01a\x86\x92\x85\x86",
        b"\x97\x01\x01\x97\x02\x02\x92\x84\x98\x99\x00\x86",
        b"\x86",
    ]
    .concat()
}

fn text(node: &Node<'_>) -> String {
    node.value.member("string").and_then(|string| string.value.as_text()).unwrap().to_owned()
}

#[test]
fn a_string_at_the_top_is_a_map_with_its_text() {
    let bytes = string("hé🙂".as_bytes());
    let node = decode(&bytes).unwrap();
    assert_eq!(text(&node), "hé🙂");
    let length = u64::try_from("hé🙂".len()).unwrap() + 1;
    let offset = u64::try_from(bytes.len()).unwrap() - 1 - length;
    assert_eq!(
        node.value.member("string").unwrap().span,
        Span { offset, length },
        "the length byte and the text"
    );
    assert_eq!(node.value.member("class").unwrap().value, Value::Text("NSString".into()));
    assert_eq!(node.value.member("attributes").unwrap().value, Value::List(Vec::new()));
}

#[test]
fn an_attributed_string_has_its_runs_with_their_attributes() {
    let bytes = attributed();
    let node = decode(&bytes).unwrap();
    assert_eq!(text(&node), "hello");
    let Value::List(runs) = &node.value.member("attributes").unwrap().value else { panic!() };
    let seen: Vec<_> = runs
        .iter()
        .map(|run| {
            let integer = |name| match run.value.member(name).unwrap().value {
                Value::Integer(value) => value,
                ref other => panic!("{other:?}"),
            };
            let Value::Map(members) = &run.value.member("attributes").unwrap().value else { panic!() };
            (
                integer("location"),
                integer("length"),
                members.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(seen, [(0, 2, vec!["a"]), (2, 1, vec!["a"]), (3, 2, vec![])]);
}

#[test]
fn text_that_is_not_utf8_keeps_its_bytes() {
    let bytes = string(b"\xff");
    let node = decode(&bytes).unwrap();
    assert!(
        matches!(&node.value.member("string").unwrap().value, Value::InvalidText { bytes, .. } if **bytes == [0xff])
    );
}

#[test]
fn an_object_of_another_class_is_a_map_of_its_values() {
    let bytes =
        [HEADER, b"\x84\x01@\x84\x84\x84\x04Mine\x00\x85\x84\x05{P=cc}\x01\xff\x86".as_slice()].concat();
    assert!(decode(&bytes).is_err(), "the length of the encoding is wrong");
    let bytes = [HEADER, b"\x84\x01@\x84\x84\x84\x04Mine\x00\x85\x84\x06{P=cc}\x01\xff\x86"].concat();
    let node = decode(&bytes).unwrap();
    assert_eq!(node.value.member("class").unwrap().value, Value::Text("Mine".into()));
    let Value::List(contents) = &node.value.member("contents").unwrap().value else { panic!() };
    let Value::List(fields) = &contents[0].value else { panic!() };
    assert_eq!(
        fields.iter().map(|field| field.value.clone()).collect::<Vec<_>>(),
        [Value::Integer(1), Value::Integer(-1)]
    );
}

#[test]
fn a_stream_that_breaks_off_behind_the_text_keeps_it_with_a_loss() {
    let bytes = attributed();
    let behind_text = bytes.windows(5).position(|window| window == b"hello").unwrap() + 5;
    for end in behind_text..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        let document = document(&bytes[..end]).unwrap();
        assert_eq!(text(&document.root), "hello", "cut at {end}");
        assert!(document.findings.iter().any(|finding| finding.loss), "cut at {end}");
    }
}

#[test]
fn an_object_that_holds_itself_stands_as_its_number() {
    let bytes = [HEADER, b"\x84\x01@\x84\x84\x84\x04Mine\x00\x85\x92\x92\x86"].concat();
    let node = decode(&bytes).unwrap();
    let Value::List(contents) = &node.value.member("contents").unwrap().value else { panic!() };
    assert_eq!(contents[0].value, Value::Uid(0));
}

#[test]
fn other_bytes_are_of_another_kind() {
    assert!(matches!(decode(b"bplist00"), Err(Error::WrongKind { .. })));
    assert!(matches!(decode(b""), Err(Error::WrongKind { .. })));
}
