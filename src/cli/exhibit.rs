//! `affiant exhibit`: the schedule that a court gets. Pages are set by `affiant-exhibit`, a program of its own, found as cargo and git
//! find theirs.

use super::args::ExhibitOptions;
use super::export::{check, make_output};
use super::text::{grouped, printable};
use super::{End, Ended, Refusal, refuse, slice};
use affiant::record::parse_utc;
use affiant::report::{self, Bates, Head, Job, Request, Rules, Selection, Source, Zone};
use serde_json::Value;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program that sets pages.
const PROGRAM: &str = "affiant-exhibit";
/// Characters of a label or title.
const LABEL: usize = 60;
const TITLE: usize = 300;

/// Runs the command.
pub(crate) fn run(options: &ExhibitOptions) -> Ended {
    let path = report::payload(&options.report).join("report.json");
    if !path.is_file() {
        return refuse(format!("no report there: {}", path.display()));
    }
    let request = request(options)?;
    let program = if options.no_pdf { None } else { Some(program()?) };
    check(&options.report)?;
    let source = Source::open(&path)?;
    if slice::is_slice(&read_head(&path)?) {
        return refuse(
            "this is a slice of a report: make exhibits from the report itself, so that their counts are of all there is",
        );
    }
    make_output(&options.output, &options.report)?;
    let made = into_folder(options, (&source, &request), program.as_deref());
    if made.is_err() {
        // What is half written must not look like an exhibit.
        let _ = fs::remove_dir_all(&options.output);
    }
    let made = made?;
    if !options.quiet {
        let _ = io::stderr().write_all(printable(&told(&made)).as_bytes());
    }
    let is_complete = made["not_in_the_report"].as_array().is_none_or(Vec::is_empty);
    Ok(if is_complete { End::Complete } else { End::Incomplete })
}

fn read_head(path: &Path) -> Result<Head, Refusal> {
    super::verify::open_head(path)
}

fn request(options: &ExhibitOptions) -> Result<Request, Refusal> {
    plain("--label", &options.label, LABEL)?;
    plain("--title", &options.title, TITLE)?;
    let bates = options.bates.clone().unwrap_or_else(|| format!("{}-0001", options.label));
    let selections =
        options.select.iter().map(|text| Selection::parse(text)).collect::<Result<Vec<_>, _>>()?;
    Ok(Request {
        label: options.label.clone(),
        title: options.title.clone(),
        date: date(options)?,
        bates: Bates::parse(&bates).map_err(|message| Refusal(format!("--bates: {message}")))?,
        zone: Zone::named(&options.zone).map_err(|message| Refusal(format!("--zone: {message}")))?,
        selections,
        rules: rules(options.redact.as_deref())?,
        volume_rows: options.volume_rows as usize,
    })
}

fn plain(flag: &str, text: &str, limit: usize) -> Result<(), Refusal> {
    let is_plain = !text.trim().is_empty()
        && text.chars().count() <= limit
        && printable(text) == text
        && !text.contains('\n');
    if is_plain {
        Ok(())
    } else {
        refuse(format!("{flag}: expected 1 to {limit} characters that can be seen"))
    }
}

fn rules(path: Option<&Path>) -> Result<Rules, Refusal> {
    let Some(path) = path else { return Ok(Rules::default()) };
    let place = |message: String| Refusal(format!("{}: {message}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| place(error.to_string()))?;
    Rules::parse(&text).map_err(place)
}

/// The date that was given, or the day on which the report was made, as its `run.json` says. Never that of today.
fn date(options: &ExhibitOptions) -> Result<String, Refusal> {
    let run = || -> Option<String> {
        let text = fs::read_to_string(report::payload(&options.report).join("run.json")).ok()?;
        let run: Value = serde_json::from_str(&text).ok()?;
        Some(run["started_at"].as_str()?.to_owned())
    };
    let Some(text) = options.date.clone().or_else(run) else {
        return refuse(
            "the report does not say when it was made: give the date of the document with --date 2026-01-12",
        );
    };
    match (parse_utc(&text), text.get(..10)) {
        (Some(_), Some(day)) => Ok(day.to_owned()),
        _ => refuse(format!("--date: `{text}` is no date; write 2026-01-12")),
    }
}

/// The program that sets pages: beside this one, else where the system looks for programs.
fn program() -> Result<PathBuf, Refusal> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
    let on_path = std::env::var_os("PATH");
    let on_path = on_path.iter().flat_map(std::env::split_paths).map(|folder| folder.join(&name));
    match beside.into_iter().chain(on_path).find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => refuse(format!(
            "pages are set by the program `{PROGRAM}`, which is neither beside `affiant` nor on PATH; build it with `cargo build --release -p {PROGRAM}`, or leave the pages out with --no-pdf"
        )),
    }
}

