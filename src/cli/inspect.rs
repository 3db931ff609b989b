//! `affiant inspect`: one file taken apart. It is how others check the readers against their own.

use super::args::InspectOptions;
use super::one_file::OneFile;
use super::text::printable;
use super::{
    End, Ended, Refusal, inspect_offset, inspect_overview, inspect_page, inspect_realm, inspect_remains,
    inspect_tree, refuse,
};
use affiant::evidence::Seal;
use affiant::parse::sqlite::{Attribution, Database, Files, Place, Row, Standing, Stray, Table, Version};
use affiant::parse::{Finding, Value};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::{Map, Value as Json, json};
use std::io::{self, BufWriter, Write};
use std::num::NonZero;
use std::thread;

/// Runs the command.
pub(crate) fn run(options: &InspectOptions) -> Ended {
    if options.file.is_dir() {
        let mut out = BufWriter::new(io::stdout().lock());
        let ended = inspect_tree::folder(&mut out, options);
        out.flush()?;
        return ended;
    }
    let one = OneFile::open(&options.file, &options.keys)?;
    let (seal, seized) = (&one.seal, one.seized());
    let is_damaged = sealed(seal)?;
    let files = seal.files(seized);
    let mut out = BufWriter::new(io::stdout().lock());
    if affiant::parse::realm::is_realm(files.main) {
        let ended = inspect_realm::run(&mut out, options, files.main);
        out.flush()?;
        return ended.map(|end| if is_damaged { End::Incomplete } else { end });
    }
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let ended = match seal.database(seized).map(|database| database.with_threads(threads)) {
        Ok(database) => match (options.page, options.offset) {
            (Some(page), _) => inspect_page::run(&mut out, options, page, (&database, &files)),
            (_, Some(offset)) => inspect_offset::run(&mut out, options, offset, (&database, &files)),
            (None, None) => inspect(&mut out, options, (&database, &files)),
        },
        Err(error) => inspect_tree::run(&mut out, options, (&one.main, &one.secrets()), &error),
    };
    out.flush()?;
    ended.map(|end| if is_damaged { End::Incomplete } else { end })
}

