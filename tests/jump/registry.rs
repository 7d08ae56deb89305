//! A registry comes to the same with and without jumping over outages; and whoever was away has as much to fetch.

use super::both::{self, Outcome, assert_agree, scenario};
use geodes::base::ids::RegionId;
use geodes::engine::record::{EndReason, Purpose};
use geodes::scenario::Scenario;
use rayon::prelude::*;
use std::path::Path;

/// The study's registry, with one scripted fault instead of its hazards.
fn struck(scope: &str, kind: &str, more: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/container-registry/study.toml");
    let mut settings = vec![
        "hazard=[]".to_owned(),
        format!("fault=[{{scope=\"{scope}\", kind=\"{kind}\", at=\"15min\", lasts=\"6h\"}}]"),
    ];
    settings.extend(more.iter().map(|setting| (*setting).to_owned()));
    scenario(&path, &settings)
}

fn both(scenario: &Scenario) -> (Outcome, Outcome) {
    let run = |jump| both::run(&*scenario.runnable, &scenario.plan, 0, jump);
    (run(true), run(false))
}

#[test]
fn an_outage_of_six_hours_costs_the_same_and_less_work_in_a_registry() {
    let cases = [
        ("region:West US", "power-loss"),
        ("region:West Europe", "power-loss"),
        ("region:East US", "isolation"),
        ("link:West US<->West Europe", "cut"),
        ("service", "control-plane-down"),
    ];
    let said: Vec<String> = cases
        .par_iter()
        .map(|(scope, kind)| {
            let (on, off) = both(&struck(scope, kind, &[]));
            let title = format!("{scope} {kind}");
            assert_eq!(on.end.reason, EndReason::Settled, "{title}");
            assert_agree(&title, &on, &off);
            let said = format!("{title}: {} events instead of {}", on.end.events, off.end.events);
            assert!(on.end.events * 2 < off.end.events, "{said}");
            said
        })
        .collect();
    println!("{}", said.join("\n"));
}

/// Bytes of copies that went to a region.
fn copied(outcome: &Outcome, to: u32) -> f64 {
    let traffic = outcome.found.traffic.iter();
    let copies = traffic.filter(|((_, b), purpose, _)| {
        *b == Some(RegionId(to)) && matches!(purpose, Purpose::Replication | Purpose::Copy)
    });
    copies.map(|(.., volume)| volume.bytes).sum::<u64>() as f64
}

#[test]
fn who_was_away_while_time_was_jumped_over_has_as_much_to_fetch() {
    let more = ["workload.team.rate=\"20/min\"", "workload.team.document-size=\"1MB\""];
    for (scope, kind, lost) in [("region:West Europe", "power-loss", 3), ("region:East US", "isolation", 1)] {
        let (on, off) = both(&struck(scope, kind, &more));
        assert!(!on.jumps.is_empty(), "{scope}");
        // 40 pushes in two minutes stand for those of the jump: they are known to 16 %, of which three are allowed.
        let ratio = copied(&on, lost) / copied(&off, lost);
        assert!((0.5..1.5).contains(&ratio), "{scope}: {} of {} B", copied(&on, lost), copied(&off, lost));
        // Those who were there all the time are sent nothing twice.
        let there = copied(&on, 2) / copied(&off, 2);
        assert!((0.5..1.5).contains(&there), "{scope}: {} of {} B", copied(&on, 2), copied(&off, 2));
    }
}
