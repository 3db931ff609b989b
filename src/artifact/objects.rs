//! A definition over the classes of a Realm file.

use super::base::Base;
use super::bind::{Bound, Missing, says_something};
use super::build::{Given, build};
use super::coverage::TableCoverage;
use super::definition::{Constant, Definition, Lookup, NameId, RecordBlock, Rows};
use super::frame::Frame;
use super::object::Object;
use super::object_lookup::LookupClass;
use super::realm::{Class, OpenRealm};
use super::run_file::FileRun;
use super::tables::{Verdict, accepts};
use crate::record::{Finding, RecordId, Sink};
use std::collections::BTreeSet;

/// A block ready to run on one class.
pub(super) struct ObjectPlan<'d, 'a> {
    pub(super) block: &'d RecordBlock,
    pub(super) open: OpenRealm<'d, 'a>,
    pub(super) class: Class<'d, 'a>,
    /// Per name of the block.
    bound: Vec<Bound>,
    /// Per look-up of the block; `None`: there is no such class here.
    pub(super) lookups: Vec<Option<LookupClass<'d, 'a>>>,
    /// What another file, which a look-up goes into, lacks.
    elsewhere: Vec<String>,
}

/// The open file of another source.
type Other<'f, 'd, 'a> = &'f dyn Fn(usize) -> Option<OpenRealm<'d, 'a>>;

/// What this file lacks, and what others do.
type Lacks<'m> = (&'m mut Missing, &'m mut Vec<String>);

impl ObjectPlan<'_, '_> {
    /// What a name of the block is here.
    pub(super) fn bound(&self, id: NameId) -> Bound {
        self.bound.get(id).copied().unwrap_or(Bound::Absent)
    }
}

/// Binds a block to the class that its rows come from, with what it needs and the file lacks; `None` where there is no such class.
/// `other` gives the open file of another source.
pub(super) fn bind<'d, 'a>(
    block: &'d RecordBlock,
    open: OpenRealm<'d, 'a>,
    other: Other<'_, 'd, 'a>,
) -> Option<(ObjectPlan<'d, 'a>, Missing)> {
    let Rows::Table(name) = &block.rows else { return None };
    let class = open.realm.class(name)?;
    let (mut missing, mut elsewhere) = (Missing::default(), Vec::new());
    let mut homes: Vec<Option<(OpenRealm<'d, 'a>, Class<'d, 'a>)>> = Vec::new();
    for lookup in &block.lookups {
        homes.push(home(lookup, open, other, (&mut missing, &mut elsewhere)));
    }
    let mut bound = Vec::with_capacity(block.names.len());
    for name in &block.names {
        let home = match name.lookup {
            None => Some(&class),
            Some(lookup) => homes.get(lookup).and_then(|home| home.as_ref().map(|(_, class)| class)),
        };
        let column = home.and_then(|home| home.column(&name.column));
        if let (None, Some(home), false) = (column, home, name.optional || name.column == "folder()") {
            let lookup = name.lookup.and_then(|lookup| block.lookups.get(lookup));
            let place = format!("{}.{}", home.name, name.column);
            lacking(lookup, (&mut missing, &mut elsewhere)).push(place);
        }
        bound.push(column.unwrap_or(Bound::Absent));
    }
    let mut lookups = Vec::new();
    for (lookup, home) in block.lookups.iter().zip(homes) {
        let lacks = (&mut missing, &mut elsewhere);
        lookups.push(home.and_then(|home| lookup_class(lookup, home, open.file, lacks)));
    }
    Some((ObjectPlan { block, open, class, bound, lookups, elsewhere }, missing))
}

/// The file and the class that a look-up goes into.
fn home<'d, 'a>(
    lookup: &Lookup,
    open: OpenRealm<'d, 'a>,
    other: Other<'_, 'd, 'a>,
    (missing, elsewhere): Lacks<'_>,
) -> Option<(OpenRealm<'d, 'a>, Class<'d, 'a>)> {
    let home = lookup.source.map_or(Some(open), other)?;
    let class = home.realm.class(&lookup.table);
    match (&class, lookup.optional, lookup.source) {
        (None, false, None) => missing.tables.push(lookup.table.clone()),
        (None, false, Some(_)) => elsewhere.push(format!("{}: {}", home.source, lookup.table)),
        _ => {}
    }
    Some((home, class?))
}

