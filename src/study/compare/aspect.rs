//! What of two runs is compared: a measure, of one class of faults or all, at a quantile or over all windows.

use crate::measure::histogram::Quantile;
use crate::measure::number::Unit;
use crate::measure::paths::{self, Path, PathError, Quantiles};
use crate::study::compare::sample::{self, Sample};

/// Which way a measure gets worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// More is worse.
    Higher,
    /// Less is worse.
    Lower,
    /// Neither.
    Neither,
}

/// One thing to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Aspect {
    /// What it is called: a measure path, after `un` for what availability lacks of one, before `[class]`.
    pub label: String,
    /// The sample's column.
    pub column: String,
    /// The path of the account's or a region's estimate in a result, of all classes of faults.
    pub path: String,
    /// The class of faults, if it is about one.
    pub class: Option<String>,
    /// Whether what lacks of 1 is meant.
    pub complement: bool,
    /// Whether it has one value for each fault.
    pub per_fault: bool,
    /// The quantile over faults; `None` for all of them, and for measures that are not per fault.
    pub quantile: Option<Quantile>,
    /// The unit of its values.
    pub unit: Unit,
    /// Which way it gets worse.
    pub worse: Worse,
}

impl Aspect {
    /// Reads `unavailability.request.write`, `rto.write.p99[region(write)]`, ...: a measure path, and a class of faults in
    /// square brackets behind it. A measure per fault without a quantile is about all faults.
    ///
    /// # Errors
    /// If there is no such path.
    pub fn parse(text: &str) -> Result<Aspect, PathError> {
        let (whole, class) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((path, class)) => (path, Some(class)),
            None => (text, None),
        };
        if let Some(aspect) = Aspect::long_run(text) {
            return Ok(aspect);
        }
        let complement = whole.starts_with("unavailability.");
        let path = paths::parse(if complement { &whole[2..] } else { whole })?;
        Ok(Aspect::of(&path, class, complement))
    }

    fn of(path: &Path, class: Option<&str>, complement: bool) -> Aspect {
        let per_fault = path.measure.quantiles == Quantiles::Faults;
        let quantile = path.quantile.filter(|_| per_fault);
        let column = sample::name(path);
        let un = if complement { "un" } else { "" };
        let at = quantile.map_or(String::new(), |q| format!(".{}", q.name()));
        let of = class.map_or(String::new(), |class| format!("[{class}]"));
        let shown = if per_fault && quantile.is_none() { Some(Quantile::P50) } else { path.quantile };
        let path_of_all = Path { quantile: shown, ..path.clone() }.to_string();
        Aspect {
            label: format!("{un}{column}{at}{of}"),
            column: format!("{column}{of}"),
            path: path_of_all,
            class: class.map(str::to_owned),
            complement,
            per_fault,
            quantile,
            unit: path.measure.unit,
            worse: if complement { Worse::Higher } else { worse(path.measure.name) },
        }
    }

    /// `observed.<what>.share` and `observed.<what>.per-year`, which only studies have.
    fn long_run(text: &str) -> Option<Aspect> {
        let (_, last) = text.strip_prefix("observed.")?.rsplit_once('.')?;
        let unit = match last {
            "share" => Unit::Fraction,
            "per-year" => Unit::Count,
            _ => return None,
        };
        let text = text.to_owned();
        Some(Aspect {
            label: text.clone(),
            column: text.clone(),
            path: text,
            class: None,
            complement: false,
            per_fault: false,
            quantile: None,
            unit,
            worse: Worse::Neither,
        })
    }

    /// Its column without a class of faults.
    pub fn bare_column(&self) -> &str {
        self.column.split('[').next().unwrap_or_default()
    }

    /// A value of its column as it is compared.
    pub fn value(&self, value: f64) -> f64 {
        if self.complement { crate::base::stats::round12(1.0 - value) } else { value }
    }
}

fn worse(measure: &str) -> Worse {
    const LOWER: [&str; 3] = ["availability.", "staleness.current", "failovers.in-outage"];
    const NEITHER: [&str; 7] = [
        "operations.",
        "clients.skipped",
        "conflicts.",
        "rto.resolution",
        "exposed.returned",
        "exposed.merged",
        "observed.",
    ];
    let begins = |names: &[&str]| names.iter().any(|name| measure.starts_with(name));
    match measure {
        "operations" => Worse::Neither,
        _ if begins(&LOWER) => Worse::Lower,
        _ if begins(&NEITHER) => Worse::Neither,
        _ => Worse::Higher,
    }
}

