//! Text as a page shows it: what no reader would see, and what changes the direction of what stands around it, as its code point.
//!
//! ```text
//! U+202E        ⟨U+202E⟩        line ends, blanks      as they are
//! withheld      {"withheld": 2}  a run of its own, so that no text of evidence can look like one
//! ```

use super::redact::Rules;
use crate::record::Redacted;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of a value without text that are shown.
const BYTES: usize = 64;

/// Makes the runs of a volume, and counts the characters that it shows as code points.
#[derive(Debug)]
pub(super) struct Plain<'p> {
    pub(super) rules: &'p Rules,
    /// Code point → how often.
    pub(super) shown_as_code: BTreeMap<u32, u64>,
}

impl Plain<'_> {
    /// A value as runs: texts, and what was withheld. Objects and lists are the caller's.
    pub(super) fn runs(&mut self, value: &Value) -> Vec<Value> {
        if let Some(redacted) = Redacted::of(value) {
            return self.of_redacted(&redacted);
        }
        let text = match value {
            Value::Null => return Vec::new(),
            Value::String(text) => self.text(text),
            Value::Object(members) => self.of_object(members),
            other => self.text(&other.to_string()),
        };
        vec![text.into()]
    }

    fn of_redacted(&mut self, redacted: &Redacted) -> Vec<Value> {
        let gone = |rule: &u64| json!({"withheld": rule, "reason": self.rules.of(*rule).0});
        let gone: Vec<Value> = redacted.rules.iter().map(gone).collect();
        if redacted.left.is_empty() {
            return gone;
        }
        let mut gone = gone.into_iter();
        let mut runs = Vec::new();
        for piece in &redacted.left {
            if !piece.is_empty() {
                runs.push(self.text(piece).into());
            }
            runs.extend(gone.next());
        }
        runs
    }

    fn of_object(&mut self, members: &serde_json::Map<String, Value>) -> String {
        let member = |name: &str| members.get(name).and_then(Value::as_str);
        if let (Some(reading), Some(_)) = (member("text"), member("bytes")) {
            return format!(
                "{} [a reading: not valid in its encoding; the bytes are in the slice]",
                self.text(reading)
            );
        }
        if let Some(hex) = member("blob") {
            let rest = if hex.len() > 2 * BYTES { " … (whole in the slice)" } else { "" };
            return format!("[{} bytes: {}{rest}]", hex.len() / 2, hex.get(..2 * BYTES).unwrap_or(hex));
        }
        if let Some(digest) = member("sha256").filter(|_| members.len() == 1) {
            return format!("[left out of the report; SHA-256 {digest}]");
        }
        if members.contains_key("utc") && members.contains_key("unit") {
            return self.text(&time_text(&Value::Object(members.clone())));
        }
        self.text(&Value::Object(members.clone()).to_string())
    }

    /// A text with what is not seen as code points.
    pub(super) fn text(&mut self, text: &str) -> String {
        let text = text.replace("\r\n", "\n");
        let characters: Vec<char> = text.chars().collect();
        let mut shown = String::with_capacity(text.len());
        for (at, character) in characters.iter().copied().enumerate() {
            let before = at.checked_sub(1).and_then(|at| characters.get(at)).copied();
            let behind = characters.get(at + 1).copied();
            if is_seen(before, character, behind) {
                shown.push(character);
            } else {
                *self.shown_as_code.entry(u32::from(character)).or_insert(0) += 1;
                shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
            }
        }
        shown
    }
}

/// A time in one line: UTC, and what is stored.
pub(super) fn time_text(time: &Value) -> String {
    let utc = time["utc"].as_str().unwrap_or("not known").trim_end_matches('Z').replace('T', " ");
    format!("{utc} UTC; stored {}", stored(time))
}

/// What is stored of a time, with its unit.
pub(super) fn stored(time: &Value) -> String {
    let raw = match &time["raw"] {
        Value::String(text) => format!("\"{text}\""),
        Value::Object(_) => "[withheld]".to_owned(),
        other => other.to_string(),
    };
    let zone = time["zone"].as_str().map_or(String::new(), |zone| format!(", zone {zone}"));
    format!("{raw} {}{zone}", time["unit"].as_str().unwrap_or(""))
}

