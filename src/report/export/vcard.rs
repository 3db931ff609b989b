//! Contacts as vCard 4.0 (RFC 6350; `SOCIALPROFILE` of RFC 9554 for handles). What has no property of its own stands in `X-AFFIANT-RECORD`: the
//! record as it is in the report.

use super::ids::uuid;
use super::reading::{json, member, picture, shown};
use super::{Export, Item, Tally, count};
use serde_json::Value;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

const NAME: &str = "contacts.vcf";

/// The lists of a contact, and the property of each.
const WAYS: &[(&str, &str)] = &[
    ("phones", "TEL;VALUE=text"),
    ("emails", "EMAIL"),
    ("addresses", "ADR"),
    ("handles", "SOCIALPROFILE;VALUE=text"),
    // Hostile text is no URI.
    ("urls", "X-URL"),
    ("relations", "RELATED;VALUE=text"),
];

/// The file.
pub(super) struct Vcard {
    out: BufWriter<File>,
    tally: Tally,
}

impl Vcard {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let out = BufWriter::new(File::create_new(folder.join(NAME))?);
        Ok(Vcard { out, tally: Tally { files: vec![NAME.into()], ..Tally::default() } })
    }
}

impl Export for Vcard {
    fn record(&mut self, item: &Item<'_>) -> io::Result<()> {
        if item.kind.name != "contact" {
            return Ok(());
        }
        let mut card = Card(String::new());
        card.fill(item);
        self.out.write_all(card.0.as_bytes())?;
        count(&mut self.tally.written, item.kind.plural.to_owned());
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<Tally> {
        self.out.flush()?;
        Ok(self.tally)
    }
}

/// The lines of a card.
struct Card(String);

impl Card {
    fn fill(&mut self, item: &Item<'_>) {
        let record = item.record;
        let id = member(record, "id");
        self.line("BEGIN", "VCARD");
        self.line("VERSION", "4.0");
        self.line("PRODID", &value(&format!("-//affiant//affiant {}//EN", env!("CARGO_PKG_VERSION"))));
        self.line("UID", &format!("urn:uuid:{}", uuid(&id)));
        self.line("FN", &value(&full_name(record)));
        self.names(record);
        self.ways(record);
        self.dates(record);
        let notes = record["notes"].as_array().into_iter().flatten();
        for note in notes {
            self.line("NOTE", &value(&shown_text(note)));
        }
        let state = member(record, "state");
        if state != "live" {
            // Whoever loads the card into an address book must see that the handset held it no more.
            self.line("NOTE", &value(&format!("{state} on the handset ({id})")));
        }
        if !record["certainty"].is_null() {
            let certainty = member(record, "certainty");
            self.line(
                "NOTE",
                &value(&format!("certainty: {certainty}: what it rests on is not confirmed ({id})")),
            );
        }
        self.line("X-AFFIANT-ID", &value(&id));
        self.line("X-AFFIANT-STATE", &value(&state));
        self.line("X-AFFIANT-SOURCE", &value(&source(item)));
        self.line("X-AFFIANT-REPORT", &value(&item.source.sha256));
        self.line("X-AFFIANT-RECORD", &value(&json(record)));
        self.line("END", "VCARD");
    }

