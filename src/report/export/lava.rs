//! LAVA, the viewer of the LEAPP tools: a manifest `_lava_data.lava` (JSON) and a SQLite database, one table for each kind of record, with
//! a conversation view of the messages. As iLEAPP's `scripts/lavafuncs.py` writes them, schema version 2: columns are TEXT, but for
//! times, which are seconds since 1970 in UTC.

use super::columns::{Form, Layout};
use super::reading::{member, without_controls};
use super::row::{Cell, Row};
use super::thread::{sender, thread, time};
use super::{Export, Item, Source, Tally, Target, count};
use crate::record::parse_utc;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const DATABASE: &str = "_lava_artifacts.db";
const CONTROL: &str = "a text with control characters: their pictures stand for them";

/// Tables that the viewer looks for (`initialize_lava`).
const TABLES: &str = "
CREATE TABLE _artifact_search_patterns (id INTEGER PRIMARY KEY, module_name TEXT NOT NULL, artifact_name TEXT NOT NULL, regex TEXT NOT NULL);
CREATE TABLE _file_path_list (id INTEGER PRIMARY KEY, file_path TEXT NOT NULL);
CREATE TABLE _artifact_pattern_to_file (id INTEGER PRIMARY KEY, artifact_search_pattern_id INTEGER NOT NULL, file_path_id INTEGER NOT NULL,
    FOREIGN KEY (artifact_search_pattern_id) REFERENCES _artifact_search_patterns(id), FOREIGN KEY (file_path_id) REFERENCES _file_path_list(id));
CREATE TABLE _lava_media_items (id TEXT PRIMARY KEY, source_path TEXT, extraction_path TEXT, type TEXT, metadata TEXT, created_at INTEGER,
    updated_at INTEGER, is_embedded INTEGER);
CREATE TABLE _lava_media_references (id TEXT PRIMARY KEY, media_item_id TEXT, module_name TEXT, artifact_name TEXT, name TEXT,
    FOREIGN KEY (media_item_id) REFERENCES _lava_media_items(id));
CREATE VIEW _lava_media_info AS SELECT r.id AS media_ref_id, r.media_item_id, r.module_name, r.artifact_name, r.name, i.source_path,
    i.extraction_path, i.type, i.metadata, i.created_at, i.updated_at, i.is_embedded
    FROM _lava_media_references AS r LEFT JOIN _lava_media_items AS i ON r.media_item_id = i.id;";

/// Columns of the messages that the conversation view needs; they are no fields of the report.
const VIEW: &[&str] = &["shown_time", "shown_thread", "shown_sender"];

fn failed(error: rusqlite::Error) -> io::Error {
    io::Error::other(error)
}

/// The two files.
pub(super) struct Lava {
    folder: PathBuf,
    database: Connection,
    tables: Vec<(Layout, String, u64)>,
    manifest: Map<String, Value>,
    tally: Tally,
}

impl Lava {
    pub(super) fn new(source: &Source, folder: &Path) -> io::Result<Self> {
        let folder = folder.join("lava");
        fs::create_dir(&folder)?;
        File::create_new(folder.join(DATABASE))?;
        let database = Connection::open(folder.join(DATABASE)).map_err(failed)?;
        // The file is new: what is half written is thrown away with it.
        database
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
            .map_err(failed)?;
        database.execute_batch(TABLES).map_err(failed)?;
        for file in source.head.list("files") {
            let path = member(file, "path");
            let insert = "INSERT INTO _file_path_list (id, file_path) VALUES (?1, ?2)";
            database.execute(insert, params![file["id"].as_i64(), path]).map_err(failed)?;
        }
        let files = ["_lava_data.lava", DATABASE].map(|name| Path::new("lava").join(name));
        let tally = Tally { files: files.to_vec(), ..Tally::default() };
        Ok(Lava { folder, database, tables: Vec::new(), manifest: manifest(source), tally })
    }

    fn table(&mut self, item: &Item<'_>) -> io::Result<usize> {
        if let Some(position) = self.tables.iter().position(|(layout, ..)| layout.kind == item.kind) {
            return Ok(position);
        }
        let layout = Layout::of(item.kind);
        let declared = columns(&layout).into_iter().map(|(name, form)| {
            let kind = if form == Form::Moment { "INTEGER" } else { "TEXT" };
            format!("\"{name}\" {kind}")
        });
        let declared: Vec<String> = declared.collect();
        let name = item.kind.plural;
        self.database
            .execute_batch(&format!("CREATE TABLE \"{name}\" ({})", declared.join(", ")))
            .map_err(failed)?;
        let insert = format!("INSERT INTO \"{name}\" VALUES ({})", vec!["?"; declared.len()].join(", "));
        self.tables.push((layout, insert, 0));
        Ok(self.tables.len() - 1)
    }
}

