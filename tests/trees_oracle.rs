//! What our tree readers make of real files equals what an independent reader makes of them, file by file over the
//! corpus named by `AFFIANT_CORPUS`; without it each test says that it was skipped. Files on which the two differ are
//! pinned here with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use affiant::parse::{Document, Node, Value, json, keyed_archive, plist, typedstream, xml};

fn corpus(what: &str) -> Option<PathBuf> {
    let root = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from).filter(|root| root.is_dir());
    if root.is_none() {
        println!("SKIPPED: {what}: AFFIANT_CORPUS is not set to a folder");
    }
    root
}

/// Every regular file of the corpus under 32 MiB, by its path in the corpus, and the members of its zip files.
fn files(root: &Path, wanted: impl Fn(&str, &[u8]) -> bool) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root).into_iter().map(Result::unwrap) {
        if !entry.file_type().is_file() || entry.metadata().unwrap().len() > 32 << 20 {
            continue;
        }
        let name = entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(entry.path()).unwrap();
        if bytes.starts_with(b"PK\x03\x04") {
            add_members(&name, &bytes, &wanted, &mut found);
        }
        if wanted(&name, &bytes) {
            found.insert(name, bytes);
        }
    }
    found
}

fn add_members(
    name: &str,
    bytes: &[u8],
    wanted: &impl Fn(&str, &[u8]) -> bool,
    found: &mut BTreeMap<String, Vec<u8>>,
) {
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(bytes)) else { return };
    for index in 0..archive.len() {
        let Ok(mut member) = archive.by_index(index) else { continue };
        let path = format!("{name}!{}", member.name());
        let mut content = Vec::new();
        if member.size() < 32 << 20
            && std::io::copy(&mut member, &mut content).is_ok()
            && wanted(&path, &content)
        {
            found.insert(path, content);
        }
    }
}

fn losses(document: &Document<'_>) -> Vec<String> {
    document.findings.iter().filter(|finding| finding.loss).map(|finding| finding.message.clone()).collect()
}

fn codes(document: &Document<'_>) -> String {
    document.findings.iter().map(|finding| finding.code).collect::<Vec<_>>().join(" ")
}

// Property lists against the crate `plist`.

fn same_plist(ours: &Node<'_>, oracle: &::plist::Value, path: &str) -> Result<usize, String> {
    let differs = || Err(format!("{path}: ours {:?}, oracle {oracle:?}", ours.value));
    let equal = match (&ours.value, oracle) {
        (Value::List(nodes), ::plist::Value::Array(values)) if nodes.len() == values.len() => {
            let pairs = nodes.iter().zip(values).enumerate();
            return pairs
                .map(|(index, (node, value))| same_plist(node, value, &format!("{path}.{index}")))
                .sum::<Result<usize, _>>()
                .map(|count| count + 1);
        }
        (Value::Map(members), ::plist::Value::Dictionary(values)) => {
            let last: BTreeMap<&str, &Node<'_>> = members.iter().map(|(key, node)| (&**key, node)).collect();
            if last.len() != values.len() {
                return Err(format!("{path}: {} keys, oracle {}", last.len(), values.len()));
            }
            return values
                .iter()
                .map(|(key, value)| match last.get(&**key) {
                    Some(node) => same_plist(node, value, &format!("{path}.{key}")),
                    None => Err(format!("{path}: no key {key}")),
                })
                .sum::<Result<usize, _>>()
                .map(|count| count + 1);
        }
        (Value::Bool(ours), ::plist::Value::Boolean(oracle)) => ours == oracle,
        (Value::Integer(ours), ::plist::Value::Integer(oracle)) => oracle.as_signed() == Some(*ours),
        (Value::Unsigned(ours), ::plist::Value::Integer(oracle)) => oracle.as_unsigned() == Some(*ours),
        (Value::Real(ours), ::plist::Value::Real(oracle)) => ours.to_bits() == oracle.to_bits(),
        (Value::Text(ours), ::plist::Value::String(oracle)) => ours == oracle,
        (Value::Blob(ours), ::plist::Value::Data(oracle)) => **ours == **oracle,
        (Value::Uid(ours), ::plist::Value::Uid(oracle)) => *ours == oracle.get(),
        (Value::Date(ours), ::plist::Value::Date(oracle)) => (ours - since_2001(*oracle)).abs() < 1e-5,
        _ => false,
    };
    if equal { Ok(1) } else { differs() }
}

