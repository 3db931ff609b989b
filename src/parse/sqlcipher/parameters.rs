//! The parameters with which a database was encrypted: those of a version, and what an app changed of them.

use std::fmt;
use std::str::FromStr;

use super::BLOCK;

/// A hash function, of PBKDF2 or of the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 64 bytes.
    Sha512,
}

impl Hash {
    /// All of them, with their names.
    pub(super) const ALL: [(&'static str, Hash); 3] =
        [("sha1", Hash::Sha1), ("sha256", Hash::Sha256), ("sha512", Hash::Sha512)];

    /// Bytes of its value.
    pub(super) fn length(self) -> usize {
        match self {
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha512 => 64,
        }
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, hash)| *hash == self).map_or("", |(name, _)| name)
    }
}

/// The order of the bytes of the page number under the HMAC (`PRAGMA cipher_hmac_pgno`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Least byte first: what every version writes by default.
    Little,
    /// Greatest byte first: some databases of version 2.
    Big,
}

/// How a database was encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// The major version whose defaults these are, but for what was changed.
    pub version: u8,
    /// Bytes of a page.
    pub page_size: u32,
    /// The hash of PBKDF2.
    pub kdf: Hash,
    /// Its rounds, for a passphrase.
    pub iterations: u32,
    /// The hash of the HMAC of each page; none in version 1.
    pub mac: Option<Hash>,
    /// Of the page number under the HMAC.
    pub order: Order,
    /// XORed on the salt for the key of the HMAC.
    pub salt_mask: u8,
    /// Bytes at the start of the file that are not encrypted (`PRAGMA cipher_plaintext_header_size`); then the salt is not in the
    /// file and comes with the key.
    pub clear_header: u32,
}

impl Parameters {
    /// The defaults of a version, 1 to 4.
    pub fn of_version(version: u8) -> Option<Parameters> {
        let (page_size, kdf, iterations, mac) = match version {
            1 => (1024, Hash::Sha1, 4_000, None),
            2 => (1024, Hash::Sha1, 4_000, Some(Hash::Sha1)),
            3 => (1024, Hash::Sha1, 64_000, Some(Hash::Sha1)),
            4 => (4096, Hash::Sha512, 256_000, Some(Hash::Sha512)),
            _ => return None,
        };
        let (order, salt_mask, clear_header) = (Order::Little, 0x3a, 0);
        Some(Parameters { version, page_size, kdf, iterations, mac, order, salt_mask, clear_header })
    }

    /// Bytes at the end of each page that hold the IV and the HMAC.
    pub fn reserve(&self) -> usize {
        let mac = self.mac.map_or(0, Hash::length);
        BLOCK.saturating_add(mac).next_multiple_of(BLOCK)
    }

    /// What was changed of the defaults of the version, as `profile` of `keys.toml` and as a `PRAGMA` name it.
    fn changes(&self) -> Vec<(&'static str, &'static str, String)> {
        let default = Parameters::of_version(self.version).unwrap_or(*self);
        let mac = |mac: Option<Hash>| mac.map_or("none", Hash::name).to_owned();
        let order = |order: Order| if order == Order::Big { "be" } else { "le" }.to_owned();
        let all = [
            ("page_size", "cipher_page_size", default.page_size.to_string(), self.page_size.to_string()),
            ("kdf", "cipher_kdf_algorithm", default.kdf.name().to_owned(), self.kdf.name().to_owned()),
            ("kdf_iter", "kdf_iter", default.iterations.to_string(), self.iterations.to_string()),
            ("hmac", "cipher_hmac_algorithm", mac(default.mac), mac(self.mac)),
            ("hmac_pgno", "cipher_hmac_pgno", order(default.order), order(self.order)),
            (
                "hmac_salt_mask",
                "cipher_hmac_salt_mask",
                default.salt_mask.to_string(),
                self.salt_mask.to_string(),
            ),
            (
                "plaintext_header",
                "cipher_plaintext_header_size",
                default.clear_header.to_string(),
                self.clear_header.to_string(),
            ),
        ];
        let changed = all.into_iter().filter(|(_, _, default, own)| default != own);
        changed.map(|(name, pragma, _, own)| (name, pragma, own)).collect()
    }

