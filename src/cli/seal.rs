//! `affiant seal`: a bag is signed and stamped.

use super::args::SealOptions;
use super::text::printable;
use super::{End, Ended, Refusal, refuse};
use affiant::artifact::Difference;
use affiant::evidence::password_of_file;
use affiant::report;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the answer of a time-stamping authority stands in a bag.
const STAMP: &str = "manifest-sha256.txt.tsr";
/// An answer with a chain of certificates has some 10 KB.
const LARGEST_ANSWER: u64 = 1 << 20;

/// Runs the command.
pub(crate) fn run(options: &SealOptions) -> Ended {
    let folder = &options.report;
    // Who signs must not vouch for a bag that is not what its own list says.
    if let Some(broken) = report::check_manifest(folder).map_err(|error| no_bag(folder, &error))?.first() {
        return refuse(format!("nothing was sealed: {}: {}", broken.name, broken.message));
    }
    let mut out = io::stdout().lock();
    if let Some(key) = key(options)? {
        let id = report::sign(folder, &key).map_err(Refusal)?;
        writeln!(
            out,
            "signed with key {id}: {}",
            printable(&folder.join(report::SIGNATURE).display().to_string())
        )?;
    }
    if let Some(path) = &options.tsq {
        outside(folder, path)?;
        write_new(path, &report::stamp_request(&imprint(folder)?).map_err(Refusal)?)?;
        writeln!(out, "time-stamp request: {}", printable(&path.display().to_string()))?;
    }
    if let Some(path) = &options.tsr {
        let answer = bounded(path)?;
        let stamp = report::read_stamp(&answer, &imprint(folder)?);
        let stamp = stamp.map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
        write_new(&folder.join(STAMP), &answer)?;
        writeln!(
            out,
            "stamped at {}, number {}: {}",
            stamp.time,
            stamp.serial,
            printable(&folder.join(STAMP).display().to_string())
        )?;
    }
    Ok(End::Complete)
}

fn no_bag(folder: &Path, error: &io::Error) -> Refusal {
    Refusal(format!("{}: {error}", folder.join(report::MANIFEST).display()))
}

fn imprint(folder: &Path) -> Result<Vec<u8>, Refusal> {
    Ok(hex::decode(report::sha256_of_file(&folder.join(report::MANIFEST))?)?)
}

fn bounded(path: &Path) -> Result<Vec<u8>, Refusal> {
    let told = |error: io::Error| Refusal(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(told)?;
    if file.metadata().map_err(told)?.len() > LARGEST_ANSWER {
        return refuse(format!("{}: too large for a time-stamp answer", path.display()));
    }
    fs::read(path).map_err(told)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
    let told = |error: io::Error| Refusal(format!("{}: {error}", path.display()));
    let mut file = File::create_new(path).map_err(told)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(told)
}

/// The key that signs: one that was given, or a new one.
fn key(options: &SealOptions) -> Result<Option<report::SigningKey>, Refusal> {
    if let Some(path) = &options.new_key {
        return new_key(options, path).map(Some);
    }
    let Some(path) = &options.key else { return Ok(None) };
    let told = |error: String| Refusal(format!("{}: {error}", path.display()));
    let text = Zeroizing::new(fs::read_to_string(path).map_err(|error| told(error.to_string()))?);
    let password = match (report::is_protected(&text).map_err(told)?, &options.password_file) {
        (false, _) => None,
        (true, Some(file)) => Some(password_of_file(file)?),
        (true, None) => Some(asked("Password of the secret key: ")?),
    };
    report::open_key(&text, password.as_ref().map(|password| password.as_str())).map(Some).map_err(told)
}

fn new_key(options: &SealOptions, path: &Path) -> Result<report::SigningKey, Refusal> {
    let public = public_path(path);
    for path in [path, &public] {
        outside(&options.report, path)?;
        if path.symlink_metadata().is_ok() {
            return refuse(format!("{} exists already", path.display()));
        }
    }
    let password = match &options.password_file {
        _ if options.no_password => None,
        Some(file) => Some(password_of_file(file)?),
        None => Some(asked_twice()?),
    };
    let keys = report::new_keys(password.as_ref().map(|password| password.as_str())).map_err(Refusal)?;
    let mut new = File::options();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let told = |error: io::Error| Refusal(format!("{}: {error}", path.display()));
    let mut file = new.open(path).map_err(told)?;
    file.write_all(keys.secret.as_bytes()).and_then(|()| file.sync_all()).map_err(told)?;
    write_new(&public, keys.public.as_bytes())?;
    Ok(keys.key)
}

/// `lab.key` → `lab.pub`, as minisign names its own.
fn public_path(secret: &Path) -> PathBuf {
    secret.with_extension("pub")
}

fn asked(question: &str) -> Result<Zeroizing<String>, Refusal> {
    let told = |error| Refusal(format!("no password: {error}; give --password-file"));
    rpassword::prompt_password(question).map(Zeroizing::new).map_err(told)
}

fn asked_twice() -> Result<Zeroizing<String>, Refusal> {
    let password = asked("Password for the new secret key: ")?;
    if password.is_empty() {
        return refuse("an empty password protects nothing: --no-password says that none is wanted");
    }
    if *password != *asked("The same again: ")? {
        return refuse("the two passwords differ");
    }
    Ok(password)
}

/// Keys and requests are no part of what is sealed.
fn outside(folder: &Path, path: &Path) -> Result<(), Refusal> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let parent_path =
        fs::canonicalize(parent).map_err(|error| Refusal(format!("{}: {error}", parent.display())))?;
    if parent_path.starts_with(fs::canonicalize(folder)?) {
        return refuse(format!("{} would lie inside the report; give a place outside of it", path.display()));
    }
    Ok(())
}

/// What stands beside a manifest: what does not hold, and what there is to say where all holds.
pub(super) fn standing(
    folder: &Path,
    public_key: Option<&Path>,
) -> Result<(Vec<Difference>, Vec<String>), Refusal> {
    let (mut differences, mut notes) = (Vec::new(), Vec::new());
    let mut keep = |name: &str, told: Result<Option<String>, String>| match told {
        Ok(note) => notes.extend(note),
        Err(message) => differences.push(Difference { place: name.to_owned(), message }),
    };
    let signature = match public_key {
        Some(path) => {
            let public =
                fs::read_to_string(path).map_err(|error| Refusal(format!("{}: {error}", path.display())))?;
            let checked = report::check_signature(folder, &public);
            checked.map(|signed| Some(format!("signature: holds, by key {}", signed.key_id)))
        }
        None => report::signature(folder).map(|signed| {
            signed.map(|signed| {
                format!("signature: by key {}; not checked: --public-key FILE checks it", signed.key_id)
            })
        }),
    };
    keep(report::SIGNATURE, signature);
    keep(STAMP, stamp(folder)?);
    Ok((differences, notes))
}

fn stamp(folder: &Path) -> Result<Result<Option<String>, String>, Refusal> {
    let path = folder.join(STAMP);
    if path.symlink_metadata().is_err() {
        return Ok(Ok(None));
    }
    let told = report::read_stamp(&bounded(&path)?, &imprint(folder)?);
    Ok(told.map(|stamp| {
        Some(format!(
            "time stamp: {} over this manifest, number {}; who gave it: openssl ts -verify -data {} -in {STAMP} -CAfile FILE",
            stamp.time, stamp.serial, report::MANIFEST
        ))
    }))
}
