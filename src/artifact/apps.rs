//! Coverage per installed application: which were read, which could not be, and for which there is no definition. An app that was
//! never used and an app that nobody can read must not look the same.

use super::run_file::FileOutcome;
use super::survey::Survey;
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
    for outcome in outcomes {
        for (name, app) in &mut apps {
            // That an app is installed says nothing of what it holds.
            let inventory_alone = outcome.coverage.iter().all(|table| table.kind == "installed_app");
            if inventory_alone && !outcome.coverage.is_empty() {
                continue;
            }
            if belongs(&outcome.entry.path, name, &app.homes) || named_by_definition(survey, outcome, name) {
                app.files.push(outcome.entry.id);
            }
        }
    }
    apps.into_iter().map(|(name, app)| judged(name, app, outcomes)).collect()
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

/// A file belongs to an app whose private folder it lies in, or a container that the handset names as the app's.
fn belongs(path: &str, app: &str, homes: &BTreeSet<String>) -> bool {
    let inside = |home: &String| {
        path.strip_prefix(home.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    package_of(path) == Some(app) || homes.iter().any(inside)
}

/// A file that lies in nobody's private folder belongs to the apps that its definitions name.
fn named_by_definition<S>(survey: &Survey<'_>, outcome: &FileOutcome<S>, app: &str) -> bool {
    let mut mine = survey.definitions.iter().filter(|known| outcome.entry.definitions.contains(&known.id));
    package_of(&outcome.entry.path).is_none()
        && mine.any(|definition| definition.apps.iter().any(|name| name == app))
}

fn judged<S>(name: String, app: App, outcomes: &[FileOutcome<S>]) -> AppCoverage {
    let mine = || outcomes.iter().filter(|outcome| app.files.contains(&outcome.entry.id));
    let records = mine().flat_map(|outcome| &outcome.coverage).map(|table| table.records).sum();
    let lost = mine().any(|outcome| outcome.findings.iter().any(|finding| finding.loss));
    let status = match () {
        () if app.files.is_empty() => AppStatus::NoDefinition,
        () if records > 0 => AppStatus::Parsed,
        () if mine().any(|outcome| outcome.encrypted) => AppStatus::Encrypted,
        () if lost => AppStatus::Failed,
        () => AppStatus::Empty,
    };
    AppCoverage { app: name, status, installed: app.installed, files: app.files, records }
}
