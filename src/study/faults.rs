//! What each type of fault came to: how often it happens, its share of the loss, and the laws of its RTO and RPO.

use crate::measure::findings::CauseFinding;
use crate::measure::series::{Kind, Scope};
use crate::study::estimate::Evidence;
use crate::study::weighted::Weighted;
use std::collections::BTreeMap;

/// All faults of one class and kind.
#[derive(Clone, Debug, Default)]
pub struct FaultType {
    /// How many there are in the skeleton.
    pub clusters: f64,
    /// Windows in which it occurred.
    pub windows: u64,
    /// Failed operations put down to it, weighted.
    pub charged: f64,
    /// Its measures over all its faults, weighted.
    pub values: BTreeMap<&'static str, Weighted>,
}

/// Quantities of a fault, by name; `None` where nothing was measured.
fn quantities(cause: &CauseFinding) -> Vec<(&'static str, Option<f64>)> {
    let rto = |kind| cause.rto(Scope::Account, Some(kind)).map(|found| found.seconds());
    vec![
        ("rto.write", rto(Kind::Write)),
        ("rto.read", rto(Kind::Read)),
        ("rpo.writes", Some(cause.rpo.all.writes as f64)),
        ("rpo.time", Some(cause.rpo.all.time.seconds())),
        ("rpo.bytes", Some(cause.rpo.all.bytes as f64)),
        ("rpo.recoverable", Some(cause.rpo.recoverable.writes as f64)),
        ("rpo.permanent", Some(cause.rpo.permanent.writes as f64)),
        ("exposed.writes", Some(cause.exposed.all.writes as f64)),
        ("exposed.time", Some(cause.exposed.all.time.seconds())),
        ("exposed.bytes", Some(cause.exposed.all.bytes as f64)),
    ]
}

/// Every type of fault that windows held, by class and kind, and the weighted number of failed operations put down to
/// any.
pub fn types(evidence: &Evidence<'_>) -> (BTreeMap<(String, &'static str), FaultType>, f64) {
    let mut types: BTreeMap<(String, &'static str), FaultType> = BTreeMap::new();
    let mut all = 0.0;
    for (windows, clusters) in evidence.samples.iter().zip(&evidence.weights.clusters) {
        let weight = clusters / windows.len().max(1) as f64;
        for findings in windows.iter().filter_map(|window| window.findings.as_deref()) {
            let mut seen: Vec<(String, &'static str)> = Vec::new();
            for cause in findings.causes.iter().filter(|cause| cause.is_fault()) {
                let key = (cause.class.clone(), cause.kind);
                let entry = types.entry(key.clone()).or_default();
                let accounts = Kind::ALL.into_iter().filter_map(|kind| cause.rto(Scope::Account, Some(kind)));
                let charged = weight * accounts.map(|found| found.charged as f64).sum::<f64>();
                entry.clusters += weight;
                entry.charged += charged;
                all += charged;
                if !seen.contains(&key) {
                    entry.windows += 1;
                    seen.push(key);
                }
                for (name, value) in quantities(cause) {
                    value.into_iter().for_each(|v| entry.values.entry(name).or_default().push(v, weight));
                }
            }
        }
    }
    types.values_mut().flat_map(|t| t.values.values_mut()).for_each(Weighted::sort);
    (types, all)
}
