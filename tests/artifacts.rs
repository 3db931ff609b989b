//! Every definition on its samples: each `[[example]]` holds, and every record can be made again from its bytes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use affiant::artifact::{self, Catalog, RunOptions, check_example};
use affiant::evidence::{Evidence, Keys, Options};
use affiant::parse::sqlite::Views;
use affiant::record::{Content, Period, Record, Sink};
use affiant::report::record_value;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

struct Kept(Vec<(String, Value)>);

impl Sink for Kept {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        self.0.push((record.kind.plural.to_owned(), record_value(record)));
        Ok(())
    }
}

fn records(catalog: &Catalog, (sample, keys): (&str, Option<&str>)) -> Vec<(String, Value)> {
    let spill = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(sample);
    let keys = keys.map(|keys| Keys::of_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(keys)).unwrap());
    let options = Options {
        md5: false,
        sha1: false,
        spill_dir: spill.path().to_owned(),
        keys: keys.unwrap_or_default().into(),
    };
    let evidence = Evidence::open(&path, options).unwrap();
    let survey = artifact::survey(&evidence, catalog.definitions()).unwrap();
    let options = RunOptions {
        content: Content::Full,
        period: Period::default(),
        kinds: vec![],
        views: Views::default(),
        threads: 2,
        hash_all: false,
    };
    let outcome = artifact::run(&survey, &options, &|_| Ok(Kept(Vec::new())), &|_| {}).unwrap();
    outcome.files.into_iter().flat_map(|file| file.sink.0).collect()
}

#[test]
fn every_example_of_every_definition_holds() {
    let catalog = Catalog::compiled_in().unwrap_or_else(|faults| panic!("{faults:#?}"));
    let mut samples: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    let mut failures = Vec::new();
    for definition in catalog.definitions() {
        assert!(!definition.examples.is_empty(), "{} has no example", definition.id);
        for example in &definition.examples {
            let made = samples
                .entry(example.sample.clone())
                .or_insert_with(|| records(&catalog, (&example.sample, example.keys.as_deref())));
            for failure in check_example(definition, example, made) {
                failures
                    .push(format!("{}: expected {}\n    {}", definition.id, failure.expected, failure.found));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_definition_rests_on_references_and_shows_older_rows_where_it_can() {
    let catalog = Catalog::compiled_in().unwrap();
    for definition in catalog.definitions() {
        assert!(!definition.references.is_empty(), "{} has no reference", definition.id);
        assert!(definition.references.iter().all(|link| link.starts_with("https://")), "{}", definition.id);
        assert!(!definition.caveats.is_empty(), "{} has no caveat", definition.id);
        let sqlite =
            definition.text.contains("container = \"sqlite\"") || definition.text.contains("\"sqlite\"");
        let shown: Vec<&str> = definition
            .examples
            .iter()
            .flat_map(|example| &example.expect)
            .filter_map(|expectation| expectation.get("state").and_then(|state| state.as_str()))
            .collect();
        if sqlite {
            for state in ["live", "superseded", "deleted"] {
                assert!(shown.contains(&state), "{} has no {state} example", definition.id);
            }
        }
    }
}

#[test]
fn an_id_begins_with_its_platform() {
    for definition in Catalog::compiled_in().unwrap().definitions() {
        let is_of_platform = definition.id.starts_with(&format!("{}.", definition.platform));
        assert!(is_of_platform || definition.id.starts_with("encrochat."), "{}", definition.id);
    }
}
