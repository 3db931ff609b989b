//! Hostile and damaged input to the tree readers: a small file of each kind, cut at every byte and with every byte
//! changed, and bombs of nesting, sharing and claims. No panic, no hang, and no tree that outgrows its file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use affiant::parse::{
    Document, Error, Node, Value, json, keyed_archive, plist, properties, typedstream, xml,
};

/// Reads and gives the number of nodes and of bytes that the values own.
type Read = fn(&[u8]) -> Result<Size, Error>;

#[derive(Debug, Default, Clone, Copy)]
struct Size {
    nodes: usize,
    bytes: usize,
    losses: usize,
}

fn measure(node: &Node<'_>, size: &mut Size) {
    size.nodes += 1;
    match &node.value {
        Value::Text(text) => size.bytes += text.len(),
        Value::InvalidText { bytes, reading } => size.bytes += bytes.len() + reading.len(),
        Value::Blob(bytes) => size.bytes += bytes.len(),
        Value::List(nodes) => nodes.iter().for_each(|node| measure(node, size)),
        Value::Map(members) => members.iter().for_each(|(key, node)| {
            size.bytes += key.len();
            measure(node, size);
        }),
        _ => {}
    }
}

fn size_of(document: &Document<'_>, input: &[u8]) -> Size {
    let mut size =
        Size { losses: document.findings.iter().filter(|finding| finding.loss).count(), ..Size::default() };
    measure(&document.root, &mut size);
    let (nodes, bytes) = (2 * input.len() + (1 << 20), 16 * input.len() + (1 << 25));
    assert!(size.nodes <= nodes && size.bytes <= bytes, "{size:?} of {} bytes", input.len());
    assert!(document.findings.len() <= 257, "findings flood");
    spans_inside(&document.root, input.len() as u64);
    size
}

fn spans_inside(node: &Node<'_>, length: u64) {
    assert!(
        node.span.offset.checked_add(node.span.length).is_some_and(|end| end <= length),
        "{:?}",
        node.span
    );
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| spans_inside(node, length)),
        Value::Map(members) => members.iter().for_each(|(_, node)| spans_inside(node, length)),
        _ => {}
    }
}

fn read_keyed(input: &[u8]) -> Result<Size, Error> {
    let document = keyed_archive::document(&plist::document(input)?.root)?;
    Ok(size_of(&document, input))
}

const READERS: [(&str, Read); 7] = [
    ("plist", |input| plist::document(input).map(|document| size_of(&document, input))),
    ("framed", |input| plist::framed(input).map(|document| size_of(&document, input))),
    ("xml", |input| xml::document(input).map(|document| size_of(&document, input))),
    ("json", |input| json::document(input).map(|document| size_of(&document, input))),
    ("properties", |input| properties::document(input).map(|document| size_of(&document, input))),
    ("keyed archive", read_keyed),
    ("typedstream", |input| typedstream::document(input).map(|document| size_of(&document, input))),
];

fn reader(name: &str) -> Read {
    READERS.iter().find(|(kind, _)| *kind == name).unwrap().1
}

/// A binary property list of these objects, two-byte offsets and references, the first object on top.
fn bplist(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = Vec::new();
    for object in objects {
        offsets.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
        bytes.extend(object);
    }
    let table = bytes.len() as u64;
    bytes.extend(offsets);
    bytes.extend([0, 0, 0, 0, 0, 0, 4, 4]);
    for number in [objects.len() as u64, 0, table] {
        bytes.extend(number.to_be_bytes());
    }
    bytes
}

fn array(references: &[u32]) -> Vec<u8> {
    let count = u32::try_from(references.len()).unwrap().to_be_bytes();
    let references = references.iter().flat_map(|reference| reference.to_be_bytes());
    [0xaf, 0x12].into_iter().chain(count).chain(references).collect()
}

fn dictionary(members: &[(u32, u32)]) -> Vec<u8> {
    let keys = members.iter().flat_map(|(key, _)| key.to_be_bytes());
    let values = members.iter().flat_map(|(_, value)| value.to_be_bytes());
    [0xd0 | u8::try_from(members.len()).unwrap()].into_iter().chain(keys).chain(values).collect()
}

