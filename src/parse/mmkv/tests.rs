use super::*;

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn entry_bytes(key: &str, value: &[u8]) -> Vec<u8> {
    [counted(key.as_bytes()), counted(value)].concat()
}

/// A store as MMKV writes it, in a page of 512 bytes, and its `.crc` of version 3.
fn store(entries: &[(&str, &[u8])]) -> (Vec<u8>, Vec<u8>) {
    let mut used = vec![0xff, 0xff, 0xff, 0x07];
    entries.iter().for_each(|(key, value)| used.extend(entry_bytes(key, value)));
    let size = u32::try_from(used.len()).unwrap();
    let mut crc = flate2::Crc::new();
    crc.update(&used);
    let mut meta = crc.sum().to_le_bytes().to_vec();
    meta.extend(3_u32.to_le_bytes());
    meta.extend(9_u32.to_le_bytes());
    meta.extend([0; 16]);
    meta.extend(size.to_le_bytes());
    let mut file = size.to_le_bytes().to_vec();
    file.extend(used);
    file.resize(512, 0);
    (file, meta)
}

const ENTRIES: &[(&str, &[u8])] = &[
    ("name", b"\x05Alice"),
    ("count", &[7]),
    ("name", b"\x03Bob"),
    ("count", b""),
    ("pi", &[0, 0, 0, 0, 0, 0, 12, 64]),
];

fn rows<'d>(document: &'d Document<'_>) -> &'d [Node<'d>] {
    match &document.root.value.member("entries").unwrap().value {
        Value::List(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn told(row: &Node<'_>) -> (String, String, String) {
    let text = |name: &str| row.value.member(name).unwrap().value.as_text().unwrap().to_owned();
    (text("key"), text("state"), text("kind"))
}

#[test]
fn every_version_of_every_key_is_a_row() {
    let (file, meta) = store(ENTRIES);
    let document = document(&file, Some(&meta), &[]).unwrap();
    let told: Vec<_> = rows(&document).iter().map(told).collect();
    let expected = [
        ("name", "superseded", "put"),
        ("count", "deleted", "put"),
        ("name", "live", "put"),
        ("count", "deleted", "remove"),
        ("pi", "live", "put"),
    ];
    assert_eq!(told, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    let value =
        |row: usize, name: &str| rows(&document)[row].value.member(name).map(|node| node.value.clone());
    assert_eq!(value(0, "text"), Some(Value::Text("Alice".into())));
    assert_eq!(value(1, "integer"), Some(Value::Integer(7)));
    assert_eq!(value(1, "text"), None);
    assert_eq!(value(4, "double"), Some(Value::Real(3.5)));
    assert_eq!(value(3, "value"), None);
    assert_eq!(document.root.value.member("sequence").unwrap().value, Value::Integer(9));
    assert!(document.findings.is_empty(), "{:?}", document.findings);
}

#[test]
fn what_lies_behind_the_used_bytes_is_told_apart() {
    let (mut file, _) = store(ENTRIES);
    let used = u32::try_from(4 + entry_bytes("name", b"\x05Alice").len()).unwrap();
    file[..4].copy_from_slice(&used.to_le_bytes());
    let document = document(&file, None, &[]).unwrap();
    let states: Vec<_> = rows(&document)
        .iter()
        .map(|row| (told(row).1, row.value.member("residue").unwrap().value.clone()))
        .collect();
    assert_eq!(states[0], ("live".to_owned(), Value::Bool(false)));
    assert_eq!(states[2], ("superseded".to_owned(), Value::Bool(true)));
    assert_eq!(states.len(), ENTRIES.len());
}

#[test]
fn another_crc_and_a_cut_are_losses() {
    let (mut file, meta) = store(ENTRIES);
    file[10] ^= 1;
    let changed = document(&file, Some(&meta), &[]).unwrap();
    assert_eq!((changed.findings[0].code, changed.findings[0].loss), ("mmkv-crc", true));
    let cut = document(&file[..30], Some(&meta), &[]).unwrap();
    assert!(cut.findings.iter().any(|finding| finding.code == "mmkv-cut"));
    assert!(!rows(&cut).is_empty());
}

#[test]
fn an_encrypted_store_is_told_as_such_and_another_file_as_no_store() {
    let (mut file, mut meta) = store(ENTRIES);
    meta[12..28].copy_from_slice(&[7; 16]);
    file[4..100].fill(0xc3);
    assert!(
        matches!(document(&file, Some(&meta), &[]), Err(Error::Unexpected { found, .. }) if found.contains("encrypted"))
    );
    assert!(matches!(document(&file, None, &[]), Err(Error::WrongKind { .. })));
    assert!(matches!(document(b"ab", None, &[]), Err(Error::WrongKind { .. })));
}

/// What `openssl enc -aes-128-cfb` and `-aes-256-cfb` (OpenSSL 3) make of name = "Alice", count = 7, name = "Bob", the key filled up
/// with zeros, the vector 01 02 … 10.
const SEALED_128: [u8; 34] =
    hex_literal::hex!("b55755aa3f1b686a7c97ea2ceee948c41671ab8864509e4f8a9af4f4f211dbc1d9cc");
const SEALED_256: [u8; 34] =
    hex_literal::hex!("72a628dd97facb90d6229d7102863191fdf1ee8ec7ce979b24fadd4517548082479e");

#[test]
fn an_encrypted_store_is_opened_with_its_key_and_with_no_other() {
    for (used, key) in
        [(SEALED_128, b"secret".as_slice()), (SEALED_256, b"a key of more than 16 bytes".as_slice())]
    {
        let mut file = 34_u32.to_le_bytes().to_vec();
        file.extend(used);
        file.resize(128, 0);
        let mut crc = flate2::Crc::new();
        crc.update(&used);
        let mut meta = [crc.sum().to_le_bytes(), 2_u32.to_le_bytes(), [0; 4]].concat();
        meta.extend(1..=16);
        let opened = document(&file, Some(&meta), &[b"other", key]).unwrap();
        let states: Vec<_> = rows(&opened).iter().map(told).collect();
        assert_eq!(states.len(), 3);
        assert_eq!(states[0], ("name".to_owned(), "superseded".to_owned(), "put".to_owned()));
        let findings: Vec<_> = opened.findings.iter().map(|found| (found.code, found.loss)).collect();
        assert_eq!(findings, [("mmkv-decrypted", false)]);
        let closed = document(&file, Some(&meta), &[b"other"]);
        assert!(
            matches!(&closed, Err(Error::Unexpected { found, .. }) if found.contains("no key that is given opens it")),
            "{closed:?}"
        );
    }
}
