//! The keys and passwords that the examiner has: read from `keys.toml`, matched to files, told to nobody.
//!
//! ```toml
//! [[key]]
//! path = "/data/data/org.example/databases/messages.db"   # a glob on the device path, or on the file name alone
//! raw = "2DD29CA851E7B56E4697B0E1F08507293D761A05CE4D1B628663F411A8086D99"
//! profile = "sqlcipher4"                                  # where the format has several
//!
//! [[key]]                                                 # without `path`: for the evidence itself
//! password = "…"
//! ```
//!
//! A secret is wiped from memory when it is dropped, and neither an error nor `Debug` shows one.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use toml::{Table, Value};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Error, Glob};
use crate::parse::sqlcipher::Parameters;

/// Bytes of a key file or of `keys.toml`; both are small, and what is larger is not one.
const LIMIT: u64 = 1024 * 1024;

/// The forms of a secret, as `keys.toml` names them.
const FORMS: [&str; 4] = ["password", "passphrase", "raw", "file"];

/// A secret in the form in which the examiner has it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// What a person types to open a backup.
    Password(Zeroizing<String>),
    /// What a program or a person gives to a database or a backup, and a key is derived from.
    Passphrase(Zeroizing<String>),
    /// The bytes of a key, given in hex.
    Raw(Zeroizing<Vec<u8>>),
    /// The content of a key file.
    File(Zeroizing<Vec<u8>>),
}

impl Secret {
    /// A password or a passphrase: formats that know only one of the words take either.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Secret::Password(text) | Secret::Passphrase(text) => Some(text),
            Secret::Raw(_) | Secret::File(_) => None,
        }
    }

    /// The bytes of a raw key or of a key file.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Secret::Raw(bytes) | Secret::File(bytes) => Some(bytes),
            Secret::Password(_) | Secret::Passphrase(_) => None,
        }
    }

    /// The form, as `keys.toml` names it.
    #[must_use]
    pub fn form(&self) -> &'static str {
        match self {
            Secret::Password(_) => "password",
            Secret::Passphrase(_) => "passphrase",
            Secret::Raw(_) => "raw",
            Secret::File(_) => "file",
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}(…)", self.form())
    }
}

/// One key.
#[derive(Debug, Clone)]
pub struct Key {
    /// Of which files; `None`: of the evidence itself.
    pub path: Option<Glob>,
    /// The secret.
    pub secret: Secret,
    /// Which parameters of its format, where they are known; else they are tried in turn.
    pub profile: Option<String>,
    /// Where it was given, for messages: `keys.toml, entry 2`.
    pub origin: String,
}

impl Key {
    /// A pattern without a separator is one of file names, in whatever folder.
    fn fits(&self, path: &str) -> bool {
        let Some(glob) = &self.path else { return false };
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        glob.is_match(path) || (!glob.pattern().contains('/') && glob.is_match(name))
    }
}

/// The keys of a run.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    list: Vec<Key>,
}

impl Keys {
    /// Reads `keys.toml`.
    ///
    /// # Errors
    /// [`Error::Keys`], which names the entry and the key of it that is wrong and no value.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let fault = |problem: String| Error::Keys { path: path.to_owned(), problem };
        let bytes = small(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| fault("not UTF-8 text".to_owned()))?;
        // The message of the TOML reader may quote the line: it stays here.
        let table: Table =
            toml::from_str(text).map_err(|error: toml::de::Error| fault(line(text, &error)))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut list = Vec::new();
        for (position, entry) in entries(table).map_err(fault)?.into_iter().enumerate() {
            let number = position + 1;
            let origin = format!("{name}, entry {number}");
            let key = key(entry, folder, origin);
            list.push(key.map_err(|problem| fault(format!("entry {number}: {problem}")))?);
        }
        Ok(Keys { list })
    }

    /// Adds the password of the evidence itself. `origin` says where it was given, as `--password-file`.
    #[must_use]
    pub fn with_password(mut self, password: Zeroizing<String>, origin: &str) -> Self {
        let secret = Secret::Password(password);
        self.list.push(Key { path: None, secret, profile: None, origin: origin.to_owned() });
        self
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.list.iter()
    }

    /// The keys of the evidence itself, by its own name: those without a path, and those whose pattern it matches.
    pub fn of_evidence(&self, name: &str) -> impl Iterator<Item = &Key> {
        self.list.iter().filter(move |key| key.path.is_none() || key.fits(name))
    }

    /// The keys of a file, by its device path or the name that the acquisition gave it.
    pub fn of(&self, device_path: &str, original: &str) -> impl Iterator<Item = &Key> {
        self.list.iter().filter(move |key| key.fits(device_path) || key.fits(original))
    }
}

