//! `affiant compare`: two reports, or a report and what another tool or a person says of the same handset.

use super::args::CompareOptions;
use super::text::{grouped, printable};
use super::{End, Ended, certificate, refuse};
use affiant::record::kinds;
use affiant::report::compare::{Outcome, Scope, Side, Tally, compare};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;

/// Lines of what was not compared that are told; the comparison has all.
const TOLD: usize = 12;

/// Characters of each.
const WIDEST: usize = 100;

/// Runs the command.
pub(crate) fn run(options: &CompareOptions) -> Ended {
    for kind in options.kinds.iter().chain(&options.sheet_kind) {
        if kinds::kind(kind).is_none() {
            let names: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.name).collect();
            return refuse(format!("no kind of record `{kind}`; there are {}", names.join(", ")));
        }
    }
    let a = Side::open(&options.a, options.sheet_kind.as_deref())?;
    let b = Side::open(&options.b, options.sheet_kind.as_deref())?;
    let folder = tempfile::tempdir()?;
    let scope = Scope { kinds: options.kinds.clone(), live: options.live };
    let mut outcome = None;
    certificate::write(&options.output, &mut |out| {
        outcome = Some(compare((&a, &b), &scope, folder.path(), out)?);
        Ok(())
    })?;
    let Some(outcome) = outcome else { return refuse("nothing was compared") };
    let summary = summary(&outcome);
    if options.output == Path::new("-") {
        io::stderr().write_all(summary.as_bytes())?;
    } else {
        io::stdout().write_all(summary.as_bytes())?;
    }
    Ok(if outcome.is_equal() { End::Complete } else { End::Incomplete })
}

fn summary(outcome: &Outcome) -> String {
    let heads = ["A", "B", "equal", "different", "only in A", "only in B"];
    let mut lines = format!("{:<20}", "compared");
    heads.iter().for_each(|head| lines.push_str(&format!(" {head:>12}")));
    lines.push('\n');
    for (kind, tally) in &outcome.kinds {
        let sums = [tally.a, tally.b, tally.equal, tally.different, tally.only_in_a, tally.only_in_b];
        lines.push_str(&format!("{kind:<20}"));
        sums.iter().for_each(|sum| lines.push_str(&format!(" {:>12}", grouped(*sum))));
        lines.push('\n');
    }
    for (kind, tally) in &outcome.kinds {
        detail(&mut lines, kind, tally);
    }
    for (side, what, why) in outcome.not_compared.iter().take(TOLD) {
        let side = side.to_ascii_uppercase();
        let short: String = what.chars().take(WIDEST).collect();
        let mark = if what.chars().nth(WIDEST).is_some() { "…" } else { "" };
        lines.push_str(&format!("not compared, in {side}: {}{mark} ({why})\n", printable(&short)));
    }
    let more = outcome.not_compared.len().saturating_sub(TOLD);
    if more > 0 {
        lines.push_str(&format!("not compared: {more} more\n"));
    }
    lines.push_str(if outcome.is_equal() { "equal\n" } else { "they differ\n" });
    lines
}

fn detail(lines: &mut String, kind: &str, tally: &Tally) {
    let mut tell = |what: &str, sums: &BTreeMap<String, u64>| {
        if !sums.is_empty() {
            let sums: Vec<String> =
                sums.iter().map(|(name, count)| format!("{} {}", grouped(*count), printable(name))).collect();
            lines.push_str(&format!("{kind}, {what}: {}\n", sums.join(", ")));
        }
    };
    tell("fields that differ", &tally.fields);
    tell("states of those only in A", &tally.states_only_in_a);
    tell("states of those only in B", &tally.states_only_in_b);
}
