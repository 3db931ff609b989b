//! Patterns of device paths, as artifact definitions write them.
//!
//! `*` and `?` stay within a component, `**/` stands for any number of them, `{a,b}` for either, `[0-9]` for one of a
//! class. Case counts: the file systems of handsets distinguish it.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};

use super::Error;

/// One pattern.
#[derive(Debug, Clone)]
pub struct Glob {
    pattern: globset::Glob,
    matcher: GlobMatcher,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`Error::Pattern`] where it is malformed.
    pub fn new(pattern: &str) -> Result<Self, Error> {
        let read = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
        let pattern = read.map_err(|cause| Error::Pattern { pattern: pattern.to_owned(), cause })?;
        Ok(Glob { matcher: pattern.compile_matcher(), pattern })
    }

    /// Whether a device path matches.
    #[must_use]
    pub fn is_match(&self, device_path: &str) -> bool {
        self.matcher.is_match(device_path)
    }

    /// As it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        self.pattern.glob()
    }

    /// A component that every match has: the last one, where it is a name, else the one that the fewest paths have.
    fn required(&self) -> Option<&str> {
        let components = components(self.pattern());
        let is_name = |component: &&&str| !component.is_empty() && !component.contains(META);
        let last = components.last().filter(is_name);
        // With a dot it is a package or a bundle; `databases` and `Library` are everywhere.
        let rarity = |component: &&&str| (component.contains('.'), component.len());
        last.or_else(|| components.iter().filter(is_name).max_by_key(rarity)).copied()
    }
}

/// What makes a component a pattern.
const META: [char; 8] = ['*', '?', '[', ']', '{', '}', ',', '\\'];

/// Splits a pattern at its separators; one inside braces belongs to a component.
fn components(pattern: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let split = pattern.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '/' && depth == 0
    });
    split.collect()
}

/// Many patterns, held against one path at once.
///
/// Nearly every pattern of a definition has a component that is a name (a file, a package). It is tried only on paths
/// that have this component, so that the time does not grow with the number of definitions.
#[derive(Debug, Clone)]
pub struct Globs {
    by_component: HashMap<String, Vec<(usize, Glob)>>,
    others: GlobSet,
    other_indexes: Vec<usize>,
}

impl Globs {
    /// Takes patterns; a match is reported by the index of the pattern in this order.
    ///
    /// # Errors
    /// [`Error::Pattern`] for the first one that is malformed.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut by_component: HashMap<String, Vec<(usize, Glob)>> = HashMap::new();
        let mut others = GlobSetBuilder::new();
        let mut other_indexes = Vec::new();
        for (index, pattern) in patterns.into_iter().enumerate() {
            let glob = Glob::new(pattern)?;
            match glob.required().map(str::to_owned) {
                Some(name) => by_component.entry(name).or_default().push((index, glob)),
                None => {
                    others.add(glob.pattern);
                    other_indexes.push(index);
                }
            }
        }
        let all = |cause| Error::Pattern { pattern: "all patterns".to_owned(), cause };
        let others = others.build().map_err(all)?;
        Ok(Globs { by_component, others, other_indexes })
    }

    /// The indexes of the patterns that a device path matches, ascending.
    #[must_use]
    pub fn matches(&self, device_path: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for component in device_path.split('/') {
            let candidates = self.by_component.get(component).map(Vec::as_slice).unwrap_or_default();
            let hits = candidates.iter().filter(|(_, glob)| glob.is_match(device_path));
            found.extend(hits.map(|(index, _)| *index));
        }
        if !self.other_indexes.is_empty() {
            let others = self.others.matches(device_path);
            found.extend(others.into_iter().filter_map(|index| self.other_indexes.get(index)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATTERNS: [&str; 8] = [
        "/data/data/*/databases/mmssms.db",
        "**/mmssms.db",
        "/data/user_de/*/com.example.provider/databases/*.db",
        "**/{databases/mmssms.db,other/x}",
        "**/Databases/mmssms.db",
        "/data/system/users/[0-9]/*.xml",
        "**/*.xml",
        "**/data/x/*",
    ];

    #[test]
    fn a_set_says_what_each_of_its_patterns_says() {
        let set = Globs::new(PATTERNS).unwrap();
        let globs: Vec<_> = PATTERNS.iter().map(|pattern| Glob::new(pattern).unwrap()).collect();
        let paths = [
            ("/data/data/com.example/databases/mmssms.db", vec![0, 1, 3]),
            ("/data/data/com.example/x/databases/mmssms.db", vec![1, 3]),
            ("/mmssms.db", vec![1]),
            ("/data/user_de/10/com.example.provider/databases/telephony.db", vec![2]),
            ("/data/system/users/0/a.xml", vec![5, 6]),
            ("/data/system/users/10/a.xml", vec![6]),
            ("/data/data/x/data", vec![7]),
            ("/x/other/x", vec![3]),
        ];
        for (path, expected) in paths {
            let each: Vec<_> = (0..globs.len()).filter(|index| globs[*index].is_match(path)).collect();
            assert_eq!((set.matches(path), each), (expected.clone(), expected), "{path}");
        }
    }

    #[test]
    fn a_malformed_pattern_is_named() {
        let error = Globs::new(["**/a", "/data/[0-9"]).unwrap_err();
        assert!(error.to_string().contains("/data/[0-9"), "{error}");
    }
}