impl Export for Lava {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        let position = self.table(item)?;
        let Some((layout, insert, rows)) = self.tables.get_mut(position) else { return Ok(()) };
        let mut row = Row::of(layout, item);
        // A viewer may end a text at its first NUL.
        let controls = row.say(layout, &without_controls);
        let mut values: Vec<Sql> = row.cells(layout).iter().map(sql).collect();
        if item.kind.name == "message" {
            let clean = |text: String| Sql::Text(without_controls(&text).unwrap_or(text));
            values.push(time(item.record).map_or(Sql::Null, seconds));
            values.push(clean(thread(item)));
            values.push(sender(item.record).map_or(Sql::Null, clean));
        }
        let mut statement = self.database.prepare_cached(insert).map_err(failed)?;
        statement.execute(params_from_iter(values)).map_err(failed)?;
        *rows += 1;
        count(&mut self.tally.written, item.kind.plural.to_owned());
        if controls > 0 {
            *self.tally.changed.entry(CONTROL).or_insert(0) += controls;
        }
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        self.database.execute_batch("COMMIT").map_err(failed)?;
        let mut artifacts = Map::new();
        let mut told = Vec::new();
        for (layout, _, rows) in &self.tables {
            artifacts.insert(title(layout), json!([artifact(layout, *rows)]));
            told.push(json!({"artifact_key": layout.kind.plural, "tablename": layout.kind.plural, "name": title(layout),
                "description": layout.kind.doc, "author": "affiant", "created_date": "", "last_updated_date": "",
                "notes": Target::Lava.cannot_carry().join("; "), "category": title(layout)}));
        }
        self.manifest.insert("artifacts".to_owned(), Value::Object(artifacts));
        let meta =
            json!({"modules": [{"module_name": "affiant", "module_filename": "affiant", "artifacts": told}]});
        self.manifest.insert("meta".to_owned(), meta);
        let manifest = format!("{:#}\n", Value::Object(self.manifest));
        File::create_new(self.folder.join("_lava_data.lava"))?.write_all(manifest.as_bytes())?;
        self.database.close().map_err(|(_, error)| failed(error))?;
        Ok(self.tally)
    }
}

/// Name and form of every column.
fn columns(layout: &Layout) -> Vec<(&str, Form)> {
    let mut columns: Vec<(&str, Form)> =
        layout.columns.iter().map(|column| (column.name.as_str(), column.form())).collect();
    if layout.kind.name == "message" {
        columns.extend(
            VIEW.iter().map(|name| (*name, if *name == "shown_time" { Form::Moment } else { Form::Text })),
        );
    }
    columns
}

/// The entry of a table in the manifest.
fn artifact(layout: &Layout, rows: u64) -> Value {
    let columns = columns(layout);
    let names: Map<String, Value> =
        columns.iter().map(|(name, _)| ((*name).to_owned(), Value::from(*name))).collect();
    let moments = columns.iter().filter(|(_, form)| *form == Form::Moment);
    let moments: Vec<Value> = moments.map(|(name, _)| json!({"name": name, "type": "datetime"})).collect();
    let mut entry = json!({"artifact_key": layout.kind.plural, "name": title(layout), "tablename": layout.kind.plural, "module": "affiant",
        "column_map": names, "record_count": rows, "object_columns": moments});
    if layout.kind.name == "message" {
        entry["data_views"] = json!({"conversation": {
            "conversationDiscriminatorColumn": "shown_thread", "conversationLabelColumn": "shown_thread", "textColumn": "body",
            "directionColumn": "direction", "directionSentValue": "outgoing", "timeColumn": "shown_time", "senderColumn": "shown_sender"}});
    }
    entry
}

fn title(layout: &Layout) -> String {
    super::xlsx::title(layout.kind.plural)
}

fn manifest(source: &Source) -> Map<String, Value> {
    let (tool, evidence) = (source.head.get("tool"), source.head.get("evidence"));
    let definitions = tool["definitions"].as_array().into_iter().flatten();
    let modules = definitions.map(|definition| {
        json!({"module_name": definition["id"], "artifact_name": definition["id"], "module_status": "Complete"})
    });
    let modules: Vec<Value> = modules.collect();
    let manifest = json!({
        "lava_schema_version": 2,
        "parser_info": {"leapp_name": "affiant", "leapp_version": member(tool, "version"), "leapp_mode": "CLI", "package": "Binary",
            "report_sha256": source.sha256},
        "param_input": evidence["name"],
        "param_output": ".",
        "param_type": evidence["kind"],
        "processing_status": "Complete",
        "lava_db_name": DATABASE,
        "modules": modules,
    });
    match manifest {
        Value::Object(manifest) => manifest,
        _ => Map::new(),
    }
}

fn sql(cell: &Cell<'_>) -> Sql {
    match cell {
        Cell::Moment(utc) => seconds(utc),
        cell => cell.text().map_or(Sql::Null, |text| Sql::Text(text.into_owned())),
    }
}

/// Seconds since 1970: a whole number where there is no fraction, as the viewer's own tools store it.
fn seconds(utc: &str) -> Sql {
    match parse_utc(utc) {
        Some((moment, _)) if moment.nanos == 0 => Sql::Integer(moment.seconds),
        Some((moment, _)) => Sql::Real(moment.seconds as f64 + f64::from(moment.nanos) / 1e9),
        None => Sql::Null,
    }
}
