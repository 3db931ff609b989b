//! What is wrong with a definition, told with its place; and the members of a TOML table by their type, so that nothing of a wrong
//! type is passed over in silence.

use std::fmt;
use toml::{Table, Value};

/// What is wrong with a definition, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {place}: {message}")]
pub struct Fault {
    /// The file as it was named.
    pub file: String,
    /// `record[1].fields.sender.address`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Gathers faults while a file is read.
#[derive(Debug)]
pub(super) struct Faults {
    pub(super) file: String,
    pub(super) list: Vec<Fault>,
}

impl Faults {
    pub(super) fn add(&mut self, place: &str, message: impl fmt::Display) {
        self.list.push(Fault {
            file: self.file.clone(),
            place: place.to_owned(),
            message: message.to_string(),
        });
    }

    /// A name that is not in a closed list: says so, and offers the nearest.
    pub(super) fn unknown(&mut self, place: &str, what: &str, name: &str, known: &[&str]) {
        let nearest = known.iter().map(|k| (strsim::damerau_levenshtein(name, k), *k)).min();
        let hint = match nearest {
            Some((distance, near)) if distance <= 3.max(name.len() / 3) => {
                format!("; did you mean `{near}`?")
            }
            _ => format!("; known are {}", known.join(", ")),
        };
        self.add(place, format!("unknown {what} `{name}`{hint}"));
    }

    /// Reports every key of a table that is not in the list.
    pub(super) fn closed(&mut self, place: &str, table: &Table, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(place, "key", key, known);
        }
    }
}

/// The tables of `[[key]]`.
pub(super) fn tables<'t>(table: &'t Table, key: &str, faults: &mut Faults) -> Vec<&'t Table> {
    let Some(value) = table.get(key) else { return Vec::new() };
    let list = value.as_array().filter(|list| list.iter().all(Value::is_table));
    let Some(list) = list else {
        faults.add(key, format!("`{key}` is written [[{key}]]"));
        return Vec::new();
    };
    list.iter().filter_map(Value::as_table).collect()
}

/// A text that must be there.
pub(super) fn text_of(table: &Table, key: &str, place: &str, faults: &mut Faults) -> String {
    match table.get(key).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => {
            faults.add(place, format!("`{key}` is missing, or is no text"));
            String::new()
        }
    }
}

/// A text that may be there.
pub(super) fn maybe_text<'t>(
    table: &'t Table,
    key: &str,
    place: &str,
    faults: &mut Faults,
) -> Option<&'t str> {
    let value = table.get(key)?;
    if !value.is_str() {
        faults.add(place, format!("`{key}` is text"));
    }
    value.as_str()
}

/// A table that may be there.
pub(super) fn maybe_table<'t>(
    table: &'t Table,
    key: &str,
    place: &str,
    faults: &mut Faults,
) -> Option<&'t Table> {
    let value = table.get(key)?;
    if !value.is_table() {
        faults.add(place, format!("`{key}` is a table"));
    }
    value.as_table()
}

/// A truth value; false where it is not there.
pub(super) fn truth(table: &Table, key: &str, place: &str, faults: &mut Faults) -> bool {
    let value = table.get(key);
    if value.is_some_and(|value| !value.is_bool()) {
        faults.add(place, format!("`{key}` is true or false"));
    }
    value.and_then(Value::as_bool) == Some(true)
}

/// A list of texts; empty where it is not there.
pub(super) fn texts(table: &Table, key: &str, place: &str, faults: &mut Faults) -> Vec<String> {
    let list = table.get(key).and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    if list.iter().any(|value| !value.is_str()) || table.get(key).is_some_and(|value| !value.is_array()) {
        faults.add(place, format!("`{key}` is a list of texts"));
    }
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
