//! The spec of a table: its columns by type, name and attributes.
//!
//! ```text
//! 0 types │ 1 names │ 2 attributes │ 3 sub-specs │ 4 texts of enumerated strings │ 5 column keys
//! ```
//!
//! Source: realm-core, `spec.cpp`, `column_type.hpp`, `keys.hpp`.

use super::super::{Error, Node, Value};
use super::array::{Array, Entry};
use super::blobs::Blobs;
use super::element::{self, Element, Kind};
use super::reader::{DEPTH, Reader};
use std::borrow::Cow;
use std::rc::Rc;

/// Attributes of a column (`ColumnAttr`).
pub(super) const INDEXED: i64 = 1;
const NULLABLE: i64 = 16;
const LIST: i64 = 32;
const DICTIONARY: i64 = 64;
const SET: i64 = 128;

/// Types of columns that are told apart here (`ColumnType`).
const LINK_LIST: i64 = 13;
const BACK_LINK: i64 = 14;
const SUB_TABLE: i64 = 5;
const MIXED: i64 = 6;

/// A column as its spec has it.
#[derive(Debug, Clone)]
pub(super) struct Declared<'a> {
    /// Its place in a cluster.
    pub leaf: usize,
    pub name: Cow<'a, str>,
    pub code: i64,
    pub key_code: i64,
    pub attributes: i64,
    pub key: Option<i64>,
    /// The texts of an enumerated string.
    pub texts: Option<Rc<Vec<Node<'a>>>>,
    /// The index of the table that it links to.
    pub target: Option<i64>,
    /// The columns of a table in a table.
    pub within: Vec<Declared<'a>>,
}

/// The columns of a spec; `depth` counts the tables around it.
pub(super) fn columns<'a>(
    reader: &Reader<'a>,
    spec: &Array<'a>,
    depth: usize,
) -> Result<Vec<Declared<'a>>, Error> {
    if depth > DEPTH {
        return Err(spec.broken("tables in tables", "at most 100 levels", "more"));
    }
    let types = reader.child(spec, 0, "types of columns")?;
    let names = reader.child(spec, 1, "names of columns")?;
    let attributes = reader.child(spec, 2, "attributes of columns")?;
    let optional = |index: usize| if spec.size > index { reader.optional(spec, index) } else { Ok(None) };
    let (sub_specs, enums, keys) = (optional(3)?, optional(4)?, optional(5)?);
    let name = Element {
        kind: Kind::Blobs(Blobs { is_text: true, nullable: false, is_inverted: false }),
        nullable: false,
    };
    let (mut sub_spec, mut enumerated) = (0_usize, 0_usize);
    let mut columns = Vec::new();
    for position in 0..types.size {
        reader.spend(types.offset)?;
        let stored = types.integer(position).unwrap_or(0);
        let (code, key_code) = (stored & 0xffff, stored >> 16);
        let attributes = attributes.integer(position).unwrap_or(0);
        let key = keys.and_then(|keys| keys.integer(position));
        let leaf = key.and_then(|key| usize::try_from(key & 0xffff).ok()).unwrap_or(position);
        let mut column = Declared {
            leaf,
            name: Cow::Borrowed(""),
            code,
            key_code,
            attributes,
            key,
            texts: None,
            target: None,
            within: Vec::new(),
        };
        // Backlinks come last and have no names.
        if position < names.size {
            column.name = text(element::value(reader, &name, &names, position)?.value);
        }
        if let Some(list) = &enums {
            let at = if keys.is_some() { position } else { enumerated };
            let is_enumerated = code == 3 || keys.is_some() && list.reference(at).is_some();
            if is_enumerated {
                column.texts = Some(Rc::new(texts(reader, list, at)?));
                enumerated = enumerated.saturating_add(1);
            }
        }
        if let Some(list) = &sub_specs {
            sub_spec = sub_spec.saturating_add(column.consume(reader, (list, sub_spec), depth)?);
        }
        columns.push(column);
    }
    Ok(columns)
}

fn text(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(text) => text,
        Value::InvalidText { reading, .. } => Cow::Owned(reading),
        _ => Cow::Borrowed(""),
    }
}

