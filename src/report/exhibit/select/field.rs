//! The names that a selection may use: those of the fields of every kind, and a few that stand for several.

use super::Candidate;
use crate::record::kinds::{Field, Holds, KINDS};
use crate::report::exhibit::moment::first_time;
use serde_json::Value;

/// Where the values of a name stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Kind,
    Id,
    State,
    /// Device path of the file of the row.
    File,
    /// A member of the row that the record was made from.
    OfRow(&'static str),
    /// The time by which a record is judged.
    Time,
    /// Addresses and names of every party.
    Party,
    /// Every text that a person wrote or read.
    Text,
    /// Members, from outer to inner; of a list each entry.
    Path(Vec<String>),
}

/// What the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Text,
    Number,
    Time,
}

#[derive(Debug, Clone)]
pub(super) struct FieldName {
    pub(super) text: String,
    pub(super) place: Place,
    class: Class,
}

const OWN: &[(&str, Place, Class)] = &[
    ("kind", Place::Kind, Class::Text),
    ("id", Place::Id, Class::Text),
    ("state", Place::State, Class::Text),
    ("file", Place::File, Class::Text),
    ("table", Place::OfRow("table"), Class::Text),
    ("rowid", Place::OfRow("rowid"), Class::Number),
    ("view", Place::OfRow("view"), Class::Text),
    ("time", Place::Time, Class::Time),
    ("party", Place::Party, Class::Text),
    ("text", Place::Text, Class::Text),
];

const PARTIES: &[&str] = &["sender", "recipients", "participants", "counterparty"];
const TEXTS: &[&[&str]] = &[
    &["body"],
    &["subject"],
    &["quoted", "body"],
    &["edits", "body"],
    &["attachments", "name"],
    &["attachments", "text"],
    &["attachments", "caption"],
];

/// A name, looked up.
pub(super) fn named(name: &str) -> Result<FieldName, String> {
    let own = OWN.iter().find(|(known, ..)| *known == name);
    if let Some((_, place, class)) = own {
        return Ok(FieldName { text: name.to_owned(), place: place.clone(), class: *class });
    }
    let path: Vec<String> = name.split('.').map(str::to_owned).collect();
    let of_path = |class| Ok(FieldName { text: name.to_owned(), place: Place::Path(path.clone()), class });
    if matches!(name, "service" | "artifact") || (name.starts_with("extra.") && path.len() > 1) {
        return of_path(Class::Text);
    }
    let known = every();
    match known.iter().find(|(known, _)| known == name) {
        Some((_, class)) => of_path(*class),
        None => {
            let members: Vec<&str> = known
                .iter()
                .map(|(known, _)| known.as_str())
                .filter(|known| known.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
                .collect();
            if !members.is_empty() {
                return Err(format!("`{name}` has members: write {}", members.join(", ")));
            }
            let own = OWN.iter().map(|(known, ..)| *known).chain(["service", "artifact"]);
            let nearest = nearest(name, own.chain(known.iter().map(|(known, _)| known.as_str())));
            Err(format!("no field `{name}`; the nearest is `{nearest}` (docs/exhibit.md has them all)"))
        }
    }
}

/// Whether records have such a member, or members below it.
pub(in crate::report::exhibit) fn knows_path(name: &str) -> Result<(), String> {
    let is_above =
        |known: &(String, Class)| known.0.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    match named(name) {
        Ok(FieldName { place: Place::Path(_), .. }) => Ok(()),
        _ if name == "extra" || every().iter().any(is_above) => Ok(()),
        Ok(_) => Err(format!("`{name}` is no field of records: name those that it stands for")),
        Err(message) => Err(message),
    }
}

/// The name that differs least.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> &'n str {
    known.min_by_key(|known| strsim::damerau_levenshtein(name, known)).unwrap_or("")
}

/// Every field of every kind, with what it holds.
fn every() -> Vec<(String, Class)> {
    let mut all: Vec<(String, Class)> = Vec::new();
    for kind in KINDS.iter().filter(|kind| kind.name != "device") {
        kind.fields.iter().for_each(|field| add("", field, &mut all));
    }
    all
}

fn add(prefix: &str, field: &Field, all: &mut Vec<(String, Class)>) {
    let name = format!("{prefix}{}", field.name);
    let class = match field.holds {
        Holds::Object(members) | Holds::Objects(members) => {
            return members.iter().for_each(|member| add(&format!("{name}."), member, all));
        }
        Holds::Time => Class::Time,
        Holds::Integer | Holds::Number | Holds::Seconds => Class::Number,
        Holds::Text | Holds::Texts | Holds::Bool | Holds::Code(_) => Class::Text,
    };
    if all.iter().all(|(known, _)| *known != name) {
        all.push((name, class));
    }
}

impl FieldName {
    pub(super) fn is_time(&self) -> bool {
        self.class == Class::Time
    }

    pub(super) fn is_number(&self) -> bool {
        self.class == Class::Number
    }

    /// Whether any of its values passes.
    pub(super) fn any(&self, candidate: Candidate<'_>, passes: &mut dyn FnMut(&Value) -> bool) -> bool {
        let Candidate { kind, record, file } = candidate;
        match &self.place {
            Place::Kind => passes(&kind.name.into()),
            Place::Id => passes(&record["id"]),
            Place::State => passes(&record["state"]),
            Place::File => passes(&file.into()),
            Place::OfRow(member) => passes(&record["provenance"]["rows"][0][*member]),
            Place::Time => first_time(kind, record).is_some_and(|(_, time)| passes(time)),
            Place::Party => PARTIES
                .iter()
                .any(|party| at(record, &[party, "address"], passes) || at(record, &[party, "name"], passes)),
            Place::Text => TEXTS.iter().any(|path| at(record, path, passes)),
            Place::Path(path) => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                at(record, &path, passes)
            }
        }
    }
}

/// Whether a value at the end of a path passes; of a list any entry.
fn at(value: &Value, path: &[&str], passes: &mut dyn FnMut(&Value) -> bool) -> bool {
    match (value, path.split_first()) {
        (Value::Array(entries), _) => entries.iter().any(|entry| at(entry, path, passes)),
        (_, Some((first, rest))) => value.get(first).is_some_and(|member| at(member, rest, passes)),
        (_, None) => passes(value),
    }
}
