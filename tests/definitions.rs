//! The language of definitions (formats/README.md): what it refuses, with a place and the nearest right name, and what it means,
//! on small databases that SQLite itself wrote.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use affiant::artifact::{self, Catalog, RunOptions, TableCoverage};
use affiant::evidence::{Evidence, Options};
use affiant::parse::sqlite::Views;
use affiant::record::{Content, Finding, Period, Record, Sink};
use affiant::report::record_value;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

// --- what is refused ------------------------------------------------------------------------------------------------------------

/// A sound definition; every test of a refusal changes one place of it.
const SOUND: &str = r#"
id = "android.example"
name = "Example"
version = 1
platform = "android"
summary = "A table of messages."

[[source]]
id = "main"
container = "sqlite"
paths = ["**/example.db"]

[[source]]
id = "tree"
container = "plist"
paths = ["**/example.plist"]
optional = true

[[record]]
kind = "message"
source = "main"
table = "messages"
where = { type = 1 }

[record.lookup]
chat = { table = "chats", on = { _id = "chat_id" } }
part = { table = "parts", on = { message = "_id" }, many = true }
tag = { table = "tags", on = { message = "_id" }, many = true }

[record.fields]
service = { value = "sms" }
direction = { from = "type", enum = "direction" }
body = "body"
sent_at = { from = "date", as = "unix_ms" }
sender.address = { from = "chat.address", as = "phone" }
attachments.name = "part.name"

[enum.direction]
1 = "incoming"

[[example]]
sample = "samples/android"
expect = [{ kind = "message", count = 1 }]
"#;

/// The faults of the sound definition with one piece replaced, one a line.
fn faults(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "{from}");
    match Catalog::single("my.toml", &SOUND.replacen(from, to, 1)) {
        Ok(_) => "sound".to_owned(),
        Err(faults) => faults.iter().map(|fault| format!("{fault}\n")).collect(),
    }
}

#[test]
fn the_definition_that_the_others_change_is_sound() {
    assert_eq!(faults("id = \"main\"", "id = \"main\""), "sound");
}