fn since_2001(date: ::plist::Date) -> f64 {
    let time: std::time::SystemTime = date.into();
    let epoch = UNIX_EPOCH + Duration::from_secs(978_307_200);
    match time.duration_since(epoch) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

fn looks_like_plist(name: &str, bytes: &[u8]) -> bool {
    let named = [".plist", ".bplist", "plist-crashes", "plist-leaks", ".plist@"]
        .iter()
        .any(|part| name.contains(part));
    let text = String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes));
    !["jplist", "oplist", ".zip"].iter().any(|part| name.contains(part) && !name.contains('!'))
        && (named || bytes.starts_with(b"bplist00") || text.contains("<plist"))
}

fn oracle_plist(bytes: &[u8]) -> Result<::plist::Value, ::plist::Error> {
    if bytes.trim_ascii_start().starts_with(b"<") {
        return ::plist::Value::from_reader_xml(bytes);
    }
    ::plist::Value::from_reader(std::io::Cursor::new(bytes))
}

/// Read by us without a loss, refused by the oracle: a reference without its `;` (kept as written), text of a broken
/// DOCTYPE, an integer as a dictionary key (its digits stand for it), and sizes of 5 and 6 bytes, which the format has.
const WHOLE_FOR_US_ONLY: [&str; 7] = [
    "DHowett+go-plist/testdata/xml_unusual_cases/s06.plist",
    "DHowett+go-plist/testdata/xml_unusual_cases/s09.plist",
    "libimobiledevice+libplist/fuzz/bplist-crashes/crash-39f1347115f8fe9ac25cdc9332e3fc5cd32c7f7b",
    "libimobiledevice+libplist/test/data/dictref5bytes.bplist",
    "libimobiledevice+libplist/test/data/dictref6bytes.bplist",
    "libimobiledevice+libplist/test/data/off5bytes.bplist",
    "libimobiledevice+libplist/test/data/off6bytes.bplist",
];

/// Damaged files (fuzzers' crashes, error cases of other projects, drafts that are no property lists yet) of which we
/// keep a part and say what is lost; the oracle gives nothing.
const PARTLY_FOR_US_ONLY: usize = 26;

/// Nothing to read: no value at all, a trailer of impossible sizes, a top object that is not there.
const READ_BY_NEITHER: usize = 10;

/// `<string =">apple</string>`: the value is there, an attribute (property lists have none) is not.
const ATTRIBUTES_AMISS: &str = "DHowett+go-plist/testdata/xml_unusual_cases/s10.plist";

/// The old style of NeXTSTEP, which is not one of ours.
const OLD_STYLE: [&str; 3] = [
    "ebarnard+rust-plist/tests/data/ascii-animals.plist",
    "ebarnard+rust-plist/tests/data/ascii-animals.plist@5a5be75e",
    "ebarnard+rust-plist/tests/data/ascii-sample.plist",
];

