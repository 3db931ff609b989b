//! How a field is to be read, where the bytes do not tell: the suffixes of a path.

/// A reading that a path asks for: the part behind the colon of `3:sint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Length-delimited: UTF-8 text.
    Text,
    /// Length-delimited: the bytes.
    Bytes,
    /// Length-delimited: a message, whatever its bytes look like.
    Message,
    /// A varint or fixed number as signed (two's complement: `int32`, `int64`, `sfixed32`, `sfixed64`).
    Int,
    /// A varint as signed in zigzag order (`sint32`, `sint64`).
    Sint,
    /// 64 bits as an IEEE 754 number.
    Double,
    /// 32 bits as an IEEE 754 number.
    Float,
    /// Length-delimited: a list of varints (`packed`).
    Packed,
}

impl Reading {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Reading)] = &[
        ("text", Reading::Text),
        ("bytes", Reading::Bytes),
        ("message", Reading::Message),
        ("int", Reading::Int),
        ("sint", Reading::Sint),
        ("double", Reading::Double),
        ("float", Reading::Float),
        ("packed", Reading::Packed),
    ];

    /// The reading of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, reading)| *reading)
    }
}

/// Whether a path asks for a reading anywhere, and the first suffix in it that is none.
///
/// # Errors
/// The suffix that is no reading.
pub fn is_reading_path(path: &str) -> Result<bool, String> {
    let mut suffixes = path.split('.').filter_map(|part| part.split_once(':')).map(|(_, suffix)| suffix);
    match suffixes.find(|suffix| Reading::by_name(suffix).is_none()) {
        Some(unknown) => Err(unknown.to_owned()),
        None => Ok(path.contains(':')),
    }
}

/// What a list of paths asks of one member: the readings of it, and what they ask of the members below the one without a suffix.
pub(super) struct Asked<'p> {
    /// The suffix as written and the rests of the paths through it.
    pub(super) readings: Vec<(&'p str, Reading, Vec<&'p str>)>,
    pub(super) below: Vec<&'p str>,
}

/// Splits the paths that lead through a field of this number.
pub(super) fn asked_of<'p>(paths: &[&'p str], number: &str) -> Asked<'p> {
    let mut asked = Asked { readings: Vec::new(), below: Vec::new() };
    for path in paths {
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        let (name, suffix) = head.split_once(':').unwrap_or((head, ""));
        if name != number && name != "*" {
            continue;
        }
        let rest = (!rest.is_empty()).then_some(rest);
        match Reading::by_name(suffix) {
            None => asked.below.extend(rest),
            Some(reading) => match asked.readings.iter_mut().find(|(_, known, _)| *known == reading) {
                Some((.., below)) => below.extend(rest),
                None => asked.readings.push((suffix, reading, rest.into_iter().collect())),
            },
        }
    }
    asked
}
