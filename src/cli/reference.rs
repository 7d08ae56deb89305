//! What can be looked up: measures, kinds of faults, regions, SLA profiles, error codes.

use crate::base::diagnostics::Code;
use crate::cli::glossary;
use crate::cli::session::Listing;
use crate::measure::paths::{self, Kinds, Measure, Quantiles, Scopes};
use crate::scenario::catalog::{self, Catalog};
use crate::scenario::hazards as library;
use std::collections::BTreeSet;
use std::path::Path;

/// Kinds of faults: the name, how it is written when it takes settings, and what it does.
const FAULTS: [(&str, &str, &str); 14] = [
    (
        "crash",
        "",
        "Processes die and lose their memory; writes already handed to the disk complete. They restart at the end.",
    ),
    ("pause", "", "Processes stop and go on later with all they had; messages and timers wait."),
    (
        "power-loss",
        "",
        "Machines go dark: memory and disk writes under way are lost, durable data stays. They restart at the end.",
    ),
    ("isolation", "", "No message enters or leaves the scope; inside it all goes on."),
    ("cut", "", "Messages over a link are dropped, one way or both by the scope."),
    ("slow", "{ slow = { factor = 10.0 } }", "Disks and messages of the scope take `factor` times as long."),
    (
        "loss",
        "{ loss = { probability = \"5%\" } }",
        "Each message of the scope is dropped with this probability.",
    ),
    ("bandwidth", "{ bandwidth = { to = \"1MB/s\" } }", "A link's bandwidth is reduced."),
    ("destroyed-disk", "", "Disks are blank when the processes restart at the end; memory is lost too."),
    ("destroyed", "", "The scope is gone for good, with its data; it has no `lasts`."),
    (
        "clock-step",
        "{ clock-step = { by = \"-30s\" } }",
        "Wall clocks of the scope jump at the onset, and back at the end.",
    ),
    (
        "clock-drift",
        "{ clock-drift = { by = \"200ppm\" } }",
        "Clocks of the scope run fast (positive) or slow.",
    ),
    ("dns-down", "", "Name resolution and account discovery are down."),
    ("control-plane-down", "", "The control plane makes no decisions; data paths go on."),
];

/// Kinds of faults.
pub fn faults() -> Vec<Listing> {
    let listing = |(name, _, summary): &(&str, &str, &str)| Listing {
        name: (*name).to_owned(),
        summary: (*summary).to_owned(),
    };
    FAULTS.iter().map(listing).collect()
}

/// Hazards of the library.
pub fn hazards() -> Vec<Listing> {
    let listing =
        |entry: library::Entry| Listing { name: entry.name.to_owned(), summary: entry.summary.to_owned() };
    library::library().map(listing).collect()
}

/// A file of the hazard library, as it stands, by its name with or without `hazards/`.
pub fn hazard(word: &str) -> Option<String> {
    let entry = library::find(word)?;
    let name = entry.name;
    Some(format!("{name}, for a scenario with `extends = [\"{name}\"]`:\n\n{}", entry.text))
}

/// Measure paths, without scopes and quantiles: `explain` tells them.
pub fn measures() -> Vec<Listing> {
    let listing = |measure: &Measure| Listing {
        name: format!("{}{}", measure.name, kinds(measure)),
        summary: format!("{} ({})", first_sentence(measure.definition), measure.unit.name()),
    };
    paths::table().filter(|m| m.name != "plan").map(listing).collect()
}

fn kinds(measure: &Measure) -> &'static str {
    match measure.kinds {
        Kinds::Both => ".read|write",
        Kinds::Worst => "[.read|write]",
        Kinds::ReadOnly => ".read",
        Kinds::None => "",
    }
}

/// The whole path: `rto[.read|write][@REGION].p99`.
fn pattern(measure: &Measure) -> String {
    let scope = match measure.scopes {
        Scopes::Account => "",
        Scopes::Regions => "[@REGION]",
        Scopes::RegionsAndPartitions => "[@REGION|@partition:N]",
    };
    let quantile = match measure.quantiles {
        Quantiles::None => "",
        Quantiles::Operations => ".p50|p90|p95|p99|p99.9|max",
        Quantiles::Faults => "[.p50|p90|p95|p99|p99.9|max]",
    };
    let (what, others) = match measure.name {
        "observed" => (".<what>", "|mean|count"),
        "latency" => ("", "|mean"),
        _ => ("", ""),
    };
    format!("{}{what}{}{scope}{quantile}{others}", measure.name, kinds(measure))
}

