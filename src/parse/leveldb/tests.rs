use super::*;

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len()), bytes.to_vec()].concat()
}

type Operation<'o> = (&'o [u8], Option<&'o [u8]>);

fn batch(sequence: u64, operations: &[Operation<'_>]) -> Vec<u8> {
    let mut bytes = sequence.to_le_bytes().to_vec();
    bytes.extend(u32::try_from(operations.len()).unwrap().to_le_bytes());
    for (key, value) in operations {
        bytes.push(u8::from(value.is_some()));
        bytes.extend(counted(key));
        bytes.extend(value.map(counted).unwrap_or_default());
    }
    bytes
}

fn part(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let crc = checksum::masked([&[kind], bytes]);
    let length = u16::try_from(bytes.len()).unwrap();
    [&crc.to_le_bytes()[..], &length.to_le_bytes(), &[kind], bytes].concat()
}

fn block(entries: &[(Vec<u8>, Vec<u8>)], is_packed: bool) -> Vec<u8> {
    let (mut bytes, mut before): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        let shared = key.iter().zip(&before).take_while(|(a, b)| a == b).count();
        bytes.extend(varint(shared));
        bytes.extend(varint(key.len() - shared));
        bytes.extend(varint(value.len()));
        bytes.extend(&key[shared..]);
        bytes.extend(value);
        before.clone_from(key);
    }
    bytes.extend([0; 4]);
    bytes.extend(1_u32.to_le_bytes());
    let (stored, kind) = match is_packed {
        true => (snap::raw::Encoder::new().compress_vec(&bytes).unwrap(), 1),
        false => (bytes, 0),
    };
    let crc = checksum::masked([&stored, &[kind]]);
    [stored, vec![kind], crc.to_le_bytes().to_vec()].concat()
}

type Stored<'s> = (&'s [u8], u64, Option<&'s [u8]>);

fn table(rows: &[Stored<'_>], is_packed: bool) -> Vec<u8> {
    let internal = |key: &[u8], sequence: u64, is_put: bool| {
        [key, &(sequence << 8 | u64::from(is_put)).to_le_bytes()].concat()
    };
    let entries: Vec<_> = rows
        .iter()
        .map(|(key, sequence, value)| {
            (internal(key, *sequence, value.is_some()), value.unwrap_or(&[]).to_vec())
        })
        .collect();
    let first = block(&entries, is_packed);
    let place = [varint(0), varint(first.len() - 5)].concat();
    let index = block(&[(entries.last().unwrap().0.clone(), place)], is_packed);
    let mut footer = [varint(0), varint(0), varint(first.len()), varint(index.len() - 5)].concat();
    footer.resize(40, 0);
    footer.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    [first, index, footer].concat()
}

fn manifest(log: usize, tables: &[usize]) -> Vec<u8> {
    let mut edit = [vec![2], varint(log)].concat();
    for table in tables {
        edit.extend([vec![7], varint(0), varint(*table), varint(9), counted(b"a"), counted(b"z")].concat());
    }
    part(1, &edit)
}

fn told(document: &Document<'_>) -> Vec<(String, String, String, u64)> {
    let Value::Map(files) = &document.root.value else { panic!() };
    let mut told = Vec::new();
    for (name, list) in files {
        let Value::List(rows) = &list.value else { panic!() };
        for row in rows {
            let text = |member: &str| row.value.member(member).unwrap().value.as_text().unwrap().to_owned();
            let Value::Blob(key) = &row.value.member("key").unwrap().value else { panic!() };
            let Value::Integer(sequence) = row.value.member("sequence").unwrap().value else { panic!() };
            assert_eq!(&text("file"), name);
            let key = String::from_utf8_lossy(key).into_owned();
            told.push((key, text("kind"), text("state"), u64::try_from(sequence).unwrap()));
        }
    }
    told
}

fn expected(rows: &[(&str, &str, &str, u64)]) -> Vec<(String, String, String, u64)> {
    rows.iter().map(|(a, b, c, d)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned(), *d)).collect()
}

#[test]
fn every_version_of_a_key_is_a_row_over_all_files() {
    for is_packed in [false, true] {
        let old = table(&[(b"apple", 1, Some(b"red")), (b"apricot", 2, Some(b"x"))], is_packed);
        let log = part(1, &batch(3, &[(b"apple", Some(b"green")), (b"apricot", None), (b"b", Some(b"new"))]));
        let (current, edits) = (b"MANIFEST-000002\n".as_slice(), manifest(6, &[5]));
        let files = [
            ("000005.ldb", &*old),
            ("000006.log", &*log),
            ("CURRENT", current),
            ("MANIFEST-000002", &*edits),
        ];
        let document = document(&files).unwrap();
        let rows = [
            ("apple", "put", "superseded", 1),
            ("apricot", "put", "deleted", 2),
            ("apple", "put", "live", 3),
            ("apricot", "delete", "deleted", 4),
            ("b", "put", "live", 5),
        ];
        assert_eq!(told(&document), expected(&rows), "{is_packed}");
        assert!(document.findings.is_empty(), "{:?}", document.findings);
    }
}

