//! The outage that stale configuration caused: written, signalled, and then read elsewhere at a level that is too weak.

use crate::support::Case;
use crate::{EAST, Run, served};
use geodes::model::operation::Claims;

const SCENARIO: &str = include_str!("../../scenarios/cosmos-db/stale-configuration.toml");

fn at(level: &str) -> Run {
    let line = "consistency   = \"eventual\"";
    assert!(SCENARIO.contains(line));
    Run::of(&Case::new(&SCENARIO.replace(line, &format!("consistency   = \"{level}\""))))
}

#[test]
fn a_service_that_saw_the_signal_misses_the_configuration_at_eventual_only() {
    let outdated = |level| {
        let run = at(level);
        let judged = run.claiming(Claims::CONSISTENT_PREFIX, served(EAST));
        let verdict = judged.verdict("consistent-prefix");
        (verdict.checked > 1000, !verdict.evidence.is_empty())
    };
    assert_eq!(outdated("eventual"), (true, true));
    for level in ["consistent-prefix", "session", "bounded-staleness", "strong"] {
        assert_eq!(outdated(level), (true, false), "{level}");
    }
}

#[test]
fn a_service_that_heard_the_signal_from_outside_is_safe_at_strong_only() {
    for level in ["eventual", "consistent-prefix", "session", "bounded-staleness"] {
        at(level).claiming(Claims::LINEARIZABLE, served(EAST)).shows("linearizable");
    }
    at("strong").claiming(Claims::LINEARIZABLE, served(EAST)).holds("linearizable");
}
