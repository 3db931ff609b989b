//! The lock of an encrypted backup: from the password to the key of a file.
//!
//! ```text
//! password ─ PBKDF2-HMAC-SHA-256 (DPSL, DPIC) ─► ─ PBKDF2-HMAC-SHA-1 (SALT, ITER) ─► key of the keybag
//!            └ since iOS 10.2 ┘                                                         │ unwraps (RFC 3394)
//! key of a file, of Manifest.db ◄─ unwrapped by the key of its class ◄─ keys of the classes
//! ```
//! Wrapped keys have a check value: a wrong password is told from a damaged key.

use std::collections::BTreeMap;

use aes::Aes256;
use aes_kw::Kek;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::{
    cipher::Key,
    shut::{Shut, Words, first_that_opens},
};
use crate::parse::keybag::Keybag;

/// Rounds that are believed: ten times what iOS writes. A damaged number would keep the run busy for hours.
const ROUND_LIMIT: u32 = 100_000_000;

/// Bytes of a wrapped key of 32 bytes.
const WRAPPED: usize = 40;

/// The wrapping bit of a class key that the password opens.
const BY_PASSWORD: u32 = 2;

/// A wrapped key as it stands beside what it opens: the class, then the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrapped {
    class: u32,
    key: [u8; WRAPPED],
}

impl Wrapped {
    /// 4 bytes class, little-endian, 40 bytes key; another length is damage.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let (class, key) = bytes.split_first_chunk::<4>()?;
        Some(Wrapped { class: u32::from_le_bytes(*class), key: key.try_into().ok()? })
    }
}

/// How this format speaks of its lock.
pub(super) const WORDS: Words = Words {
    what: "an encrypted backup of iTunes or Finder",
    says: "Manifest.plist says so",
    has: "has the keys of its files",
    and_damaged: "its keybag is damaged",
    is_damaged: "its keybag is damaged",
    damaged_code: "backup-keybag-damaged",
    password: "the password that was set for it in iTunes or Finder",
    opens: "unwraps a key of its keybag (or the salt of the keybag is damaged)",
};

/// The keys of the protection classes.
#[derive(Clone, Default)]
pub(super) struct ClassKeys {
    keys: BTreeMap<u32, Key>,
    /// Classes whose key the password should open and does not.
    pub damaged: Vec<(u32, u64)>,
}

impl ClassKeys {
    /// The key of a file; the reason where it cannot be had.
    pub(super) fn unwrap(&self, wrapped: &Wrapped) -> Result<Key, String> {
        let class = wrapped.class;
        let key = self
            .keys
            .get(&class)
            .ok_or_else(|| format!("there is no key of its protection class {class}"))?;
        unwrapped(key, &wrapped.key)
            .ok_or_else(|| format!("its key is damaged: the key of class {class} does not unwrap it"))
    }
}

/// Opens a keybag with the first password that does.
pub(super) fn open<'p>(
    keybag: &Keybag<'_>,
    passwords: impl IntoIterator<Item = &'p str>,
) -> Result<ClassKeys, Shut> {
    let first = keybag.first_round.map_or(0, |(_, rounds)| rounds);
    if first.max(keybag.iterations) > ROUND_LIMIT {
        return Err(Shut::Damaged(format!("more than {ROUND_LIMIT} rounds of key derivation")));
    }
    first_that_opens(passwords, |password| {
        let mut opened = derived(keybag, password).map(|key| classes(keybag, &key));
        opened.find(|opened| !opened.keys.is_empty())
    })
}

/// The key of the keybag: with both rounds where it has both, then as an older iOS makes it.
fn derived<'k>(keybag: &'k Keybag<'_>, password: &'k str) -> impl Iterator<Item = Key> + 'k {
    let second = |secret: &[u8]| {
        let mut key = Key::default();
        pbkdf2::pbkdf2_hmac::<Sha1>(secret, keybag.salt, keybag.iterations, &mut *key);
        key
    };
    let both = keybag.first_round.into_iter().map(move |(salt, rounds)| {
        let mut first = Key::default();
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, rounds, &mut *first);
        second(&*first)
    });
    both.chain(std::iter::once_with(move || second(password.as_bytes())))
}

