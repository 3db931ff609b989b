//! Realm files that no definition reads: what they hold, so that an examiner can write the definition.

use super::coverage::HashText;
use super::draft::candidates;
use super::load::peek;
use super::sketch::{ColumnSketch, TableSketch, class_sketches};
use super::survey::Survey;
use crate::record::{Conversion, FieldValue, Scalar};
use serde::Serialize;

/// A file that no definition reads.
#[derive(Debug, Clone, Serialize)]
pub struct UnmappedFile {
    /// Device path.
    pub path: String,
    /// `realm`.
    pub container: &'static str,
    /// The format of its last commit.
    pub format: u8,
    /// Bytes, as it was seized.
    pub size: u64,
    /// Of its bytes, as they were seized.
    #[serde(flatten)]
    pub hashes: HashText,
    /// Its classes.
    pub tables: Vec<UnmappedTable>,
}

/// A class of it.
#[derive(Debug, Clone, Serialize)]
pub struct UnmappedTable {
    /// As it is stored.
    pub name: String,
    /// Objects of the last commit.
    pub rows: usize,
    /// Objects whose values were looked at: the first.
    pub looked_at: usize,
    /// The kind of record that it may hold, by its name and its columns: a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<&'static str>,
    /// Its columns.
    pub columns: Vec<UnmappedColumn>,
}

/// A column of a class.
#[derive(Debug, Clone, Serialize)]
pub struct UnmappedColumn {
    /// As it is stored.
    pub name: String,
    /// As it is declared: `string`, `list of link`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The class that it links to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Values that are not null, empty, 0 or -1.
    pub set: usize,
    /// The field that it may hold, by its name and the form of its values: a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate: Option<&'static str>,
    /// The unit in which all of its values are moments between 2001 and 2099: a guess, unless its type is timestamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// The first of these moments, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// The Realm files of a survey that no definition reads, in the order of the evidence.
pub(super) fn unmapped(survey: &Survey<'_>) -> Vec<UnmappedFile> {
    let files = survey.unknown_databases.iter().filter_map(|index| survey.evidence.files().get(*index));
    files
        .filter_map(|file| {
            let loaded = peek(survey.evidence, file)?;
            let realm = loaded.realm().ok()?;
            Some(UnmappedFile {
                path: file.device_path.clone(),
                container: "realm",
                format: realm.format(),
                size: loaded.main.len() as u64,
                hashes: HashText::from(&loaded.main.hashes),
                tables: class_sketches(&realm).iter().map(table).collect(),
            })
        })
        .collect()
}

fn table(sketch: &TableSketch) -> UnmappedTable {
    let told = candidates(sketch);
    let fields = told.as_ref().map_or(&[] as &[_], |(_, fields)| fields.as_slice());
    let field = |name: &str| fields.iter().find(|(column, _)| *column == name).map(|(_, field)| *field);
    UnmappedTable {
        name: sketch.name.clone(),
        rows: sketch.count,
        looked_at: sketch.rows,
        candidate: told.as_ref().map(|(kind, _)| *kind),
        columns: sketch.columns.iter().map(|known| column(known, field(&known.name))).collect(),
    }
}

fn column(sketch: &ColumnSketch, candidate: Option<&'static str>) -> UnmappedColumn {
    let unit = sketch.time();
    let (first, last) =
        sketch.range.map_or((None, None), |(low, high)| (moment(low, unit), moment(high, unit)));
    UnmappedColumn {
        name: sketch.name.clone(),
        type_name: sketch.type_name.clone(),
        target: sketch.target.clone(),
        set: sketch.set,
        candidate,
        unit,
        first,
        last,
    }
}

fn moment(number: i64, unit: Option<&'static str>) -> Option<String> {
    match Conversion::by_name(unit?)?.apply(Scalar::Integer(number)).value {
        FieldValue::Time(time) => time.utc.map(|utc| utc.to_string()),
        _ => None,
    }
}
