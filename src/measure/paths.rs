//! Measure paths: `<measure>.<rule>.<read|write>[@<client region>]`, quantile last.
//!
//! `availability.request.write@East US`, `rto.write.p99`, `rpo.time.max`. A scope may also be `@partition:3`. One
//! [table](table()) of names drives results, SLA rows, lists and explanations. `plan.<fact>` is a numeric fact of
//! the resolved plan, `observed.<what>` what the system measured inside itself. Instead of a quantile over operations
//! there may be `.mean`, and of what was observed `.count`.

pub mod table;

use crate::measure::findings::{CauseFilter, Reading, WindowFindings};
use crate::measure::histogram::Quantile;
use crate::measure::number::Unit;
use crate::measure::series::{Kind, Scope};
use std::fmt;
pub use table::table;

/// One line of the table of measures.
pub struct Measure {
    /// Measure and rule: `availability.request`.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: Unit,
    /// Whether a path says `read` or `write`.
    pub kinds: Kinds,
    /// Which scopes it can be asked for.
    pub scopes: Scopes,
    /// Whether it has quantiles.
    pub quantiles: Quantiles,
    /// What it means: one paragraph.
    pub definition: &'static str,
    /// Its value in one window.
    pub(crate) read: fn(&WindowFindings, &Ask) -> Option<Reading>,
}

/// Whether a path says `read` or `write`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// It must.
    Both,
    /// It may; without it, the worse of both.
    Worst,
    /// It must say `read`.
    ReadOnly,
    /// It must not.
    None,
}

/// Which scopes a measure can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scopes {
    /// The account only.
    Account,
    /// A client region too.
    Regions,
    /// A client region or a partition too.
    RegionsAndPartitions,
}

/// Where quantiles come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantiles {
    /// There are none.
    None,
    /// Over the operations of a window; a path must name one.
    Operations,
    /// Over faults; a path without one means the worst.
    Faults,
}

/// A parsed path.
#[derive(Clone)]
pub struct Path {
    /// The measure.
    pub measure: &'static Measure,
    /// The fact's name, of `plan.<fact>`, or what was observed, of `observed.<what>`.
    pub fact: Option<String>,
    /// The kind, if the path says one.
    pub kind: Option<Kind>,
    /// The scope, by name.
    pub scope: ScopeName,
    /// The quantile, if the path says one.
    pub quantile: Option<Quantile>,
    /// What the path says instead of a quantile.
    pub statistic: Option<Statistic>,
}

/// What a path can say instead of a quantile over operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// How many there were.
    Count,
}

impl Statistic {
    /// `mean`, `count`.
    pub fn name(self) -> &'static str {
        ["mean", "count"][self as usize]
    }
}

/// A scope by its name in a scenario.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeName {
    /// Everything.
    Account,
    /// The clients of a region.
    Region(String),
    /// A partition.
    Partition(u32),
}

/// A path with its scope bound to a window: what the table's functions are asked.
pub(crate) struct Ask<'a> {
    pub kind: Option<Kind>,
    pub scope: Scope,
    pub quantile: Option<Quantile>,
    pub statistic: Option<Statistic>,
    pub fact: Option<&'a str>,
    pub filter: Option<&'a CauseFilter>,
}

/// Why a text is no measure path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No such measure.
    #[error("unknown measure `{path}`{}", hint(.nearest))]
    Unknown {
        /// The text.
        path: String,
        /// The measure whose name is most like it.
        nearest: Option<&'static str>,
    },
    /// The measure needs, or does not take, this part.
    #[error("`{measure}` {problem}")]
    Part {
        /// The measure.
        measure: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest.map_or(String::new(), |name| format!(" (did you mean `{name}`?)"))
}

/// The measure called `name` (without kind, scope and quantile).
pub fn measure(name: &str) -> Option<&'static Measure> {
    table().find(|measure| measure.name == name)
}