#[test]
fn every_property_list_of_the_corpus_reads_as_the_oracle_reads_it() {
    let Some(root) = corpus("property lists") else { return };
    let (mut equal, mut values, mut ours_only, mut neither) = (0, 0, Vec::new(), Vec::new());
    let (mut oracle_only, mut different) = (Vec::new(), Vec::new());
    for (name, bytes) in files(&root, looks_like_plist) {
        match (plist::document(&bytes), oracle_plist(&bytes)) {
            (Ok(ours), Ok(oracle)) => match (same_plist(&ours.root, &oracle, ""), losses(&ours).len()) {
                (Ok(count), 0) => (equal, values) = (equal + 1, values + count),
                (Ok(_), losses) => different.push((name, format!("equal, with {losses} losses"))),
                (Err(difference), _) => different.push((name, difference)),
            },
            (Ok(ours), Err(_)) => ours_only.push((name, losses(&ours).len())),
            (Err(_), Ok(_)) => oracle_only.push(name),
            (Err(ours), Err(oracle)) => neither.push((name, ours.to_string(), oracle.to_string())),
        }
    }
    println!("property lists: {equal} equal ({values} values)");
    ours_only.iter().for_each(|(name, losses)| println!("  by us only, {losses} losses: {name}"));
    neither.iter().for_each(|row| println!("  by neither: {row:?}"));
    different.iter().for_each(|row| println!("  different: {row:.300?}"));
    assert!(equal >= 103, "{equal}");
    let whole: Vec<_> =
        ours_only.iter().filter(|(_, losses)| *losses == 0).map(|(name, _)| &**name).collect();
    assert_eq!(whole, WHOLE_FOR_US_ONLY);
    let partly = ours_only.iter().filter(|(_, losses)| *losses > 0).count();
    assert_eq!((partly, neither.len()), (PARTLY_FOR_US_ONLY, READ_BY_NEITHER));
    assert_eq!(different, [(ATTRIBUTES_AMISS.to_owned(), "equal, with 3 losses".to_owned())]);
    assert!(oracle_only.iter().all(|name| OLD_STYLE.contains(&&**name)), "{oracle_only:?}");
}

// JSON against serde_json.

fn same_json(ours: &Node<'_>, oracle: &serde_json::Value, path: &str) -> Result<usize, String> {
    let equal = match (&ours.value, oracle) {
        (Value::List(nodes), serde_json::Value::Array(values)) if nodes.len() == values.len() => {
            let pairs = nodes.iter().zip(values).enumerate();
            return pairs
                .map(|(index, (node, value))| same_json(node, value, &format!("{path}.{index}")))
                .sum::<Result<usize, _>>()
                .map(|count| count + 1);
        }
        (Value::Map(members), serde_json::Value::Object(values)) => {
            let last: BTreeMap<&str, &Node<'_>> = members.iter().map(|(key, node)| (&**key, node)).collect();
            if last.len() != values.len() {
                return Err(format!("{path}: {} keys, oracle {}", last.len(), values.len()));
            }
            return values
                .iter()
                .map(|(key, value)| match last.get(&**key) {
                    Some(node) => same_json(node, value, &format!("{path}.{key}")),
                    None => Err(format!("{path}: no key {key}")),
                })
                .sum::<Result<usize, _>>()
                .map(|count| count + 1);
        }
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(oracle)) => ours == oracle,
        (Value::Integer(ours), serde_json::Value::Number(oracle)) => oracle.as_i64() == Some(*ours),
        (Value::Unsigned(ours), serde_json::Value::Number(oracle)) => oracle.as_u64() == Some(*ours),
        // serde_json reads reals with an error in the last place unless asked otherwise; std's reading is exact.
        (Value::Real(ours), serde_json::Value::Number(oracle)) => {
            let oracle = oracle.as_f64().unwrap();
            (ours - oracle).abs() <= ours.abs() * f64::EPSILON
        }
        (Value::Text(ours), serde_json::Value::String(oracle)) => ours == oracle,
        _ => false,
    };
    if equal { Ok(1) } else { Err(format!("{path}: ours {:?}, oracle {oracle:?}", ours.value)) }
}

/// Two empty files, and one with integers beyond 64 bits, which serde_json reads as reals in silence.
const JSON_EXCEPTIONS: [&str; 3] = [
    "karlicoss+HPI/src/my/core/tests/structure_data/gdpr_export.zip!gdpr_export/comments/comments.json: read by neither",
    "karlicoss+HPI/src/my/core/tests/structure_data/gdpr_export.zip!gdpr_export/profile/settings.json: read by neither",
    "mvt-project+mvt/tests/artifacts/androidqf/packages.json: equal, and we note: json-wide-integer json-wide-integer",
];