/// Whether a reader sees a character, or at least what it does: a blank, a line end, the joints of an emoji.
fn is_seen(before: Option<char>, character: char, behind: Option<char>) -> bool {
    match character {
        '\n' | ' ' => true,
        // So that no text can look like what stands for a character.
        '⟨' => behind != Some('U'),
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(is_pictograph),
        '\u{200d}' => {
            before.is_some_and(|c| is_pictograph(c) || c == '\u{fe0f}') && behind.is_some_and(is_pictograph)
        }
        _ => !character.is_control() && !is_invisible(u32::from(character)),
    }
}

/// Characters that have no form of their own (Unicode 16: general categories Cf, Zs but for the blank, Zl, Zp, Co, noncharacters;
/// Default_Ignorable_Code_Point; blanks that are letters or symbols).
fn is_invisible(code: u32) -> bool {
    matches!(code,
        0xa0 | 0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x115f | 0x1160 | 0x1680
        | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x2000..=0x200f | 0x2028..=0x202f | 0x205f..=0x206f | 0x2800 | 0x3000 | 0x3164
        | 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x110bd | 0x110cd
        | 0x13430..=0x1343f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff | 0xf0000..=0x10_ffff)
        || code & 0xfffe == 0xfffe
}

/// Characters that emoji are made of, near enough (UTS #51, Extended_Pictographic and the bases of keycaps).
fn is_pictograph(character: char) -> bool {
    matches!(u32::from(character),
        0x23 | 0x2a | 0x30..=0x39 | 0xa9 | 0xae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x21ff | 0x2300..=0x23ff
        | 0x2460..=0x24ff | 0x25a0..=0x27bf | 0x2900..=0x297f | 0x2b00..=0x2bff | 0x3030 | 0x303d | 0x3297 | 0x3299
        | 0x1f000..=0x1faff)
}

/// Whether a text begins, with its first letter, in a script that runs from right to left (UAX #9, rule P2, for the scripts that
/// handsets write).
pub(super) fn is_right_to_left(text: &str) -> bool {
    let strong = text.chars().find(|character| character.is_alphabetic());
    strong.is_some_and(|character| {
        matches!(u32::from(character), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefe | 0x10800..=0x10fff | 0x1e800..=0x1efff)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Plain { rules: &Rules::default(), shown_as_code: BTreeMap::new() }.text(text)
    }

    #[test]
    fn what_is_not_seen_is_shown_as_its_code_point() {
        assert_eq!(
            shown("a\u{202e}b\u{0}\u{200b}\u{a0}\t\r\u{e000}"),
            "a⟨U+202E⟩b⟨U+0000⟩⟨U+200B⟩⟨U+00A0⟩⟨U+0009⟩⟨U+000D⟩⟨U+E000⟩"
        );
        assert_eq!(shown("a\r\nb\n  c"), "a\nb\n  c");
        assert_eq!(shown("\u{10ffff}\u{ffff}\u{e0067}"), "⟨U+10FFFF⟩⟨U+FFFF⟩⟨U+E0067⟩");
    }

    #[test]
    fn emoji_keep_their_joints_and_nothing_else_does() {
        for emoji in ["❤\u{fe0f}", "👩\u{200d}💻", "🏳\u{fe0f}\u{200d}🌈", "1\u{fe0f}"] {
            assert_eq!(shown(emoji), emoji);
        }
        assert_eq!(shown("a\u{200d}b\u{fe0f}"), "a⟨U+200D⟩b⟨U+FE0F⟩");
    }

    #[test]
    fn no_text_can_look_like_a_code_point() {
        assert_eq!(shown("⟨U+202E⟩ ⟨x⟩"), "⟨U+27E8⟩U+202E⟩ ⟨x⟩");
    }

    #[test]
    fn a_withheld_part_is_a_run_of_its_own() {
        let rules = Rules::parse("[[rule]]\nreason = \"child\"\nauthority = \"a\"\nregex = 'x'").unwrap();
        let mut plain = Plain { rules: &rules, shown_as_code: BTreeMap::new() };
        let value = json!({"redacted": [1], "left": ["a", ""]});
        assert_eq!(plain.runs(&value), [json!("a"), json!({"withheld": 1, "reason": "child"})]);
        assert_eq!(
            plain.runs(&json!({"text": "b", "bytes": "ff"}))[0].as_str().unwrap().get(..3),
            Some("b [")
        );
    }

    #[test]
    fn the_first_letter_tells_the_direction() {
        assert!(
            is_right_to_left("12 שלום") && is_right_to_left("مرحبا abc") && !is_right_to_left("abc שלום")
        );
    }
}
