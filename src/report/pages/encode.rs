//! JSON that is safe inside a page and short: of objects with the same keys the keys stand once.
//!
//! ```text
//! {"a":1,"b":[2]}  ─►  [0,1,[-1,2]]     0: the shape ["a","b"];  [-1, …]: a list;  [-2,"…"]: a number that a double cannot hold as written
//! ```

use serde_json::{Map, Number, Value};
use std::collections::HashMap;
use std::fmt::Write as _;

/// The greatest whole number up to which a double holds each one (2^53 - 1).
const SAFE_INTEGER: u64 = 9_007_199_254_740_991;

/// Lists of keys, each of which stands once.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    /// By the keys, each behind its length: no two lists of keys look the same.
    known: HashMap<String, usize>,
    in_order: Vec<Value>,
    wanted: String,
}

impl Shapes {
    fn number(&mut self, members: &Map<String, Value>) -> usize {
        self.wanted.clear();
        for key in members.keys() {
            // Writing to a string cannot fail.
            let _ = write!(self.wanted, "{}:{key}", key.len());
        }
        if let Some(number) = self.known.get(&self.wanted) {
            return *number;
        }
        let number = self.in_order.len();
        self.in_order.push(members.keys().cloned().map(Value::String).collect());
        self.known.insert(self.wanted.clone(), number);
        number
    }

    /// All of them as JSON.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        plain(&Value::Array(self.in_order.clone()), &mut out);
        out
    }
}

/// Writes a value with its shapes.
pub(super) fn shaped(value: &Value, shapes: &mut Shapes, out: &mut Vec<u8>) {
    match value {
        Value::Array(list) => {
            out.extend(b"[-1");
            for one in list {
                out.push(b',');
                shaped(one, shapes, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let number = shapes.number(members);
            out.extend(format!("[{number}").as_bytes());
            for one in members.values() {
                out.push(b',');
                shaped(one, shapes, out);
            }
            out.push(b']');
        }
        Value::Number(number) if !is_exact(number) => {
            out.extend(b"[-2,");
            text(&number.to_string(), out);
            out.push(b']');
        }
        scalar => plain(scalar, out),
    }
}

/// Whether a script that reads a number as a double writes it as it stood there.
fn is_exact(number: &Number) -> bool {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), ..) => whole.unsigned_abs() <= SAFE_INTEGER,
        (_, Some(_), _) => false,
        (_, _, Some(real)) => real.fract() != 0.0 && (1e-5..1e15).contains(&real.abs()),
        _ => true,
    }
}

/// Writes a value as plain JSON, safe inside a script element.
pub(super) fn plain(value: &Value, out: &mut Vec<u8>) {
    text_of(&value.to_string(), out);
}

/// Writes a text as a JSON string, safe inside a script element. It is a string of JavaScript, too.
pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    text_of(&Value::String(text.to_owned()).to_string(), out);
}

/// In JSON these characters stand in strings alone, where an escape means the same: `<` would end or open a script element, U+2028
/// ends a line in older JavaScript, and what has no glyph or turns the direction would fool whoever reads the source.
fn text_of(json: &str, out: &mut Vec<u8>) {
    if json.bytes().all(|byte| byte < 0x7f && byte != b'<') {
        return out.extend(json.as_bytes());
    }
    let mut rest = json;
    while let Some(at) = rest.find(is_unsafe) {
        let (before, from) = rest.split_at(at);
        out.extend(before.as_bytes());
        let Some(character) = from.chars().next() else { break };
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            out.extend(format!("\\u{unit:04x}").as_bytes());
        }
        rest = from.get(character.len_utf8()..).unwrap_or("");
    }
    out.extend(rest.as_bytes());
}

fn is_unsafe(character: char) -> bool {
    matches!(character, '<' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(value: &Value) -> (String, String) {
        let (mut shapes, mut out) = (Shapes::default(), Vec::new());
        shaped(value, &mut shapes, &mut out);
        (String::from_utf8(shapes.written()).unwrap(), String::from_utf8(out).unwrap())
    }

    #[test]
    fn keys_of_equal_objects_stand_once() {
        let (shapes, values) = written(&json!([{"a": 1, "b": [2]}, {"a": null, "b": {"a": "x"}}]));
        assert_eq!(shapes, r#"[["a","b"],["a"]]"#);
        assert_eq!(values, r#"[-1,[0,1,[-1,2]],[0,null,[1,"x"]]]"#);
    }

    #[test]
    fn a_number_that_a_script_would_change_stands_as_text() {
        let numbers: Value =
            serde_json::from_str("[9007199254740991,9007199254740993,18446744073709551615,1.0,0.25,1e300]")
                .unwrap();
        assert_eq!(
            written(&numbers).1,
            r#"[-1,9007199254740991,[-2,"9007199254740993"],[-2,"18446744073709551615"],[-2,"1.0"],0.25,[-2,"1e+300"]]"#
        );
    }

    #[test]
    fn nothing_in_a_text_or_a_key_can_end_the_script_element() {
        let hostile = "</script><!-- \u{2028}\u{202e}\u{0}\u{e0041}é";
        let (shapes, value) = written(&json!({hostile: hostile}));
        for text in [&shapes, &value] {
            assert!(!text.contains(['<', '\u{2028}', '\u{202e}', '\u{0}', '\u{e0041}']), "{text}");
        }
        let back: Value = serde_json::from_str(&value).unwrap();
        assert_eq!(back[1], hostile);
    }
}
