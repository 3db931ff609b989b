//! The Realm samples of `samples/messengers`, written anew with `cargo test --test realm_samples -- --ignored`, and what is held against them.
//!
//! The classes and properties are those that the sources name which each file of this folder cites; the values are invented.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "../common/mod.rs"]
mod common;
mod element_android;
mod element_ios;
mod justalk;
#[path = "../realm_writer/mod.rs"]
mod realm_writer;

use common::{affiant, parsed, root};
use realm_writer::{Cell, Cells, Field, Format, Kind, Writer, field};
use serde_json::Value;
use std::path::Path;

/// 2023-11-14T22:13:20Z, in milliseconds.
const T: i64 = 1_700_000_000_000;

/// A file with its path below `samples/messengers`.
type Sample = (&'static str, Writer);

fn samples() -> Vec<Sample> {
    let mut all = element_android::samples();
    all.push(element_ios::sample());
    all.push(justalk::sample());
    all
}

/// The properties of a class, as `name:type`: `text int bool bytes`, `link=CLASS`, `links=CLASS`; with `?` where they can be null.
fn fields(written: &'static str) -> Vec<Field> {
    let of = |written: &'static str| {
        let (name, kind) = written.split_once(':').unwrap();
        let (kind, is_nullable) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
        let kind = match kind.split_once('=') {
            Some(("link", class)) => Kind::Link(class),
            Some(("links", class)) => Kind::Links(class),
            _ => match kind {
                "text" => Kind::Text,
                "int" => Kind::Int,
                "bool" => Kind::Bool,
                "bytes" => Kind::Bytes,
                other => panic!("{other}"),
            },
        };
        Field { is_nullable, ..field(name, kind) }
    };
    written.split_whitespace().map(of).collect()
}

/// The values of an object in the order of its properties; those that are not named are null, or the zero of their type.
fn object(fields: &[Field], named: &[(&str, Cell)]) -> Cells {
    let unknown = named.iter().find(|(name, _)| !fields.iter().any(|field| field.name == *name));
    assert_eq!(unknown, None);
    let of = |field: &Field| match (named.iter().find(|(name, _)| *name == field.name), field.kind) {
        (Some((_, cell)), _) => cell.clone(),
        (None, Kind::Links(_)) => Cell::Links(Vec::new()),
        (None, _) if field.is_nullable => Cell::Null,
        (None, Kind::Int) => Cell::Int(0),
        (None, Kind::Bool) => Cell::Bool(false),
        (None, Kind::Text) => Cell::text(""),
        (None, _) => Cell::Null,
    };
    fields.iter().map(of).collect()
}

/// A class with its properties, to which objects are added by name.
struct Class(&'static str, Vec<Field>);

impl Class {
    fn new(file: &mut Writer, name: &'static str, written: &'static str) -> Self {
        let fields = fields(written);
        file.class(name, fields.clone());
        Class(name, fields)
    }

    fn add(&self, file: &mut Writer, named: &[(&str, Cell)]) -> i64 {
        file.insert(self.0, object(&self.1, named))
    }
}

#[test]
#[ignore = "writes the samples"]
fn writes_the_realm_samples_anew() {
    for (path, file) in samples() {
        let path = root().join("samples/messengers").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.bytes()).unwrap();
    }
}

#[test]
fn the_realm_samples_are_those_that_the_writer_writes() {
    for (path, file) in samples() {
        let stored = std::fs::read(root().join("samples/messengers").join(path)).unwrap();
        assert!(stored == file.bytes(), "{path}");
    }
}

fn content(report: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for kind in ["messages", "conversations", "contacts", "accounts", "traces"] {
        for record in report[kind].as_array().into_iter().flatten() {
            let mut record = record.clone();
            let members = record.as_object_mut().unwrap();
            members.remove("id");
            members.remove("provenance");
            all.push(record);
        }
    }
    all.sort_by_key(Value::to_string);
    all
}

/// As on a handset: each store under a key of its own.
#[test]
fn under_their_keys_the_stores_of_element_give_the_records_of_the_plain_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (sealed, plain) = (folder.path().join("sealed"), folder.path().join("plain"));
    let mut keys = String::new();
    for (number, (path, file)) in element_android::samples().into_iter().enumerate() {
        let key = [number as u8 + 7; 64];
        for (root, bytes) in [(&sealed, file.encrypted(&key)), (&plain, file.bytes())] {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), bytes).unwrap();
        }
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        keys.push_str(&format!("[[key]]\npath = \"{name}\"\nraw = \"{}\"\n", hex::encode(key)));
    }
    let keys_file = folder.path().join("keys.toml");
    std::fs::write(&keys_file, keys).unwrap();
    let options = ["--keys", keys_file.to_str().unwrap()];
    let (_one, plain) = parsed(plain.to_str().unwrap(), &[]);
    let (_two, opened) = parsed(sealed.to_str().unwrap(), &options);
    assert_eq!(content(&opened), content(&plain));
    assert!(content(&plain).len() > 20);
    let (_three, closed) = parsed(sealed.to_str().unwrap(), &[]);
    assert_eq!(content(&closed), Vec::<Value>::new());
    assert_eq!(closed["coverage"]["encrypted"].as_array().unwrap().len(), 3);
}

/// No other file says whose handset it is: a guess would be worse than no direction.
#[test]
fn without_the_store_of_the_sessions_no_message_of_element_has_a_direction() {
    let (path, file) = element_android::samples().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("evidence").join(path);
    std::fs::create_dir_all(alone.parent().unwrap()).unwrap();
    std::fs::write(&alone, file.bytes()).unwrap();
    let (_report, report) = parsed(folder.path().join("evidence").to_str().unwrap(), &[]);
    let messages = report["messages"].as_array().unwrap();
    assert!(messages.len() > 5);
    assert!(messages.iter().all(|message| message["direction"].is_null()));
}

#[test]
fn a_report_over_the_realm_samples_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("report");
    let output = output.to_str().unwrap();
    let sample = "samples/messengers/data/data/im.vector.app";
    let run = affiant(&["parse", sample, "--quiet", "--output", output]).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let run = affiant(&["verify", output, sample]).output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn no_token_and_no_key_of_a_realm_sample_stands_in_a_report() {
    let (_report, report) = parsed("samples/messengers", &[]);
    let text = report.to_string();
    assert!(text.contains("@dana:example.org"));
    for secret in ["syt_secret", "pickled", "private-key"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
