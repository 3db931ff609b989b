//! What is withheld: by rules, out of the data, before anything is typeset. The log names record, field, reason and authority, never
//! the text; nor do rules show what they look for.
//!
//! ```toml
//! [[rule]]
//! reason = "number of a third party"
//! authority = "Order of 12 January 2026, paragraph 3"
//! regex = '\+?15550101'                    # wherever it stands
//! fields = ["sender", "body"]              # only there; without a regex the whole field
//! records = ["message-5f0c0a1b2c3d4e5f"]   # only in these
//! select = 'service = whatsapp'            # only in what this takes
//! ```

use super::select::{Candidate, Selection, is_id, knows_path};
use super::standing::Gone;
use crate::record::Redacted;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

/// The rules of an exhibit.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// From 1.
    number: u64,
    reason: String,
    authority: String,
    regex: Option<Regex>,
    fields: Vec<String>,
    records: Vec<String>,
    select: Option<Selection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    reason: String,
    authority: String,
    regex: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    records: Vec<String>,
    select: Option<String>,
}

/// Something that was taken out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Withheld {
    /// The record, or the part of the front matter.
    pub(super) place: String,
    pub(super) field: String,
    pub(super) rule: u64,
}

/// What of a record no rule reaches: its name, and what the program itself says.
const KEPT: &[&str] = &["id", "artifact", "state", "certainty"];

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// Where they are none: which rule, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let rules = (1_u64..).zip(file.rule);
        rules.map(|(number, rule)| rule.read(number)).collect::<Result<_, _>>().map(Rules)
    }

    /// Number, reason and authority of each.
    pub(super) fn told(&self) -> Vec<Value> {
        let told =
            |rule: &Rule| json!({"rule": rule.number, "reason": rule.reason, "authority": rule.authority});
        self.0.iter().map(told).collect()
    }

    /// Reason and authority of a rule.
    pub(super) fn of(&self, number: u64) -> (&str, &str) {
        let rule = self.0.iter().find(|rule| rule.number == number);
        rule.map_or(("", ""), |rule| (&rule.reason, &rule.authority))
    }

    /// Takes out of a record what the rules withhold.
    pub(super) fn redact(&self, candidate: Candidate<'_>, gone: &mut Gone) -> (Value, Vec<Withheld>) {
        let mut record = candidate.record.clone();
        let mut log = Vec::new();
        let id = candidate.record["id"].as_str().unwrap_or("");
        for rule in self.0.iter().filter(|rule| rule.is_for(candidate, id)) {
            rule.redact(&mut record, id, (&mut log, gone));
        }
        log.sort();
        log.dedup();
        (record, log)
    }

    /// Takes out of what is no record what rules withhold wherever it stands.
    pub(super) fn redact_everywhere(&self, value: &mut Value, place: &str) -> Vec<Withheld> {
        let mut log = Vec::new();
        for rule in self.0.iter().filter(|rule| rule.is_everywhere()) {
            let Some(regex) = &rule.regex else { continue };
            let mut seen = |field: &str, _: &Value| {
                log.push(Withheld { place: place.to_owned(), field: field.to_owned(), rule: rule.number });
            };
            Search { regex, number: rule.number, seen: &mut seen }.within(value, "");
        }
        log.sort();
        log.dedup();
        log
    }
}

impl Written {
    fn read(self, number: u64) -> Result<Rule, String> {
        let fault = |message: String| format!("rule {number}: {message}");
        if self.reason.trim().is_empty() || self.authority.trim().is_empty() {
            return Err(fault("`reason` and `authority` must not be empty".to_owned()));
        }
        if self.regex.is_none() && self.fields.is_empty() && self.records.is_empty() {
            return Err(fault("it needs `regex`, `fields` or `records`".to_owned()));
        }
        for field in self.fields.iter().filter(|field| *field != "*") {
            knows_path(field).map_err(fault)?;
        }
        // The error of the crate shows the expression, which may be what is withheld.
        let regex = self.regex.map(|regex| Regex::new(&regex)).transpose();
        let regex = regex.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => fault("its `regex` is too large".to_owned()),
            _ => fault("its `regex` is none (syntax of the Rust crate regex)".to_owned()),
        })?;
        if regex.as_ref().is_some_and(|regex| regex.is_match("")) {
            return Err(fault("its `regex` takes the empty text, and so would take everything".to_owned()));
        }
        let select = self.select.map(|select| Selection::parse(&select)).transpose();
        let select = select.map_err(|error| fault(error.to_string()))?;
        let Written { reason, authority, fields, records, .. } = self;
        Ok(Rule { number, reason, authority, regex, fields, records, select })
    }
}

impl Rule {
    /// Whether it takes its text out wherever that stands.
    fn is_everywhere(&self) -> bool {
        self.fields.is_empty() && self.records.is_empty() && self.select.is_none()
    }

    fn is_for(&self, candidate: Candidate<'_>, id: &str) -> bool {
        let is_named = self.records.is_empty() || self.records.iter().any(|named| is_id(id, named));
        is_named && self.select.as_ref().is_none_or(|select| select.takes(candidate))
    }

