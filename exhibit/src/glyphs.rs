//! Characters on their way to the page: those that no font has become code points, and a word longer than its column may break.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

/// A word that is longer than this may break after every so many characters.
const LONG: usize = 20;
const BREAK: char = '\u{200b}';

/// Every character of every text in a value.
pub fn characters(value: &Value, found: &mut BTreeSet<char>) {
    match value {
        Value::String(text) => found.extend(text.chars()),
        Value::Array(entries) => entries.iter().for_each(|entry| characters(entry, found)),
        Value::Object(members) => members.values().for_each(|member| characters(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a character takes no glyph: what is left of those are line ends, blanks and the joints of emoji.
pub fn needs_none(character: char) -> bool {
    matches!(character, '\n' | ' ' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}')
}

/// Shows characters as code points, and counts them; lets long words break. Members that are no text of people stay as they are.
pub fn prepare(value: &mut Value, missing: &BTreeSet<char>, counts: &mut BTreeMap<char, u64>) {
    match value {
        Value::String(text) => *text = prepared(text, missing, counts),
        Value::Array(entries) => entries.iter_mut().for_each(|entry| prepare(entry, missing, counts)),
        Value::Object(members) => {
            // Hashes, ids and the date are read by the page itself.
            let own = |name: &str| {
                matches!(name, "sha256" | "report" | "date" | "id" | "kind" | "state" | "label" | "prefix")
            };
            members
                .iter_mut()
                .filter(|(name, _)| !own(name))
                .for_each(|(_, member)| prepare(member, missing, counts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn prepared(text: &str, missing: &BTreeSet<char>, counts: &mut BTreeMap<char, u64>) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if missing.contains(&character) {
            *counts.entry(character).or_insert(0) += 1;
            shown.push_str(&code_point(character));
        } else {
            shown.push(character);
        }
    }
    breakable(&shown)
}

/// What stands for a character that cannot be shown.
pub fn code_point(character: char) -> String {
    format!("⟨U+{:04X}⟩", u32::from(character))
}

fn breakable(text: &str) -> String {
    let is_blank = |grapheme: &str| grapheme.chars().all(char::is_whitespace);
    let mut out = String::with_capacity(text.len());
    let mut length = 0;
    for grapheme in text.graphemes(true) {
        if is_blank(grapheme) {
            length = 0;
        } else if length >= LONG {
            out.push(BREAK);
            length = 1;
        } else {
            length += 1;
        }
        out.push_str(grapheme);
    }
    out
}

/// The text in a message of Typst: `the text "\u{1f600}" could not be displayed`.
pub fn not_displayed(message: &str) -> Option<Vec<char>> {
    let quoted = message.split_once("the text `\"").and_then(|(_, rest)| rest.split_once("\"` could not"))?.0;
    let mut found = Vec::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            found.push(character);
            continue;
        }
        match characters.next()? {
            'u' => {
                let code: String = characters.by_ref().skip(1).take_while(|c| *c != '}').collect();
                found.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            'n' => found.push('\n'),
            'r' => found.push('\r'),
            't' => found.push('\t'),
            other => found.push(other),
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_no_font_has_is_a_code_point_and_counted() {
        let mut value = json!({"text": ["a😀b😀"], "id": "😀"});
        let mut counts = BTreeMap::new();
        prepare(&mut value, &BTreeSet::from(['😀']), &mut counts);
        assert_eq!(value, json!({"text": ["a⟨U+1F600⟩b⟨U+1F600⟩"], "id": "😀"}));
        assert_eq!(counts, BTreeMap::from([('😀', 2)]));
    }

    #[test]
    fn a_long_word_may_break_between_characters_as_people_see_them() {
        assert_eq!(breakable("short words stay"), "short words stay");
        assert_eq!(breakable(&"a".repeat(45)).matches(BREAK).count(), 2);
        let accents = "e\u{301}".repeat(30);
        assert_eq!(breakable(&accents).find(BREAK), Some(LONG * 3));
    }

    #[test]
    fn the_text_that_could_not_be_shown_is_read_from_the_message() {
        let message = "PDF/A-2u error: the text `\"\\u{1f600}a\\\"\"` could not be displayed with font";
        assert_eq!(not_displayed(message), Some(vec!['😀', 'a', '"']));
        assert_eq!(not_displayed("something else"), None);
    }
}
