//! A definition over the tables of an open database.

use super::base::Base;
use super::bind::{Binding, Missing, OpenDatabase, Plan, bind, find_table};
use super::build::{Given, build};
use super::coverage::TableCoverage;
use super::definition::{Condition, Constant, Definition, RecordBlock, Rows};
use super::fragment::{self, Remnant};
use super::frame::Frame;
use super::gaps;
use super::run_file::FileRun;
use super::scalar::passes;
use crate::parse::sqlite::{Identity, Place, Row, Standing, Table, Version};
use crate::record::{Finding, RecordId, Sighting, Sink, State};
use std::collections::BTreeSet;

/// Runs every block of a definition whose rows come from this source.
///
/// # Errors
/// Those of the sink.
pub(super) fn run<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    (definition, source): (&'d Definition, usize),
    open: OpenDatabase<'d, 'a>,
    other: &dyn Fn(usize) -> Option<OpenDatabase<'d, 'a>>,
    read: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    for group in groups(definition, source, open) {
        let Some(first) = group.first().copied().filter(|first| run.wants(first.kind.name)) else { continue };
        let bindings: Vec<Binding<'d, 'a>> = group
            .iter()
            .filter_map(|block| match &block.rows {
                Rows::Table(pattern) => bind(block, pattern, open, other),
                _ => None,
            })
            .collect();
        if !bindings.iter().any(Binding::fits) && !served_elsewhere(definition, first, (source, open), other)
        {
            let missing: Vec<&Missing> = bindings.iter().map(|binding| &binding.missing).collect();
            let is_there = find_table(open.db, open.views, first.rows.label()).is_some();
            let tables: Vec<&str> = open.db.schema().tables.iter().map(|table| table.name.as_str()).collect();
            run.unfit(definition, first, (is_there, &tables), &missing);
        }
        let group = serving(bindings);
        for Serving { plan, .. } in &group {
            read.insert(plan.table.name.clone());
            let here = plan.lookups.iter().flatten().filter(|lookup| lookup.open.file == open.file);
            read.extend(here.map(|lookup| lookup.table.name.clone()));
        }
        run_group(run, definition, group)?;
    }
    Ok(())
}

/// A block that runs on a table.
pub(super) struct Serving<'d, 'a> {
    pub(super) plan: Plan<'d, 'a>,
    /// What it needs and this database lacks, where other blocks of its kind fit and this one stands in for the rows that none of
    /// them takes.
    lacks: Option<String>,
}

/// The blocks to run: those that fit, then those that lack something, for the rows that no other takes. A renamed column costs that
/// column and a loud finding, not the rows.
fn serving<'d, 'a>(bindings: Vec<Binding<'d, 'a>>) -> Vec<Serving<'d, 'a>> {
    let (fitting, mut others): (Vec<_>, Vec<_>) = bindings.into_iter().partition(Binding::fits);
    let alone = fitting.is_empty();
    others.retain(Binding::says_something);
    others.sort_by_key(|binding| binding.missing.columns.len() + binding.missing.tables.len());
    let whole = fitting.into_iter().map(|binding| Serving { plan: binding.plan, lacks: None });
    let standing_in = others
        .into_iter()
        .map(|binding| Serving { lacks: (!alone).then(|| binding.missing.text()), plan: binding.plan });
    whole.chain(standing_in).collect()
}

/// The blocks of a source by kind and table, in the order of the file. Blocks for identifiers of different kinds each read the
/// table: one row of a SIM gives its number and its ICCID.
fn groups<'d>(
    definition: &'d Definition,
    source: usize,
    open: OpenDatabase<'d, '_>,
) -> Vec<Vec<&'d RecordBlock>> {
    let mut groups: Vec<(String, &str, Option<&Constant>, Vec<&RecordBlock>)> = Vec::new();
    for block in definition.records.iter().filter(|block| block.source == source) {
        let Rows::Table(pattern) = &block.rows else { continue };
        let name = find_table(open.db, open.views, pattern)
            .map_or_else(|| pattern.clone(), |table| table.name.clone());
        let what = block.constant("kind");
        let same = |group: &&mut (String, &str, Option<&Constant>, Vec<&RecordBlock>)| {
            group.0 == name && group.1 == block.kind.name && group.2 == what
        };
        match groups.iter_mut().find(same) {
            Some((.., blocks)) => blocks.push(block),
            None => groups.push((name, block.kind.name, what, vec![block])),
        }
    }
    groups.into_iter().map(|(.., blocks)| blocks).collect()
}

