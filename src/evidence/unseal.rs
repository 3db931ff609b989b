//! Files that are encrypted by the app that wrote them: opened where a key fits, else told what they are and what they need.
//!
//! ```text
//! bytes as seized ──► which seal? ──► keys of the file, each in turn ──► decrypted bytes, findings
//!    (hashed)             │                        └── none fits ──► closed: what it is, which key it needs
//!                         └── none: the bytes are what they are
//! ```

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Error, Evidence, Key, Kind, Secret, SourceFile, mmap::Bytes, spill::Spill};
use crate::parse::{
    self,
    crypt::{self, CryptKey, Header, Version},
    looks_encrypted, looks_random,
    master_key::MasterKey,
    sqlcipher::{self, Material, Parameters, Unlocked},
    sqlite::{Database, Files, Source},
};

/// Whether a file is encrypted, and whether it was opened.
#[derive(Debug)]
pub enum Seal {
    /// It is not, as far as can be told.
    None,
    /// A key fits.
    Opened(Box<Unsealed>),
    /// No key fits, or there is none.
    Closed(Closed),
}

/// How decryption can be repeated with another program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Statements that make `sqlcipher` read the file, behind the one that gives the key.
    Statements(Vec<String>),
    /// A command that makes the file PLAIN of FILE and KEY.
    Command(&'static str),
}

/// A file that a key opened.
#[derive(Debug)]
pub struct Unsealed {
    /// What it is and how it was encrypted: `SQLCipher 4`.
    pub method: String,
    /// Where the key was given, for the examiner; it stands in no report.
    pub key: String,
    /// What did not decrypt as it should.
    pub findings: Vec<parse::Finding>,
    /// How anyone can repeat it.
    pub repeat: Repeat,
    /// SHA-256 of the decrypted file, where it is another file than the one that was seized and offsets are told in it; else every
    /// page has kept its place.
    pub derived: Option<[u8; 32]>,
    main: Bytes,
    wal: Option<Bytes>,
    journal: Option<Bytes>,
}

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
    pub fn unknown(why: &str) -> Self {
        let needs = "not known: what encrypted it is not".to_owned();
        Closed { what: "an encrypted file".to_owned(), why: why.to_owned(), needs, tried: Vec::new() }
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

impl Seal {
    /// The bytes to read, given those that were seized.
    #[must_use]
    pub fn files<'a>(&'a self, seized: Files<'a>) -> Files<'a> {
        match self {
            Seal::Opened(unsealed) => {
                let Unsealed { main, wal, journal, .. } = &**unsealed;
                Files { main, wal: wal.as_deref(), journal: journal.as_deref() }
            }
            Seal::None | Seal::Closed(_) => seized,
        }
    }

    /// The database that the bytes are.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn database<'a>(&'a self, seized: Files<'a>) -> Result<Database<'a>, parse::Error> {
        Database::open_decrypted(self.files(seized), seized)
    }

    /// What a key opened.
    #[must_use]
    pub fn opened(&self) -> Option<&Unsealed> {
        match self {
            Seal::Opened(unsealed) => Some(unsealed),
            Seal::None | Seal::Closed(_) => None,
        }
    }

    /// What stays closed.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        match self {
            Seal::Closed(closed) => Some(closed),
            Seal::None | Seal::Opened(_) => None,
        }
    }
}

impl Evidence {
    /// Whether a file is encrypted by the app that wrote it; decrypts it, with its log and journal, where a key fits. `seized` are
    /// its bytes as [`Evidence::read`] gives them.
    ///
    /// # Errors
    /// [`Error::Spill`] where a large file cannot be kept.
    pub fn unseal(&self, file: &SourceFile, seized: Files<'_>) -> Result<Seal, Error> {
        let keys: Vec<&Key> = self.keys_of(file).collect();
        let named = Version::of_name(&file.original.text);
        if let Some(header) = crypt::header(seized.main, named) {
            return self.backup(&header, seized.main, &keys);
        }
        if sqlcipher::looks_sealed(seized.main) {
            return self.database(file, seized, &keys);
        }
        Ok(Seal::None)
    }