/// (piece, what stands there instead, place of the fault, words of it).
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "version = 1",
        "version = 1\nplatfrom = \"x\"",
        "my.toml: top:",
        "unknown key `platfrom`; did you mean `platform`?",
    ),
    ("version = 1", "version = \"1\"", "my.toml: top:", "`version`"),
    ("version = 1", "", "my.toml: top:", "`version`"),
    ("name = \"Example\"", "", "my.toml: top:", "`name` is missing"),
    ("id = \"android.example\"", "id = 7", "my.toml: top:", "`id` is missing, or is no text"),
    ("\"android\"", "\"andriod\"", "platform:", "unknown platform `andriod`; did you mean `android`?"),
    (
        "version = 1",
        "version = 1\nreferences = \"https://example.org\"",
        "top:",
        "`references` is a list of texts",
    ),
    ("version = 1", "version = 1\ncaveats = [1]", "top:", "`caveats` is a list of texts"),
    ("id = \"tree\"", "id = \"main\"", "source[1]:", "`main` twice"),
    (
        "container = \"sqlite\"",
        "container = \"sqllite\"",
        "source[0]:",
        "unknown container `sqllite`; did you mean `sqlite`?",
    ),
    ("container = \"sqlite\"", "", "source[0]:", "`container` is missing"),
    ("paths = [\"**/example.db\"]", "", "source[0]:", "`paths` needs at least one glob"),
    ("\"**/example.db\"", "\"**/[z-a].db\"", "source[0]:", "is no glob"),
    ("\"**/example.db\"", "\"**/{a,b\"", "source[0]:", "is no glob"),
    ("optional = true", "optional = \"yes\"", "source[1]:", "`optional` is true or false"),
    ("optional = true", "framing = \"u16\"", "source[1]:", "unknown framing `u16`"),
    ("optional = true", "framing = 4", "source[1]:", "`framing` is text"),
    (
        "container = \"sqlite\"",
        "container = \"sqlite\"\nframing = \"u32le_length\"",
        "source[0]:",
        "`framing` is for property lists",
    ),
    (
        "container = \"sqlite\"",
        "container = \"sqlite\"\nfingerprint = \"t\"",
        "source[0]:",
        "`fingerprint` is a table",
    ),
    (
        "container = \"sqlite\"",
        "container = \"sqlite\"\nfingerprint = { t = \"a\" }",
        "source[0]:",
        "`t` is a list of texts",
    ),
    ("optional = true", "fingerprint = { t = [\"a\"] }", "source[1]:", "`fingerprint` is for SQLite"),
    (
        "container = \"sqlite\"",
        "container = \"sqlite\"\nfingerpint = 1",
        "source[0]:",
        "did you mean `fingerprint`?",
    ),
    (
        "kind = \"message\"\nsource",
        "kind = \"mesage\"\nsource",
        "record[0]:",
        "unknown kind `mesage`; did you mean `message`?",
    ),
    ("kind = \"message\"\nsource", "source", "record[0]:", "`kind` is missing"),
    ("source = \"main\"", "source = \"mian\"", "record[0]:", "unknown source `mian`; did you mean `main`?"),
    ("table = \"messages\"", "", "record[0]:", "a SQLite or Realm source needs `table`"),
    ("table = \"messages\"", "each = \"messages\"", "record[0]:", "a SQLite or Realm source needs `table`"),
    ("table = \"messages\"", "table = 7", "record[0]:", "`table` is text"),
    ("source = \"main\"", "source = \"tree\"", "record[0]:", "`table` is for SQLite"),
    (
        "table = \"messages\"",
        "table = \"messages\"\nunwrap = [{ decode = \"plist\" }]",
        "record[0]:",
        "`unwrap` is for trees",
    ),
    ("table = \"messages\"", "table = \"messages\"\ntabel = \"x\"", "record[0]:", "did you mean `table`?"),
    ("where = { type = 1 }", "where = 1", "record[0]:", "`where` is a table"),
    ("where = { type = 1 }", "where = { type = {} }", "record[0].where.type:", "a test is"),
    (
        "where = { type = 1 }",
        "where = { type = { nto = 1 } }",
        "record[0].where.type:",
        "did you mean `not`?",
    ),
    ("where = { type = 1 }", "where = { type = { null = 1 } }", "record[0].where.type:", "a test is"),
    ("where = { type = 1 }", "where = { type = { like = 1 } }", "record[0].where.type:", "a test is"),
    (
        "where = { type = 1 }",
        "where = { type = { not = 1, null = false } }",
        "record[0].where.type:",
        "one test",
    ),
    ("where = { type = 1 }", "where = { type = [[1]] }", "record[0].where.type:", "a constant is text"),
    (
        "where = { type = 1 }",
        "where = { \"part.name\" = \"a\" }",
        "record[0].where.part.name:",
        "`many` look-up",
    ),
    ("_id = \"chat_id\"", "_id = \"tag.chat\"", "record[0].fields.sender:", "`many` look-up"),
    (
        "{ table = \"chats\", on = { _id = \"chat_id\" } }",
        "7",
        "record[0].lookup.chat:",
        "a look-up is a table",
    ),
    (
        "{ table = \"chats\", on = { _id = \"chat_id\" } }",
        "{ on = { _id = \"chat_id\" } }",
        "record[0].lookup.chat:",
        "needs `table`",
    ),
    (
        "{ table = \"chats\", on = { _id = \"chat_id\" } }",
        "{ table = \"chats\" }",
        "record[0].lookup.chat:",
        "needs `on`",
    ),
    ("on = { _id = \"chat_id\" }", "on = \"chat_id\"", "record[0].lookup.chat:", "`on` is"),
    ("on = { _id = \"chat_id\" }", "on = { _id = 7 }", "record[0].lookup.chat:", "`on` is"),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = { from = 7 } }",
        "record[0].lookup.chat:",
        "`from` is a name",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = { from = \"x\", decode = \"word\" } }",
        "record[0].lookup.chat:",
        "did you mean `words`?",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = { from = \"x\", as = \"text\" } }",
        "record[0].lookup.chat:",
        "unknown key `as`",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"chat_id\" }, maany = true",
        "record[0].lookup.chat:",
        "did you mean `many`?",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"chat_id\" }, many = 1",
        "record[0].lookup.chat:",
        "`many` is true or false",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"chat_id\" }, source = \"mian\"",
        "record[0].lookup.chat:",
        "did you mean `main`?",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"chat_id\" }, source = 7",
        "record[0].lookup.chat:",
        "`source` is text",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"chat_id\" }, source = \"tree\"",
        "record[0].lookup.chat:",
        "is another kind of source",
    ),
    (
        "on = { _id = \"chat_id\" }",
        "on = { _id = \"part.message\", x = \"tag.message\" }",
        "record[0].lookup.chat:",
        "two `many` look-ups",
    ),
    ("on = { _id = \"chat_id\" }", "on = { _id = \"chat.x\" }", "record[0]:", "in a circle: chat"),
    (
        "chat = {",
        "b = { table = \"t\", on = { x = \"a.x\" } }\na = { table = \"t\", on = { x = \"b.x\" } }\nchat = {",
        "record[0]:",
        "in a circle",
    ),
    ("service = { value = \"sms\" }", "", "record[0].fields:", "`service` is missing"),
    (
        "body = \"body\"",
        "boddy = \"body\"",
        "record[0].fields.boddy:",
        "unknown field `boddy`; did you mean `body`?",
    ),
    ("body = \"body\"", "body = 7", "record[0].fields.body:", "a field is a name or a table"),
    ("body = \"body\"", "body = { from = \"a\", value = \"b\" }", "record[0].fields.body:", "exactly one of"),
    ("body = \"body\"", "body = {}", "record[0].fields.body:", "exactly one of"),
    ("body = \"body\"", "body = { first = [] }", "record[0].fields.body:", "`first`"),
    ("body = \"body\"", "body = { form = \"a\" }", "record[0].fields.body:", "did you mean `from`?"),
    (
        "body = \"body\"",
        "body = { from = \"a\", decode = \"pilst\" }",
        "record[0].fields.body:",
        "unknown decoder `pilst`; did you mean `plist`?",
    ),
    ("body = \"body\"", "body = { from = \"a\", decode = 7 }", "record[0].fields.body:", "`decode` is text"),
    ("body = \"body\"", "body = { from = \"a\", path = 7 }", "record[0].fields.body:", "`path` is text"),
    (
        "body = \"body\"",
        "body = { from = \"a\", unwrap = \"x\" }",
        "record[0].fields.body:",
        "`unwrap` is a list of steps",
    ),
    ("body = \"body\"", "body = { from = \"a\", unwrap = [\"x\"] }", "record[0].fields.body:", "a step is"),
    (
        "body = \"body\"",
        "body = { from = \"a\", unwrap = [{ decoed = \"plist\" }] }",
        "record[0].fields.body:",
        "did you mean `decode`?",
    ),
    (
        "body = \"body\"",
        "body = { from = \"a\", as = \"txet\" }",
        "record[0].fields.body:",
        "unknown conversion `txet`; did you mean `text`?",
    ),
    ("body = \"body\"", "body = { from = \"a\", as = 7 }", "record[0].fields.body:", "`as` is text"),
    (
        "body = \"body\"",
        "body = { from = \"a\", as = \"unix_ms\" }",
        "record[0].fields.body:",
        "holds no time",
    ),
    ("body = \"body\"", "body = { from = \"a\", bit = 64 }", "record[0].fields.body:", "`bit`"),
    ("body = \"body\"", "body = { from = \"a\", bit = -1 }", "record[0].fields.body:", "`bit`"),
    ("body = \"body\"", "body = { from = \"a\", bit = \"1\" }", "record[0].fields.body:", "`bit`"),
    ("body = \"body\"", "body = { from = \"a\", mask = 0 }", "record[0].fields.body:", "`mask`"),
    ("body = \"body\"", "body = { from = \"a\", mask = 1, bit = 1 }", "record[0].fields.body:", "not both"),
    (
        "body = \"body\"",
        "body = { from = \"a\", enum = \"directoin\" }",
        "record[0].fields.body:",
        "did you mean `direction`?",
    ),
    ("body = \"body\"", "body = { from = \"a\", enum = 7 }", "record[0].fields.body:", "`enum` is text"),
    (
        "body = \"body\"",
        "body = \"chta.text\"",
        "record[0].fields.body:",
        "unknown look-up `chta`; did you mean `chat`?",
    ),
    (
        "body = \"body\"",
        "body = \"chta.text?\"",
        "record[0].fields.body:",
        "unknown look-up `chta`; did you mean `chat`?",
    ),
    (
        "body = \"body\"",
        "body = \"part.name\"",
        "record[0].fields.body:",
        "a field that is no list cannot come from a `many` look-up",
    ),
    (
        "body = \"body\"",
        "counterparty.address = \"part.name\"",
        "record[0].fields.counterparty:",
        "a field that is no list",
    ),
    ("body = \"body\"", "read = { value = 1 }", "record[0].fields.read:", "true or false"),
    ("body = \"body\"", "extra = \"x\"", "record[0].fields.extra:", "`extra` is a table"),
    ("body = \"body\"", "quoted = \"x\"", "record[0].fields.quoted:", "is an object"),
    (
        "body = \"body\"",
        "quoted.sender.adress = \"x\"",
        "record[0].fields.quoted.sender.adress:",
        "did you mean `address`?",
    ),
    (
        "body = \"body\"",
        "quoted.each = \"x\"\nquoted.body = \"y\"",
        "record[0].fields.quoted:",
        "`each` is for lists",
    ),
    (
        "sent_at = { from = \"date\", as = \"unix_ms\" }",
        "sent_at = \"date\"",
        "record[0].fields.sent_at:",
        "a time needs a conversion",
    ),
    (
        "sent_at = { from = \"date\", as = \"unix_ms\" }",
        "sent_at = { from = \"date\", as = \"text\" }",
        "record[0].fields.sent_at:",
        "a time needs a conversion",
    ),
    (
        "sent_at = { from = \"date\", as = \"unix_ms\" }",
        "sent_at = { first = [\"a\", { from = \"b\", as = \"unix_s\" }] }",
        "record[0].fields.sent_at:",
        "a time needs a conversion",
    ),
    (
        "attachments.name = \"part.name\"",
        "attachments.name = { first = [\"part.name\", \"tag.name\"] }",
        "record[0].fields.attachments:",
        "two `many` look-ups",
    ),
    (
        "1 = \"incoming\"",
        "1 = \"incomming\"",
        "enum.direction.1:",
        "unknown label `incomming`; did you mean `incoming`?",
    ),
    ("1 = \"incoming\"", "1 = [\"incoming\"]", "enum.direction:", "a constant is text"),
    ("enum = \"direction\"", "value = \"inbound\"", "record[0].fields.direction:", "exactly one of"),
    (
        "{ from = \"type\", enum = \"direction\" }",
        "{ value = \"in\" }",
        "record[0].fields.direction:",
        "unknown label `in`",
    ),
    ("expect = [{ kind = \"message\", count = 1 }]", "", "example[0]:", "without `expect` proves nothing"),
    (
        "expect = [{ kind = \"message\", count = 1 }]",
        "expect = [1]",
        "example[0]:",
        "`expect` is a list of tables",
    ),
    (
        "expect = [{ kind = \"message\"",
        "expect = [{ kind = \"massage\"",
        "example[0]:",
        "did you mean `message`?",
    ),
    ("sample = \"samples/android\"\n", "", "example[0]:", "`sample` is missing"),
    ("[[record]]", "[record]", "record:", "`record` is written [[record]]"),
    ("id = \"android.example\"", "id = ", "toml:", "line 2"),
];