fn text(text: &str) -> Vec<u8> {
    [&[0x50 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// `$archiver`, `$top` and `$objects`, these from object number 8 of the file on; the archive's object 1 is the root.
fn keyed_bplist(objects: &[Vec<u8>]) -> Vec<u8> {
    let numbers: Vec<u32> = (8..8 + u32::try_from(objects.len()).unwrap()).collect();
    let head = [
        dictionary(&[(1, 2), (3, 4), (5, 6)]),
        b"\x59$archiver".to_vec(),
        text("keyed"),
        text("$top"),
        b"\x80\x01".to_vec(),
        text("$objects"),
        array(&numbers),
        b"\x09".to_vec(),
    ];
    bplist(&[head.to_vec(), objects.to_vec()].concat())
}

fn small_bplist() -> Vec<u8> {
    bplist(&[
        dictionary(&[(1, 2), (3, 4), (5, 6)]),
        text("a"),
        array(&[4, 6, 7, 8]),
        b"\x61\x00\xe9".to_vec(),
        b"\x13\xff\xff\xff\xff\xff\xff\xff\xfe".to_vec(),
        text("d"),
        b"\x33\x41\xc5\x00\x00\x00\x00\x00\x00".to_vec(),
        b"\x42\x01\x02".to_vec(),
        b"\x80\x07".to_vec(),
    ])
}

fn small_keyed() -> Vec<u8> {
    keyed_bplist(&[text("$null"), dictionary(&[(1, 7), (3, 4)]), text("x"), dictionary(&[(1, 2)])])
}

const SMALL_TYPEDSTREAM: &[u8] =
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\
    \x84\x84\x08NSObject\x00\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+\x05hello\x86\x84\x02iI\x01\x05\
    \x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96\x01a\x86\x92\x85\x86\x86";

const SMALL_ABX: &[u8] =
    b"ABX\0\x10\x32\xff\xff\0\x01a\x6f\xff\xff\0\x01n\0\0\0\x01\x3f\0\x01\xff\xff\0\x01s\
    \x4f\0\x01\0\x02xy\xaf\0\x01\0\0\0\0\xcf\0\x01\x24\0\x02hi\x33\0\0\x11";

fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let plist_text = "<?xml version=\"1.0\"?><!DOCTYPE plist><plist><dict><key>a&amp;</key><array><integer>7</integer>\
        <data>aGk=</data></array><key>d</key><date>2001-01-01T00:00:00Z</date></dict></plist>";
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(plist_text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let binary = small_bplist();
    let length = u32::try_from(binary.len()).unwrap().to_le_bytes();
    vec![
        ("plist", plist_text.into()),
        ("plist", utf16),
        ("framed", [&length[..], &binary, &length, &binary].concat()),
        ("plist", binary),
        (
            "xml",
            b"<?xml version='1.0'?><map><int name=\"n\" value='3'/><s><![CDATA[x]]>&lt;</s><!-- c --></map>"
                .into(),
        ),
        ("xml", SMALL_ABX.into()),
        ("json", r#"{"a": [1, -2.5e3, "x\n\u00e9", null], "b": {"c": true}}"#.into()),
        ("properties", "# c\r\nro.a=b\n x = \n".into()),
        ("keyed archive", small_keyed()),
        ("typedstream", SMALL_TYPEDSTREAM.into()),
    ]
}

#[test]
fn the_small_files_are_read_whole() {
    for (kind, bytes) in small_files() {
        let size = reader(kind)(&bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(size.losses, 0, "{kind}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_file_cut_at_any_byte_is_read_or_refused() {
    for (kind, bytes) in small_files() {
        for end in 0..bytes.len() {
            let _ = reader(kind)(&bytes[..end]);
        }
    }
}

#[test]
fn a_file_with_any_byte_changed_is_read_or_refused() {
    for (kind, bytes) in small_files() {
        for position in 0..bytes.len() {
            for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, bytes[position]] {
                let mut changed = bytes.clone();
                changed[position] ^= mask;
                let _ = reader(kind)(&changed);
            }
        }
    }
}

#[test]
fn every_reader_takes_the_files_of_every_other() {
    for (_, bytes) in small_files() {
        for (_, read) in READERS {
            let _ = read(&bytes);
        }
    }
}

/// Reads within a minute (an unoptimised build on a busy machine takes seconds, a bomb would take hours); what comes of
/// it is for the caller to judge.
fn bomb(kind: &str, bytes: &[u8]) -> Result<Size, Error> {
    let start = Instant::now();
    let size = reader(kind)(bytes);
    println!("{kind}: {} bytes in {:?}: {size:?}", bytes.len(), start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(60), "{kind}: {:?}", start.elapsed());
    size
}

fn loses(kind: &str, bytes: &[u8]) {
    assert!(bomb(kind, bytes).unwrap().losses > 0, "{kind}");
}

#[test]
fn nesting_of_100_000_levels_is_cut_and_said() {
    const LEVELS: usize = 100_000;
    loses("json", "[".repeat(LEVELS).as_bytes());
    loses("json", "{\"a\":".repeat(LEVELS).as_bytes());
    loses("json", format!("{}1{}", "[".repeat(LEVELS), "]".repeat(LEVELS)).as_bytes());
    loses("xml", format!("{}{}", "<a>".repeat(LEVELS), "</a>".repeat(LEVELS)).as_bytes());
    loses("xml", [b"ABX\0\x32\xff\xff\0\x01a".to_vec(), b"\x32\0\0".repeat(LEVELS)].concat().as_slice());
    loses("plist", format!("<plist>{}<true/>", "<array>".repeat(LEVELS)).as_bytes());
    loses("plist", format!("<plist>{}<true/>", "<dict><key>a</key>".repeat(LEVELS)).as_bytes());
    let chain: Vec<Vec<u8>> = (1..=100_000).map(|next| array(&[next])).chain([b"\x09".to_vec()]).collect();
    loses("plist", &bplist(&chain));
    loses("typedstream", &[&SMALL_TYPEDSTREAM[..55], &b"\x92\x84\x94".repeat(LEVELS)].concat());
}

#[test]
fn a_keyed_archive_nested_without_end_is_cut_and_said() {
    let uid = |number: u32| [&[0x83][..], &number.to_be_bytes()].concat();
    let links = 50_000_u32;
    // Archive object n is a list of one: the UID of object n + 1. The UIDs stand behind all the lists in the file.
    let lists = (0..links).map(|number| array(&[8 + links + number]));
    let objects: Vec<Vec<u8>> = lists.chain((0..links).map(|number| uid(number + 1))).collect();
    loses("keyed archive", &keyed_bplist(&objects));
}

#[test]
fn an_array_that_holds_itself_is_cut_and_said() {
    loses("plist", &bplist(&[array(&[0, 0, 0, 0])]));
    loses("plist", &bplist(&[array(&[1, 1]), array(&[0, 1])]));
}

#[test]
fn shared_values_do_not_multiply_without_bound() {
    let doubling: Vec<Vec<u8>> = (1..=64).map(|next| array(&[next, next])).chain([text("lol")]).collect();
    loses("plist", &bplist(&doubling));
    let wide: Vec<u8> = [0x6f, 0x12, 0, 1, 0, 0].into_iter().chain([0x20, 0xac].repeat(1 << 16)).collect();
    loses("plist", &bplist(&[array(&vec![1; 100_000]), wide]));
    let archive: Vec<Vec<u8>> =
        (1..=60).map(|next| array(&[8 + next, 8 + next])).chain([text("lol")]).collect();
    let _ = bomb("keyed archive", &keyed_bplist(&archive));
    let uids: Vec<Vec<u8>> = (0..40_u8).map(|next| vec![0x80, next + 1]).collect();
    let lists = (0..40_u32).map(|number| array(&[48 + number, 48 + number]));
    loses("keyed archive", &keyed_bplist(&lists.chain(uids).collect::<Vec<_>>()));
}

#[test]
fn back_references_of_a_typedstream_do_not_multiply_without_bound() {
    let header = &SMALL_TYPEDSTREAM[..16];
    // Object n holds object n - 1 twice; all stand at the top, each behind the type "@".
    let mut bytes = [header, b"\x84\x01@\x84\x84\x84\x01A\x00\x85\x86"].concat();
    for number in 0..60_u8 {
        let before = if number == 0 { 0x92 } else { 0x92 + 1 + number };
        bytes.extend([0x92, 0x84, 0x93, 0x92, before, 0x92, before, 0x86]);
    }
    loses("typedstream", &bytes);
    for encoding in
        [&b"[4294967295!]"[..], b"[4294967295{=}]", b"[65535[65535!]]", b"[4294967295c]", b"[99999999@]"]
    {
        let length = u8::try_from(encoding.len()).unwrap();
        let group = [&[0x84, length][..], encoding].concat();
        let bytes = [header, &group, &b"\x92".repeat(5_000)].concat();
        let _ = bomb("typedstream", &bytes);
    }
}

#[test]
fn declared_entities_do_not_expand() {
    let mut declared = "<!DOCTYPE a [<!ENTITY e0 \"lol\">".to_owned();
    for level in 1..20 {
        declared.push_str(&format!("<!ENTITY e{level} \"{}\">", format!("&e{};", level - 1).repeat(10)));
    }
    let settings = format!("{declared}]><a>&e19;</a>");
    assert!(bomb("xml", settings.as_bytes()).unwrap().bytes < 100);
    let property_list = format!("{declared}]><plist><string>&e19;</string></plist>");
    assert!(bomb("plist", property_list.as_bytes()).unwrap().bytes < 100);
}

#[test]
fn a_file_of_one_token_takes_no_longer_than_its_length() {
    for token in [
        "<!--",
        "<![CDATA[",
        "<a",
        "<a ",
        "<a a",
        "<",
        ">",
        "&",
        "&#",
        "</a>",
        "<a/>",
        "<!",
        "<?",
        "\"",
        "[",
        "{",
        "[[]",
        "\\",
        "=",
        "a=\n",
        "#",
        "\n",
        "0",
        "-",
        "[1,",
        "\"a\":",
        "<key>",
        "<!DOCTYPE a [",
        "<a b='",
        "]]>",
    ] {
        let bytes = token.repeat((1 << 17) / token.len());
        for prefix in ["", "<a>", "<a ", "<plist><dict>", "[\"", "{\"a\":"] {
            for (kind, read) in READERS {
                let start = Instant::now();
                let _ = read(format!("{prefix}{bytes}").as_bytes());
                let took = start.elapsed();
                assert!(took < Duration::from_secs(10), "{kind}: {prefix}{token}…: {took:?}");
            }
        }
    }
}

/// The corpus named by `AFFIANT_CORPUS`, each small file of a tree format with bytes changed in a fixed disorder.
#[test]
fn real_files_with_changed_bytes_are_read_or_refused() {
    let Some(root) = std::env::var_os("AFFIANT_CORPUS").filter(|root| std::path::Path::new(root).is_dir())
    else {
        println!("SKIPPED: AFFIANT_CORPUS is not set to a folder");
        return;
    };
    let (mut files, mut reads, mut disorder) = (0, 0, 0x2545_f491_4f6c_dd1d_u64);
    let mut next = |below: usize| {
        disorder ^= disorder << 13;
        disorder ^= disorder >> 7;
        disorder ^= disorder << 17;
        usize::try_from(disorder % below as u64).unwrap()
    };
    for entry in walkdir::WalkDir::new(root)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
    {
        let name = entry.path().to_string_lossy().into_owned();
        let wanted = ["plist", ".xml", "streamtyped/", ".abx"].iter().any(|part| name.contains(part));
        if !wanted || entry.metadata().unwrap().len() > 20_000 || entry.metadata().unwrap().len() == 0 {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        files += 1;
        for _ in 0..20 {
            let mut changed = bytes.clone();
            for _ in 0..=next(4) {
                let position = next(changed.len());
                changed[position] = u8::try_from(next(256)).unwrap();
            }
            for (_, read) in READERS {
                reads += usize::from(read(&changed).is_ok());
            }
        }
    }
    println!("{files} files, changed 20 times each, read {reads} times by any reader");
    assert!(files > 0);
}