#[test]
fn every_json_of_the_corpus_reads_as_serde_json_reads_it() {
    let Some(root) = corpus("JSON") else { return };
    let (mut equal, mut values) = (0, 0);
    let mut others = Vec::new();
    for (name, bytes) in files(&root, |name, _| name.ends_with(".json")) {
        let oracle = serde_json::from_slice::<serde_json::Value>(&bytes);
        match (json::document(&bytes), oracle) {
            (Ok(ours), Ok(oracle)) => match (same_json(&ours.root, &oracle, ""), codes(&ours)) {
                (Ok(count), notes) if notes.is_empty() => (equal, values) = (equal + 1, values + count),
                (Ok(_), notes) => others.push(format!("{name}: equal, and we note: {notes}")),
                (Err(difference), _) => others.push(format!("{name}: different: {difference:.300}")),
            },
            (Ok(_), Err(error)) => others.push(format!("{name}: read by us only: {error}")),
            (Err(error), Ok(_)) => others.push(format!("{name}: read by the oracle only: {error}")),
            (Err(_), Err(_)) => others.push(format!("{name}: read by neither")),
        }
    }
    println!("JSON: {equal} equal ({values} values)");
    others.iter().for_each(|row| println!("  {row}"));
    assert!(equal >= 196, "{equal}");
    assert_eq!(others, JSON_EXCEPTIONS);
}

// Android Binary XML against its published twin in text.

fn type_less(node: &Node<'_>, attribute: &str) -> String {
    match &node.value {
        Value::Text(text) => text.clone().into_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) if attribute.ends_with("hex") => format!("{value:x}"),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) if attribute.ends_with("float") => (*value as f32).to_string(),
        Value::Real(value) => value.to_string(),
        Value::Blob(bytes) if attribute.ends_with("base64") => {
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
        }
        Value::Blob(bytes) => hex::encode(bytes),
        other => panic!("an attribute of {other:?}"),
    }
}

fn same_xml(binary: &Node<'_>, text: &Node<'_>, path: &str) -> usize {
    match (&binary.value, &text.value) {
        (Value::Map(ours), Value::Map(twin)) => {
            let keys = |members: &[(std::borrow::Cow<'_, str>, Node<'_>)]| {
                members.iter().map(|(key, _)| key.clone().into_owned()).collect::<Vec<_>>()
            };
            assert_eq!(keys(ours), keys(twin), "{path}");
            let pairs = ours.iter().zip(twin);
            1 + pairs
                .map(|((key, ours), (_, twin))| same_xml(ours, twin, &format!("{path}/{key}")))
                .sum::<usize>()
        }
        (Value::List(ours), Value::List(twin)) => {
            assert_eq!(ours.len(), twin.len(), "{path}");
            ours.iter().zip(twin).map(|(ours, twin)| same_xml(ours, twin, path)).sum()
        }
        _ => {
            assert_eq!(type_less(binary, path), type_less(text, path), "{path}");
            1
        }
    }
}

#[test]
fn every_binary_xml_of_the_corpus_equals_its_twin_in_text() {
    let Some(root) = corpus("binary XML") else { return };
    let (mut pairs, mut values) = (0, 0);
    let all = files(&root, |_, bytes| bytes.starts_with(b"ABX\0"));
    for (name, bytes) in &all {
        let binary = xml::document(bytes).unwrap();
        assert!(binary.findings.is_empty(), "{name}: {:?}", binary.findings);
        let Some(twin) = name.strip_suffix(".abx") else { panic!("{name}: no twin") };
        let twin = std::fs::read(root.join(twin)).unwrap();
        let twin = xml::document(&twin).unwrap();
        assert!(twin.findings.is_empty(), "{name}: {:?}", twin.findings);
        values += same_xml(&binary.root, &twin.root, "");
        pairs += 1;
    }
    println!("binary XML: {pairs} files equal their twins in text ({values} values)");
    assert_eq!(pairs, 2, "the corpus has two");
}