fn first_sentence(text: &str) -> &str {
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// Regions of the built-in catalogues.
pub fn regions() -> Vec<Listing> {
    let catalogs = catalog::names().filter_map(|name| Catalog::load(name, Path::new(".")).ok());
    let listings = |catalog: Catalog| {
        let one = |region: &catalog::Region| Listing {
            name: region.name.clone(),
            summary: format!(
                "{}, {}, {}{}",
                catalog.name(),
                region.geography,
                match region.zones {
                    0 => "no zones".to_owned(),
                    n => format!("{n} zones"),
                },
                region.pair.as_ref().map_or(String::new(), |pair| format!(", paired with {pair}"))
            ),
        };
        catalog.regions().iter().map(one).collect::<Vec<_>>()
    };
    catalogs.flat_map(listings).collect()
}

/// What an error code, a measure (with or without its parts), a family of them (`rto`, `availability`), a kind of fault
/// or a word of the results means.
pub fn explain(word: &str) -> Option<String> {
    code(word)
        .or_else(|| measure(word))
        .or_else(|| fault(word))
        .or_else(|| glossary::explain(word))
        .or_else(|| family(word))
}

/// What can be explained and no list has.
pub fn words() -> impl Iterator<Item = String> {
    let families = paths::table().filter_map(|measure| measure.name.split_once('.'));
    let families: BTreeSet<&str> = families.map(|(family, _)| family).collect();
    families.into_iter().chain(glossary::names()).map(str::to_owned)
}

fn code(word: &str) -> Option<String> {
    let code = Code::ALL.iter().find(|code| code.id().eq_ignore_ascii_case(word))?;
    Some(format!("{}: {}\n\n{}", code.id(), code.title(), code.explanation()))
}

fn measure(word: &str) -> Option<String> {
    let measure = paths::measure(word).or_else(|| paths::parse(word).ok().map(|path| path.measure))?;
    let unit = measure.unit.name();
    let kin = kin(measure.name);
    let see_also = if kin.is_empty() { String::new() } else { format!("\n\nsee also: {}", names(&kin)) };
    Some(format!("{}\nunit: {unit}\n\n{}{see_also}", pattern(measure), measure.definition))
}

/// Measures whose names begin with this one.
fn kin(prefix: &str) -> Vec<&'static Measure> {
    let within = |m: &&Measure| m.name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    paths::table().filter(within).collect()
}

fn names(measures: &[&Measure]) -> String {
    measures.iter().map(|measure| measure.name).collect::<Vec<_>>().join(", ")
}

/// The measures that share the first parts of their names: `availability`, `rpo.permanent`.
fn family(word: &str) -> Option<String> {
    let all = kin(word.trim_end_matches(['.', '*']));
    if all.is_empty() {
        return None;
    }
    let about = |m: &&Measure| format!("{} ({})\n  {}", pattern(m), m.unit.name(), m.definition);
    let count = all.len();
    Some(format!(
        "{word}: a family of {count} measures\n\n{}",
        all.iter().map(about).collect::<Vec<_>>().join("\n\n")
    ))
}

fn fault(word: &str) -> Option<String> {
    let (name, written, summary) = FAULTS.iter().find(|(name, ..)| *name == word)?;
    let written = if written.is_empty() { format!("\"{name}\"") } else { (*written).to_owned() };
    Some(format!("kind = {written}\n\n{summary}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::FaultKind;

    #[test]
    fn every_kind_of_fault_is_listed() {
        let kinds = [
            FaultKind::Crash,
            FaultKind::Pause,
            FaultKind::PowerLoss,
            FaultKind::Isolation,
            FaultKind::Cut,
            FaultKind::Slow { factor: 1.0 },
            FaultKind::Loss { probability: 1.0 },
            FaultKind::Bandwidth { bytes_per_s: 1.0 },
            FaultKind::DestroyedDisk,
            FaultKind::Destroyed,
            FaultKind::ClockStep { by_ns: 1 },
            FaultKind::ClockDrift { ppm: 1.0 },
            FaultKind::DnsDown,
            FaultKind::ControlPlaneDown,
        ];
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let listed: Vec<String> = faults().into_iter().map(|l| l.name).collect();
        assert_eq!(names, listed);
    }

    #[test]
    fn codes_measures_and_faults_are_explained() {
        assert!(explain("G0403").is_some_and(|text| text.contains("unknown region")));
        assert_eq!(explain("g0403"), explain("G0403"));
        for word in ["rto", "rto.write", "rto.write.p99", "availability.request.read@East US"] {
            assert!(explain(word).is_some(), "{word}");
        }
        assert!(explain("slow").is_some_and(|text| text.contains("factor")));
        assert_eq!(explain("nonsense"), None);
    }

    #[test]
    fn the_first_parts_of_a_measure_explain_the_whole_family() {
        for (word, members) in [
            ("availability", vec!["availability.request.read|write", "availability.hourly.read|write"]),
            ("rpo", vec!["rpo.writes", "rpo.permanent.writes"]),
            ("rpo.permanent", vec!["rpo.permanent.writes"]),
            ("rto", vec!["see also: rto.censored", "rto.relapses"]),
        ] {
            let text = explain(word).unwrap_or_else(|| panic!("{word} is explained"));
            assert!(members.iter().all(|member| text.contains(member)), "{word}: {text}");
        }
        assert_eq!(explain("rp"), None);
        assert!(words().any(|word| word == "availability"));
    }

    #[test]
    fn regions_and_measures_are_listed() {
        assert!(regions().iter().any(|l| l.name == "West US" && l.summary.contains("paired with East US")));
        assert!(measures().iter().any(|l| l.name.starts_with("rpo.time")));
        assert!(measures().iter().all(|l| !l.summary.is_empty()));
    }
}
