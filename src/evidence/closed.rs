//! Files that stay closed: what they are as far as can be told, and which key they need.

use super::{Error, Evidence, Key, SourceFile, unseal::names_realm};
use crate::parse::{
    self,
    crypt::{self, Version},
    frames, looks_encrypted, looks_random,
    realm::{Misfit, is_realm},
    sqlcipher,
};

/// A file that stays closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// What it is, as far as can be told: `an SQLCipher database, or another encrypted file`.
    pub what: String,
    /// Why that is thought.
    pub why: String,
    /// Which key would be needed, in which form.
    pub needs: String,
    /// Where the keys that do not open it were given.
    pub tried: Vec<String>,
}

impl Closed {
    /// A file of which nothing is known but that it looks encrypted.
    #[must_use]
    pub fn unknown() -> Self {
        let (why, needs) = (NO_STRUCTURE.to_owned(), "not known: what encrypted it is not".to_owned());
        Closed { what: "an encrypted file".to_owned(), why, needs, tried: Vec::new() }
    }

    fn tried(self, keys: &[&Key]) -> Self {
        Closed { tried: keys.iter().map(|key| key.origin.clone()).collect(), ..self }
    }

    /// What it is, whether keys were tried, what it needs.
    #[must_use]
    pub fn told(&self) -> String {
        let tried = match self.tried.len() {
            0 => "no key is given for it".to_owned(),
            1 => "the key that is given for it does not open it: it is another one, or the start of the file is damaged".to_owned(),
            count => format!(
                "of {count} keys that are given for it none opens it: they are others, or the start of the file is damaged"
            ),
        };
        format!("{}: {}; {tried}; needed: {}", self.what, self.why, self.needs)
    }
}

impl Evidence {
    /// Whether a file that nothing is known of looks encrypted, by its first bytes; no key is tried.
    ///
    /// # Errors
    /// As [`Evidence::read`].
    pub fn looks_closed(&self, file: &SourceFile) -> Result<Option<Closed>, Error> {
        const FIRST: usize = 4_096;
        const ALL: usize = 65_536;
        // One line tells of the whole.
        if self.source.is_of_closed(file.entry) {
            return Ok(None);
        }
        let head = self.head(file, FIRST)?;
        // Those that there are were tried when it was asked what the file is.
        let keys: Vec<&Key> = self.keys_of(file).collect();
        let version = Version::of_name(&file.original.text);
        if let Some(header) = crypt::header(&head, version) {
            return Ok(Some(backup_closed(header.version, &keys)));
        }
        if frames::is_backup(&head) {
            return Ok(Some(frames_closed(&keys)));
        }
        if let Some(closed) = named(&head).or_else(|| named_realm(&head, &file.original.text)) {
            return Ok(Some(closed.tried(&keys)));
        }
        if sqlcipher::looks_sealed(&head) && head.starts_with(parse::sqlite::MAGIC) {
            return Ok(Some(database_closed(true, &keys)));
        }
        // Most files are told apart by little; only the others are read further.
        if !looks_encrypted(&head) || !looks_random(&self.head(file, ALL)?) {
            return Ok(None);
        }
        let is_paged = file.size >= 512 && file.size.is_multiple_of(512);
        Ok(Some(if is_paged { database_closed(false, &keys) } else { Closed::unknown().tried(&keys) }))
    }
}

pub(super) fn backup_closed(version: Version, keys: &[&Key]) -> Closed {
    let needs = match version {
        Version::Crypt15 => "`raw`: the key of 64 digits, or `file`: `encrypted_backup.key` of the app",
        Version::Crypt12 | Version::Crypt14 => {
            "`file`: `key` of the app (158 bytes), or `raw`: the 32 bytes of the key in it"
        }
    };
    Closed {
        what: format!("a {} backup", version.name()),
        why: "its header says so".to_owned(),
        needs: needs.to_owned(),
        tried: Vec::new(),
    }
    .tried(keys)
}

