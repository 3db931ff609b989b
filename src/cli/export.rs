//! `affiant export`: a report in the formats that other tools load.

use super::args::ExportOptions;
use super::text::{grouped, printable};
use super::{End, Ended, Refusal, refuse};
use affiant::report::{self, Made, Source, Target};
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Runs the command.
pub(crate) fn run(options: &ExportOptions) -> Ended {
    let mut targets: Vec<Target> = options.to.iter().filter_map(|name| Target::of(name)).collect();
    targets.sort_unstable();
    targets.dedup();
    let path = report::payload(&options.report).join("report.json");
    if !path.is_file() {
        return refuse(format!("no report there: {}", path.display()));
    }
    check(&options.report)?;
    let source = Source::open(&path)?;
    make_output(&options.output, &options.report)?;
    let made = report::export(&source, &targets, &options.output);
    if made.is_err() {
        // What is half written must not look like an export.
        let _ = fs::remove_dir_all(&options.output);
    }
    let made = made?;
    if !options.quiet {
        let _ = io::stderr().write_all(told(&source, &made).as_bytes());
    }
    let lost = made.iter().any(|made| !made.lost.is_empty());
    Ok(if lost { End::Incomplete } else { End::Complete })
}

/// A report that is not what its hash list says is no record of anything.
pub(super) fn check(folder: &Path) -> Result<(), Refusal> {
    match report::check_manifest(folder) {
        Ok(broken) => match broken.first() {
            None => Ok(()),
            Some(first) => refuse(format!(
                "the report is not what its hash list says: {}: {}",
                first.name, first.message
            )),
        },
        Err(error) => refuse(format!("the report has no hash list that can be read: {error}")),
    }
}

/// Makes the output folder: new, and not inside the report.
pub(super) fn make_output(output: &Path, report: &Path) -> Result<(), Refusal> {
    if output.exists() {
        return refuse(format!("the output folder exists already: {}", output.display()));
    }
    let parent = match output.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(parent) = fs::canonicalize(parent) else {
        return refuse(format!("the folder for the output does not exist: {}", parent.display()));
    };
    if parent.starts_with(fs::canonicalize(report)?) {
        return refuse("the output folder would lie inside the report, which its hash list closes");
    }
    fs::create_dir(output)?;
    Ok(())
}

fn told(source: &Source, made: &[Made]) -> String {
    let mut lines = format!("report {}\n", source.sha256());
    for made in made {
        let written: Vec<String> =
            made.written.iter().map(|(what, n)| format!("{} {what}", grouped(*n))).collect();
        let files = if made.files == 1 {
            "1 file".to_owned()
        } else {
            format!("{} files", grouped(made.files as u64))
        };
        let written = if written.is_empty() { "nothing to write".to_owned() } else { written.join(", ") };
        lines.push_str(&format!("{}: {files}: {}\n", made.target.name(), printable(&written)));
        for (what, times) in &made.changed {
            lines.push_str(&format!("  said otherwise ({}): {what}\n", grouped(*times)));
        }
        for (what, times) in &made.lost {
            lines.push_str(&format!("  LOST ({}): {what}\n", grouped(*times)));
        }
        for what in made.target.cannot_carry() {
            lines.push_str(&format!("  not carried: {what}\n"));
        }
    }
    lines
}
