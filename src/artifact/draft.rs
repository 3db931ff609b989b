//! A definition drafted from what the tables of a database look like. Every line that rests on the form of values or on a name alone is marked
//! `# guess`; the draft is sound as it is, and the examiner confirms or changes each guess against known data.

use super::sketch::{ColumnSketch, Sketched, TableSketch};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a draft is about.
#[derive(Debug, Clone)]
pub struct Drafted<'d> {
    /// The name of the file on the device.
    pub file: &'d str,
    /// What it is.
    pub sketched: Sketched,
    /// Tables that the draft is limited to; none: all that look like records.
    pub tables: &'d [String],
}

/// Words in the name of a table, and the kind of record that they speak of. The first that fits is taken.
const KINDS: &[(&str, &[&str])] = &[
    ("call", &["call"]),
    ("message", &["message", "msg", "sms", "mms", "chat_item", "interaction", "mail", "event"]),
    ("conversation", &["conversation", "thread", "chat", "dialog", "room", "group", "session"]),
    (
        "contact",
        &["contact", "user", "person", "people", "recipient", "friend", "buddy", "roster", "profile"],
    ),
    ("account", &["account"]),
];

/// Words in the name of a column, and the field that they speak of, for each kind. The first that fits is taken.
const MESSAGE: &[(&str, &[&str])] = &[
    ("body", &["body", "text", "content", "message_msg"]),
    ("conversation", &["conversation", "thread", "chat", "dialog", "room"]),
    ("subject", &["subject"]),
    ("native_id", &["guid", "uuid", "uid", "message_id", "messageid", "msgid", "msg_id", "key_id"]),
    (
        "sender.address",
        &["sender", "author", "address", "number", "jid", "identity", "handle", "from", "who"],
    ),
    ("attachments.path", &["path", "file"]),
];
const CONTACT: &[(&str, &[&str])] = &[
    ("given_name", &["first", "given"]),
    ("family_name", &["last_name", "lastname", "family"]),
    ("nickname", &["nick"]),
    ("display_name", &["name"]),
    ("phones.value", &["phone", "number", "e164"]),
    ("emails.value", &["mail"]),
    ("handles.value", &["handle", "jid", "uuid", "identity"]),
];
const CONVERSATION: &[(&str, &[&str])] =
    &[("name", &["name", "title", "subject"]), ("native_id", &["uuid", "guid", "jid"])];
const CALL: &[(&str, &[&str])] = &[
    ("duration_s", &["duration"]),
    ("counterparty.address", &["number", "address", "peer", "jid", "phone", "uuid"]),
    ("counterparty.name", &["name"]),
];
const ACCOUNT: &[(&str, &[&str])] =
    &[("identifier", &["user", "login", "jid", "mail", "number"]), ("display_name", &["name"])];

/// Words of a time's name, and the field for it. A time without any is the first field of its kind.
const MESSAGE_TIMES: &[(&str, &[&str])] = &[
    ("received_at", &["receiv"]),
    ("delivered_at", &["deliver"]),
    ("edited_at", &["edit"]),
    ("deleted_at", &["delet"]),
    ("expires_at", &["expir", "destruct"]),
    ("stored_at", &["creat", "stor", "insert"]),
    ("read_at", &["read"]),
    ("sent_at", &["sent", "date", "time", "ts", "posted"]),
];
const CALL_TIMES: &[(&str, &[&str])] = &[("ended_at", &["end"]), ("started_at", &["start", "date", "time"])];
const CONTACT_TIMES: &[(&str, &[&str])] = &[("created_at", &["creat"]), ("updated_at", &["updat", "modif"])];
const CONVERSATION_TIMES: &[(&str, &[&str])] =
    &[("created_at", &["creat"]), ("last_message_at", &["date", "time", "last"])];
const ACCOUNT_TIMES: &[(&str, &[&str])] = &[("created_at", &["creat"])];

/// Names that tell the direction, and what 1 means in them.
const DIRECTIONS: &[(&[&str], [&str; 2])] = &[
    (
        &["outbox", "outgoing", "from_me", "fromme", "isown", "is_sent", "item_sent", "originated"],
        ["incoming", "outgoing"],
    ),
    (&["incoming", "inbox", "is_received"], ["outgoing", "incoming"]),
];

/// Columns whose content does not belong in a report.
const SECRETS: &[&str] =
    &["password", "passwd", "token", "secret", "private", "cipher_key", "encryption_key"];

