use super::*;

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

fn version_1(entries: &[(i32, &[u8])]) -> Vec<u8> {
    let mut file = vec![0; v1::HEADER];
    file[52..].copy_from_slice(MAGIC);
    for (state, payload) in entries {
        file.extend(i32::try_from(payload.len()).unwrap().to_le_bytes());
        file.extend(state.to_le_bytes());
        file.extend(7.5_f64.to_le_bytes());
        file.extend(8.5_f64.to_le_bytes());
        file.extend(crc(payload));
        file.extend([0; 4]);
        file.extend(*payload);
        file.resize(file.len().next_multiple_of(8), 0);
    }
    let end = u32::try_from(file.len()).unwrap();
    file[..4].copy_from_slice(&end.to_le_bytes());
    file.resize(file.len() + 64, 0);
    file
}

fn version_2(entries: &[(i32, &[u8])]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend(i32::try_from(entries.len()).unwrap().to_le_bytes());
    file.extend(1.25_f64.to_le_bytes());
    file.extend([0; 16]);
    let mut trailer = Vec::new();
    for (state, payload) in entries {
        file.extend(crc(payload));
        file.extend([0; 4]);
        file.extend(*payload);
        let mut standing = i32::try_from(file.len() - 32).unwrap().to_le_bytes().to_vec();
        standing.extend(state.to_le_bytes());
        standing.extend(7.5_f64.to_le_bytes());
        trailer.splice(0..0, standing);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    file.resize(file.len() + 64, 0);
    file.extend(trailer);
    file
}

fn entries<'d>(document: &'d Document<'_>) -> &'d [Node<'d>] {
    match &document.root.value.member("entries").unwrap().value {
        Value::List(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn text<'d>(entry: &'d Node<'_>, name: &str) -> &'d str {
    entry.value.member(name).unwrap().value.as_text().unwrap()
}

const ENTRIES: &[(i32, &[u8])] = &[(1, b"\x08\x01"), (3, &[0; 2]), (3, b"left"), (4, b""), (1, b"abcdefgh")];

#[test]
fn both_versions_give_every_entry_with_its_state_and_payload() {
    for (file, version, start) in [(version_1(ENTRIES), 1, 88), (version_2(ENTRIES), 2, 40)] {
        let document = document(&file).unwrap();
        assert_eq!(document.root.value.member("version").unwrap().value, Value::Integer(version));
        let entries = entries(&document);
        let states: Vec<&str> = entries.iter().map(|entry| text(entry, "state")).collect();
        assert_eq!(states, ["live", "deleted", "deleted", "unknown", "live"]);
        let payload = |index: usize| entries[index].value.member("payload").map(|node| node.value.clone());
        assert_eq!(payload(0), Some(Value::Blob(b"\x08\x01".as_slice().into())));
        assert_eq!(payload(1), None);
        assert_eq!(payload(2), Some(Value::Blob(b"left".as_slice().into())));
        assert_eq!(payload(4), Some(Value::Blob(b"abcdefgh".as_slice().into())));
        assert_eq!(entries[0].value.member("time").unwrap().value, Value::Date(7.5));
        assert_eq!(entries[0].value.member("payload").unwrap().span, Span { offset: start, length: 2 });
        assert!(document.findings.is_empty(), "{:?}", document.findings);
    }
}

#[test]
fn a_payload_with_another_crc_is_a_loss_and_is_kept() {
    for (mut file, at) in [(version_1(ENTRIES), 88), (version_2(ENTRIES), 40)] {
        file[at] ^= 1;
        let document = document(&file).unwrap();
        assert_eq!((document.findings[0].code, document.findings[0].loss), ("segb-crc", true));
        assert_eq!(entries(&document).len(), ENTRIES.len());
        assert_eq!(entries(&document)[0].value.member("crc_valid").unwrap().value, Value::Bool(false));
    }
}

#[test]
fn a_file_that_is_cut_says_so_and_gives_what_is_left() {
    let file = version_1(ENTRIES);
    let document = document(&file[..90]).unwrap();
    assert_eq!(entries(&document).len(), 1);
    assert!(document.findings.iter().any(|finding| finding.code == "segb-cut" && finding.loss));
    let file = version_2(ENTRIES);
    let document = super::document(&file[..40]).unwrap();
    assert!(entries(&document).is_empty());
    assert!(document.findings.iter().any(|finding| finding.code == "segb-cut" && finding.loss));
}

#[test]
fn another_signature_is_another_kind() {
    for other in [b"".as_slice(), b"SEG", &[0; 56], b"SQLite format 3\0"] {
        assert!(matches!(document(other), Err(Error::WrongKind { .. })));
        assert!(!is_segb(other));
    }
}