    /// The statements that make the `sqlcipher` program read such a database, behind `PRAGMA key`.
    pub fn pragmas(&self) -> Vec<String> {
        let mut statements = vec![format!("PRAGMA cipher_compatibility = {};", self.version)];
        for (_, pragma, value) in self.changes() {
            let value = match (pragma, value.as_str()) {
                ("cipher_kdf_algorithm", hash) => format!("PBKDF2_HMAC_{}", hash.to_uppercase()),
                ("cipher_hmac_algorithm", "none") => {
                    statements.push("PRAGMA cipher_use_hmac = OFF;".to_owned());
                    continue;
                }
                ("cipher_hmac_algorithm", hash) => format!("HMAC_{}", hash.to_uppercase()),
                (_, value) => value.to_owned(),
            };
            statements.push(format!("PRAGMA {pragma} = {value};"));
        }
        statements
    }
}

/// `SQLCipher 4`, or with what was changed: `SQLCipher 3 (page_size=4096, kdf_iter=1)`.
impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SQLCipher {}", self.version)?;
        let changes: Vec<String> =
            self.changes().into_iter().map(|(name, _, value)| format!("{name}={value}")).collect();
        if changes.is_empty() { Ok(()) } else { write!(formatter, " ({})", changes.join(", ")) }
    }
}

/// Reads a profile as `keys.toml` has it: `sqlcipher4`, or with changes: `sqlcipher3 page_size=4096 kdf_iter=1`.
impl FromStr for Parameters {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split([' ', ',']).filter(|word| !word.is_empty());
        let version =
            words.next().and_then(|word| word.strip_prefix("sqlcipher")).and_then(|v| v.parse().ok());
        let known = version.and_then(Parameters::of_version);
        let mut own =
            known.ok_or("a profile begins with sqlcipher1, sqlcipher2, sqlcipher3 or sqlcipher4")?;
        for word in words {
            let wrong = || {
                "what follows is page_size=N, kdf=HASH, kdf_iter=N, hmac=HASH, hmac_pgno=le|be, hmac_salt_mask=N, \
                 plaintext_header=N; a HASH is sha1, sha256 or sha512, of hmac also none"
            };
            let (name, value) = word.split_once('=').ok_or_else(wrong)?;
            change(&mut own, name, value).ok_or_else(wrong)?;
        }
        Ok(own)
    }
}

fn change(own: &mut Parameters, name: &str, value: &str) -> Option<()> {
    let hash = |name: &str| Hash::ALL.iter().find(|(known, _)| *known == name).map(|(_, hash)| *hash);
    match name {
        "page_size" => {
            let is_one = |size: &u32| (512..=65_536).contains(size) && size.is_power_of_two();
            own.page_size = value.parse().ok().filter(is_one)?;
        }
        "kdf" => own.kdf = hash(value)?,
        "kdf_iter" => {
            own.iterations = value.parse().ok().filter(|rounds| (1..=10_000_000).contains(rounds))?
        }
        "hmac" if value == "none" => own.mac = None,
        "hmac" => own.mac = Some(hash(value)?),
        "hmac_pgno" => {
            own.order = match value {
                "le" => Order::Little,
                "be" => Order::Big,
                _ => return None,
            }
        }
        "hmac_salt_mask" => own.salt_mask = value.parse().ok()?,
        "plaintext_header" => {
            own.clear_header = value.parse().ok().filter(|length| *length <= 96 && length % 16 == 0)?;
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_a_version_and_what_is_changed_of_it() {
        let own: Parameters = "sqlcipher3 page_size=4096, kdf_iter=1".parse().unwrap();
        assert_eq!((own.version, own.page_size, own.iterations, own.reserve()), (3, 4096, 1, 48));
        assert_eq!(own.to_string(), "SQLCipher 3 (page_size=4096, kdf_iter=1)");
        let pragmas =
            ["PRAGMA cipher_compatibility = 3;", "PRAGMA cipher_page_size = 4096;", "PRAGMA kdf_iter = 1;"];
        assert_eq!(own.pragmas(), pragmas);
        let plain = "sqlcipher4".parse::<Parameters>().unwrap();
        assert_eq!((plain.to_string().as_str(), plain.reserve()), ("SQLCipher 4", 80));
        assert_eq!(Parameters::of_version(1).unwrap().reserve(), 16);
        for wrong in [
            "",
            "sqlcipher",
            "sqlcipher5",
            "sqlcipher3 page_size=1000",
            "sqlcipher3 hmac=md5",
            "sqlcipher3 x",
        ] {
            assert!(wrong.parse::<Parameters>().is_err(), "{wrong}");
        }
    }
}