    /// Whether a file that nothing is known of looks encrypted, by its first bytes; no key is tried.
    ///
    /// # Errors
    /// As [`Evidence::read`].
    pub fn looks_closed(&self, file: &SourceFile) -> Result<Option<Closed>, Error> {
        const FIRST: usize = 4_096;
        const ALL: usize = 65_536;
        let head = self.head(file, FIRST)?;
        let version = Version::of_name(&file.original.text);
        if let Some(header) = crypt::header(&head, version) {
            return Ok(Some(backup_closed(header.version, &[])));
        }
        if let Some(closed) = named(&head) {
            return Ok(Some(closed));
        }
        if sqlcipher::looks_sealed(&head) && head.starts_with(parse::sqlite::MAGIC) {
            return Ok(Some(database_closed(true, &[])));
        }
        // Most files are told apart by little; only the others are read further.
        if !looks_encrypted(&head) || !looks_random(&self.head(file, ALL)?) {
            return Ok(None);
        }
        let is_paged = file.size >= 512 && file.size.is_multiple_of(512);
        Ok(Some(if is_paged { database_closed(false, &[]) } else { Closed::unknown(NO_STRUCTURE) }))
    }

    /// The keys for a file of this evidence.
    pub fn keys_of(&self, file: &SourceFile) -> impl Iterator<Item = &Key> {
        let is_itself = self.kind() == Kind::File;
        let keys = self.options.keys.of(&file.device_path, &file.original.text);
        keys.chain(self.options.keys.iter().filter(move |key| is_itself && key.path.is_none()))
    }

    /// A backup of a chat database.
    fn backup(&self, header: &Header, sealed: &[u8], keys: &[&Key]) -> Result<Seal, Error> {
        let fitting = |key: &&Key| {
            let crypt_key = match &key.secret {
                Secret::Password(text) | Secret::Passphrase(text) => CryptKey::read(text.as_bytes()),
                Secret::Raw(bytes) | Secret::File(bytes) => CryptKey::read(bytes),
            };
            Some((crypt::fits(sealed, header, &crypt_key?)?, key.origin.clone()))
        };
        let Some((opened, key)) = keys.iter().find_map(fitting) else {
            return Ok(Seal::Closed(backup_closed(header.version, keys)));
        };
        let mut findings = Vec::new();
        let main = self.spilled(|write| opened.decrypt(write), &mut findings)?;
        let derived = Some(Sha256::digest(&*main).into());
        let method = header.version.name().to_owned();
        let repeat =
            Repeat::Command("wadecrypt KEY FILE PLAIN   # https://github.com/ElDavoo/wa-crypt-tools");
        let (wal, journal) = (None, None);
        Ok(Seal::Opened(Box::new(Unsealed { method, key, findings, repeat, derived, main, wal, journal })))
    }

    fn database(&self, file: &SourceFile, seized: Files<'_>, keys: &[&Key]) -> Result<Seal, Error> {
        if let Some((unlocked, key)) = self.unlocked(file, seized.main, keys) {
            return self.decrypted(&unlocked, key, seized);
        }
        let is_headed = seized.main.starts_with(parse::sqlite::MAGIC);
        if !is_headed && !looks_encrypted(seized.main) {
            return Ok(Seal::None);
        }
        Ok(Seal::Closed(database_closed(is_headed, keys)))
    }

