//! The DEFAULT of a column, evaluated as SQLite does for rows that are too short (`valueFromExpr` in `vdbemem.c`).
//!
//! In a column without type, `DEFAULT 3.0` is the double 3.0, as SQLite 3.50 reads it; up to 3.46 it was the integer 3.

use super::super::Value;
use super::table::{Affinity, DefaultValue};
use super::token::{Token, TokenKind};
use std::borrow::Cow;

/// Bounds the recursion over brackets and signs.
const MAX_TOKENS: usize = 64;

/// A literal before its column's affinity is applied. A number keeps its text: TEXT columns store it as written.
enum Literal {
    Null,
    Integer(i64),
    /// A number too long for an integer, or with a fraction.
    Number(String),
    Text(String),
    Blob(Vec<u8>),
}

/// The default that these tokens, which follow DEFAULT, stand for.
pub(super) fn default_value(tokens: &[Token<'_>], affinity: Affinity) -> DefaultValue {
    // No column can be added with a longer constant than a few signs and brackets around one.
    let constant = if tokens.len() <= MAX_TOKENS { literal(tokens) } else { None };
    match constant {
        Some(literal) => DefaultValue::Constant(literal.with(affinity)),
        None => DefaultValue::Computed,
    }
}

fn literal(tokens: &[Token<'_>]) -> Option<Literal> {
    match tokens {
        [open, inner @ .., close] if open.is_sign('(') && close.is_sign(')') => literal(inner),
        [sign, rest @ ..] if sign.is_sign('+') => literal(rest),
        [sign, number] if sign.is_sign('-') && number.kind == TokenKind::Number => negative(number.text),
        [sign, rest @ ..] if sign.is_sign('-') => negated(literal(rest)?),
        [token] => term(token),
        _ => None,
    }
}

fn term(token: &Token<'_>) -> Option<Literal> {
    match token.kind {
        TokenKind::Number => Some(positive(token.text)),
        TokenKind::Blob => blob(token.text),
        TokenKind::Text | TokenKind::Quoted => Some(Literal::Text(token.unquoted())),
        TokenKind::Word => word(token.text),
        TokenKind::Sign(_) => None,
    }
}

/// A bare word is a string, but for the words that SQLite knows.
fn word(text: &str) -> Option<Literal> {
    let upper = text.to_ascii_uppercase();
    match upper.as_str() {
        "NULL" => Some(Literal::Null),
        "TRUE" => Some(Literal::Integer(1)),
        "FALSE" => Some(Literal::Integer(0)),
        "CURRENT_TIME" | "CURRENT_DATE" | "CURRENT_TIMESTAMP" => None,
        _ => Some(Literal::Text(text.to_owned())),
    }
}

fn blob(text: &str) -> Option<Literal> {
    let digits = text.get(2..)?.strip_suffix('\'')?;
    hex::decode(digits).map(Literal::Blob).ok()
}

fn positive(text: &str) -> Literal {
    let text = text.replace('_', "");
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let integer = match hexadecimal {
        Some(digits) => u64::from_str_radix(digits, 16).map(u64::cast_signed),
        None => text.parse::<i64>(),
    };
    integer.map_or(Literal::Number(text), Literal::Integer)
}

fn negative(text: &str) -> Option<Literal> {
    Some(match positive(text) {
        Literal::Integer(value) => Literal::Integer(value.wrapping_neg()),
        Literal::Number(text) => Literal::Number(format!("-{text}")),
        other => other,
    })
}

/// Minus before anything but a number literal: what is before it is taken as a number.
fn negated(literal: Literal) -> Option<Literal> {
    let number = match literal {
        Literal::Null => return Some(Literal::Null),
        Literal::Integer(value) => Value::Integer(value),
        Literal::Number(text) => numeric(&text)?,
        Literal::Text(text) => numeric(&text).unwrap_or(Value::Integer(0)),
        Literal::Blob(_) => return None,
    };
    match number {
        Value::Integer(value) => Some(Literal::Integer(value.checked_neg()?)),
        Value::Real(value) => Some(Literal::Number(format!("{:?}", -value))),
        _ => None,
    }
}

impl Literal {
    fn with(self, affinity: Affinity) -> Value<'static> {
        let text = |text: String| Value::Text(Cow::Owned(text));
        match self {
            Literal::Null => Value::Null,
            Literal::Blob(bytes) => Value::Blob(Cow::Owned(bytes)),
            Literal::Integer(value) if affinity == Affinity::Text => text(value.to_string()),
            Literal::Integer(value) => Value::Integer(value),
            Literal::Number(number) if affinity == Affinity::Text => text(number),
            Literal::Number(number) if affinity == Affinity::Blob && is_real(&number) => {
                real(&number).map_or_else(|| text(number), Value::Real)
            }
            Literal::Number(number) => numeric(&number).unwrap_or_else(|| text(number)),
            Literal::Text(string) if matches!(affinity, Affinity::Text | Affinity::Blob) => text(string),
            Literal::Text(string) => numeric(&string).unwrap_or_else(|| text(string)),
        }
    }
}

/// Numeric affinity: a text that is all number becomes one, a whole one an integer where nothing is lost.
fn numeric(text: &str) -> Option<Value<'static>> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    if !trimmed.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    if trimmed.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) {
        return None;
    }
    if let Some(value) = whole(trimmed) {
        return Some(Value::Integer(value));
    }
    let real = real(trimmed)?;
    Some(whole_real(real).map_or(Value::Real(real), Value::Integer))
}

