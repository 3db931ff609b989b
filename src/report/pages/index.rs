//! The index: of the records of each part what lists, filters and pictures need, column by column.

use super::encode::plain;
use super::row::{Party, Row, text};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::hash::Hash;

/// The columns of one part.
#[derive(Debug, Default)]
pub(super) struct Columns {
    services: Values<String>,
    states: Values<String>,
    fields: Values<String>,
    parties: Values<Party>,
    ids: Vec<Value>,
    times: Vec<Value>,
    time_fields: Vec<Value>,
    service: Vec<Value>,
    state: Vec<Value>,
    direction: Vec<Value>,
    from: Vec<Value>,
    to: Vec<Value>,
    text: Vec<Value>,
    places: Map<String, Value>,
}

/// Values that stand once, in the order in which they came.
#[derive(Debug)]
struct Values<V> {
    known: HashMap<V, usize>,
    in_order: Vec<V>,
}

impl<V> Default for Values<V> {
    fn default() -> Self {
        Values { known: HashMap::new(), in_order: Vec::new() }
    }
}

impl<V: Hash + Eq + Clone> Values<V> {
    fn number(&mut self, value: &V) -> Value {
        if let Some(number) = self.known.get(value) {
            return (*number).into();
        }
        let number = self.in_order.len();
        self.known.insert(value.clone(), number);
        self.in_order.push(value.clone());
        number.into()
    }
}

impl Columns {
    pub(super) fn push(&mut self, record: &Value, row: &Row) {
        if let Some((latitude, longitude)) = row.place {
            self.places.insert(self.ids.len().to_string(), json!([latitude, longitude]));
        }
        self.ids.push(record["id"].clone());
        self.times.push(row.time.map_or(Value::Null, |(moment, _)| moment.into()));
        let field = row.time.map_or("", |(_, field)| field);
        self.time_fields.push(self.fields.number(&field.to_owned()));
        self.service.push(self.services.number(&text(&record["service"])));
        self.state.push(self.states.number(&text(&record["state"])));
        self.direction.push(row.direction.into());
        self.from.push(row.from.as_ref().map_or(Value::from(-1), |party| self.parties.number(party)));
        self.to.push(row.to.iter().map(|party| self.parties.number(party)).collect());
        self.text.push(row.text.as_str().into());
    }

    /// The columns of a part as JSON.
    pub(super) fn written(self, plural: &str) -> Vec<u8> {
        let party = |party: &Party| json!([party.address, party.name, u8::from(party.is_owner)]);
        let columns = json!({
            "kind": plural, "count": self.ids.len(), "services": self.services.in_order, "states": self.states.in_order,
            "fields": self.fields.in_order, "parties": self.parties.in_order.iter().map(party).collect::<Vec<_>>(),
            "ids": self.ids, "time": self.times, "field": self.time_fields, "service": self.service, "state": self.state,
            "direction": self.direction, "from": self.from, "to": self.to, "text": self.text, "places": self.places,
        });
        let mut out = Vec::new();
        plain(&columns, &mut out);
        out
    }
}