/// The text of a definition.
pub fn draft(tables: &[TableSketch], about: &Drafted<'_>) -> String {
    let mut out = String::new();
    let core_data = tables.iter().any(|table| table.name == "Z_PRIMARYKEY");
    let named: Vec<&TableSketch> = tables.iter().filter(|table| wanted(table, about)).collect();
    head(&mut out, &named, about, if core_data { "ios" } else { "android" });
    let mut directions = Directions::new();
    for table in &named {
        let kind = kind(table).or((!about.tables.is_empty()).then_some("message"));
        match kind {
            Some(kind) => record(&mut out, (table, tables), kind, about, &mut directions),
            None => drop(writeln!(
                out,
                "\n# {}: {} rows, {} columns: looks like none of the kinds",
                one_line(&table.name),
                table.rows,
                table.columns.len()
            )),
        }
    }
    for (name, [zero, one]) in directions {
        let _ = write!(
            out,
            "\n# guess: from the name of the column\n[enum.{name}]\n0 = \"{zero}\"\n1 = \"{one}\"\n"
        );
    }
    out
}

/// Whether a table has this name; of a class the `class_` of the object store may be left out.
pub fn is_named(table: &TableSketch, name: &str) -> bool {
    name.eq_ignore_ascii_case(&table.name) || name.eq_ignore_ascii_case(bare(&table.name))
}

/// The name of a class as its app has it.
fn bare(table: &str) -> &str {
    table.strip_prefix("class_").unwrap_or(table)
}

fn wanted(table: &TableSketch, about: &Drafted<'_>) -> bool {
    match about.tables {
        [] => table.rows > 0,
        named => named.iter().any(|name| is_named(table, name)),
    }
}

fn head(out: &mut String, tables: &[&TableSketch], about: &Drafted<'_>, platform: &str) {
    let slug = slug(about.file);
    let _ = write!(
        out,
        "# A draft. What is marked `# guess` rests on names and on the form of values alone: confirm each against known data,\n\
         # then say in `references` where the facts can be checked.\n\
         id         = \"{platform}.{slug}\"\n\
         name       = {file}\n\
         version    = 1\n\
         platform   = \"{platform}\" # guess\n\
         summary    = \"A draft: what the tables and columns mean is guessed.\"\n\
         certainty  = \"candidate\" # take this away when every guess is confirmed\n\
         references = []\n\
         caveats    = [\"This definition was drafted from a file of the evidence and is not confirmed.\"]\n\n\
         [[source]]\n\
         id          = \"main\"\n\
         container   = \"{container}\"\n\
         paths       = [{glob}]\n",
        container = match about.sketched {
            Sketched::Database => "sqlite",
            Sketched::Realm(_) => "realm",
        },
        file = quoted(about.file),
        glob = quoted(&format!("**/{}", escaped(about.file))),
    );
    fingerprint(out, tables);
}

/// What the database is known by under another name: columns of the first two tables that give records.
fn fingerprint(out: &mut String, tables: &[&TableSketch]) {
    let marks: Vec<String> = tables
        .iter()
        .filter(|table| kind(table).is_some() && plain(&table.name))
        .take(2)
        .map(|table| {
            let columns: Vec<String> = table
                .columns
                .iter()
                .filter(|column| plain(&column.name))
                .take(6)
                .map(|column| quoted(&column.name))
                .collect();
            format!("{} = [{}]", bare(&table.name), columns.join(", "))
        })
        .collect();
    if !marks.is_empty() {
        let _ = writeln!(
            out,
            "# guess: by these columns the database is known under another name\nfingerprint = {{ {} }}",
            marks.join(", ")
        );
    }
}

/// The kind of record that a table looks like: by its name, and by whether it holds what the kind needs.
fn kind(table: &TableSketch) -> Option<&'static str> {
    let name = bare(&table.name).to_ascii_lowercase();
    let (found, _) = KINDS.iter().find(|(_, words)| words.iter().any(|word| name.contains(word)))?;
    let has = |fields: &[(&str, &[&str])], field: &str| {
        table.columns.iter().any(|column| column.set > 0 && field_of(&column.name, fields) == Some(field))
    };
    let timed = table.columns.iter().any(|column| is_time(column).is_some());
    let fits = match *found {
        "message" => timed && has(MESSAGE, "body"),
        "call" => timed,
        "contact" => {
            has(CONTACT, "display_name") || has(CONTACT, "phones.value") || has(CONTACT, "given_name")
        }
        "conversation" => timed || has(CONVERSATION, "name"),
        _ => true,
    };
    fits.then_some(*found)
}

