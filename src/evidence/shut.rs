//! Why a backup stays encrypted, and the search for the password that opens it: the same for every kind of backup.

use super::closed::Closed;

/// Why a backup stays encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shut {
    /// No password was given.
    NoPassword,
    /// So many were, and none opens it.
    WrongPassword(usize),
    /// What the password should open cannot be used, whatever the password.
    Damaged(String),
}

/// How a kind of backup speaks of its lock.
pub(super) struct Words {
    /// With its article.
    pub what: &'static str,
    /// What says that it is encrypted, and what it has of keys.
    pub says: &'static str,
    pub has: &'static str,
    /// What is damaged in [`Shut::Damaged`]: as the continuation of `says`, and as a sentence.
    pub and_damaged: &'static str,
    pub is_damaged: &'static str,
    pub damaged_code: &'static str,
    /// Where its password comes from.
    pub password: &'static str,
    /// What the right password does, and what else could be wrong.
    pub opens: &'static str,
}

impl Shut {
    /// The code of its finding.
    pub(super) fn code(&self, words: &Words) -> &'static str {
        match self {
            Shut::NoPassword => "backup-encrypted",
            Shut::WrongPassword(_) => "backup-wrong-password",
            Shut::Damaged(_) => words.damaged_code,
        }
    }

    /// The message of its finding.
    pub(super) fn told(&self, words: &Words) -> String {
        match self {
            Shut::NoPassword => format!(
                "the backup is encrypted: {} is needed (--password-file, or an entry of the keys file without `path`)",
                words.password
            ),
            Shut::WrongPassword(count) => format!(
                "the backup is encrypted, and the password is wrong: none of the {count} given {}",
                words.opens
            ),
            Shut::Damaged(reason) => format!("the backup is encrypted, and {}: {reason}", words.is_damaged),
        }
    }

    /// The line under what stays encrypted. `tried` says where the passwords were given.
    pub(super) fn closed(&self, words: &Words, tried: Vec<String>) -> Closed {
        let why = match self {
            Shut::Damaged(reason) => format!("{}, and {} ({reason})", words.says, words.and_damaged),
            _ => format!("{}, and {}, which a password opens", words.says, words.has),
        };
        let needs = format!("{} (`password`)", words.password);
        Closed { what: words.what.to_owned(), why, needs, tried }
    }
}

/// What the first password opens that opens anything.
pub(super) fn first_that_opens<'p, T>(
    passwords: impl IntoIterator<Item = &'p str>,
    mut open: impl FnMut(&str) -> Option<T>,
) -> Result<T, Shut> {
    let mut tried = 0;
    for password in passwords {
        tried += 1;
        if let Some(opened) = open(password) {
            return Ok(opened);
        }
    }
    Err(if tried == 0 { Shut::NoPassword } else { Shut::WrongPassword(tried) })
}
