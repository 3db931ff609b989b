//! Conversions: a value of a container → a value of a record. One name in a definition (`as = "unix_ms"`), one arm here.
//! A conversion never invents: what does not fit stays as it was, and is a [`Problem`].

use super::kinds::Holds;
use super::time::{RawTime, Time, TimeUnit, parse_utc};
use super::value::{FieldValue, Scalar};
use base64::Engine as _;
use std::borrow::Cow;

/// A conversion that a definition can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// A number in this unit.
    Time(TimeUnit),
    /// Seconds or nanoseconds since 2001, told apart by size: stores that changed their unit hold both.
    CocoaSOrNs,
    /// Sets `kind` beside an address.
    Party(&'static str),
    /// As `Party`, the kind told by the form of the address.
    Address,
    /// A number of seconds.
    Seconds,
    /// Milliseconds → seconds.
    Milliseconds,
    /// Text; bytes are read as UTF-8.
    Text,
    /// A whole number, from text too.
    Integer,
    /// A number, from text too.
    Number,
    /// A truth value.
    Bool,
    /// Bytes → hexadecimal text.
    Hex,
    /// Base64 text → hexadecimal text.
    Base64Hex,
    /// 16 bytes or text → a UUID in its usual writing.
    Uuid,
    /// Text that is UTF-8 read as ISO 8859-1 → the text. Android's MMS provider keeps header values so.
    Latin1Utf8,
}

/// Why a value could not be converted: what was expected, and the type that was found (never the content).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name of the finding.
    pub code: &'static str,
    /// What the conversion takes.
    pub expected: &'static str,
    /// What was there.
    pub found: String,
}

/// A converted value, and what was wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted<'a> {
    /// The value; as it was where it could not be converted.
    pub value: FieldValue<'a>,
    /// `kind` of a party, where the conversion sets one.
    pub party_kind: Option<&'static str>,
    /// What was wrong.
    pub problem: Option<Problem>,
}

const NAMES: &[(&str, Conversion)] = &[
    ("unix_s", Conversion::Time(TimeUnit::UnixS)),
    ("unix_ms", Conversion::Time(TimeUnit::UnixMs)),
    ("unix_us", Conversion::Time(TimeUnit::UnixUs)),
    ("unix_ns", Conversion::Time(TimeUnit::UnixNs)),
    ("cocoa_s", Conversion::Time(TimeUnit::CocoaS)),
    ("cocoa_ns", Conversion::Time(TimeUnit::CocoaNs)),
    ("cocoa_s_or_ns", Conversion::CocoaSOrNs),
    ("webkit_us", Conversion::Time(TimeUnit::WebkitUs)),
    ("hex_ms", Conversion::Time(TimeUnit::HexMs)),
    ("plist_date", Conversion::Time(TimeUnit::PlistDate)),
    ("iso8601", Conversion::Time(TimeUnit::Iso8601)),
    ("phone", Conversion::Party("phone")),
    ("email", Conversion::Party("email")),
    ("jid", Conversion::Party("jid")),
    ("handle", Conversion::Party("handle")),
    ("user_id", Conversion::Party("user_id")),
    ("address", Conversion::Address),
    ("seconds", Conversion::Seconds),
    ("milliseconds", Conversion::Milliseconds),
    ("text", Conversion::Text),
    ("integer", Conversion::Integer),
    ("number", Conversion::Number),
    ("bool", Conversion::Bool),
    ("hex", Conversion::Hex),
    ("base64_hex", Conversion::Base64Hex),
    ("uuid", Conversion::Uuid),
    ("latin1_utf8", Conversion::Latin1Utf8),
];

impl Conversion {
    /// The conversion of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, conversion)| *conversion)
    }

    /// All names, for a suggestion.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// Whether it yields a moment.
    pub fn is_time(self) -> bool {
        matches!(self, Conversion::Time(_) | Conversion::CocoaSOrNs)
    }

    /// Converts. Null stays null.
    pub fn apply(self, scalar: Scalar<'_>) -> Converted<'_> {
        if scalar == Scalar::Null {
            return Converted { value: FieldValue::Null, party_kind: None, problem: None };
        }
        match self {
            Conversion::Time(unit) => time(scalar, unit),
            Conversion::CocoaSOrNs => cocoa(scalar),
            Conversion::Party(kind) => Converted { party_kind: Some(kind), ..text(scalar) },
            Conversion::Address => address(scalar),
            Conversion::Seconds | Conversion::Number => number(scalar, 1.0),
            Conversion::Milliseconds => number(scalar, 1_000.0),
            Conversion::Text => text(scalar),
            Conversion::Integer => integer(scalar),
            Conversion::Bool => truth(scalar),
            Conversion::Hex => hexadecimal(scalar),
            Conversion::Base64Hex => base64_hex(scalar),
            Conversion::Latin1Utf8 => latin1_utf8(scalar),
            Conversion::Uuid => Converted { party_kind: Some("uuid"), ..uuid(scalar) },
        }
    }
}

