//! Reading a report back, record by record: memory does not grow with its messages.

use crate::record::kinds::KINDS;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufReader, Read};

/// Everything of a report but its records; of an inventory, that there is one.
#[derive(Debug, Default)]
pub struct Head(Map<String, Value>);

impl Head {
    /// A top-level value.
    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// The top-level keys, in the order of the report.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A top-level list; empty where there is none.
    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name).as_array().map_or(&[], Vec::as_slice)
    }
}

/// Reads everything but the records.
///
/// # Errors
/// Where the report cannot be read, or is none.
pub fn head(report: impl Read) -> io::Result<Head> {
    head_with(report, &mut |_, _| true)
}

/// Reads everything, and calls `each` with every record and the key of the report that it stands under; `false` ends that list.
pub(super) fn head_with(report: impl Read, each: &mut dyn FnMut(&str, Value) -> bool) -> io::Result<Head> {
    let mut head = Head::default();
    walk(report, each, &mut head)?;
    match head.get("format").get("name").and_then(Value::as_str) {
        Some("affiant-report") => Ok(head),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is no affiant report: `format.name` is missing",
        )),
    }
}

/// Calls `each` with every record and the key of the report that it stands under; `false` ends that list.
///
/// # Errors
/// Where the report cannot be read.
pub fn records(report: impl Read, each: &mut dyn FnMut(&str, Value) -> bool) -> io::Result<()> {
    walk(report, each, &mut Head::default())
}

fn walk(report: impl Read, each: &mut dyn FnMut(&str, Value) -> bool, head: &mut Head) -> io::Result<()> {
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 18, report));
    json.deserialize_map(Top { each, head }).map_err(io::Error::from)?;
    json.end().map_err(io::Error::from)
}

struct Top<'t> {
    each: &'t mut dyn FnMut(&str, Value) -> bool,
    head: &'t mut Head,
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an affiant report")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("the key `{key}` stands twice")));
            }
            if KINDS.iter().any(|kind| kind.plural == key && kind.name != "device") {
                map.next_value_seed(Records { key: &key, each: &mut *self.each })?;
            } else if key == "analysis" {
                let digest = map.next_value::<Digested>()?;
                self.head.0.insert(key, digest.0);
            } else if key == "inventory" {
                map.next_value::<IgnoredAny>()?;
                self.head.0.insert(key, Value::Bool(true));
            } else {
                let value = map.next_value()?;
                self.head.0.insert(key, value);
            }
        }
        Ok(())
    }
}

/// The lists of `analysis`, of each its length and the SHA-256 of its entries: they grow with the messages.
struct Digested(Value);

impl<'de> serde::Deserialize<'de> for Digested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lists;
        impl<'de> Visitor<'de> for Lists {
            type Value = Digested;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an analysis")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Digested, M::Error> {
                let mut lists = serde_json::Map::new();
                while let Some(name) = map.next_key::<String>()? {
                    let mut digest = (0_u64, Sha256::new());
                    map.next_value_seed(Records {
                        key: &name,
                        each: &mut |_, entry| {
                            digest.0 += 1;
                            digest.1.update(entry.to_string());
                            digest.1.update(b"\n");
                            true
                        },
                    })?;
                    let told =
                        serde_json::json!({"entries": digest.0, "sha256": hex::encode(digest.1.finalize())});
                    lists.insert(name, told);
                }
                Ok(Digested(Value::Object(lists)))
            }
        }
        deserializer.deserialize_map(Lists)
    }
}

struct Records<'r> {
    key: &'r str,
    each: &'r mut dyn FnMut(&str, Value) -> bool,
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of records")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        let mut wanted = true;
        while wanted {
            match list.next_element::<Value>()? {
                Some(record) => wanted = (self.each)(self.key, record),
                None => return Ok(()),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"format": {"name": "affiant-report"}, "#;

    #[test]
    fn a_report_is_read_record_by_record_and_the_rest_stays() {
        let text =
            format!(r#"{HEAD}"messages": [{{"id": "a"}}, {{"id": "b"}}], "inventory": [1], "counts": 7}}"#);
        let head = head(text.as_bytes()).unwrap();
        assert_eq!((head.get("counts"), head.get("inventory")), (&Value::from(7), &Value::Bool(true)));
        let mut ids = Vec::new();
        records(text.as_bytes(), &mut |key, record| {
            ids.push(format!("{key} {}", record["id"]));
            ids.is_empty()
        })
        .unwrap();
        assert_eq!(ids, ["messages \"a\""]);
    }

    #[test]
    fn what_is_no_report_is_an_error() {
        let twice = format!(r#"{HEAD}"messages": [], "messages": []}}"#);
        let deep = format!("{HEAD}\"counts\": {}", "[".repeat(100_000));
        let wrong = format!(r#"{HEAD}"messages": 7}}"#);
        for text in ["", "7", "{}", "[", HEAD, &twice, &deep, &wrong, "{} {}", r#"{"format": {"name": 7}}"#] {
            assert!(head(text.as_bytes()).is_err(), "{}", text.get(..40).unwrap_or(text));
        }
    }
}