    fn redact(&self, record: &mut Value, id: &str, (log, gone): (&mut Vec<Withheld>, &mut Gone)) {
        let is_narrow = !self.is_everywhere();
        let mut seen = |field: &str, was: &Value| {
            log.push(Withheld { place: id.to_owned(), field: field.to_owned(), rule: self.number });
            if is_narrow {
                gone.keep(self.number, was);
            }
        };
        let Some(members) = record.as_object_mut() else { return };
        for (name, value) in members.iter_mut().filter(|(name, _)| !KEPT.contains(&name.as_str())) {
            match &self.regex {
                // Where a value stands is withheld where it says the value.
                None if name == "provenance" => {}
                None => take(self, value, name, &mut seen),
                Some(regex) if self.fields.is_empty() => {
                    Search { regex, number: self.number, seen: &mut seen }.within(value, name);
                }
                Some(_) => take(self, value, name, &mut seen),
            }
        }
    }

    /// Whether a path is one of the rule's fields or lies below one; of what is stored as it is, that of the field.
    fn reaches(&self, path: &str) -> bool {
        let path = path.strip_prefix("raw.").unwrap_or(path);
        self.fields.is_empty()
            || self.fields.iter().any(|field| {
                field == "*"
                    || path
                        .strip_prefix(field.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }
}

/// Takes the fields of a rule out, or searches them.
fn take(rule: &Rule, value: &mut Value, path: &str, seen: &mut dyn FnMut(&str, &Value)) {
    if value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || Redacted::of(value).is_some_and(|r| r.left.is_empty())
    {
        return;
    }
    if rule.reaches(path) && path != "raw" {
        match &rule.regex {
            Some(regex) => Search { regex, number: rule.number, seen }.within(value, path),
            None => {
                let was = std::mem::replace(value, whole(rule.number));
                seen(path, &was);
            }
        }
        return;
    }
    match value {
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, member)| take(rule, member, &format!("{path}.{name}"), seen));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|entry| take(rule, entry, path, seen)),
        _ => {}
    }
}

fn whole(rule: u64) -> Value {
    Redacted { rules: vec![rule], left: Vec::new() }.value()
}

/// A search for what a regular expression takes.
struct Search<'s> {
    regex: &'s Regex,
    number: u64,
    seen: &'s mut dyn FnMut(&str, &Value),
}