/// The texts of an enumerated string.
fn texts<'a>(reader: &Reader<'a>, list: &Array<'a>, at: usize) -> Result<Vec<Node<'a>>, Error> {
    let Some(root) = reader.optional(list, at)? else { return Ok(Vec::new()) };
    let blobs = Blobs { is_text: true, nullable: true, is_inverted: !reader.has_clusters() };
    let element = Element { kind: Kind::Blobs(blobs), nullable: true };
    match super::collection::list(reader, &element, root.offset)?.value {
        Value::List(texts) => Ok(texts),
        _ => Ok(Vec::new()),
    }
}

impl<'a> Declared<'a> {
    /// Takes what belongs to the column off the sub-specs of an old file; how many it took.
    fn consume(
        &mut self,
        reader: &Reader<'a>,
        (list, at): (&Array<'a>, usize),
        depth: usize,
    ) -> Result<usize, Error> {
        Ok(match self.code {
            SUB_TABLE => {
                if let Some(spec) = reader.optional(list, at)? {
                    self.within = columns(reader, &spec, depth.saturating_add(1))?;
                }
                1
            }
            12 | LINK_LIST => {
                self.target = match list.entry(at) {
                    Some(Entry::Tagged(target)) => Some(target),
                    _ => None,
                };
                1
            }
            BACK_LINK => 2,
            _ => 0,
        })
    }

    /// Backlinks repeat what the links say.
    pub fn is_backlink(&self) -> bool {
        self.code == BACK_LINK
    }

    pub fn is_nullable(&self) -> bool {
        self.attributes & NULLABLE != 0
    }

    pub fn is_indexed(&self) -> bool {
        self.attributes & INDEXED != 0
    }

    pub fn is_list(&self) -> bool {
        self.attributes & LIST != 0 || self.code == LINK_LIST
    }

    pub fn is_set(&self) -> bool {
        self.attributes & SET != 0
    }

    pub fn is_dictionary(&self) -> bool {
        self.attributes & DICTIONARY != 0
    }

    pub fn is_sub_table(&self) -> bool {
        self.code == SUB_TABLE
    }

    /// Whether the keys of a dictionary are numbers. 0 is the code of a number and of none: a dictionary always has a type of keys.
    pub fn has_number_keys(&self) -> bool {
        self.is_dictionary() && self.key_code == 0
    }

    pub fn is_link(&self) -> bool {
        matches!(self.code, 12 | LINK_LIST)
    }

    /// The type in words.
    pub fn type_name(&self) -> String {
        const NAMES: [&str; 18] = [
            "int",
            "bool",
            "string",
            "string",
            "binary",
            "table",
            "mixed",
            "date",
            "timestamp",
            "float",
            "double",
            "decimal",
            "link",
            "link",
            "backlink",
            "object id",
            "link to any class",
            "uuid",
        ];
        let named = usize::try_from(self.code).ok().and_then(|code| NAMES.get(code));
        named.map_or_else(|| format!("type {}", self.code), |name| (*name).to_owned())
    }

    /// How its values are stored, in a column of before format 10 (`is_old`) or a cluster.
    pub fn element(&self, reader: &Reader<'a>, is_old: bool) -> Element<'a> {
        let nullable = self.is_nullable();
        let blobs = |is_text| Kind::Blobs(Blobs { is_text, nullable, is_inverted: is_old && is_text });
        let kind = match self.code {
            _ if self.texts.is_some() => Kind::Codes(
                self.texts.clone().unwrap_or_else(|| Rc::new(Vec::new())),
                Blobs { is_text: true, nullable, is_inverted: is_old },
            ),
            0 => Kind::Integer,
            1 if is_old && nullable => Kind::OldBool,
            1 => Kind::Bool,
            2 => blobs(true),
            4 => blobs(false),
            MIXED => Kind::Mixed,
            7 => Kind::Date,
            8 => Kind::Timestamp,
            9 => Kind::Float,
            10 => Kind::Double,
            11 => Kind::Decimal,
            12 | LINK_LIST => {
                let bias = i64::from(!(self.is_list() || self.is_set()));
                Kind::Link {
                    table: self.target.map_or(Cow::Borrowed("?"), |target| reader.table_name(target)),
                    bias,
                }
            }
            15 => Kind::ObjectId,
            16 => Kind::TypedLink,
            17 => Kind::Uuid,
            other => Kind::Unknown(u16::try_from(other).unwrap_or(u16::MAX)),
        };
        Element { kind, nullable }
    }
}
