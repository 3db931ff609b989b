//! The parts of a definition that say which rows: names, `where`, look-ups.

use super::definition::{Condition, Constant, Container, KeySpec, Lookup, Name, NameId, Source, Test};
use super::faults::{Faults, maybe_table, maybe_text, truth};
use super::read::{decode_and_path, source_index};
use toml::{Table, Value};

/// The names of a block, each once, resolved against its look-ups.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<Name>,
    lookups: Vec<String>,
    /// The rows are those of a table: a dot parts a look-up from its column, and there is no key.
    of_table: bool,
}

impl Names {
    /// The index of a name as a definition writes it: `column`, `look-up.column`, a trailing `?`. A look-up that is not there is a
    /// fault: as a column it would be absent from every row without a word.
    pub(super) fn intern(&mut self, written: &str, place: &str, faults: &mut Faults) -> NameId {
        let text = written.strip_suffix('?').unwrap_or(written);
        let qualified = text.split_once('.').and_then(|(first, column)| {
            self.lookups.iter().position(|lookup| lookup == first).map(|index| (index, column.to_owned()))
        });
        let (lookup, column) = match qualified {
            Some((index, column)) => (Some(index), column),
            None => (None, text.to_owned()),
        };
        if let (None, true, Some((first, _))) = (lookup, self.of_table, text.split_once('.')) {
            let known: Vec<&str> = self.lookups.iter().map(String::as_str).collect();
            faults.unknown(place, "look-up", first, &known);
        }
        if self.of_table && column == "key()" {
            faults.add(place, "`key()` is for trees: a row of a table has none");
        }
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

/// Reads `where`.
pub(super) fn conditions(
    block: &Table,
    (names, lookups): (&mut Names, &[Lookup]),
    place: &str,
    faults: &mut Faults,
) -> Vec<Condition> {
    let mut read = Vec::new();
    for (name, value) in maybe_table(block, "where", place, faults).into_iter().flatten() {
        let condition = condition(name, value, names, place, faults);
        let lookup = condition.as_ref().and_then(|c| lookups.get(names.get(c.name)?.lookup?));
        if lookup.is_some_and(|lookup| lookup.many || lookup.under.is_some()) {
            let place = format!("{place}.where.{name}");
            faults.add(&place, "a test cannot hang on a `many` look-up: which of its rows is meant?");
        }
        read.extend(condition);
    }
    read
}

/// Reads one member of `where`.
fn condition(
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
    Some(Condition { name: names.intern(name, &place, faults), test })
}

fn named_test(table: &Table, place: &str, faults: &mut Faults) -> Option<Test> {
    faults.closed(place, table, &["value", "not", "null", "like"]);
    if table.len() > 1 {
        faults.add(place, "one name takes one test");
    }
    let first = table.iter().next();
    match first.map_or(("", &Value::Boolean(false)), |(key, value)| (key.as_str(), value)) {
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
/// behind it, so that running them in order is enough. `own` is the source that the block's rows come from.
pub(super) fn lookups(
    block: &Table,
    (sources, own): (&[Source], usize),
    place: &str,
    faults: &mut Faults,
) -> (Vec<Lookup>, Names) {
    let empty = Table::new();
    let table = maybe_table(block, "lookup", place, faults).unwrap_or(&empty);
    let order = dependency_order(table, place, faults);
    let mut names = Names {
        list: Vec::new(),
        lookups: order.iter().map(|name| (*name).clone()).collect(),
        of_table: block.contains_key("table"),
    };
    let mut read = Vec::new();
    for name in &order {
        let place = format!("{place}.lookup.{name}");
        match table.get(name.as_str()).and_then(Value::as_table) {
            Some(lookup_table) => {
                read.push(lookup(name, lookup_table, (sources, own), &mut names, (&place, faults)))
            }
            None => faults.add(&place, "a look-up is a table: { table = \"…\", on = { … } }"),
        }
    }
    place_under_many(&mut read, &names, place, faults);
    (read, names)
}

/// Fills `under`: parents come first, so one pass is enough.
fn place_under_many(lookups: &mut [Lookup], names: &Names, place: &str, faults: &mut Faults) {
    for index in 0..lookups.len() {
        let above = many_above(lookups, index, names);
        let deepest = above.iter().copied().max();
        let hangs = |upper: usize| deepest.is_some_and(|deepest| is_above(lookups, upper, deepest));
        if let Some(lookup) = lookups.get(index).filter(|_| !above.iter().all(|upper| hangs(*upper))) {
            let place = format!("{place}.lookup.{}", lookup.name);
            faults.add(&place, "hangs on two `many` look-ups that do not hang on each other");
        }
        if let Some(lookup) = lookups.get_mut(index) {
            lookup.under = deepest;
        }
    }
}

/// The `many` look-ups that the keys of a look-up hang on.
fn many_above(lookups: &[Lookup], index: usize, names: &Names) -> Vec<usize> {
    let keys = lookups.get(index).map_or(&[] as &[_], |lookup| lookup.keys.as_slice());
    let parents =
        keys.iter().filter_map(|(_, key)| names.get(key.name)?.lookup).filter(|parent| *parent < index);
    parents
        .filter_map(|parent| lookups.get(parent).and_then(|l| if l.many { Some(parent) } else { l.under }))
        .collect()
}

/// Whether a look-up is another one, or stands above it.
fn is_above(lookups: &[Lookup], upper: usize, lower: usize) -> bool {
    upper == lower
        || lookups
            .get(lower)
            .and_then(|lookup| lookup.under)
            .is_some_and(|next| is_above(lookups, upper, next))
}

fn lookup(
    name: &str,
    table: &Table,
    (sources, own): (&[Source], usize),
    names: &mut Names,
    (place, faults): (&str, &mut Faults),
) -> Lookup {
    faults.closed(place, table, &["table", "on", "source", "many", "optional"]);
    let source = maybe_text(table, "source", place, faults);
    let source = source.and_then(|id| source_index(id, sources, place, faults));
    let container = sources.get(own).map_or(Container::Sqlite, |own| own.container);
    let is_alike = |other: &&Source| other.container == container && container.has_tables();
    if let Some(other) = source.and_then(|at| sources.get(at)).filter(|other| !is_alike(other)) {
        let message = "a look-up into another file is from tables into tables of the same kind of file";
        faults.add(place, format!("`{}` is another kind of source: {message}", other.id));
    }
    let (mut keys, mut fixed) = (Vec::new(), Vec::new());
    let on = table.get("on");
    if on.is_some_and(|on| !on.is_table()) {
        faults.add(place, "`on` is { column = \"name\" } or { column = { value = constant } }");
    }
    for (column, value) in on.and_then(Value::as_table).into_iter().flatten() {
        match value {
            Value::String(written) => {
                let name = names.intern(written, place, faults);
                keys.push((column.clone(), KeySpec { name, steps: Vec::new() }));
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
        many: truth(table, "many", place, faults),
        optional: truth(table, "optional", place, faults),
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
    let steps = decode_and_path(spec, place, faults);
    Some(KeySpec { name: names.intern(written?, place, faults), steps })
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
