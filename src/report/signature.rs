//! The signature of a bag: minisign's format over its manifest, so that the Debian package `minisign` checks it without this tool.
//!
//! ```text
//! manifest-sha256.txt.minisig   untrusted comment · Ed25519 over BLAKE2b of the manifest · trusted comment · Ed25519 over both
//! ```
//! The trusted comment is signed too: it holds the hash of the tag manifest, so that what describes the bag is covered as well.
//! Format: <https://jedisct1.github.io/minisign/#signature-format>.

use super::bag::{MANIFEST, TAG_MANIFEST, sha256_of_file};
use base64::Engine as _;
use minisign::{KeyPair, PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

/// The signature of a bag, beside its manifest: where `minisign -V` looks for it.
pub const SIGNATURE: &str = "manifest-sha256.txt.minisig";

/// Two signatures and two comments.
const LARGEST: u64 = 1 << 16;

const UNTRUSTED: &str = "signature of an affiant report";

/// A secret key that is open. Never shown.
pub struct SigningKey(SecretKey);

/// A new pair of keys, as minisign's files hold them.
pub struct NewKeys {
    /// The key that signs.
    pub key: SigningKey,
    /// The file of the secret key.
    pub secret: Zeroizing<String>,
    /// The file of the public key.
    pub public: String,
}

/// A signature that stands beside a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The id of the key that made it, as minisign writes it.
    pub key_id: String,
    /// What was signed with it.
    pub comment: String,
}

/// The key itself: the second line of its file.
fn stored(text: &str) -> Result<SecretKey, String> {
    let line = text.lines().nth(1).ok_or("it is no secret key of minisign")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(line.trim()).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| "it is no secret key of minisign")?;
    SecretKey::from_bytes(&bytes).map_err(|error| error.to_string())
}

/// Whether a secret key is protected by a password.
///
/// # Errors
/// Where the text is no secret key.
pub fn is_protected(text: &str) -> Result<bool, String> {
    Ok(stored(text)?.is_encrypted())
}

/// Opens a secret key, with its password where it has one.
///
/// # Errors
/// Where the text is no secret key, or the password is another.
pub fn open_key(text: &str, password: Option<&str>) -> Result<SigningKey, String> {
    let key = match password {
        Some(password) => {
            SecretKeyBox::from_string(text).and_then(|key| key.into_secret_key(Some(password.to_owned())))
        }
        // minisign writes no checksum into a key without a password; `sign` proves the key by its own signature.
        None => return stored(text).map(SigningKey),
    };
    key.map(SigningKey).map_err(|error| error.to_string())
}

/// Makes a pair of keys from the system's random numbers, the secret one under a password where one is given.
///
/// # Errors
/// Where the system gives no random numbers, or no memory for the derivation.
pub fn new_keys(password: Option<&str>) -> Result<NewKeys, String> {
    let told = |error: minisign::PError| error.to_string();
    let pair = KeyPair::generate_unencrypted_keypair().map_err(told)?;
    let public = pair.pk.to_box().map_err(told)?.into_string();
    let stored = match password {
        None => pair.sk.clone(),
        Some(password) => {
            let mut secret = Vec::new();
            KeyPair::generate_and_write_encrypted_keypair(
                io::sink(),
                &mut secret,
                None,
                Some(password.to_owned()),
            )
            .map_err(told)?;
            return protected(Zeroizing::new(secret), password);
        }
    };
    let secret = Zeroizing::new(stored.to_box(Some("affiant secret key")).map_err(told)?.into_string());
    Ok(NewKeys { key: SigningKey(pair.sk), secret, public })
}

fn protected(secret: Zeroizing<Vec<u8>>, password: &str) -> Result<NewKeys, String> {
    let text = Zeroizing::new(std::str::from_utf8(&secret).map_err(|error| error.to_string())?.to_owned());
    let key = open_key(&text, Some(password))?;
    let public = PublicKey::from_secret_key(&key.0).and_then(|key| key.to_box());
    let public = public.map_err(|error| error.to_string())?.into_string();
    Ok(NewKeys { key, secret: text, public })
}

/// Signs the manifest of a bag; gives the id of the key.
///
/// # Errors
/// Where the bag is signed already, or cannot be read or written.
pub fn sign(folder: &Path, key: &SigningKey) -> Result<String, String> {
    let told = |error: io::Error| error.to_string();
    let comment = trusted_comment(folder).map_err(told)?;
    let manifest = File::open(folder.join(MANIFEST)).map_err(told)?;
    let public = PublicKey::from_secret_key(&key.0).map_err(|error| error.to_string())?;
    let made =
        minisign::sign(Some(&public), &key.0, BufReader::new(manifest), Some(&comment), Some(UNTRUSTED));
    let made = made.map_err(|error| error.to_string())?;
    let mut file =
        File::create_new(folder.join(SIGNATURE)).map_err(|error| format!("{SIGNATURE}: {error}"))?;
    file.write_all(made.to_string().as_bytes()).and_then(|()| file.sync_all()).map_err(told)?;
    Ok(key_id(made.keynum()))
}

fn trusted_comment(folder: &Path) -> io::Result<String> {
    Ok(format!("file:{MANIFEST}\t{TAG_MANIFEST} sha256:{}", sha256_of_file(&folder.join(TAG_MANIFEST))?))
}

fn key_id(number: &[u8]) -> String {
    // minisign writes the eight bytes as a little-endian number.
    number.iter().rev().map(|byte| format!("{byte:02X}")).collect()
}

/// Reads the signature of a bag without checking it; nothing where the bag is not signed.
///
/// # Errors
/// Where what stands there is no signature.
pub fn signature(folder: &Path) -> Result<Option<Signature>, String> {
    read(folder)?.map(|found| told(&found)).transpose()
}

fn told(found: &SignatureBox) -> Result<Signature, String> {
    let comment = found.trusted_comment().map_err(|error| error.to_string())?;
    Ok(Signature { key_id: key_id(found.keynum()), comment })
}

fn read(folder: &Path) -> Result<Option<SignatureBox>, String> {
    let file = match File::open(folder.join(SIGNATURE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
        Ok(file) => file,
    };
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    // The crate takes the second signature to be whole.
    let second =
        text.lines().nth(3).map(|line| base64::engine::general_purpose::STANDARD.decode(line.trim()));
    if !second.is_some_and(|bytes| bytes.is_ok_and(|bytes| bytes.len() == 64)) {
        return Err("it is no signature of minisign".to_owned());
    }
    let found = SignatureBox::from_string(&text).map_err(|error| error.to_string())?;
    if !found.is_prehashed() {
        return Err("it is a signature of minisign's old kind".to_owned());
    }
    Ok(Some(found))
}

/// Checks the signature of a bag with a public key, as a file of minisign holds it.
///
/// # Errors
/// What does not hold: no signature, another key, another manifest, another tag manifest.
pub fn check_signature(folder: &Path, public: &str) -> Result<Signature, String> {
    let key = PublicKeyBox::from_string(public).and_then(PublicKeyBox::into_public_key);
    let key = key.map_err(|error| format!("the public key cannot be read: {error}"))?;
    let found = read(folder)?.ok_or("the report is not signed")?;
    let manifest = File::open(folder.join(MANIFEST)).map_err(|error| error.to_string())?;
    minisign::verify(&key, &found, BufReader::new(manifest), true, false, false)
        .map_err(|error| error.to_string())?;
    let told = told(&found)?;
    if told.comment != trusted_comment(folder).map_err(|error| error.to_string())? {
        return Err(format!("the signature is of another {TAG_MANIFEST}: {}", told.comment));
    }
    Ok(told)
}