#[test]
fn every_xml_text_of_the_corpus_is_read_without_a_loss() {
    let Some(root) = corpus("XML") else { return };
    let all = files(&root, |name, bytes| name.ends_with(".xml") && !bytes.starts_with(b"ABX"));
    let mut read = 0;
    for (name, bytes) in &all {
        match xml::document(bytes) {
            Ok(document) if losses(&document).is_empty() => read += 1,
            Ok(document) => println!("  {name}: {:?}", document.findings),
            Err(error) => println!("  {name}: {error}"),
        }
    }
    println!("XML: {read} of {} read without a loss", all.len());
    assert!(read == all.len() && read >= 59, "{read} of {}", all.len());
}

// Keyed archives: no text that hangs from the top may be missing, and published readings of single files.

/// Every text that a walk from `$top` over the UIDs reaches, classes aside, as the oracle's reading of the file has it.
fn reachable_texts(archive: &::plist::Value) -> BTreeSet<String> {
    let root = archive.as_dictionary().unwrap();
    let objects = root.get("$objects").and_then(::plist::Value::as_array).unwrap();
    let mut texts = BTreeSet::new();
    let mut seen = BTreeSet::from([0]);
    let mut waiting = vec![root.get("$top").unwrap()];
    while let Some(value) = waiting.pop() {
        match value {
            ::plist::Value::Uid(uid) if seen.insert(uid.get()) => {
                waiting.extend(objects.get(usize::try_from(uid.get()).unwrap()));
            }
            ::plist::Value::Array(values) => waiting.extend(values),
            ::plist::Value::Dictionary(members) => {
                waiting.extend(members.iter().filter(|(name, _)| *name != "$class").map(|(_, value)| value));
            }
            ::plist::Value::String(text) => {
                texts.insert(text.clone());
            }
            _ => {}
        }
    }
    texts
}

fn all_texts(node: &Node<'_>, texts: &mut BTreeSet<String>) {
    match &node.value {
        Value::Text(text) => {
            texts.insert(text.clone().into_owned());
        }
        Value::List(nodes) => nodes.iter().for_each(|node| all_texts(node, texts)),
        Value::Map(members) => members.iter().for_each(|(key, node)| {
            texts.insert(key.clone().into_owned());
            all_texts(node, texts);
        }),
        _ => {}
    }
}

fn at<'n, 'a>(node: &'n Node<'a>, path: &str) -> &'n Node<'a> {
    path.split('.').filter(|step| !step.is_empty()).fold(node, |node, step| match &node.value {
        Value::List(nodes) => &nodes[step.parse::<usize>().unwrap()],
        value => value.member(step).unwrap_or_else(|| panic!("no {step} of {path} in {value:?}")),
    })
}

#[test]
fn every_keyed_archive_of_the_corpus_keeps_all_texts_that_hang_from_its_top() {
    let Some(root) = corpus("keyed archives") else { return };
    let (mut archives, mut kept) = (0, 0);
    for (name, bytes) in files(&root, |_, bytes| bytes.starts_with(b"bplist00")) {
        let (Ok(ours), Ok(oracle)) =
            (plist::document(&bytes), ::plist::Value::from_reader(std::io::Cursor::new(&bytes)))
        else {
            continue;
        };
        if oracle.as_dictionary().is_none_or(|root| !root.contains_key("$archiver")) {
            continue;
        }
        let decoded = keyed_archive::document(&ours.root).unwrap();
        assert_eq!(losses(&decoded), [""; 0], "{name}");
        let mut texts = BTreeSet::new();
        all_texts(&decoded.root, &mut texts);
        let expected = reachable_texts(&oracle);
        let missing: Vec<_> = expected.difference(&texts).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        (archives, kept) = (archives + 1, kept + expected.len());
    }
    println!("keyed archives: {archives}, and all their {kept} texts");
    assert!(archives >= 17, "{archives}");
}

