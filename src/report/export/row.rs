//! A record as the cells of its kind's table.

use super::Item;
use super::columns::{Column, Form, Layout, Part};
use super::reading::{json, shown_all, text};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'c> {
    Empty,
    Text(Cow<'c, str>),
    Bool(bool),
    Integer(i64),
    Number(f64),
    /// UTC, RFC 3339.
    Moment(&'c str),
    Json(String),
}

impl Cell<'_> {
    /// The cell as text; nothing for an empty one.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Cell::Empty => return None,
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Json(text) => Cow::Borrowed(text),
            Cell::Moment(text) => Cow::Borrowed(text),
            Cell::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Cell::Integer(value) => Cow::Owned(value.to_string()),
            // A whole number is one in the report too.
            Cell::Number(value) if value.fract() == 0.0 && value.abs() < 1e15 => {
                Cow::Owned(format!("{value:.0}"))
            }
            Cell::Number(value) => Cow::Owned(Value::from(*value).to_string()),
        })
    }
}

/// The cells of a record.
pub(super) struct Row<'r> {
    cells: Vec<Cell<'r>>,
    verbatim: Map<String, Value>,
}

impl<'r> Row<'r> {
    pub(super) fn of(layout: &Layout, item: &Item<'r>) -> Self {
        let base = &item.record["provenance"]["rows"][0];
        let file = item.source.file(&base["file"]);
        let mut verbatim = Map::new();
        let mut cell = |column: &Column| {
            let (cell, exact) = match column.part {
                Part::OfFile(member) => value(&file[member], Form::Text),
                Part::OfRow(member, form) => value(&base[member], form),
                _ => cell(column, at(item.record, &column.path)),
            };
            if !exact {
                verbatim.insert(column.name.clone(), at(item.record, &column.path).clone());
            }
            cell
        };
        let cells = layout.columns.iter().map(&mut cell).collect();
        Row { cells, verbatim }
    }

    /// Says some texts otherwise, and keeps what they were; how many.
    pub(super) fn say(&mut self, layout: &Layout, otherwise: &dyn Fn(&str) -> Option<String>) -> u64 {
        let mut changed = 0;
        for (column, cell) in layout.columns.iter().zip(&mut self.cells) {
            let Cell::Text(text) = cell else { continue };
            let Some(said) = otherwise(text) else { continue };
            let was = std::mem::replace(text, Cow::Owned(said));
            // What a list shows is said exactly in the next column.
            if column.part == Part::Shown {
                continue;
            }
            self.verbatim.entry(column.name.clone()).or_insert_with(|| Value::String(was.into_owned()));
            changed += 1;
        }
        changed
    }

    /// The cells, `verbatim` among them.
    pub(super) fn cells(mut self, layout: &Layout) -> Vec<Cell<'r>> {
        if !self.verbatim.is_empty() {
            let at = layout.columns.iter().position(|column| column.part == Part::Verbatim);
            if let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) {
                *cell = Cell::Json(json(&Value::Object(self.verbatim)));
            }
        }
        self.cells
    }
}

fn at<'v>(record: &'v Value, path: &[&str]) -> &'v Value {
    path.iter().fold(record, |value, name| &value[*name])
}

/// A cell, and whether it says all that the report holds.
fn cell<'v>(column: &Column, held: &'v Value) -> (Cell<'v>, bool) {
    match column.part {
        Part::Value(form) => value(held, form),
        Part::OfTime(member) => value(&held[member], Form::Text),
        Part::Shown if held.is_null() => (Cell::Empty, true),
        // The exact list stands in the next column.
        Part::Shown => (Cell::Text(Cow::Owned(shown_all(held))), true),
        Part::Verbatim | Part::OfFile(_) | Part::OfRow(..) => (Cell::Empty, true),
    }
}

fn value(held: &Value, form: Form) -> (Cell<'_>, bool) {
    let typed = match (form, held) {
        (_, Value::Null) => Some(Cell::Empty),
        (Form::Json, _) => Some(Cell::Json(json(held))),
        (Form::Bool, Value::Bool(value)) => Some(Cell::Bool(*value)),
        (Form::Integer, Value::Number(number)) => number.as_i64().map(Cell::Integer),
        (Form::Number, Value::Number(number)) => exact_number(number).map(Cell::Number),
        // `raw`, `unit` and `zone` have columns of their own.
        (Form::Moment, Value::Object(time)) if time.contains_key("unit") => {
            Some(time.get("utc").and_then(Value::as_str).map_or(Cell::Empty, Cell::Moment))
        }
        (Form::Text, _) => {
            return text(held).map_or((Cell::Empty, true), |(text, exact)| (Cell::Text(text), exact));
        }
        _ => None,
    };
    // What does not fit the form of its column stands under `verbatim` alone.
    typed.map_or((Cell::Empty, false), |cell| (cell, true))
}

/// A number that a double holds.
fn exact_number(number: &serde_json::Number) -> Option<f64> {
    let value = number.as_f64()?;
    let is_exact = number.is_f64() || value.abs() <= 9_007_199_254_740_992.0;
    is_exact.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_that_does_not_fit_its_column_is_kept_beside_it() {
        assert_eq!(value(&json!("three"), Form::Integer), (Cell::Empty, false));
        assert_eq!(value(&json!(18_446_744_073_709_551_615_u64), Form::Number), (Cell::Empty, false));
        assert_eq!(
            value(&json!({"utc": null, "raw": 0, "unit": "unix_ms"}), Form::Moment),
            (Cell::Empty, true)
        );
        assert_eq!(value(&json!({"text": "x", "bytes": "ff"}), Form::Text), (Cell::Text("x".into()), false));
        assert_eq!(value(&Value::Null, Form::Bool), (Cell::Empty, true));
    }
}
