use crate::azure;
use geodes::base::dist::Law;
use geodes::scenario::catalog::{CatalogError, Confidence, PairKind, RoundTrip};

/// The regions that have round trips.
fn measured() -> Vec<String> {
    let azure = azure();
    let has = |name: &str| azure.regions().iter().any(|other| azure.round_trip(name, &other.name).is_some());
    azure.regions().iter().map(|r| r.name.clone()).filter(|name| has(name)).collect()
}

#[test]
fn every_directed_pair_of_the_54_measured_regions_has_a_published_round_trip() {
    let azure = azure();
    let names = measured();
    assert_eq!((azure.regions().len(), names.len()), (57, 54));
    let (mut published, mut mirrored, mut jitter, mut missing) = (0, 0, 0, 0);
    for from in &names {
        for to in names.iter().filter(|to| *to != from) {
            match azure.round_trip(from, to) {
                Some(trip) if trip.mirrored => mirrored += 1,
                Some(_) => published += 1,
                None => missing += 1,
            }
            jitter += usize::from(azure.round_trip(from, to).is_some_and(|trip| trip.jitter_published));
        }
    }
    assert_eq!((published, mirrored, missing), (54 * 53, 0, 0));
    // 277 ratios are published, 15 of them for a pair whose other direction is among them; each serves both directions.
    assert_eq!(jitter, 2 * (277 - 15));
}

#[test]
fn the_two_directions_of_a_pair_agree_within_18_ms_and_mostly_within_one() {
    let azure = azure();
    let names = measured();
    let mut gaps = Vec::new();
    for (i, a) in names.iter().enumerate() {
        for b in &names[i + 1..] {
            let p50 = |from, to| azure.round_trip(from, to).map(|trip: RoundTrip| trip.p50_ms);
            gaps.push((p50(a, b).expect("published") - p50(b, a).expect("published")).abs());
        }
    }
    let worst = gaps.iter().copied().fold(0.0, f64::max);
    let close = gaps.iter().filter(|gap| **gap <= 1.0).count();
    assert_eq!(worst, 18.0);
    assert_eq!((close, gaps.len()), (1174, 1431));
}

#[test]
fn published_values_are_what_was_published() {
    let azure = azure();
    let trip = |from, to| azure.round_trip(from, to).expect("published");
    for (from, to, ms) in PUBLISHED_P50_MS {
        assert_eq!(trip(from, to).p50_ms, *ms, "{from} to {to}");
    }
    // A ratio serves both directions: their mean where both are published.
    assert_eq!(trip("Brazil South", "West US").p95_over_p50, trip("West US", "Brazil South").p95_over_p50);
    assert!((trip("France South", "West US").p95_over_p50 - 182.0 / 146.0).abs() < 1e-12);
    assert!(!trip("Japan East", "West Europe").jitter_published);
    assert_eq!(trip("Japan East", "West Europe").p95_over_p50, azure.fallback_jitter());
}

const PUBLISHED_P50_MS: &[(&str, &str, f64)] = &[
    ("Australia Central", "Australia Central 2", 3.0),
    ("Australia Central", "Austria East", 258.0),
    ("East US", "West US", 69.0),
    ("West US", "East US", 67.0),
    ("UAE North", "Germany West Central", 100.0),
    ("Germany West Central", "UAE North", 118.0),
    ("West US 3", "West Europe", 137.0),
];

#[test]
fn the_fallback_jitter_is_the_median_of_the_published_ratios() {
    let text = include_str!("../../scenarios/catalog/azure/rtt_p95.csv");
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').skip(2).filter_map(|cell| cell.parse().ok()).collect();
        (cells.len() == 2).then(|| cells[0] / cells[1])
    };
    let mut ratios: Vec<f64> = text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect();
    assert_eq!(ratios.len(), 277);
    ratios.sort_by(f64::total_cmp);
    assert!((ratios[138] - azure().fallback_jitter()).abs() < 5e-5, "{}", ratios[138]);
}

#[test]
fn every_paired_region_is_listed_and_mutual_pairs_point_at_each_other() {
    let azure = azure();
    let mut pairs = 0;
    for region in azure.regions() {
        let Some(pair) = &region.pair else { continue };
        let other = azure.region(pair).unwrap_or_else(|| panic!("{} is paired with {pair}", region.name));
        if region.pair_kind == Some(PairKind::Mutual) {
            assert_eq!(other.pair.as_deref(), Some(region.name.as_str()));
        }
        pairs += 1;
    }
    // 43 published, and the way back from Sweden South.
    assert_eq!(pairs, 44);
}