fn into_folder(
    options: &ExhibitOptions,
    (source, request): (&Source, &Request),
    program: Option<&Path>,
) -> Result<Value, Refusal> {
    let work = tempfile::tempdir()?;
    let place = (options.output.as_path(), work.path());
    let mut set = |job: &Job<'_>| typeset(options, program, job);
    let typesetter: Option<report::Typesetter<'_>> = if program.is_some() { Some(&mut set) } else { None };
    Ok(report::exhibit(source, request, place, typesetter)?)
}

fn typeset(options: &ExhibitOptions, program: Option<&Path>, job: &Job<'_>) -> io::Result<Value> {
    let mut command = Command::new(program.unwrap_or_else(|| Path::new(PROGRAM)));
    command.arg(job.volume).arg(job.place).arg("--output").arg(job.output);
    for folder in &options.font_path {
        command.arg("--font-path").arg(folder);
    }
    if options.no_system_fonts {
        command.arg("--no-system-fonts");
    }
    let run = command.output()?;
    if run.status.success() {
        return serde_json::from_slice(&run.stdout).map_err(io::Error::from);
    }
    let said = String::from_utf8_lossy(&run.stderr);
    let said = said.trim().trim_start_matches(PROGRAM).trim_start_matches(": ");
    Err(io::Error::other(format!("{PROGRAM} ({}): {said}", run.status)))
}

fn told(made: &Value) -> String {
    let mut lines = String::new();
    let counts = |records: &Value| {
        let of = |kind: &str| grouped(made["of"][kind].as_u64().unwrap_or(0));
        let told: Vec<String> = records
            .as_object()
            .into_iter()
            .flatten()
            .map(|(kind, count)| format!("{} of {} {kind}", grouped(count.as_u64().unwrap_or(0)), of(kind)))
            .collect();
        if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
    };
    for selection in made["selections"].as_array().into_iter().flatten() {
        let text = selection["select"].as_str().unwrap_or("(withheld)");
        lines.push_str(&format!("{}: {text}\n", counts(&selection["records"])));
    }
    for id in made["not_in_the_report"].as_array().into_iter().flatten() {
        lines.push_str(&format!("NOT in the report: {}\n", id.as_str().unwrap_or("")));
    }
    if let Some(withheld) = made["withheld"].as_u64().filter(|withheld| *withheld > 0) {
        lines
            .push_str(&format!("withheld: {} values or parts of values (withheld.csv)\n", grouped(withheld)));
    }
    for still in made["still_standing"].as_array().into_iter().flatten() {
        match (still["record"].as_str(), still["more"].as_u64()) {
            (Some(id), _) => lines.push_str(&format!(
                "STILL STANDS in {id}: a text that rule {} withholds elsewhere\n",
                still["rules"].to_string().trim_matches(['[', ']'])
            )),
            (None, more) => lines
                .push_str(&format!("  and in {} more; exhibit.json names the first\n", more.unwrap_or(0))),
        }
    }
    lines + &told_of_volumes(made)
}

fn told_of_volumes(made: &Value) -> String {
    let mut lines = String::new();
    for volume in made["volumes"].as_array().into_iter().flatten() {
        let text = |name: &str| volume[name].as_str().unwrap_or("").to_owned();
        lines.push_str(&format!(
            "{}: {} pages, {} to {}\n",
            text("file"),
            volume["pages"],
            text("first"),
            text("last")
        ));
        let codes: Vec<&str> = volume["code_points"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|code| code["code"].as_str())
            .collect();
        if !codes.is_empty() {
            let more =
                if codes.len() > 12 { format!(" and {} more", codes.len() - 12) } else { String::new() };
            let shown: Vec<&str> = codes.into_iter().take(12).collect();
            lines.push_str(&format!(
                "  in no font at hand, shown as code points: {}{more}\n",
                shown.join(" ")
            ));
        }
    }
    lines
}