/// What imessage-exporter publishes in its own tests as the content of these files.
#[test]
fn keyed_archives_of_messages_read_as_published() {
    let Some(root) = corpus("keyed archives of messages") else { return };
    let folder = root.join("ReagentX+imessage-exporter/imessage-database/test_data");
    for (file, path, expected) in [
        ("music_message/AppleMusic.plist", "richLinkMetadata.specialization.artist", "БАТЮШКА"),
        ("music_message/AppleMusic.plist", "richLinkMetadata.specialization.album", "Панихида"),
        ("music_message/AppleMusic.plist", "richLinkMetadata.specialization.name", "Песнь 1"),
        ("app_message/FindMy.plist", "an", "Find My"),
        ("app_message/FindMy.plist", "ldtext", "Started Sharing Location"),
        (
            "app_message/FindMy.plist",
            "URL",
            "?FindMyMessagePayloadVersionKey=v0&FindMyMessagePayloadZippedDataKey=FAKEDATA",
        ),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let decoded = keyed_archive::decode(&plist::document(&bytes).unwrap().root).unwrap();
        assert_eq!(at(&decoded, path).value, Value::Text(expected.into()), "{file}: {path}");
    }
}

// Typedstreams: the text that the message's own column has, and published readings.

#[test]
fn every_attributed_body_of_the_corpus_has_the_text_of_its_message() {
    let Some(root) = corpus("attributed bodies") else { return };
    let (mut equal, mut others) = (0, Vec::new());
    for (name, bytes) in files(&root, |_, bytes| bytes.starts_with(b"SQLite format 3")) {
        for (text, body) in attributed_bodies(&bytes) {
            let decoded = typedstream::decode(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
            let read = at(&decoded, "string").value.as_text().unwrap().to_owned();
            assert_eq!(covered(&decoded), read.encode_utf16().count(), "{name}: the runs cover the text");
            if read == text {
                equal += 1;
            } else {
                others.push((name.clone(), text, read));
            }
        }
    }
    println!("attributed bodies: {equal} equal to the text of their message");
    assert_eq!((equal, others.len()), (8, 2));
    // The text column of these two was changed after the fact and their body was not.
    for (name, text, body) in others {
        assert_eq!(body.replace("Microsoft Office", "Open Office"), text, "{name}");
    }
}

fn attributed_bodies(database: &[u8]) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    std::fs::write(&path, database).unwrap();
    let Ok(connection) = rusqlite::Connection::open(&path) else { return Vec::new() };
    let Ok(mut statement) =
        connection.prepare("select text, attributedBody from message where attributedBody not null")
    else {
        return Vec::new();
    };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn covered(decoded: &Node<'_>) -> usize {
    let Value::List(runs) = &at(decoded, "attributes").value else { panic!() };
    runs.iter()
        .map(|run| match at(run, "length").value {
            Value::Integer(length) => usize::try_from(length).unwrap(),
            ref other => panic!("{other:?}"),
        })
        .sum()
}

#[test]
fn typedstreams_of_the_corpus_read_as_published() {
    let Some(root) = corpus("typedstreams") else { return };
    let folder = root.join("ReagentX+imessage-exporter/imessage-database/test_data/streamtyped");
    for (file, text, attribute, value) in [
        ("AttributedBodyTextOnly2", "Test 3", "__kIMBaseWritingDirectionAttributeName", -1),
        ("AttributedBodyTextOnly2", "Test 3", "__kIMMessagePartAttributeName", 0),
        ("WeirdText", "𝖍𝖊𝖑𝖑𝖔 𝖜𝖔𝖗𝖑𝖉", "__kIMMessagePartAttributeName", 0),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let decoded = typedstream::decode(&bytes).unwrap();
        assert_eq!(at(&decoded, "string").value, Value::Text(text.into()), "{file}");
        let run = at(&decoded, "attributes.0.attributes");
        assert_eq!(run.value.member(attribute).unwrap().value, Value::Integer(value), "{file}");
    }
    // Its text was cut by hand to 22 bytes, but still claims 157: the claim reaches behind the end.
    let broken = std::fs::read(folder.join("ExtraData")).unwrap();
    let error = typedstream::decode(&broken).unwrap_err().to_string();
    assert_eq!(
        error,
        "at 0x7c: reading typedstream string: 120 bytes left (546869732069732070617273696e6720)"
    );
}

// The promise itself: the span of a value leads to bytes that an independent reader reads as this value.

fn scalars<'n, 'a>(node: &'n Node<'a>, found: &mut Vec<&'n Node<'a>>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|node| scalars(node, found)),
        Value::Map(members) => members.iter().for_each(|(_, node)| scalars(node, found)),
        _ => found.push(node),
    }
}

