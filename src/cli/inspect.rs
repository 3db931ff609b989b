//! `affiant inspect`: one file taken apart. It is how others check the readers against their own.

use super::args::{InspectOptions, ViewChoice};
use super::text::{grouped, printable};
use super::{End, Ended, inspect_tree, reading, refuse};
use affiant::evidence::{Companion, Content, Evidence};
use affiant::parse::sqlite::{Database, Files, Row, Table};
use affiant::parse::{Finding, Value};
use serde_json::{Map, Value as Json, json};
use std::io::{self, BufWriter, Write};

/// Runs the command.
pub(crate) fn run(options: &InspectOptions) -> Ended {
    if !options.file.is_file() {
        return refuse(format!("no such file: {}", options.file.display()));
    }
    let spill = tempfile::tempdir()?;
    let evidence = Evidence::open(&options.file, reading(spill.path().to_owned()))?;
    let name = format!("/{}", evidence.base_name());
    let Some(file) = evidence.files().iter().find(|file| file.device_path == name) else {
        return refuse("an archive is not one file: see `affiant identify`");
    };
    let main = evidence.read(file)?;
    let mut companions: Vec<(Companion, Content)> = Vec::new();
    for (companion, file) in evidence.companions(file) {
        companions.push((companion, evidence.read(file)?));
    }
    let beside = |wanted: Companion| {
        companions.iter().find(|(companion, _)| *companion == wanted).map(|(_, content)| &**content)
    };
    let files = Files { main: &main, wal: beside(Companion::Wal), journal: beside(Companion::Journal) };
    let mut out = BufWriter::new(io::stdout().lock());
    let ended = match Database::open(files) {
        Ok(database) => inspect(&mut out, options, &database),
        Err(error) => inspect_tree::run(&mut out, options, &main, &error),
    };
    out.flush()?;
    ended
}

fn inspect(out: &mut impl Write, options: &InspectOptions, database: &Database<'_>) -> Ended {
    let tables: Vec<&Table> = match &options.table {
        None => database.schema().tables.iter().collect(),
        Some(name) => match database.table(name) {
            Some(table) => vec![table],
            None => return refuse(no_table(database, name)),
        },
    };
    let mut lost = database.findings().iter().any(|finding| finding.loss);
    for finding in database.findings() {
        complain(finding);
    }
    missing(database, &tables);
    if !options.dump {
        overview(out, database, &tables)?;
        return Ok(if lost { End::Incomplete } else { End::Complete });
    }
    for table in tables {
        if options.view != ViewChoice::Older {
            lost |= dump(out, table, database.rows(table))?;
        }
        if options.view != ViewChoice::Live {
            lost |= dump(out, table, database.older_rows(table))?;
        }
    }
    Ok(if lost { End::Incomplete } else { End::Complete })
}

/// Tells what the order and the counts of the database say about rows that are not there.
fn missing(database: &Database<'_>, tables: &[&Table]) {
    let sequence = database.sequence();
    sequence.findings.iter().chain(&sequence.circumstances).for_each(complain);
    for gaps in sequence.tables.iter().filter(|gaps| tables.iter().any(|table| table.name == gaps.table)) {
        gaps.finding(&mut |_| None).iter().for_each(complain);
    }
}

fn no_table(database: &Database<'_>, name: &str) -> String {
    let nearest =
        database.schema().tables.iter().min_by_key(|table| strsim::damerau_levenshtein(name, &table.name));
    match nearest {
        Some(near) => format!("no table `{name}`; did you mean `{}`?", near.name),
        None => format!("no table `{name}`: the database has none"),
    }
}

fn complain(finding: &Finding) {
    let offset = finding.offset.map_or(String::new(), |offset| format!(" at {offset:#x}"));
    let line = format!("{}{offset}: {}: {}", finding.source, finding.code, finding.message);
    let _ = writeln!(io::stderr(), "{}", printable(&line));
}

fn overview(out: &mut impl Write, database: &Database<'_>, tables: &[&Table]) -> io::Result<()> {
    if let Some(header) = database.header() {
        writeln!(
            out,
            "SQLite database, page size {}, {:?}",
            header.page_size().unwrap_or(0),
            header.encoding()
        )?;
    }
    for table in tables {
        let rows = database.rows(table).filter(Result::is_ok).count();
        let older = database.older_rows(table).filter(Result::is_ok).count();
        let more =
            if older > 0 { format!(", {} under the WAL", grouped(older as u64)) } else { String::new() };
        writeln!(
            out,
            "\ntable {}: {} rows{more}, root page {}",
            printable(&table.name),
            grouped(rows as u64),
            table.root_page
        )?;
        for (index, column) in table.columns.iter().enumerate() {
            let alias = if table.rowid_alias == Some(index) { " (the rowid)" } else { "" };
            writeln!(out, "  {} {}{alias}", printable(&column.name), printable(&column.declared_type))?;
        }
    }
    for object in &database.schema().others {
        writeln!(out, "\n{} {} (not read as data)", object.kind, printable(&object.name))?;
    }
    Ok(())
}

/// Prints rows; whether something of them could not be read.
fn dump<'a>(
    out: &mut impl Write,
    table: &Table,
    rows: impl Iterator<Item = Result<Row<'a>, Finding>>,
) -> io::Result<bool> {
    let mut lost = false;
    for row in rows {
        match row {
            Ok(row) => {
                lost |= !row.complete;
                row.finding().into_iter().for_each(complain);
                serde_json::to_writer(&mut *out, &line(table, &row)).map_err(io::Error::from)?;
                out.write_all(b"\n")?;
            }
            Err(finding) => {
                lost |= finding.loss;
                complain(&finding);
            }
        }
    }
    Ok(lost)
}

fn line(table: &Table, row: &Row<'_>) -> Json {
    let mut values = Map::new();
    for (index, column) in table.columns.iter().enumerate() {
        values.insert(column.name.clone(), shown(&row.value(table, index)));
    }
    let place = row.place;
    json!({
        "table": table.name, "rowid": row.rowid, "view": place.view.to_string(), "source": place.source.to_string(),
        "page": place.page, "offset": place.offset, "length": place.length, "complete": row.complete, "values": values,
    })
}

/// A value as the contract of `--dump` writes it.
pub(crate) fn shown(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Integer(number) => json!(number),
        Value::Unsigned(number) => json!(number),
        Value::Uid(number) => json!({"uid": number}),
        Value::Real(number) if number.is_finite() => json!({"real": number}),
        Value::Real(number) => json!({"real": number.to_string()}),
        Value::Date(seconds) => json!({"date": seconds}),
        Value::Text(text) => json!(text),
        Value::InvalidText { bytes, .. } => json!({"text_bytes": hex::encode(bytes)}),
        Value::Blob(bytes) => json!({"blob": hex::encode(bytes)}),
        Value::List(nodes) => nodes.iter().map(|node| shown(&node.value)).collect(),
        Value::Map(members) => {
            members.iter().map(|(key, node)| (key.to_string(), shown(&node.value))).collect()
        }
    }
}
