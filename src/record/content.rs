//! The scope of a warrant: how much of a message's content may stand in the report, and of which period.

use super::kinds::{Field, Kind};
use super::time::Moment;
use super::value::{FieldValue, Record};
use sha2::{Digest, Sha256};

/// How much of the content of messages is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Content {
    /// All of it.
    #[default]
    Full,
    /// The SHA-256 of it.
    Hash,
    /// None of it: metadata only.
    Omit,
}

/// The fields of a message, at any depth, that hold what somebody wrote.
const CONTENT_FIELDS: &[&str] = &["body", "subject", "text", "caption"];

impl Content {
    /// The name of the option.
    pub fn name(self) -> &'static str {
        match self {
            Content::Full => "full",
            Content::Hash => "hash",
            Content::Omit => "omit",
        }
    }

    /// Whether a field of this kind of record is withheld (in full or but for its hash).
    pub fn withholds(self, kind: &Kind, field: &Field) -> bool {
        self != Content::Full
            && ["message", "trace"].contains(&kind.name)
            && CONTENT_FIELDS.contains(&field.name)
    }

    /// Whether a value under `extra` is withheld: whatever could hold text, of messages, of what is left of them, and of
    /// conversations, which keep a preview of their last message; and the values of fragments, which may be of any of them.
    pub fn withholds_extra(self, kind: &Kind, value: &FieldValue<'_>) -> bool {
        let harmless = matches!(
            value,
            FieldValue::Null
                | FieldValue::Bool(_)
                | FieldValue::Integer(_)
                | FieldValue::Unsigned(_)
                | FieldValue::Number(_)
                | FieldValue::Time(_)
        );
        self != Content::Full
            && ["message", "trace", "conversation", "fragment"].contains(&kind.name)
            && !harmless
    }

    /// What stands in the place of a withheld value: its hash, or nothing. Null stays null: there was nothing to withhold.
    pub fn instead(self, value: &FieldValue<'_>) -> Option<FieldValue<'static>> {
        let bytes: &[u8] = match value {
            FieldValue::Null => return Some(FieldValue::Null),
            FieldValue::Text(text) => text.as_bytes(),
            FieldValue::InvalidText { bytes, .. } | FieldValue::Bytes(bytes) => bytes,
            _ => return None,
        };
        (self == Content::Hash).then(|| FieldValue::Hashed(hex::encode(Sha256::digest(bytes))))
    }
}

/// A period of time in UTC: from this moment on, up to but without that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first moment inside.
    pub from: Option<Moment>,
    /// The first moment after it.
    pub to: Option<Moment>,
}

/// Where a record lies against a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Inside, or of a kind that has no moment (contacts, accounts), or no period is set.
    Inside,
    /// Outside.
    Outside,
    /// It should have a moment and has none that is known.
    Unknown,
}

impl Period {
    /// Judges a record by its first known time: of a message `sent_at`, `received_at`, `stored_at`; of a call `started_at`,
    /// `ended_at`; of a trace `at`, `deleted_at`. A fragment has none.
    pub fn verdict(&self, record: &Record<'_>) -> Verdict {
        let fields: &[&str] = match record.kind.name {
            "message" => &["sent_at", "received_at", "stored_at"],
            "call" => &["started_at", "ended_at"],
            "trace" => &["at", "deleted_at"],
            // Which of its columns is a time cannot be told.
            "fragment" => &[],
            _ => return Verdict::Inside,
        };
        if self.from.is_none() && self.to.is_none() {
            return Verdict::Inside;
        }
        let moment = fields.iter().find_map(|name| match record.field(name) {
            Some(FieldValue::Time(time)) => time.utc,
            _ => None,
        });
        match moment.map(|m| (m.seconds, m.nanos)) {
            None => Verdict::Unknown,
            Some(at) if self.from.is_some_and(|from| at < (from.seconds, from.nanos)) => Verdict::Outside,
            Some(at) if self.to.is_some_and(|to| at >= (to.seconds, to.nanos)) => Verdict::Outside,
            Some(_) => Verdict::Inside,
        }
    }
}