/// Whether another table of this file serves the same kind of the definition: another version of the schema.
fn served_elsewhere<'d, 'a>(
    definition: &'d Definition,
    block: &RecordBlock,
    (source, open): (usize, OpenDatabase<'d, 'a>),
    other: &dyn Fn(usize) -> Option<OpenDatabase<'d, 'a>>,
) -> bool {
    let same_kind =
        definition.records.iter().filter(|known| known.source == source && known.kind == block.kind);
    let absent = |rows: &Rows| matches!(rows, Rows::Table(pattern) if find_table(open.db, open.views, pattern).is_none());
    absent(&block.rows)
        && same_kind.filter(|known| known.rows != block.rows).any(|known| match &known.rows {
            Rows::Table(pattern) => bind(known, pattern, open, other).is_some_and(|binding| binding.fits()),
            _ => false,
        })
}

fn run_group<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &'d Definition,
    mut group: Vec<Serving<'d, 'a>>,
) -> std::io::Result<()> {
    for Serving { plan, .. } in &mut group {
        for place in std::mem::take(&mut plan.elsewhere) {
            let message = format!("{}, which a look-up of {} needs, is not there", place, definition.id);
            run.note("look-up-column-missing", false, message);
        }
        for lookup in plan.lookups.iter_mut().flatten() {
            for finding in lookup.prepare() {
                run.parse_finding(&finding, Some(definition), Some(&lookup.table.name));
            }
        }
    }
    let Some(Serving { plan: first, .. }) = group.first() else { return Ok(()) };
    let (open, table) = (first.open, first.table);
    let mut coverage = TableCoverage {
        artifact: definition.id.clone(),
        kind: first.block.kind.name.to_owned(),
        file: run.id,
        table: table.name.clone(),
        identifier: first.block.constant("kind").map(Constant::text),
        ..TableCoverage::default()
    };
    open.db.versions(table, open.views, &mut |version| {
        coverage.rows += 1;
        match version {
            Ok(version) => row(run, definition, &group, version, &mut coverage),
            Err(finding) => {
                coverage.unreadable += 1;
                run.parse_finding(&finding, Some(definition), Some(&table.name));
                Ok(())
            }
        }
    })?;
    run.out.coverage.push(coverage);
    gaps::tell(run, definition, &group);
    Ok(())
}