#[test]
fn a_file_that_the_manifest_no_longer_counts_gives_what_compaction_dropped() {
    let old = table(&[(b"a", 1, Some(b"dropped")), (b"b", 2, Some(b"kept"))], true);
    let new = table(&[(b"b", 2, Some(b"kept"))], true);
    let edits = manifest(9, &[8]);
    let files = [("000005.ldb", &*old), ("000008.ldb", &*new), ("MANIFEST-000002", &*edits)];
    let rows = [("a", "put", "deleted", 1), ("b", "put", "repeated", 2), ("b", "put", "live", 2)];
    assert_eq!(told(&document(&files).unwrap()), expected(&rows));
}

#[test]
fn a_batch_over_several_blocks_is_put_together_and_keeps_its_places() {
    let value = vec![b'v'; 70_000];
    let whole = batch(1, &[(b"first", Some(b"1")), (b"large", Some(&value))]);
    let (head, rest) = whole.split_at(32_768 - 7);
    let (middle, tail) = rest.split_at(32_768 - 7);
    let log = [part(2, head), part(3, middle), part(4, tail)].concat();
    let document = document(&[("000003.log", &log)]).unwrap();
    let Value::Map(files) = &document.root.value else { panic!() };
    let Value::List(rows) = &files[0].1.value else { panic!() };
    assert_eq!(rows[0].span, Span { offset: 19, length: 9 });
    assert_eq!(rows[1].value.member("value").unwrap().value, Value::Blob(value.into()));
    assert_eq!(rows[1].span, Span::between(28, log.len()));
    assert!(document.findings.is_empty(), "{:?}", document.findings);
}

#[test]
fn another_checksum_is_a_loss_and_the_rows_are_kept() {
    let mut log = part(1, &batch(1, &[(b"a", Some(b"1"))]));
    *log.last_mut().unwrap() = b'2';
    let read = document(&[("000003.log", &log)]).unwrap();
    assert_eq!(told(&read).len(), 1);
    assert_eq!((read.findings[0].code, read.findings[0].loss), ("leveldb-crc", true));
    assert!(read.findings[0].message.starts_with("000003.log: "));
    let mut old = table(&[(b"a", 1, Some(b"1"))], false);
    old[3] ^= 1;
    let read = document(&[("000005.ldb", &old)]).unwrap();
    assert_eq!(read.findings[0].code, "leveldb-crc");
}

#[test]
fn a_table_that_is_current_and_not_there_is_a_loss() {
    let (log, edits) = (part(1, &batch(1, &[(b"a", None)])), manifest(3, &[7]));
    let document = document(&[("000003.log", &*log), ("MANIFEST-000002", &*edits)]).unwrap();
    assert!(document.findings.iter().any(|finding| finding.code == "leveldb-table-missing" && finding.loss));
}

#[test]
fn keys_that_share_a_long_beginning_without_end_are_bounded() {
    let mut bytes = [varint(0), varint(1 << 20), varint(0), vec![b'k'; 1 << 20]].concat();
    (0..100_000).for_each(|_| bytes.extend([varint(1 << 20), varint(0), varint(0)].concat()));
    bytes.extend([0; 4]);
    bytes.extend(1_u32.to_le_bytes());
    let (entries, broken) = block::entries(&bytes);
    assert!(entries.len() < 200 && broken.is_some(), "{}", entries.len());
}

#[test]
fn a_folder_without_log_or_table_is_none() {
    assert!(matches!(document(&[("CURRENT", b"x")]), Err(Error::WrongKind { .. })));
    assert!(is_log(&part(1, b"x")) && !is_log(b"plain text") && !is_table(&[0; 48]));
}

#[test]
fn a_table_and_a_manifest_that_are_cut_or_changed_anywhere_never_stop_the_reader() {
    let rows: Vec<Stored<'_>> =
        vec![(b"apple", 1, Some(b"red")), (b"apricot", 2, None), (b"b", 3, Some(b"x"))];
    for is_packed in [false, true] {
        let (whole, edits) = (table(&rows, is_packed), manifest(6, &[5]));
        let read = |table: &[u8], edits: &[u8]| {
            let files = [("000005.ldb", table), ("CURRENT", b"MANIFEST-000002"), ("MANIFEST-000002", edits)];
            let document = document(&files).unwrap();
            let count = told(&document).len();
            assert!(count == rows.len() || !document.findings.is_empty(), "{count} rows and not a word");
        };
        read(&whole, &edits);
        (0..whole.len()).for_each(|end| read(&whole[..end], &edits));
        (0..edits.len()).for_each(|end| read(&whole, &edits[..end]));
        for at in 0..whole.len() {
            for change in 1..=255 {
                let mut bytes = whole.clone();
                bytes[at] ^= change;
                // Between the handles and the magic of the footer nothing is read; a changed length of filling changes nothing.
                let _ = document(&[("000005.ldb", &*bytes)]);
            }
        }
    }
}
