//! `verify`: every record of a report made again from the bytes at the places it names, and from nothing else.

mod objects;

pub(super) use objects::named;

use super::base::Base;
use super::bind::{Binding, OpenDatabase, Plan, bind, named_table};
use super::build::{Given, build};
use super::decode::standing;
use super::definition::{Constant, Definition, RecordBlock, Rows};
use super::fragment::{self, Made, Remnant};
use super::frame::Frame;
use super::reopen::{Bytes, Opened, Reference, open_all, references, same_file};
use super::run::RunOptions;
use super::sheet::{Grid, grid_at, grids};
use super::survey::Survey;
use super::tables::{Verdict, accepts, identity_bytes};
use super::tree::{Found, at_pointer};
use super::trees;
use crate::parse::Node;
use crate::parse::sqlite::{Database, Identity, Row, Table, View, Views};
use crate::record::kinds::{FRAGMENT, kind};
use crate::record::{Record, RecordId, State, agrees};
use serde_json::Value;
use std::collections::HashMap;
use std::convert::Infallible;

/// Something that a report says and the evidence does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Record id, device path or part of the report.
    pub place: String,
    /// What differs.
    pub message: String,
}

/// Writes a record as the report does.
pub type Render<'r> = &'r dyn Fn(&Record<'_>) -> Value;

/// Holds the records of one report against the evidence.
pub struct Verifier<'v, 'a> {
    survey: &'v Survey<'v>,
    options: &'v RunOptions,
    render: Render<'v>,
    opened: Vec<Opened<'a>>,
    /// Id in the report → artifact of this survey.
    files: HashMap<usize, usize>,
    /// SHA-256 per artifact as the report gives it, for record ids.
    hashes: HashMap<usize, String>,
}

impl<'v, 'a> Verifier<'v, 'a> {
    /// Opens the files that a report names. Files of it that the evidence does not hold, or holds with other bytes, are
    /// differences.
    pub fn new(
        survey: &'v Survey<'v>,
        bytes: &'a Bytes,
        (options, render): (&'v RunOptions, Render<'v>),
        report_files: &[Value],
    ) -> (Self, Vec<Difference>) {
        let opened = open_all(survey, bytes);
        let mut this =
            Verifier { survey, options, render, opened, files: HashMap::new(), hashes: HashMap::new() };
        let mut differences = Vec::new();
        for file in report_files {
            let id = file.get("id").and_then(Value::as_u64).and_then(|id| usize::try_from(id).ok());
            match (id, same_file(survey, file)) {
                (Some(id), Some(known)) => {
                    this.files.insert(id, known);
                    let sha256 = file.get("sha256").and_then(Value::as_str);
                    this.hashes.extend(sha256.map(|hash| (id, hash.to_owned())));
                    differences.extend(compare_hashes(survey, bytes, (known, file)));
                }
                _ => {
                    let path = file.get("path").and_then(Value::as_str).unwrap_or("?");
                    differences.push(difference(path, "the evidence holds no such artifact".into()));
                }
            }
        }
        (this, differences)
    }

    /// Makes a record again. `plural` is the key of the report that it stands under.
    pub fn record(&self, plural: &str, record: &Value) -> Vec<Difference> {
        let id = record.get("id").and_then(Value::as_str).unwrap_or("a record without an id");
        match self.check(plural, record) {
            Ok(()) => Vec::new(),
            Err(message) => vec![difference(id, message)],
        }
    }

    /// Makes the record that a fact of `device` came from again, and compares that fact.
    pub fn device_fact(&self, field: &str, fact: &Value) -> Vec<Difference> {
        let place = format!("device.{field}");
        let made = match self.made("device", fact) {
            Ok(made) => made,
            Err(message) => return vec![difference(&place, message)],
        };
        let value = |made: &'_ Value| match field.strip_prefix("extra.") {
            Some(name) => made.get("extra").and_then(|extra| extra.get(name)).cloned(),
            None => made.get(field).cloned(),
        };
        let same = |made: &Value| {
            value(made).as_ref() == fact.get("value") && made.get("state") == fact.get("state")
        };
        if made.iter().any(same) {
            Vec::new()
        } else {
            vec![difference(&place, "the bytes give another value".into())]
        }
    }

    /// Makes a record of a slice again, of which something may be withheld; and how many values are.
    pub fn record_of_slice(&self, plural: &str, record: &Value) -> (Vec<Difference>, u64) {
        let id = record.get("id").and_then(Value::as_str).unwrap_or("a record without an id");
        let made = match self.made(plural, record) {
            Ok(made) => made,
            Err(message) => return (vec![difference(id, message)], 0),
        };
        let said = comparable(record);
        let agreeing = made.iter().find_map(|made| match agrees(&comparable(made), &said) {
            (true, withheld) => Some(withheld),
            (false, _) => None,
        });
        let Some(withheld) = agreeing else {
            return (vec![difference(id, "the bytes at its places give something else".into())], 0);
        };
        let told = self.sightings(record).err().map(|message| difference(id, message));
        (told.into_iter().collect(), withheld)
    }

    fn check(&self, plural: &str, record: &Value) -> Result<(), String> {
        let made = self.made(plural, record)?;
        if made.iter().any(|made| comparable(made) == comparable(record)) {
            return self.sightings(record);
        }
        let nearest = made.last().ok_or("no mapping of its definition takes the row at its place")?;
        Err(format!("the bytes at its places give something else: {}", differing(nearest, record)))
    }

    /// The records that the definition's mappings make of the rows that a record names.
    fn made(&self, plural: &str, record: &Value) -> Result<Vec<Value>, String> {
        let artifact = record.get("artifact").and_then(Value::as_str).ok_or("it names no definition")?;
        let definition = self.survey.definitions.iter().find(|known| known.id == artifact);
        let definition = definition.ok_or_else(|| format!("no definition `{artifact}` here"))?;
        let references = references(record);
        let base = references.first().ok_or("it names no row")?;
        let known = *self.files.get(&base.file).ok_or("its file is not in the evidence")?;
        let blocks = definition.records.iter().filter(|block| block.kind.plural == plural);
        let mut made = Vec::new();
        match self.opened.get(known) {
            Some(Opened::Database(db)) if kind(FRAGMENT).is_some_and(|kind| kind.plural == plural) => {
                made.extend(self.fragments(definition, (db, known), &references)?);
            }
            Some(Opened::Database(db)) => {
                for block in blocks.filter(|block| matches!(block.rows, Rows::Table(_))) {
                    made.extend(self.of_rows(
                        (definition, block, block.kind.name),
                        (db, known),
                        &references,
                    )?);
                }
            }
            Some(Opened::Realm(realm)) => {
                for block in blocks.filter(|block| matches!(block.rows, Rows::Table(_))) {
                    made.extend(self.of_object((definition, block), (realm, known), &references)?);
                }
            }
            Some(Opened::Tree(document)) => {
                let pointer = base.pointer.ok_or("it names no node")?;
                let nodes = at_pointer(&document.root, pointer);
                let here =
                    |node: &&Node<'_>| (node.span.offset, node.span.length) == (base.offset, base.length);
                let node = nodes.iter().copied().find(here).ok_or_else(|| match nodes.first() {
                    Some(Node { span, .. }) => {
                        format!("its node lies at {:#x}, {} bytes", span.offset, span.length)
                    }
                    None => "no node at its path".to_owned(),
                })?;
                let found = Found { node, pointer: pointer.to_owned() };
                for block in blocks.filter(|block| !matches!(block.rows, Rows::Table(_))) {
                    let grid = match &block.rows {
                        Rows::Sheet(wanted) => grid_at(wanted, &document.root, pointer),
                        _ => None,
                    };
                    let is_of_sheet = matches!(block.rows, Rows::Sheet(_));
                    if is_of_sheet && grid.as_ref().is_none_or(|grid| !grid.lacks(block).is_empty()) {
                        continue;
                    }
                    made.extend(self.of_node((definition, block), base.file, (&found, grid.as_ref())));
                }
            }
            Some(Opened::Closed(told)) => return Err(format!("its file is encrypted: {told}")),
            _ => return Err("its file can no longer be read".into()),
        }
        Ok(made)
    }

    /// What a block makes of a row: a record of its kind, or a fragment, as `wanted` says.
    fn of_rows(
        &self,
        (definition, block, wanted): (&Definition, &RecordBlock, &str),
        (db, known): (&Database<'a>, usize),
        references: &[Reference<'_>],
    ) -> Result<Option<Value>, String> {
        let (Rows::Table(pattern), Some(base)) = (&block.rows, references.first()) else { return Ok(None) };
        let name = |source: usize| definition.sources.get(source).map_or("", |source| source.id.as_str());
        let definition_index =
            self.survey.definitions.iter().position(|other| std::ptr::eq(other, definition));
        let views = &self.options.views;
        let open = OpenDatabase { db, file: known, source: name(block.source), views };
        let other = |source: usize| {
            let id = if source == block.source {
                known
            } else {
                self.survey.nearest(known, definition_index?, source)?
            };
            match self.opened.get(id) {
                Some(Opened::Database(db)) => {
                    Some(OpenDatabase { db, file: id, source: name(source), views })
                }
                _ => None,
            }
        };
        let Some(Binding { mut plan, .. }) = bind(block, pattern, open, &other) else { return Ok(None) };
        if Some(plan.table.name.as_str()) != base.table {
            return Ok(None);
        }
        let row = base.row(db, plan.table)?;
        self.give(&mut plan, references)?;
        let state = state(db, plan.table, &row);
        let path = self.survey.file(known).map_or("", |file| file.device_path.as_str());
        let mut frame = Frame::new(block, Base::Row { plan: &plan, row: &row }, path);
        match (accepts(&mut frame), block.kind.name == wanted) {
            (Verdict::Takes, true) => {}
            (Verdict::Untold, false) => {
                let content = self.options.content;
                let remnant =
                    Remnant { row: &row, table: plan.table, is_of_table: true, file: base.file, content };
                let made = fragment::of_row((definition, block), &frame, remnant);
                return Ok(made.map(|made| self.identified(made, (definition, known), (plan.table, &row))));
            }
            _ => return Ok(None),
        }
        let mut built = build(&mut frame, Given { definition, state, content: self.options.content });
        built.record.id = RecordId {
            kind: block.kind.name,
            file_sha256: self.hashes.get(&base.file).map_or(&[], |hash| hash.as_bytes()),
            path,
            copy: self.survey.copy(known),
            artifact: &definition.id,
            table: &plan.table.name,
            what: &block.constant("kind").map_or(String::new(), Constant::text),
            identity: &identity_bytes(plan.table, &row),
            view: &row.place.view.to_string(),
            offset: row.place.offset,
        }
        .text();
        Ok(Some((self.render)(&built.record)))
    }

    /// The fragments that a row makes: one of no table, or one that lacks what its definition's mappings test.
    fn fragments(
        &self,
        definition: &Definition,
        (db, known): (&Database<'a>, usize),
        references: &[Reference<'_>],
    ) -> Result<Vec<Value>, String> {
        let base = references.first().ok_or("it names no row")?;
        if base.table.is_none() {
            let stray = base.stray(db)?;
            let made = fragment::of_stray(definition, &stray, (base.file, self.options.content));
            let made = made.map(|made| self.identified(made, (definition, known), (stray.table, &stray.row)));
            return Ok(made.into_iter().collect());
        }
        let blocks = definition.records.iter().filter(|block| matches!(block.rows, Rows::Table(_)));
        let mut made = Vec::new();
        for block in blocks {
            made.extend(self.of_rows((definition, block, FRAGMENT), (db, known), references)?);
        }
        Ok(made)
    }

    /// A fragment with its id, as the report writes it.
    fn identified(
        &self,
        mut made: Made<'_>,
        (definition, known): (&Definition, usize),
        (table, row): (&Table, &Row<'_>),
    ) -> Value {
        let file = made.record.rows.first().map_or(usize::MAX, |base| base.file);
        let sha256 = self.hashes.get(&file).map_or(&[] as &[u8], |hash| hash.as_bytes());
        let path = self.survey.file(known).map_or("", |file| file.device_path.as_str());
        let identity = identity_bytes(table, row);
        let id = fragment::id(&made, (definition, &identity), (sha256, path, self.survey.copy(known)));
        made.record.id = id.unwrap_or_default();
        (self.render)(&made.record)
    }

    /// Gives each look-up the rows that the report names for it.
    fn give(&self, plan: &mut Plan<'_, 'a>, references: &[Reference<'_>]) -> Result<(), String> {
        for (lookup, table) in plan.block.lookups.iter().zip(plan.lookups.iter_mut()) {
            let Some(table) = table else { continue };
            let mut rows = Vec::new();
            for reference in references.iter().skip(1).filter(|reference| reference.role == lookup.name) {
                if self.files.get(&reference.file) != Some(&table.open.file) {
                    return Err(format!("look-up {} names another file", lookup.name));
                }
                let row = reference.row(table.open.db, table.table);
                rows.push(row.map_err(|message| format!("look-up {}: {message}", lookup.name))?);
            }
            table.give(rows);
        }
        Ok(())
    }

    fn of_node(
        &self,
        (definition, block): (&Definition, &RecordBlock),
        file: usize,
        (found, grid): (&Found<'_, '_>, Option<&Grid<'_>>),
    ) -> Option<Value> {
        let (unwrapped, _) = trees::unwrap(block, found.node).ok()?;
        let node = unwrapped.as_ref().unwrap_or(found.node);
        let known = *self.files.get(&file)?;
        let path = self.survey.file(known).map_or("", |file| file.device_path.as_str());
        let container = definition.sources.get(block.source)?.container;
        let standing = standing(container, found.node);
        let mut frame = trees::frame(block, node, (found, grid), (file, path), (container, standing));
        if frame.lacks().is_some() || accepts(&mut frame) != Verdict::Takes {
            return None;
        }
        let given = Given { definition, state: standing.state(), content: self.options.content };
        let mut built = build(&mut frame, given);
        built.record.id = trees::record_id(
            (definition, block, standing.view()),
            found,
            (self.hashes.get(&file).map_or("", String::as_str), path, self.survey.copy(known)),
        );
        Some((self.render)(&built.record))
    }

    /// The other places of a row hold the same bytes as the base row.
    fn sightings(&self, record: &Value) -> Result<(), String> {
        let seen = record.get("provenance").and_then(|p| p.get("seen_in")).and_then(Value::as_array);
        let Some(seen) = seen.filter(|seen| !seen.is_empty()) else { return Ok(()) };
        let references = references(record);
        let base = references.first().ok_or("it names no row")?;
        let known = self.files.get(&base.file).ok_or("its file is not in the evidence")?;
        let Some(Opened::Database(db)) = self.opened.get(*known) else { return Err("it has no rows".into()) };
        let table = base
            .table
            .and_then(|table| named_table(db, &self.options.views, table))
            .ok_or("its table is not there")?;
        let row = base.row(db, table)?;
        for sighting in seen {
            let mut whole = sighting.clone();
            if let Some(whole) = whole.as_object_mut() {
                whole.insert("role".into(), "sighting".into());
                whole.insert("file".into(), base.file.into());
            }
            let copy = Reference::read(&whole).ok_or("a sighting is not complete")?.copy(db, table)?;
            if !copy.is_copy_of(&row, table) {
                return Err(format!("the copy at {:#x} has other bytes", copy.place.offset));
            }
        }
        Ok(())
    }

    /// Counts the rows of a table again and sets them against its coverage.
    pub fn coverage(&self, coverage: &Value) -> Vec<Difference> {
        let number = |key: &str| u128::from(coverage.get(key).and_then(Value::as_u64).unwrap_or(u64::MAX));
        let text = |key: &str| coverage.get(key).and_then(Value::as_str).unwrap_or("");
        let place = format!("coverage of {} in file {}", text("table"), number("file"));
        let mut differences = Vec::new();
        let sum = number("records") + number("excluded") + number("repeated") + number("unreadable");
        if number("rows") != sum {
            differences.push(difference(&place, format!("{} rows do not add up to {sum}", number("rows"))));
        }
        let file = usize::try_from(number("file")).unwrap_or(usize::MAX);
        let rows = match text("kind") {
            FRAGMENT => self.strays(file, text("table")),
            _ => self.rows(file, coverage).or_else(|| self.rows_of(file, text("table"))),
        };
        if rows.is_some_and(|rows| u128::from(rows) != number("rows")) {
            let message =
                format!("{} rows are counted, the evidence has {}", number("rows"), rows.unwrap_or(0));
            differences.push(difference(&place, message));
        }
        differences
    }

    /// Rows that no one table can be told for. Of those of a table only the mappings of its definition tell which are fragments.
    fn strays(&self, file: usize, table: &str) -> Option<u64> {
        match self.opened.get(*self.files.get(&file)?)? {
            Opened::Database(db) if table.is_empty() => {
                let wanted = db.strays().filter(|stray| self.options.views.wants(stray.row.place.view));
                Some(wanted.count() as u64)
            }
            _ => None,
        }
    }

    /// Rows of a sheet, which its mapping tells where to begin.
    fn rows(&self, file: usize, coverage: &Value) -> Option<u64> {
        let text = |key: &str| coverage.get(key).and_then(Value::as_str);
        let known = *self.files.get(&file)?;
        let Opened::Tree(document) = self.opened.get(known)? else { return None };
        let definitions = &self.survey.definitions;
        let index = definitions.iter().position(|known| Some(known.id.as_str()) == text("artifact"))?;
        let uses = &self.survey.matched.get(known)?.uses;
        let blocks = definitions.get(index)?.records.iter();
        let blocks = blocks
            .filter(|block| Some(block.kind.name) == text("kind") && uses.contains(&(index, block.source)));
        let sheets = blocks.filter_map(|block| match &block.rows {
            Rows::Sheet(wanted) => Some(grids(wanted, &document.root)),
            _ => None,
        });
        let grid = sheets.flatten().find(|grid| Some(grid.name) == text("table"))?;
        Some(grid.found().len() as u64)
    }

    fn rows_of(&self, file: usize, table: &str) -> Option<u64> {
        match self.opened.get(*self.files.get(&file)?)? {
            Opened::Database(db) => {
                let views = &self.options.views;
                Some(count((db, views), named_table(db, views, table)?))
            }
            Opened::Realm(realm) => {
                Some(super::realm::count(realm, &realm.class(table)?, &self.options.views))
            }
            Opened::Tree(document) => {
                let rows = if table == "/" { Rows::Root } else { Rows::Each(table.to_owned()) };
                Some(trees::rows(&rows, &document.root).len() as u64)
            }
            Opened::Closed(_) | Opened::Unreadable => None,
        }
    }
}

fn count((db, views): (&Database<'_>, &Views), table: &Table) -> u64 {
    let mut rows = 0;
    let counted: Result<(), Infallible> = db.versions(table, views, &mut |version| {
        rows += 1 + version.map_or(0, |version| version.seen_in.len() as u64);
        Ok(())
    });
    match counted {
        Ok(()) => rows,
        Err(never) => match never {},
    }
}

fn state(db: &Database<'_>, table: &Table, row: &Row<'_>) -> State {
    if row.place.view == View::Live {
        return State::Live;
    }
    match row.place.view {
        _ if lives(db, table, row) => State::Superseded,
        View::Unreachable => State::Unreachable,
        _ => State::Deleted,
    }
}

/// Whether the live view holds another version of a row.
fn lives(db: &Database<'_>, table: &Table, row: &Row<'_>) -> bool {
    if !db.is_live(table) {
        return false;
    }
    match row.identity(table) {
        Identity::Rowid(rowid) => matches!(db.find(table, rowid), Ok(Some(_))),
        Identity::Unknown(..) => false,
        identity => db.rows(table).flatten().any(|live| live.identity(table) == identity),
    }
}

fn compare_hashes(survey: &Survey<'_>, bytes: &Bytes, (known, file): (usize, &Value)) -> Vec<Difference> {
    let path = survey.file(known).map_or("?", |file| &file.device_path);
    let said = file.get("sha256").and_then(Value::as_str);
    let found = bytes.get(known).map(|loaded| hex::encode(loaded.main.hashes.sha256));
    let mut differences = Vec::new();
    if said != found.as_deref() {
        differences.push(difference(
            path,
            format!(
                "SHA-256 {} in the report, {} now",
                said.unwrap_or("none"),
                found.as_deref().unwrap_or("none")
            ),
        ));
    }
    let companions = file.get("companions").and_then(Value::as_array).into_iter().flatten();
    let Some(source) = survey.file(known) else { return differences };
    let companions_now = survey.evidence.companions(source).into_iter().map(|(_, file)| file);
    let now: Vec<_> = companions_now.chain(survey.beside(known)).collect();
    for companion in companions {
        let said = companion.get("sha256").and_then(Value::as_str);
        let name = companion.get("path").and_then(Value::as_str).unwrap_or("?");
        let found = now.iter().find(|file| file.device_path == name);
        let found =
            found.and_then(|file| survey.evidence.read(file).ok()).map(|c| hex::encode(c.hashes.sha256));
        if said != found.as_deref() {
            differences.push(difference(
                name,
                format!(
                    "SHA-256 {} in the report, {} now",
                    said.unwrap_or("none"),
                    found.as_deref().unwrap_or("none")
                ),
            ));
        }
    }
    differences
}

/// A record without what cannot be told from its own rows: how many other versions there are, and where.
fn comparable(record: &Value) -> Value {
    let mut copy = record.clone();
    if let Some(provenance) = copy.get_mut("provenance").and_then(Value::as_object_mut) {
        provenance.remove("seen_in");
        for row in provenance.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(row) = row.as_object_mut() {
                row.remove("other_versions");
                row.remove("file");
            }
        }
    }
    copy
}

/// The names of the members that differ. Never their content.
fn differing(made: &Value, said: &Value) -> String {
    let (made, said) = (comparable(made), comparable(said));
    let keys =
        |value: &Value| value.as_object().map(|o| o.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut names: Vec<String> = keys(&made).into_iter().chain(keys(&said)).collect();
    names.sort();
    names.dedup();
    names.retain(|name| made.get(name) != said.get(name));
    names.join(", ")
}

fn difference(place: &str, message: String) -> Difference {
    Difference { place: place.to_owned(), message }
}
