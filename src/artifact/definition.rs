//! An artifact definition after reading and checking: closed names resolved, nothing left to mistype.

use super::bits::Bits;
use super::owner::Owner;
use super::sheet::SheetRows;
use crate::parse::compressed::Frame;
use crate::parse::csv::Dialect;
use crate::record::kinds::{Field, Kind};
use crate::record::{Clock, Conversion};

/// One file of `formats/`.
#[derive(Debug, Clone)]
pub struct Definition {
    /// `android.telephony.sms`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Grows when a report can change.
    pub version: i64,
    /// `android` or `ios`; `table`: a mapping of disclosed tables.
    pub platform: String,
    /// One sentence.
    pub summary: String,
    /// Nobody has confirmed it against known data: every record of it says so.
    pub is_candidate: bool,
    /// Applications whose files these are, where no path says so.
    pub apps: Vec<String>,
    /// Where its facts can be checked.
    pub references: Vec<String>,
    /// What an examiner must know.
    pub caveats: Vec<String>,
    /// The files.
    pub sources: Vec<Source>,
    /// The mappings.
    pub records: Vec<RecordBlock>,
    /// The proof.
    pub examples: Vec<Example>,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// The text as it was read.
    pub text: String,
}

impl Definition {
    /// The zones of the written times of a source, each with how it is known.
    pub fn zone_sources(&self, source: usize) -> impl Iterator<Item = (String, String)> + '_ {
        let blocks = self.records.iter().filter(move |block| block.source == source);
        blocks.flat_map(|block| {
            let told = block.zone_source.clone().unwrap_or_else(|| "no word of how".to_owned());
            block.zones.iter().map(move |zone| (zone.clone(), told.clone()))
        })
    }
}

/// A kind of file that a source's bytes are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// SQLite database.
    Sqlite,
    /// Realm file.
    Realm,
    /// Property list, binary or XML.
    Plist,
    /// XML text or Android Binary XML.
    Xml,
    /// JSON.
    Json,
    /// `key=value` lines.
    Properties,
    /// A protobuf message, without its schema.
    Protobuf,
    /// Android's DataStore of preferences.
    Datastore,
    /// An Apple Biome stream file (SEGB).
    Segb,
    /// A folder of LevelDB.
    LevelDb,
    /// An MMKV file, with its `.crc` beside it.
    Mmkv,
    /// A table of cells: CSV, or a spreadsheet in Office Open XML. Mappings alone name it.
    Table,
}

impl Container {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Container)] = &[
        ("sqlite", Container::Sqlite),
        ("realm", Container::Realm),
        ("plist", Container::Plist),
        ("xml", Container::Xml),
        ("json", Container::Json),
        ("properties", Container::Properties),
        ("protobuf", Container::Protobuf),
        ("datastore", Container::Datastore),
        ("segb", Container::Segb),
        ("leveldb", Container::LevelDb),
        ("mmkv", Container::Mmkv),
    ];

    /// The path of the rows, where a container is a run of entries: each says its own state.
    pub fn entries(self) -> Option<&'static str> {
        match self {
            Container::Segb | Container::Mmkv => Some("entries.*"),
            Container::LevelDb => Some("*.*"),
            _ => None,
        }
    }

    /// Whether it holds tables; else its rows are nodes of a tree.
    pub fn has_tables(self) -> bool {
        matches!(self, Container::Sqlite | Container::Realm)
    }

    /// Whether its files are those of a whole folder.
    pub fn is_folder(self) -> bool {
        self == Container::LevelDb
    }

    /// As definitions and reports name it.
    pub fn name(self) -> &'static str {
        if self == Container::Table {
            return "table";
        }
        Self::ALL.iter().find(|(_, container)| *container == self).map_or("", |(name, _)| name)
    }
}

/// Tables, each with columns that it must have.
pub type Fingerprint = Vec<(String, Vec<String>)>;

/// `[[source]]`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name inside the definition.
    pub id: String,
    /// What its bytes are.
    pub container: Container,
    /// Globs on the device path.
    pub paths: Vec<String>,
    /// A look-up into it may find no file.
    pub optional: bool,
    /// A run of length-prefixed documents.
    pub framed: bool,
    /// Paths of its records that ask for a reading of a protobuf field (`2:double`).
    pub asked: Vec<String>,
    /// Tables and columns by which a renamed database is recognised: one set for each version of the schema.
    pub fingerprints: Vec<Fingerprint>,
    /// How a table of text is written.
    pub dialect: Dialect,
}

