//! `affiant inspect`: one file taken apart. It is how others check the readers against their own.

use super::args::InspectOptions;
use super::text::printable;
use super::{End, Ended, inspect_offset, inspect_overview, inspect_page, inspect_tree, reading, refuse};
use affiant::evidence::{Companion, Content, Evidence};
use affiant::parse::sqlite::{Database, Files, Row, Standing, Table, Version};
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
        Ok(database) => match (options.page, options.offset) {
            (Some(page), _) => inspect_page::run(&mut out, options, page, (&database, &files)),
            (_, Some(offset)) => inspect_offset::run(&mut out, options, offset, (&database, &files)),
            (None, None) => inspect(&mut out, options, (&database, &files)),
        },
        Err(error) => inspect_tree::run(&mut out, options, &main, &error),
    };
    out.flush()?;
    ended
}

fn inspect(
    out: &mut impl Write,
    options: &InspectOptions,
    (database, files): (&Database<'_>, &Files<'_>),
) -> Ended {
    let tables: Vec<&Table> = match &options.table {
        None => database.schema().tables.iter().collect(),
        Some(name) => match database.table(name) {
            Some(table) => vec![table],
            None => return refuse(no_table(database, name)),
        },
    };
    if !options.dump {
        return inspect_overview::run(out, &tables, (database, files));
    }
    let mut lost = database.findings().iter().any(|finding| finding.loss);
    for finding in database.findings() {
        complain(finding);
    }
    for table in &tables {
        lost |= dump(out, (database, table), options)?;
    }
    if options.table.is_none() && options.views.want_older() {
        for table in database.dropped_tables() {
            lost |= dump(out, (database, table), options)?;
        }
    }
    if options.table.is_none() && options.views.want_residue() {
        for table in database.lost_tables() {
            lost |= dump(out, (database, table), options)?;
        }
        for stray in database.strays().filter(|stray| options.views.wants(stray.row.place.view)) {
            write_line(out, &stray_line(&stray.row, stray.table))?;
        }
    }
    Ok(if lost { End::Incomplete } else { End::Complete })
}

fn no_table(database: &Database<'_>, name: &str) -> String {
    let nearest =
        database.schema().tables.iter().min_by_key(|table| strsim::damerau_levenshtein(name, &table.name));
    match nearest {
        Some(near) => format!("no table `{name}`; did you mean `{}`?", near.name),
        None => format!("no table `{name}`: the database has none"),
    }
}

pub(crate) fn complain(finding: &Finding) {
    let _ = writeln!(io::stderr(), "{}", told(finding));
}

/// A finding as one line.
pub(crate) fn told(finding: &Finding) -> String {
    let offset = finding.offset.map_or(String::new(), |offset| format!(" at {offset:#x}"));
    printable(&format!("{}{offset}: {}: {}", finding.source, finding.code, finding.message))
}

/// Prints the rows of a table; whether something of the live ones could not be read.
fn dump(
    out: &mut impl Write,
    (database, table): (&Database<'_>, &Table),
    options: &InspectOptions,
) -> io::Result<bool> {
    let mut lost = false;
    database.versions(table, &options.views, &mut |version| match version {
        Ok(version) => {
            let row = &version.row;
            lost |= !row.complete && row.recovered().is_none();
            row.finding().into_iter().for_each(complain);
            write_line(out, &line(table, &version))
        }
        Err(finding) => {
            lost |= finding.loss;
            complain(&finding);
            Ok(())
        }
    })?;
    Ok(lost)
}

fn write_line(out: &mut impl Write, line: &Json) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn line(table: &Table, version: &Version<'_>) -> Json {
    let state = match version.standing {
        Standing::Live => "live",
        Standing::Superseded => "superseded",
        Standing::Deleted => "deleted",
        Standing::Unreachable => "unreachable",
    };
    let seen_in = version.seen_in.iter().map(|place| {
        json!({"view": place.view.to_string(), "source": place.source.to_string(), "page": place.page, "offset": place.offset})
    });
    let mut line = row_line(&version.row, table);
    line.insert("table".to_owned(), json!(table.name));
    line.insert("state".to_owned(), json!(state));
    if !version.seen_in.is_empty() {
        line.insert("seen_in".to_owned(), seen_in.collect());
    }
    Json::Object(line)
}

fn stray_line(row: &Row<'_>, table: &Table) -> Json {
    let mut line = row_line(row, table);
    if !table.name.is_empty() {
        line.insert("table".to_owned(), json!(table.name));
    }
    line.insert("state".to_owned(), json!("unattributed"));
    Json::Object(line)
}

fn row_line(row: &Row<'_>, table: &Table) -> Map<String, Json> {
    let (mut values, mut missing, mut cut) = (Map::new(), Vec::new(), Map::new());
    for (index, column) in table.columns.iter().enumerate() {
        let value = shown(&row.value(table, index));
        let is_missing = row.is_missing(table, index);
        if is_missing {
            missing.push(column.name.clone());
        }
        // What is left of a value that is cut would pass for a value.
        if is_missing {
            if !value.is_null() {
                cut.insert(column.name.clone(), value);
            }
            values.insert(column.name.clone(), Json::Null);
        } else {
            values.insert(column.name.clone(), value);
        }
    }
    let place = row.place;
    let mut line = Map::new();
    line.insert("table".to_owned(), Json::Null);
    line.insert("rowid".to_owned(), json!(row.rowid));
    line.insert("view".to_owned(), json!(place.view.to_string()));
    line.insert("source".to_owned(), json!(place.source.to_string()));
    line.insert("page".to_owned(), json!(place.page));
    line.insert("offset".to_owned(), json!(place.offset));
    line.insert("length".to_owned(), json!(place.length));
    line.insert("complete".to_owned(), json!(row.complete));
    line.insert("values".to_owned(), Json::Object(values));
    if !missing.is_empty() {
        line.insert("missing".to_owned(), json!(missing));
    }
    if !cut.is_empty() {
        line.insert("cut".to_owned(), Json::Object(cut));
    }
    if let Some(recovered) = row.recovered() {
        line.insert("reason".to_owned(), json!(recovered.reason()));
    }
    line
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