/// Reads a path.
///
/// # Errors
/// If the measure is unknown, or a part is missing or out of place.
pub fn parse(text: &str) -> Result<Path, PathError> {
    if let Some(fact) = text.strip_prefix("plan.")
        && let Some(measure) = measure("plan")
    {
        let fact = Some(fact.to_owned());
        return Ok(Path { fact, ..Path::of(measure) });
    }
    let ends =
        |quantile: &Quantile| text.strip_suffix(quantile.name()).is_some_and(|rest| rest.ends_with('.'));
    let quantile = Quantile::ALL.into_iter().find(ends);
    let statistic = [Statistic::Mean, Statistic::Count].into_iter();
    let statistic =
        statistic.into_iter().find(|s| text.strip_suffix(s.name()).is_some_and(|rest| rest.ends_with('.')));
    let last = quantile.map(Quantile::name).or(statistic.map(Statistic::name));
    let rest = last.map_or(text, |name| &text[..text.len() - name.len() - 1]);
    if let (Some(what), Some(measure)) = (rest.strip_prefix("observed."), measure("observed")) {
        let path = Path { fact: Some(what.to_owned()), quantile, statistic, ..Path::of(measure) };
        return path.checked();
    }
    let (head, scope) = match rest.split_once('@') {
        Some((head, scope)) => (head, scope_named(scope)),
        None => (rest, ScopeName::Account),
    };
    let (name, kind) = match head.rsplit_once('.').map(|(name, last)| (name, Kind::named(last))) {
        Some((name, Some(kind))) => (name, Some(kind)),
        _ => (head, None),
    };
    let Some(measure) = measure(name) else {
        let nearest = table()
            .map(|m| m.name)
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        return Err(PathError::Unknown { path: text.to_owned(), nearest });
    };
    Path { kind, scope, quantile, statistic, ..Path::of(measure) }.checked()
}

fn scope_named(text: &str) -> ScopeName {
    let partition = text.strip_prefix("partition:").and_then(|number| number.parse().ok());
    partition.map_or_else(|| ScopeName::Region(text.to_owned()), ScopeName::Partition)
}

impl Path {
    fn of(measure: &'static Measure) -> Path {
        Path { measure, fact: None, kind: None, scope: ScopeName::Account, quantile: None, statistic: None }
    }

    fn checked(self) -> Result<Path, PathError> {
        match self.problem() {
            Some(problem) => Err(PathError::Part { measure: self.measure.name, problem }),
            None => Ok(self),
        }
    }

    /// Every statistic of something observed.
    pub(crate) fn observed(what: &str) -> Vec<Path> {
        let Some(measure) = measure("observed") else { return Vec::new() };
        let path = || Path { fact: Some(what.to_owned()), ..Path::of(measure) };
        let mean = Path { statistic: Some(Statistic::Mean), ..path() };
        let quantiles = Quantile::ALL.map(|quantile| Path { quantile: Some(quantile), ..path() });
        let count = Path { statistic: Some(Statistic::Count), ..path() };
        [mean].into_iter().chain(quantiles).chain([count]).collect()
    }

    fn problem(&self) -> Option<&'static str> {
        let scopes = match self.scope {
            ScopeName::Account => Scopes::Account,
            ScopeName::Region(_) => Scopes::Regions,
            ScopeName::Partition(_) => Scopes::RegionsAndPartitions,
        };
        match (self.measure.kinds, self.kind) {
            (Kinds::Both, None) => return Some("needs `.read` or `.write`"),
            (Kinds::ReadOnly, None | Some(Kind::Write)) => {
                return Some("needs `.read`: it is about reads only");
            }
            (Kinds::None, Some(_)) => return Some("takes neither `.read` nor `.write`"),
            _ => {}
        }
        let observed = self.measure.name == "observed";
        match self.statistic {
            Some(Statistic::Mean) if !(observed || self.measure.name == "latency") => {
                return Some("takes no `.mean`");
            }
            Some(Statistic::Count) if !observed => return Some("takes no `.count`"),
            _ => {}
        }
        match (self.measure.quantiles, self.quantile) {
            (Quantiles::Operations, None) if self.statistic.is_none() => {
                return Some("needs a quantile, such as `.p99`");
            }
            (Quantiles::None, Some(_)) => return Some("takes no quantile"),
            _ => {}
        }
        (scopes > self.measure.scopes).then_some(match self.measure.scopes {
            Scopes::Account => "takes no scope",
            _ => "takes a client region as scope, but no partition",
        })
    }

    /// Whether a value over several windows is their worst, rather than their mean.
    pub fn is_worst(&self) -> bool {
        matches!(
            (self.measure.quantiles, self.quantile),
            (Quantiles::Faults, None | Some(Quantile::Max)) | (Quantiles::Operations, Some(Quantile::Max))
        )
    }
}