/// What is compared unless all is asked for: of the account, what people gate on.
const HEADLINES: [&str; 16] = [
    "unavailability.request.read",
    "unavailability.request.write",
    "unavailability.time.read",
    "unavailability.time.write",
    "staleness.time.read.p99",
    "latency.read.p50",
    "latency.read.p99",
    "latency.write.p50",
    "latency.write.p99",
    "throttles.share.read",
    "throttles.share.write",
    "traffic.client",
    "traffic.replication",
    "traffic.copy",
    "traffic.control",
    "cost.month",
];

/// The same of each class of faults.
const PER_FAULT: [&str; 7] = [
    "rto.read",
    "rto.write",
    "outage.time.read",
    "outage.time.write",
    "rpo.time",
    "rpo.writes",
    "exposed.time",
];

/// Pairs from which on a tail can differ from the whole: see [`around`](super::change::around).
pub const FOR_TAIL: usize = 12;

/// The headlines that some sample has values of: measures of each class of faults first, with their tails where there are
/// windows enough.
pub fn headlines(samples: [&Sample; 2]) -> Vec<Aspect> {
    let known = |aspect: &Aspect| samples.iter().any(|sample| sample.knows(aspect));
    let columns = || samples[0].columns.iter().chain(&samples[1].columns);
    let mut classes: Vec<&str> = Vec::new();
    for class in columns().filter_map(|name| name.strip_suffix(']')?.split_once('[')).map(|(_, class)| class)
    {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    let mut names: Vec<String> = Vec::new();
    for class in classes {
        for measure in PER_FAULT {
            let name = format!("{measure}[{class}]");
            let tail = samples.iter().all(|sample| sample.count(&name) > FOR_TAIL);
            names.push(name);
            if tail && measure.starts_with("rto.") {
                names.push(format!("{measure}.p99[{class}]"));
            }
        }
    }
    names.extend(HEADLINES.map(str::to_owned));
    names.extend(parts(samples));
    let last = ["mean", "share", "per-year"].map(|last| format!(".{last}"));
    let observed =
        columns().filter(|name| name.starts_with("observed.") && last.iter().any(|l| name.ends_with(l)));
    for name in observed {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.iter().filter_map(|name| Aspect::parse(name).ok()).filter(known).collect()
}

/// What each stratum of studies adds to the loss, where either side has windows enough.
fn parts(samples: [&Sample; 2]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (sample, origin) in samples.iter().filter_map(|sample| Some((sample, sample.origin.as_ref()?))) {
        for (i, stratum) in origin.strata.iter().enumerate() {
            let windows = sample.rows.iter().filter(|row| row.stratum as usize == i).count();
            for kind in ["read", "write"] {
                let name = |signature| format!("unavailability.request.{kind}[{signature}]");
                let name = stratum.signature.as_ref().filter(|_| windows > FOR_TAIL).map(name);
                names.extend(name.filter(|name| !names.contains(name)));
            }
        }
    }
    names
}

/// Every column of both samples.
pub fn everything(samples: [&Sample; 2]) -> Vec<Aspect> {
    let mut names: Vec<&String> = samples[0].columns.iter().collect();
    names.extend(samples[1].columns.iter().filter(|name| !samples[0].columns.contains(*name)));
    let lacking = |name: &&String| name.starts_with("availability.");
    let aspect = |name: &String| match lacking(&name) {
        true => Aspect::parse(&format!("un{name}")),
        false => Aspect::parse(name),
    };
    names.into_iter().filter_map(|name| aspect(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aspect_is_read_and_written_back() {
        for text in [
            "rto.write",
            "rto.write.p99",
            "rto.write.p99[region(write)]",
            "rto.write@East US.p50",
            "unavailability.request.write",
            "availability.request.write@East US",
            "latency.read.p99.9",
            "rpo.time.max[node x2 (same partition)]",
        ] {
            assert_eq!(Aspect::parse(text).map(|aspect| aspect.label), Ok(text.to_owned()));
        }
        assert!(Aspect::parse("rto.wriet.p99").is_err());
    }

    #[test]
    fn each_measure_gets_worse_in_its_own_direction() {
        let worse = |text| Aspect::parse(text).map(|aspect| aspect.worse);
        assert_eq!(worse("availability.request.write"), Ok(Worse::Lower));
        assert_eq!(worse("unavailability.request.write"), Ok(Worse::Higher));
        assert_eq!(worse("rto.write.p99"), Ok(Worse::Higher));
        assert_eq!(worse("operations.read"), Ok(Worse::Neither));
        for name in HEADLINES.iter().chain(&PER_FAULT) {
            assert!(Aspect::parse(name).is_ok(), "{name}");
        }
    }
}
