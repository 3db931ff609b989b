//! `affiant-exhibit`: sets the pages that `affiant exhibit` prepares. It reads one volume as JSON and writes one PDF/A; selection,
//! redaction and numbering are done before. It is a program of its own so that `affiant` stays small.

mod fonts;
mod glyphs;
mod typeset;
mod world;

use clap::Parser;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Sets the pages of a volume that `affiant exhibit` prepared: run that, it runs this.
#[derive(Debug, Parser)]
#[command(name = "affiant-exhibit", version)]
struct Arguments {
    /// The volume, as JSON
    volume: PathBuf,
    /// Its place among the volumes, and the front matter, as JSON
    place: PathBuf,
    /// The PDF, which must not exist
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A folder of fonts; may be given several times
    #[arg(long, value_name = "DIR")]
    font_path: Vec<PathBuf>,
    /// Only fonts of --font-path
    #[arg(long)]
    no_system_fonts: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "affiant-exhibit: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let (volume, place) = (json(&arguments.volume)?, json(&arguments.place)?);
    let format = &volume["format"];
    if format["name"] != "affiant-exhibit-volume" || format["version"] != 1 {
        return Err(format!(
            "{}: not a volume of this version of `affiant exhibit`",
            arguments.volume.display()
        ));
    }
    let fonts = fonts::Fonts::find(&arguments.font_path, !arguments.no_system_fonts)?;
    let set = typeset::typeset(&volume, &place, &fonts)?;
    let told = |error: io::Error| format!("{}: {error}", arguments.output.display());
    let mut file = File::create_new(&arguments.output).map_err(told)?;
    file.write_all(&set.pdf).map_err(told)?;
    file.sync_all().map_err(told)?;
    writeln!(io::stdout(), "{}", set.told).map_err(|error| error.to_string())
}

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", path.display()))
}