impl Search<'_> {
    fn within(&mut self, value: &mut Value, path: &str) {
        let is_gone = match value {
            Value::String(text) => {
                let text = std::mem::take(text);
                *value = self.of_text(Redacted { rules: Vec::new(), left: vec![text] }, path);
                return;
            }
            Value::Number(number) => self.regex.is_match(&number.to_string()),
            Value::Object(members) => match Redacted::of(&Value::Object(members.clone())) {
                Some(redacted) => {
                    *value = self.of_text(redacted, path);
                    return;
                }
                None if members.contains_key("utc") && members.contains_key("unit") => {
                    members.get("raw").and_then(Value::as_str).is_some_and(|raw| self.regex.is_match(raw))
                }
                None => self.of_object(members, path),
            },
            Value::Array(entries) => {
                entries.iter_mut().for_each(|entry| self.within(entry, path));
                return;
            }
            Value::Null | Value::Bool(_) => false,
        };
        if is_gone {
            let was = std::mem::replace(value, whole(self.number));
            (self.seen)(path, &was);
        }
    }

    /// Searches the members of an object; whether all of it must go.
    fn of_object(&mut self, members: &mut serde_json::Map<String, Value>, path: &str) -> bool {
        let bytes = members.get("blob").and_then(Value::as_str).and_then(|hex| hex::decode(hex).ok());
        if bytes.is_some_and(|bytes| self.regex.is_match(&String::from_utf8_lossy(&bytes))) {
            return true;
        }
        // The bytes beside a reading say the same.
        if members.contains_key("bytes") {
            return members.get("text").and_then(Value::as_str).is_some_and(|text| self.regex.is_match(text));
        }
        let is_named_by_evidence = path.starts_with("extra") || path.starts_with("raw");
        if is_named_by_evidence && members.keys().any(|name| self.regex.is_match(name)) {
            return true;
        }
        for (name, member) in members.iter_mut() {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.within(member, &below);
        }
        false
    }

    /// Takes out of what is left of a text; what is left then.
    fn of_text(&mut self, mut redacted: Redacted, path: &str) -> Value {
        let (mut rules, mut left) = (Vec::new(), Vec::new());
        let mut earlier = redacted.rules.drain(..);
        for piece in &redacted.left {
            let mut end = 0;
            for found in self.regex.find_iter(piece) {
                left.push(piece.get(end..found.start()).unwrap_or("").to_owned());
                rules.push(self.number);
                (self.seen)(path, &found.as_str().into());
                end = found.end();
            }
            left.push(piece.get(end..).unwrap_or("").to_owned());
            rules.extend(earlier.next());
        }
        rules.extend(earlier);
        match (rules.first(), left.iter().all(String::is_empty)) {
            (None, _) => Value::String(left.concat()),
            (Some(rule), true) => whole(*rule),
            (Some(_), false) => Redacted { rules, left }.value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::kinds::kind;

    fn redacted(rules: &str, record: &Value) -> (Value, Vec<(String, u64)>) {
        let candidate = Candidate { kind: kind("message").unwrap(), record, file: "" };
        let (record, log) = Rules::parse(rules).unwrap().redact(candidate, &mut Gone::default());
        (record, log.into_iter().map(|entry| (entry.field, entry.rule)).collect())
    }

    fn rule(rest: &str) -> String {
        format!("[[rule]]\nreason = \"r\"\nauthority = \"a\"\n{rest}\n")
    }

    fn record() -> Value {
        json!({
            "id": "message-0123456789abcdef", "service": "sms", "conversation": "15550101@x",
            "sender": {"address": "+15550101", "name": "Bob"}, "body": "call +15550101 or 15550101!",
            "quoted": {"body": {"text": "15550101\u{fffd}", "bytes": "ff"}},
            "extra": {"number": 15_550_101, "blob": {"blob": "3135353530313031"}, "deep": {"15550101": 1}, "k": 7},
            "raw": {"body": "15550101", "sender.name": "B"}, "sent_at": {"utc": null, "raw": 15_550_101, "unit": "unix_s"},
            "provenance": {"rows": [{"path": "/15550101/x"}]},
        })
    }

    #[test]
    fn a_regular_expression_takes_its_text_out_wherever_it_stands() {
        let (record, log) = redacted(&rule(r"regex = '\+?15550101'"), &record());
        let times = json!(record["sent_at"]);
        let mut rest = record.clone();
        rest["sent_at"] = Value::Null;
        assert!(
            !rest.to_string().contains("15550101") && !rest.to_string().contains("3135353530313031"),
            "{rest}"
        );
        assert_eq!(record["body"], json!({"redacted": [1, 1], "left": ["call ", " or ", "!"]}));
        assert_eq!(record["sender"], json!({"address": {"redacted": [1]}, "name": "Bob"}));
        assert_eq!(record["extra"]["k"], 7);
        assert_eq!(times["raw"], 15_550_101, "a time is no number that people write");
        assert!(
            log.contains(&("provenance.rows.path".into(), 1)) && log.contains(&("quoted.body".into(), 1))
        );
    }

    #[test]
    fn a_field_goes_whole_with_what_is_stored_of_it() {
        let (record, log) = redacted(&rule("fields = [\"body\", \"sender.name\", \"quoted\"]"), &record());
        assert_eq!(record["body"], json!({"redacted": [1]}));
        assert_eq!(record["raw"], json!({"body": {"redacted": [1]}, "sender.name": {"redacted": [1]}}));
        assert_eq!(record["sender"], json!({"address": "+15550101", "name": {"redacted": [1]}}));
        assert_eq!(record["quoted"], json!({"redacted": [1]}));
        let fields: Vec<&str> = log.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["body", "quoted", "raw.body", "raw.sender.name", "sender.name"]);
    }

    #[test]
    fn a_record_that_is_named_keeps_its_id_and_place_alone() {
        let (record, _) = redacted(&rule("records = [\"01234567\"]"), &record());
        assert_eq!(record["service"], json!({"redacted": [1]}));
        assert_eq!(
            (record["id"].as_str().unwrap().len(), &record["provenance"]["rows"][0]["path"]),
            (24, &json!("/15550101/x"))
        );
        assert_eq!(redacted(&rule("records = [\"message-other\"]"), &super::tests::record()).1, []);
    }

    #[test]
    fn two_rules_share_a_text_and_select_narrows_one() {
        let two = rule("regex = 'call'")
            + &rule("regex = '15550101!'\nselect = 'service = sms'")
            + &rule("regex = 'or'\nselect = 'service = mms'");
        let (record, _) = redacted(&two, &record());
        assert_eq!(record["body"], json!({"redacted": [1, 2], "left": ["", " +15550101 or ", ""]}));
    }

    #[test]
    fn faults_name_the_rule_and_never_what_it_looks_for() {
        let fault = |text: &str| Rules::parse(text).unwrap_err();
        assert!(fault(&rule("regex = '(secret'")).starts_with("rule 1: its `regex` is none"));
        assert!(!fault(&rule("regex = '(secret'")).contains("secret"));
        assert!(fault(&rule("regex = 'x*'")).contains("takes the empty text"));
        assert!(fault(&rule("fields = [\"bodi\"]")).contains("the nearest is `body`"));
        assert!(fault(&rule("")).contains("it needs `regex`, `fields` or `records`"));
        assert!(
            fault("[[rule]]\nreason = \"\"\nauthority = \"a\"\nregex = 'a'").contains("must not be empty")
        );
        assert!(fault("[[rule]]\nreason = \"x\"\nregexp = 'a'").contains("regexp"));
    }
}
