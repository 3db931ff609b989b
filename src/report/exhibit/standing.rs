//! What is withheld in one place and stands in another: most leaks are of this kind. Told by record, never by text.

use aho_corasick::AhoCorasick;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// The fewest characters of a text that is looked for, and how many texts are looked for.
const CHARACTERS: usize = 8;
const TEXTS: usize = 20_000;
/// Records that are named.
const NAMED: usize = 50;

/// Sees the JSON of one record.
type See<'s> = &'s mut dyn FnMut(&[u8]) -> io::Result<()>;

/// The texts that rules took out of some records and not of all.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// As it stands between the quotation marks of JSON → the rule.
    texts: BTreeMap<String, u64>,
    /// There were more than are looked for.
    is_cut: bool,
}

impl Gone {
    /// Keeps the texts of a value that was taken out.
    pub(super) fn keep(&mut self, rule: u64, value: &Value) {
        match value {
            Value::String(text) if is_telling(text) => {
                if self.texts.len() >= TEXTS {
                    self.is_cut = true;
                    return;
                }
                let json = value.to_string();
                self.texts.entry(json.get(1..json.len() - 1).unwrap_or(&json).to_owned()).or_insert(rule);
            }
            Value::Array(entries) => entries.iter().for_each(|entry| self.keep(rule, entry)),
            Value::Object(members) => members.values().for_each(|member| self.keep(rule, member)),
            _ => {}
        }
    }

    /// The records in which one of the texts still stands: `lines` gives their JSON.
    pub(super) fn standing(&self, lines: &mut dyn FnMut(See<'_>) -> io::Result<()>) -> io::Result<Value> {
        if self.texts.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        let rules: Vec<u64> = self.texts.values().copied().collect();
        let search = AhoCorasick::builder().ascii_case_insensitive(true).build(self.texts.keys());
        let search = search.map_err(io::Error::other)?;
        let (mut named, mut more) = (Vec::new(), 0_u64);
        lines(&mut |line| {
            let found: BTreeSet<u64> = search
                .find_overlapping_iter(line)
                .filter_map(|found| rules.get(found.pattern().as_usize()).copied())
                .collect();
            if found.is_empty() {
                return Ok(());
            }
            if named.len() >= NAMED {
                more += 1;
                return Ok(());
            }
            let record: Value = serde_json::from_slice(line)?;
            named.push(serde_json::json!({"record": record["id"], "rules": found}));
            Ok(())
        })?;
        if more > 0 || self.is_cut {
            named.push(serde_json::json!({"more": more, "all_looked_for": !self.is_cut}));
        }
        Ok(Value::Array(named))
    }
}

/// Whether a text can tell something: a number, an address, words. A code of one word stands everywhere.
fn is_telling(text: &str) -> bool {
    text.chars().count() >= CHARACTERS
        && text.contains(|c: char| c.is_ascii_digit() || c.is_whitespace() || c == '@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_that_still_stands_is_told_by_its_record() {
        let mut gone = Gone::default();
        gone.keep(2, &json!({"body": "say \"when\" now", "type": "incoming", "short": "a 1"}));
        let lines = [
            json!({"id": "a", "quoted": {"body": "> SAY \"when\" now"}}).to_string(),
            json!({"id": "b", "body": "incoming a 1"}).to_string(),
        ];
        let standing =
            gone.standing(&mut |see| lines.iter().try_for_each(|line| see(line.as_bytes()))).unwrap();
        assert_eq!(standing, json!([{"record": "a", "rules": [2]}]));
    }
}
