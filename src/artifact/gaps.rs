//! Rowids that are missing in a table, with the times of the records beside them: between which moments a row was there that is gone.

use super::base::Base;
use super::build::{Given, build};
use super::definition::Definition;
use super::frame::Frame;
use super::run_file::FileRun;
use super::tables::{Serving, Verdict, accepts};
use crate::parse;
use crate::parse::sqlite::RowidGaps;
use crate::record::{FieldValue, Finding, Record, Sink, State};
use std::collections::BTreeMap;

/// The fields that tell when a row came to be, the nearest to that moment first.
const MOMENTS: &[&str] =
    &["stored_at", "received_at", "sent_at", "started_at", "ended_at", "created_at", "installed_at"];
/// Tables that one finding names.
const NAMED: usize = 16;

/// The gaps of one file.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    tables: Vec<RowidGaps>,
    /// By table, what was made of them.
    told: BTreeMap<String, Told>,
}

/// The finding of one table, under the definition that knows most times of it.
#[derive(Debug)]
struct Told {
    finding: Option<parse::Finding>,
    artifact: String,
    times: usize,
}

impl Gaps {
    pub(super) fn new(tables: Vec<RowidGaps>) -> Gaps {
        Gaps { tables: tables.into_iter().filter(RowidGaps::any).collect(), told: BTreeMap::new() }
    }
}

/// Makes the finding of the table that a group of blocks reads. Several groups may read it: the one with most times is heard.
pub(super) fn tell<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &'d Definition,
    group: &[Serving<'d, 'a>],
) {
    let Some(Serving { plan, .. }) = group.first() else { return };
    let Some(gaps) = run.gaps.tables.iter().find(|gaps| gaps.table == plan.table.name) else { return };
    let mut times = 0;
    let finding = gaps.finding(&mut |rowid| {
        let time = time_of_row(run, definition, group, rowid);
        times += usize::from(time.is_some());
        time
    });
    let told = Told { finding, artifact: definition.id.clone(), times };
    if run.gaps.told.get(&plan.table.name).is_none_or(|known| known.times < times) {
        run.gaps.told.insert(plan.table.name.clone(), told);
    }
}

/// When a live row came to be, as the record that is made of it says.
fn time_of_row<'d, 'a: 'd, S: Sink>(
    run: &FileRun<'_, S>,
    definition: &'d Definition,
    group: &[Serving<'d, 'a>],
    rowid: i64,
) -> Option<String> {
    let Serving { plan: first, .. } = group.first()?;
    // What cannot be read was said when all rows were.
    let Ok(Some(row)) = first.open.db.find(first.table, rowid) else { return None };
    for Serving { plan, .. } in group {
        let mut frame = Frame::new(plan.block, Base::Row { plan, row: &row }, run.path());
        if matches!(accepts(&mut frame), Verdict::Takes) {
            let built = build(&mut frame, Given { definition, state: State::Live, content: run.content() });
            return time_of(&built.record);
        }
    }
    None
}

fn time_of(record: &Record<'_>) -> Option<String> {
    MOMENTS.iter().find_map(|name| match record.field(name) {
        Some(FieldValue::Time(time)) => Some(format!("{name} {}", time.utc?)),
        _ => None,
    })
}

/// Adds the findings: one for each table that records are made of, and one for all others together.
pub(super) fn report<S: Sink>(run: &mut FileRun<'_, S>) {
    let Gaps { tables, told } = std::mem::take(&mut run.gaps);
    let others = tables.iter().filter(|gaps| !told.contains_key(&gaps.table) && !gaps.is_sparse());
    let others: Vec<String> = others.map(|gaps| format!("{} ({})", gaps.table, gaps.missing)).collect();
    for (table, told) in told {
        let Some(found) = told.finding else { continue };
        run.push(Finding {
            code: found.code.to_owned(),
            loss: found.loss,
            message: found.message,
            artifact: Some(told.artifact),
            table: Some(table),
            source: Some(found.source),
            page: found.page,
            offset: found.offset,
            ..Finding::default()
        });
    }
    if !others.is_empty() {
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = others.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        let message = format!(
            "rowids are also missing in tables of which no record is made: {names}{more}; `affiant inspect` tells which"
        );
        run.note("sqlite-rowid-gaps-elsewhere", false, message);
    }
}