    /// The keys of a database, derived once in a run: PBKDF2 is made to take time.
    fn unlocked<'k>(&self, file: &SourceFile, main: &[u8], keys: &[&'k Key]) -> Option<(Unlocked, &'k Key)> {
        let known = self.unlocked.lock().ok().and_then(|known| known.get(&file.entry).cloned());
        if let Some(known) = known {
            let (unlocked, position) = known?;
            return Some((unlocked, *keys.get(position)?));
        }
        let found =
            keys.iter().enumerate().find_map(|(position, key)| Some((try_key(main, key, keys)?, position)));
        if let Ok(mut known) = self.unlocked.lock() {
            known.insert(file.entry, found.clone());
        }
        let (unlocked, position) = found?;
        Some((unlocked, *keys.get(position)?))
    }

    fn decrypted(&self, unlocked: &Unlocked, key: &Key, seized: Files<'_>) -> Result<Seal, Error> {
        let mut findings = Vec::new();
        let main = self.spilled(|write| unlocked.main(seized.main, write), &mut findings)?;
        let mut companion = |bytes: Option<&[u8]>, source| -> Result<Option<Bytes>, Error> {
            let Some(bytes) = bytes else { return Ok(None) };
            self.spilled(|write| unlocked.companion(bytes, source, write), &mut findings).map(Some)
        };
        let wal = companion(seized.wal, Source::Wal)?;
        let journal = companion(seized.journal, Source::Journal)?;
        let method = unlocked.parameters().to_string();
        let repeat = Repeat::Statements(unlocked.parameters().pragmas());
        let key = key.origin.clone();
        let derived = None;
        Ok(Seal::Opened(Box::new(Unsealed { method, key, findings, repeat, derived, main, wal, journal })))
    }

    /// Keeps what is decrypted piece by piece.
    fn spilled(
        &self,
        decrypt: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<Vec<parse::Finding>, Error>,
        findings: &mut Vec<parse::Finding>,
    ) -> Result<Bytes, Error> {
        let mut spill = Spill::new(&self.options.spill_dir);
        findings.extend(decrypt(&mut |piece| spill.write(piece))?);
        spill.finish()
    }
}

fn backup_closed(version: Version, keys: &[&Key]) -> Closed {
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
        tried: keys.iter().map(|key| key.origin.clone()).collect(),
    }
}

const NO_STRUCTURE: &str = "its bytes have no structure";

fn database_closed(is_headed: bool, keys: &[&Key]) -> Closed {
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
        tried: keys.iter().map(|key| key.origin.clone()).collect(),
    }
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
    let is_preferences = head.windows(PREFERENCES.len()).any(|window| window == PREFERENCES);
    is_preferences.then(|| {
        closed("encrypted preferences", "the key `_androidx_security_master_key_` of the Android Keystore")
    })
}

fn try_key(main: &[u8], key: &Key, all: &[&Key]) -> Option<Unlocked> {
    // A profile of another format says nothing about a database.
    let known = match &key.profile {
        Some(profile) => Some(profile.parse::<Parameters>().ok()?),
        None => None,
    };
    materials(&key.secret, all).iter().find_map(|material| sqlcipher::unlock(main, material, known.as_ref()))
}

/// What a secret can be for SQLCipher: the key itself, what it is derived from, or a file that holds it. The passphrase of that file
/// is another key of the same database.
fn materials(secret: &Secret, all: &[&Key]) -> Vec<Material> {
    match secret {
        Secret::Password(text) | Secret::Passphrase(text) => of_text(text.as_bytes()),
        Secret::Raw(bytes) => {
            let digits = Zeroizing::new(hex::encode(&**bytes));
            // Some apps take the digits of their random key for a passphrase.
            Material::raw(bytes).into_iter().chain([Material::passphrase(digits.as_bytes())]).collect()
        }
        Secret::File(bytes) => match MasterKey::read(bytes) {
            Some(file) => {
                let passphrases = all.iter().filter_map(|key| key.secret.text()).map(Some);
                let opened =
                    [None].into_iter().chain(passphrases).find_map(|passphrase| file.open(passphrase));
                opened.and_then(|key| Material::raw(&*key)).into_iter().collect()
            }
            None => Material::raw(bytes).into_iter().chain(of_text(bytes.trim_ascii())).collect(),
        },
    }
}

/// A text is a passphrase; as `x'…'` or as digits of the right number it may also be a key.
fn of_text(text: &[u8]) -> Vec<Material> {
    let quoted = text.strip_prefix(b"x'").and_then(|rest| rest.strip_suffix(b"'"));
    let digits = quoted.unwrap_or(text);
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    let raw = hex::decode_to_slice(digits, &mut bytes).ok().and_then(|()| Material::raw(&bytes));
    [Material::passphrase(text)].into_iter().chain(raw).collect()
}