fn classes(keybag: &Keybag<'_>, key: &Key) -> ClassKeys {
    let mut opened = ClassKeys::default();
    for class in
        keybag.classes.iter().filter(|class| class.wrap & BY_PASSWORD != 0 && !class.wrapped.is_empty())
    {
        let wrapped: Option<&[u8; WRAPPED]> = class.wrapped.try_into().ok();
        match wrapped.and_then(|wrapped| unwrapped(key, wrapped)) {
            Some(key) => drop(opened.keys.insert(class.class, key)),
            None => opened.damaged.push((class.class, class.offset)),
        }
    }
    opened
}

fn unwrapped(key: &Key, wrapped: &[u8; WRAPPED]) -> Option<Key> {
    let kek = Kek::<Aes256>::new((&**key).into());
    let mut key = Zeroizing::new([0; 32]);
    kek.unwrap(wrapped, &mut *key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::keybag::ClassKey;

    fn wrap(key: &Key, plain: &[u8; 32]) -> [u8; WRAPPED] {
        let mut wrapped = [0; WRAPPED];
        Kek::<Aes256>::new((&**key).into()).wrap(plain, &mut wrapped).unwrap();
        wrapped
    }

    fn with_bag<T>(first_round: Option<(&[u8], u32)>, test: impl FnOnce(&Keybag<'_>) -> T) -> T {
        let mut keybag = Keybag { salt: b"salt", iterations: 2, first_round, classes: Vec::new() };
        let key = derived(&keybag, "right").next().unwrap();
        let wrapped = [wrap(&key, &[3; 32]), wrap(&key, &[4; 32])];
        let class = |class, wrapped| ClassKey { class, wrap: 2, wrapped, offset: 0 };
        keybag.classes = vec![class(3, &wrapped[0][..]), class(4, &wrapped[1][..])];
        test(&keybag)
    }

    #[test]
    fn the_right_password_opens_and_a_wrong_one_is_told() {
        for first_round in [None, Some((&b"first"[..], 3))] {
            with_bag(first_round, |keybag| {
                let keys = open(keybag, ["wrong", "right"]).unwrap();
                let mut file = 4_u32.to_le_bytes().to_vec();
                file.extend(wrap(&Zeroizing::new([4; 32]), &[9; 32]));
                assert_eq!(*keys.unwrap(&Wrapped::new(&file).unwrap()).unwrap(), [9; 32]);
                assert_eq!(open(keybag, ["wrong"]).err(), Some(Shut::WrongPassword(1)));
                assert_eq!(open(keybag, []).err(), Some(Shut::NoPassword));
            });
        }
    }

    #[test]
    fn one_damaged_class_key_is_not_a_wrong_password() {
        with_bag(None, |keybag| {
            let mut flipped = keybag.classes[0].wrapped.to_vec();
            flipped[7] ^= 1;
            let classes =
                vec![ClassKey { wrapped: &flipped, offset: 99, ..keybag.classes[0] }, keybag.classes[1]];
            let keys = open(&Keybag { classes, ..keybag.clone() }, ["right"]).unwrap();
            assert_eq!((keys.keys.len(), keys.damaged), (1, vec![(3, 99)]));
        });
    }

    #[test]
    fn a_number_of_rounds_that_would_never_end_is_damage() {
        with_bag(None, |keybag| {
            let shut = open(&Keybag { iterations: u32::MAX, ..keybag.clone() }, ["right"]).err();
            assert!(matches!(shut, Some(Shut::Damaged(_))));
        });
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        assert!(Wrapped::new(&[0; 44]).is_some());
        assert_eq!((Wrapped::new(&[0; 43]), Wrapped::new(&[0; 45]), Wrapped::new(&[])), (None, None, None));
    }
}