/// The password in a file: its first line, without the end of the line.
///
/// # Errors
/// [`Error::Keys`] where the file has none, [`Error::Unreadable`] where it cannot be read.
pub fn password_of_file(path: &Path) -> Result<Zeroizing<String>, Error> {
    let bytes = small(path)?;
    let fault = |problem: &str| Error::Keys { path: path.to_owned(), problem: problem.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| fault("a password is UTF-8 text"))?;
    let line = text.split('\n').next().unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(fault("its first line, which is the password, is empty"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn small(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |cause| Error::Unreadable { path: path.to_owned(), cause };
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(LIMIT.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        let problem = format!("larger than {LIMIT} bytes: not what holds keys");
        return Err(Error::Keys { path: path.to_owned(), problem });
    }
    Ok(bytes)
}

fn line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map_or(String::new(), |before| format!("line {}: ", before.matches('\n').count() + 1));
    format!("{place}not valid TOML")
}

fn entries(mut table: Table) -> Result<Vec<Table>, String> {
    let list = match table.remove("key") {
        Some(Value::Array(list)) => list,
        None => return Err("no `[[key]]` in it".to_owned()),
        Some(_) => return Err("`key` is a list of tables: write `[[key]]`".to_owned()),
    };
    if let Some(name) = table.keys().next() {
        return Err(format!("`{}`: nothing but `[[key]]` stands here", shown(name)));
    }
    let entry = |(position, value)| match value {
        Value::Table(entry) => Ok(entry),
        _ => Err(format!("entry {}: a table is expected", position + 1)),
    };
    list.into_iter().enumerate().map(entry).collect()
}

/// A key without its `=`-side may be a secret that was written in the wrong place.
fn shown(name: &str) -> String {
    let is_word = name.len() <= 24 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_word { name.to_owned() } else { "…".to_owned() }
}

fn key(mut entry: Table, folder: &Path, origin: String) -> Result<Key, String> {
    let path = match text(&mut entry, "path")? {
        Some(pattern) => Some(Glob::new(&pattern).map_err(|_| "`path`: not a pattern of paths".to_owned())?),
        None => None,
    };
    let profile = text(&mut entry, "profile")?.map(|name| (*name).clone());
    if let Some(profile) = &profile {
        profile.parse::<Parameters>().map_err(|problem| format!("`profile`: {problem}"))?;
    }
    let mut secrets = Vec::new();
    for form in FORMS {
        if let Some(value) = text(&mut entry, form)? {
            secrets.push(secret(form, value, folder).map_err(|problem| format!("`{form}`: {problem}"))?);
        }
    }
    if let Some(name) = entry.keys().next() {
        let known = format!("there are path, profile, {}", FORMS.join(", "));
        return Err(format!("`{}`: no such key; {known}", shown(name)));
    }
    let one = secrets.pop().filter(|_| secrets.is_empty());
    let secret = one.ok_or_else(|| format!("exactly one of {} is expected", FORMS.join(", ")))?;
    Ok(Key { path, secret, profile, origin })
}

fn text(entry: &mut Table, name: &str) -> Result<Option<Zeroizing<String>>, String> {
    match entry.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(Zeroizing::new(text))),
        Some(Value::String(_)) => Err(format!("`{name}`: is empty")),
        Some(_) => Err(format!("`{name}`: text in quotation marks is expected")),
    }
}

fn secret(form: &str, value: Zeroizing<String>, folder: &Path) -> Result<Secret, String> {
    match form {
        "password" => Ok(Secret::Password(value)),
        "passphrase" => Ok(Secret::Passphrase(value)),
        "raw" => raw(&value)
            .map(Secret::Raw)
            .ok_or_else(|| "hexadecimal digits are expected, two a byte".to_owned()),
        _ => key_file(&folder.join(PathBuf::from(value.as_str()))).map(Secret::File),
    }
}

/// Hex digits, with spaces between them or not, or as SQLCipher writes them: `x'…'`.
fn raw(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let quoted = text.trim().strip_prefix(['x', 'X']).map(|rest| rest.trim_matches('\''));
    let mut digits: Zeroizing<Vec<u8>> = Zeroizing::new(quoted.unwrap_or(text).bytes().collect());
    digits.retain(|byte| !byte.is_ascii_whitespace());
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    match hex::decode_to_slice(&*digits, &mut bytes) {
        Ok(()) if !bytes.is_empty() => Some(bytes),
        _ => {
            bytes.zeroize();
            None
        }
    }
}

