//! What our tree readers make of real files equals what an independent reader makes of them, file by file over the
//! corpus named by `AFFIANT_CORPUS`; without it each test says that it was skipped. Files on which the two differ are
//! pinned here with the reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use affiant::parse::{Document, Error, Node, Value, json, plist, xml};

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
    !name.contains("jplist")
        && !name.contains("oplist")
        && (named || bytes.starts_with(b"bplist00") || text.contains("<plist"))
}

#[test]
fn every_property_list_of_the_corpus_reads_as_the_oracle_reads_it() {
    let Some(root) = corpus("property lists") else { return };
    let (mut equal, mut values, mut ours_only, mut neither) = (0, 0, Vec::new(), Vec::new());
    let (mut oracle_only, mut different) = (Vec::new(), Vec::new());
    for (name, bytes) in files(&root, looks_like_plist) {
        let markup = bytes.starts_with(b"bplist") || !bytes.trim_ascii_start().starts_with(b"<");
        let oracle = if markup {
            ::plist::Value::from_reader(std::io::Cursor::new(&bytes))
        } else {
            ::plist::Value::from_reader_xml(&bytes[..])
        };
        match (plist::document(&bytes), oracle) {
            (Ok(ours), Ok(oracle)) => match same_plist(&ours.root, &oracle, "") {
                Ok(count) if losses(&ours).is_empty() => {
                    equal += 1;
                    values += count;
                }
                Ok(_) => different.push((name, format!("equal, but with losses: {:?}", losses(&ours)))),
                Err(difference) => different.push((name, difference)),
            },
            (Ok(ours), Err(error)) => ours_only.push((name, losses(&ours), error.to_string())),
            (Err(error), Ok(_)) => oracle_only.push((name, error)),
            (Err(ours), Err(oracle)) => neither.push((name, ours, oracle.to_string())),
        }
    }
    println!("property lists: {equal} equal ({values} values)");
    println!("read by us only: {}", ours_only.len());
    ours_only.iter().for_each(|row| println!("  {row:?}"));
    println!("read by neither: {}", neither.len());
    neither.iter().for_each(|row| println!("  {row:?}"));
    println!("different: {}", different.len());
    different.iter().for_each(|row| println!("  {row:.600?}"));
    println!("oracle only: {}", oracle_only.len());
    oracle_only.iter().for_each(|row| println!("  {row:?}"));
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

#[test]
fn every_json_of_the_corpus_reads_as_serde_json_reads_it() {
    let Some(root) = corpus("JSON") else { return };
    let (mut equal, mut values) = (0, 0);
    let mut others = Vec::new();
    for (name, bytes) in files(&root, |name, _| name.ends_with(".json")) {
        let oracle = serde_json::from_slice::<serde_json::Value>(&bytes);
        match (json::document(&bytes), oracle) {
            (Ok(ours), Ok(oracle)) if ours.findings.is_empty() => match same_json(&ours.root, &oracle, "") {
                Ok(count) => (equal, values) = (equal + 1, values + count),
                Err(difference) => others.push(format!("{name}: different: {difference:.300}")),
            },
            (Ok(ours), Ok(_)) => others.push(format!("{name}: only we complain: {:?}", ours.findings)),
            (Ok(ours), Err(_)) if !losses(&ours).is_empty() => others.push(format!("{name}: both complain")),
            (Ok(_), Err(error)) => others.push(format!("{name}: only the oracle complains: {error}")),
            (Err(error), Ok(_)) => others.push(format!("{name}: read by the oracle only: {error}")),
            (Err(_), Err(_)) => others.push(format!("{name}: read by neither")),
        }
    }
    println!("JSON: {equal} equal ({values} values)");
    others.iter().for_each(|row| println!("  {row}"));
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
    println!("XML: {read} of {} read", all.len());
}

#[allow(dead_code)]
fn kind(error: &Error) -> bool {
    matches!(error, Error::WrongKind { .. })
}
