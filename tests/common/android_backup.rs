//! Writes what `adb backup` writes, from a folder with the files of a handset. The encryption is held against an independent
//! program in `tests/backups.rs`.

use aes::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
use std::io::Write as _;
use std::path::Path;

/// How a backup is written.
#[derive(Clone, Copy)]
pub struct Form {
    pub version: u32,
    pub compressed: bool,
    pub password: Option<&'static str>,
}

const FOLDERS: [(&str, &str); 6] = [
    ("files", "f"),
    ("databases", "db"),
    ("shared_prefs", "sp"),
    ("no_backup", "nb"),
    ("cache", "c"),
    ("", "r"),
];

/// The name of a file of a handset in a backup; what has none is in no backup.
pub fn name(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("data/media/0/") {
        return Some(format!("shared/0/{rest}"));
    }
    let (rest, device) = match path.strip_prefix("data/user_de/0/") {
        Some(rest) => (rest, "d_"),
        None => (path.strip_prefix("data/data/")?, ""),
    };
    let (package, rest) = rest.split_once('/')?;
    let (token, rest) = FOLDERS.iter().find_map(|(folder, token)| {
        let rest = if folder.is_empty() { Some(rest) } else { rest.strip_prefix(folder)?.strip_prefix('/') };
        Some((token, rest?))
    })?;
    Some(format!("apps/{package}/{device}{token}/{rest}"))
}

/// The archive in a backup.
pub fn tar(folder: &Path) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut add = |name: &str, bytes: &[u8]| {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len().try_into().unwrap());
        header.set_mode(0o600);
        header.set_mtime(1_700_000_000);
        tar.append_data(&mut header, name, bytes).unwrap();
    };
    add("apps/org.example/_manifest", b"1\norg.example\n");
    for file in super::files(folder) {
        if let Some(name) = name(file.to_str().unwrap()) {
            add(&name, &std::fs::read(folder.join(&file)).unwrap());
        }
    }
    tar.into_inner().unwrap()
}

/// A backup with an archive.
pub fn backup(tar: &[u8], form: Form) -> Vec<u8> {
    let Form { version, compressed, password } = form;
    let mut file = format!("ANDROID BACKUP\n{version}\n{}\n", u8::from(compressed)).into_bytes();
    let body = if compressed { zlib(tar) } else { tar.to_vec() };
    let Some(password) = password else {
        file.extend(b"none\n");
        file.extend(body);
        return file;
    };
    let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
    let (iv, user_iv) = ([0x11; 16], [0x22; 16]);
    let (user_salt, check_salt, rounds) = ([0x33; 64], [0x44; 64], 100);
    // Version 1 took the low byte of each character.
    let secret: Vec<u8> = match version {
        1 => password.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect(),
        _ => password.as_bytes().to_vec(),
    };
    let characters = key.iter().map(|byte| u16::from(*byte) | if *byte < 0x80 { 0 } else { 0xff00 });
    let characters = String::from_utf16(&characters.collect::<Vec<_>>()).unwrap();
    let check = match version {
        1 => derived(&key, &check_salt, rounds),
        _ => derived(characters.as_bytes(), &check_salt, rounds),
    };
    let blob = [&[16][..], &iv, &[32], &key, &[32], &check].concat();
    let lines = [
        "AES-256".to_owned(),
        hex::encode_upper(user_salt),
        hex::encode_upper(check_salt),
        rounds.to_string(),
        hex::encode_upper(user_iv),
        hex::encode_upper(encrypted(&derived(&secret, &user_salt, rounds), &user_iv, &blob)),
    ];
    file.extend(lines.iter().flat_map(|line| format!("{line}\n").into_bytes()));
    file.extend(encrypted(&key, &iv, &body));
    file
}

fn derived(secret: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha1::Sha1>(secret, salt, rounds, &mut key);
    key
}

fn encrypted(key: &[u8; 32], iv: &[u8; 16], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes256>::new(key.into(), iv.into()).encrypt_padded_vec_mut::<Pkcs7>(plain)
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
