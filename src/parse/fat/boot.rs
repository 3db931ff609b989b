//! Boot sectors (FAT 1.03, section 3; exFAT, section 3.1).

use nom::{
    Parser,
    bytes::complete::take,
    error::context,
    number::complete::{le_u16, le_u32, u8},
};

use crate::parse::{Error, Parsed, disk::Storage, located};

/// The geometry of a volume; offsets are bytes from its start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Volume {
    pub width: Width,
    pub cluster: u64,
    /// Clusters there are, numbered from 2.
    pub clusters: u32,
    pub table: u64,
    pub heap: u64,
    /// The root of FAT12 and FAT16: offset and length.
    pub fixed_root: (u64, u64),
    /// First cluster of the root; 0 where it is fixed.
    pub root: u32,
}

/// Bits of an entry of the FAT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Twelve,
    Sixteen,
    ThirtyTwo,
    Ex,
}

impl Volume {
    pub(super) fn is_exfat(&self) -> bool {
        self.width == Width::Ex
    }

    /// Where a cluster begins.
    pub(super) fn offset(&self, cluster: u32) -> Option<u64> {
        let index = cluster.checked_sub(2).filter(|index| *index < self.clusters)?;
        self.heap.checked_add(u64::from(index).checked_mul(self.cluster)?)
    }
}

/// The fields that all FAT widths have.
struct Parameters {
    sector: u16,
    sectors_per_cluster: u8,
    reserved: u16,
    tables: u8,
    root_entries: u16,
    media: u8,
    sectors: u32,
    sectors_per_table: u32,
    root: u32,
}

fn parameters(input: &[u8]) -> Parsed<'_, Parameters> {
    let (rest, _) = context("FAT boot sector, jump and name", take(11_usize)).parse(input)?;
    let (rest, (sector, sectors_per_cluster, reserved)) = (le_u16, u8, le_u16).parse(rest)?;
    let (rest, (tables, root_entries, few_sectors, media)) = (u8, le_u16, le_u16, u8).parse(rest)?;
    let (rest, (short_table, _, many_sectors)) = (le_u16, take(8_usize), le_u32).parse(rest)?;
    let (rest, (long_table, _, root)) =
        context("FAT32 fields", (le_u32, take(4_usize), le_u32)).parse(rest)?;
    let sectors = if few_sectors == 0 { many_sectors } else { few_sectors.into() };
    let is_32 = short_table == 0;
    let sectors_per_table = if is_32 { long_table } else { short_table.into() };
    let root = if is_32 { root } else { 0 };
    let read = Parameters {
        sector,
        sectors_per_cluster,
        reserved,
        tables,
        root_entries,
        media,
        sectors,
        sectors_per_table,
        root,
    };
    Ok((rest, read))
}

impl Parameters {
    fn are_sound(&self) -> bool {
        matches!(self.sector, 512 | 1024 | 2048 | 4096)
            && self.sectors_per_cluster.is_power_of_two()
            && self.reserved > 0
            && (1..=2).contains(&self.tables)
            && (self.media == 0xf0 || self.media >= 0xf8)
            && self.sectors > 0
            && self.sectors_per_table > 0
    }

    fn volume(&self) -> Option<Volume> {
        let sector = u64::from(self.sector);
        let table = sector.checked_mul(self.reserved.into())?;
        let tables = sector.checked_mul(self.sectors_per_table.into())?.checked_mul(self.tables.into())?;
        let root_offset = table.checked_add(tables)?;
        let root_length = u64::from(self.root_entries).checked_mul(32)?.checked_next_multiple_of(sector)?;
        let heap = root_offset.checked_add(root_length)?;
        let cluster = sector.checked_mul(self.sectors_per_cluster.into())?;
        let space = u64::from(self.sectors).checked_mul(sector)?.checked_sub(heap)?;
        let clusters = u32::try_from(space.checked_div(cluster)?).ok()?;
        // The number of clusters alone says which FAT it is (section 3.5).
        let width = match clusters {
            0..=4084 if self.root == 0 => Width::Twelve,
            4085..=65524 if self.root == 0 => Width::Sixteen,
            _ => Width::ThirtyTwo,
        };
        Some(Volume {
            width,
            cluster,
            clusters,
            table,
            heap,
            fixed_root: (root_offset, root_length),
            root: self.root,
        })
    }
}

/// Whether a sector is the boot sector of a FAT: it has no magic, so its geometry has to be one.
#[must_use]
pub fn is_boot_sector(sector: &[u8]) -> bool {
    let jumps = matches!(sector, [0xeb, _, 0x90, ..] | [0xe9, ..]);
    let signed = sector.get(510..512) == Some(&[0x55, 0xaa]);
    jumps && signed && parameters(sector).is_ok_and(|(_, read)| read.are_sound() && read.volume().is_some())
}

/// Reads the boot sector.
pub(super) fn volume(storage: &dyn Storage) -> Result<Volume, Error> {
    let sector = storage.read(0, 512).unwrap_or_default();
    let wrong = || Error::Unexpected {
        offset: 0,
        what: "the boot sector of a FAT volume".to_owned(),
        expected: "a geometry that fits the volume".to_owned(),
        found: "another".to_owned(),
    };
    if sector.get(3..11) == Some(b"EXFAT   ".as_slice()) {
        let (_, read) = located(&sector, 0, exfat(&sector))?;
        return read.ok_or_else(wrong);
    }
    let (_, read) = located(&sector, 0, parameters(&sector))?;
    Some(read).filter(Parameters::are_sound).and_then(|read| read.volume()).ok_or_else(wrong)
}

/// exFAT: table and heap in sectors, sectors and clusters as powers of two.
fn exfat(input: &[u8]) -> Parsed<'_, Option<Volume>> {
    let (rest, _) = context("exFAT boot sector, up to its geometry", take(80_usize)).parse(input)?;
    let (rest, (table, _, heap, clusters, root)) = (le_u32, le_u32, le_u32, le_u32, le_u32).parse(rest)?;
    let (rest, (_, sector, cluster)) = context("shifts", (take(8_usize), u8, u8)).parse(rest)?;
    let shifted = |sectors: u32| u64::from(sectors).checked_shl(sector.into());
    let make = || {
        if !(9..=12).contains(&sector) || cluster > 25_u8.checked_sub(sector)? {
            return None;
        }
        let cluster = 1_u64.checked_shl(u32::from(sector).checked_add(cluster.into())?)?;
        let (table, heap) = (shifted(table)?, shifted(heap)?);
        Some(Volume { width: Width::Ex, cluster, clusters, table, heap, fixed_root: (0, 0), root })
    };
    Ok((rest, make().filter(|volume| volume.root >= 2)))
}