    fn names(&mut self, record: &Value) {
        let part = |name: &str| component(&member(record, name));
        let name = [part("family_name"), part("given_name"), part("middle_name")];
        if name.iter().any(|part| !part.is_empty()) {
            self.line("N", &format!("{};;", name.join(";")));
        }
        if !member(record, "nickname").is_empty() {
            self.line("NICKNAME", &value(&member(record, "nickname")));
        }
        let organization = [part("organization"), part("department")];
        if organization.iter().any(|part| !part.is_empty()) {
            self.line("ORG", organization.join(";").trim_end_matches(';'));
        }
        if !member(record, "job_title").is_empty() {
            self.line("TITLE", &value(&member(record, "job_title")));
        }
        let groups: Vec<String> = record["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|group| value(&shown_text(group)))
            .collect();
        if !groups.is_empty() {
            self.line("CATEGORIES", &groups.join(","));
        }
    }

    /// Numbers, addresses, handles: each with its label.
    fn ways(&mut self, record: &Value) {
        let mut group = 0;
        for (list, property) in WAYS {
            for entry in record[*list].as_array().into_iter().flatten() {
                self.way(entry, (list, property), &mut group);
            }
        }
    }

    /// One of them. A label that has no type in a card stands beside it, in a group of the two.
    fn way(&mut self, entry: &Value, (list, property): (&str, &str), group: &mut u32) {
        let held = member(entry, "value");
        let said = if list == "addresses" { format!(";;{};;;;", component(&held)) } else { value(&held) };
        let mut property = property.to_owned();
        let service = member(entry, "kind");
        if list == "handles" && !service.is_empty() {
            property.push_str(&format!(";SERVICE-TYPE={}", parameter(&service)));
        }
        let label = member(entry, "label");
        let kind = match label.as_ref() {
            "home" => ";TYPE=home",
            "work" => ";TYPE=work",
            "mobile" if list == "phones" => ";TYPE=cell",
            _ => "",
        };
        if kind.is_empty() && !label.is_empty() {
            *group += 1;
            self.line(&format!("item{group}.{property}"), &said);
            self.line(&format!("item{group}.X-ABLABEL"), &value(&label));
        } else {
            self.line(&format!("{property}{kind}"), &said);
        }
    }

    fn dates(&mut self, record: &Value) {
        if !member(record, "birthday").is_empty() {
            self.line("BDAY;VALUE=text", &value(&member(record, "birthday")));
        }
        for event in record["events"].as_array().into_iter().flatten() {
            self.line("NOTE", &value(&format!("event: {}", shown(event))));
        }
        if let Some(updated) = record["updated_at"]["utc"].as_str() {
            // RFC 6350, 4.3.5: a time stamp is basic format, without a fraction.
            let seconds: String = updated.chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect();
            self.line("REV", &format!("{seconds}Z"));
        }
    }

    /// Adds a property, folded after 75 bytes (RFC 6350, 3.2), never within a character.
    fn line(&mut self, name: &str, said: &str) {
        let mut room = 75;
        for character in name.chars().chain([':']).chain(said.chars()) {
            if character.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = 74;
            }
            self.0.push(character);
            room -= character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

fn full_name(record: &Value) -> String {
    let joined = ["given_name", "middle_name", "family_name"].map(|name| member(record, name).into_owned());
    let joined =
        joined.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
    let first = |list: &str| member(&record[list][0], "value").into_owned();
    let names = [
        member(record, "display_name").into_owned(),
        joined,
        member(record, "nickname").into_owned(),
        member(record, "organization").into_owned(),
        first("phones"),
        first("emails"),
        first("handles"),
    ];
    let named = names.into_iter().find(|name| !name.trim().is_empty());
    named.unwrap_or_else(|| member(record, "id").into_owned())
}

fn shown_text(held: &Value) -> String {
    super::reading::text(held).map_or(String::new(), |(text, _)| text.into_owned())
}

/// File, table, rowid, view and offset of the row that the record was made from.
fn source(item: &Item<'_>) -> String {
    let base = &item.record["provenance"]["rows"][0];
    let file = item.source.file(&base["file"]);
    let place = ["table", "path", "cell", "rowid", "view", "source", "page", "offset", "length"];
    let place = place
        .iter()
        .filter(|name| base.get(**name).is_some())
        .map(|name| format!("{name}={}", member(base, name)));
    format!(
        "{} sha256={} {}",
        member(file, "path"),
        member(file, "sha256"),
        place.collect::<Vec<_>>().join(" ")
    )
}

/// A text value (RFC 6350, 3.4): backslash, comma and line end escaped; other control characters cannot stand there.
fn value(text: &str) -> String {
    escaped(text, &[','])
}

/// A component of a structured value: the semicolon too.
fn component(text: &str) -> String {
    escaped(text, &[',', ';'])
}

fn escaped(text: &str, separators: &[char]) -> String {
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            held if separators.contains(&held) => out.extend(['\\', held]),
            held if held.is_control() => out.push(picture(held)),
            held => out.push(held),
        }
    }
    out
}

/// The value of a parameter (RFC 6350, 3.3): quoted; quotes and control characters cannot stand there.
fn parameter(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c == '"' || c.is_control() { '_' } else { c }).collect();
    format!("\"{clean}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_card_or_begin_a_property() {
        assert_eq!(value("a\r\nEND:VCARD\rTEL:1"), "a\\nEND:VCARD\\nTEL:1");
        assert_eq!(component("a;b,c\\"), "a\\;b\\,c\\\\");
        assert_eq!(parameter("x\":y\n"), "\"x_:y_\"");
    }

    #[test]
    fn a_line_is_folded_between_characters() {
        let mut card = Card(String::new());
        card.line("NOTE", &"é".repeat(100));
        let lines: Vec<&str> = card.0.split("\r\n").collect();
        assert!(lines.iter().all(|line| line.len() <= 75));
        assert_eq!(lines.concat().replace(' ', ""), format!("NOTE:{}", "é".repeat(100)));
    }
}
