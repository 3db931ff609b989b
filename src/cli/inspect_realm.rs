//! `affiant inspect FILE.realm`: header, classes and their columns; with `--dump` every row, those of the commit before and of free space too.

use super::args::InspectOptions;
use super::inspect::{complain, shown};
use super::inspect_parts::one_line;
use super::text::grouped;
use super::{End, Ended, refuse};
use affiant::parse::realm::{
    Column, Fate, FreeRow, Realm, Row, Snapshot, Table, TableKind, Unused, older_rows,
};
use affiant::parse::{Error, Finding};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Runs the command on the bytes of a Realm file, decrypted where it was encrypted.
pub(crate) fn run(out: &mut impl Write, options: &InspectOptions, bytes: &[u8]) -> Ended {
    if options.page.is_some() || options.offset.is_some() || options.commits {
        return refuse("a Realm file has no pages: see it with or without --dump");
    }
    let opened = Realm::open(bytes).and_then(|realm| Ok((realm, realm.current()?)));
    let (realm, current) = match opened {
        Ok(opened) => opened,
        Err(error) => return refuse(error.to_string()),
    };
    let tables: Vec<&Table<'_>> = match &options.table {
        None => current.tables.iter().collect(),
        Some(name) => match current.table(name) {
            Some(table) => vec![table],
            None => return refuse(no_table(&current, name)),
        },
    };
    if options.dump {
        dump(out, options, (&realm, &current, &tables))?;
    } else {
        overview(out, (&realm, &current, &tables))?;
    }
    let findings = current.take_findings();
    findings.iter().for_each(complain);
    Ok(if findings.iter().any(|finding| finding.loss) { End::Incomplete } else { End::Complete })
}

fn no_table(snapshot: &Snapshot<'_>, name: &str) -> String {
    let nearest = snapshot.tables.iter().min_by_key(|table| strsim::damerau_levenshtein(name, &table.name));
    match nearest {
        Some(near) => format!("no table `{name}`; did you mean `{}`?", one_line(&near.name)),
        None => format!("no table `{name}`: the file has none"),
    }
}

type Opened<'o, 'a> = (&'o Realm<'a>, &'o Snapshot<'a>, &'o [&'o Table<'a>]);

fn overview(out: &mut impl Write, (realm, current, tables): Opened<'_, '_>) -> io::Result<()> {
    let header = &realm.header;
    let form = if header.is_streamed { ", written in one stream" } else { "" };
    writeln!(out, "Realm file, format {}{form}", header.current.format)?;
    for (index, slot) in header.slots.iter().enumerate() {
        let is_current = !header.is_streamed && *slot == header.current;
        let role = if is_current { ": the last commit" } else { "" };
        writeln!(out, "  slot {index}: top ref {:#x}, format {}{role}", slot.top_ref, slot.format)?;
    }
    if header.is_streamed {
        writeln!(out, "  footer: top ref {:#x}", header.current.top_ref)?;
    }
    if let Some(commit) = current.commit {
        writeln!(out, "  commit {commit}")?;
    }
    if let Some(history) = current.history {
        writeln!(out, "  history: {}", history_name(history))?;
    }
    match realm.previous() {
        None => writeln!(out, "  no commit before is named")?,
        Some(Ok(previous)) => {
            let commit = previous.commit.map_or(String::new(), |commit| format!(" {commit}"));
            writeln!(out, "  commit before{commit}: {} tables", previous.tables.len())?;
        }
        Some(Err(error)) => {
            writeln!(out, "  commit before: cannot be read: {}", one_line(&error.to_string()))?
        }
    }
    tables.iter().try_for_each(|table| table_lines(out, current, table))
}

fn history_name(kind: i64) -> &'static str {
    match kind {
        0 => "none",
        1 => "beside the file",
        2 => "in the file",
        3 => "of a client that synchronises",
        4 => "of a server that synchronises",
        _ => "of an unknown kind",
    }
}

fn table_lines<'a>(out: &mut impl Write, snapshot: &Snapshot<'a>, table: &Table<'a>) -> io::Result<()> {
    let kind = match table.kind {
        TableKind::TopLevel => "",
        TableKind::Embedded => ", embedded",
        TableKind::Asymmetric => ", asymmetric",
    };
    let half = if table.is_half_upgraded { ", half upgraded" } else { "" };
    let rows = grouped(snapshot.count(table) as u64);
    writeln!(out, "\n{}: {rows} rows{kind}{half}, at {:#x}", one_line(&table.name), table.offset)?;
    for column in &table.columns {
        let target =
            column.target.as_ref().map_or(String::new(), |target| format!(" to {}", one_line(target)));
        let key = if column.is_primary_key { ", primary key" } else { "" };
        let indexed = if column.is_indexed { ", indexed" } else { "" };
        let nullable = if column.is_nullable { ", nullable" } else { "" };
        writeln!(out, "  {}: {}{target}{key}{indexed}{nullable}", one_line(&column.name), column.type_name)?;
    }
    Ok(())
}

