//! One volume → one PDF/A-2u.

use crate::fonts::{Families, Fonts};
use crate::glyphs::{characters, needs_none, not_displayed, prepare};
use crate::world::Desk;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, pdf};

/// What the page description writes itself, beside the data.
const OWN: &str = include_str!("schedule.typ");
/// How often characters that a font has, and cannot set where they stand, are shown as code points before all of them are.
const ROUNDS: usize = 6;

/// A volume that is set.
pub struct Set {
    pub pdf: Vec<u8>,
    /// Pages, fonts and code points, for `exhibit.json`.
    pub told: Value,
}

/// Sets a volume.
///
/// # Errors
/// Where there is no font, or Typst refuses: what it says.
pub fn typeset(volume: &Value, place: &Value, fonts: &Fonts) -> Result<Set, String> {
    let mut needed = BTreeSet::from(['⟨', '⟩']);
    characters(volume, &mut needed);
    characters(place, &mut needed);
    needed.extend(OWN.chars());
    needed.retain(|character| !needs_none(*character));
    let mut missing = BTreeSet::new();
    for round in 0..=ROUNDS {
        if round == ROUNDS {
            missing.extend(needed.iter().copied().filter(|c| !c.is_ascii() && !"⟨⟩".contains(*c)));
        }
        let wanted = needed.iter().copied().filter(|character| !missing.contains(character));
        let (families, lacking) = fonts.families(wanted)?;
        missing.extend(lacking);
        let faults = match attempt((volume, place), (fonts, &families), &missing)? {
            Ok(set) => return Ok(set),
            Err(faults) => faults,
        };
        let found = faults.iter().filter_map(|fault| not_displayed(fault)).flatten();
        let found: BTreeSet<char> = found.filter(|character| !character.is_ascii()).collect();
        if found.is_subset(&missing) {
            return Err(faults.join("; "));
        }
        missing.extend(found);
    }
    Err("characters that no font can set".to_owned())
}

/// Sets a volume with these characters as code points; what Typst refuses, where it does.
fn attempt(
    (volume, place): (&Value, &Value),
    (fonts, families): (&Fonts, &Families),
    missing: &BTreeSet<char>,
) -> Result<Result<Set, Vec<String>>, String> {
    let mut counts = BTreeMap::new();
    let (mut shown, mut shown_place) = (volume.clone(), place.clone());
    prepare(&mut shown, missing, &mut counts);
    prepare(&mut shown_place, missing, &mut counts);
    let code = |(character, times): (&char, &u64)| json!({"code": format!("U+{:04X}", u32::from(*character)), "times": times});
    let codes: Vec<Value> = counts.iter().map(code).collect();
    let file = |(family, file, sha256)| json!({"family": family, "file": file, "sha256": sha256});
    let files: Vec<Value> = fonts.files(families).into_iter().map(file).collect();
    let mono = [Some(&families.mono), families.text.first()];
    let named = json!({"text": families.text, "mono": mono, "files": files, "missing": codes});
    let data = vec![
        ("/volume.json", shown.to_string().into_bytes()),
        ("/place.json", shown_place.to_string().into_bytes()),
        ("/fonts.json", named.to_string().into_bytes()),
    ];
    let set = set(&Desk::new(fonts, data)?, volume);
    Ok(set
        .map(|(pdf, pages)| Set { pdf, told: json!({"pages": pages, "fonts": files, "code_points": codes}) }))
}

/// Lays out and writes.
fn set(desk: &Desk<'_>, volume: &Value) -> Result<(Vec<u8>, usize), Vec<String>> {
    let said = |faults: &[SourceDiagnostic]| {
        faults.iter().map(|fault| fault.message.to_string()).collect::<Vec<_>>()
    };
    let Warned { output, .. } = typst::compile::<PagedDocument>(desk);
    let document = output.map_err(|faults| said(&faults))?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2u]).map_err(|fault| vec![fault.message().to_string()])?;
    let text = |name: &str| volume[name].as_str().unwrap_or("").to_owned();
    let options = PdfOptions {
        ident: Smart::Custom(format!("{} {}", text("label"), text("report"))),
        creator: Smart::Custom(Some(text("tool"))),
        standards,
        ..PdfOptions::default()
    };
    let bytes = pdf(&document, &options).map_err(|faults| said(&faults))?;
    Ok((bytes, document.pages().len()))
}
