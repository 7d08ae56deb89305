//! Windows of two studies that drew the same faults, matched by stratum and key.

use crate::study::compare::sample::{Origin, Row, Sample};
use std::collections::BTreeMap;

/// The windows of one stratum on both sides.
#[derive(Clone, Debug, Default)]
pub struct Stratum<'a> {
    /// What its clusters have in common; `None` for windows without faults.
    pub signature: Option<&'a str>,
    /// Windows that both sides have; without any, the windows of one side alone.
    pub windows: Vec<[Option<&'a Row>; 2]>,
    /// How many windows of either side each of these stands for.
    pub shares: [f64; 2],
    /// Clusters by stretch of the skeleton, on either side.
    pub stretches: [&'a [f64]; 2],
    /// Windows that one side alone has.
    pub left_out: u64,
}

/// All strata, matched.
#[derive(Clone, Debug, Default)]
pub struct Matched<'a> {
    /// The strata: those of the base in order, then those that the new side alone has.
    pub strata: Vec<Stratum<'a>>,
}

impl<'a> Matched<'a> {
    /// Matches two samples; `None` unless both are of studies that drew the same faults.
    pub fn of(base: &'a Sample, new: &'a Sample) -> Option<Matched<'a>> {
        let origins = [base.origin.as_ref()?, new.origin.as_ref()?];
        if origins[0].skeleton != origins[1].skeleton {
            return None;
        }
        let rows = [by_stratum(base, origins[0]), by_stratum(new, origins[1])];
        let mut known: Vec<Name<'a>> = Vec::new();
        for stratum in origins.iter().flat_map(|origin| &origin.strata) {
            let name = (stratum.mode.as_str(), stratum.signature.as_deref());
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let strata = known.into_iter().map(|name| Stratum::of(name, origins, &rows)).collect();
        Some(Matched { strata })
    }

    /// Pairs of windows.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a Row, &'a Row)> + '_ {
        self.strata.iter().flat_map(|stratum| &stratum.windows).filter_map(|[a, b]| Some(((*a)?, (*b)?)))
    }

    /// Whether every window of either side is the same on the other, event by event, and stands for as much.
    pub fn is_identical(&self) -> bool {
        self.strata.iter().all(|stratum| {
            let same = |[a, b]: &[Option<&Row>; 2]| {
                a.zip(*b).is_some_and(|(a, b)| a.digest == b.digest && a.weight == b.weight)
            };
            stratum.left_out == 0 && stratum.windows.iter().all(same)
        })
    }
}

/// Mode and signature.
type Name<'a> = (&'a str, Option<&'a str>);

type ByStratum<'a> = BTreeMap<Name<'a>, Vec<&'a Row>>;

fn by_stratum<'a>(sample: &'a Sample, origin: &'a Origin) -> ByStratum<'a> {
    let mut all: ByStratum<'a> = BTreeMap::new();
    for row in &sample.rows {
        if let Some(stratum) = origin.strata.get(row.stratum as usize) {
            all.entry((&stratum.mode, stratum.signature.as_deref())).or_default().push(row);
        }
    }
    all
}

impl<'a> Stratum<'a> {
    fn of(name: Name<'a>, origins: [&'a Origin; 2], rows: &[ByStratum<'a>; 2]) -> Stratum<'a> {
        let [base, new] = [0, 1].map(|side| rows[side].get(&name).map_or(&[][..], Vec::as_slice));
        let keys: BTreeMap<u64, &Row> = new.iter().map(|row| (row.key, *row)).collect();
        let mut windows: Vec<[Option<&Row>; 2]> =
            base.iter().filter_map(|row| Some([Some(*row), Some(*keys.get(&row.key)?)])).collect();
        let mut shares = [base.len(), new.len()].map(|n| n as f64 / windows.len().max(1) as f64);
        let mut left_out = (base.len() + new.len() - 2 * windows.len()) as u64;
        if windows.is_empty() {
            windows.extend(base.iter().map(|row| [Some(*row), None]));
            windows.extend(new.iter().map(|row| [None, Some(*row)]));
            (shares, left_out) = ([1.0; 2], left_out.min(windows.len() as u64));
        }
        let same = |stratum: &&crate::study::compare::sample::Counted| {
            (stratum.mode.as_str(), stratum.signature.as_deref()) == name
        };
        let stretches =
            origins.map(|o| o.strata.iter().find(same).map_or(&[][..], |stratum| &stratum.stretches));
        Stratum { signature: name.1, windows, shares, stretches, left_out }
    }

    /// How often a second either window of a pair happens. Where both sides meet the stratum equally often, rounding must
    /// not tell them apart.
    pub fn weights(&self, pair: &[Option<&Row>; 2]) -> [f64; 2] {
        let [a, b] = [0, 1].map(|side| pair[side].map_or(0.0, |row| row.weight * self.shares[side]));
        if (a - b).abs() <= 1e-9 * a.abs() { [a, a] } else { [a, b] }
    }
}