fn dump(
    out: &mut impl Write,
    options: &InspectOptions,
    (realm, current, tables): Opened<'_, '_>,
) -> io::Result<()> {
    if options.views.wants_named("live") {
        for table in tables {
            let labels = labels(&table.columns);
            current.rows(table, &mut |row| line(out, (table, &labels), &row, ("live", "live")))?;
        }
    }
    let previous = realm.previous().and_then(|previous| previous.inspect_err(overwritten).ok());
    if let Some(previous) = previous.as_ref().filter(|_| options.views.wants_named("previous")) {
        for table in wanted(options, tables, previous) {
            let labels = labels(&table.columns);
            older_rows(current, previous, table, &mut |row, fate| {
                line(out, (table, &labels), &row, ("previous", state(fate)))
            })?;
        }
    }
    if options.views.wants_named("free") {
        free(out, options, (realm, current, tables), previous.as_ref())?;
    }
    previous.iter().flat_map(Snapshot::take_findings).for_each(|finding| complain(&older(finding)));
    Ok(())
}

/// What it left may be used again: nothing that the last commit has is lost.
fn older(mut finding: Finding) -> Finding {
    finding.loss = false;
    finding.message.insert_str(0, "in the commit before: ");
    finding
}

fn state(fate: Fate) -> &'static str {
    match fate {
        Fate::Changed => "superseded",
        Fate::Deleted => "deleted",
    }
}

/// The tables of the commit before that are asked for.
fn wanted<'t, 'a>(
    options: &InspectOptions,
    tables: &[&Table<'a>],
    previous: &'t Snapshot<'a>,
) -> Vec<&'t Table<'a>> {
    let is_wanted =
        |table: &&Table<'a>| options.table.is_none() || tables.iter().any(|known| known.name == table.name);
    previous.tables.iter().filter(is_wanted).collect()
}

/// Rows that no commit has any more, of the tables of the last commit and of those that only the one before has.
fn free<'a>(
    out: &mut impl Write,
    options: &InspectOptions,
    (realm, current, tables): Opened<'_, 'a>,
    previous: Option<&Snapshot<'a>>,
) -> io::Result<()> {
    let unused = Unused::of(realm, current, previous);
    let dropped = previous.map_or_else(Vec::new, |previous| wanted(options, tables, previous));
    let is_gone = |table: &&Table<'_>| current.tables.iter().all(|known| known.name != table.name);
    for table in tables.iter().copied().chain(dropped.into_iter().filter(is_gone)) {
        let labels = labels(&table.columns);
        unused.rows(table, &mut |found| free_line(out, (table, &labels), &found))?;
    }
    unused.take_findings().iter().for_each(complain);
    Ok(())
}

fn free_line(out: &mut impl Write, table: (&Table<'_>, &[String]), found: &FreeRow<'_>) -> io::Result<()> {
    let mut line = json_line(table, &found.row, ("free", state(found.fate)));
    if !found.has_key {
        line.insert("rowid".to_owned(), Json::Null);
        line.insert("key_in_leaf".to_owned(), Json::from(found.row.key));
    }
    line.insert("certain".to_owned(), Json::from(found.is_certain));
    print(out, &line)
}

fn overwritten(error: &Error) {
    let line = format!("the commit before cannot be read: {error}");
    let _ = writeln!(io::stderr(), "{}", one_line(&line));
}

/// The names of columns, each once: a name that stands again is given a number.
fn labels(columns: &[Column<'_>]) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let label = |column: &'_ Column<'_>, seen: usize| match seen {
        1 => column.name.to_string(),
        count => format!("{}#{count}", column.name),
    };
    columns
        .iter()
        .map(|column| {
            let count = seen.entry(&column.name).or_default();
            *count += 1;
            label(column, *count)
        })
        .collect()
}

fn line(
    out: &mut impl Write,
    table: (&Table<'_>, &[String]),
    row: &Row<'_>,
    view: (&str, &str),
) -> io::Result<()> {
    print(out, &json_line(table, row, view))
}

fn print(out: &mut impl Write, line: &Map<String, Json>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn json_line(
    (table, labels): (&Table<'_>, &[String]),
    row: &Row<'_>,
    (view, state): (&str, &str),
) -> Map<String, Json> {
    let mut values = Map::new();
    let mut places = Map::new();
    for (label, node) in labels.iter().zip(&row.values) {
        values.insert(label.clone(), shown(&node.value));
        places.insert(label.clone(), json!([node.span.offset, node.span.length]));
    }
    let mut line = Map::new();
    let mut put = |name: &str, value: Json| line.insert(name.to_owned(), value);
    put("table", json!(table.name));
    put("rowid", json!(row.key));
    put("view", json!(view));
    put("source", json!("main"));
    put("offset", json!(row.place.offset));
    put("length", json!(row.place.length));
    put("complete", json!(row.missing.is_empty()));
    put("values", Json::Object(values));
    put("places", Json::Object(places));
    if !row.missing.is_empty() {
        let missing: Vec<&String> = row.missing.iter().filter_map(|index| labels.get(*index)).collect();
        put("missing", json!(missing));
    }
    put("state", json!(state));
    line
}