/// `[[record]]`.
#[derive(Debug, Clone)]
pub struct RecordBlock {
    /// What it makes.
    pub kind: &'static Kind,
    /// Index into `sources`.
    pub source: usize,
    /// Where its rows come from.
    pub rows: Rows,
    /// Steps applied to a row of a tree before names are looked up in it.
    pub unwrap: Vec<Step>,
    /// Which rows.
    pub conditions: Vec<Condition>,
    /// Rows of other tables.
    pub lookups: Vec<Lookup>,
    /// Every name that the block uses.
    pub names: Vec<Name>,
    /// Field → how it is made.
    pub fields: Vec<(&'static Field, FieldSpec)>,
    /// The service of the records.
    pub service: ValueSpec,
    /// `counterparty` of a message.
    pub counterparty: Option<ObjectSpec>,
    /// `extra.NAME`.
    pub extra: Vec<(String, ListSpec)>,
    /// Whose handset the rows of a table are about.
    pub owner: Option<Owner>,
    /// How the zone of the times of a table is known, in the examiner's words.
    pub zone_source: Option<String>,
    /// The zones of the written times of a table.
    pub zones: Vec<String>,
}

impl RecordBlock {
    /// The constant that a field of this block always holds.
    pub fn constant(&self, field: &str) -> Option<&Constant> {
        let (_, spec) = self.fields.iter().find(|(known, _)| known.name == field)?;
        match spec {
            FieldSpec::Value(ValueSpec { origin: Origin::Constant(constant), .. }) => Some(constant),
            _ => None,
        }
    }
}

/// Where the rows of a block come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// A table.
    Table(String),
    /// The elements at a path of a tree.
    Each(String),
    /// The root of a tree.
    Root,
    /// The rows of sheets.
    Sheet(SheetRows),
}

impl Rows {
    /// The table or path, as coverage names it.
    pub fn label(&self) -> &str {
        match self {
            Rows::Table(name) | Rows::Each(name) => name,
            Rows::Root => "/",
            Rows::Sheet(rows) => &rows.sheet,
        }
    }
}

/// A name as a definition writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Without its question mark.
    pub text: String,
    /// Written with one: some versions lack it.
    pub optional: bool,
    /// Index of the look-up whose row it names; `None`: the row itself.
    pub lookup: Option<usize>,
    /// The column of that row, or the path in a tree.
    pub column: String,
}

/// Index of a [`Name`] in its block.
pub type NameId = usize;

/// One member of `where`.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What is tested.
    pub name: NameId,
    /// Against what.
    pub test: Test,
}

/// A test of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Equal to one of these.
    OneOf(Vec<Constant>),
    /// Equal to none of these.
    NoneOf(Vec<Constant>),
    /// Null (or absent), or not.
    Null(bool),
    /// Text that fits a pattern of `%` and `_`.
    Like(String),
}

/// A constant of a definition.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// Text.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Number.
    Real(f64),
    /// Truth value.
    Bool(bool),
}

impl Constant {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Constant::Text(text) => text.clone(),
            Constant::Integer(number) => number.to_string(),
            Constant::Real(number) => number.to_string(),
            Constant::Bool(truth) => truth.to_string(),
        }
    }
}

/// One member of `[record.lookup]`.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Its name, and its role in provenance.
    pub name: String,
    /// The table, `#` for a number.
    pub table: String,
    /// Index into `sources`; `None`: the row's own file.
    pub source: Option<usize>,
    /// Column of that table → what it must equal here.
    pub keys: Vec<(String, KeySpec)>,
    /// Column of that table → test that its value must pass.
    pub tests: Vec<(String, Test)>,
    /// Several rows.
    pub many: bool,
    /// Some versions lack the table.
    pub optional: bool,
    /// The deepest `many` look-up above it: it is made anew for each row of that one.
    pub under: Option<usize>,
}

/// What a column of a looked-up table must equal: a name, or the values that its steps reach (any of them).
#[derive(Debug, Clone)]
pub struct KeySpec {
    /// The name.
    pub name: NameId,
    /// From its value to the keys.
    pub steps: Vec<Step>,
}

