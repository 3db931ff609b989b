use super::*;

fn words(parts: &[u32]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.to_le_bytes()).collect()
}

fn tl_text(text: &str) -> Vec<u8> {
    let mut bytes = match u8::try_from(text.len()) {
        Ok(length) if length < 254 => vec![length],
        _ => [&[254], text.len().to_le_bytes().get(..3).unwrap()].concat(),
    };
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn user(id: u64) -> Vec<u8> {
    [words(&[0x5951_1722]), id.to_le_bytes().to_vec()].concat()
}

fn member(document: &Document<'_>, path: &str) -> Value<'static> {
    let mut node = &document.root;
    for part in path.split('.') {
        node = node.value.member(part).unwrap_or_else(|| panic!("{path} in {document:?}"));
    }
    node.value.clone().into_owned()
}

/// Layer 158 of the client: from (bit 8) and out (bit 1).
fn plain() -> Vec<u8> {
    [words(&[0x3811_6ee0, 1 << 8 | 2, 77]), user(10), user(20), words(&[1_700_000_000]), tl_text("hello ☕")]
        .concat()
}

#[test]
fn a_message_is_followed_up_to_its_text() {
    let bytes = plain();
    let document = message(&bytes).unwrap();
    assert_eq!(member(&document, "kind"), Value::Text("message".into()));
    assert_eq!(member(&document, "id"), Value::Integer(77));
    assert_eq!(member(&document, "from.id"), Value::Integer(10));
    assert_eq!(member(&document, "peer.kind"), Value::Text("user".into()));
    assert_eq!(member(&document, "date"), Value::Integer(1_700_000_000));
    assert_eq!(member(&document, "text"), Value::Text("hello ☕".into()));
    assert_eq!(member(&document, "out"), Value::Bool(true));
    assert!(document.root.value.member("rest").is_none() && document.findings.is_empty());
}

#[test]
fn later_layers_have_more_fields_before_the_peer_and_the_reply() {
    let flags = 1 << 8 | 1 << 29 | 1 << 3 | 1 << 2;
    let mut bytes = words(&[0x7600_b9d3, flags, 1 << 12 | 1 << 19 | 1, 5]);
    bytes.extend(user(10));
    bytes.extend(words(&[3]));
    bytes.extend(tl_text("chief"));
    bytes.extend(user(20));
    bytes.extend(words(&[0x4e4d_f4bb, 32]));
    bytes.extend(tl_text("Someone"));
    bytes.extend(words(&[1_600_000_000]));
    bytes.extend(9_u64.to_le_bytes());
    bytes.extend(user(30));
    bytes.extend(words(&[0x1b97_dd66, 16 | 64, 4]));
    bytes.extend(tl_text("quoted"));
    bytes.extend(words(&[1_700_000_000]));
    bytes.extend(tl_text("answer"));
    let document = message(&bytes).unwrap();
    assert_eq!(member(&document, "from_rank"), Value::Text("chief".into()));
    assert_eq!(member(&document, "forward.from_name"), Value::Text("Someone".into()));
    assert_eq!(member(&document, "via_business_bot"), Value::Integer(9));
    assert_eq!(member(&document, "via_guest.id"), Value::Integer(30));
    assert_eq!(member(&document, "reply.message"), Value::Integer(4));
    assert_eq!(member(&document, "reply.quote"), Value::Text("quoted".into()));
    assert_eq!(member(&document, "text"), Value::Text("answer".into()));
    assert!(document.findings.is_empty(), "{:?}", document.findings);
}

#[test]
fn what_comes_behind_the_text_is_kept() {
    let mut bytes = words(&[0x3811_6ee0, 1 << 9, 1]);
    bytes.extend(user(20));
    bytes.extend(words(&[1_700_000_000]));
    bytes.extend(tl_text(&"long ".repeat(60)));
    bytes.extend(words(&[0x6950_15e0, 7]));
    let document = message(&bytes).unwrap();
    assert_eq!(member(&document, "media"), Value::Text("695015e0".into()));
    assert_eq!(member(&document, "rest"), Value::Blob(words(&[0x6950_15e0, 7]).into()));
    assert_eq!(member(&document, "text"), Value::Text("long ".repeat(60).into()));
}

#[test]
fn a_call_says_how_it_ended_and_how_long_it_took() {
    let mut bytes = words(&[0x2b08_5862, 2, 8]);
    bytes.extend(user(20));
    bytes.extend(words(&[1_700_000_000, 0x80e1_1a7f, 7]));
    bytes.extend(99_u64.to_le_bytes());
    bytes.extend(words(&[0x57ad_c690, 42]));
    let document = message(&bytes).unwrap();
    assert_eq!(member(&document, "action.name"), Value::Text("phone_call".into()));
    assert_eq!(member(&document, "action.video"), Value::Bool(true));
    assert_eq!(member(&document, "action.reason"), Value::Text("hung_up".into()));
    assert_eq!(member(&document, "action.duration_s"), Value::Integer(42));
    assert!(document.findings.is_empty());
}

#[test]
fn what_cannot_be_followed_is_a_loss_and_kept() {
    let unknown = words(&[0x1234_5678, 1, 2]);
    let document = message(&unknown).unwrap();
    assert_eq!((document.findings[0].code, document.findings[0].loss), ("tl-not-decoded", true));
    assert_eq!(member(&document, "rest"), Value::Blob(words(&[1, 2]).into()));
    let bytes = plain();
    for end in 4..bytes.len() - 4 {
        let cut = message(&bytes[..end]).unwrap();
        assert!(!cut.findings.is_empty(), "{end}");
    }
    assert!(matches!(message(b"abc"), Err(Error::Short { .. })));
}

#[test]
fn a_claim_of_many_users_ends_with_the_bytes() {
    let mut bytes = words(&[0x2b08_5862, 2, 8]);
    bytes.extend(user(20));
    bytes.extend(words(&[1_700_000_000, 0x15ce_fd00, 0x1cb5_c415, u32::MAX >> 1, 1, 0]));
    let document = message(&bytes).unwrap();
    assert_eq!(document.findings[0].code, "tl-not-decoded");
}
