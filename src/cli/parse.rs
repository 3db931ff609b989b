//! `affiant parse`: the main job.

use super::args::{ContentChoice, ParseOptions};
use super::progress::{Watcher, log};
use super::summary::summary;
use super::{End, Ended, Refusal, case, catalog, keys, refuse};
use affiant::artifact::{self, FileOutcome, Outcome, RunOptions, Survey};
use affiant::evidence::{self, Evidence};
use affiant::record::{Content, Finding, Moment, Period, kinds, parse_utc};
use affiant::report::{self, BagInfo, Case, Parts, Sealed, Spool};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs the command.
pub(crate) fn run(options: &ParseOptions) -> Ended {
    let started = now();
    let request = request(options)?;
    let keys = keys(&options.keys)?;
    let catalog = catalog(options.formats.as_deref(), &options.only)?;
    if !options.evidence.exists() {
        return refuse(format!("no such evidence: {}", options.evidence.display()));
    }
    let case = case::of(&options.case)?;
    make_output(options)?;
    let ended = into_folder((options, &case), (&request, keys), &catalog, started);
    if ended.is_err() {
        // What is half written must not look like a report.
        let _ = fs::remove_dir_all(&options.output);
    }
    ended
}

fn request(options: &ParseOptions) -> Result<RunOptions, Refusal> {
    for kind in &options.kinds {
        if kinds::kind(kind).is_none() {
            let names: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.name).collect();
            return refuse(format!("no kind of record `{kind}`; there are {}", names.join(", ")));
        }
    }
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    Ok(RunOptions {
        content: match options.content {
            ContentChoice::Full => Content::Full,
            ContentChoice::Hash => Content::Hash,
            ContentChoice::Omit => Content::Omit,
        },
        period: Period { from: moment(options.from.as_deref())?, to: moment(options.to.as_deref())? },
        kinds: options.kinds.clone(),
        views: options.views.clone(),
        threads: threads.unwrap_or(1).max(1),
        hash_all: options.hash_all,
    })
}

fn moment(text: Option<&str>) -> Result<Option<Moment>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    match parse_utc(text) {
        Some((moment, _)) => Ok(Some(moment)),
        None => refuse(format!("`{text}` is no time in UTC; write 2023-11-14 or 2023-11-14T22:00:00Z")),
    }
}

/// Makes the output folder: new, and not inside the evidence.
fn make_output(options: &ParseOptions) -> Result<(), Refusal> {
    let output = &options.output;
    if output.exists() {
        return refuse(format!("the output folder exists already: {}", output.display()));
    }
    let parent = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (evidence, parent_path) = (fs::canonicalize(&options.evidence)?, fs::canonicalize(parent));
    let Ok(parent_path) = parent_path else {
        return refuse(format!("the folder for the output does not exist: {}", parent.display()));
    };
    if parent_path.starts_with(&evidence) {
        return refuse("the output folder would lie inside the evidence; nothing is ever written there");
    }
    fs::create_dir(output)?;
    fs::create_dir(output.join(report::PAYLOAD))?;
    Ok(())
}

/// What a report is made by: the same for the same evidence gives the same report.
pub(super) struct Job<'j> {
    /// The folder that `report.json` is written into.
    pub(super) output: &'j Path,
    /// `--only`, as it stands in the report.
    pub(super) only: &'j [String],
    pub(super) request: &'j RunOptions,
    pub(super) case: &'j Case,
}

/// What came of it beside the report.
pub(super) struct Made {
    outcome: Outcome<Spool>,
    findings: Vec<Finding>,
    counts: Value,
    /// Its line of the hash list.
    line: String,
}