/// How a field is made.
#[derive(Debug, Clone)]
pub enum FieldSpec {
    /// One value.
    Value(ValueSpec),
    /// An object.
    Object(ObjectSpec),
    /// A list of objects, from several makings.
    Objects(Vec<ObjectSpec>),
    /// A list of values, from several makings.
    Values(Vec<ListSpec>),
}

/// How the values of a list are made.
#[derive(Debug, Clone)]
pub struct ListSpec {
    /// Each of them.
    pub value: ValueSpec,
    /// The `many` look-up that gives one for each of its rows.
    pub many: Option<usize>,
}

/// How an object is made.
#[derive(Debug, Clone)]
pub struct ObjectSpec {
    /// Its members.
    pub members: Vec<(&'static Field, FieldSpec)>,
    /// The elements of a decoded value that the members' names are paths in.
    pub each: Option<ValueSpec>,
    /// The `many` look-up that gives one object for each of its rows.
    pub many: Option<usize>,
}

/// How a value is made.
#[derive(Debug, Clone)]
pub struct ValueSpec {
    /// Where it comes from.
    pub origin: Origin,
    /// What is done with it first.
    pub steps: Vec<Step>,
    /// Which bits of an integer are the value.
    pub bits: Option<Bits>,
    /// `as`.
    pub conversion: Option<Conversion>,
    /// Code → label.
    pub labels: Option<Labels>,
    /// Of a time that is written in a pattern: the pattern and the zone.
    pub clock: Option<Clock>,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A name of the block.
    Name(NameId),
    /// A path inside the element of an `each`.
    Element(String),
    /// The first that is not blank.
    First(Vec<ValueSpec>),
    /// A constant.
    Constant(Constant),
}

/// Code → label, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels(pub Vec<(String, Constant)>);

impl Labels {
    /// The label of a code, given as text.
    pub fn get(&self, code: &str) -> Option<&Constant> {
        self.0.iter().find(|(known, _)| known == code).map(|(_, label)| label)
    }
}

/// A step from bytes towards a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Bytes → tree; of protobuf, with the paths that ask for a reading (`2:double`).
    Decode(Decoder, Vec<String>),
    /// Into a tree.
    Path(String),
}

/// A decoder that a definition can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoder {
    /// Property list.
    Plist,
    /// NSKeyedArchiver.
    KeyedArchive,
    /// Apple typedstream.
    Typedstream,
    /// JSON.
    Json,
    /// XML or ABX.
    Xml,
    /// Words of a text, parted by blanks.
    Words,
    /// Protobuf, without its schema.
    Protobuf,
    /// A message in the TL language.
    TlMessage,
    /// A key of Chromium's Local Storage.
    LocalStorageKey,
    /// A value of Chromium's Local Storage.
    LocalStorageText,
    /// A key of Chromium's IndexedDB.
    IndexedDbKey,
    /// Bytes that are compressed: yields bytes.
    Compressed(Frame),
}

impl Decoder {
    /// All of them with their names.
    pub const ALL: &'static [(&'static str, Decoder)] = &[
        ("plist", Decoder::Plist),
        ("nskeyedarchiver", Decoder::KeyedArchive),
        ("typedstream", Decoder::Typedstream),
        ("json", Decoder::Json),
        ("xml", Decoder::Xml),
        ("words", Decoder::Words),
        ("protobuf", Decoder::Protobuf),
        ("tl_message", Decoder::TlMessage),
        ("local_storage_key", Decoder::LocalStorageKey),
        ("local_storage_text", Decoder::LocalStorageText),
        ("indexeddb_key", Decoder::IndexedDbKey),
        ("gzip", Decoder::Compressed(Frame::Gzip)),
        ("zlib", Decoder::Compressed(Frame::Zlib)),
        ("zstd", Decoder::Compressed(Frame::Zstd)),
        ("lz4", Decoder::Compressed(Frame::Lz4)),
        ("snappy", Decoder::Compressed(Frame::Snappy)),
    ];
}

/// `[[example]]`.
#[derive(Debug, Clone)]
pub struct Example {
    /// An extraction, or one file.
    pub sample: String,
    /// The keys that open it.
    pub keys: Option<String>,
    /// What must come of it.
    pub expect: Vec<toml::Table>,
}