fn row<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &'d Definition,
    group: &[Serving<'d, 'a>],
    version: Version<'a>,
    coverage: &mut TableCoverage,
) -> std::io::Result<()> {
    coverage.rows += version.seen_in.len() as u64;
    coverage.repeated += version.seen_in.len() as u64;
    if let Some(finding) = version.row.finding() {
        run.parse_finding(
            finding,
            Some(definition),
            group.first().map(|serving| serving.plan.table.name.as_str()),
        );
    }
    let path = run.path();
    for Serving { plan, lacks } in group {
        let mut frame = Frame::new(plan.block, Base::Row { plan, row: &version.row }, path);
        match accepts(&mut frame) {
            Verdict::Takes => {}
            Verdict::Leaves => continue,
            // That a later block takes the row would rest on this one leaving it.
            Verdict::Untold => {
                coverage.unreadable += 1;
                let row = &version.row;
                let (table, file, content) = (plan.table, run.id, run.content());
                let remnant = Remnant { row, table, is_of_table: true, file, content };
                let made = fragment::of_row((definition, plan.block), &frame, remnant);
                let identity = identity_bytes(plan.table, row);
                return made.map_or(Ok(()), |made| run.fragment(definition, &identity, made));
            }
        }
        let given = Given { definition, state: state(version.standing), content: run.content() };
        let mut built = build(&mut frame, given);
        if let Some(lacks) = lacks {
            frame.notice(
                "columns-missing",
                true,
                "",
                format!("the mapping that takes this row also needs {lacks}"),
            );
        }
        let mut notices = std::mem::take(&mut frame.notices);
        // Unused space promises nothing: what is odd in it is no loss.
        notices.iter_mut().for_each(|notice| notice.loss &= version.row.recovered().is_none());
        built.record.id = id(run, definition, plan, &version.row);
        built.record.seen_in = version.seen_in.iter().map(sighting).collect();
        if run.emit(&built.record, coverage)? {
            run.count_withheld(built.withheld);
            let place = version.row.place;
            let at = Finding {
                table: Some(plan.table.name.clone()),
                rowid: version.row.rowid,
                source: Some(place.source.name()),
                page: Some(place.page),
                offset: Some(place.offset),
                ..Finding::default()
            };
            run.notices(definition, &at, notices);
        }
        return Ok(());
    }
    coverage.excluded += 1;
    coverage.excluded_by_where += 1;
    Ok(())
}

/// What the state of a record is.
pub(super) fn state(standing: Standing) -> State {
    match standing {
        Standing::Live => State::Live,
        Standing::Superseded => State::Superseded,
        Standing::Deleted => State::Deleted,
        Standing::Unreachable => State::Unreachable,
    }
}

fn sighting(place: &Place) -> Sighting {
    Sighting {
        view: place.view.to_string(),
        source: place.source.to_string(),
        page: place.page,
        offset: place.offset,
        length: place.length,
    }
}

/// What `where` says of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The block makes a record of it.
    Takes,
    /// It does not.
    Leaves,
    /// It tests a column that could not be read.
    Untold,
}

/// Holds a row against `where`; conditions on the row itself are tested before look-ups are made.
pub(super) fn accepts(frame: &mut Frame<'_, '_, '_>) -> Verdict {
    let block = frame.block;
    let on_lookup =
        |condition: &&Condition| block.names.get(condition.name).is_some_and(|name| name.lookup.is_some());
    let holds = |frame: &Frame<'_, '_, '_>, condition: &Condition| {
        frame.is_lost(condition.name) || passes(frame.get(condition.name).first(), &condition.test)
    };
    if !block.conditions.iter().filter(|c| !on_lookup(c)).all(|condition| holds(frame, condition)) {
        return Verdict::Leaves;
    }
    frame.look_up();
    if !block.conditions.iter().filter(on_lookup).all(|condition| holds(frame, condition)) {
        return Verdict::Leaves;
    }
    let is_untold = block.conditions.iter().any(|condition| frame.is_lost(condition.name));
    if is_untold { Verdict::Untold } else { Verdict::Takes }
}

fn id<S>(run: &FileRun<'_, S>, definition: &Definition, plan: &Plan<'_, '_>, row: &Row<'_>) -> String {
    RecordId {
        kind: plan.block.kind.name,
        file_sha256: run.out.entry.hashes.as_ref().map_or(&[], |hashes| hashes.sha256.as_bytes()),
        path: &run.out.entry.path,
        copy: run.copy,
        artifact: &definition.id,
        table: &plan.table.name,
        what: &plan.block.constant("kind").map_or(String::new(), Constant::text),
        identity: &identity_bytes(plan.table, row),
        view: &row.place.view.to_string(),
        offset: row.place.offset,
    }
    .text()
}

/// What a record id takes of a row: its rowid, or its encoded key.
pub(super) fn identity_bytes(table: &Table, row: &Row<'_>) -> Vec<u8> {
    match row.identity(table) {
        Identity::Rowid(rowid) => rowid.to_be_bytes().to_vec(),
        Identity::Key(key) => key,
        Identity::Unknown(source, offset) => [source.name().as_bytes(), &offset.to_be_bytes()].concat(),
    }
}