/// Runs everything and writes `report.json`.
pub(super) fn make(
    job: &Job<'_>,
    survey: &Survey<'_>,
    progress: &(dyn Fn(artifact::Progress<'_>) + Sync),
) -> Result<Made, Refusal> {
    let spool = |_| Ok(Spool::new(job.output));
    let mut outcome = artifact::run(survey, job.request, &spool, progress)?;
    let findings = findings(&mut outcome);
    let counts = counts(&outcome.files);
    let line = write_report(job, survey, (&mut outcome, &findings, &counts))?;
    Ok(Made { outcome, findings, counts, line })
}

fn into_folder(
    (options, case): (&ParseOptions, &Case),
    (request, keys): (&RunOptions, Arc<evidence::Keys>),
    catalog: &artifact::Catalog,
    started: Moment,
) -> Ended {
    let spill_dir = options.output.clone();
    let reading = evidence::Options { md5: options.md5, sha1: options.sha1, spill_dir, keys };
    let evidence = Evidence::open(&options.evidence, reading)?;
    let survey = artifact::survey(&evidence, catalog.definitions())?;
    let watcher = Watcher::new(options, survey.matched.len() as u64);
    let payload = options.output.join(report::PAYLOAD);
    let job = Job { output: &payload, only: &options.only, request, case };
    let made = make(&job, &survey, &|progress| watcher.see(progress));
    watcher.end();
    let Made { outcome, findings, counts, line } = made?;
    let ended = now();
    let run_line = write_run(options, &job, (started, ended))?;
    let date: String = ended.to_string().chars().take(10).collect();
    let info = BagInfo { date: &date, evidence: evidence.base_name(), case };
    report::write_bag(&options.output, &[line, run_line], &info)?;
    let complete = !findings.iter().any(|finding| finding.loss);
    tell(options, &outcome, &findings, &counts);
    Ok(if complete { End::Complete } else { End::Incomplete })
}

fn tell(options: &ParseOptions, outcome: &Outcome<Spool>, findings: &[Finding], counts: &Value) {
    if options.log_json {
        let losses = findings.iter().filter(|finding| finding.loss).count();
        log(
            &json!({"event":"finished","output":options.output,"counts":counts,"findings":findings.len(),"losses":losses}),
        );
    } else if !options.quiet {
        let _ = std::io::stderr().write_all(summary(options, outcome, findings).as_bytes());
    }
}

/// All findings in the order of the files; those about the evidence itself first.
fn findings(outcome: &mut Outcome<Spool>) -> Vec<Finding> {
    let mut all = std::mem::take(&mut outcome.findings);
    for file in &mut outcome.files {
        all.append(&mut file.findings.clone());
    }
    all
}

fn counts(files: &[FileOutcome<Spool>]) -> Value {
    let mut sums: [BTreeMap<&str, u64>; 3] = Default::default();
    let mut withheld: BTreeMap<&str, u64> = BTreeMap::new();
    for file in files {
        for ((kind, state, service), count) in &file.counts {
            for (sum, name) in sums.iter_mut().zip([kind.as_str(), state, service.as_str()]) {
                *sum.entry(name).or_insert(0) += count;
            }
        }
        for (field, count) in &file.withheld {
            *withheld.entry(field).or_insert(0) += count;
        }
    }
    let [kinds, states, services] = sums;
    json!({"kinds": kinds, "states": states, "services": services, "withheld": withheld})
}

fn write_report(
    job: &Job<'_>,
    survey: &Survey<'_>,
    (outcome, findings, counts): (&mut Outcome<Spool>, &[Finding], &Value),
) -> Result<String, Refusal> {
    let mut tables = Vec::new();
    let mut entries = Vec::new();
    for file in &outcome.files {
        tables.extend(file.coverage.iter().cloned());
        entries.push(file.entry.clone());
    }
    let parts = Parts {
        tool: tool(job, survey),
        case: job.case,
        evidence: evidence_entry(survey.evidence, outcome),
        files: &entries,
        tables: &tables,
        apps: &outcome.apps,
        encrypted: &outcome.encrypted,
        unmapped: &outcome.unmapped,
        inventory: job.request.hash_all.then_some(outcome.inventory.as_slice()),
        findings,
        zones: &zone_sources(survey),
        counts: counts.clone(),
    };
    let mut out = BufWriter::with_capacity(1 << 20, Sealed::create(job.output, "report.json")?);
    let mut spools: Vec<&mut Spool> = outcome.files.iter_mut().map(|file| &mut file.sink).collect();
    report::write(&parts, &mut spools, &mut out)?;
    Ok(out.into_inner().map_err(std::io::IntoInnerError::into_error)?.end()?)
}

/// How the zones of the tables that were read are known, in the words of their mappings.
fn zone_sources(survey: &Survey<'_>) -> Vec<(String, String, String)> {
    let of = |(definition, source): &(usize, usize)| {
        let definition = survey.definitions.get(*definition)?;
        Some(
            definition
                .zone_sources(*source)
                .map(|(zone, told)| (definition.id.clone(), zone, told))
                .collect::<Vec<_>>(),
        )
    };
    let mut told: Vec<_> =
        survey.matched.iter().flat_map(|matched| &matched.uses).filter_map(of).flatten().collect();
    told.sort();
    told.dedup();
    told
}

/// Name, version, the definitions that read something, and the options that the report depends on.
fn tool(Job { only, request, .. }: &Job<'_>, survey: &Survey<'_>) -> Value {
    let used: BTreeSet<usize> =
        survey.matched.iter().flat_map(|m| &m.uses).map(|(definition, _)| *definition).collect();
    let definitions: Vec<Value> = used
        .iter()
        .filter_map(|index| survey.definitions.get(*index))
        .map(|definition| json!({"id": definition.id, "version": definition.version, "sha256": definition.sha256}))
        .collect();
    let mut chosen = Map::new();
    chosen.insert("content".into(), request.content.name().into());
    chosen.insert("from".into(), request.period.from.map(|moment| moment.to_string()).into());
    chosen.insert("to".into(), request.period.to.map(|moment| moment.to_string()).into());
    chosen.insert("only".into(), only.to_vec().into());
    chosen.insert("kinds".into(), request.kinds.clone().into());
    chosen.insert("views".into(), request.views.names().collect());
    json!({"name": "affiant", "version": env!("CARGO_PKG_VERSION"), "definitions": definitions, "options": chosen})
}

fn evidence_entry(evidence: &Evidence, outcome: &Outcome<Spool>) -> Value {
    let mut entry = json!({
        "name": evidence.base_name(), "kind": evidence.kind().to_string(),
        "files": evidence.files().len(), "bytes": evidence.total_bytes(),
    });
    let layers = evidence.layers();
    if let Some(entry) = entry.as_object_mut().filter(|_| !layers.is_empty()) {
        let layers = layers.iter();
        let layers = layers.map(|layer| json!({"within": layer.within, "kind": layer.kind.to_string()}));
        entry.insert("layers".into(), layers.collect());
    }
    if let (Some(entry), Some(hashes)) = (entry.as_object_mut(), &outcome.container) {
        entry.insert("sha256".into(), hashes.sha256.clone().into());
        entry.extend(hashes.md5.clone().map(|hash| ("md5".to_owned(), hash.into())));
        entry.extend(hashes.sha1.clone().map(|hash| ("sha1".to_owned(), hash.into())));
    }
    entry
}

/// What must not stand in the report because it changes from run to run.
fn write_run(
    options: &ParseOptions,
    job: &Job<'_>,
    (started, ended): (Moment, Moment),
) -> Result<String, Refusal> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned()).ok();
    let taken =
        (ended.seconds - started.seconds) as f64 + (f64::from(ended.nanos) - f64::from(started.nanos)) / 1e9;
    let run = json!({
        "tool": {"name": "affiant", "version": env!("CARGO_PKG_VERSION")},
        "started_at": started.to_string(),
        "ended_at": ended.to_string(),
        "seconds": (taken * 1000.0).round() / 1000.0,
        "host": {"name": host, "os": std::env::consts::OS, "architecture": std::env::consts::ARCH},
        "threads": job.request.threads,
        "case": job.case.to_json(),
        "evidence": options.evidence.display().to_string(),
        "arguments": std::env::args().skip(1).collect::<Vec<_>>(),
    });
    let mut file = Sealed::create(job.output, "run.json")?;
    file.write_all(format!("{run:#}\n").as_bytes())?;
    Ok(file.end()?)
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(std::time::Duration::ZERO);
    Moment {
        seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        nanos: since.subsec_nanos(),
        digits: 3,
    }
}
