//! Opening one backup: what describes it, its lock, its list.
//!
//! ```text
//! Manifest.plist ─► IsEncrypted · BackupKeyBag · ManifestKey
//! Manifest.db    ─► "SQLite format 3": read as it is     else: decrypted by ManifestKey (since iOS 10.2), then read
//! ```

use super::super::{
    Content, Error, Finding, Options,
    cipher::{self, Decrypted, End},
    closed::Closed,
    content,
    mmap::Bytes,
    shut::Shut,
    source::{Body, Entry, Source},
};
use super::{
    find::Root,
    list::{self, List},
    lock::{self, ClassKeys, Wrapped},
};
use crate::parse::{Value, keybag, plist, sqlite::MAGIC};

/// Whether the files of a backup are encrypted, and what opens them.
pub(super) enum Lock {
    /// They lie as they are.
    Plain,
    /// The password opened it.
    Open(ClassKeys),
    /// They are encrypted, and stay so.
    Shut(Shut),
}

/// A backup: its lock, its list, what is odd about either.
pub(super) struct Opening {
    pub lock: Lock,
    /// Where it could be read.
    pub list: Option<List>,
    /// The key of the list itself, and its bytes without padding.
    pub list_key: Option<(cipher::Key, u64)>,
    pub findings: Vec<Finding>,
    /// What is told of it where it stays encrypted, under the name of its description.
    pub closed: Option<(String, Closed)>,
}

/// What `Manifest.plist` says.
#[derive(Default)]
struct Claims {
    encrypted: bool,
    keybag: Option<Vec<u8>>,
    list_key: Option<Wrapped>,
}

/// What a container lists, and how its files are had.
pub(super) struct Place<'a> {
    pub source: &'a dyn Source,
    pub entries: &'a [Entry],
    pub options: &'a Options,
}

impl Place<'_> {
    fn read(&self, root: &Root, name: &str) -> Option<(Content, String)> {
        let whole = format!("{}{name}", root.prefix);
        let entry = self.entries.iter().position(|entry| entry.named.relative == whole)?;
        self.read_entry(entry)
    }

    fn read_entry(&self, entry: usize) -> Option<(Content, String)> {
        let name = self.entries.get(entry)?.named.original.text.clone();
        let body = self.source.body(entry).ok()?;
        Some((content::read(body, &name, self.options).ok()?, name))
    }

    /// The passwords for a backup, and where they were given: those of the evidence, which has the name of its container and of the backup's folder.
    fn passwords(&self, root: &Root) -> Vec<(&str, &str)> {
        let mut names = vec![root.folder().to_owned()];
        names.extend(self.source.base_name());
        let keys = &self.options.keys;
        let mut passwords: Vec<(&str, &str)> = Vec::new();
        for key in names.iter().flat_map(|name| keys.of_evidence(name)) {
            let text = key.secret.text().filter(|text| !passwords.iter().any(|(known, _)| known == text));
            passwords.extend(text.map(|text| (text, key.origin.as_str())));
        }
        passwords
    }
}

/// Opens a backup; `None` where the list is one of something else.
pub(super) fn open(place: &Place<'_>, root: &Root) -> Option<Opening> {
    let (mut findings, mut closed) = (Vec::new(), None);
    let claims =
        place.read(root, "Manifest.plist").map(|(content, name)| claims(&content, &name, &mut findings));
    let claims = claims.unwrap_or_default();
    let (content, name) = place.read_entry(root.list)?;
    findings.extend(content.findings.iter().cloned());
    let is_plain = !root.is_database || content.starts_with(MAGIC) || content.is_empty();
    // A database with a key of its own that lies there as it is was decrypted by a tool, and so were its files.
    let is_copy = root.is_database && claims.list_key.is_some() && is_plain;
    let lock = match () {
        () if is_copy => {
            let message = "Manifest.plist says that the backup is encrypted, Manifest.db is not: it is the copy of a tool that \
                           decrypted it, and is read as it is";
            findings.push(finding("backup-decrypted-copy", message.to_owned(), &name, false));
            Lock::Plain
        }
        () if claims.encrypted || !is_plain => unlocked(place, root, &claims, (&mut findings, &mut closed)),
        () => Lock::Plain,
    };
    let mut opening = Opening { lock, list: None, list_key: None, findings, closed };
    match is_plain {
        true => opening.read_plain(place, root, &content, &name)?,
        false => opening.read_encrypted(&claims, (content, &name), place.options),
    }
    Some(opening)
}

