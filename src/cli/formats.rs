//! `affiant formats`: list, show, check, draft.

use super::args::{FormatsCommand, FormatsOptions, KeyOptions};
use super::{End, Ended, Refusal, catalog, formats_new, reading, refuse};
use affiant::artifact::{self, Catalog, Definition, Example, RunOptions, check_example};
use affiant::evidence::{Evidence, Keys};
use affiant::record::{Content, Period, Record, Sink};
use affiant::report::record_value;
use serde_json::Value;
use std::io::{self, Write as _};
use std::path::Path;

/// Runs the command.
pub(crate) fn run(options: &FormatsOptions) -> Ended {
    match &options.command {
        FormatsCommand::List { formats } => list(&catalog(formats.as_deref(), &[])?),
        FormatsCommand::Show { id, formats } => {
            let catalog = catalog(formats.as_deref(), &[])?;
            let definition = catalog.get(id).map_err(Refusal)?;
            io::stdout().write_all(definition.text.as_bytes())?;
            Ok(End::Complete)
        }
        FormatsCommand::Check { file, sample, keys } => check(file, sample.as_deref(), keys),
        FormatsCommand::New(options) => formats_new::run(options),
    }
}

fn list(catalog: &Catalog) -> Ended {
    let mut out = io::stdout().lock();
    for definition in catalog.definitions() {
        writeln!(out, "{:<34} {}", definition.id, definition.summary)?;
    }
    Ok(End::Complete)
}

fn check(file: &Path, sample: Option<&Path>, keys: &KeyOptions) -> Ended {
    let text =
        std::fs::read_to_string(file).map_err(|error| Refusal(format!("{}: {error}", file.display())))?;
    let catalog = match Catalog::single(&file.display().to_string(), &text) {
        Ok(catalog) => catalog,
        Err(faults) => {
            let mut out = io::stdout().lock();
            for fault in &faults {
                writeln!(out, "{fault}")?;
            }
            return Ok(End::Incomplete);
        }
    };
    let Some(definition) = catalog.definitions().first() else {
        return refuse("the file holds no definition");
    };
    writeln!(io::stdout(), "{}: the definition is sound", definition.id)?;
    match sample {
        Some(sample) => run_sample((&catalog, definition), sample, keys),
        None => Ok(End::Complete),
    }
}

/// Keeps records as JSON.
struct Kept(Vec<(String, Value)>);

impl Sink for Kept {
    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.0.push((record.kind.plural.to_owned(), record_value(record)));
        Ok(())
    }
}

fn run_sample((catalog, definition): (&Catalog, &Definition), sample: &Path, keys: &KeyOptions) -> Ended {
    let spill = tempfile::tempdir()?;
    let mut keys = super::keys(keys)?;
    let of_example =
        definition.examples.iter().filter(|example| is_of(example, sample)).find_map(|e| e.keys.as_ref());
    if let Some(file) = of_example.filter(|_| keys.is_empty()) {
        keys = Keys::of_file(Path::new(file))?.into();
    }
    let evidence = Evidence::open(sample, reading(spill.path().to_owned(), keys))?;
    let survey = artifact::survey(&evidence, catalog.definitions())?;
    let request = RunOptions {
        content: Content::Full,
        period: Period::default(),
        kinds: Vec::new(),
        views: affiant::parse::sqlite::Views::default(),
        threads: 1,
        hash_all: false,
    };
    let outcome = artifact::run(&survey, &request, &|_| Ok(Kept(Vec::new())), &|_| {})?;
    let mut out = io::stdout().lock();
    let mut sound = true;
    for file in &outcome.files {
        writeln!(out, "{}", file.entry.path)?;
        for table in &file.coverage {
            writeln!(
                out,
                "  {} from {}: {} rows, {} records, {} excluded, {} repeated, {} unreadable",
                table.kind,
                table.table,
                table.rows,
                table.records,
                table.excluded,
                table.repeated,
                table.unreadable
            )?;
        }
        for finding in &file.findings {
            sound &= !finding.loss;
            let place = finding.field.as_deref().or(finding.table.as_deref()).unwrap_or("");
            writeln!(out, "  {}: {place}: {}", finding.code, finding.message)?;
        }
    }
    if outcome.files.is_empty() {
        writeln!(out, "no file of {} matches it", sample.display())?;
        sound = false;
    }
    let records: Vec<(String, Value)> = outcome.files.into_iter().flat_map(|file| file.sink.0).collect();
    sound &= examples(&mut out, definition, sample, &records)?;
    Ok(if sound { End::Complete } else { End::Incomplete })
}

fn is_of(example: &Example, sample: &Path) -> bool {
    sample.ends_with(example.sample.trim_end_matches('/'))
}

fn examples(
    out: &mut impl io::Write,
    definition: &Definition,
    sample: &Path,
    records: &[(String, Value)],
) -> Result<bool, Refusal> {
    let mut sound = true;
    // An example is held against the sample that it names; `--sample` may be that folder under another path.
    for example in definition.examples.iter().filter(|example| is_of(example, sample)) {
        for failure in check_example(definition, example, records) {
            writeln!(out, "  example fails: {} — {}", failure.expected, failure.found)?;
            sound = false;
        }
    }
    Ok(sound)
}
