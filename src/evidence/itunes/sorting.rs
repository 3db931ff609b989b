//! The entries of a container sorted by what a backup says of them: a file of the handset, a description, not listed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::super::{
    Finding, SourceTime, Times, cipher, name,
    source::{Entry, Listing},
};
use super::{
    domain,
    find::{self, Root},
    list::{Key, Listed},
    lock::{self, ClassKeys},
    member::{Member, Stored},
    opening::{Lock, Opening, finding},
};

/// The new listing, as it grows.
#[derive(Default)]
pub(super) struct Sorting {
    pub listing: Listing,
    pub members: Vec<Member>,
}

/// What opens the files of a backup.
enum Keyring {
    Plain,
    Open(Arc<ClassKeys>),
    Shut(Arc<str>),
}

/// How the list lies in the backup.
#[derive(Clone, Copy)]
enum ListLies<'a> {
    AsIs,
    /// Encrypted with a key, and so many bytes without padding.
    ByKey(&'a (cipher::Key, u64)),
    /// A part of what stays closed.
    Sealed,
}

/// The contents of a backup by the hash that is their name.
type Contents = HashMap<String, Content>;

/// The content of one file.
struct Content {
    /// Its name in the backup.
    own: String,
    /// Its number in the container.
    inner: usize,
    entry: Entry,
}

impl Sorting {
    pub(super) fn push(&mut self, entry: Entry, inner: usize, stored: Stored) {
        let name = entry.named.original.text.clone();
        self.members.push(Member { inner, name, stored, digest: None, notes: Vec::new() });
        self.listing.entries.push(entry);
    }

    /// Takes the entries of a backup out of `entries`: each goes under the path that the list gives it, or its own name.
    pub(super) fn backup(
        &mut self,
        number: usize,
        root: &Root,
        opening: Opening,
        entries: &mut [Option<Entry>],
    ) {
        let Opening { lock, list, list_key, findings, closed: _ } = opening;
        findings.into_iter().for_each(|finding| self.listing.findings.push(finding));
        let lies = match (&list_key, &lock) {
            (Some(key), _) => ListLies::ByKey(key),
            (None, Lock::Shut(_)) => ListLies::Sealed,
            (None, _) => ListLies::AsIs,
        };
        let mut contents = self.contents(number, root, lies, entries);
        let keys = match lock {
            Lock::Plain => Keyring::Plain,
            Lock::Open(keys) => Keyring::Open(Arc::new(keys)),
            Lock::Shut(shut) => Keyring::Shut(shut.told(&lock::WORDS).into()),
        };
        let is_listed = list.is_some();
        if let Some(list) = list {
            list.findings.into_iter().for_each(|finding| self.listing.findings.push(finding));
            self.listed(number, &keys, list.files, &mut contents);
        } else if !contents.is_empty() {
            let message =
                format!("{} files of the backup have no name: its list could not be read", contents.len());
            self.listing.note("backup-without-list", &root.prefix, message, true);
        }
        let mut rest: Vec<Content> = contents.into_values().collect();
        rest.sort_by(|one, other| one.own.cmp(&other.own));
        for content in rest {
            if is_listed {
                self.not_listed(&content);
            }
            // Without a list nothing says which of them are encrypted by themselves.
            let stored = if matches!(keys, Keyring::Shut(_)) { Stored::Sealed } else { Stored::AsIs };
            let entry = placed(content.entry, number, format!("/{}", content.own));
            self.push(entry, content.inner, stored);
        }
    }

    /// The contents by their hashes; what is no content is put under its own name.
    fn contents(
        &mut self,
        number: usize,
        root: &Root,
        lies: ListLies<'_>,
        entries: &mut [Option<Entry>],
    ) -> Contents {
        let own = |entry: &Entry| {
            root.within(&entry.named.relative).filter(|own| find::is_own(own)).map(str::to_owned)
        };
        let mut contents = Contents::new();
        for (inner, place) in entries.iter_mut().enumerate() {
            let Some(own) = place.as_ref().and_then(own) else { continue };
            let Some(entry) = place.take() else { continue };
            let hash = find::hash(&own).map(str::to_ascii_lowercase);
            let content = Content { own, inner, entry };
            let twin = match hash {
                Some(hash) => contents.insert(hash, content),
                None => {
                    self.description(number, content, lies);
                    None
                }
            };
            if let Some(twin) = twin {
                self.not_listed(&twin);
                self.own_name(number, twin);
            }
        }
        contents
    }

