//! The parts of a definition that say which rows: names, `where`, look-ups.

use super::definition::{Condition, Constant, KeySpec, Lookup, Name, NameId, Source, Test};
use super::read::{Faults, decode_and_path, source_index, truth};
use toml::{Table, Value};

/// The names of a block, each once, resolved against its look-ups.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<Name>,
    lookups: Vec<String>,
}

impl Names {
    /// The index of a name as a definition writes it: `column`, `look-up.column`, a trailing `?`.
    pub(super) fn intern(&mut self, written: &str) -> NameId {
        let text = written.strip_suffix('?').unwrap_or(written);
        let qualified = text.split_once('.').and_then(|(first, column)| {
            self.lookups.iter().position(|lookup| lookup == first).map(|index| (index, column.to_owned()))
        });
        let (lookup, column) = match qualified {
            Some((index, column)) => (Some(index), column),
            None => (None, text.to_owned()),
        };
        let name = Name { text: text.to_owned(), optional: text.len() != written.len(), lookup, column };
        self.list.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.list.push(name);
            self.list.len() - 1
        })
    }

    pub(super) fn get(&self, id: NameId) -> Option<&Name> {
        self.list.get(id)
    }

    pub(super) fn into_list(self) -> Vec<Name> {
        self.list
    }
}

/// Reads one member of `where`.
pub(super) fn condition(
    name: &str,
    value: &Value,
    names: &mut Names,
    place: &str,
    faults: &mut Faults,
) -> Option<Condition> {
    let place = format!("{place}.where.{name}");
    let test = match value {
        Value::Table(table) => named_test(table, &place, faults)?,
        other => Test::OneOf(constants(other, &place, faults)),
    };
    Some(Condition { name: names.intern(name), test })
}

fn named_test(table: &Table, place: &str, faults: &mut Faults) -> Option<Test> {
    faults.closed(place, table, &["value", "not", "null", "like"]);
    let (key, value) = table.iter().next()?;
    match (key.as_str(), value) {
        ("value", value) => Some(Test::OneOf(constants(value, place, faults))),
        ("not", value) => Some(Test::NoneOf(constants(value, place, faults))),
        ("null", Value::Boolean(wanted)) => Some(Test::Null(*wanted)),
        ("like", Value::String(pattern)) => Some(Test::Like(pattern.clone())),
        _ => {
            faults.add(place, "a test is { value = … }, { not = … }, { null = true } or { like = \"…\" }");
            None
        }
    }
}

/// A constant, or a list of them.
pub(super) fn constants(value: &Value, place: &str, faults: &mut Faults) -> Vec<Constant> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    list.iter().filter_map(|value| constant(value, place, faults)).collect()
}

/// One constant.
pub(super) fn constant(value: &Value, place: &str, faults: &mut Faults) -> Option<Constant> {
    match value {
        Value::String(text) => Some(Constant::Text(text.clone())),
        Value::Integer(number) => Some(Constant::Integer(*number)),
        Value::Float(number) => Some(Constant::Real(*number)),
        Value::Boolean(truth) => Some(Constant::Bool(*truth)),
        _ => {
            faults.add(place, "a constant is text, a number or a truth value");
            None
        }
    }
}

/// Reads `[record.lookup]`; the names that the look-ups hang on are interned. A look-up that hangs on a later one is moved
/// behind it, so that running them in order is enough.
pub(super) fn lookups(
    block: &Table,
    sources: &[Source],
    place: &str,
    faults: &mut Faults,
) -> (Vec<Lookup>, Names) {
    let empty = Table::new();
    let table = block.get("lookup").and_then(Value::as_table).unwrap_or(&empty);
    let order = dependency_order(table, place, faults);
    let mut names = Names { list: Vec::new(), lookups: order.iter().map(|name| (*name).clone()).collect() };
    let mut read = Vec::new();
    for name in &order {
        let place = format!("{place}.lookup.{name}");
        match table.get(name.as_str()).and_then(Value::as_table) {
            Some(lookup_table) => {
                read.push(lookup(name, lookup_table, sources, &mut names, (&place, faults)))
            }
            None => faults.add(&place, "a look-up is a table: { table = \"…\", on = { … } }"),
        }
    }
    place_under_many(&mut read, &names);
    (read, names)
}

