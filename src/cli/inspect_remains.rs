//! What `affiant inspect FILE` tells beyond the live view: dead schema, what each page is used for, and the commits of the log with
//! what each changed, row by row.

use super::inspect::{Columns, complain};
use super::inspect_parts::one_line;
use super::text::{grouped, printable};
use super::{End, Ended};
use affiant::parse::sqlite::{Change, ChangeKind, Commit, Database, Row, Table, Use};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Commits that the overview lists; `--commits` has all.
const LISTED: usize = 50;

/// Runs of pages that one line of the page map names.
const RUNS: usize = 12;

/// Prints dead schema, page map and commits.
pub(crate) fn overview(out: &mut impl Write, database: &Database<'_>) -> io::Result<()> {
    dead_schema(out, database)?;
    page_map(out, database)?;
    let commits = database.commits();
    if commits.is_empty() {
        return Ok(());
    }
    writeln!(out, "\ncommits in the log, oldest first")?;
    for commit in commits.iter().take(LISTED) {
        writeln!(out, "  {}", told(commit))?;
    }
    if commits.len() > LISTED {
        let more = commits.len() - LISTED;
        writeln!(out, "  … and {} more (--commits has all)", grouped(more as u64))?;
    }
    Ok(())
}

/// Tables that the live schema has no longer.
fn dead_schema(out: &mut impl Write, database: &Database<'_>) -> io::Result<()> {
    let dropped = database.dropped_tables().map(|table| ("an older state has it", table));
    let lost = database.lost_tables().map(|table| ("a dead row of the schema names it", table));
    for (why, table) in dropped.chain(lost) {
        writeln!(out, "\ndead table {} ({why})", printable(&table.name))?;
        writeln!(out, "  {}", one_line(&table.sql))?;
    }
    Ok(())
}

fn page_map(out: &mut impl Write, database: &Database<'_>) -> io::Result<()> {
    let mut map: BTreeMap<String, Vec<(u32, u32)>> = BTreeMap::new();
    for (page, what) in database.census().pages() {
        let runs = map.entry(named(database, what)).or_default();
        match runs.last_mut().filter(|(_, last)| *last + 1 == page) {
            Some((_, last)) => *last = page,
            None => runs.push((page, page)),
        }
    }
    writeln!(out, "\npages")?;
    for (name, runs) in map {
        let count: u64 = runs.iter().map(|(first, last)| u64::from(last - first) + 1).sum();
        let shown = runs.iter().take(RUNS).map(|(first, last)| {
            if first == last { first.to_string() } else { format!("{first} to {last}") }
        });
        let more = if runs.len() > RUNS { ", …" } else { "" };
        let shown = shown.collect::<Vec<_>>().join(", ");
        writeln!(out, "  {:>9}  {}: {shown}{more}", grouped(count), printable(&name))?;
    }
    Ok(())
}

fn named(database: &Database<'_>, what: Use) -> String {
    let schema = database.schema();
    match what {
        Use::Schema => "sqlite_schema".to_owned(),
        Use::Table(index) => {
            format!("table {}", schema.tables.get(index).map_or("?", |table| &table.name))
        }
        Use::Index(index) => {
            format!("index {}", schema.others.get(index).map_or("?", |object| &object.name))
        }
        Use::Overflow(_) => "overflow".to_owned(),
        Use::Trunk(_) => "freelist, trunk".to_owned(),
        Use::Free => "freelist, leaf".to_owned(),
        Use::PointerMap => "pointer map".to_owned(),
        Use::LockByte => "lock byte".to_owned(),
        Use::Nobody => "nobody's".to_owned(),
    }
}

fn told(commit: &Commit) -> String {
    let (one, two) = commit.salts;
    let checked = if commit.verified { "checksums right" } else { "checksums not proven" };
    format!(
        "{}: frames {} to {}, pages written: {}, database size after it: {}, salts {one:08x} {two:08x}, {checked}",
        commit.view,
        commit.first_frame,
        commit.last_frame,
        commit.pages.len(),
        commit.database_size
    )
}

/// Prints every commit and what it changed, as JSON Lines.
pub(crate) fn commits(out: &mut impl Write, database: &Database<'_>) -> Ended {
    database.findings().iter().for_each(complain);
    for commit in database.commits() {
        let view = commit.view.to_string();
        let line = json!({
            "commit": view, "first_frame": commit.first_frame, "last_frame": commit.last_frame, "pages": commit.pages,
            "database_size": commit.database_size, "salts": [commit.salts.0, commit.salts.1], "verified": commit.verified,
        });
        writeln!(out, "{line}")?;
        for change in database.changes(commit.view) {
            writeln!(out, "{}", changed(&view, &change))?;
        }
    }
    Ok(End::Complete)
}

fn changed(view: &str, change: &Change<'_, '_>) -> Json {
    let Change { table, kind, row } = change;
    let (name, from) = match kind {
        ChangeKind::Inserted => ("inserted", None),
        ChangeKind::Deleted => ("deleted", None),
        ChangeKind::Updated { from } => ("updated", Some(values(from, table))),
    };
    let place = row.place;
    let mut line = json!({
        "commit": view, "change": name, "table": table.name, "rowid": row.rowid, "source": place.source.name(),
        "page": place.page, "offset": place.offset, "length": place.length,
    });
    if let Some(line) = line.as_object_mut() {
        line.extend(from.map(|from| ("from".to_owned(), from)));
        line.insert("values".to_owned(), values(row, table));
    }
    line
}

fn values(row: &Row<'_>, table: &Table) -> Json {
    let values = row.values(table);
    json!(Columns { table, values: &values, missing: &[] })
}
