//! Coverage per installed application: which were read, which could not be, and for which there is no definition. An app that was
//! never used and an app that nobody can read must not look the same.

use super::coverage::TableCoverage;
use super::run_file::FileOutcome;
use super::survey::Survey;
use crate::record::kinds::FRAGMENT;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What became of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AppStatus {
    /// A definition reads it, and records came of it.
    Parsed,
    /// A definition reads it, and there was nothing in it.
    Empty,
    /// A definition reads it, and it could not be read.
    Failed,
    /// A definition reads it, and its files look encrypted.
    Encrypted,
    /// No definition reads any of its files.
    NoDefinition,
}

impl AppStatus {
    /// As written in the report.
    pub fn name(self) -> &'static str {
        match self {
            AppStatus::Parsed => "parsed",
            AppStatus::Empty => "empty",
            AppStatus::Failed => "failed",
            AppStatus::Encrypted => "encrypted",
            AppStatus::NoDefinition => "no_definition",
        }
    }
}

/// One application.
#[derive(Debug, Clone, Serialize)]
pub struct AppCoverage {
    /// Package name or bundle identifier.
    pub app: String,
    /// What became of it.
    pub status: AppStatus,
    /// Whether the handset names it as installed; else only its files are there.
    pub installed: bool,
    /// The artifacts of it that were read.
    pub files: Vec<usize>,
    /// Records that came of them.
    pub records: u64,
}

#[derive(Debug, Default)]
struct App {
    installed: bool,
    homes: BTreeSet<String>,
    files: Vec<usize>,
}

pub(super) fn app_coverage<S>(survey: &Survey<'_>, outcomes: &[FileOutcome<S>]) -> Vec<AppCoverage> {
    let mut apps: BTreeMap<String, App> = BTreeMap::new();
    for (name, homes) in outcomes.iter().flat_map(|outcome| &outcome.installed) {
        let app = apps.entry(name.clone()).or_default();
        app.installed = true;
        app.homes.extend(homes.iter().map(|home| crate::evidence::device_path(home)));
    }
    for file in survey.evidence.files() {
        if let Some(package) = package_of(&file.device_path) {
            apps.entry(package.to_owned()).or_default();
        }
    }
    let homes = homes(&apps);
    for outcome in outcomes {
        // That an app is installed says nothing of what it holds.
        let mut kinds = told(outcome).map(|table| table.kind.as_str()).peekable();
        if kinds.peek().is_some() && kinds.all(|kind| kind == "installed_app") {
            continue;
        }
        for name in owners(survey, outcome, &homes) {
            apps.entry(name).and_modify(|app| app.files.push(outcome.entry.id));
        }
    }
    apps.into_iter().map(|(name, app)| judged(name, app, outcomes)).collect()
}

/// Container → the apps that the handset says it belongs to.
fn homes(apps: &BTreeMap<String, App>) -> BTreeMap<String, Vec<String>> {
    let mut homes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, app) in apps {
        for home in &app.homes {
            let home = home.trim_end_matches('/').to_owned();
            homes.entry(home).or_default().push(name.clone());
        }
    }
    homes
}

/// The apps that a file belongs to: the one whose private folder it lies in, those of the containers above it, and, where it lies
/// in nobody's private folder, those that its definitions name.
fn owners<S>(
    survey: &Survey<'_>,
    outcome: &FileOutcome<S>,
    homes: &BTreeMap<String, Vec<String>>,
) -> BTreeSet<String> {
    let path = &outcome.entry.path;
    let package = package_of(path);
    let mut owners: BTreeSet<String> = package.map(str::to_owned).into_iter().collect();
    let above = path.match_indices('/').filter_map(|(at, _)| homes.get(path.get(..at)?));
    owners.extend(above.flatten().cloned());
    if package.is_none() {
        let used = survey.matched.get(outcome.entry.id).into_iter().flat_map(|matched| &matched.uses);
        let definitions = used.filter_map(|(definition, _)| survey.definitions.get(*definition));
        owners.extend(definitions.flat_map(|definition| &definition.apps).cloned());
    }
    owners
}

/// The package whose private folder a path lies in (Android).
fn package_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/data/data/").or_else(|| {
        let (_, rest) = path
            .strip_prefix("/data/user/")
            .or_else(|| path.strip_prefix("/data/user_de/"))?
            .split_once('/')?;
        Some(rest)
    })?;
    rest.split_once('/').map(|(package, _)| package)
}

/// The coverage of what its definitions made of a file. That fragments lie in it does not say that it was understood.
fn told<S>(outcome: &FileOutcome<S>) -> impl Iterator<Item = &TableCoverage> {
    outcome.coverage.iter().filter(|table| table.kind != FRAGMENT)
}

fn judged<S>(name: String, app: App, outcomes: &[FileOutcome<S>]) -> AppCoverage {
    let of = |id: &usize| {
        outcomes.binary_search_by_key(id, |outcome| outcome.entry.id).ok().and_then(|at| outcomes.get(at))
    };
    let mine = || app.files.iter().filter_map(of);
    let records = mine().flat_map(told).map(|table| table.records).sum();
    let lost = mine().any(|outcome| outcome.findings.iter().any(|finding| finding.loss));
    let status = match () {
        () if app.files.is_empty() => AppStatus::NoDefinition,
        () if records > 0 => AppStatus::Parsed,
        () if mine().any(|outcome| outcome.encrypted.is_some()) => AppStatus::Encrypted,
        () if lost => AppStatus::Failed,
        () => AppStatus::Empty,
    };
    AppCoverage { app: name, status, installed: app.installed, files: app.files, records }
}
