//! `bit` and `mask`: a part of a number that has a meaning of its own.

/// Bits of an integer that are a value of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// `bit`: this one, counted from 0, as 0 or 1.
    One(u32),
    /// `mask`: those that are set in it, at their places; the others are 0.
    Mask(i64),
}

impl Bits {
    /// These bits of a number.
    pub fn of(self, number: i64) -> i64 {
        match self {
            Bits::One(bit) => number.checked_shr(bit).unwrap_or(0) & 1,
            Bits::Mask(mask) => number & mask,
        }
    }
}
