//! `affiant verify` of a slice: each record from its bytes. What was not selected is not there, so sums and a run over the whole
//! evidence tell nothing.

use super::text::{grouped, printable};
use super::{End, Ended};
use affiant::artifact::{Difference, Verifier};
use affiant::record::is_redacted;
use affiant::report::{self, Head};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// What came of the records.
#[derive(Default)]
struct Checked {
    whole: u64,
    /// Those of which something is withheld, and how many values that is.
    in_part: u64,
    withheld: u64,
    /// Those whose place itself is withheld.
    not: u64,
    by_kind: BTreeMap<String, u64>,
}

/// Whether a report is a slice of one.
pub(super) fn is_slice(head: &Head) -> bool {
    !head.get("slice").is_null()
}

/// Checks the records of a slice, and what it says of the device.
pub(super) fn check(
    (path, head): (&Path, &Head),
    verifier: &Verifier<'_, '_>,
    (mut differences, notes): (Vec<Difference>, Vec<String>),
) -> Ended {
    super::verify::tell_notes(&notes)?;
    let mut checked = Checked::default();
    report::records(File::open(path)?, &mut |plural, record| {
        *checked.by_kind.entry(plural.to_owned()).or_insert(0) += 1;
        if is_redacted(&record["provenance"]) || is_redacted(&record["artifact"]) {
            checked.not += 1;
            return true;
        }
        let (found, withheld) = verifier.record_of_slice(plural, &record);
        differences.extend(found);
        checked.withheld += withheld;
        *if withheld == 0 { &mut checked.whole } else { &mut checked.in_part } += 1;
        true
    })?;
    differences.extend(facts(head, verifier));
    let said = head.get("slice")["records"].as_object().into_iter().flatten();
    let said: BTreeMap<String, u64> =
        said.map(|(kind, count)| (kind.clone(), count.as_u64().unwrap_or(u64::MAX))).collect();
    if said != checked.by_kind {
        let message = "it counts other records than stand there".to_owned();
        differences.push(Difference { place: "slice.records".into(), message });
    }
    tell(head, &differences, &checked)
}

/// What the slice says of the device, where nothing of it is withheld.
fn facts(head: &Head, verifier: &Verifier<'_, '_>) -> Vec<Difference> {
    let device = head.get("device");
    let fields = device.as_object().into_iter().flatten().filter(|(field, _)| *field != "extra");
    let fields = fields.map(|(field, fact)| (field.clone(), fact));
    let extra = device["extra"].as_object().into_iter().flatten();
    let all = fields.chain(extra.map(|(name, fact)| (format!("extra.{name}"), fact)));
    all.flat_map(|(field, fact)| {
        let others = fact["others"].as_array().into_iter().flatten();
        let shown = std::iter::once(fact)
            .chain(others)
            .filter(|fact| !is_redacted(&fact["value"]) && !is_redacted(&fact["provenance"]));
        shown.flat_map(|fact| verifier.device_fact(&field, fact)).collect::<Vec<_>>()
    })
    .collect()
}

fn tell(head: &Head, differences: &[Difference], checked: &Checked) -> Ended {
    let mut out = io::stdout().lock();
    for difference in differences {
        writeln!(out, "{}: {}", printable(&difference.place), printable(&difference.message))?;
    }
    let slice = head.get("slice");
    let text = |value: &Value| printable(value.as_str().unwrap_or("?"));
    writeln!(
        out,
        "a slice of the report with SHA-256 {}, exhibit {}",
        text(&slice["report"]),
        text(&slice["exhibit"])
    )?;
    writeln!(out, "{} records made again from their bytes, whole", grouped(checked.whole))?;
    if checked.in_part > 0 {
        writeln!(
            out,
            "{} records made again as far as they go: {} of their values are withheld, in whole or in part, and were not compared",
            grouped(checked.in_part),
            grouped(checked.withheld)
        )?;
    }
    if checked.not > 0 {
        writeln!(out, "{} records not checked: their place is withheld", grouped(checked.not))?;
    }
    writeln!(
        out,
        "not checked: that the slice holds all that its selection takes; only the report can show that"
    )?;
    if differences.is_empty() {
        writeln!(out, "verified: nothing differs")?;
        return Ok(End::Complete);
    }
    writeln!(out, "{} differences", grouped(differences.len() as u64))?;
    Ok(End::Incomplete)
}
