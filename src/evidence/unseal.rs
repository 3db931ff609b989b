//! Files that are encrypted by the app that wrote them: opened where a key fits, else told what they are and what they need.
//!
//! ```text
//! bytes as seized ──► which seal? ──► keys of the file, each in turn ──► decrypted bytes, findings
//!    (hashed)             │                        └── none fits ──► closed: what it is, which key it needs
//!                         └── none: the bytes are what they are
//! ```

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    Error, Evidence, Key, Kind, Repeat, Seal, Secret, SourceFile, Unsealed,
    closed::{backup_closed, database_closed, frames_closed, realm_closed},
    mmap::Bytes,
    spill::Spill,
};
use crate::parse::{
    self,
    crypt::{self, CryptKey, Header, Version},
    frames::{self, Backup},
    looks_encrypted,
    master_key::MasterKey,
    realm::{self, Misfit, RealmKey},
    sqlcipher::{self, Material, Parameters, Unlocked},
    sqlite::{Files, Source},
};

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
        if frames::is_backup(seized.main) {
            return self.frames(seized.main, &keys);
        }
        // To the test for SQLCipher any file that is no database may be one, and its keys take time to derive.
        if realm::is_realm(seized.main) {
            return Ok(Seal::None);
        }
        if realm::looks_sealed(seized.main)
            && let Some(seal) = self.realm(&file.original.text, seized.main, &keys)?
        {
            return Ok(seal);
        }
        if sqlcipher::looks_sealed(seized.main) {
            return self.database(file, seized, &keys);
        }
        Ok(Seal::None)
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
        let method = header.version.name().to_owned();
        let repeat =
            Repeat::Command("wadecrypt KEY FILE PLAIN   # https://github.com/ElDavoo/wa-crypt-tools");
        Ok(Seal::Opened(Box::new(another_file((method, key, repeat), main, findings))))
    }

    /// A backup of a database in frames.
    fn frames(&self, sealed: &[u8], keys: &[&Key]) -> Result<Seal, Error> {
        let fitting = |key: &&Key| Some((Backup::open(sealed, key.secret.text()?).ok()?, key.origin.clone()));
        let Some((backup, key)) = keys.iter().find_map(fitting) else {
            return Ok(Seal::Closed(frames_closed(keys)));
        };
        let mut spill = Spill::new(&self.options.spill_dir);
        let (first, findings) = backup.rebuild(&mut |page| spill.write(page))?;
        let pages = spill.finish()?;
        let mut whole = Spill::new(&self.options.spill_dir);
        first.chunks(PIECE).chain(pages.chunks(PIECE)).try_for_each(|piece| whole.write(piece))?;
        let main = whole.finish()?;
        let method = "backup in frames, its rows rebuilt as a database".to_owned();
        let repeat =
            Repeat::Command("affiant inspect FILE --keys KEYS --dump   # the rows; PLAIN is made of them");
        let unsealed = another_file((method, key, repeat), main, findings);
        Ok(Seal::Opened(Box::new(Unsealed { rebuilt: true, ..unsealed })))
    }

    /// A Realm file: known by a key that opens it, else by its name.
    fn realm(&self, name: &str, sealed: &[u8], keys: &[&Key]) -> Result<Option<Seal>, Error> {
        let mut misfits = Vec::new();
        for key in keys {
            let Some(bytes) = key.secret.bytes() else { continue };
            match realm::unlock(sealed, bytes) {
                Ok(unlocked) => return self.realm_opened(&unlocked, key, sealed).map(Some),
                Err(misfit) => misfits.push(misfit),
            }
        }
        let is_proven = misfits.iter().any(|misfit| matches!(misfit, Misfit::FirstHalf | Misfit::Damaged));
        Ok((is_proven || names_realm(name)).then(|| Seal::Closed(realm_closed(&misfits, keys))))
    }

    fn realm_opened(&self, unlocked: &RealmKey, key: &Key, sealed: &[u8]) -> Result<Seal, Error> {
        let mut findings = Vec::new();
        let main = self.spilled(|write| unlocked.decrypt(sealed, write), &mut findings)?;
        let method = "Realm, AES-256-CBC with HMAC-SHA-224".to_owned();
        let repeat = Repeat::Command(
            "realm-decrypt --key KEY --out PLAIN FILE   # realm-core, src/realm/exec/realm_decrypt.cpp",
        );
        Ok(Seal::Opened(Box::new(another_file((method, key.origin.clone(), repeat), main, findings))))
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
        let (derived, rebuilt) = (None, false);
        Ok(Seal::Opened(Box::new(Unsealed {
            method,
            key,
            findings,
            repeat,
            derived,
            rebuilt,
            main,
            wal,
            journal,
        })))
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

/// What was decrypted to another file than the one that was seized; it has no companions.
fn another_file(
    (method, key, repeat): (String, String, Repeat),
    main: Bytes,
    findings: Vec<parse::Finding>,
) -> Unsealed {
    let derived = Some(Sha256::digest(&*main).into());
    Unsealed { method, key, findings, repeat, derived, rebuilt: false, main, wal: None, journal: None }
}

/// Whether the name of a file says Realm, that of a copy from before an upgrade too: `default.v9.backup.realm`.
pub(super) fn names_realm(name: &str) -> bool {
    name.ends_with(".realm")
}

/// Bytes that are copied at a time.
const PIECE: usize = 64 * 1024;

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
