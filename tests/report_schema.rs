//! A real report fits the schema that `affiant schema` prints, and a report with a foreign field does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{affiant, parsed};

#[test]
fn the_reports_of_both_samples_fit_the_printed_schema() {
    let printed = affiant(&["schema"]).output().unwrap();
    assert!(printed.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for sample in ["samples/android", "samples/ios"] {
        let (_folder, report) = parsed(sample, &["--hash-all", "--case", "R v Doe", "--exhibit", "AB1"]);
        let faults: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path))
            .take(10)
            .collect();
        assert!(faults.is_empty(), "{sample}: {}", faults.join("\n"));
        let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
        let known: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let order: Vec<usize> = keys.iter().map(|key| known.iter().position(|k| k == key).unwrap()).collect();
        assert!(order.is_sorted(), "{sample}: the keys stand in another order than the contract: {keys:?}");
    }
}

#[test]
fn a_foreign_field_does_not_fit() {
    let printed = affiant(&["schema"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (_folder, mut report) = parsed("samples/android", &["--kinds", "call"]);
    assert!(validator.is_valid(&report));
    report["calls"][0]["colour"] = "red".into();
    assert!(!validator.is_valid(&report));
}