#[test]
fn regions_that_are_only_named_elsewhere_are_marked_as_assumed() {
    let azure = azure();
    let assumed: Vec<&str> = azure
        .regions()
        .iter()
        .filter(|r| r.confidence == Confidence::Assumed)
        .map(|r| r.name.as_str())
        .collect();
    let expected = [
        "Austria East",
        "Belgium Central",
        "Denmark East",
        "Jio India West",
        "Malaysia West",
        "Sweden South",
    ];
    assert_eq!(assumed, expected);
    assert_eq!(azure.region("West US").map(|r| r.zones), Some(0));
    assert_eq!(azure.region("East US").map(|r| (r.zones, r.geography.as_str())), Some((3, "north_america")));
    assert!(azure.regions().iter().all(|r| !r.source.is_empty() && !azure.source().is_empty()));
}

#[test]
fn a_pair_without_round_trips_says_which_region_lacks_them() {
    let azure = azure();
    assert_eq!(azure.one_way("West India", "West US"), None);
    assert_eq!(azure.one_way("West US", "West US"), None);
    let error = azure.delay("West US", "West India").expect_err("nothing is published");
    assert_eq!(error.to_string(), "catalogue `azure` has no round trip between `West US` and `West India`");
    assert!(error.hint().contains("no round trip of `West India` is published"), "{}", error.hint());
    let error = azure.delay("Wset US", "East US").expect_err("misspelt");
    assert_eq!(error.to_string(), "catalogue `azure` has no region `Wset US`");
    assert_eq!(error.hint(), "did you mean `West US`?");
    assert!(matches!(azure.find("Atlantis"), Err(CatalogError::UnknownRegion { meant: None, .. })));
}

#[test]
fn distances_are_those_of_an_atlas() {
    let azure = azure();
    let near = |a, b, km: f64, tolerance: f64| {
        let distance = azure.distance_km(a, b).expect("both are placed");
        assert!((distance - km).abs() < tolerance, "{a} to {b}: {distance}");
        assert_eq!(Some(distance), azure.distance_km(b, a));
    };
    near("West US", "East US", 3_900.0, 100.0);
    near("North Europe", "West Europe", 755.0, 30.0);
    near("Southeast Asia", "Australia East", 6_300.0, 60.0);
    near("West US", "West Europe", 8_800.0, 100.0);
    near("UK South", "UK West", 210.0, 30.0);
    assert_eq!(azure.distance_km("West US", "West US"), Some(0.0));
    assert_eq!(azure.distance_km("West US", "Atlantis"), None);
    assert!(azure.regions().iter().all(|r| r.position.is_some()));
}

#[test]
fn no_round_trip_is_faster_than_light_in_glass() {
    // 200 km per ms one way, in a straight line; positions are some tens of km off, published figures whole ms.
    let azure = azure();
    let names = measured();
    for a in &names {
        for b in names.iter().filter(|b| *b != a) {
            let ms = azure.round_trip(a, b).expect("published").p50_ms;
            let km = azure.distance_km(a, b).expect("placed");
            assert!(km <= (ms + 0.5) * 100.0 + 150.0, "{a} to {b}: {km} km in {ms} ms");
        }
    }
}

#[test]
fn prices_depend_on_where_traffic_leaves() {
    let azure = azure();
    assert_eq!(azure.egress_usd_per_gb("West US", "East US"), Some(0.02));
    assert_eq!(azure.egress_usd_per_gb("West US", "West Europe"), Some(0.05));
    assert_eq!(azure.egress_usd_per_gb("East Asia", "Japan East"), Some(0.08));
    assert_eq!(azure.egress_usd_per_gb("Brazil South", "West US"), Some(0.16));
    assert_eq!(azure.egress_usd_per_gb("West US", "West US"), Some(0.0));
    assert_eq!(azure.egress_usd_per_gb("West US", "Atlantis"), None);
    assert_eq!(azure.prices().zone_multiplier, 1.25);
    assert_eq!(azure.prices().internet, (0.05, 0.181));
    for a in azure.regions() {
        assert!(azure.regions().iter().all(|b| azure.egress_usd_per_gb(&a.name, &b.name).is_some()));
    }
}

#[test]
fn every_law_that_a_plan_takes_names_its_origin() {
    let azure = azure();
    let rows = azure.provenance();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row.origin.starts_with("catalog azure, ") && row.origin.contains(": ")));
    assert_eq!(azure.global(), Law::Constant(0.025));
}
