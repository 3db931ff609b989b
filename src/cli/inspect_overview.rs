//! `affiant inspect FILE` of a database: header, schema, what does not fit.

use super::inspect::told;
use super::inspect_parts::{HEADING, one_line, tree};
use super::text::{grouped, printable};
use super::{End, Ended, inspect_remains};
use affiant::parse::Finding;
use affiant::parse::sqlite::{Database, Files, Moment, Table};
use std::io::{self, Write};

/// Findings that are printed; the others are counted.
const MOST: usize = 100;

/// Pages without an owner that are named.
const NAMED: usize = 16;

/// Findings, each once, and how many were left out.
#[derive(Default)]
struct Findings {
    kept: Vec<Finding>,
    more: u64,
    lost: bool,
}

impl Findings {
    fn add(&mut self, finding: Finding) {
        self.lost |= finding.loss;
        if self.kept.contains(&finding) {
            return;
        }
        if self.kept.len() < MOST {
            self.kept.push(finding);
        } else {
            self.more += 1;
        }
    }
}

/// Prints the overview.
pub(crate) fn run(
    out: &mut impl Write,
    tables: &[&Table],
    (database, files): (&Database<'_>, &Files<'_>),
) -> Ended {
    let mut findings = Findings::default();
    database.findings().iter().cloned().for_each(|finding| findings.add(finding));
    header(out, database, files)?;
    let moment = database.moment();
    for table in tables {
        table_lines(out, database, table, &mut findings)?;
    }
    others(out, database, &moment)?;
    inspect_remains::overview(out, database)?;
    moment.misfits().for_each(|finding| findings.add(finding));
    missing(database, tables, &mut findings);
    tell_findings(out, &findings, &moment)?;
    Ok(if findings.lost { End::Incomplete } else { End::Complete })
}

/// What the order and the counts of the database say about rows that are not there.
fn missing(database: &Database<'_>, tables: &[&Table], findings: &mut Findings) {
    let sequence = database.sequence();
    let of_tables = sequence.tables.iter().filter(|gaps| tables.iter().any(|table| table.name == gaps.table));
    let gaps: Vec<Finding> = of_tables.filter_map(|gaps| gaps.finding(&mut |_| None)).collect();
    let all = sequence.findings.into_iter().chain(gaps).chain(sequence.circumstances);
    all.for_each(|finding| findings.add(finding));
}

fn header(out: &mut impl Write, database: &Database<'_>, files: &Files<'_>) -> io::Result<()> {
    let (Some(header), Some(anatomy)) = (database.header(), database.header_anatomy()) else {
        return writeln!(out, "SQLite database without a byte: it has no table");
    };
    let size = header.page_size().unwrap_or(0);
    writeln!(out, "SQLite database, page size {size}, {:?}", header.encoding())?;
    writeln!(out, "\nheader, in {}\n{HEADING}", anatomy.source)?;
    anatomy.root.parts.iter().try_for_each(|part| tree(out, part, (files, anatomy.source), None))
}

fn table_lines(
    out: &mut impl Write,
    database: &Database<'_>,
    table: &Table,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut rows = 0u64;
    for row in database.rows(table) {
        match row {
            Ok(row) => {
                rows += 1;
                row.finding().into_iter().cloned().for_each(|finding| findings.add(finding));
            }
            Err(finding) => findings.add(finding),
        }
    }
    let older = database.older_rows(table).filter(Result::is_ok).count();
    let more = if older > 0 { format!(", {} under the WAL", grouped(older as u64)) } else { String::new() };
    let (name, root) = (printable(&table.name), table.root_page);
    writeln!(out, "\ntable {name}: {} rows{more}, root page {root}", grouped(rows))?;
    for (index, column) in table.columns.iter().enumerate() {
        let alias = if table.rowid_alias == Some(index) { " (the rowid)" } else { "" };
        writeln!(out, "  {} {}{alias}", printable(&column.name), printable(&column.declared_type))?;
    }
    Ok(())
}

/// Everything of the schema that is no table.
fn others(out: &mut impl Write, database: &Database<'_>, moment: &Moment<'_>) -> io::Result<()> {
    for object in &database.schema().others {
        let root = moment.root_of(&object.kind, &object.name);
        let root = root.map_or(String::new(), |root| format!(", root page {root}"));
        let on = if object.table == object.name { String::new() } else { format!(" on {}", object.table) };
        let line = format!("{} {}{on}{root} (not read as data)", object.kind, object.name);
        writeln!(out, "\n{}", one_line(&line))?;
        if !object.sql.is_empty() {
            writeln!(out, "  {}", one_line(&object.sql))?;
        }
    }
    Ok(())
}

fn tell_findings(out: &mut impl Write, findings: &Findings, moment: &Moment<'_>) -> io::Result<()> {
    writeln!(out, "\nfindings")?;
    for finding in &findings.kept {
        writeln!(out, "  {}", told(finding))?;
    }
    if findings.more > 0 {
        writeln!(out, "  … and {} more", grouped(findings.more))?;
    }
    let unreached = moment.unreached(NAMED + 1);
    if !unreached.is_empty() {
        let named: Vec<String> = unreached.iter().take(NAMED).map(u32::to_string).collect();
        let more = if unreached.len() > NAMED { ", …" } else { "" };
        writeln!(
            out,
            "  pages that no tree, overflow chain or freelist leads to: {}{more}",
            named.join(", ")
        )?;
    }
    if findings.kept.is_empty() && unreached.is_empty() {
        writeln!(out, "  none: header, schema, rows and the structure of each page fit")?;
    }
    Ok(())
}