/// Converts by the type of the field, where a definition names no conversion.
pub fn natural(scalar: Scalar<'_>, holds: Holds) -> Converted<'_> {
    if scalar == Scalar::Null {
        return good(FieldValue::Null);
    }
    match holds {
        Holds::Text | Holds::Texts => text(scalar),
        Holds::Bool => truth(scalar),
        Holds::Integer => integer(scalar),
        Holds::Number | Holds::Seconds => number(scalar, 1.0),
        _ => good(scalar.into()),
    }
}

fn good(value: FieldValue<'_>) -> Converted<'_> {
    Converted { value, party_kind: None, problem: None }
}

fn bad<'a>(scalar: Scalar<'a>, expected: &'static str) -> Converted<'a> {
    let problem = Problem { code: "value-not-convertible", expected, found: scalar.type_name().to_owned() };
    Converted { value: scalar.into(), party_kind: None, problem: Some(problem) }
}

fn text(scalar: Scalar<'_>) -> Converted<'_> {
    match scalar {
        Scalar::Text(_) | Scalar::InvalidText { .. } | Scalar::Date(_) => good(scalar.into()),
        Scalar::Integer(value) => good(FieldValue::Text(value.to_string().into())),
        Scalar::Unsigned(value) => good(FieldValue::Text(value.to_string().into())),
        Scalar::Bool(value) => good(FieldValue::Text(value.to_string().into())),
        Scalar::Real(value) => good(FieldValue::Text(real_text(value).into())),
        Scalar::Bytes(bytes) => good(match bytes {
            Cow::Borrowed(slice) => {
                utf8(slice).map_or(FieldValue::Bytes(bytes), |t| FieldValue::Text(t.into()))
            }
            Cow::Owned(ref owned) => match utf8(owned) {
                Some(read) => FieldValue::Text(read.to_owned().into()),
                None => FieldValue::Bytes(bytes),
            },
        }),
        Scalar::Null => good(FieldValue::Null),
    }
}

fn utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// A real as text: a whole one without `.0` (identifiers and numbers that a store holds as REAL).
fn real_text(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 9e15 { format!("{value:.0}") } else { value.to_string() }
}

fn address(scalar: Scalar<'_>) -> Converted<'_> {
    let mut converted = text(scalar);
    let form = converted.value.as_text().map(|address| {
        let numeric = |c: char| c.is_ascii_digit() || "+-() .*#".contains(c);
        if address.contains('@') {
            "email"
        } else if address.chars().any(|c| c.is_ascii_digit()) && address.chars().all(numeric) {
            "phone"
        } else {
            "address"
        }
    });
    converted.party_kind = form;
    converted
}

fn truth(scalar: Scalar<'_>) -> Converted<'_> {
    match &scalar {
        Scalar::Bool(value) => good(FieldValue::Bool(*value)),
        Scalar::Integer(value) => good(FieldValue::Bool(*value != 0)),
        Scalar::Text(word) => match word.as_ref() {
            "1" | "true" | "TRUE" | "yes" | "YES" => good(FieldValue::Bool(true)),
            "0" | "false" | "FALSE" | "no" | "NO" => good(FieldValue::Bool(false)),
            _ => bad(scalar, "a truth value"),
        },
        _ => bad(scalar, "a truth value"),
    }
}

fn integer(scalar: Scalar<'_>) -> Converted<'_> {
    match &scalar {
        Scalar::Integer(_) | Scalar::Unsigned(_) => good(scalar.into()),
        Scalar::Real(value) if value.fract() == 0.0 && value.abs() < 9e15 => {
            good(FieldValue::Integer(*value as i64))
        }
        Scalar::Text(digits) => match digits.trim().parse::<i64>() {
            Ok(value) => good(FieldValue::Integer(value)),
            Err(_) => bad(scalar, "a whole number"),
        },
        _ => bad(scalar, "a whole number"),
    }
}

fn number(scalar: Scalar<'_>, divisor: f64) -> Converted<'_> {
    match &scalar {
        Scalar::Integer(value) if divisor == 1.0 => good(FieldValue::Integer(*value)),
        Scalar::Integer(value) => good(FieldValue::Number(*value as f64 / divisor)),
        Scalar::Real(value) => good(FieldValue::Number(value / divisor)),
        Scalar::Text(digits) => match digits.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => good(FieldValue::Number(value / divisor)),
            _ => bad(scalar, "a number"),
        },
        _ => bad(scalar, "a number"),
    }
}

fn hexadecimal(scalar: Scalar<'_>) -> Converted<'_> {
    match &scalar {
        Scalar::Bytes(bytes) => good(FieldValue::Text(hex::encode(bytes).into())),
        _ => text(scalar),
    }
}

fn base64_hex(scalar: Scalar<'_>) -> Converted<'_> {
    if let Scalar::Text(encoded) = &scalar
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(encoded.trim())
    {
        return good(FieldValue::Text(hex::encode(bytes).into()));
    }
    bad(scalar, "base64 text")
}

/// Text with a character past U+00FF was never ISO 8859-1, and bytes that are no UTF-8 were not UTF-8: both stay as they are.
fn latin1_utf8(scalar: Scalar<'_>) -> Converted<'_> {
    let Scalar::Text(stored) = &scalar else { return text(scalar) };
    let bytes: Option<Vec<u8>> = stored.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(read) if read != *stored => good(FieldValue::Text(read.into())),
        _ => good(scalar.into()),
    }
}

fn uuid(scalar: Scalar<'_>) -> Converted<'_> {
    match &scalar {
        Scalar::Bytes(bytes) if bytes.len() == 16 => {
            let digits = hex::encode(bytes);
            let groups =
                [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| digits.get(range).unwrap_or("").to_owned());
            good(FieldValue::Text(groups.join("-").into()))
        }
        Scalar::Text(_) => good(scalar.into()),
        _ => bad(scalar, "a UUID of 16 bytes"),
    }
}

fn time(scalar: Scalar<'_>, unit: TimeUnit) -> Converted<'_> {
    let (time, out_of_range) = match scalar {
        Scalar::Integer(ticks) => Time::from_integer(ticks, unit, RawTime::Integer(ticks)),
        Scalar::Real(ticks) => Time::from_real(ticks, unit, RawTime::Real(ticks)),
        Scalar::Date(seconds) => Time::from_real(seconds, TimeUnit::PlistDate, RawTime::Real(seconds)),
        Scalar::Text(text) => return text_time(text, unit),
        other => return bad(other, "a time"),
    };
    let found = format!("a value outside the years 1 to 9999 in {}", unit.name());
    let problem = out_of_range.map(|_| Problem { code: "time-out-of-range", expected: "a time", found });
    Converted { value: FieldValue::Time(time), party_kind: None, problem }
}

fn text_time<'a>(text: Cow<'a, str>, unit: TimeUnit) -> Converted<'a> {
    if matches!(unit, TimeUnit::Iso8601 | TimeUnit::PlistDate) {
        return iso_time(text);
    }
    let digits = text.trim();
    let ticks = if unit == TimeUnit::HexMs { i64::from_str_radix(digits, 16) } else { digits.parse::<i64>() };
    let read = match (ticks, digits.parse::<f64>()) {
        (Ok(ticks), _) => Some(Time::from_integer(ticks, unit, RawTime::Text(text.clone()))),
        (Err(_), Ok(ticks)) if unit != TimeUnit::HexMs => {
            Some(Time::from_real(ticks, unit, RawTime::Text(text.clone())))
        }
        _ => None,
    };
    match read {
        Some((time, None)) => good(FieldValue::Time(time)),
        Some((time, Some(_))) => unreadable_time(time, "a value outside the years 1 to 9999"),
        None => unreadable_time(
            Time { utc: None, raw: RawTime::Text(text), unit, zone: None },
            "text that is no number",
        ),
    }
}

fn iso_time(text: Cow<'_, str>) -> Converted<'_> {
    match parse_utc(text.trim()) {
        Some((moment, true)) => good(FieldValue::Time(Time {
            utc: Some(moment),
            raw: RawTime::Text(text),
            unit: TimeUnit::Iso8601,
            zone: None,
        })),
        Some((_, false)) => good(FieldValue::Time(Time {
            utc: None,
            raw: RawTime::Text(text),
            unit: TimeUnit::Iso8601Local,
            zone: None,
        })),
        None => {
            let time = Time { utc: None, raw: RawTime::Text(text), unit: TimeUnit::Iso8601, zone: None };
            unreadable_time(time, "text that is no ISO 8601 time")
        }
    }
}

fn unreadable_time<'a>(time: Time<'a>, found: &str) -> Converted<'a> {
    let problem = Problem { code: "time-out-of-range", expected: "a time", found: found.to_owned() };
    Converted { value: FieldValue::Time(time), party_kind: None, problem: Some(problem) }
}

/// Seconds since 2001 stay below 10^11 until the year 5169; nanoseconds pass it after 100 seconds of 2001.
fn cocoa(scalar: Scalar<'_>) -> Converted<'_> {
    let unit = match &scalar {
        Scalar::Integer(ticks) if ticks.unsigned_abs() >= 100_000_000_000 => TimeUnit::CocoaNs,
        Scalar::Real(ticks) if ticks.abs() >= 1e11 => TimeUnit::CocoaNs,
        _ => TimeUnit::CocoaS,
    };
    time(scalar, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(name: &str, scalar: Scalar<'static>) -> Converted<'static> {
        Conversion::by_name(name).unwrap().apply(scalar)
    }

    fn utc(name: &str, scalar: Scalar<'static>) -> Option<String> {
        match converted(name, scalar).value {
            FieldValue::Time(time) => time.utc.map(|moment| moment.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_name_is_known_once() {
        let mut names: Vec<_> = Conversion::names().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }

    #[test]
    fn seconds_and_nanoseconds_since_2001_are_told_apart() {
        assert_eq!(utc("cocoa_s_or_ns", Scalar::Integer(721_692_800)).unwrap(), "2023-11-14T22:13:20Z");
        assert_eq!(
            utc("cocoa_s_or_ns", Scalar::Integer(721_692_800_000_000_000)).unwrap(),
            "2023-11-14T22:13:20.000000000Z"
        );
    }

    #[test]
    fn numbers_may_be_text_and_packages_xml_counts_in_hex() {
        assert_eq!(utc("unix_ms", Scalar::Text("1700000000000".into())).unwrap(), "2023-11-14T22:13:20.000Z");
        assert_eq!(utc("hex_ms", Scalar::Text("18bcfe56800".into())).unwrap(), "2023-11-14T22:13:20.000Z");
    }

    #[test]
    fn text_that_is_no_time_keeps_its_text_and_is_a_problem() {
        let result = converted("unix_ms", Scalar::Text("soon".into()));
        assert!(result.problem.is_some());
        assert!(
            matches!(result.value, FieldValue::Time(Time { utc: None, raw: RawTime::Text(text), .. }) if text == "soon")
        );
    }

    #[test]
    fn a_local_time_has_no_utc() {
        assert_eq!(utc("iso8601", Scalar::Text("2023-11-14T22:13:20".into())), None);
    }

    #[test]
    fn an_address_tells_its_kind_by_its_form() {
        for (address, kind) in [("+1 (555) 0100", "phone"), ("a@example.org", "email"), ("Bank", "address")] {
            assert_eq!(converted("address", Scalar::Text(address.into())).party_kind, Some(kind));
        }
    }

    #[test]
    fn bytes_become_text_only_where_they_are_utf_8() {
        assert_eq!(
            converted("text", Scalar::Bytes(b"+15550100".to_vec().into())).value,
            FieldValue::Text("+15550100".into())
        );
        assert_eq!(
            converted("text", Scalar::Bytes(vec![0xff].into())).value,
            FieldValue::Bytes(vec![0xff].into())
        );
    }

    #[test]
    fn a_hash_in_base64_is_written_in_hex_and_rubbish_is_a_problem() {
        assert_eq!(
            converted("base64_hex", Scalar::Text("AQID".into())).value,
            FieldValue::Text("010203".into())
        );
        assert!(converted("base64_hex", Scalar::Text("%%".into())).problem.is_some());
    }

    #[test]
    fn milliseconds_are_written_as_seconds() {
        assert_eq!(converted("milliseconds", Scalar::Integer(1_500)).value, FieldValue::Number(1.5));
    }

    #[test]
    fn utf_8_that_was_read_as_latin_1_is_read_again() {
        let read = |stored: &'static str| converted("latin1_utf8", Scalar::Text(stored.into())).value;
        assert_eq!(read("F\u{c3}\u{aa}te"), FieldValue::Text("Fête".into()));
        assert_eq!(read("Fête"), FieldValue::Text("Fête".into()));
        assert_eq!(read("plain"), FieldValue::Text("plain".into()));
        assert_eq!(read("日本"), FieldValue::Text("日本".into()));
    }

    #[test]
    fn sixteen_bytes_are_a_uuid() {
        let bytes: Vec<u8> = (0..16).collect();
        let uuid = converted("uuid", Scalar::Bytes(bytes.into()));
        assert_eq!(uuid.value, FieldValue::Text("00010203-0405-0607-0809-0a0b0c0d0e0f".into()));
    }
}
