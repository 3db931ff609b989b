//! Whether a key is that of a database, and with which parameters.

use super::derive::Material;
use super::layout::{Fit, Layout};
use super::parameters::{Hash, Order, Parameters};
use super::{BLOCK, SALT};

/// Page sizes, the usual ones first.
const PAGE_SIZES: [u32; 8] = [4096, 1024, 2048, 8192, 16_384, 32_768, 65_536, 512];

/// A database and the keys that decrypt it.
#[derive(Clone)]
pub struct Unlocked {
    pub(super) layout: Layout,
    /// Page 1 is not what the key makes of the other pages.
    pub(super) first_page_damaged: bool,
}

impl Unlocked {
    /// How the database was encrypted.
    pub fn parameters(&self) -> &Parameters {
        &self.layout.parameters
    }

    /// Whether the HMAC of each page is held against its bytes. Version 1 has none; where it is `false` for another, the first page
    /// decrypts to a database header and no HMAC fits.
    pub fn is_verified(&self) -> bool {
        self.layout.verified
    }
}

impl std::fmt::Debug for Unlocked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Unlocked({})", self.layout.parameters)
    }
}

/// Whether a file can be such a database: whole pages of the least size, and no database header, or one whose second half is not
/// that of a database.
pub fn looks_sealed(main: &[u8]) -> bool {
    if main.len() < 512 {
        return false;
    }
    let Some(header) = super::super::sqlite::header_of(main) else {
        return main.get(..SALT).is_some_and(|salt| salt.iter().any(|byte| *byte != 0));
    };
    // In the clear are the first 32 bytes. Where the rest is encrypted its fields are random, and so are the zeros that follow the
    // header of a database; where it is only damaged, they are not.
    let zeros = main.get(32..512).map_or(480, |rest| rest.iter().filter(|byte| **byte == 0).count());
    header.schema_format > 4 && header.text_encoding > 3 && zeros < 16
}

/// Tries a key with the parameters that are known, or with all usual ones. Nothing where the file is not of this key.
pub fn unlock(main: &[u8], material: &Material, known: Option<&Parameters>) -> Option<Unlocked> {
    let is_headed = main.starts_with(super::super::sqlite::MAGIC);
    let own_salt = main.first_chunk::<SALT>().filter(|_| !is_headed).copied();
    let salt = material.salt().or(own_salt)?;
    let schemes = known.map_or_else(|| schemes(material), |known| vec![vec![*known]]);
    let mut unverified = Vec::new();
    for layouts in schemes {
        let Some(first) = layouts.first() else { continue };
        // One derivation serves all layouts of a scheme: it is what takes time.
        let key = material.key(&salt, first);
        for parameters in layouts {
            let clear_header = if is_headed && known.is_none() { 32 } else { parameters.clear_header };
            let layout = Layout::new(Parameters { clear_header, ..parameters }, &key, &salt);
            let fit = if layout.verified { layout.fit(main) } else { layout.plausible(main) };
            if fit != Fit::No {
                return Some(Unlocked { layout, first_page_damaged: fit == Fit::FirstPageDamaged });
            }
            if layout.verified && parameters.reserve() > BLOCK {
                unverified.push(Layout { verified: false, ..layout });
            }
        }
    }
    let layout = unverified.into_iter().find(|layout| layout.plausible(main) == Fit::Yes)?;
    Some(Unlocked { layout, first_page_damaged: false })
}

/// Parameters in the order in which they are tried: one list for each derivation of the key, the quick ones first. What is
/// found does not depend on the order, since a page proves it.
fn schemes(material: &Material) -> Vec<Vec<Parameters>> {
    let of = |version| Parameters::of_version(version);
    let [Some(one), Some(two), Some(three), Some(four)] = [of(1), of(2), of(3), of(4)] else {
        return Vec::new();
    };
    let big = Parameters { order: Order::Big, ..two };
    let sha256 = Parameters { kdf: Hash::Sha256, mac: Some(Hash::Sha256), ..four };
    match material {
        Material::Raw { .. } => vec![sized(&[four, three, big, sha256, one])],
        Material::Passphrase(_) => {
            // Apps whose passphrase is random have no use for many rounds.
            let once = |parameters| Parameters { iterations: 1, ..parameters };
            vec![
                sized(&[once(three)]),
                sized(&[once(four)]),
                sized(&[two, big, one]),
                sized(&[three]),
                sized(&[four]),
            ]
        }
    }
}

/// Each of them with its own page size, then with the others.
fn sized(all: &[Parameters]) -> Vec<Parameters> {
    let other = |page_size: &u32| {
        let page_size = *page_size;
        let others = all.iter().filter(move |parameters| parameters.page_size != page_size);
        others.map(move |parameters| Parameters { page_size, ..*parameters })
    };
    all.iter().copied().chain(PAGE_SIZES.iter().flat_map(other)).collect()
}
