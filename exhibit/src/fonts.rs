//! The fonts at hand: those of the folders that were named, and those of the system. None is carried by the program.

use sha2::{Digest as _, Sha256};
use std::path::PathBuf;
use std::sync::OnceLock;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook, FontInfo, FontVariant};

/// Families for text, the first that is there; then any that has the letters of English.
const TEXT: &[&str] =
    &["Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial", "Helvetica", "Segoe UI", "Roboto", "Open Sans"];
/// Families for ids and hashes.
const MONO: &[&str] =
    &["Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono", "Courier New", "Consolas", "Menlo", "Courier"];

/// What to do where there is no font.
const NONE: &str = "no font with the letters of English was found; install one (Debian, Ubuntu: `apt-get install fonts-dejavu-core`, and \
                    for other scripts `fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji`) or name its folder with --font-path";

/// A font file, or one font of a collection.
#[derive(Debug)]
struct Slot {
    path: PathBuf,
    index: u32,
    font: OnceLock<Option<Font>>,
}

/// Every font at hand, in an order that depends on the fonts alone.
#[derive(Debug)]
pub struct Fonts {
    pub book: FontBook,
    slots: Vec<Slot>,
}

/// The families that a text is set in.
#[derive(Debug)]
pub struct Families {
    pub mono: String,
    /// The first has most of it; each of the others some characters that those before it lack.
    pub text: Vec<String>,
}

impl Fonts {
    /// Finds them.
    pub fn find(folders: &[PathBuf], is_with_system: bool) -> Result<Self, String> {
        let mut found = fontdb::Database::new();
        for folder in folders {
            if !folder.is_dir() {
                return Err(format!("--font-path: no such folder: {}", folder.display()));
            }
            found.load_fonts_dir(folder);
        }
        if is_with_system {
            found.load_system_fonts();
        }
        let mut fonts: Vec<(FontInfo, PathBuf, u32)> = found
            .faces()
            .filter_map(|face| {
                let (fontdb::Source::File(path) | fontdb::Source::SharedFile(path, _)) = &face.source else {
                    return None;
                };
                let info = found.with_face_data(face.id, FontInfo::new)??;
                Some((info, path.clone(), face.index))
            })
            .collect();
        fonts.sort_by(|a, b| {
            (&a.0.family, a.1.file_name(), a.2, &a.1).cmp(&(&b.0.family, b.1.file_name(), b.2, &b.1))
        });
        let mut book = FontBook::new();
        let mut slots = Vec::new();
        for (info, path, index) in fonts {
            book.push(info);
            slots.push(Slot { path, index, font: OnceLock::new() });
        }
        Ok(Fonts { book, slots })
    }

    /// A font, read when it is first asked for.
    pub fn get(&self, index: usize) -> Option<Font> {
        let slot = self.slots.get(index)?;
        let read = || Font::new(Bytes::new(std::fs::read(&slot.path).ok()?), slot.index);
        slot.font.get_or_init(read).clone()
    }

    /// Whether the upright face of a family has a character.
    fn has(&self, family: &str, character: char) -> bool {
        let face = self.book.select(&family.to_lowercase(), FontVariant::default());
        face.and_then(|face| self.book.info(face))
            .is_some_and(|info| info.coverage.contains(character.into()))
    }

    /// The families for a text with these characters, and the characters that none has.
    pub fn families(&self, characters: impl Iterator<Item = char>) -> Result<(Families, Vec<char>), String> {
        let names: Vec<String> = self.book.families().map(|(name, _)| name.to_owned()).collect();
        let is_text = |name: &str| ('!'..='~').all(|character| self.has(name, character));
        let chosen = |wanted: &[&str]| wanted.iter().copied().find(|name| is_text(name)).map(str::to_owned);
        let any = || names.iter().find(|name| is_text(name)).cloned();
        let first = chosen(TEXT).or_else(any).ok_or_else(|| NONE.to_owned())?;
        let mono = chosen(MONO).unwrap_or_else(|| first.clone());
        // Fonts of one design look like one text.
        let mut others: Vec<&String> = names.iter().filter(|name| **name != first).collect();
        others.sort_by_key(|name| (!name.starts_with("Noto Sans"), name.contains("Mono")));
        let (mut text, mut missing) = (vec![first], Vec::new());
        for character in characters {
            if text.iter().any(|name| self.has(name, character)) {
                continue;
            }
            match others.iter().find(|name| self.has(name, character)) {
                Some(name) => text.push((*name).clone()),
                None => missing.push(character),
            }
        }
        Ok((Families { mono, text }, missing))
    }

    /// The files of these families: family, name and SHA-256 of each.
    pub fn files(&self, families: &Families) -> Vec<(String, String, String)> {
        let mut files = Vec::new();
        for family in std::iter::once(&families.mono).chain(&families.text) {
            let upright = self.book.select(&family.to_lowercase(), FontVariant::default());
            let Some(slot) = upright.and_then(|index| self.slots.get(index)) else { continue };
            let Ok(bytes) = std::fs::read(&slot.path) else { continue };
            let name = slot.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((family.clone(), name, hex::encode(Sha256::digest(bytes))));
        }
        files.sort();
        files.dedup();
        files
    }
}
