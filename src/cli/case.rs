//! What the examiner says of the case: flags, or a small file that holds for many runs.

use super::args::CaseOptions;
use super::{Refusal, refuse};
use affiant::report::Case;
use serde::Deserialize;
use std::fs;

/// A case file: the names of the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    case: Option<String>,
    exhibit: Option<String>,
    operator: Option<String>,
    authority: Option<String>,
}

/// The case: the file, and over it the flags.
pub(super) fn of(options: &CaseOptions) -> Result<Case, Refusal> {
    let file = match &options.case_file {
        None => CaseFile::default(),
        Some(path) => {
            let told = |error: &dyn std::fmt::Display| Refusal(format!("{}: {error}", path.display()));
            let text = fs::read_to_string(path).map_err(|error| told(&error))?;
            toml::from_str(&text).map_err(|error| told(&error.message()))?
        }
    };
    Ok(Case {
        name: said("case", options.case.as_ref().or(file.case.as_ref()))?,
        exhibit: said("exhibit", options.exhibit.as_ref().or(file.exhibit.as_ref()))?,
        operator: said("operator", options.operator.as_ref().or(file.operator.as_ref()))?,
        authority: said("authority", options.authority.as_ref().or(file.authority.as_ref()))?,
    })
}

/// One line of text: it is written into files that are read line by line.
fn said(name: &str, text: Option<&String>) -> Result<Option<String>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return refuse(format!("`{name}` must be one line of text that says something"));
    }
    Ok(Some(text.trim().to_owned()))
}
