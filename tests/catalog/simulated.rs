use crate::azure;
use geodes::base::dist::Law;
use geodes::base::rng::Seed;

/// The median and the 95th percentile of the sum of two independent delays, in ms, over 200,000 draws.
fn round_trip(there: &Law, back: &Law, name: &str) -> (f64, f64) {
    let seed = Seed { scenario: 20_260_730, window: 0 };
    let (mut first, mut second) = (seed.named(name, "there"), seed.named(name, "back"));
    let mut draws: Vec<f64> =
        (0..200_000).map(|_| (there.sample(&mut first) + back.sample(&mut second)) * 1e3).collect();
    draws.sort_by(f64::total_cmp);
    (draws[100_000], draws[190_000])
}

fn assert_near(found: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!((found / wanted - 1.0).abs() < tolerance, "{what}: {found} instead of {wanted}");
}

#[test]
fn simulated_round_trips_have_the_published_median_and_jitter() {
    let azure = azure();
    // The most jittery pairs, the calmest, the nearest, the farthest, and one with the fallback.
    let pairs = [
        ("East US", "East US 2"),
        ("South Central US", "East US 2"),
        ("Mexico Central", "East US 2"),
        ("France South", "West US"),
        ("Brazil South", "West US"),
        ("West US", "East US"),
        ("Canada East", "Canada Central"),
        ("Australia Central", "Australia Central 2"),
        ("Australia East", "Brazil South"),
        ("UAE North", "Germany West Central"),
        ("Japan East", "West Europe"),
    ];
    for (from, to) in pairs {
        let law = |from, to| azure.one_way(from, to).expect("published");
        let there = azure.round_trip(from, to).expect("published");
        let back = azure.round_trip(to, from).expect("published");
        let (p50, p95) = round_trip(&law(from, to), &law(to, from), &format!("{from} {to}"));
        // A round trip is there and back, whichever side starts it: it can only have the mean of the two medians.
        assert_near(p50, (there.p50_ms + back.p50_ms) / 2.0, 0.01, &format!("median {from} to {to}"));
        assert_near(p95 / p50, there.p95_over_p50, 0.01, &format!("jitter {from} to {to}"));
        assert_eq!(there.p95_over_p50, back.p95_over_p50);
    }
}

#[test]
fn round_trips_inside_a_region_have_the_stated_median_and_ratio() {
    let azure = azure();
    for (name, law, rtt) in
        [("intra-zone", azure.intra_zone(), 0.1), ("inter-zone", azure.inter_zone(), 0.76)]
    {
        let (p50, p95) = round_trip(&law, &law, name);
        assert_near(p50, rtt, 0.02, name);
        assert_near(p95 / p50, 2.0, 0.03, name);
    }
}

#[test]
fn the_disk_makes_records_durable_as_stated() {
    let persist = azure().persist();
    let mut stream = Seed { scenario: 1, window: 0 }.named("disk", "persist");
    let mut draws: Vec<f64> = (0..200_000).map(|_| persist.sample(&mut stream) * 1e3).collect();
    draws.sort_by(f64::total_cmp);
    assert_near(draws[100_000], 1.0, 0.01, "median");
    assert_near(draws[190_000], 3.0, 0.02, "95th percentile");
}