/// Where a column that is not there is told: of another file it costs the look-up, not the block.
fn lacking<'m>(lookup: Option<&Lookup>, (missing, elsewhere): Lacks<'m>) -> &'m mut Vec<String> {
    match lookup.is_some_and(|lookup| lookup.source.is_some()) {
        true => elsewhere,
        false => &mut missing.columns,
    }
}

fn lookup_class<'d, 'a>(
    lookup: &Lookup,
    (open, class): (OpenRealm<'d, 'a>, Class<'d, 'a>),
    base_file: usize,
    lacks: Lacks<'_>,
) -> Option<LookupClass<'d, 'a>> {
    let lacking = lacking(Some(lookup), lacks);
    let mut column = |written: &str| {
        let name = written.strip_suffix('?').unwrap_or(written);
        let found = class.column(name);
        if found.is_none() && !lookup.optional {
            lacking.push(format!("{}.{name}", class.name));
        }
        found
    };
    let keys = lookup.keys.iter().map(|(name, _)| column(name)).collect::<Option<Vec<_>>>()?;
    let tests = lookup.tests.iter().map(|(name, test)| Some((column(name)?, test.clone())));
    let tests = tests.collect::<Option<Vec<_>>>()?;
    Some(LookupClass::new(open, class, (keys, tests)).seen_from(base_file))
}

/// Runs every block of a definition whose rows come from this source.
///
/// # Errors
/// Those of the sink.
pub(super) fn run<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    (definition, source): (&'d Definition, usize),
    open: OpenRealm<'d, 'a>,
    other: Other<'_, 'd, 'a>,
    read: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    for group in groups(definition, source, open) {
        let Some(first) = group.first().copied().filter(|first| run.wants(first.kind.name)) else { continue };
        let bindings: Vec<_> = group.iter().filter_map(|block| bind(block, open, other)).collect();
        if !bindings.iter().any(|(_, missing)| missing.is_empty()) {
            let missing: Vec<&Missing> = bindings.iter().map(|(_, missing)| missing).collect();
            let classes = open.realm.classes();
            let names: Vec<&str> = classes.iter().map(|class| class.name).collect();
            run.unfit(definition, first, (!bindings.is_empty(), &names), &missing);
        }
        let plans = serving(bindings);
        for plan in &plans {
            read.insert(plan.class.name.to_owned());
            let here = plan.lookups.iter().flatten().filter(|lookup| lookup.open.file == open.file);
            read.extend(here.map(|lookup| lookup.class.name.to_owned()));
        }
        run_group(run, definition, plans)?;
    }
    Ok(())
}

/// The blocks to run: those that fit; where none does, the one that lacks least.
fn serving<'d, 'a>(bindings: Vec<(ObjectPlan<'d, 'a>, Missing)>) -> Vec<ObjectPlan<'d, 'a>> {
    let (fitting, mut others): (Vec<_>, Vec<_>) =
        bindings.into_iter().partition(|(_, missing)| missing.is_empty());
    if !fitting.is_empty() {
        return fitting.into_iter().map(|(plan, _)| plan).collect();
    }
    others.retain(|(plan, _)| says_something(plan.block, &plan.bound));
    others.sort_by_key(|(_, missing)| missing.columns.len() + missing.tables.len());
    others.into_iter().take(1).map(|(plan, _)| plan).collect()
}

