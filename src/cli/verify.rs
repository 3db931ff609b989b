//! `affiant verify`: a report against its evidence.

use super::args::VerifyOptions;
use super::text::{grouped, printable};
use super::{End, Ended, Refusal, again, catalog, keys, reading, refuse, seal, slice};
use affiant::artifact::{Bytes, Catalog, Difference, RunOptions, Verifier, survey};
use affiant::evidence::Evidence;
use affiant::parse::sqlite::Views;
use affiant::record::{Content, Period};
use affiant::report::{self, Head};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// Records of the report by (definition, kind, file, table): what coverage must add up to.
type Tally = BTreeMap<(String, String, u64, String), u64>;

/// Runs the command.
pub(crate) fn run(options: &VerifyOptions) -> Ended {
    let Some(evidence_path) = &options.evidence else { return seals_alone(options) };
    let path = report::payload(&options.report).join("report.json");
    let head = open_head(&path)?;
    let catalog = catalog(options.formats.as_deref(), &[])?;
    let mut differences = definitions(&head, &catalog);
    let spill = tempfile::tempdir()?;
    let has = |hash: &str| head.list("files").iter().any(|file| file.get(hash).is_some());
    let reading = affiant::evidence::Options {
        md5: has("md5"),
        sha1: has("sha1"),
        ..reading(spill.path().to_owned(), keys(&options.keys)?)
    };
    let evidence = Evidence::open(evidence_path, reading)?;
    differences.extend(container(&head, &evidence)?);
    let survey = survey(&evidence, catalog.definitions())?;
    let bytes = Bytes::of(&survey);
    let request = request(&head);
    let render = |record: &affiant::record::Record<'_>| report::record_value(record);
    let (verifier, opened) = Verifier::new(&survey, &bytes, (&request, &render), head.list("files"));
    differences.extend(opened);
    let is_same_evidence = differences.is_empty();
    differences.extend(sealed(&options.report));
    let (broken_seals, notes) = seal::standing(&options.report, options.public_key.as_deref())?;
    differences.extend(broken_seals);
    if slice::is_slice(&head) {
        return slice::check((&path, &head), &verifier, (differences, notes));
    }
    let (checked, tally) = check_records(&path, &verifier, &mut differences)?;
    differences.extend(device(&head, &verifier));
    differences.extend(sums(&head, &tally, &verifier));
    if is_same_evidence {
        drop(verifier);
        drop(bytes);
        again::compare(options, &head, &evidence, &mut differences)?;
    }
    tell_notes(&notes)?;
    tell(&differences, checked)
}

/// Where the evidence is not at hand: that the report is the one that was written and sealed.
fn seals_alone(options: &VerifyOptions) -> Ended {
    let (broken_seals, notes) = seal::standing(&options.report, options.public_key.as_deref())?;
    let mut differences = sealed(&options.report);
    differences.extend(broken_seals);
    open_head(&report::payload(&options.report).join("report.json"))?;
    tell_notes(&notes)?;
    let mut out = io::stdout().lock();
    for difference in &differences {
        writeln!(out, "{}: {}", printable(&difference.place), printable(&difference.message))?;
    }
    if !differences.is_empty() {
        writeln!(out, "{} differences", differences.len())?;
        return Ok(End::Incomplete);
    }
    writeln!(out, "every hash of the report holds; without its evidence nothing in it was checked")?;
    Ok(End::Complete)
}

pub(super) fn tell_notes(notes: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    notes.iter().try_for_each(|note| writeln!(out, "{}", printable(note)))
}

/// Reads what stands in a report beside its records.
pub(crate) fn open_head(path: &Path) -> Result<Head, Refusal> {
    let file = File::open(path).map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
    report::head(file).map_err(|error| Refusal(format!("{}: {error}", path.display())))
}

fn tell(differences: &[Difference], checked: u64) -> Ended {
    let mut out = io::stdout().lock();
    for difference in differences {
        writeln!(out, "{}: {}", printable(&difference.place), printable(&difference.message))?;
    }
    let checked = grouped(checked);
    if differences.is_empty() {
        writeln!(
            out,
            "verified: {checked} records made again from their bytes, and the whole report by a run over the evidence; every hash and every sum holds"
        )?;
        return Ok(End::Complete);
    }
    writeln!(out, "{} differences; {checked} records were checked", differences.len())?;
    Ok(End::Incomplete)
}

fn sealed(folder: &Path) -> Vec<Difference> {
    match report::check_manifest(folder) {
        Ok(broken) => broken.into_iter().map(|b| Difference { place: b.name, message: b.message }).collect(),
        Err(error) => vec![Difference { place: report::MANIFEST.into(), message: error.to_string() }],
    }
}

/// The definitions of the report must be the ones at hand, to the byte.
fn definitions(head: &Head, catalog: &Catalog) -> Vec<Difference> {
    let mut differences = Vec::new();
    for used in head.get("tool").get("definitions").and_then(Value::as_array).into_iter().flatten() {
        let id = used.get("id").and_then(Value::as_str).unwrap_or("?");
        let said = used.get("sha256").and_then(Value::as_str);
        let message = match catalog.get(id) {
            Ok(known) if Some(known.sha256.as_str()) == said => continue,
            Ok(known) => format!(
                "the report used version {}, here is {}; its bytes differ",
                used["version"], known.version
            ),
            Err(message) => format!("{message} (added by --formats?)"),
        };
        differences.push(Difference { place: format!("definition {id}"), message });
    }
    differences
}

