//! How much of what a machine writes can be replicated (ASR-3): limits for each disk, by its class and the size of its
//! writes, and for each machine.
//!
//! Source: the support matrix (about 2025) and the page about high churn (2026-01-06); the same figures are in
//! `tests/data/asr_churn.csv`.

use schemars::JsonSchema;
use serde::Deserialize;

/// How the cache account takes in what is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "SiteRecoveryChurnMode")]
pub enum ChurnMode {
    /// A standard cache account: 54 MB/s for each machine.
    #[default]
    Normal,
    /// A premium one of block blobs: 100 MB/s for each machine.
    HighChurn,
}

/// A class of disks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "SiteRecoveryDiskClass")]
pub enum DiskClass {
    /// Standard storage.
    Standard,
    /// Premium, from 128 GiB on.
    #[serde(rename = "premium-128")]
    Premium128,
    /// Premium, from 512 GiB on.
    #[serde(rename = "premium-512")]
    Premium512,
    /// Premium, from 1 TiB on.
    #[serde(rename = "premium-1024")]
    Premium1024,
}

/// From this size of writes on, in KB, so many MB/s.
type Step = (u64, f64);

const STANDARD: &[Step] = &[(8, 2.0)];
const PREMIUM_128: &[Step] = &[(8, 2.0), (16, 4.0), (32, 8.0)];
const PREMIUM_512: &[Step] = &[(8, 5.0), (16, 20.0)];
const HIGH_STANDARD: &[Step] = &[(8, 2.0), (16, 4.0), (24, 6.0), (32, 8.0)];
const HIGH_PREMIUM: &[Step] = &[(8, 10.0), (16, 20.0), (24, 30.0)];
const HIGH_1024: &[Step] = &[(8, 20.0), (16, 35.0), (24, 50.0)];

/// Bytes a second of one disk whose writes have `io` bytes: as published for the largest listed size that is no larger;
/// smaller writes count as the smallest listed.
pub fn of_disk(mode: ChurnMode, class: DiskClass, io: u64) -> f64 {
    let steps = match (mode, class) {
        (ChurnMode::Normal, DiskClass::Standard) => STANDARD,
        (ChurnMode::Normal, DiskClass::Premium128) => PREMIUM_128,
        (ChurnMode::Normal, DiskClass::Premium512 | DiskClass::Premium1024) => PREMIUM_512,
        (ChurnMode::HighChurn, DiskClass::Standard) => HIGH_STANDARD,
        (ChurnMode::HighChurn, DiskClass::Premium128 | DiskClass::Premium512) => HIGH_PREMIUM,
        (ChurnMode::HighChurn, DiskClass::Premium1024) => HIGH_1024,
    };
    let at = steps.iter().rposition(|(from, _)| from * 1_000 <= io).unwrap_or(0);
    steps[at].1 * 1e6
}

/// Bytes a second of all disks of one machine together.
pub fn of_machine(mode: ChurnMode) -> f64 {
    match mode {
        ChurnMode::Normal => 54e6,
        ChurnMode::HighChurn => 100e6,
    }
}