/// Writes the path in full: the worst over faults is written `.max`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.measure.name)?;
        if let Some(fact) = &self.fact {
            write!(f, ".{fact}")?;
        }
        if let Some(kind) = self.kind {
            write!(f, ".{}", kind.name())?;
        }
        match &self.scope {
            ScopeName::Account => {}
            ScopeName::Region(name) => write!(f, "@{name}")?,
            ScopeName::Partition(number) => write!(f, "@partition:{number}")?,
        }
        match (self.quantile, self.measure.quantiles) {
            (Some(quantile), _) => write!(f, ".{}", quantile.name()),
            (None, Quantiles::Faults) => f.write_str(".max"),
            _ => self.statistic.map_or(Ok(()), |statistic| write!(f, ".{}", statistic.name())),
        }
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({self})")
    }
}

/// All paths of the table for the account and these client regions, in the table's order.
pub fn all(regions: &[&str]) -> Vec<Path> {
    let mut paths = Vec::new();
    for measure in table().filter(|measure| !["plan", "observed"].contains(&measure.name)) {
        let kinds: &[Option<Kind>] = match measure.kinds {
            Kinds::Both | Kinds::Worst => &[Some(Kind::Read), Some(Kind::Write)],
            Kinds::ReadOnly => &[Some(Kind::Read)],
            Kinds::None => &[None],
        };
        let quantiles: &[Option<Quantile>] = match measure.quantiles {
            Quantiles::None => &[None],
            Quantiles::Operations => &Quantile::ALL.map(Some),
            Quantiles::Faults => &[Some(Quantile::P50), Some(Quantile::P99), Some(Quantile::Max)],
        };
        let scopes = regions.iter().filter(|_| measure.scopes >= Scopes::Regions);
        let scopes: Vec<ScopeName> = std::iter::once(ScopeName::Account)
            .chain(scopes.map(|name| ScopeName::Region((*name).to_owned())))
            .collect();
        for kind in kinds {
            for scope in &scopes {
                for quantile in quantiles {
                    let (kind, quantile, scope) = (*kind, *quantile, scope.clone());
                    paths.push(Path { kind, quantile, scope, ..Path::of(measure) });
                }
            }
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_and_written_back() {
        for text in [
            "availability.request.write@East US",
            "availability.hourly.read",
            "rto.write.p99",
            "rto.write@East US.max",
            "rto.max",
            "rpo.time.max",
            "latency.in-region.read.p99.9",
            "availability.time.write@partition:3",
            "plan.replicas-per-region",
            "latency.read@East US.mean",
            "observed.detection-time.mean",
            "observed.detection-time.p99.9",
            "observed.detection-time.count",
        ] {
            assert_eq!(parse(text).map(|path| path.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(parse("rto.write").map(|path| path.to_string()), Ok("rto.write.max".to_owned()));
    }

    #[test]
    fn a_wrong_path_says_what_is_wrong() {
        let error = |text| parse(text).map(|_| ()).map_err(|e| e.to_string());
        let unknown = "unknown measure `availability.requests.read` (did you mean `availability.request`?)";
        assert_eq!(error("availability.requests.read"), Err(unknown.into()));
        assert_eq!(
            error("availability.request"),
            Err("`availability.request` needs `.read` or `.write`".into())
        );
        assert_eq!(error("latency.read"), Err("`latency` needs a quantile, such as `.p99`".into()));
        assert_eq!(error("rpo.time@East US"), Err("`rpo.time` takes no scope".into()));
        assert!(error("availability.time.read.p99").is_err());
        assert!(error("rto.write.mean").is_err() && error("latency.read.count").is_err());
        assert_eq!(error("observed.wait"), Err("`observed` needs a quantile, such as `.p99`".into()));
        assert!(error("latency.read@partition:1.p99").is_err());
    }

    #[test]
    fn every_measure_has_a_name_of_its_own_and_a_definition() {
        let names: Vec<&str> = table().map(|measure| measure.name).collect();
        for (i, measure) in table().enumerate() {
            assert!(!names[..i].contains(&measure.name), "{} twice", measure.name);
            assert!(measure.definition.len() > 40 && measure.definition.ends_with('.'), "{}", measure.name);
        }
    }
}
