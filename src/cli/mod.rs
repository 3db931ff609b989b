//! Commands, exit codes and what people see on stderr.

mod again;
mod args;
mod case;
mod certificate;
mod compare;
mod exhibit;
mod explain;
mod export;
mod formats;
mod formats_new;
mod identify;
mod inspect;
mod inspect_offset;
mod inspect_overview;
mod inspect_page;
mod inspect_parts;
mod inspect_realm;
mod inspect_remains;
mod inspect_tree;
mod one_file;
mod parse;
mod progress;
mod seal;
mod slice;
mod summary;
mod text;
mod verify;

use affiant::artifact::Catalog;
use affiant::evidence::{Keys, password_of_file};
use args::{Arguments, Command, KeyOptions};
use clap::{CommandFactory as _, Parser as _};
use std::env::VarError;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use zeroize::Zeroizing;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// All read; nothing differs.
    Complete,
    /// Finished, and some evidence could not be read in full, or something differs.
    Incomplete,
}

/// Why a command could not run: one line for people.
#[derive(Debug)]
struct Refusal(String);

impl<E: std::error::Error> From<E> for Refusal {
    fn from(error: E) -> Self {
        let mut line = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let told = inner.to_string();
            if !line.contains(&told) {
                line = format!("{line}: {told}");
            }
            cause = inner.source();
        }
        Refusal(line)
    }
}

type Ended = Result<End, Refusal>;

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(message.into()))
}

/// Runs the command line: 0 all read, 1 incomplete, 2 could not run. A reader of ours that went away is no failure.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(End::Complete) => ExitCode::SUCCESS,
        Ok(End::Incomplete) => ExitCode::from(1),
        Err(Refusal(line)) if line.contains("Broken pipe") => ExitCode::SUCCESS,
        Err(Refusal(line)) => {
            let _ = writeln!(io::stderr(), "affiant: {}", text::printable(&line));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: Arguments) -> Ended {
    match arguments.command {
        Command::Parse(options) => parse::run(&options),
        Command::Identify(options) => identify::run(&options),
        Command::Verify(options) => verify::run(&options),
        Command::Seal(options) => seal::run(&options),
        Command::Certificate(options) => certificate::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Exhibit(options) => exhibit::run(&options),
        Command::Export(options) => export::run(&options),
        Command::Formats(options) => formats::run(&options),
        Command::Schema { kinds } => schema(kinds),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "affiant", &mut io::stdout());
            Ok(End::Complete)
        }
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut io::stdout())?;
            Ok(End::Complete)
        }
    }
}

fn schema(kinds: bool) -> Ended {
    let mut out = io::stdout().lock();
    if kinds {
        for kind in affiant::record::kinds::KINDS {
            writeln!(out, "{}  {}", kind.name, kind.doc)?;
            for field in kind.fields {
                writeln!(out, "    {:<18} {}", field.name, field.doc)?;
            }
        }
    } else {
        serde_json::to_writer_pretty(&mut out, &affiant::record::report_schema()).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    Ok(End::Complete)
}

/// The definitions of a run.
fn catalog(folder: Option<&Path>, only: &[String]) -> Result<Catalog, Refusal> {
    let faults = |faults: Vec<affiant::artifact::Fault>| {
        Refusal(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    let catalog = Catalog::compiled_in().map_err(faults)?;
    let catalog = match folder {
        Some(folder) => catalog.with_folder(folder).map_err(faults)?,
        None => catalog,
    };
    catalog.only(only).map_err(Refusal)
}

/// Where large members are unpacked while they are read: the system's folder for such, never beside the evidence.
fn reading(spill_dir: PathBuf, keys: Arc<Keys>) -> affiant::evidence::Options {
    affiant::evidence::Options { md5: false, sha1: false, spill_dir, keys }
}

/// The keys that were given.
fn keys(options: &KeyOptions) -> Result<Arc<Keys>, Refusal> {
    let keys = options.keys_file.as_deref().map(Keys::of_file).transpose()?.unwrap_or_else(Keys::default);
    if let Some(path) = &options.password_file {
        return Ok(Arc::new(keys.with_password(password_of_file(path)?, "--password-file")));
    }
    let Some(name) = &options.password_env else { return Ok(Arc::new(keys)) };
    match std::env::var(name).map(Zeroizing::new) {
        Ok(password) if !password.is_empty() => Ok(Arc::new(keys.with_password(password, "--password-env"))),
        Ok(_) | Err(VarError::NotPresent) => {
            refuse(format!("--password-env: the variable {name} is not set"))
        }
        // The error of the standard library shows the value.
        Err(VarError::NotUnicode(_)) => {
            refuse(format!("--password-env: the variable {name} is not UTF-8 text"))
        }
    }
}
