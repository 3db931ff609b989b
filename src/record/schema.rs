//! The JSON Schema of a report, made from the same table of kinds that definitions are checked against.

use super::kinds::{Field, Holds, KINDS, Kind};
use super::provenance::State;
use serde_json::{Map, Value, json};

/// JSON Schema (draft 2020-12) of `report.json`.
pub fn report_schema() -> Value {
    let mut properties = Map::new();
    properties.insert(
        "format".into(),
        json!({"type":"object","required":["name","version"],"additionalProperties":false,
        "properties":{"name":{"const":"affiant-report"},"version":{"const":1}}}),
    );
    properties.insert("slice".into(), slice());
    properties.insert("tool".into(), tool());
    properties.insert("case".into(), case());
    properties.insert("evidence".into(), evidence());
    properties.insert("device".into(), device());
    properties.insert("files".into(), json!({"type":"array","items":{"$ref":"#/$defs/file"}}));
    for kind in KINDS.iter().filter(|kind| kind.name != "device") {
        properties
            .insert(kind.plural.into(), json!({"type":"array","description":kind.doc,"items":record(kind)}));
    }
    properties.insert("analysis".into(), analysis());
    properties.insert(
        "inventory".into(),
        json!({"type":"array","description":"Every file of the evidence (--hash-all).",
        "items":{"$ref":"#/$defs/inventory_entry"}}),
    );
    properties.insert("coverage".into(), coverage());
    properties.insert("findings".into(), json!({"type":"array","items":{"$ref":"#/$defs/finding"}}));
    properties.insert(
        "counts".into(),
        json!({"type":"object","required":["kinds","states","services","withheld"]}),
    );
    let kinds =
        KINDS.iter().filter(|kind| kind.always_present && kind.name != "device").map(|kind| kind.plural);
    let required: Vec<&str> = kinds.chain(["analysis", "coverage", "findings", "counts"]).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "affiant report, version 1",
        "type": "object",
        "additionalProperties": false,
        "required": ["format", "tool", "evidence", "device", "files"],
        "anyOf": [
            {"description": "A report.", "required": required, "not": {"required": ["slice"]}},
            {"description": "A slice: what a selection took of a report.", "required": ["slice"]},
        ],
        "properties": properties,
        "$defs": definitions(),
    })
}

fn analysis() -> Value {
    let entries = json!({"type":"array","items":{"type":"object","required":["rule","records"],"properties":{
        "rule":{"type":"string"},"records":{"type":"array","description":"Ids of the records it rests on; of many the first.",
        "items":{"type":"string"}},"more":{"type":"integer","description":"How many are not listed."}}}});
    json!({"type":"object","description":"What stands in the records and what trials ask: each entry with its rule. Never a conclusion.",
        "required":["rules","duplicates","gaps","time","attribution"],"additionalProperties":false,"properties":{
        "rules":{"type":"array","items":{"type":"object","required":["rule","section","says"]}},
        "duplicates":entries,"gaps":entries,"time":entries,"attribution":entries}})
}

fn slice() -> Value {
    json!({"type":"object","description":"Of a slice: which report it is of, what was selected, what was withheld.",
        "required":["report","exhibit","selections","records","of","rules","withheld"],"additionalProperties":false,"properties":{
        "report":{"$ref":"#/$defs/sha256"},"exhibit":{"type":"string"},
        "selections":{"type":"array","items":{"type":"object","required":["select","records"]}},
        "records":{"type":"object"},"of":{"type":"object"},"withheld":{"type":"integer"},
        "rules":{"type":"array","items":{"type":"object","required":["rule","reason","authority"],"additionalProperties":false,
            "properties":{"rule":{"type":"integer"},"reason":{"type":"string"},"authority":{"type":"string"}}}}}})
}

fn tool() -> Value {
    json!({"type":"object","required":["name","version","definitions","options"],"additionalProperties":false,"properties":{
        "name":{"const":"affiant"},"version":{"type":"string"},
        "definitions":{"type":"array","items":{"type":"object","required":["id","version","sha256"],"additionalProperties":false,
            "properties":{"id":{"type":"string"},"version":{"type":"integer"},"sha256":{"$ref":"#/$defs/sha256"}}}},
        "options":{"type":"object"}}})
}

fn case() -> Value {
    json!({"type":"object","description":"What the examiner said of the case (--case, --case-file); echoed, not checked.",
        "minProperties":1,"additionalProperties":false,"properties":{
        "name":{"type":"string"},"exhibit":{"type":"string"},"operator":{"type":"string"},"authority":{"type":"string"}}})
}

