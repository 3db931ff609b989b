//! Every Realm file of the corpus against what realm-core itself reads of it, value by value. `tests/realm_hostile.rs` cuts and changes them.
//!
//! `AFFIANT_CORPUS=FOLDER cargo test --test realm_oracle -- --nocapture`. realm-core upgrades a file while it opens it; what its upgrade
//! changes is pinned here with the reason.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use affiant::parse::Value;
use affiant::parse::realm::{self, Realm, Snapshot, Table, TableKind, older_rows};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::path::PathBuf;

/// Files whose reading differs from that of realm-core: path, values or rows that differ, why.
const EXPLAINED: &[(&str, usize, &str)] = &[
    ("realm+realm-core/test/downgrade_asymmetric.realm", 1, EMPTIED),
    ("realm+realm-core/test/test_upgrade_database_1000_5_to_6_stringindex.realm@ddd831ee", 6, DROPPED),
    ("realm+realm-core/test/test_upgrade_database_4_5_to_6_stringindex.realm", 6, DROPPED),
    (
        "realm+realm-core/test/android/assets/test_upgrade_database_1000_5_to_6_stringindex.realm@8cbd02c1",
        6,
        DROPPED,
    ),
    (
        "realm+realm-core/test/android/assets/test_upgrade_database_4_5_to_6_stringindex.realm@94b1e268",
        6,
        DROPPED,
    ),
];

const EMPTIED: &str = "the upgrade empties asymmetric tables; their rows stand in the file";
const DROPPED: &str = "the upgrade drops the values of old mixed columns; they stand in the file";

/// The key of files that realm-core encrypted for its own tests, and that of realm-java's.
const KEYS: [&[u8; 64]; 2] = [b"1234567890123456789012345678901123456789012345678901234567890123", &[1; 64]];

fn corpus() -> Option<PathBuf> {
    let found = std::env::var_os("AFFIANT_CORPUS").map(PathBuf::from).filter(|root| root.is_dir());
    if found.is_none() {
        println!("SKIPPED: AFFIANT_CORPUS is not set to a folder");
    }
    found
}

/// The Realm files of the corpus, decrypted, with their paths.
fn files(root: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let paths = index.lines().map(|line| line.split('\t').next().unwrap());
    let realms = paths.filter(|path| path.split('@').next().unwrap().ends_with(".realm"));
    realms
        .map(|path| {
            let bytes = std::fs::read(root.join(path)).unwrap();
            (path.to_owned(), opened(bytes))
        })
        .collect()
}

fn opened(bytes: Vec<u8>) -> Vec<u8> {
    let Some(key) = KEYS.iter().find_map(|key| realm::unlock(&bytes, &key[..]).ok()) else { return bytes };
    let mut plain = Vec::new();
    let findings: Result<_, Infallible> = key.decrypt(&bytes, &mut |page| {
        plain.extend_from_slice(page);
        Ok(())
    });
    assert!(findings.unwrap().is_empty());
    plain
}

type Object = Vec<(String, Value<'static>)>;
type Objects = BTreeMap<String, Vec<(i64, Object)>>;

/// The rows of a commit by table.
fn objects(snapshot: &Snapshot<'_>) -> Objects {
    let mut all = Objects::new();
    for table in &snapshot.tables {
        let rows = all.entry(plain(&table.name).to_owned()).or_default();
        let read: Result<(), Infallible> = snapshot.rows(table, &mut |row| {
            let values = row.values.into_iter().map(|node| node.value.into_owned());
            rows.push((row.key, names(table).into_iter().zip(values).collect()));
            Ok(())
        });
        read.unwrap();
    }
    all
}

/// The names of columns as the upgrade of realm-core makes them: one for each.
fn names(table: &Table<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        let name = match &*column.name {
            "" => format!("col_{position}"),
            name if names.iter().any(|known| known == name) => format!("{name}_{position}"),
            name => name.to_owned(),
        };
        names.push(name);
    }
    names
}

/// A table's name without the mark of the object store.
fn plain(name: &str) -> &str {
    name.strip_prefix("class_").unwrap_or(name)
}

type ByKey<'o> = HashMap<(&'o str, i64), &'o Object>;

/// Whether a value is what realm-core's JSON says.
fn is_equal(value: &Value<'_>, expected: &Json, by_key: &ByKey<'_>) -> bool {
    let inner = |name: &str| value.member(name).map(|node| &node.value);
    match expected {
        Json::Null => *value == Value::Null,
        Json::Bool(truth) => *value == Value::Bool(*truth),
        Json::String(text) => {
            value.as_text().or_else(|| inner("uuid")?.as_text()).or_else(|| inner("decimal")?.as_text())
                == Some(text)
        }
        Json::Array(list) => is_list(value, list, &|value, expected| is_equal(value, expected, by_key)),
        Json::Number(number) => matches!(value, Value::Integer(value) if Some(*value) == number.as_i64()),
        Json::Object(members) => {
            let (kind, wanted) = members.iter().next().unwrap();
            is_tagged(value, (kind, wanted), by_key)
        }
    }
}

