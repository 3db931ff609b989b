//! Writes backups of iTunes as a handset does, from a folder with the files of a handset: `rusqlite` makes the list, `plist`
//! the facts of its files. The encryption is held against independent programs in `tests/backups.rs`.

use aes::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
use plist::{Dictionary, Uid, Value};
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a backup is made of, before it is written.
pub struct Backup {
    /// (domain, path in it) → content
    pub files: BTreeMap<(String, String), Vec<u8>>,
    pub info: Option<Vec<u8>>,
    pub password: Option<&'static str>,
    /// Since iOS 10.2 there are two rounds of key derivation, and a key of `Manifest.db`.
    pub two_rounds: bool,
    /// `Manifest.mbdb`, as before iOS 10.
    pub is_old: bool,
}

const FOLDERS: [(&str, &str); 6] = [
    ("private/var/mobile/", "HomeDomain"),
    ("private/var/wireless/", "WirelessDomain"),
    ("private/var/preferences/", "SystemPreferencesDomain"),
    ("private/var/root/", "RootDomain"),
    ("private/var/installd/", "InstallDomain"),
    ("private/var/db/", "DatabaseDomain"),
];

const CONTAINERS: [(&str, &str); 3] = [
    ("private/var/mobile/Containers/Shared/AppGroup/", "AppDomainGroup-"),
    ("private/var/mobile/Containers/Data/Application/", "AppDomain-"),
    ("private/var/containers/Data/System/", "SysContainerDomain-"),
];

/// The domain of a file of a handset, and its path in it; what has none is in no backup.
pub fn domain(name: &str) -> Option<(String, String)> {
    let of_container = |(folder, prefix): &(&str, &str)| {
        let (container, path) = name.strip_prefix(folder)?.split_once('/')?;
        Some((format!("{prefix}{container}"), path.to_owned()))
    };
    let of_folder =
        |(folder, domain): &(&str, &str)| Some(((*domain).to_owned(), name.strip_prefix(folder)?.to_owned()));
    CONTAINERS.iter().find_map(of_container).or_else(|| FOLDERS.iter().find_map(of_folder))
}

impl Backup {
    /// Of a folder with the files of a handset.
    pub fn of(folder: &Path) -> Backup {
        let mut files = BTreeMap::new();
        for file in super::files(folder) {
            if let Some(place) = domain(file.to_str().unwrap()) {
                files.insert(place, fs::read(folder.join(&file)).unwrap());
            }
        }
        let info = fs::read(folder.join("Info.plist")).ok();
        Backup { files, info, password: None, two_rounds: true, is_old: false }
    }