pub(super) fn frames_closed(keys: &[&Key]) -> Closed {
    Closed {
        what: "a backup in encrypted frames".to_owned(),
        why: "its header says so".to_owned(),
        needs: "`passphrase`: its 30 digits".to_owned(),
        tried: Vec::new(),
    }
    .tried(keys)
}

const NO_STRUCTURE: &str = "its bytes have no structure";

pub(super) fn database_closed(is_headed: bool, keys: &[&Key]) -> Closed {
    let (why, needs) = match is_headed {
        true => (
            "behind the first 32 bytes of a database header nothing is as it is in a database",
            "`raw`: the key with its salt, 96 hexadecimal digits",
        ),
        false => {
            (NO_STRUCTURE, "`passphrase`, or `raw`: the key, 64 hexadecimal digits, or 96 with its salt")
        }
    };
    Closed {
        what: "an SQLCipher database or another encrypted file".to_owned(),
        why: why.to_owned(),
        needs: needs.to_owned(),
        tried: Vec::new(),
    }
    .tried(keys)
}

/// Kinds of encrypted files that their first bytes name: the bytes, what it is, what it needs.
const NAMED: &[(&[u8], &str, &str)] = &[
    (b"Salted__", "a file encrypted by `openssl enc`", "its passphrase"),
    (b"LUKS\xba\xbe", "a LUKS volume", "its passphrase or master key"),
    (
        b"-----BEGIN PGP MESSAGE-----",
        "an OpenPGP message",
        "the private key of a recipient, or its passphrase",
    ),
    (b"age-encryption.org/v1", "a file encrypted by `age`", "the identity of a recipient, or its passphrase"),
];

/// First line of an adb backup; the fourth says how it is encrypted.
const ADB_BACKUP: &[u8] = b"ANDROID BACKUP\n";

/// A Realm file that begins with a table of IVs and MACs (realm-core, `encrypted_file_mapping`) and that no key opens.
pub(super) fn realm_closed(misfits: &[Misfit], keys: &[&Key]) -> Closed {
    let why = if misfits.contains(&Misfit::Damaged) {
        "a key is proven by the MACs of its pages, but the first page is damaged, where its header stands"
    } else if misfits.contains(&Misfit::FirstHalf) {
        "the second half of a key is proven by the MACs of its pages, but the first half does not decrypt them"
    } else {
        "its name says Realm, and it begins with no Realm header"
    };
    let closed = Closed {
        what: "an encrypted Realm file".to_owned(),
        why: why.to_owned(),
        needs: "`raw`: the key of 64 bytes, 128 hexadecimal digits, or `file`: its bytes".to_owned(),
        tried: Vec::new(),
    };
    closed.tried(keys)
}

fn named_realm(head: &[u8], name: &str) -> Option<Closed> {
    let is_table = head.len() >= 64 && !is_realm(head) && head.get(..4) != Some(&[0; 4]);
    (names_realm(name) && is_table).then(|| realm_closed(&[], &[]))
}

/// Keysets of Android's EncryptedSharedPreferences (`androidx.security.crypto`), whose names and values are encrypted.
const PREFERENCES: &[u8] = b"__androidx_security_crypto_encrypted_prefs_";

fn named(head: &[u8]) -> Option<Closed> {
    let why = "its first bytes say so".to_owned();
    let closed = |what: &str, needs: &str| Closed {
        what: what.to_owned(),
        why: why.clone(),
        needs: format!("{needs}; this program does not open it"),
        tried: Vec::new(),
    };
    if let Some((_, what, needs)) = NAMED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some(closed(what, needs));
    }
    if let Some(rest) = head.strip_prefix(ADB_BACKUP) {
        let encryption = rest.split(|byte| *byte == b'\n').nth(2).filter(|line| *line != b"none");
        return encryption.map(|_| Closed {
            what: "an encrypted Android backup (.ab)".to_owned(),
            needs: "`password`: that of the backup".to_owned(),
            ..closed("", "")
        });
    }
    let is_preferences = head.windows(PREFERENCES.len()).any(|window| window == PREFERENCES);
    is_preferences.then(|| {
        closed("encrypted preferences", "the key `_androidx_security_master_key_` of the Android Keystore")
    })
}
