//! What the analysis looks at of a record, read back from its JSON.

use crate::record::parse_utc;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt;

/// A party of a record.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Party<'a> {
    #[serde(borrow, default)]
    pub(super) address: Held<'a>,
    #[serde(borrow, default)]
    pub(super) name: Held<'a>,
    #[serde(borrow, default)]
    pub(super) name_source: Held<'a>,
    #[serde(rename = "self", default)]
    pub(super) is_owner: bool,
}

/// A text, or something else that is no text to compare (withheld, not valid, absent).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Held<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(serde::de::IgnoredAny),
    #[default]
    Absent,
}

impl Held<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Held::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// The first row of a record's provenance.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Row {
    pub(super) file: u64,
    #[serde(default)]
    pub(super) table: Option<String>,
    #[serde(default)]
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) rowid: Option<i64>,
    /// Of a database alone, whose missing rowids are findings.
    #[serde(default)]
    pub(super) page: Option<u64>,
    pub(super) offset: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Provenance {
    /// The first; the others are passed over.
    #[serde(default, deserialize_with = "first")]
    rows: Option<Row>,
}

fn first<'de, D: Deserializer<'de>>(list: D) -> Result<Option<Row>, D::Error> {
    struct First;
    impl<'de> Visitor<'de> for First {
        type Value = Option<Row>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a list of rows")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let row = list.next_element()?;
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(row)
        }
    }
    list.deserialize_seq(First)
}

/// Members whose names `is_wanted`; nothing is made of the others.
struct Wanted(fn(&str) -> bool);

impl<'de> Visitor<'de> for Wanted {
    type Value = Map<String, Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            if (self.0)(&name) {
                kept.insert(name.into_owned(), members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(kept)
    }
}

fn identifiers<'de, D: Deserializer<'de>>(members: D) -> Result<Map<String, Value>, D::Error> {
    members.deserialize_map(Wanted(|name| IDENTIFIERS.contains(&name)))
}

fn others<'de, D: Deserializer<'de>>(members: D) -> Result<Map<String, Value>, D::Error> {
    members.deserialize_map(Wanted(|name| name.ends_with("_at") || LOOKED_AT.contains(&name)))
}

/// Names of `extra` under which mappings and definitions keep identifiers of a device.
pub(super) const IDENTIFIERS: &[&str] =
    &["device", "imei", "imei2", "meid", "imsi", "iccid", "serial", "android_id"];

/// Fields beside times that rules look at.
const LOOKED_AT: &[&str] = &[
    "display_name",
    "nickname",
    "given_name",
    "organization",
    "handles",
    "phones",
    "emails",
    "account",
    "identifier",
    "phone",
    "email",
    "value",
    "kind",
];

/// A record.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Seen<'a> {
    #[serde(skip)]
    pub(super) place: u64,
    #[serde(skip)]
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) artifact: String,
    #[serde(default)]
    pub(super) service: Value,
    pub(super) state: String,
    #[serde(borrow, default)]
    pub(super) native_id: Held<'a>,
    #[serde(borrow, default)]
    pub(super) conversation: Held<'a>,
    #[serde(borrow, default)]
    pub(super) direction: Held<'a>,
    #[serde(borrow, default)]
    pub(super) sender: Option<Party<'a>>,
    #[serde(borrow, default)]
    pub(super) counterparty: Option<Party<'a>>,
    #[serde(borrow, default)]
    pub(super) recipients: Option<Vec<Party<'a>>>,
    #[serde(borrow, default)]
    pub(super) participants: Option<Vec<Party<'a>>>,
    #[serde(default)]
    pub(super) body: Value,
    /// Those of [`IDENTIFIERS`].
    #[serde(default, deserialize_with = "identifiers")]
    pub(super) extra: Map<String, Value>,
    provenance: Provenance,
    /// Times, and those of [`LOOKED_AT`].
    #[serde(flatten, deserialize_with = "others")]
    pub(super) rest: Map<String, Value>,
}

/// The times by which a message is placed, the first that is known.
const PLACED_BY: &[&str] = &["sent_at", "received_at", "stored_at"];

