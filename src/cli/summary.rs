//! The table for people at the end of a run: what was found, what could not be read and why.

use super::args::ParseOptions;
use super::text::{grouped, printable};
use affiant::artifact::{AppStatus, Outcome};
use affiant::record::{Finding, State};
use affiant::report::Spool;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Findings that are told one by one.
const TOLD: usize = 12;

/// The summary, ready to print.
pub(crate) fn summary(options: &ParseOptions, outcome: &Outcome<Spool>, findings: &[Finding]) -> String {
    let mut out = String::new();
    found(&mut out, outcome);
    apps(&mut out, outcome);
    losses(&mut out, findings);
    let _ = writeln!(out, "report: {}", options.output.join("report.json").display());
    if !options.no_html {
        let _ = writeln!(out, "to read: {}", options.output.join("report.html").display());
    }
    out
}

fn found(out: &mut String, outcome: &Outcome<Spool>) {
    let mut rows: BTreeMap<(&str, &str), [u64; State::ALL.len()]> = BTreeMap::new();
    for ((kind, state, service), count) in outcome.files.iter().flat_map(|file| &file.counts) {
        let row = rows.entry((kind, service)).or_default();
        let column = State::ALL.iter().position(|known| known.name() == *state);
        if let Some(cell) = column.and_then(|column| row.get_mut(column)) {
            *cell += count;
        }
    }
    // Columns that few runs need stand there when they hold something.
    let holds = |(index, state): &(usize, &State)| {
        matches!(state, State::Live | State::Superseded | State::Deleted)
            || rows.values().any(|row| row.get(*index).is_some_and(|count| *count > 0))
    };
    let columns: Vec<(usize, &State)> = State::ALL.iter().enumerate().filter(holds).collect();
    let heads: String = columns.iter().map(|(_, state)| format!(" {:>10}", state.name())).collect();
    let _ = writeln!(out, "{:<20} {:<28}{heads}", "found", "service");
    for ((kind, service), row) in &rows {
        let cell = |(index, state): &(usize, &State)| {
            let (count, width) = (row.get(*index).copied().unwrap_or(0), state.name().len().max(10));
            format!(" {:>width$}", grouped(count))
        };
        let cells: String = columns.iter().map(cell).collect();
        let _ = writeln!(out, "{kind:<20} {:<28}{cells}", printable(service));
    }
}

fn apps(out: &mut String, outcome: &Outcome<Spool>) {
    let count = |status: AppStatus| outcome.apps.iter().filter(|app| app.status == status).count();
    let told: Vec<String> = [
        (AppStatus::Parsed, "parsed"),
        (AppStatus::Empty, "empty"),
        (AppStatus::Failed, "failed"),
        (AppStatus::Encrypted, "encrypted"),
        (AppStatus::NoDefinition, "without a definition"),
    ]
    .into_iter()
    .filter(|(status, _)| count(*status) > 0)
    .map(|(status, words)| format!("{} {words}", count(status)))
    .collect();
    if !told.is_empty() {
        let _ = writeln!(out, "apps: {}", told.join(", "));
    }
}

fn losses(out: &mut String, findings: &[Finding]) {
    let lost: Vec<&Finding> = findings.iter().filter(|finding| finding.loss).collect();
    if lost.is_empty() {
        let unknown = findings.iter().filter(|finding| finding.code == "database-without-definition").count();
        let _ = writeln!(
            out,
            "what the definitions read could be read in full; databases without a definition: {}; observations in `findings`: {}",
            grouped(unknown as u64),
            grouped(findings.len() as u64)
        );
        return;
    }
    let _ = writeln!(out, "could not be read in full:");
    for finding in lost.iter().take(TOLD) {
        let place = finding.path.as_deref().map_or_else(|| "the evidence".to_owned(), printable);
        let _ = writeln!(out, "  {place}: {}", printable(&finding.message));
    }
    if lost.len() > TOLD {
        let _ = writeln!(out, "  and {} more in `findings`", lost.len() - TOLD);
    }
}
