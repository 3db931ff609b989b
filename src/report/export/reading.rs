//! Values of a report as people and other tools take them.

use serde_json::Value;
use std::borrow::Cow;

/// The text of a value, and whether it says all that the report holds. Nothing for what is absent or null.
pub(super) fn text(value: &Value) -> Option<(Cow<'_, str>, bool)> {
    Some(match value {
        Value::Null => return None,
        Value::String(text) => (Cow::Borrowed(text), true),
        Value::Bool(_) | Value::Number(_) => (Cow::Owned(value.to_string()), true),
        Value::Array(_) => (Cow::Owned(json(value)), true),
        Value::Object(members) => match members.iter().next() {
            // Not valid in its encoding: the reading; the bytes stand beside it.
            Some((name, Value::String(reading))) if name == "text" => {
                (Cow::Borrowed(reading.as_str()), false)
            }
            Some((name, Value::String(hex))) if name == "blob" => (Cow::Owned(format!("hex:{hex}")), false),
            Some((name, Value::String(digest))) if name == "sha256" => {
                (Cow::Owned(format!("sha256:{digest}")), false)
            }
            Some((name, Value::Array(_))) if name == "redacted" => (Cow::Owned(redacted(members)), false),
            Some((name, Value::String(utc))) if name == "utc" => (Cow::Borrowed(utc.as_str()), false),
            _ => (Cow::Owned(json(value)), true),
        },
    })
}

/// What is left of a text that was withheld in a slice.
fn redacted(members: &serde_json::Map<String, Value>) -> String {
    const GONE: &str = "█ REDACTED █";
    let left = members.get("left").and_then(Value::as_array);
    let left: Vec<&str> = left.into_iter().flatten().filter_map(Value::as_str).collect();
    if left.is_empty() { GONE.to_owned() } else { left.join(GONE) }
}

/// The text of a member; empty where there is none.
pub(super) fn member<'v>(value: &'v Value, name: &str) -> Cow<'v, str> {
    text(value.get(name).unwrap_or(&Value::Null)).map_or(Cow::Borrowed(""), |(text, _)| text)
}

/// JSON without control characters and what XML cannot hold: they can stand in strings alone, where JSON escapes them.
pub(super) fn json(value: &Value) -> String {
    let plain = value.to_string();
    if !plain.chars().any(is_unsafe) {
        return plain;
    }
    plain.chars().fold(String::with_capacity(plain.len()), |mut out, character| {
        if is_unsafe(character) {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push(character);
        }
        out
    })
}

fn is_unsafe(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// The text with control characters, but for tab and line ends, as pictures (U+2400 …) and what XML cannot hold as U+FFFD. Nothing
/// where there is none.
pub(super) fn without_controls(text: &str) -> Option<String> {
    let kept = |character: char| matches!(character, '\t' | '\n' | '\r') || !is_unsafe(character);
    if text.chars().all(kept) {
        return None;
    }
    Some(text.chars().map(|character| if kept(character) { character } else { picture(character) }).collect())
}

/// The picture of a control character (Unicode, Control Pictures).
pub(super) fn picture(character: char) -> char {
    match u32::from(character) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// A party, an entry or a file for people: `+15550100 (Bob)`.
pub(super) fn shown(object: &Value) -> String {
    let first = |names: &[&str]| {
        let mut texts = names.iter().map(|name| member(object, name)).filter(|text| !text.is_empty());
        texts.next().unwrap_or(Cow::Borrowed("")).into_owned()
    };
    let main = first(&["address", "value", "name", "path", "native_id", "body", "url"]);
    let beside = if object.get("address").is_some() { first(&["name"]) } else { first(&["label"]) };
    if beside.is_empty() || beside == main { main } else { format!("{main} ({beside})") }
}

/// What shows a list: its entries with `; ` between them.
pub(super) fn shown_all(list: &Value) -> String {
    let entries = list.as_array().into_iter().flatten().map(|entry| match entry {
        Value::Object(members) if !members.contains_key("bytes") => shown(entry),
        _ => text(entry).map_or(String::new(), |(text, _)| text.into_owned()),
    });
    entries.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_text_cannot_say_is_known_to_be_left_out() {
        assert_eq!(text(&json!({"text": "a\u{fffd}", "bytes": "61ff"})), Some(("a\u{fffd}".into(), false)));
        assert_eq!(text(&json!({"blob": "00ff"})), Some(("hex:00ff".into(), false)));
        assert_eq!(text(&json!(7)), Some(("7".into(), true)));
        assert_eq!(text(&Value::Null), None);
    }

    #[test]
    fn json_holds_no_control_characters_and_means_the_same() {
        let value = json!({"a": "\u{0}\u{85}\u{ffff}\u{202e}é"});
        assert!(!json(&value).chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<Value>(&json(&value)).unwrap(), value);
    }

    #[test]
    fn control_characters_become_pictures() {
        assert_eq!(without_controls("a\tb\r\nc\u{202e}"), None);
        assert_eq!(without_controls("\u{0}\u{1b}\u{7f}\u{9f}").unwrap(), "␀␛␡\u{fffd}");
    }

    #[test]
    fn a_party_shows_its_address_and_the_name_beside_it() {
        assert_eq!(shown(&json!({"address": "+1555", "name": "Bob"})), "+1555 (Bob)");
        assert_eq!(shown_all(&json!([{"value": "a@b", "label": "home"}, {"value": "c"}])), "a@b (home); c");
    }
}