    pub fn write(&self, to: &Path) {
        fs::create_dir_all(to).unwrap();
        let lock = self.password.map(|password| Lock::new(password, self.two_rounds));
        let mut rows = Vec::new();
        for (number, ((domain, path), content)) in self.files.iter().enumerate() {
            let id = hex::encode(Sha1::digest(format!("{domain}-{path}")));
            let file_key = lock.as_ref().map(|_| [u8::try_from(number % 251).unwrap(); 32]);
            let stored = file_key.map_or_else(|| content.clone(), |key| encrypted(&key, content));
            let wrapped = lock.as_ref().zip(file_key).map(|(lock, key)| lock.wrap(3, &key));
            let at = if self.is_old { to.join(&id) } else { to.join(&id[..2]).join(&id) };
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, &stored).unwrap();
            let digest: [u8; 20] = Sha1::digest(&stored).into();
            rows.push(Row { id, domain, path, size: content.len(), wrapped, digest });
        }
        match self.is_old {
            true => fs::write(to.join("Manifest.mbdb"), mbdb(&rows)).unwrap(),
            false => self.database(&rows, lock.as_ref(), &to.join("Manifest.db")),
        }
        if let Some(info) = &self.info {
            fs::write(to.join("Info.plist"), info).unwrap();
        }
        self.manifest(lock.as_ref()).to_file_binary(to.join("Manifest.plist")).unwrap();
        let mut status = Dictionary::new();
        status.insert("IsFullBackup".into(), Value::Boolean(true));
        status.insert("SnapshotState".into(), Value::String("finished".into()));
        Value::Dictionary(status).to_file_binary(to.join("Status.plist")).unwrap();
    }

    fn manifest(&self, lock: Option<&Lock>) -> Value {
        let mut lockdown = Dictionary::new();
        let version = if self.is_old { "9.3.5" } else { "16.1" };
        lockdown.insert("ProductVersion".into(), Value::String(version.into()));
        let mut manifest = Dictionary::new();
        manifest.insert("IsEncrypted".into(), Value::Boolean(lock.is_some()));
        manifest.insert("Version".into(), Value::String("10.0".into()));
        manifest.insert("Lockdown".into(), Value::Dictionary(lockdown));
        if let Some(lock) = lock {
            manifest.insert("BackupKeyBag".into(), Value::Data(lock.keybag.clone()));
            if self.two_rounds && !self.is_old {
                manifest.insert("ManifestKey".into(), Value::Data(lock.wrap(4, &LIST_KEY)));
            }
        }
        Value::Dictionary(manifest)
    }

    fn database(&self, rows: &[Row<'_>], lock: Option<&Lock>, to: &Path) {
        {
            let database = rusqlite::Connection::open(to).unwrap();
            database
                .execute_batch(
                    "CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
                     CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);",
                )
                .unwrap();
            let id = hex::encode(Sha1::digest("HomeDomain-Library"));
            let folder =
                Row { id, domain: "HomeDomain", path: "Library", size: 0, wrapped: None, digest: [0; 20] };
            let values = rusqlite::params![folder.id, folder.domain, folder.path, 2, folder.facts(0o040_755)];
            database.execute("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", values).unwrap();
            for row in rows {
                let facts = row.facts(0o100_644);
                let values = rusqlite::params![row.id, row.domain, row.path, 1, facts];
                database.execute("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", values).unwrap();
            }
        }
        if lock.is_some() && self.two_rounds {
            let plain = fs::read(to).unwrap();
            fs::write(to, encrypted(&LIST_KEY, &plain)).unwrap();
        }
    }
}

const LIST_KEY: [u8; 32] = [0x4d; 32];

struct Row<'a> {
    id: String,
    domain: &'a str,
    path: &'a str,
    size: usize,
    wrapped: Option<Vec<u8>>,
    digest: [u8; 20],
}