fn evidence() -> Value {
    json!({"type":"object","required":["name","kind","files","bytes"],"properties":{
        "name":{"type":"string"},"kind":{"type":"string"},"files":{"type":"integer"},"bytes":{"type":"integer"},
        "layers":{"type":"array","description":"The archives inside that were opened with it.","items":{"type":"object",
            "required":["within","kind"],"properties":{"within":{"$ref":"#/$defs/within"},"kind":{"type":"string"}}}},
        "sha256":{"$ref":"#/$defs/sha256"},"md5":{"type":"string"},"sha1":{"type":"string"}}})
}

fn device() -> Value {
    let Some(kind) = KINDS.iter().find(|kind| kind.name == "device") else { return json!(false) };
    let fact = |value: Value| {
        json!({"type":"object","required":["value","artifact","state","provenance"],"properties":{
            "value":value,"artifact":{"type":"string"},"certainty":{"$ref":"#/$defs/certainty"},"state":{"$ref":"#/$defs/state"},"provenance":{"$ref":"#/$defs/provenance"},
            "others":{"type":"array","description":"What other sources say instead."}}})
    };
    let mut members: Map<String, Value> =
        kind.fields.iter().map(|field| (field.name.to_owned(), fact(described(field)))).collect();
    members.insert("extra".into(), json!({"type":"object","additionalProperties":fact(json!(true))}));
    json!({"type":"object","description":kind.doc,"additionalProperties":false,"properties":members})
}

fn record(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert(
        "id".into(),
        json!({"type":"string","pattern":format!("^{}-[0-9a-f]{{16}}$", kind.name.replace('_', "-"))}),
    );
    properties.insert("artifact".into(), json!({"type":"string"}));
    properties.insert("certainty".into(), json!({"$ref":"#/$defs/certainty"}));
    properties.insert("service".into(), json!({"$ref":"#/$defs/text"}));
    properties.insert("state".into(), json!({"$ref":"#/$defs/state"}));
    properties.extend(kind.fields.iter().map(|field| (field.name.to_owned(), described(field))));
    properties.insert("extra".into(), json!({"type":"object"}));
    properties.insert(
        "raw".into(),
        json!({"type":"object","description":"Codes as the source holds them: field → code."}),
    );
    properties.insert("provenance".into(), json!({"$ref":"#/$defs/provenance"}));
    json!({"type":"object","additionalProperties":false,
        "required":["id","artifact","service","state","provenance"],"properties":properties})
}

fn described(field: &Field) -> Value {
    json!({"description":field.doc,"anyOf":[holds(field.holds),{"$ref":"#/$defs/redacted"}]})
}

fn holds(holds: Holds) -> Value {
    match holds {
        Holds::Text => json!({"$ref":"#/$defs/text"}),
        Holds::Code([]) => json!({"type":["string","integer","number","boolean","object","null"]}),
        Holds::Code(labels) => {
            json!({"anyOf":[{"enum":labels},{"type":["integer","number","null"]},{"type":"string","description":"A code without a label."}]})
        }
        Holds::Bool => json!({"type":["boolean","null"]}),
        Holds::Integer | Holds::Number | Holds::Seconds => {
            json!({"anyOf":[{"type":["number","null"]},{"$ref":"#/$defs/text"}]})
        }
        Holds::Time => json!({"anyOf":[{"$ref":"#/$defs/time"},{"$ref":"#/$defs/text"}]}),
        Holds::Object(fields) => object(fields),
        Holds::Objects(fields) => json!({"type":"array","items":object(fields)}),
        Holds::Texts => json!({"type":"array","items":{"$ref":"#/$defs/text"}}),
    }
}

fn object(fields: &[Field]) -> Value {
    let members: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), described(field))).collect();
    json!({"type":"object","additionalProperties":false,"properties":members})
}

fn coverage() -> Value {
    json!({"type":"object","required":["tables","apps","encrypted","unmapped"],"additionalProperties":false,"properties":{
        "tables":{"type":"array","items":{"type":"object",
            "required":["artifact","kind","file","table","rows","records","excluded","repeated","unreadable"]}},
        "apps":{"type":"array","items":{"type":"object","required":["app","status"],
            "properties":{"app":{"type":"string"},"status":{"enum":["parsed","empty","failed","encrypted","no_definition"]}}}},
        "encrypted":{"type":"array","description":"What looks encrypted and no key opened.","items":{"type":"object",
            "required":["path","what","why","needs","tried"],"additionalProperties":false,"properties":{"path":{"type":"string"},
            "file":{"type":"integer"},"what":{"type":"string"},"why":{"type":"string"},"needs":{"type":"string"},
            "tried":{"type":"integer","description":"How many keys were tried on it."}}}},
        "unmapped":{"type":"array","description":"Realm files that no definition reads, and what they hold; candidates are guesses.",
            "items":{"type":"object","required":["path","container","format","size","sha256","tables"],"properties":{
                "path":{"type":"string"},"container":{"const":"realm"},"format":{"type":"integer"},"size":{"type":"integer"},
                "sha256":{"$ref":"#/$defs/sha256"},"tables":{"type":"array","items":unmapped_table()}}}}}})
}

