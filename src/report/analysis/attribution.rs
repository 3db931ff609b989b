//! Attribution: which identifier is tied to which handle, by which record, in whose address book. No person is made of them.

use super::Entries;
use super::rules::LISTED;
use super::seen::{IDENTIFIERS, Party, Seen};
use crate::report::sorter::Sorter;
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

/// Gathers ties; equal ones are told once, with the records that they rest on.
pub(super) struct Attribution {
    ties: Sorter,
    out: Entries,
}

impl Attribution {
    pub(super) fn new(folder: &Path) -> Self {
        Attribution { ties: Sorter::new(folder), out: Entries(Sorter::new(folder)) }
    }

    pub(super) fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        match seen.kind {
            "contact" => self.contact(seen),
            "account" => self.account(seen),
            "device_identifier" => {
                let tie = json!({"rule": "device-identifier", "identifier": seen.rest.get("value"),
                    "kind": seen.rest.get("kind"), "artifact": seen.artifact, "file": seen.row().file});
                self.push(seen, &tie)
            }
            _ => self.parties(seen),
        }
    }

    fn contact(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let held = |name: &str| seen.rest.get(name).filter(|value| value.is_string());
        let name = held("display_name").or(held("nickname")).or(held("given_name")).or(held("organization"));
        let Some(name) = name else { return Ok(()) };
        for list in ["handles", "phones", "emails"] {
            for entry in seen.rest.get(list).and_then(Value::as_array).into_iter().flatten() {
                let Some(handle) = entry.get("value").and_then(Value::as_str) else { continue };
                let tie = json!({"rule": "address-book", "handle": handle, "name": name, "service": seen.service,
                    "account": seen.rest.get("account"), "file": seen.row().file, "artifact": seen.artifact});
                self.push(seen, &tie)?;
            }
        }
        Ok(())
    }

    fn account(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let mut tie = Map::new();
        tie.insert("rule".to_owned(), "account".into());
        for name in ["identifier", "display_name", "phone", "email"] {
            let value = seen.rest.get(name).filter(|value| value.is_string());
            tie.extend(value.map(|value| (name.to_owned(), value.clone())));
        }
        tie.insert("service".to_owned(), seen.service.clone());
        tie.insert("artifact".to_owned(), seen.artifact.clone().into());
        tie.insert("file".to_owned(), seen.row().file.into());
        self.push(seen, &Value::Object(tie))
    }

    fn parties(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let lists = [&seen.recipients, &seen.participants].into_iter().flatten().flatten();
        let parties: Vec<&Party<'_>> = seen.sender.iter().chain(&seen.counterparty).chain(lists).collect();
        for party in parties {
            let (Some(handle), Some(name)) = (party.address.text(), party.name.text()) else { continue };
            let tie = json!({"rule": "party-name", "handle": handle, "name": name,
                "name_source": party.name_source.text(), "service": seen.service, "artifact": seen.artifact,
                "file": seen.row().file});
            self.push(seen, &tie)?;
        }
        let Some(owner) = seen.owner() else { return Ok(()) };
        for name in IDENTIFIERS {
            let Some(identifier) = seen.extra.get(*name).filter(|value| !value.is_null()) else { continue };
            let tie = json!({"rule": "identifier-in-row", "handle": owner, "identifier": identifier, "kind": name,
                "service": seen.service, "artifact": seen.artifact, "file": seen.row().file});
            self.push(seen, &tie)?;
        }
        Ok(())
    }

    fn push(&mut self, seen: &Seen<'_>, tie: &Value) -> io::Result<()> {
        self.ties.push(format!("{tie}\u{1f}{:020}\u{1f}{}", seen.place, seen.id).into_bytes())
    }

    pub(super) fn entries(self) -> io::Result<Entries> {
        let Attribution { ties, mut out } = self;
        let mut current = Tie::default();
        ties.sorted(&mut |line| {
            let mut parts = line.splitn(3, |byte| *byte == 0x1f);
            let (Some(tie), Some(place), Some(id)) = (parts.next(), parts.next(), parts.next()) else {
                return Ok(());
            };
            if tie != current.tie {
                std::mem::take(&mut current).tell(&mut out)?;
                current.tie = tie.to_vec();
                current.place =
                    std::str::from_utf8(place).ok().and_then(|place| place.parse().ok()).unwrap_or(0);
            }
            current.count += 1;
            if current.records.len() < LISTED {
                current.records.push(String::from_utf8_lossy(id).into_owned());
            }
            Ok(())
        })?;
        current.tell(&mut out)?;
        Ok(out)
    }
}

#[derive(Default)]
struct Tie {
    tie: Vec<u8>,
    place: u64,
    count: u64,
    records: Vec<String>,
}

impl Tie {
    fn tell(self, out: &mut Entries) -> io::Result<()> {
        let Ok(Value::Object(mut entry)) = serde_json::from_slice::<Value>(&self.tie) else { return Ok(()) };
        entry.retain(|_, value| !value.is_null());
        entry.insert("times".to_owned(), self.count.into());
        let more = self.count.saturating_sub(self.records.len() as u64);
        entry.insert("records".to_owned(), self.records.into());
        if more > 0 {
            entry.insert("more".to_owned(), more.into());
        }
        out.push(self.place, &Value::Object(entry))
    }
}
