//! Each safeguard of shipped logs switched off in turn.

use crate::case::LEASE;
use crate::support::Seen;
use crate::support::groups;
use geodes::system::log_shipping::LogShipping;
use geodes::system::primary_backup::Mutation;

/// A scenario of shipped logs.
pub type Text = groups::Text<LogShipping>;

/// Two sites, A first.
pub fn sites(ship: &str, promotion: &str, fencing: &str) -> Text {
    let system = "sites = [{ region = \"A\" }, { region = \"B\" }]\nheartbeat = \"100ms\"\nsilence = \"1s\"\n\
                  survey = \"200ms\"\nattempt-timeout = \"500ms\"\n";
    let text = Text::new((3, 4), 2, system.into(), "");
    text.system(&format!("ship = {{ {ship} }}\npromotion = {promotion}")).system(fencing)
}

fn run(text: &Text, at_least: u32, without: Option<Mutation>) -> Seen {
    let case = text.case(at_least);
    match without {
        None => {
            let seen = case.run();
            assert!(seen.assert_sound().settled(), "{:?}", seen.end());
            seen
        }
        Some(mutation) => case.without(mutation).run(),
    }
}

const AT_ONCE: &str = "{ automatic = {} }";

#[test]
fn a_recovery_point_is_used_once_all_of_it_has_arrived() {
    let text = sites("points = { every = \"10s\" }", AT_ONCE, LEASE)
        .fault("link:A->B", "{ bandwidth = { to = \"10KB/s\" } }", 1_000, 60_000)
        .system("batch = \"4KB\"")
        .fault("region:A", "power-loss", 35_000, 20_000);
    let (good, bad) = (run(&text, 90, None), run(&text, 90, Some(Mutation::UsePartialPoint)));
    assert!(good.lost() > bad.lost(), "{} {}", good.lost(), bad.lost());
}

#[test]
fn recovery_points_go_on_being_cut() {
    let text = sites("points = { every = \"5s\", lag = { constant = \"1s\" } }", AT_ONCE, LEASE).fault(
        "region:A",
        "power-loss",
        40_000,
        10_000,
    );
    let (good, bad) = (run(&text, 70, None), run(&text, 70, Some(Mutation::CutOnePoint)));
    let seconds = |seen: &Seen| seen.lost() as f64 / 20.0;
    assert!(seconds(&good) < 8.0 && seconds(&bad) > 30.0, "{} {}", seconds(&good), seconds(&bad));
}

#[test]
fn an_outage_shorter_than_the_grace_period_moves_nothing() {
    let text = sites("stream = {}", "{ automatic = { grace = { constant = \"20s\" } } }", LEASE).fault(
        "region:A",
        "power-loss",
        5_000,
        8_000,
    );
    let (good, bad) = (run(&text, 40, None), run(&text, 40, Some(Mutation::SkipGrace)));
    let moved = |seen: &Seen| seen.cuts().iter().any(|region| region.0 == 1);
    assert!(!moved(&good) && moved(&bad));
    assert_eq!(good.lost(), 0);
}

#[test]
fn a_site_that_returns_reports_what_it_cuts_off() {
    let text = sites("stream = { lag = { constant = \"2s\" } }", AT_ONCE, LEASE).fault(
        "region:A",
        "power-loss",
        8_000,
        8_000,
    );
    let good = run(&text, 30, None);
    assert!(good.lost() > 20, "{}", good.lost());
    run(&text, 30, Some(Mutation::ForgetSuffix)).assert_breaks("loss-report", &[]);
}