/// Fills `under`: parents come first, so one pass is enough.
fn place_under_many(lookups: &mut [Lookup], names: &Names) {
    for index in 0..lookups.len() {
        let above = |lookups: &[Lookup]| -> Option<usize> {
            let keys = lookups.get(index)?.keys.iter();
            let parents =
                keys.filter_map(|(_, key)| names.get(key.name)?.lookup).filter(|parent| *parent < index);
            parents
                .filter_map(|parent| {
                    lookups.get(parent).and_then(|l| if l.many { Some(parent) } else { l.under })
                })
                .max()
        };
        let under = above(lookups);
        if let Some(lookup) = lookups.get_mut(index) {
            lookup.under = under;
        }
    }
}

fn lookup(
    name: &str,
    table: &Table,
    sources: &[Source],
    names: &mut Names,
    (place, faults): (&str, &mut Faults),
) -> Lookup {
    faults.closed(place, table, &["table", "on", "source", "many", "optional"]);
    let source = table.get("source").and_then(Value::as_str);
    let source = source.and_then(|id| source_index(id, sources, place, faults));
    let (mut keys, mut fixed) = (Vec::new(), Vec::new());
    for (column, value) in table.get("on").and_then(Value::as_table).into_iter().flatten() {
        match value {
            Value::String(written) => {
                keys.push((column.clone(), KeySpec { name: names.intern(written), steps: Vec::new() }));
            }
            Value::Table(spec) if spec.contains_key("from") => {
                keys.extend(decoded_key(spec, names, (place, faults)).map(|key| (column.clone(), key)));
            }
            Value::Table(test) => {
                fixed.extend(named_test(test, place, faults).map(|test| (column.clone(), test)))
            }
            _ => faults.add(place, "`on` is { column = \"name\" } or { column = { value = constant } }"),
        }
    }
    if keys.is_empty() && fixed.is_empty() {
        faults.add(place, "a look-up needs `on`");
    }
    let looked_up = table.get("table").and_then(Value::as_str);
    if looked_up.is_none() {
        faults.add(place, "a look-up needs `table`");
    }
    Lookup {
        name: name.to_owned(),
        table: looked_up.unwrap_or("").to_owned(),
        source,
        keys,
        tests: fixed,
        many: truth(table, "many"),
        optional: truth(table, "optional"),
        under: None,
    }
}

/// A key that is decoded first: `{ from = "recipient_ids", decode = "words", path = "*" }`.
fn decoded_key(spec: &Table, names: &mut Names, (place, faults): (&str, &mut Faults)) -> Option<KeySpec> {
    faults.closed(place, spec, &["from", "decode", "path"]);
    let written = spec.get("from").and_then(Value::as_str);
    if written.is_none() {
        faults.add(place, "`from` is a name");
    }
    Some(KeySpec { name: names.intern(written?), steps: decode_and_path(spec, place, faults) })
}

/// The names of the look-ups, each after those that it hangs on.
fn dependency_order<'t>(table: &'t Table, place: &str, faults: &mut Faults) -> Vec<&'t String> {
    let mut order: Vec<&String> = Vec::new();
    let mut waiting: Vec<&String> = table.keys().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let (ready, still): (Vec<&String>, Vec<&String>) = waiting
            .iter()
            .partition(|name| needs(table, name).all(|needed| order.iter().any(|done| **done == needed)));
        order.extend(ready);
        waiting = still;
        if waiting.len() == before {
            let circle: Vec<&str> = waiting.iter().map(|name| name.as_str()).collect();
            faults.add(place, format!("look-ups hang on each other in a circle: {}", circle.join(", ")));
            break;
        }
    }
    order
}

/// The look-ups that a look-up hangs on.
fn needs<'t>(table: &'t Table, name: &str) -> impl Iterator<Item = String> + 't {
    let on = table.get(name).and_then(|lookup| lookup.get("on")).and_then(Value::as_table);
    on.into_iter().flatten().filter_map(move |(_, value)| {
        let written = value.as_str().or_else(|| value.get("from")?.as_str())?;
        let first = written.split_once('.')?.0;
        table.contains_key(first).then(|| first.to_owned())
    })
}