fn unmapped_table() -> Value {
    json!({"type":"object","required":["name","rows","looked_at","columns"],"additionalProperties":false,"properties":{
        "name":{"type":"string"},"rows":{"type":"integer"},"looked_at":{"type":"integer"},"candidate":{"type":"string"},
        "columns":{"type":"array","items":{"type":"object","required":["name","type","set"],"additionalProperties":false,
            "properties":{"name":{"type":"string"},"type":{"type":"string"},"target":{"type":"string"},"set":{"type":"integer"},
                "candidate":{"type":"string"},"unit":{"type":"string"},"first":{"type":"string"},"last":{"type":"string"}}}}}})
}

fn definitions() -> Value {
    json!({
        "sha256": {"type":"string","pattern":"^[0-9a-f]{64}$"},
        "redacted": {"type":"object","description":"Of a slice: withheld, by which rules; `left` is the text around it.","required":["redacted"],
            "additionalProperties":false,"properties":{"redacted":{"type":"array","minItems":1,"items":{"type":"integer"}},
            "left":{"type":"array","items":{"type":"string"}}}},
        "within": {"type":"array","description":"Names of archives in the evidence, outermost first.","minItems":1,"items":{"type":"string"}},
        "certainty": {"const":"candidate","description":"Its definition is not confirmed against known data."},
        "state": {"enum":State::ALL.map(State::name)},
        "text": {"anyOf":[
            {"type":["string","null"]},
            {"type":"object","description":"Not valid in its encoding: a reading, and the bytes.","required":["text","bytes"],
             "additionalProperties":false,"properties":{"text":{"type":"string"},"bytes":{"type":"string","pattern":"^([0-9a-f]{2})*$"}}},
            {"type":"object","required":["blob"],"additionalProperties":false,"properties":{"blob":{"type":"string","pattern":"^([0-9a-f]{2})*$"}}},
            {"type":"object","description":"Withheld but for its hash.","required":["sha256"],"additionalProperties":false,
             "properties":{"sha256":{"$ref":"#/$defs/sha256"}}}]},
        "time": {"anyOf":[{"type":"null"},{"type":"object","required":["utc","raw","unit"],"additionalProperties":false,"properties":{
            "utc":{"type":["string","null"],"pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$"},
            "raw":{"type":["number","string"]},"unit":{"type":"string"},"zone":{"type":["string","null"]}}}]},
        "provenance": {"type":"object","required":["rows","seen_in"],"additionalProperties":false,"properties":{
            "rows":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/row"}},
            "seen_in":{"type":"array","items":{"type":"object","required":["view","source","page","offset","length"]}}}},
        "row": {"type":"object","required":["role","file","view","source","offset","length","complete"],"additionalProperties":false,
            "properties":{"role":{"type":"string"},"file":{"type":"integer"},"table":{"type":"string"},"path":{"type":"string"},"cell":{"type":"string"},
            "rowid":{"type":"integer"},"view":{"type":"string"},"source":{"type":"string"},"page":{"type":"integer"},
            "offset":{"type":"integer"},"length":{"type":"integer"},"complete":{"type":"boolean"},
            "missing":{"type":"array","items":{"type":"string"},"minItems":1},"reason":{"type":"string"},
            "overflow":{"type":"array","items":{"type":"object","required":["source","page","offset"]}},
            "other_versions":{"type":"integer"}}},
        "file": {"type":"object","required":["id","path","size","container","definitions","companions"],"properties":{
            "id":{"type":"integer"},"path":{"type":"string"},"within":{"$ref":"#/$defs/within"},"size":{"type":"integer"},"sha256":{"$ref":"#/$defs/sha256"},
            "encryption":{"type":"object","description":"How it was encrypted, where a key opened it.","required":["method"],
                "additionalProperties":false,"properties":{"method":{"type":"string"},"derived":{"type":"object",
                "description":"The file that decryption makes, where offsets are told in it.","required":["size","sha256"],
                "properties":{"size":{"type":"integer"},"sha256":{"$ref":"#/$defs/sha256"}}}}},
            "companions":{"type":"array","items":{"type":"object","required":["path","size"]}}}},
        "inventory_entry": {"type":"object","required":["path","size"],"properties":{"sha256":{"$ref":"#/$defs/sha256"}}},
        "finding": {"type":"object","required":["code","loss","message"],"properties":{"code":{"type":"string"},
            "loss":{"type":"boolean"},"message":{"type":"string"}}},
    })
}