fn slice<'b>(bytes: &'b [u8], node: &Node<'_>) -> &'b [u8] {
    let start = usize::try_from(node.span.offset).unwrap();
    &bytes[start..start + usize::try_from(node.span.length).unwrap()]
}

/// A property list of its own around the bytes of one object.
fn lone_object(object: &[u8]) -> Vec<u8> {
    let table = 8 + object.len() as u64;
    let numbers = [1_u64, 0, table].map(u64::to_be_bytes).concat();
    [b"bplist00".as_slice(), object, &[8], &[0, 0, 0, 0, 0, 0, 1, 1], &numbers].concat()
}

#[test]
fn every_scalar_of_a_property_list_is_what_its_span_holds() {
    let Some(root) = corpus("spans of property lists") else { return };
    let mut walked = 0;
    for (name, bytes) in files(&root, looks_like_plist) {
        let Ok(document) = plist::document(&bytes) else { continue };
        if !losses(&document).is_empty() {
            continue;
        }
        let mut found = Vec::new();
        scalars(&document.root, &mut found);
        for node in found {
            let own = slice(&bytes, node);
            let alone = if own.starts_with(b"<") {
                [b"<plist>", own, b"</plist>"].concat()
            } else if bytes.starts_with(b"bplist00") {
                lone_object(own)
            } else {
                panic!("{name}: {own:?} is no value");
            };
            let oracle = oracle_plist(&alone).unwrap_or_else(|error| panic!("{name}: {error}: {own:?}"));
            same_plist(node, &oracle, &name).unwrap();
            walked += 1;
        }
    }
    println!("property lists: {walked} scalars walked back to their bytes");
    assert!(walked > 30_000, "{walked}");
}

#[test]
fn every_scalar_of_a_json_text_is_what_its_span_holds() {
    let Some(root) = corpus("spans of JSON") else { return };
    let mut walked = 0;
    for (name, bytes) in files(&root, |name, _| name.ends_with(".json")) {
        let Ok(document) = json::document(&bytes) else { continue };
        let mut found = Vec::new();
        scalars(&document.root, &mut found);
        for node in found {
            let oracle = serde_json::from_slice(slice(&bytes, node)).unwrap();
            same_json(node, &oracle, &name).unwrap();
            walked += 1;
        }
    }
    println!("JSON: {walked} scalars walked back to their bytes");
    assert!(walked > 80_000, "{walked}");
}

#[test]
fn a_property_list_without_its_trailer_is_rebuilt_with_a_loss() {
    let Some(root) = corpus("property lists without their end") else { return };
    let (mut whole, mut refused, mut different) = (0, 0, Vec::new());
    for (name, bytes) in files(&root, |name, bytes| !name.contains("fuzz") && bytes.starts_with(b"bplist00"))
    {
        let Ok(intact) = plist::document(&bytes) else { continue };
        if !losses(&intact).is_empty() {
            continue;
        }
        let table = u64::from_be_bytes(bytes[bytes.len() - 8..].try_into().unwrap());
        match plist::document(&bytes[..usize::try_from(table).unwrap()]) {
            Ok(rebuilt) if rebuilt.root == intact.root => {
                assert!(losses(&rebuilt).iter().any(|loss| loss.contains("one behind the other")), "{name}");
                whole += 1;
            }
            Ok(_) => different.push(name),
            Err(_) => refused += 1,
        }
    }
    println!("property lists without offset table and trailer: {whole} rebuilt whole, {refused} refused");
    assert!(whole >= 65, "{whole}");
    assert_eq!(different, [""; 0], "a rebuilt tree says what the file did not");
}