/// The blocks of a source by kind and class, in the order of the file.
fn groups<'d>(
    definition: &'d Definition,
    source: usize,
    open: OpenRealm<'d, '_>,
) -> Vec<Vec<&'d RecordBlock>> {
    let mut groups: Vec<(String, Vec<&RecordBlock>)> = Vec::new();
    for block in definition.records.iter().filter(|block| block.source == source) {
        let label = block.rows.label();
        let name = open.realm.class(label).map_or_else(|| label.to_owned(), |class| class.name.to_owned());
        let same = |(known, blocks): &&mut (String, Vec<&RecordBlock>)| {
            let alike = |first: &&RecordBlock| {
                first.kind == block.kind && first.constant("kind") == block.constant("kind")
            };
            *known == name && blocks.first().is_some_and(alike)
        };
        match groups.iter_mut().find(same) {
            Some((_, blocks)) => blocks.push(block),
            None => groups.push((name, vec![block])),
        }
    }
    groups.into_iter().map(|(_, blocks)| blocks).collect()
}

fn run_group<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &'d Definition,
    mut plans: Vec<ObjectPlan<'d, 'a>>,
) -> std::io::Result<()> {
    for plan in &mut plans {
        for place in std::mem::take(&mut plan.elsewhere) {
            let message = format!("{place}, which a look-up of {} needs, is not there", definition.id);
            run.note("look-up-column-missing", false, message);
        }
        plan.lookups.iter_mut().flatten().for_each(LookupClass::prepare);
    }
    let Some(first) = plans.first() else { return Ok(()) };
    let mut coverage = TableCoverage {
        artifact: definition.id.clone(),
        kind: first.block.kind.name.to_owned(),
        file: run.id,
        table: first.class.name.to_owned(),
        identifier: first.block.constant("kind").map(Constant::text),
        ..TableCoverage::default()
    };
    first.open.realm.objects(&first.class, first.open.views, &mut |object| {
        coverage.rows += 1;
        row(run, definition, (&plans, &object), &mut coverage)
    })?;
    run.out.coverage.push(coverage);
    Ok(())
}

fn row<'d, 'a: 'd, S: Sink>(
    run: &mut FileRun<'_, S>,
    definition: &'d Definition,
    (plans, object): (&[ObjectPlan<'d, 'a>], &Object<'a>),
    coverage: &mut TableCoverage,
) -> std::io::Result<()> {
    let path = run.path();
    for plan in plans {
        let place = Finding {
            table: Some(plan.class.name.to_owned()),
            rowid: Some(object.key),
            source: Some("main"),
            offset: Some(object.place.offset),
            ..Finding::default()
        };
        let mut frame = Frame::new(plan.block, Base::Object { plan, object }, path);
        match accepts(&mut frame) {
            Verdict::Takes => {}
            Verdict::Leaves => continue,
            // That a later block takes the object would rest on this one leaving it.
            Verdict::Untold => {
                coverage.unreadable += 1;
                let message = "a column that the mapping tests cannot be read".to_owned();
                frame.notice("row-not-decodable", true, "", message);
                run.notices(definition, &place, std::mem::take(&mut frame.notices));
                return Ok(());
            }
        }
        let mut built = build(&mut frame, Given { definition, state: object.state, content: run.content() });
        let notices = std::mem::take(&mut frame.notices);
        let sha256 = run.out.entry.hashes.as_ref().map_or("", |hashes| hashes.sha256.as_str());
        built.record.id = id(definition, plan, object, (sha256, &run.out.entry.path, run.copy));
        if run.emit(&built.record, coverage)? {
            run.count_withheld(built.withheld);
            run.notices(definition, &place, notices);
        }
        return Ok(());
    }
    coverage.excluded += 1;
    coverage.excluded_by_where += 1;
    Ok(())
}

/// The id of the record of an object; `of` is the SHA-256 of the file in hex, its device path, and which file of that path it is.
pub(super) fn id(
    definition: &Definition,
    plan: &ObjectPlan<'_, '_>,
    object: &Object<'_>,
    of: (&str, &str, usize),
) -> String {
    RecordId {
        kind: plan.block.kind.name,
        file_sha256: of.0.as_bytes(),
        path: of.1,
        copy: of.2,
        artifact: &definition.id,
        table: plan.class.name,
        what: &plan.block.constant("kind").map_or(String::new(), Constant::text),
        identity: &object.key.to_be_bytes(),
        view: object.moment.name(),
        offset: object.place.offset,
    }
    .text()
}