fn key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    match small(path) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        Ok(_) => Err("the key file is empty".to_owned()),
        Err(Error::Unreadable { cause, .. }) => Err(format!("the key file cannot be read: {}", cause.kind())),
        Err(_) => Err(format!("the key file is larger than {LIMIT} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Keys, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.key"), b"the key").unwrap();
        fs::write(folder.path().join("keys.toml"), text).unwrap();
        let read = Keys::of_file(&folder.path().join("keys.toml"));
        read.map_err(|error| error.to_string().split_once("keys.toml: ").unwrap().1.to_owned())
    }

    const ALL: &str = r#"
[[key]]
password = "of the backup"
[[key]]
path = "signal.db"
raw = "x'00ff'"
profile = "sqlcipher3"
[[key]]
path = "/data/data/*/databases/x.db"
passphrase = "words"
[[key]]
path = "**/y.db"
file = "secret.key"
"#;

    #[test]
    fn every_form_of_a_secret_is_read() {
        let keys = read(ALL).unwrap();
        let bytes = |key: &Key| key.secret.bytes().map(<[u8]>::to_vec);
        let seen: Vec<_> =
            keys.iter().map(|key| (key.secret.text().map(str::to_owned), bytes(key))).collect();
        assert_eq!(
            seen,
            [
                (Some("of the backup".to_owned()), None),
                (None, Some(vec![0, 255])),
                (Some("words".to_owned()), None),
                (None, Some(b"the key".to_vec())),
            ]
        );
        assert_eq!(keys.iter().nth(1).unwrap().origin, "keys.toml, entry 2");
    }

    #[test]
    fn a_key_fits_by_device_path_by_name_or_is_of_the_evidence() {
        let keys = read(ALL).unwrap();
        let of = |path: &str| keys.of(path, "-").map(|key| key.origin.clone()).collect::<Vec<_>>();
        assert_eq!(of("/data/data/org.example/databases/signal.db"), ["keys.toml, entry 2"]);
        assert_eq!(of("/data/data/org.example/databases/x.db"), ["keys.toml, entry 3"]);
        assert_eq!(of("/anywhere/y.db"), ["keys.toml, entry 4"]);
        assert!(of("/z.db").is_empty());
        assert_eq!(keys.of("/z.db", "Dump/signal.db").count(), 1);
        assert_eq!(keys.of_evidence("backup.ab").count(), 1);
        assert_eq!(keys.of_evidence("signal.db").count(), 2);
    }

    #[test]
    fn an_error_names_entry_and_key_and_never_a_value() {
        let cases = [
            (
                "[[key]]\npassword = \"SECRET\"\nraw = \"SECRET\"",
                "entry 1: `raw`: hexadecimal digits are expected, two a byte",
            ),
            (
                "[[key]]\npassword = \"SECRET\"\npassphrase = \"SECRET\"",
                "entry 1: exactly one of password, passphrase, raw, file is expected",
            ),
            ("[[key]]\npath = \"x\"", "entry 1: exactly one of password, passphrase, raw, file is expected"),
            ("[[key]]\npassword = 0x5EC2E7", "entry 1: `password`: text in quotation marks is expected"),
            ("[[key]]\npassword = \"\"", "entry 1: `password`: is empty"),
            ("[[key]]\npassword = \"SECRET", "line 2: not valid TOML"),
            (
                "[[key]]\npassword = \"ok\"\n[[key]]\nfile = \"SECRET\"",
                "entry 2: `file`: the key file cannot be read: entity not found",
            ),
            (
                "[[key]]\npassword = \"ok\"\nSECRET = \"x\"",
                "entry 1: `…`: no such key; there are path, profile, password, passphrase, raw, file",
            ),
            (
                "[[key]]\npassword = \"ok\"\npasword = \"SECRET\"",
                "entry 1: `pasword`: no such key; there are path, profile, password, passphrase, raw, file",
            ),
            ("password = \"SECRET\"", "no `[[key]]` in it"),
            ("key = \"SECRET\"", "`key` is a list of tables: write `[[key]]`"),
            ("[[key]]\npassword = \"ok\"\npath = \"[SECRET\"", "entry 1: `path`: not a pattern of paths"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.contains("SECRET"));
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys =
            read(ALL).unwrap().with_password(Zeroizing::new("of the backup".to_owned()), "--password-env");
        let shown = format!("{keys:?}");
        for secret in ["of the backup", "words", "the key", "255"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn a_password_file_has_it_on_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for (bytes, expected) in
            [(&b"a b \r\nx"[..], Some("a b ")), (b"a", Some("a")), (b"\n", None), (b"\xff", None)]
        {
            fs::write(&path, bytes).unwrap();
            assert_eq!(password_of_file(&path).ok().as_ref().map(|text| text.as_str()), expected);
        }
    }
}