fn is_list(value: &Value<'_>, expected: &[Json], same: &dyn Fn(&Value<'_>, &Json) -> bool) -> bool {
    let Value::List(nodes) = value else { return false };
    nodes.len() == expected.len()
        && nodes.iter().zip(expected).all(|(node, expected)| same(&node.value, expected))
}

fn is_tagged(value: &Value<'_>, (kind, wanted): (&str, &Json), by_key: &ByKey<'_>) -> bool {
    let number = |json: &Json| json["$numberLong"].as_str().and_then(|text| text.parse::<i64>().ok());
    match kind {
        "$numberLong" => {
            matches!(value, Value::Integer(value) if wanted.as_str() == Some(&value.to_string()))
        }
        "$numberDouble" => matches!(value, Value::Real(value) if is_close(*value, wanted.as_str().unwrap())),
        "$binary" => {
            use base64::Engine as _;
            let bytes =
                base64::engine::general_purpose::STANDARD.decode(wanted["base64"].as_str().unwrap()).unwrap();
            match value {
                Value::Blob(value) => **value == *bytes,
                other => other.member("uuid").is_some_and(|uuid| {
                    uuid.value.as_text().map(|text| text.replace('-', "")) == Some(hex::encode(&bytes))
                }),
            }
        }
        "$date" => match value.member("timestamp").map(|node| &node.value) {
            Some(moment) => {
                let part = |name: &str| match moment.member(name).unwrap().value {
                    Value::Integer(number) => number,
                    _ => panic!("a part of a timestamp is a number"),
                };
                let seconds = i128::from(part("seconds")) * 1000;
                // realm-core writes what 64 bits of milliseconds hold.
                let milliseconds = seconds + i128::from(part("nanoseconds") / 1_000_000);
                number(wanted) == i64::try_from(milliseconds).ok() || i64::try_from(milliseconds).is_err()
            }
            None => false,
        },
        "$link" => is_link(value, (&wanted["table"], &wanted["key"]), by_key),
        "$linkList" => is_list(value, wanted["keys"].as_array().unwrap(), &|value, key| {
            is_link(value, (&wanted["table"], key), by_key)
        }),
        "$set" => {
            let (Value::List(nodes), Some(wanted)) = (value, wanted.as_array()) else { return false };
            // realm-core sorts a set anew when it upgrades.
            let has = |wanted: &Json| nodes.iter().any(|node| is_equal(&node.value, wanted, by_key));
            nodes.len() == wanted.len() && wanted.iter().all(has)
        }
        "$dictionary" => {
            let (Value::Map(members), Some(wanted)) = (value, wanted.as_object()) else { return false };
            let same = |(name, node): &(_, affiant::parse::Node<'_>)| {
                let name: &std::borrow::Cow<'_, str> = name;
                wanted.get(&**name).is_some_and(|wanted| is_equal(&node.value, wanted, by_key))
            };
            members.len() == wanted.len() && members.iter().all(same)
        }
        "$embedded" => linked(value, by_key).is_some_and(|object| {
            wanted["value"].as_object().unwrap().iter().all(|(name, wanted)| {
                object.iter().any(|(known, value)| known == name && is_equal(value, wanted, by_key))
            })
        }),
        "$oid" => value.member("object_id").and_then(|node| node.value.as_text()) == wanted.as_str(),
        "$uuid" => value.member("uuid").and_then(|node| node.value.as_text()) == wanted.as_str(),
        "$numberDecimal" => value.member("decimal").and_then(|node| node.value.as_text()) == wanted.as_str(),
        _ => false,
    }
}

/// realm-core prints a float with as many digits as it has.
fn is_close(value: f64, wanted: &str) -> bool {
    let wanted: f64 = wanted.to_lowercase().parse().unwrap();
    value == wanted || value.is_nan() && wanted.is_nan() || (value - wanted).abs() <= wanted.abs() * 1e-6
}

/// The object that a link leads to.
fn linked<'o>(value: &Value<'_>, by_key: &ByKey<'o>) -> Option<&'o Object> {
    let link = &value.member("link")?.value;
    let Value::Integer(key) = link.member("key")?.value else { return None };
    let table = link.member("table")?.value.as_text()?;
    by_key.iter().find(|((name, known), _)| *name == plain(table) && *known == key).map(|(_, object)| *object)
}