impl Row<'_> {
    /// An archived MBFile.
    fn facts(&self, mode: i64) -> Vec<u8> {
        let dictionary = |members: Vec<(&str, Value)>| {
            Value::Dictionary(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let class = |name: &str, parents: &[&str]| {
            let names = std::iter::once(&name).chain(parents).map(|name| Value::String((*name).to_owned()));
            dictionary(vec![
                ("$classname", Value::String(name.into())),
                ("$classes", Value::Array(names.collect())),
            ])
        };
        let uid = |number| Value::Uid(Uid::new(number));
        let mut file = vec![
            ("$class", uid(3)),
            ("RelativePath", uid(2)),
            ("Size", Value::Integer(u64::try_from(self.size).unwrap().into())),
            ("Mode", Value::Integer(mode.into())),
            ("LastModified", Value::Integer(1_700_000_000.into())),
            ("LastStatusChange", Value::Integer(1_700_000_000.into())),
            ("Birth", Value::Integer(1_600_000_000.into())),
            ("UserID", Value::Integer(501.into())),
            ("GroupID", Value::Integer(501.into())),
            ("InodeNumber", Value::Integer(7.into())),
            ("Flags", Value::Integer(0.into())),
            ("ProtectionClass", Value::Integer(3.into())),
            ("Digest", Value::Data(self.digest.to_vec())),
        ];
        let mut objects = vec![Value::String("$null".into()), Value::Boolean(false)];
        objects.push(Value::String(self.path.to_owned()));
        objects.push(class("MBFile", &["NSObject"]));
        if let Some(wrapped) = &self.wrapped {
            file.push(("EncryptionKey", uid(4)));
            objects.push(dictionary(vec![("NS.data", Value::Data(wrapped.clone())), ("$class", uid(5))]));
            objects.push(class("NSMutableData", &["NSData", "NSObject"]));
        }
        objects[1] = dictionary(file);
        let archive = dictionary(vec![
            ("$version", Value::Integer(100_000.into())),
            ("$archiver", Value::String("NSKeyedArchiver".into())),
            ("$top", dictionary(vec![("root", uid(1))])),
            ("$objects", Value::Array(objects)),
        ]);
        let mut bytes = Vec::new();
        archive.to_writer_binary(&mut bytes).unwrap();
        bytes
    }
}

fn mbdb(rows: &[Row<'_>]) -> Vec<u8> {
    let text = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let absent = vec![0xff, 0xff];
    let mut list = b"mbdb\x05\x00".to_vec();
    for row in rows {
        let parts = [
            text(row.domain.as_bytes()),
            text(row.path.as_bytes()),
            absent.clone(),
            text(&row.digest),
            row.wrapped.as_deref().map_or_else(|| absent.clone(), text),
            0o100_644_u16.to_be_bytes().to_vec(),
            7_u64.to_be_bytes().to_vec(),
            [501_u32, 501, 1_700_000_000, 1_700_000_000, 1_600_000_000].map(u32::to_be_bytes).concat(),
            u64::try_from(row.size).unwrap().to_be_bytes().to_vec(),
            vec![3, 1],
            text(b"com.example.attribute"),
            text(b"value"),
        ];
        list.extend(parts.concat());
    }
    list
}

/// The keybag of a password. Few rounds: it is the arithmetic that is tested, not the patience.
struct Lock {
    keybag: Vec<u8>,
}

fn class_key(class: u32) -> [u8; 32] {
    [u8::try_from(class).unwrap() + 0x60; 32]
}

impl Lock {
    fn new(password: &str, two_rounds: bool) -> Lock {
        let (salt, first_salt) = ([0x51; 20], [0x52; 20]);
        let mut secret = password.as_bytes().to_vec();
        if two_rounds {
            let mut first = [0; 32];
            pbkdf2::pbkdf2_hmac::<sha2::Sha256>(&secret, &first_salt, 1_000, &mut first);
            secret = first.to_vec();
        }
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha1>(&secret, &salt, 100, &mut key);
        let element = |tag: &[u8], value: &[u8]| {
            [tag, &u32::try_from(value.len()).unwrap().to_be_bytes(), value].concat()
        };
        let number = |tag: &[u8], value: u32| element(tag, &value.to_be_bytes());
        let mut keybag = [
            number(b"VERS", 3),
            number(b"TYPE", 1),
            element(b"UUID", &[1; 16]),
            element(b"HMCK", &[2; 40]),
            number(b"WRAP", 0),
            element(b"SALT", &salt),
            number(b"ITER", 100),
        ]
        .concat();
        if two_rounds {
            let round = [number(b"DPWT", 0), number(b"DPIC", 1_000), element(b"DPSL", &first_salt)];
            keybag.extend(round.concat());
        }
        for class in 1..=11_u32 {
            let class_bag = [
                element(b"UUID", &[u8::try_from(class).unwrap(); 16]),
                number(b"CLAS", class),
                number(b"WRAP", 2),
                number(b"KTYP", 0),
                element(b"WPKY", &wrapped(&key, &class_key(class))),
            ];
            keybag.extend(class_bag.concat());
        }
        Lock { keybag }
    }

    fn wrap(&self, class: u32, key: &[u8; 32]) -> Vec<u8> {
        [&class.to_le_bytes()[..], &wrapped(&class_key(class), key)].concat()
    }
}

fn wrapped(with: &[u8; 32], key: &[u8; 32]) -> [u8; 40] {
    let mut wrapped = [0; 40];
    aes_kw::Kek::<aes::Aes256>::new(with.into()).wrap(key, &mut wrapped).unwrap();
    wrapped
}

fn encrypted(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<aes::Aes256>::new(key.into(), &[0; 16].into()).encrypt_padded_vec_mut::<Pkcs7>(plain)
}