impl Seen<'_> {
    pub(super) fn at(mut self, place: u64, kind: &'static str) -> Self {
        self.place = place;
        self.kind = kind;
        self
    }

    /// The row that it was made of.
    pub(super) fn row(&self) -> Row {
        self.provenance.rows.clone().unwrap_or_default()
    }

    pub(super) fn service(&self) -> &str {
        self.service.as_str().unwrap_or("")
    }

    /// A version that another one took the place of is no message of its own.
    pub(super) fn is_older_version(&self) -> bool {
        self.state == "superseded"
    }

    /// Which row it is a version of: of a table by its rowid, else by its place.
    pub(super) fn row_identity(&self) -> String {
        let row = self.row();
        match (row.rowid, row.table) {
            (Some(rowid), table) => format!("{}/{}/{rowid}", row.file, table.unwrap_or_default()),
            _ => format!("{}/{}/{}", row.file, row.path.unwrap_or_default(), row.offset),
        }
    }

    /// The moment of it in milliseconds since 1970, by the first time that is known.
    pub(super) fn moment(&self) -> Option<i64> {
        PLACED_BY.iter().find_map(|name| self.milliseconds(name))
    }

    fn milliseconds(&self, name: &str) -> Option<i64> {
        let text = self.rest.get(name)?.get("utc")?.as_str()?;
        let (moment, _) = parse_utc(text)?;
        Some(moment.seconds * 1_000 + i64::from(moment.nanos / 1_000_000))
    }

    /// The parties, in lower case, sorted.
    pub(super) fn addresses(&self) -> Vec<String> {
        let lists = [&self.recipients, &self.participants].into_iter().flatten().flatten();
        let parties = self.sender.iter().chain(&self.counterparty).chain(lists);
        let mut addresses: Vec<String> = parties.filter_map(|party| address(party)).collect();
        addresses.sort();
        addresses.dedup();
        addresses
    }

    pub(super) fn sender_address(&self) -> Option<String> {
        self.sender.as_ref().and_then(address)
    }

    pub(super) fn recipient_addresses(&self) -> Vec<String> {
        let mut addresses: Vec<String> = self.recipients.iter().flatten().filter_map(address).collect();
        addresses.sort();
        addresses.dedup();
        addresses
    }

    /// The address of the owner of the handset, where the record tells it.
    pub(super) fn owner(&self) -> Option<String> {
        let recipients = self.recipients.iter().flatten();
        self.sender.iter().chain(recipients).find(|party| party.is_owner).and_then(address)
    }

    /// Whose handset it is about: the owner's address, else the file.
    pub(super) fn device(&self) -> Value {
        match self.owner() {
            Some(owner) => serde_json::json!({"owner": owner}),
            None => serde_json::json!({"file": self.row().file}),
        }
    }

    /// The text as a key, where there is one; a hash of it is one too.
    pub(super) fn text_key(&self) -> Option<String> {
        match &self.body {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            body => Some(body.to_string()),
        }
    }
}

fn address(party: &Party<'_>) -> Option<String> {
    party.address.text().map(str::to_lowercase)
}

/// A key of parts: equal parts give equal keys, and the key is short.
pub(super) fn key(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    hex::encode(digest.get(..16).unwrap_or(&digest))
}

/// A number that sorts as text: moments before 1970 too.
pub(super) fn sortable(number: i64) -> String {
    format!("{:020}", i128::from(number) - i128::from(i64::MIN))
}

/// The number that [`sortable`] wrote.
pub(super) fn unsorted(text: &str) -> Option<i64> {
    let shifted: i128 = text.parse().ok()?;
    i64::try_from(shifted + i128::from(i64::MIN)).ok()
}

/// Milliseconds since 1970 as RFC 3339.
pub(super) fn written(milliseconds: i64) -> Option<String> {
    let nanos = u32::try_from(milliseconds.rem_euclid(1_000)).ok()? * 1_000_000;
    crate::record::Moment::new(milliseconds.div_euclid(1_000), nanos, 3).map(|moment| moment.to_string())
}
