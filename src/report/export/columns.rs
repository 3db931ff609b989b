//! A kind of record as a table: the same columns in every format that has tables.
//!
//! ```text
//! id service state artifact │ fields │ extra raw verbatim │ source_path … source_complete provenance
//! a time         sent_at (UTC)   sent_at_raw sent_at_unit sent_at_zone
//! an object      sender_address sender_kind …
//! a list         recipients_shown (for people)   recipients (JSON, exact)
//! verbatim       JSON: column → the value as it stands in the report, for each cell that says it otherwise
//! ```

use crate::record::kinds::{Field, Holds, Kind};
use std::collections::BTreeSet;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Bool,
    Integer,
    Number,
    /// A moment in UTC.
    Moment,
    /// JSON as text.
    Json,
}

/// Which part of a value a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The value, in this form.
    Value(Form),
    /// A member of a time that stands beside its moment: `raw`, `unit`, `zone`.
    OfTime(&'static str),
    /// A list for people.
    Shown,
    /// What other cells say otherwise than the report.
    Verbatim,
    /// A member of the file that the base row lies in.
    OfFile(&'static str),
    /// A member of the base row.
    OfRow(&'static str, Form),
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    /// Where its value stands in the record.
    pub(super) path: Vec<&'static str>,
    pub(super) part: Part,
    /// What it means.
    pub(super) doc: &'static str,
}

impl Column {
    fn new(name: impl Into<String>, path: &[&'static str], part: Part, doc: &'static str) -> Self {
        Column { name: name.into(), path: path.to_vec(), part, doc }
    }

    pub(super) fn form(&self) -> Form {
        match self.part {
            Part::Value(form) | Part::OfRow(_, form) => form,
            Part::Verbatim => Form::Json,
            Part::OfTime(_) | Part::Shown | Part::OfFile(_) => Form::Text,
        }
    }
}

/// The columns of a kind.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) kind: &'static Kind,
    pub(super) columns: Vec<Column>,
}

const EXTRA: &str = "What the source holds beyond the columns, under its own names.";
const VERBATIM: &str = "Column → value, exact, for each cell that says it otherwise.";
const PROVENANCE: &str = "Every row that contributed, and where else it stands.";

const OF_ROW: &[(&str, &str, Form, &str)] = &[
    ("source_table", "table", Form::Text, "Table of the row that the record was made from."),
    ("source_node", "path", Form::Text, "JSON Pointer of the node that it was made from."),
    ("source_cell", "cell", Form::Text, "Cell of the spreadsheet."),
    ("source_rowid", "rowid", Form::Integer, "Rowid."),
    ("source_view", "view", Form::Text, "Where this version of the row lies: live, wal, freelist, …"),
    ("source_companion", "source", Form::Text, "The file that the offset counts in: main, wal, journal."),
    ("source_page", "page", Form::Integer, "Page."),
    ("source_offset", "offset", Form::Integer, "Bytes from the start of that file."),
    ("source_length", "length", Form::Integer, "Bytes."),
    ("source_complete", "complete", Form::Bool, "Whether all of the row could be read."),
];

impl Layout {
    /// All columns of a kind: the same for every report.
    pub(super) fn of(kind: &'static Kind) -> Self {
        let (text, json) = (Part::Value(Form::Text), Part::Value(Form::Json));
        let is_record = !matches!(kind.name, "device" | "file" | "finding");
        let has_rows = is_record || kind.name == "device";
        let mut columns = Vec::new();
        if is_record {
            columns.push(Column::new("id", &["id"], text, "Stable identifier of the record."));
            columns.push(Column::new("service", &["service"], text, "The service."));
        }
        if has_rows {
            columns.push(Column::new("state", &["state"], text, "live, superseded, deleted, …"));
            columns.push(Column::new(
                "certainty",
                &["certainty"],
                text,
                "candidate: its definition is not confirmed against known data.",
            ));
            columns.push(Column::new("artifact", &["artifact"], text, "The definition that made it."));
        }
        columns.extend(kind.fields.iter().flat_map(|field| of_field("", &[], field)));
        columns.push(Column::new("extra", &["extra"], json, EXTRA));
        if is_record {
            columns.push(Column::new("raw", &["raw"], json, "Codes and texts as stored."));
        }
        columns.push(Column::new("verbatim", &[], Part::Verbatim, VERBATIM));
        if has_rows {
            columns.extend(of_origin());
        }
        Layout { kind, columns }
    }

    /// Those alone whose values stand under one of these members of the records.
    pub(super) fn only(mut self, members: &BTreeSet<String>) -> Self {
        self.columns.retain(|column| column.path.first().is_none_or(|member| members.contains(*member)));
        self
    }
}

/// Where the record is from.
fn of_origin() -> Vec<Column> {
    let path = "The file, under its path on the handset.";
    let mut columns = vec![
        Column::new("source_path", &[], Part::OfFile("path"), path),
        Column::new("source_sha256", &[], Part::OfFile("sha256"), "SHA-256 of it."),
    ];
    let row = |(name, member, form, doc): &(&str, &'static str, Form, &'static str)| {
        Column::new(*name, &[], Part::OfRow(member, *form), doc)
    };
    columns.extend(OF_ROW.iter().map(row));
    columns.push(Column::new("provenance", &["provenance"], Part::Value(Form::Json), PROVENANCE));
    columns
}

/// The columns of a field; of one inside an object the names are joined.
fn of_field(prefix: &str, within: &[&'static str], field: &Field) -> Vec<Column> {
    let name = if prefix.is_empty() { field.name.to_owned() } else { format!("{prefix}_{}", field.name) };
    let path = [within, &[field.name]].concat();
    let one = |form| vec![Column::new(name.clone(), &path, Part::Value(form), field.doc)];
    match field.holds {
        Holds::Text | Holds::Code(_) => one(Form::Text),
        Holds::Bool => one(Form::Bool),
        Holds::Integer => one(Form::Integer),
        Holds::Number | Holds::Seconds => one(Form::Number),
        Holds::Time => {
            let mut columns = one(Form::Moment);
            for (member, doc) in [
                ("raw", "The time as stored."),
                ("unit", "What the stored time counts."),
                ("zone", "The zone of a local time."),
            ] {
                columns.push(Column::new(format!("{name}_{member}"), &path, Part::OfTime(member), doc));
            }
            columns
        }
        Holds::Object(fields) => fields.iter().flat_map(|inner| of_field(&name, &path, inner)).collect(),
        Holds::Objects(_) | Holds::Texts => {
            let mut columns =
                vec![Column::new(format!("{name}_shown"), &path, Part::Shown, "The same for people.")];
            columns.extend(one(Form::Json));
            columns
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kinds::KINDS;

    #[test]
    fn no_column_stands_twice_and_every_field_has_one() {
        for kind in KINDS {
            let layout = Layout::of(kind);
            let names: BTreeSet<&str> = layout.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(names.len(), layout.columns.len(), "{}", kind.name);
            for field in kind.fields {
                assert!(
                    layout.columns.iter().any(|column| column.path.first() == Some(&field.name)),
                    "{}",
                    field.name
                );
            }
        }
    }

    #[test]
    fn a_time_has_its_moment_and_what_is_stored() {
        let layout = Layout::of(KINDS.iter().find(|kind| kind.name == "call").unwrap());
        let names: Vec<&str> = layout.columns.iter().map(|column| column.name.as_str()).collect();
        let at = names.iter().position(|name| *name == "started_at").unwrap();
        assert_eq!(names[at..at + 4], ["started_at", "started_at_raw", "started_at_unit", "started_at_zone"]);
        assert!(names.contains(&"counterparty_name_source") && names.contains(&"location_latitude"));
    }
}