fn claims(bytes: &[u8], name: &str, findings: &mut Vec<Finding>) -> Claims {
    let document = match plist::document(bytes) {
        Ok(document) => document,
        Err(error) => {
            findings.push(finding("backup-description-damaged", error.to_string(), name, true));
            return Claims::default();
        }
    };
    let lost = document.findings.iter().filter(|found| found.loss);
    findings
        .extend(lost.map(|found| finding("backup-description-damaged", found.message.clone(), name, true)));
    let root = &document.root.value;
    let blob = |member: &str| match root.member(member).map(|node| &node.value) {
        Some(Value::Blob(bytes)) => Some(bytes.as_ref()),
        _ => None,
    };
    let list_key = blob("ManifestKey").and_then(|bytes| {
        let wrapped = Wrapped::new(bytes);
        if wrapped.is_none() {
            let message = format!("ManifestKey: expected 44 bytes, found {}", bytes.len());
            findings.push(finding("backup-description-damaged", message, name, true));
        }
        wrapped
    });
    Claims {
        encrypted: matches!(root.member("IsEncrypted").map(|node| &node.value), Some(Value::Bool(true))),
        keybag: blob("BackupKeyBag").map(<[u8]>::to_vec),
        list_key,
    }
}

fn unlocked(
    place: &Place<'_>,
    root: &Root,
    claims: &Claims,
    (findings, closed): (&mut Vec<Finding>, &mut Option<(String, Closed)>),
) -> Lock {
    let described = format!("{}Manifest.plist", root.prefix);
    let passwords = place.passwords(root);
    let opened = match &claims.keybag {
        None => {
            Err(Shut::Damaged("Manifest.plist, which should hold it, has none or is not there".to_owned()))
        }
        Some(bytes) => match keybag::keybag(bytes) {
            Ok(keybag) => lock::open(&keybag, passwords.iter().map(|(text, _)| *text)),
            Err(error) => Err(Shut::Damaged(format!("BackupKeyBag {error}"))),
        },
    };
    match opened {
        Ok(keys) => {
            for (class, offset) in &keys.damaged {
                let message = format!(
                    "BackupKeyBag at {offset:#x}: the key of protection class {class} is damaged: the password opens others \
                     and not this one; the files of this class stay encrypted"
                );
                findings.push(finding("backup-keybag-damaged", message, &described, true));
            }
            Lock::Open(keys)
        }
        Err(shut) => {
            findings.push(finding(shut.code(&lock::WORDS), shut.told(&lock::WORDS), &described, true));
            let tried = passwords.iter().map(|(_, origin)| (*origin).to_owned());
            *closed = Some((described, shut.closed(&lock::WORDS, tried.collect())));
            Lock::Shut(shut)
        }
    }
}

impl Opening {
    /// `None` where the database is one of something else.
    fn read_plain(&mut self, place: &Place<'_>, root: &Root, bytes: &[u8], name: &str) -> Option<()> {
        let read = if root.is_database {
            let wal = place.read(root, "Manifest.db-wal").map(|(wal, _)| wal);
            list::of_database(bytes, wal.as_deref(), name)
        } else {
            list::of_mbdb(bytes, name).map(Some)
        };
        match read {
            Ok(list) => self.list = Some(list?),
            Err(error) => self.damaged(error.to_string(), name),
        }
        Some(())
    }

    fn read_encrypted(&mut self, claims: &Claims, (content, name): (Content, &str), options: &Options) {
        let Lock::Open(keys) = &self.lock else { return };
        let Some(wrapped) = &claims.list_key else {
            let message = "is no database, and Manifest.plist has no key for it (ManifestKey)";
            return self.damaged(message.to_owned(), name);
        };
        let key = match keys.unwrap(wrapped) {
            Ok(key) => key,
            Err(reason) => return self.damaged(reason, name),
        };
        let (plain, error) = match decrypted(content, &key, options) {
            Ok(decrypted) => decrypted,
            Err(error) => return self.damaged(error.to_string(), name),
        };
        self.list_key = Some((key, plain.len() as u64));
        if let Some(error) = error {
            self.findings.push(finding("backup-list-damaged", error.to_string(), name, true));
        }
        match list::of_database(&plain, None, name) {
            Ok(Some(list)) => self.list = Some(list),
            Ok(None) => self.damaged("is decrypted, and has no table Files".to_owned(), name),
            Err(error) => self.damaged(format!("is decrypted with its own key, and {error}"), name),
        }
    }

    fn damaged(&mut self, reason: String, name: &str) {
        self.findings.push(finding(
            "backup-list-damaged",
            format!("the list of the files: {reason}"),
            name,
            true,
        ));
    }
}

/// The list, decrypted, and where it breaks off.
fn decrypted(
    content: Content,
    key: &cipher::Key,
    options: &Options,
) -> Result<(Bytes, Option<crate::parse::Error>), Error> {
    let stored = content::stream(Body::Whole(content.into_bytes(), None));
    let stream = Decrypted::new(stored, key, [0; cipher::BLOCK], End::Blocks);
    let (plain, error) = content::kept(Box::new(stream), options)?;
    // Behind the last page, which is at least 512 bytes long, stands a block of padding, or (other writers) nothing.
    let padding = if plain.len() % 512 == cipher::BLOCK { cipher::BLOCK } else { 0 };
    Ok((plain.part(0, plain.len().saturating_sub(padding)), error))
}

pub(super) fn finding(code: &'static str, message: String, name: &str, loss: bool) -> Finding {
    Finding { code, message, path: Some(name.to_owned()), offset: None, loss }
}