/// realm-core names an object by its primary key, where it has one, else by its key.
fn is_link(value: &Value<'_>, (table, key): (&Json, &Json), by_key: &ByKey<'_>) -> bool {
    let Some(link) = value.member("link").map(|node| &node.value) else { return false };
    let name = link.member("table").and_then(|node| node.value.as_text());
    if name.map(plain) != table.as_str().map(plain) {
        return false;
    }
    if let Some(key) = key.as_i64() {
        return link.member("key").is_some_and(|node| node.value == Value::Integer(key));
    }
    let Some(Value::Integer(number)) = link.member("key").map(|node| &node.value) else { return false };
    let object = by_key.get(&(plain(name.unwrap()), *number));
    object.is_some_and(|object| object.iter().any(|(_, value)| is_equal(value, key, by_key)))
}

/// What differs, one line each.
fn differences(bytes: &[u8], expected: &Json) -> Vec<String> {
    let snapshot = match Realm::open(bytes).and_then(|realm| realm.current()) {
        Ok(snapshot) => snapshot,
        Err(error) => return vec![error.to_string()],
    };
    let read = objects(&snapshot);
    let by_key: ByKey<'_> = read
        .iter()
        .flat_map(|(table, rows)| rows.iter().map(move |(key, object)| ((table.as_str(), *key), object)))
        .collect();
    let mut told: Vec<String> = snapshot
        .take_findings()
        .iter()
        .filter(|finding| finding.loss)
        .map(|finding| finding.message.clone())
        .collect();
    let expected = expected.as_object().unwrap();
    for (table, wanted) in expected {
        let none = Vec::new();
        let rows = read.get(plain(table)).unwrap_or(&none);
        let wanted = wanted.as_array().unwrap();
        if rows.len() != wanted.len() {
            told.push(format!("{table}: {} rows, not {}", rows.len(), wanted.len()));
            continue;
        }
        for ((key, object), wanted) in rows.iter().zip(wanted) {
            for (column, wanted) in wanted.as_object().unwrap() {
                let is_there =
                    |(name, value): &(String, Value<'_>)| name == column && is_equal(value, wanted, &by_key);
                if !object.iter().any(is_there) {
                    told.push(format!("{table}.{column} of {key}: not {wanted}"));
                }
            }
        }
    }
    // Embedded objects stand in the objects that they are parts of; the upgrade takes the table of primary keys away.
    let is_told = |name: &str| {
        let embedded = |table: &&Table<'_>| table.kind == TableKind::Embedded && plain(&table.name) == name;
        name == "pk" || snapshot.tables.iter().any(|table| embedded(&table))
    };
    let is_more =
        |(table, _): &(&String, _)| !is_told(table) && !expected.keys().any(|known| plain(known) == *table);
    told.extend(
        read.iter().filter(is_more).map(|(table, rows)| format!("{table}: {} rows, not there", rows.len())),
    );
    told
}

#[test]
fn every_file_reads_as_realm_core_reads_it() {
    let Some(root) = corpus() else { return };
    let folder = root.join("expected/realm");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let readings: HashMap<&str, &str> = index
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split('\t');
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    let (mut equal, mut wrong) = (0, Vec::new());
    for (path, bytes) in files(&root) {
        let Some(sha256) = readings.get(path.as_str()) else { continue };
        let json = std::fs::read(folder.join(format!("{sha256}.json"))).unwrap();
        let told = differences(&bytes, &serde_json::from_slice(&json).unwrap());
        let pinned = EXPLAINED.iter().find(|(known, ..)| *known == path).map_or(0, |(_, count, _)| *count);
        if told.len() == pinned {
            equal += usize::from(pinned == 0);
        } else {
            wrong.push(format!(
                "(\"{path}\", {}, \"{}\"),",
                told.len(),
                told.iter().take(3).cloned().collect::<Vec<_>>().join(" | ")
            ));
        }
    }
    println!("{equal} files read as realm-core reads them, {} differ as explained", EXPLAINED.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Reads all of a file: both commits, every row.
fn read_all(bytes: &[u8]) -> (usize, usize) {
    let Ok(realm) = Realm::open(bytes) else { return (0, 1) };
    let Ok(current) = realm.current() else { return (0, 1) };
    let mut rows = 0;
    let mut count = |_| -> Result<(), Infallible> {
        rows += 1;
        Ok(())
    };
    for table in &current.tables {
        current.rows(table, &mut count).unwrap();
    }
    if let Some(Ok(previous)) = realm.previous() {
        for table in &previous.tables {
            older_rows(&current, &previous, table, &mut |row, _| count(row)).unwrap();
        }
    }
    let lost = current.take_findings().iter().filter(|finding| finding.loss).count();
    (rows, lost)
}

#[test]
fn files_without_a_reading_of_realm_core_read_without_a_loss() {
    let Some(root) = corpus() else { return };
    let mut lost = Vec::new();
    for (path, bytes) in files(&root).iter().filter(|(_, bytes)| realm::is_realm(bytes)) {
        let (_, losses) = read_all(bytes);
        if losses > 0 && !UNREADABLE.iter().any(|(known, _)| known == path) {
            lost.push(path.clone());
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

/// Files of which something cannot be read, and why.
const UNREADABLE: &[(&str, &str)] = &[];