fn container(head: &Head, evidence: &Evidence) -> Result<Option<Difference>, Refusal> {
    let Some(said) = head.get("evidence").get("sha256").and_then(Value::as_str) else { return Ok(None) };
    let found = evidence.container_hashes()?.map(|hashes| hex::encode(hashes.sha256));
    let found = found.unwrap_or_else(|| "none: it is a folder".to_owned());
    Ok((found != said).then(|| Difference {
        place: "evidence".into(),
        message: format!("SHA-256 {said} in the report, {found} now"),
    }))
}

/// The options of the run that the report depends on. The period only leaves records out: those that stand are made again as they
/// are.
pub(super) fn request(head: &Head) -> RunOptions {
    let content =
        head.get("tool").get("options").and_then(|options| options.get("content")).and_then(Value::as_str);
    RunOptions {
        content: match content {
            Some("hash") => Content::Hash,
            Some("omit") => Content::Omit,
            _ => Content::Full,
        },
        period: Period::default(),
        kinds: Vec::new(),
        views: views(head).unwrap_or_default(),
        threads: 1,
        hash_all: false,
    }
}

/// The views of the run; nothing where no run can have had them.
pub(super) fn views(head: &Head) -> Option<Views> {
    let names = head.get("tool").get("options").and_then(|options| options.get("views"))?.as_array()?;
    let names: Vec<&str> = names.iter().map(Value::as_str).collect::<Option<_>>()?;
    if names.is_empty() { Some(Views::default()) } else { names.join(",").parse().ok() }
}

fn check_records(
    path: &Path,
    verifier: &Verifier<'_, '_>,
    differences: &mut Vec<Difference>,
) -> Result<(u64, Tally), Refusal> {
    let (mut checked, mut tally) = (0, Tally::new());
    report::records(File::open(path)?, &mut |plural, record| {
        checked += 1;
        let base = &record["provenance"]["rows"][0];
        let kind = affiant::record::kinds::KINDS
            .iter()
            .find(|kind| kind.plural == plural)
            .map_or("", |kind| kind.name);
        let key = (
            record["artifact"].as_str().unwrap_or("").to_owned(),
            kind.to_owned(),
            base["file"].as_u64().unwrap_or(u64::MAX),
            base["table"].as_str().unwrap_or("").to_owned(),
        );
        *tally.entry(key).or_insert(0) += 1;
        differences.extend(verifier.record(plural, &record));
        true
    })?;
    Ok((checked, tally))
}

fn device(head: &Head, verifier: &Verifier<'_, '_>) -> Vec<Difference> {
    let device = head.get("device");
    let fields = device.as_object().into_iter().flatten().filter(|(field, _)| *field != "extra");
    let fields = fields.map(|(field, fact)| (field.clone(), fact));
    let extra = device.get("extra").and_then(Value::as_object).into_iter().flatten();
    fields
        .chain(extra.map(|(name, fact)| (format!("extra.{name}"), fact)))
        .flat_map(|(field, fact)| {
            let others = fact.get("others").and_then(Value::as_array).into_iter().flatten();
            std::iter::once(fact)
                .chain(others)
                .flat_map(|fact| verifier.device_fact(&field, fact))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Coverage adds up, and `counts` says what stands there.
fn sums(head: &Head, tally: &Tally, verifier: &Verifier<'_, '_>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut covered = Tally::new();
    for coverage in head.get("coverage").get("tables").and_then(Value::as_array).into_iter().flatten() {
        differences.extend(verifier.coverage(coverage));
        let text = |key: &str| coverage[key].as_str().unwrap_or("").to_owned();
        let file = coverage["file"].as_u64().unwrap_or(u64::MAX);
        let has_tables = |f: &Value| f["container"] == "sqlite" || f["container"] == "realm";
        let is_tree = head.list("files").iter().any(|f| f["id"].as_u64() == Some(file) && !has_tables(f));
        // Facts of `device` are merged. The rows of a tree name their own node, not the path of all rows.
        if text("kind") != "device" {
            let table = if is_tree { String::new() } else { text("table") };
            let sum = covered.entry((text("artifact"), text("kind"), file, table)).or_insert(0);
            *sum = sum.saturating_add(coverage["records"].as_u64().unwrap_or(0));
        }
    }
    let mut places: Vec<_> = covered.keys().chain(tally.keys()).collect();
    places.sort();
    places.dedup();
    for place in places {
        let count = |sums: &Tally| sums.get(place).copied().unwrap_or(0);
        if count(&covered) != count(tally) {
            let (artifact, kind, file, table) = place;
            let message = format!("{} records are counted, {} stand there", count(&covered), count(tally));
            differences
                .push(Difference { place: format!("{kind} of {artifact}, file {file}, {table}"), message });
        }
    }
    differences.extend(counted_kinds(head, tally));
    differences
}

fn counted_kinds(head: &Head, tally: &Tally) -> Vec<Difference> {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, kind, ..), count) in tally {
        let plural = affiant::record::kinds::kind(kind).map_or("", |kind| kind.plural);
        *kinds.entry(plural).or_insert(0) += count;
    }
    let mut differences = Vec::new();
    for (plural, said) in head.get("counts").get("kinds").and_then(Value::as_object).into_iter().flatten() {
        let found = kinds.get(plural.as_str()).copied().unwrap_or(0);
        if plural != "device" && said.as_u64() != Some(found) {
            let message = format!("{said} are counted, {found} stand there");
            differences.push(Difference { place: format!("counts.kinds.{plural}"), message });
        }
    }
    differences
}

/// Refuses a record that a report does not hold.
pub(crate) fn no_record<T>(id: &str) -> Result<T, Refusal> {
    refuse(format!("the report holds no record {id}"))
}