fn is_real(number: &str) -> bool {
    number.contains(['.', 'e', 'E'])
}

fn real(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A double that is a whole number becomes an integer, but for the two ends of their range (`sqlite3VdbeIntegerAffinity`).
fn whole_real(real: f64) -> Option<i64> {
    let value = if real.fract() == 0.0 { whole(&format!("{real:.0}")) } else { None };
    value.filter(|value| *value > i64::MIN && *value < i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn read(sql: &str, affinity: Affinity) -> DefaultValue {
        default_value(&tokens(sql), affinity)
    }

    fn constant(sql: &str, affinity: Affinity) -> Value<'static> {
        match read(sql, affinity) {
            DefaultValue::Constant(value) => value,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[test]
    fn literals_take_the_affinity_of_their_column() {
        for (sql, affinity, value) in [
            ("+7", Affinity::Integer, Value::Integer(7)),
            ("-5", Affinity::Blob, Value::Integer(-5)),
            ("0x10", Affinity::Integer, Value::Integer(16)),
            ("0x10", Affinity::Text, Value::Text("16".into())),
            ("12", Affinity::Text, Value::Text("12".into())),
            ("1.50", Affinity::Text, Value::Text("1.50".into())),
            ("'12'", Affinity::Integer, Value::Integer(12)),
            ("'12'", Affinity::Blob, Value::Text("12".into())),
            ("' 3.5 '", Affinity::Numeric, Value::Real(3.5)),
            ("'3 x'", Affinity::Numeric, Value::Text("3 x".into())),
            ("(((-1)))", Affinity::Numeric, Value::Integer(-1)),
            ("-9223372036854775808", Affinity::Integer, Value::Integer(i64::MIN)),
            ("9223372036854775808", Affinity::Integer, Value::Real(9_223_372_036_854_775_808.0)),
            ("x'00ff'", Affinity::Text, Value::Blob(vec![0, 255].into())),
            ("\"s\"", Affinity::Text, Value::Text("s".into())),
            ("bare", Affinity::Blob, Value::Text("bare".into())),
            ("TRUE", Affinity::Blob, Value::Integer(1)),
            ("null", Affinity::Text, Value::Null),
            ("'inf'", Affinity::Real, Value::Text("inf".into())),
        ] {
            assert_eq!(constant(sql, affinity), value, "{sql}");
        }
    }

    #[test]
    fn a_number_with_a_fraction_is_a_double_in_a_column_without_type() {
        assert_eq!(constant("3.0", Affinity::Blob), Value::Real(3.0));
        assert_eq!(constant("-1e3", Affinity::Blob), Value::Real(-1000.0));
        assert_eq!(constant("3.0", Affinity::Numeric), Value::Integer(3));
    }

    #[test]
    fn an_expression_is_not_evaluated() {
        assert_eq!(read("CURRENT_TIMESTAMP", Affinity::Text), DefaultValue::Computed);
        assert_eq!(read("(1+2)", Affinity::Text), DefaultValue::Computed);
        assert_eq!(read("", Affinity::Text), DefaultValue::Computed);
    }
}
