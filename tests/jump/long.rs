//! Regions that are away for longer than logs reach: however the account is made, it settles, at a small cost.

use super::both::{run, scenario};
use geodes::engine::record::EndReason;
use geodes::scenario::Scenario;
use rayon::prelude::*;
use std::path::Path;

const WEST: &str = "West US 2";
const EAST: &str = "East US";
const CENTRAL: &str = "Central US";
const ALL_WRITE: &[&str] = &["write-regions=[\"West US 2\", \"East US\", \"Central US\"]"];
const ONE_WRITES: &[&str] = &[
    "write-regions=[\"West US 2\"]",
    "failover={service-managed={priority=[\"East US\", \"Central US\"]}}",
    "failback={after=\"4h\"}",
];

/// The account of the study of five nines, made and loaded otherwise, and one region without power.
fn account(region: &str, lasts: &str, level: &str, system: &[&str], rate: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/studies/five-nines.toml");
    let mut settings = vec![
        "hazard=[]".to_owned(),
        format!("fault=[{{scope=\"region:{region}\", kind=\"power-loss\", at=\"2min\", lasts=\"{lasts}\"}}]"),
        format!("system.cosmos-db.consistency=\"{level}\""),
        format!("workload.shop.rate=\"{rate}\""),
    ];
    settings.extend(system.iter().map(|setting| format!("system.cosmos-db.{setting}")));
    scenario(&path, &settings)
}

#[test]
fn a_region_away_for_a_day_and_more_is_back_in_service_whoever_writes_and_at_every_level() {
    let mut cases: Vec<(&str, &str, &str, &[&str])> = Vec::new();
    for region in [WEST, EAST, CENTRAL] {
        for lasts in ["24h", "38h"] {
            cases.push((region, lasts, "session", ALL_WRITE));
            let levels = ["session", "strong", "bounded-staleness"];
            cases.extend(levels.map(|level| (region, lasts, level, ONE_WRITES)));
        }
    }
    cases.par_iter().for_each(|(region, lasts, level, system)| {
        let scenario = account(region, lasts, level, system, "5/s");
        let on = run(&*scenario.runnable, &scenario.plan, 0, true);
        let title = format!("{region} for {lasts}, {level}, {system:?}");
        assert_eq!(on.end.reason, EndReason::Settled, "{title}");
        assert!(on.end.events < 3_000_000, "{title}: {} events", on.end.events);
    });
}