/// The enums of a draft: what 0 and what 1 mean.
type Directions = BTreeMap<String, [&'static str; 2]>;

fn record(
    out: &mut String,
    (table, tables): (&TableSketch, &[TableSketch]),
    kind: &'static str,
    about: &Drafted<'_>,
    directions: &mut Directions,
) {
    let _ = write!(
        out,
        "\n# guess: {} rows were looked at\n[[record]]\nkind   = \"{kind}\"\nsource = \"main\"\ntable  = {}\n",
        table.rows,
        quoted(bare(&table.name)),
    );
    let links = links(table, tables, kind);
    if !links.is_empty() {
        out.push_str("\n[record.lookup]\n");
        for link in &links {
            let (name, table) = (&link.lookup, quoted(bare(&link.target.name)));
            let _ = writeln!(
                out,
                "{name} = {{ table = {table}, on = {{ rowid = {} }} }}",
                quoted(&link.column.name)
            );
        }
    }
    let _ = write!(out, "\n[record.fields]\nservice = {{ value = {} }}\n", quoted(&slug(about.file)));
    let mut taken: Vec<&str> = Vec::new();
    let mut extras = Vec::new();
    for link in &links {
        for (field, column) in &link.fields {
            if !taken.contains(field) {
                taken.push(field);
                let _ = write!(out, "# guess: from the link\n{field} = \"{}.{column}\"\n", link.lookup);
            }
        }
    }
    for column in &table.columns {
        if !plain(&column.name) || SECRETS.iter().any(|word| column.name.to_ascii_lowercase().contains(word))
        {
            let _ = writeln!(out, "# left out: {}", one_line(&column.name));
            continue;
        }
        match line(column, kind, &taken, directions) {
            Some((field, line)) if column.set > 0 || column.is_coded && column.numbers > 0 => {
                taken.push(field);
                out.push_str(&line);
            }
            _ => extras.push(column),
        }
    }
    if kind != "account" || !taken.is_empty() {
        identifier(out, table, &taken);
    }
    out.push_str("\n[record.fields.extra]\n");
    for column in extras {
        extra(out, column);
    }
}

/// A column that leads to objects of another class.
struct Link<'t> {
    column: &'t ColumnSketch,
    target: &'t TableSketch,
    lookup: String,
    /// Field of the record → column of the other class.
    fields: Vec<(&'static str, String)>,
}

/// The links of a class that tell of a person, and what they tell.
fn links<'t>(table: &'t TableSketch, tables: &'t [TableSketch], kind: &str) -> Vec<Link<'t>> {
    let (fields, _) = vocabulary(kind);
    let mut found: Vec<Link<'t>> = Vec::new();
    for column in table.columns.iter().filter(|column| column.type_name == "link" && plain(&column.name)) {
        let target = tables.iter().find(|table| Some(&table.name) == column.target.as_ref());
        let (address, name) = match field_of(&column.name, fields) {
            Some("sender.address") => ("sender.address", "sender.name"),
            Some("counterparty.address") => ("counterparty.address", "counterparty.name"),
            _ => continue,
        };
        let Some(target) = target else { continue };
        let first = |wanted: &[&str]| {
            let is_it = |column: &&ColumnSketch| {
                column.texts > 0
                    && plain(&column.name)
                    && field_of(&column.name, CONTACT).is_some_and(|field| wanted.contains(&field))
            };
            target.columns.iter().find(is_it).map(|column| column.name.clone())
        };
        let told = [
            (address, first(&["handles.value", "phones.value", "emails.value"])),
            (name, first(&["display_name", "nickname", "given_name"])),
        ];
        let fields = told.into_iter().filter_map(|(field, column)| Some((field, column?))).collect();
        found.push(Link { column, target, lookup: slug(&column.name), fields });
    }
    found
}

/// What the columns of a table may be: the kind of record, and for each column the field that its name and its values speak of.
pub(super) fn candidates(table: &TableSketch) -> Option<(&'static str, Vec<(&str, &'static str)>)> {
    let kind = kind(table)?;
    let (mut taken, mut directions, mut found) = (Vec::new(), Directions::new(), Vec::new());
    for column in &table.columns {
        let linked =
            (column.type_name == "link").then(|| field_of(&column.name, vocabulary(kind).0)).flatten();
        let told = line(column, kind, &taken, &mut directions).map(|(field, _)| field).or(linked);
        if let Some(field) = told.filter(|field| !taken.contains(field)) {
            taken.push(field);
            found.push((column.name.as_str(), field));
        }
    }
    Some((kind, found))
}

/// Where no column looks like an identifier, the rowid is one.
fn identifier(out: &mut String, table: &TableSketch, taken: &[&str]) {
    if !taken.contains(&"native_id") {
        let key = ["_id", "id", "Z_PK"]
            .iter()
            .find(|name| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)));
        let _ = writeln!(out, "native_id = \"{}\"", key.unwrap_or(&"rowid"));
    }
}