    /// `Info.plist` and its neighbours, and the list, which is decrypted on read where it is encrypted.
    fn description(&mut self, number: usize, content: Content, lies: ListLies<'_>) {
        match lies {
            ListLies::ByKey((key, size)) if content.own == "Manifest.db" => {
                let entry = placed(content.entry, number, format!("/{}", content.own));
                self.push(entry, content.inner, Stored::ByKey(key.clone(), *size));
            }
            // What closes the backup tells of its list too.
            ListLies::Sealed if content.own == "Manifest.db" => {
                let entry = placed(content.entry, number, format!("/{}", content.own));
                self.push(entry, content.inner, Stored::Sealed);
            }
            _ => self.own_name(number, content),
        }
    }

    fn own_name(&mut self, number: usize, content: Content) {
        let entry = placed(content.entry, number, format!("/{}", content.own));
        self.push(entry, content.inner, Stored::AsIs);
    }

    fn not_listed(&mut self, content: &Content) {
        let message = "a file of the backup that its list does not name: it stands under its own name";
        let name = content.entry.named.original.text.clone();
        self.listing.note("backup-file-not-listed", &name, message.to_owned(), false);
    }

    /// Every file of the list.
    fn listed(&mut self, number: usize, keys: &Keyring, files: Vec<Listed>, contents: &mut Contents) {
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        for file in files {
            let path = name::of_folder(file.path.as_bytes());
            let shown = format!("{}-{}", file.domain, path.original.text);
            self.listing.hostile(path.hostile, &shown);
            let Some(content) = contents.remove(&file.file_id.to_ascii_lowercase()) else {
                self.missing(&file, &shown);
                continue;
            };
            let device_path = domain::device_path(&file.domain, &path.relative).unwrap_or_else(|| {
                *unknown.entry(file.domain.clone()).or_default() += 1;
                format!("/{}/{}", name::of_folder(file.domain.as_bytes()).relative, path.relative)
            });
            self.file(keys, &file, content.inner, placed(content.entry, number, device_path));
        }
        for (domain, count) in unknown {
            let message = format!(
                "{count} files of a domain whose folder on the handset is not known stand under its name"
            );
            self.listing.note("backup-domain-unknown", &domain, message, false);
        }
    }

    /// An empty file has nothing that could be missing.
    fn missing(&mut self, file: &Listed, shown: &str) {
        let message = format!("the list of the backup names this file, the backup has no {}", file.file_id);
        self.listing.note("backup-file-missing", shown, message, file.size != Some(0));
    }

    fn file(&mut self, keys: &Keyring, file: &Listed, inner: usize, mut entry: Entry) {
        let stored = stored(keys, file, &entry);
        let notes = odd_size(file, &entry, &stored);
        if !matches!(stored, Stored::AsIs) {
            entry.size = file.size.unwrap_or(entry.size);
        }
        if let Some(seconds) = file.modified {
            let modified = SourceTime::Utc { seconds, nanos: 0, source: "list of the backup" };
            entry.times = Times { modified: Some(modified) };
        }
        // A copy that a tool decrypted keeps the digest of the encrypted file.
        let is_copy = matches!(keys, Keyring::Plain) && file.key != Key::None;
        let digest = file.digest.filter(|_| !is_copy);
        let name = entry.named.original.text.clone();
        self.members.push(Member { inner, name, stored, digest, notes });
        self.listing.entries.push(entry);
    }
}

fn placed(entry: Entry, number: usize, device_path: String) -> Entry {
    Entry { device_path: Some(device_path), listed_by: Some(number), ..entry }
}

/// How the content of a file lies in the backup.
fn stored(keys: &Keyring, file: &Listed, entry: &Entry) -> Stored {
    match (keys, &file.key) {
        (Keyring::Plain, _) => Stored::AsIs,
        _ if entry.size == 0 => Stored::AsIs,
        (Keyring::Shut(reason), _) => Stored::Shut(Arc::clone(reason)),
        (Keyring::Open(keys), Key::Wrapped(wrapped)) => {
            Stored::Wrapped { keys: Arc::clone(keys), wrapped: wrapped.clone(), size: file.size }
        }
        (Keyring::Open(_), Key::Malformed(length)) => {
            Stored::Shut(format!("its key is damaged: expected 44 bytes, found {length}").into())
        }
        (Keyring::Open(_), Key::None) => Stored::AsIs,
    }
}

/// The size in the list against that of the content.
fn odd_size(file: &Listed, entry: &Entry, stored: &Stored) -> Vec<Finding> {
    let Some(size) = file.size else { return Vec::new() };
    let is_short = entry.size < size;
    let fits = match stored {
        Stored::AsIs => entry.size == size,
        // With padding or, where it is a whole number of blocks, without. That it is short, its stream says.
        _ => is_short || entry.size == size.next_multiple_of(16) || entry.size == (size / 16 + 1) * 16,
    };
    if fits {
        return Vec::new();
    }
    let message = format!("the list of the backup says {size} bytes, its file has {}", entry.size);
    vec![finding("backup-size-differs", message, &entry.named.original.text, is_short)]
}
