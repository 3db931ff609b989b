//! What stands for a value that was taken out of a slice of a report: `{"redacted": [rule, …]}`, and where parts of a text are left,
//! `"left": [text, …]` with one entry more than there are rules: the text before, between and behind what was taken out.

use serde_json::{Value, json};

const REDACTED: &str = "redacted";
const LEFT: &str = "left";

/// A value of which something was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The rules, by number, in the order of what they took out.
    pub rules: Vec<u64>,
    /// The texts that are left around that; none: the whole value is gone.
    pub left: Vec<String>,
}

impl Redacted {
    /// What a value says was taken out of it; nothing where it is no such value.
    pub fn of(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let rules =
            members.get(REDACTED)?.as_array()?.iter().map(Value::as_u64).collect::<Option<Vec<u64>>>()?;
        let left = match members.get(LEFT) {
            Some(left) => {
                left.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect::<Option<_>>()?
            }
            None => Vec::new(),
        };
        let is_whole = left.is_empty() && rules.len() == 1 && members.len() == 1;
        let is_part = members.len() == 2 && left.len() == rules.len().saturating_add(1) && !rules.is_empty();
        (is_whole || is_part).then_some(Redacted { rules, left })
    }

    /// As it stands in a slice.
    pub fn value(&self) -> Value {
        if self.left.is_empty() {
            json!({REDACTED: self.rules})
        } else {
            json!({REDACTED: self.rules, LEFT: self.left})
        }
    }

    /// Whether a value can be the one that was there.
    fn fits(&self, value: &Value) -> bool {
        let Some((first, rest)) = self.left.split_first() else { return true };
        let Some(text) = value.as_str().and_then(|text| text.strip_prefix(first.as_str())) else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else { return false };
        let mut behind = text;
        for piece in middle {
            match behind.find(piece.as_str()).and_then(|at| behind.get(at.saturating_add(piece.len())..)) {
                Some(rest) => behind = rest,
                None => return false,
            }
        }
        behind.ends_with(last.as_str())
    }
}

/// Whether a slice says what the evidence gives, as far as it goes; and how many values are gone from it.
pub fn agrees(made: &Value, said: &Value) -> (bool, u64) {
    if made == said {
        return (true, 0);
    }
    if let Some(redacted) = Redacted::of(said) {
        return (redacted.fits(made), 1);
    }
    let all = |pairs: &mut dyn Iterator<Item = (&Value, &Value)>| {
        pairs.fold((true, 0_u64), |(so_far, gone), (made, said)| {
            let (fits, more) = agrees(made, said);
            (so_far && fits, gone.saturating_add(more))
        })
    };
    match (made, said) {
        (Value::Object(made), Value::Object(said)) => {
            let is_same = made.len() == said.len() && made.keys().all(|name| said.contains_key(name));
            let (fits, gone) =
                all(&mut made.iter().filter_map(|(name, value)| Some((value, said.get(name)?))));
            (is_same && fits, gone)
        }
        (Value::Array(made), Value::Array(said)) => {
            let (fits, gone) = all(&mut made.iter().zip(said));
            (made.len() == said.len() && fits, gone)
        }
        _ => (false, 0),
    }
}

/// Whether anything is gone from a value.
pub fn is_redacted(value: &Value) -> bool {
    Redacted::of(value).is_some()
        || match value {
            Value::Object(members) => members.values().any(is_redacted),
            Value::Array(entries) => entries.iter().any(is_redacted),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_text_must_stand_in_the_evidence_in_its_order() {
        let said = json!({"body": {"redacted": [1, 1], "left": ["call ", " or ", "!"]}, "read": true});
        assert_eq!(agrees(&json!({"body": "call 1 or 2!", "read": true}), &said), (true, 1));
        for made in ["call 1 and 2!", "call 1 or 2", "1 or 2!", "call  or"] {
            assert!(!agrees(&json!({"body": made, "read": true}), &said).0, "{made}");
        }
        assert!(!agrees(&json!({"body": "call 1 or 2!", "read": false}), &said).0);
        assert!(!agrees(&json!({"body": "call 1 or 2!"}), &said).0);
    }

    #[test]
    fn a_value_that_is_gone_must_have_been_there() {
        let said = json!({"sender": {"redacted": [2]}});
        assert_eq!(agrees(&json!({"sender": {"address": "+1"}}), &said), (true, 1));
        assert!(!agrees(&json!({}), &said).0);
        assert!(is_redacted(&json!([said])) && !is_redacted(&json!({"redacted": "no", "x": [1]})));
    }

    #[test]
    fn evidence_that_looks_like_a_redaction_is_compared_as_it_is() {
        let odd = json!({"redacted": [1]});
        assert_eq!(agrees(&odd, &odd), (true, 0));
        assert!(Redacted::of(&json!({"redacted": [1], "left": ["a"]})).is_none());
        assert!(Redacted::of(&json!({"redacted": [1], "more": 1})).is_none());
    }
}