/// The field of a column, and its lines.
fn line(
    column: &ColumnSketch,
    kind: &str,
    taken: &[&str],
    directions: &mut Directions,
) -> Option<(&'static str, String)> {
    let (fields, times) = vocabulary(kind);
    let name = quoted(&column.name);
    if let Some(unit) = is_time(column) {
        let field = field_of(&column.name, times).filter(|field| !taken.contains(field))?;
        let line = format!(
            "# guess: {} values read as {unit}\n{field} = {{ from = {name}, as = \"{unit}\" }}\n",
            column.set
        );
        return Some((field, line));
    }
    if let Some(direction) = direction(column, kind).filter(|_| !taken.contains(&"direction")) {
        let table = format!("direction_{}", slug(&column.name));
        directions.insert(table.clone(), direction);
        let line = format!(
            "# guess: from the name and from the codes\ndirection = {{ from = {name}, enum = \"{table}\" }}\n"
        );
        return Some(("direction", line));
    }
    let field =
        field_of(&column.name, fields).filter(|field| !taken.contains(field) && fits(column, field))?;
    let conversion = match (field.ends_with("address"), column.address()) {
        (true, Some(kind)) => format!("{{ from = {name}, as = \"{kind}\" }}"),
        _ if field == "duration_s" => format!("{{ from = {name}, as = \"seconds\" }}"),
        _ => name,
    };
    Some((field, format!("# guess: from the name\n{field} = {conversion}\n")))
}

/// Whether the values of a column can be what its name says.
fn fits(column: &ColumnSketch, field: &str) -> bool {
    match field {
        "duration_s" => column.numbers > 0,
        "native_id" | "conversation" => column.blobs == 0,
        _ => column.texts > 0,
    }
}

fn extra(out: &mut String, column: &ColumnSketch) {
    let (name, key) = (quoted(&column.name), key(&column.name));
    let _ = match (is_time(column), column.blobs > 0) {
        (Some(unit), _) => writeln!(out, "{key} = {{ from = {name}, as = \"{unit}\" }} # guess"),
        (None, true) if column.texts == 0 && column.numbers == 0 => {
            writeln!(out, "{key} = {{ from = {name}, as = \"hex\" }}")
        }
        _ => writeln!(out, "{key} = {name}"),
    };
}

type Words = &'static [(&'static str, &'static [&'static str])];

fn vocabulary(kind: &str) -> (Words, Words) {
    match kind {
        "call" => (CALL, CALL_TIMES),
        "contact" => (CONTACT, CONTACT_TIMES),
        "conversation" => (CONVERSATION, CONVERSATION_TIMES),
        "account" => (ACCOUNT, ACCOUNT_TIMES),
        _ => (MESSAGE, MESSAGE_TIMES),
    }
}

fn field_of<'f>(column: &str, fields: &[(&'f str, &[&str])]) -> Option<&'f str> {
    let name = column.to_ascii_lowercase();
    fields.iter().find(|(_, words)| words.iter().any(|word| name.contains(word))).map(|(field, _)| *field)
}

/// A unit of time, where the name of the column does not speak against it. Seconds are as large as many an identifier: they need a name for it.
fn is_time(column: &ColumnSketch) -> Option<&'static str> {
    let name = column.name.to_ascii_lowercase();
    let unit = column.time()?;
    let spoken = [
        "date", "time", "stamp", "_at", "_ts", "sent", "receiv", "creat", "modif", "updat", "expir", "last",
        "seen", "start", "end",
    ];
    let is_spoken = name == "ts" || spoken.iter().any(|word| name.contains(word));
    let is_named = !name.ends_with("id") && (is_spoken || !unit.ends_with("_s"));
    is_named.then_some(unit)
}

fn direction(column: &ColumnSketch, kind: &str) -> Option<[&'static str; 2]> {
    let has_one = matches!(kind, "message" | "call");
    let coded =
        column.is_coded && column.codes.iter().all(|code| matches!(code, 0 | 1)) && !column.codes.is_empty();
    let name = column.name.to_ascii_lowercase();
    let (_, meaning) = DIRECTIONS.iter().find(|(words, _)| words.iter().any(|word| name.contains(word)))?;
    (has_one && coded).then_some(*meaning)
}

/// A name that can stand in a definition without meaning anything else.
fn plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
}

/// A name in the form of the names of a definition.
fn slug(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let letters: String = stem
        .chars()
        .map(|each| if each.is_ascii_alphanumeric() { each.to_ascii_lowercase() } else { '_' })
        .collect();
    let trimmed = letters.trim_matches('_');
    match trimmed.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => trimmed.to_owned(),
        false => format!("draft_{trimmed}"),
    }
}

/// A column as a key under `extra`: two columns of a table never share one.
fn key(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => lower,
        false => format!("column_{lower}"),
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A name as a glob that means it alone.
fn escaped(name: &str) -> String {
    name.chars().map(|each| if "*?[]{}\\!".contains(each) { '?' } else { each }).collect()
}

/// A name inside a comment: nothing of it ends the line.
fn one_line(name: &str) -> String {
    name.chars().map(|each| if each.is_control() { '?' } else { each }).collect()
}