#[test]
fn every_mistake_is_told_with_its_place_and_the_nearest_right_name() {
    let mut wrong = Vec::new();
    for (from, to, place, words) in REFUSED {
        let told = faults(from, to);
        if !told.lines().any(|line| line.contains(place) && line.contains(words)) {
            wrong.push(format!("{from}  →  {to}\n    wanted {place} … {words}\n    told   {told}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), REFUSED.len(), wrong.join("\n"));
}

#[test]
fn a_definition_without_sources_or_records_is_none() {
    let head = "id = \"a\"\nname = \"a\"\nversion = 1\nplatform = \"ios\"\nsummary = \"a\"\n";
    let told = Catalog::single("my.toml", head).unwrap_err();
    assert!(told.iter().any(|fault| fault.to_string().contains("at least one [[source]]")), "{told:?}");
    let told = Catalog::single("my.toml", &format!("{head}record = [1]\nsource = [2]\n")).unwrap_err();
    assert!(told.iter().any(|fault| fault.to_string().contains("is written [[record]]")), "{told:?}");
}

#[test]
fn the_command_tells_faults_a_line_each_and_exits_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my.toml");
    for (from, to, place, words) in REFUSED.iter().step_by(7) {
        fs::write(&path, SOUND.replacen(from, to, 1)).unwrap();
        let run = common::affiant(&["formats", "check", path.to_str().unwrap()]).output().unwrap();
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(run.status.code(), Some(1), "{to}: {told}");
        let prefix = format!("{}: ", path.display());
        assert!(told.lines().all(|line| line.starts_with(&prefix)), "{to}: {told}");
        let place = place.trim_start_matches("my.toml: ");
        assert!(told.lines().any(|line| line.contains(place) && line.contains(words)), "{to}: {told}");
    }
    fs::write(&path, SOUND).unwrap();
    let run = common::affiant(&["formats", "check", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(run.status.code(), Some(0));
}

#[test]
fn two_definitions_of_one_id_in_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.toml", "b.toml"] {
        fs::write(folder.path().join(name), SOUND).unwrap();
    }
    let faults = Catalog::compiled_in().unwrap().with_folder(folder.path()).unwrap_err();
    assert!(faults.iter().any(|fault| fault.to_string().contains("android.example")), "{faults:?}");
}

// --- what it means --------------------------------------------------------------------------------------------------------------

/// What came of one run: records with the key that they stand under, findings, coverage.
struct Made {
    records: Vec<(String, Value)>,
    findings: Vec<Finding>,
    coverage: Vec<TableCoverage>,
    paths: Vec<String>,
}

struct Kept(Vec<(String, Value)>);

impl Sink for Kept {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        self.0.push((record.kind.plural.to_owned(), record_value(record)));
        Ok(())
    }
}

impl Made {
    fn all(&self, plural: &str) -> Vec<&Value> {
        self.records.iter().filter(|(key, _)| key == plural).map(|(_, record)| record).collect()
    }

    fn messages(&self) -> Vec<&Value> {
        self.all("messages")
    }

    fn message(&self, id: &str) -> &Value {
        self.messages().into_iter().find(|message| message["native_id"] == id).unwrap_or(&Value::Null)
    }

    fn codes(&self) -> Vec<&str> {
        self.findings.iter().map(|finding| finding.code.as_str()).collect()
    }
}

fn run(folder: &Path, catalog: &Catalog) -> Made {
    let spill = tempfile::tempdir().unwrap();
    let options =
        Options { md5: false, sha1: false, spill_dir: spill.path().to_owned(), keys: Default::default() };
    let evidence = Evidence::open(folder, options).unwrap();
    let survey = artifact::survey(&evidence, catalog.definitions()).unwrap();
    let options = RunOptions {
        content: Content::Full,
        period: Period::default(),
        kinds: vec![],
        views: Views::default(),
        threads: 1,
        hash_all: false,
    };
    let outcome = artifact::run(&survey, &options, &|_| Ok(Kept(Vec::new())), &|_| {}).unwrap();
    let mut made = Made { records: vec![], findings: outcome.findings, coverage: vec![], paths: vec![] };
    for file in outcome.files {
        made.records.extend(file.sink.0);
        made.findings.extend(file.findings);
        made.coverage.extend(file.coverage);
        made.paths.push(file.entry.path);
    }
    for table in &made.coverage {
        let sum = table.records + table.excluded + table.repeated + table.unreadable;
        assert_eq!(table.rows, sum, "{table:?}");
    }
    made
}

/// A definition of messages of `t` in `example.db`: `block` is what follows `table = "t"`.
fn of_messages(block: &str) -> Catalog {
    let text = format!(
        r#"
id = "android.example"
name = "Example"
version = 1
platform = "android"
summary = "A table of messages."

[[source]]
id = "main"
container = "sqlite"
paths = ["**/example.db"]
fingerprint = {{ t = ["_id", "fingerprinted"] }}

[[source]]
id = "names"
container = "sqlite"
paths = ["**/names.db"]
optional = true

[[record]]
kind = "message"
source = "main"
table = "t"
{block}
"#
    );
    Catalog::single("my.toml", &text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const FIELDS: &str = "[record.fields]\nservice = { value = \"x\" }\nnative_id = \"_id\"\n";

fn database(folder: &Path, name: &str, sql: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

fn made(block: &str, sql: &str) -> Made {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path(), "example.db", sql);
    run(folder.path(), &of_messages(block))
}

/// A database whose WAL still holds what `later` did: copied while the connection is open.
fn with_wal(earlier: &str, later: &str) -> TempDir {
    let (work, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let db = Connection::open(work.path().join("example.db")).unwrap();
    db.execute_batch(earlier).unwrap();
    db.pragma_update(None, "journal_mode", "wal").unwrap();
    db.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    db.execute_batch(later).unwrap();
    for name in ["example.db", "example.db-wal"] {
        fs::copy(work.path().join(name), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn a_look_up_neither_drops_nor_multiplies_rows() {
    let made = made(
        &format!(
            "[record.lookup]\nchat = {{ table = \"chats\", on = {{ id = \"chat\" }} }}\n\
             part = {{ table = \"parts\", on = {{ message = \"_id\" }}, many = true }}\n{FIELDS}\
             conversation = \"chat.name\"\nattachments.name = \"part.name\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, chat INTEGER);
         CREATE TABLE chats (id INTEGER, name TEXT);
         CREATE TABLE parts (message INTEGER, name TEXT);
         INSERT INTO t VALUES (1, 5), (2, 6), (3, NULL), (4, 7);
         INSERT INTO chats VALUES (5, 'five'), (7, 'seven'), (7, 'another seven'), (NULL, 'nobody');
         INSERT INTO parts VALUES (1, 'a'), (2, 'x'), (1, 'b'), (NULL, 'n');",
    );
    assert_eq!(made.messages().len(), 4);
    assert_eq!(made.message("1")["conversation"], "five");
    assert_eq!(made.message("1")["attachments"], json!([{"name": "a"}, {"name": "b"}]));
    assert!(made.message("2").get("conversation").is_none());
    assert!(made.message("3").get("conversation").is_none(), "null equals nothing, not even null");
    assert_eq!(made.message("4")["conversation"], "seven");
    let ambiguous = made.findings.iter().find(|finding| finding.code == "look-up-ambiguous").unwrap();
    assert_eq!((ambiguous.rowid, ambiguous.loss), (Some(4), false));
}

#[test]
fn a_key_of_text_finds_the_same_number_and_a_padded_one_does_not() {
    let made = made(
        &format!(
            "[record.lookup]\nc = {{ table = \"c\", on = {{ id = \"chat\" }} }}\n{FIELDS}body = \"c.name\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, chat TEXT);
         CREATE TABLE c (id INTEGER PRIMARY KEY, name TEXT);
         INSERT INTO t VALUES (1, '5'), (2, '05');
         INSERT INTO c VALUES (5, 'five');",
    );
    assert_eq!(made.message("1")["body"], "five");
    assert!(made.message("2").get("body").is_none());
}

#[test]
fn what_some_versions_lack_is_absent_and_what_all_must_have_is_a_loud_finding() {
    let sql = "CREATE TABLE t (_id INTEGER PRIMARY KEY, body TEXT); INSERT INTO t VALUES (1, 'here');";
    let soft = made(&format!("{FIELDS}body = \"body\"\nsubject = \"subject?\""), sql);
    assert_eq!(soft.message("1")["body"], "here");
    assert!(soft.message("1").get("subject").is_none());
    assert!(soft.findings.is_empty(), "{:?}", soft.findings);
    let hard = made(&format!("{FIELDS}body = \"body\"\nsubject = \"subject\""), sql);
    let finding = hard.findings.iter().find(|finding| finding.code == "columns-missing").unwrap();
    assert!(finding.loss && finding.message.contains("t.subject"), "{finding:?}");
    let soft_look_up = "[record.lookup]\nc = { table = \"c\", on = { id = \"_id\" }, optional = true }\n";
    let optional = made(&format!("{soft_look_up}{FIELDS}body = \"body\"\nsubject = \"c.x\""), sql);
    assert_eq!((optional.messages().len(), optional.findings.len()), (1, 0));
}

#[test]
fn a_database_with_tables_of_another_app_at_the_path_is_a_loss() {
    let made =
        made(&format!("{FIELDS}body = \"body\""), "CREATE TABLE other (a); INSERT INTO other VALUES (1);");
    assert!(made.messages().is_empty());
    let finding = made.findings.iter().find(|finding| finding.code == "no-table-of-its-definitions").unwrap();
    assert!(finding.loss && finding.message.contains("tables found: other"), "{finding:?}");
}

#[test]
fn the_first_block_that_accepts_a_row_takes_it() {
    let made = made(
        &format!(
            "where = {{ type = 1 }}\n{FIELDS}folder = {{ value = \"first\" }}\n\
             [[record]]\nkind = \"message\"\nsource = \"main\"\ntable = \"t\"\nwhere = {{ type = [1, 2] }}\n\
             {FIELDS}folder = {{ value = \"second\" }}"
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, type INTEGER); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);",
    );
    assert_eq!(made.message("1")["folder"], "first");
    assert_eq!(made.message("2")["folder"], "second");
    assert_eq!(made.messages().len(), 2);
    assert_eq!((made.coverage[0].excluded, made.coverage[0].excluded_by_where), (1, 1));
}

#[test]
fn a_row_that_only_a_block_lacking_a_column_takes_is_read_without_it_and_told() {
    let made = made(
        &format!(
            "where = {{ type = 1 }}\n{FIELDS}\
             [[record]]\nkind = \"message\"\nsource = \"main\"\ntable = \"t\"\nwhere = {{ type = 2 }}\n\
             {FIELDS}body = \"sent_text\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, type INTEGER, text TEXT);
         INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');",
    );
    assert_eq!(made.messages().len(), 2);
    let lost: Vec<&Finding> = made.findings.iter().filter(|finding| finding.loss).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!((lost[0].code.as_str(), lost[0].rowid), ("columns-missing", Some(2)));
    assert!(lost[0].message.contains("t.sent_text"), "{:?}", lost[0]);
    assert_eq!((made.coverage[0].excluded, made.coverage[0].unreadable), (1, 0));
}

#[test]
fn blocks_for_several_versions_of_a_table_do_not_miss_each_other() {
    let made = made(
        &format!(
            "{FIELDS}body = \"new_text\"\n\
             [[record]]\nkind = \"message\"\nsource = \"main\"\ntable = \"t\"\n{FIELDS}body = \"text\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, text TEXT); INSERT INTO t VALUES (1, 'a');",
    );
    assert_eq!(made.message("1")["body"], "a");
    assert!(made.findings.is_empty(), "{:?}", made.findings);
}

#[test]
fn tests_choose_rows_as_they_say() {
    let sql = "CREATE TABLE t (_id INTEGER PRIMARY KEY, a, b TEXT);
               INSERT INTO t VALUES (1, 1, 'x@g.us'), (2, 7, 'X@G.US'), (3, NULL, NULL), (4, '7', 'plain'), (5, 9, '');";
    let chosen = |test: &str| -> Vec<String> {
        let made = made(&format!("where = {test}\n{FIELDS}"), sql);
        made.messages().iter().map(|message| message["native_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(chosen("{ a = 7 }"), ["2", "4"]);
    assert_eq!(chosen("{ a = [1, 9] }"), ["1", "5"]);
    assert_eq!(chosen("{ a = { not = 7 } }"), ["1", "3", "5"]);
    assert_eq!(chosen("{ a = { not = [7, 9] } }"), ["1", "3"]);
    assert_eq!(chosen("{ a = { null = true } }"), ["3"]);
    assert_eq!(chosen("{ a = { null = false } }"), ["1", "2", "4", "5"]);
    assert_eq!(chosen("{ \"gone?\" = { null = true } }"), ["1", "2", "3", "4", "5"]);
    assert_eq!(chosen("{ b = { like = \"%@g.us\" } }"), ["1", "2"]);
    assert_eq!(chosen("{ b = \"\" }"), ["5"]);
    assert_eq!(chosen("{ a = 7, b = { like = \"%@%\" } }"), ["2"]);
}

#[test]
fn a_test_may_hang_on_a_look_up_and_a_look_up_on_a_test() {
    let made = made(
        &format!(
            "where = {{ \"c.kind\" = \"g\" }}\n[record.lookup]\n\
             c = {{ table = \"c\", on = {{ id = \"chat\", gone = {{ null = true }}, level = {{ value = [1, 2] }} }} }}\n{FIELDS}"
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, chat INTEGER);
         CREATE TABLE c (id INTEGER, kind TEXT, gone TEXT, level INTEGER);
         INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4);
         INSERT INTO c VALUES (1, 'g', NULL, 1), (2, 'g', 'yes', 1), (3, 'g', NULL, 3), (4, 'p', NULL, 1);",
    );
    assert_eq!(made.messages().len(), 1);
    assert_eq!(made.messages()[0]["native_id"], "1");
    assert_eq!(made.coverage[0].excluded, 3);
}

#[test]
fn many_look_ups_nest() {
    let made = made(
        &format!(
            "[record.lookup]\nlink = {{ table = \"link\", on = {{ message = \"_id\" }}, many = true }}\n\
             file = {{ table = \"file\", on = {{ id = \"link.file\" }} }}\n\
             tag = {{ table = \"tag\", on = {{ file = \"file.id\" }}, many = true }}\n{FIELDS}\
             attachments.name = \"file.name\"\nparticipants.address = \"tag.who\"\nparticipants.name = \"file.name\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY);
         CREATE TABLE link (message INTEGER, file INTEGER);
         CREATE TABLE file (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE tag (file INTEGER, who TEXT);
         INSERT INTO t VALUES (1), (2);
         INSERT INTO link VALUES (1, 10), (1, 11), (1, 12), (2, 10);
         INSERT INTO file VALUES (10, 'ten'), (11, 'eleven');
         INSERT INTO tag VALUES (10, 'a'), (10, 'b'), (11, 'c'), (99, 'd');",
    );
    let one = made.message("1");
    assert_eq!(one["attachments"], json!([{"name": "ten"}, {"name": "eleven"}]));
    let parties: Vec<(&str, &str)> = one["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|party| (party["address"].as_str().unwrap(), party["name"].as_str().unwrap()))
        .collect();
    assert_eq!(parties, [("a", "ten"), ("b", "ten"), ("c", "eleven")]);
    let roles: Vec<&str> = one["provenance"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles.iter().filter(|role| **role == "link").count(), 3);
    assert_eq!(roles.iter().filter(|role| **role == "file").count(), 2);
    assert_eq!(roles.iter().filter(|role| **role == "tag").count(), 3);
}

#[test]
fn a_decoded_key_gives_one_row_for_each_word() {
    let made = made(
        &format!(
            "[record.lookup]\nwho = {{ table = \"who\", on = {{ id = {{ from = \"ids\", decode = \"words\", path = \"*\" }} }}, many = true }}\n\
             {FIELDS}participants.address = \"who.number\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, ids TEXT);
         CREATE TABLE who (id INTEGER PRIMARY KEY, number TEXT);
         INSERT INTO t VALUES (1, '2  1 9 2'), (2, ''), (3, NULL);
         INSERT INTO who VALUES (1, '+15550101'), (2, '+15550102');",
    );
    assert_eq!(
        made.message("1")["participants"],
        json!([{"address": "+15550102"}, {"address": "+15550101"}])
    );
    assert_eq!(made.message("2")["participants"], json!([]));
    assert_eq!(made.messages().len(), 3);
}

#[test]
fn first_takes_the_first_that_is_not_blank() {
    let made = made(
        &format!(
            "{FIELDS}body = {{ first = [\"a\", \"gone?\", {{ from = \"b\", as = \"text\" }}, {{ value = \"none\" }}] }}\nsubject = {{ first = [\"a\", \"b\"] }}"
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, a, b);
         INSERT INTO t VALUES (1, 'a', 'b'), (2, '', 'b'), (3, NULL, 7), (4, NULL, ''), (5, x'', NULL);",
    );
    let bodies: Vec<&Value> = made.messages().iter().map(|message| &message["body"]).collect();
    assert_eq!(bodies, ["a", "b", "7", "none", "none"]);
    assert_eq!(made.message("4")["subject"], Value::Null);
    assert!(made.message("4").as_object().unwrap().contains_key("subject"), "known to be empty");
}

#[test]
fn the_other_side_stands_where_the_direction_puts_it() {
    let made = made(
        &format!(
            "{FIELDS}direction = {{ from = \"way\", enum = \"way\" }}\ncounterparty.address = {{ from = \"who\", as = \"phone\" }}\n\
             [enum.way]\n1 = \"incoming\"\n2 = \"outgoing\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, way INTEGER, who TEXT);
         INSERT INTO t VALUES (1, 1, '+1'), (2, 2, '+2'), (3, 3, '+3'), (4, NULL, '+4'), (5, 1, NULL);",
    );
    let party = |address: &str| json!({"address": address, "kind": "phone"});
    assert_eq!(made.message("1")["sender"], party("+1"));
    assert_eq!(made.message("2")["recipients"], json!([party("+2")]));
    assert_eq!(made.message("3")["participants"], json!([party("+3")]));
    assert_eq!(made.message("4")["participants"], json!([party("+4")]));
    assert!(made.message("5").get("sender").is_none());
    assert_eq!(
        (&made.message("3")["direction"], &made.message("3")["raw"]["direction"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(made.message("1")["raw"]["direction"], 1);
}

#[test]
fn a_code_without_a_label_stays_raw_and_a_flag_without_one_stays_out() {
    let made = made(
        &format!(
            "{FIELDS}folder = {{ from = \"code\", enum = \"folder\" }}\nread = {{ from = \"code\", enum = \"read\" }}\n\
             forwarded = {{ from = \"code\", bit = 1 }}\nextra.high = {{ from = \"code\", mask = 6 }}\n\
             [enum.folder]\n1 = \"inbox\"\n[enum.read]\n1 = true\n0 = false"
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, code);
         INSERT INTO t VALUES (1, 1), (2, 6), (3, NULL), (4, '1'), (5, 'x');",
    );
    let one = made.message("1");
    assert_eq!(
        (&one["folder"], &one["read"], &one["forwarded"]),
        (&json!("inbox"), &json!(true), &json!(false))
    );
    assert_eq!(one["raw"], json!({"folder": 1, "read": 1}));
    let two = made.message("2");
    assert_eq!((&two["folder"], two.get("read"), &two["forwarded"]), (&json!(6), None, &json!(true)));
    assert_eq!(two["raw"]["read"], 6);
    assert_eq!((&one["extra"]["high"], &two["extra"]["high"]), (&json!(0), &json!(6)));
    assert_eq!(made.message("3")["folder"], Value::Null);
    assert_eq!(made.message("4")["folder"], "inbox");
    assert_eq!(made.message("5")["folder"], "x");
}

const EARLIER: &str = "CREATE TABLE t (_id INTEGER PRIMARY KEY, body TEXT, who INTEGER);
    CREATE TABLE who (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO who VALUES (1, 'Old Name'), (2, 'Removed');
    INSERT INTO t VALUES (1, 'kept', 1), (2, 'helo', 1), (3, 'delete this', 1), (4, 'orphan', 2);";
const LATER: &str = "UPDATE t SET body = 'hello' WHERE _id = 2;
    DELETE FROM t WHERE _id = 3;
    INSERT INTO t VALUES (5, 'new', 1);
    UPDATE who SET name = 'New Name' WHERE id = 1;
    DELETE FROM who WHERE id = 2;";

fn versions_block() -> String {
    format!(
        "[record.lookup]\nwho = {{ table = \"who\", on = {{ id = \"who\" }} }}\n{FIELDS}body = \"body\"\nsender.name = \"who.name\""
    )
}

#[test]
fn versions_of_rows_have_the_state_that_the_live_view_gives_them() {
    let folder = with_wal(EARLIER, LATER);
    let made = run(folder.path(), &of_messages(&versions_block()));
    let told: Vec<(&str, &str, &str, &str)> = made
        .messages()
        .iter()
        .map(|message| {
            (
                message["native_id"].as_str().unwrap(),
                message["state"].as_str().unwrap(),
                message["provenance"]["rows"][0]["view"].as_str().unwrap(),
                message["body"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("1", "live", "live", "kept"),
            ("2", "live", "live", "hello"),
            ("2", "superseded", "main", "helo"),
            ("4", "live", "live", "orphan"),
            ("5", "live", "live", "new"),
            // Each commit rewrote the page; the last of them that held the row is the newest version.
            ("3", "deleted", "wal:1", "delete this"),
        ]
    );
    // Of a row that was copied from image to image the oldest copy is a sighting: of 1, 2, 3 and 4; what is left
    // of rows in unused space of the images stands there too.
    let coverage = made.coverage.iter().find(|table| table.table == "t").unwrap();
    assert_eq!((coverage.rows, coverage.records, coverage.repeated), (14, 6, 8));
    for id in ["1", "4"] {
        let seen = made.message(id)["provenance"]["seen_in"].as_array().unwrap();
        assert_eq!(seen.len(), 1, "{id}");
        assert_eq!((&seen[0]["view"], &seen[0]["source"]), (&json!("main"), &json!("main")));
    }
}

#[test]
fn a_look_up_sees_the_snapshot_of_the_row() {
    let folder = with_wal(EARLIER, LATER);
    let made = run(folder.path(), &of_messages(&versions_block()));
    let names: Vec<(&str, &str, &str)> = made
        .messages()
        .iter()
        .map(|message| {
            let name = message["sender"]["name"].as_str().unwrap();
            let view = message["provenance"]["rows"][1]["view"].as_str().unwrap();
            (message["body"].as_str().unwrap(), name, view)
        })
        .collect();
    assert_eq!(
        names,
        [
            ("kept", "New Name", "live"),
            ("hello", "New Name", "live"),
            ("helo", "Old Name", "main"),
            // The live view has no such row any more: the newest before it, and provenance says so.
            ("orphan", "Removed", "wal:4"),
            ("new", "New Name", "live"),
            ("delete this", "Old Name", "main"),
        ]
    );
    // The older name, and the first sighting of the present one.
    assert_eq!(made.message("1")["provenance"]["rows"][1]["other_versions"], 2);
}

#[test]
fn a_list_is_never_mixed_from_two_snapshots() {
    let folder = with_wal(
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, body TEXT); CREATE TABLE p (m INTEGER, who TEXT);
         INSERT INTO t VALUES (1, 'a'); INSERT INTO p VALUES (1, 'x'), (1, 'y');",
        "DELETE FROM p WHERE who = 'y'; UPDATE t SET body = 'b';",
    );
    let block = format!(
        "[record.lookup]\np = {{ table = \"p\", on = {{ m = \"_id\" }}, many = true }}\n{FIELDS}body = \"body\"\nparticipants.address = \"p.who\""
    );
    let made = run(folder.path(), &of_messages(&block));
    let parties: Vec<(&str, usize)> = made
        .messages()
        .iter()
        .map(|m| (m["body"].as_str().unwrap(), m["participants"].as_array().unwrap().len()))
        .collect();
    assert_eq!(parties, [("b", 1), ("a", 2)]);
}

#[test]
fn a_table_that_was_dropped_is_read_where_the_main_file_still_has_it() {
    let folder = with_wal(
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, body TEXT); INSERT INTO t VALUES (1, 'before the drop');
         CREATE TABLE other (a);",
        "DROP TABLE t; INSERT INTO other VALUES (1);",
    );
    let made = run(folder.path(), &of_messages(&format!("{FIELDS}body = \"body\"")));
    assert_eq!(made.message("1")["body"], "before the drop");
    assert_eq!(made.message("1")["state"], "deleted");
}

#[test]
fn of_several_files_the_nearest_serves_a_look_up() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE t (_id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);";
    for home in ["data/data/a", "data/data/b", "data/data/c"] {
        database(folder.path(), &format!("{home}/databases/example.db"), sql);
    }
    for home in ["data/data/a", "data/data/b"] {
        let name = format!(
            "CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n VALUES (1, '{home}');"
        );
        database(folder.path(), &format!("{home}/databases/names.db"), &name);
    }
    let block = format!(
        "[record.lookup]\nn = {{ table = \"n\", on = {{ id = \"_id\" }}, source = \"names\" }}\n{FIELDS}body = \"n.name\"\nextra.folder = \"folder()\""
    );
    let made = run(folder.path(), &of_messages(&block));
    let told: Vec<(&str, &str)> = made
        .messages()
        .iter()
        .map(|m| (m["extra"]["folder"].as_str().unwrap(), m["body"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("/data/data/a/databases", "data/data/a"),
            ("/data/data/b/databases", "data/data/b"),
            // Neither is nearer: the first by path.
            ("/data/data/c/databases", "data/data/a"),
        ]
    );
}

#[test]
fn a_missing_file_table_or_column_elsewhere_costs_no_row() {
    let block = format!(
        "[record.lookup]\nn = {{ table = \"n\", on = {{ id = \"_id\" }}, source = \"names\" }}\n{FIELDS}body = \"n.name\""
    );
    for names in [
        None,
        Some("CREATE TABLE other (a);"),
        Some("CREATE TABLE n (id INTEGER PRIMARY KEY, other TEXT); INSERT INTO n VALUES (1, 'x');"),
        Some("CREATE TABLE n (a TEXT);"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        database(
            folder.path(),
            "example.db",
            "CREATE TABLE t (_id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);",
        );
        if let Some(sql) = names {
            database(folder.path(), "names.db", sql);
        }
        let made = run(folder.path(), &of_messages(&block));
        assert_eq!(made.messages().len(), 1, "{names:?}");
        assert!(made.message("1").get("body").is_none(), "{names:?}");
        let said = made
            .findings
            .iter()
            .any(|finding| finding.message.contains("names") || finding.message.contains("n."));
        assert_eq!(said, names.is_some(), "{names:?}: {:?}", made.findings);
    }
}

#[test]
fn a_number_sign_stands_for_core_data_s_number() {
    let made = made(
        &format!(
            "[record.lookup]\nj = {{ table = \"Z_#LINK\", on = {{ \"Z_#MESSAGE\" = \"_id\" }} }}\n{FIELDS}body = \"j.Z_#TEXT\"\nsubject = \"Z_#S?\""
        ),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, Z_3S TEXT);
         CREATE TABLE Z_12LINK (Z_7MESSAGE INTEGER, Z_8TEXT TEXT);
         INSERT INTO t VALUES (1, 's'); INSERT INTO Z_12LINK VALUES (1, 'found');",
    );
    assert_eq!((&made.message("1")["body"], &made.message("1")["subject"]), (&json!("found"), &json!("s")));
}

#[test]
fn text_stored_as_latin_1_is_read_anew_and_kept_as_stored() {
    let made = made(
        &format!("{FIELDS}subject = {{ from = \"s\", as = \"latin1_utf8\" }}"),
        "CREATE TABLE t (_id INTEGER PRIMARY KEY, s TEXT);
         INSERT INTO t VALUES (1, 'FÃªte'), (2, 'plain'), (3, 'Fête'), (4, '🏞');",
    );
    assert_eq!(made.message("1")["subject"], "Fête");
    assert_eq!(made.message("1")["raw"]["subject"], "FÃªte");
    for (id, text) in [("2", "plain"), ("3", "Fête"), ("4", "🏞")] {
        assert_eq!(made.message(id)["subject"], text);
        assert!(made.message(id).get("raw").is_none(), "{id}");
    }
}

#[test]
fn a_renamed_database_is_known_by_all_columns_of_its_fingerprint_alone() {
    let block = format!("{FIELDS}body = \"body\"");
    for (columns, known) in [("fingerprinted TEXT, body TEXT", true), ("body TEXT", false)] {
        let folder = tempfile::tempdir().unwrap();
        let sql = format!(
            "CREATE TABLE t (_id INTEGER PRIMARY KEY, {columns}); INSERT INTO t (_id, body) VALUES (1, 'x');"
        );
        database(folder.path(), "Download/backup.bin", &sql);
        let made = run(folder.path(), &of_messages(&block));
        assert_eq!(made.messages().len(), usize::from(known), "{columns}");
        assert_eq!(made.codes().contains(&"recognised-by-content"), known);
    }
}

#[test]
fn rows_of_a_tree_are_named_by_key_and_path() {
    let definition = r#"
id = "ios.example"
name = "Example"
version = 1
platform = "ios"
summary = "Networks."

[[source]]
id = "main"
container = "json"
paths = ["**/example.json"]

[[record]]
kind = "wifi_network"
source = "main"
each = "networks.*"
where = { "hidden?" = { not = true } }

[record.fields]
service = { value = "wifi" }
ssid = "key()"
security = "type.name?"
extra.channels = "channels.*?"
extra.file = "folder()"
"#;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("etc")).unwrap();
    let json = r#"{"networks": {"a/b": {"type": {"name": "wpa"}, "channels": [1, 6]}, "c": {"hidden": true},
        "d": {"channels": [3]}, "d": {"type": {"name": "open"}}, "e": 7}}"#;
    fs::write(folder.path().join("etc/example.json"), json).unwrap();
    let made = run(folder.path(), &Catalog::single("my.toml", definition).unwrap());
    let networks = made.all("wifi_networks");
    let told: Vec<(&str, Option<&str>)> = networks
        .iter()
        .map(|network| (network["ssid"].as_str().unwrap(), network["security"].as_str()))
        .collect();
    assert_eq!(told, [("a/b", Some("wpa")), ("d", None), ("d", Some("open")), ("e", None)]);
    assert_eq!(networks[0]["extra"], json!({"channels": [1, 6], "file": "/etc"}));
    assert_eq!(networks[1]["extra"]["channels"], 3);
    assert_eq!(networks[0]["provenance"]["rows"][0]["path"], "/networks/a~1b");
    let mut ids: Vec<&str> = networks.iter().map(|network| network["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4, "a key that stands twice gives two records with ids of their own");
}

#[test]
fn ids_of_two_copies_with_different_write_ahead_logs_differ() {
    let folder = with_wal(EARLIER, LATER);
    let alias = folder.path().join("data/user/0/a/databases");
    let home = folder.path().join("data/data/a/databases");
    for place in [&alias, &home] {
        fs::create_dir_all(place).unwrap();
        fs::copy(folder.path().join("example.db"), place.join("example.db")).unwrap();
    }
    fs::copy(folder.path().join("example.db-wal"), home.join("example.db-wal")).unwrap();
    for name in ["example.db", "example.db-wal"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let made = run(folder.path(), &of_messages(&versions_block()));
    assert_eq!(made.paths, ["/data/data/a/databases/example.db"; 2]);
    let mut ids: Vec<&str> = made.messages().iter().map(|message| message["id"].as_str().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((all, ids.len()), (10, 10));
}

#[test]
fn withheld_content_does_not_come_back_under_raw() {
    let folder = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE t (_id INTEGER PRIMARY KEY, s TEXT); INSERT INTO t VALUES (1, 'secret Ãª'), (2, 'secret');";
    database(folder.path(), "example.db", sql);
    let catalog = of_messages(&format!(
        "{FIELDS}subject = {{ from = \"s\", as = \"latin1_utf8\" }}\nextra.preview = {{ from = \"s\", as = \"latin1_utf8\" }}\n\
         extra.kind = {{ from = \"s\", enum = \"kind\" }}\nquoted.body = {{ from = \"s\", as = \"latin1_utf8\" }}\n[enum.kind]\nx = \"y\""
    ));
    let spill = tempfile::tempdir().unwrap();
    let options =
        Options { md5: false, sha1: false, spill_dir: spill.path().to_owned(), keys: Default::default() };
    let evidence = Evidence::open(folder.path(), options).unwrap();
    let survey = artifact::survey(&evidence, catalog.definitions()).unwrap();
    for content in [Content::Hash, Content::Omit] {
        let options = RunOptions {
            content,
            period: Period::default(),
            kinds: vec![],
            views: Views::default(),
            threads: 1,
            hash_all: false,
        };
        let outcome = artifact::run(&survey, &options, &|_| Ok(Kept(Vec::new())), &|_| {}).unwrap();
        let records: Vec<&Value> =
            outcome.files.iter().flat_map(|file| &file.sink.0).map(|(_, record)| record).collect();
        assert_eq!(records.len(), 2);
        for record in records {
            assert!(!record.to_string().contains("secret"), "{content:?}: {record}");
        }
    }
}

#[test]
fn a_definition_of_a_folder_takes_the_place_of_the_one_with_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let text = SOUND.replace("android.example", "android.telephony.sms");
    fs::create_dir_all(folder.path().join("nested")).unwrap();
    fs::write(folder.path().join("nested/mine.toml"), &text).unwrap();
    fs::write(folder.path().join("notes.txt"), "no definition").unwrap();
    let known = Catalog::compiled_in().unwrap().definitions().len();
    let catalog = Catalog::compiled_in().unwrap().with_folder(folder.path()).unwrap();
    assert_eq!(catalog.definitions().len(), known);
    assert_eq!(catalog.get("android.telephony.sms").unwrap().text, text);
    let shown = common::affiant(&[
        "formats",
        "show",
        "android.telephony.sms",
        "--formats",
        folder.path().to_str().unwrap(),
    ]);
    assert_eq!(String::from_utf8_lossy(&{ shown }.output().unwrap().stdout), text);
}

#[test]
fn time_grows_with_the_rows_and_not_with_their_square() {
    let earlier = "CREATE TABLE t (_id INTEGER PRIMARY KEY, who INTEGER, ids TEXT);
        CREATE TABLE who (id INTEGER, name TEXT); CREATE INDEX i ON who (id);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
          INSERT INTO who SELECT i, 'name ' || i FROM n;
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
          INSERT INTO t SELECT i, i, NULL FROM n;
        UPDATE t SET ids = (SELECT group_concat(id, ' ') FROM who) WHERE _id = 1;";
    let folder =
        with_wal(earlier, "UPDATE who SET name = name || '!'; UPDATE t SET who = 0 WHERE _id > 4000;");
    let block = format!(
        "[record.lookup]\nwho = {{ table = \"who\", on = {{ id = \"who\" }} }}\n\
         all = {{ table = \"who\", on = {{ id = {{ from = \"ids\", decode = \"words\", path = \"*\" }} }}, many = true }}\n\
         {FIELDS}sender.name = \"who.name\"\nparticipants.name = \"all.name\"\nrecipients.name = \"all.name\""
    );
    let start = std::time::Instant::now();
    let made = run(folder.path(), &of_messages(&block));
    assert_eq!(made.message("1")["participants"].as_array().unwrap().len(), 8000);
    assert_eq!(made.messages().len(), 12_000);
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
}
