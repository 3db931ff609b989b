//! `[[example]]`: what must come of a sample.

use super::definition::{Definition, Example};
use serde_json::Value;

/// An expectation that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The expectation, as written.
    pub expected: String,
    /// What is nearest to it.
    pub found: String,
}

/// Holds an example against the records of a report (key of the report → records, as JSON) that its definition made.
pub fn check_example(
    definition: &Definition,
    example: &Example,
    records: &[(String, Value)],
) -> Vec<Failure> {
    let mine: Vec<&(String, Value)> = records
        .iter()
        .filter(|(_, record)| record.get("artifact").and_then(Value::as_str) == Some(&definition.id))
        .collect();
    example.expect.iter().filter_map(|expectation| check(expectation, &mine)).collect()
}

fn check(expectation: &toml::Table, records: &[&(String, Value)]) -> Option<Failure> {
    let kind = expectation.get("kind").and_then(toml::Value::as_str);
    let plural = kind.and_then(crate::record::kinds::kind).map(|kind| kind.plural);
    let of_kind: Vec<&Value> = records
        .iter()
        .filter(|(key, _)| plural.is_none_or(|plural| key == plural))
        .map(|(_, record)| record)
        .collect();
    let failure =
        |found: String| Some(Failure { expected: expectation.to_string().replace('\n', ", "), found });
    if let Some(count) = expectation.get("count").and_then(toml::Value::as_integer) {
        let found = of_kind.len();
        return if usize::try_from(count) == Ok(found) { None } else { failure(format!("{found} records")) };
    }
    let wanted: Vec<(&String, &toml::Value)> =
        expectation.iter().filter(|(name, _)| *name != "kind").collect();
    let score = |record: &Value| wanted.iter().filter(|(name, value)| holds(record, name, value)).count();
    let Some(best) = of_kind.iter().max_by_key(|record| score(record)) else {
        return failure("no records".to_owned());
    };
    if score(best) == wanted.len() {
        return None;
    }
    let off = wanted.iter().filter(|(name, value)| !holds(best, name, value));
    let told: Vec<String> =
        off.map(|(name, _)| format!("{name} = {}", at(best, name).unwrap_or(&Value::Null))).collect();
    failure(format!("nearest is {}: {}", best.get("id").unwrap_or(&Value::Null), told.join(", ")))
}

fn holds(record: &Value, name: &str, wanted: &toml::Value) -> bool {
    let Some(found) = at(record, name) else { return false };
    match (wanted, found) {
        (toml::Value::String(text), Value::String(found)) => text == found,
        (toml::Value::String(text), Value::Object(time)) => {
            time.get("utc").and_then(Value::as_str) == Some(text)
        }
        (toml::Value::Integer(number), found) => {
            found.as_i64() == Some(*number) || found.as_f64() == Some(*number as f64)
        }
        (toml::Value::Float(number), found) => found.as_f64() == Some(*number),
        (toml::Value::Boolean(truth), found) => found.as_bool() == Some(*truth),
        (toml::Value::Array(list), Value::Array(found)) => {
            list.len() == found.len()
                && list
                    .iter()
                    .zip(found)
                    .all(|(wanted, found)| holds(&serde_json::json!({"x": found}), "x", wanted))
        }
        _ => false,
    }
}

/// A member by path; `view` is the base row's. A key that holds dots (of `raw`) is tried whole first.
fn at<'v>(record: &'v Value, name: &str) -> Option<&'v Value> {
    if name == "view" {
        return record.get("provenance")?.get("rows")?.get(0)?.get("view");
    }
    let whole = record.get(name).or_else(|| record.get("raw")?.get(name.strip_prefix("raw.")?));
    whole.or_else(|| {
        name.split('.').try_fold(record, |value, part| match value {
            Value::Array(list) => list.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        })
    })
}