/// Says how the file was encrypted and what did not decrypt as it should; whether there is such. A file that stays closed is refused.
fn sealed(seal: &Seal) -> Result<bool, Refusal> {
    if let Some(closed) = seal.closed() {
        return refuse(closed.told());
    }
    let Some(unsealed) = seal.opened() else { return Ok(false) };
    let place = match unsealed.derived {
        None => "pages keep their places: offsets are those of the encrypted file".to_owned(),
        Some(sha256) => format!("offsets are those of the decrypted file, SHA-256 {}", hex::encode(sha256)),
    };
    let line = format!("{}, opened by {}; {place}", unsealed.method, unsealed.key);
    let _ = writeln!(io::stderr(), "{}", printable(&line));
    unsealed.findings.iter().for_each(complain);
    Ok(unsealed.findings.iter().any(|finding| finding.loss))
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
    if options.commits {
        return inspect_remains::commits(out, database);
    }
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
        database.unreachable_pages().iter().for_each(complain);
        for table in database.lost_tables() {
            lost |= dump(out, (database, table), options)?;
        }
        for stray in database.strays().filter(|stray| options.views.wants(stray.row.place.view)) {
            Line::stray(&stray).write(out)?;
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
    let search_index = database.search_index(table);
    database.versions(table, &options.views, &mut |version| match version {
        Ok(version) => {
            let row = &version.row;
            lost |= !row.complete && row.recovered().is_none();
            row.finding().into_iter().for_each(complain);
            Line::of(&version, table, search_index).write(out)
        }
        Err(finding) => {
            lost |= finding.loss;
            complain(&finding);
            Ok(())
        }
    })?;
    Ok(lost)
}

/// A row as `--dump` writes it, straight to the output: a database may have millions.
struct Line<'l, 'a> {
    row: &'l Row<'a>,
    table: &'l Table,
    /// Nothing where the row is given to no table.
    name: Option<&'l str>,
    state: &'static str,
    seen_in: &'l [Place],
    /// The search index (FTS) whose structure the table keeps.
    search_index: Option<&'l str>,
}

impl<'l, 'a> Line<'l, 'a> {
    fn of(version: &'l Version<'a>, table: &'l Table, search_index: Option<&'l str>) -> Self {
        let state = match version.standing {
            Standing::Live => "live",
            Standing::Superseded => "superseded",
            Standing::Deleted => "deleted",
            Standing::Unreachable => "unreachable",
        };
        Line {
            row: &version.row,
            table,
            name: Some(&table.name),
            state,
            seen_in: &version.seen_in,
            search_index,
        }
    }

    fn stray(stray: &'l Stray<'_, 'a>) -> Self {
        let name = Some(stray.table.name.as_str()).filter(|name| !name.is_empty());
        Line {
            row: &stray.row,
            table: stray.table,
            name,
            state: "unattributed",
            seen_in: &[],
            search_index: None,
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self).map_err(io::Error::from)?;
        out.write_all(b"\n")
    }
}

impl Serialize for Line<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Line { row, table, .. } = self;
        let place = row.place;
        let values = row.values(table);
        // What is left of a value that is cut would pass for a value.
        let is_missing = |index: &usize| !row.complete && row.is_missing(table, *index);
        let missing: Vec<usize> = (0..table.columns.len()).filter(is_missing).collect();
        let name = |index: &usize| table.columns.get(*index).map(|column| column.name.as_str());
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("table", &self.name)?;
        line.serialize_entry("rowid", &row.rowid)?;
        line.serialize_entry("view", &place.view.to_string())?;
        line.serialize_entry("source", place.source.name())?;
        line.serialize_entry("page", &place.page)?;
        line.serialize_entry("offset", &place.offset)?;
        line.serialize_entry("length", &place.length)?;
        line.serialize_entry("complete", &row.complete)?;
        let columns = Columns { table, values: &values, missing: &missing };
        match row.recovered().map(|recovered| &recovered.attribution) {
            // What an index holds of a row is not the row.
            Some(Attribution::Index { index, table }) => {
                line.serialize_entry("values", &Map::new())?;
                let (what, columns) = ("columns of an index", Some(columns));
                line.serialize_entry("witness", &Witness { what, index, table, columns })?;
            }
            recovered => {
                line.serialize_entry("values", &columns)?;
                if let (Some(_), Some(index)) = (recovered, self.search_index) {
                    let (what, columns) = ("text of a search index", None);
                    line.serialize_entry("witness", &Witness { what, index, table: index, columns })?;
                }
            }
        }
        if !missing.is_empty() {
            line.serialize_entry("missing", &missing.iter().filter_map(name).collect::<Vec<_>>())?;
            let cut: Map<String, Json> = missing
                .iter()
                .filter_map(|index| Some((name(index)?.to_owned(), shown(values.get(*index)?))))
                .filter(|(_, value)| !value.is_null())
                .collect();
            if !cut.is_empty() {
                line.serialize_entry("cut", &cut)?;
            }
        }
        if let Some(recovered) = row.recovered() {
            line.serialize_entry("reason", &recovered.reason())?;
        }
        line.serialize_entry("state", self.state)?;
        if !self.seen_in.is_empty() {
            let seen = |place: &Place| json!({"view": place.view.to_string(), "source": place.source.name(), "page": place.page, "offset": place.offset});
            line.serialize_entry("seen_in", &self.seen_in.iter().map(seen).collect::<Vec<_>>())?;
        }
        line.end()
    }
}

/// What an index tells of a row that is gone.
#[derive(Serialize)]
struct Witness<'l, 'a> {
    what: &'static str,
    index: &'l str,
    table: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Columns<'l, 'a>>,
}

/// The columns of a row by their names; those that could not be read are null.
pub(crate) struct Columns<'l, 'a> {
    pub(crate) table: &'l Table,
    pub(crate) values: &'l [Value<'a>],
    pub(crate) missing: &'l [usize],
}

impl Serialize for Columns<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut columns = serializer.serialize_map(Some(self.values.len()))?;
        for (index, (column, value)) in self.table.columns.iter().zip(self.values).enumerate() {
            match value {
                _ if self.missing.contains(&index) => columns.serialize_entry(&column.name, &())?,
                Value::Integer(number) => columns.serialize_entry(&column.name, number)?,
                Value::Text(text) => columns.serialize_entry(&column.name, text)?,
                other => columns.serialize_entry(&column.name, &shown(other))?,
            }
        }
        columns.end()
    }
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
