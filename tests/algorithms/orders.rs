//! Conflicts, version vectors and interval sets: laws of order.

use crate::config;
use geodes::algorithm::conflict::{Candidate, Policy, Winner, resolve, settle};
use geodes::algorithm::interval_set::IntervalSet;
use geodes::algorithm::version_vector::VersionVector;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::BTreeSet;

const ORDERED: [Policy; 2] = [Policy::LastWriterWins, Policy::NumericPath];

/// Pairwise concurrent versions: one from each origin, none aware of another. Stamps collide often.
fn concurrent() -> impl Strategy<Value = Vec<Candidate>> {
    prop::collection::vec((0..4u64, 1..3u64, any::<bool>()), 3..7).prop_map(|drawn| {
        (0..)
            .zip(drawn)
            .map(|(origin, (stamp, seq, delete))| Candidate {
                stamp,
                origin,
                seq,
                delete,
                seen: VersionVector::new(),
            })
            .collect()
    })
}

/// Versions of one key written at four copies that see each other's writes only now and then.
fn history() -> impl Strategy<Value = Vec<Candidate>> {
    let step = (0..4usize, 0..4usize, any::<bool>(), 0..4u64, 0..4u8);
    prop::collection::vec(step, 1..12).prop_map(|steps| {
        let mut copies = vec![VersionVector::new(); 4];
        let mut versions = Vec::new();
        for (at, from, syncs, stamp, kind) in steps {
            if syncs {
                let seen = copies[from].clone();
                copies[at].merge(&seen);
            }
            let (origin, seq) = (at as u32, copies[at].get(at as u32) + 1);
            versions.push(Candidate { stamp, origin, seq, delete: kind == 0, seen: copies[at].clone() });
            copies[at].advance(origin, seq);
        }
        versions
    })
}

fn join<'a>(policy: Policy, a: &'a Candidate, b: &'a Candidate) -> &'a Candidate {
    match resolve(policy, a, b) {
        Winner::First => a,
        Winner::Second => b,
        Winner::Feed => unreachable!("ordered policies decide"),
    }
}

fn vector() -> impl Strategy<Value = VersionVector> {
    prop::collection::vec((0..4u32, 0..4u64), 0..6).prop_map(|seen| seen.into_iter().collect())
}

fn merged(a: &VersionVector, b: &VersionVector) -> VersionVector {
    let mut m = a.clone();
    m.merge(b);
    m
}

fn ranges() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0..60u64, 0..8u64).prop_map(|(first, more)| (first, first + more)), 0..12)
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn settling_concurrent_versions_pair_by_pair_is_a_semilattice(versions in concurrent()) {
        for policy in ORDERED {
            let (a, b, c) = (&versions[0], &versions[1], &versions[2]);
            prop_assert_eq!(join(policy, a, a), a);
            prop_assert_eq!(join(policy, a, b), join(policy, b, a));
            prop_assert_eq!(
                join(policy, a, join(policy, b, c)),
                join(policy, join(policy, a, b), c)
            );
            // Deletes win; among equals in that, so does the stamp.
            let stays = join(policy, a, b);
            let other = if stays == a { b } else { a };
            prop_assert!((stays.delete, stays.stamp) >= (other.delete, other.stamp));
        }
    }

    #[test]
    fn copies_that_meet_all_versions_in_any_order_and_twice_settle_on_the_same(
        versions in history(), shuffle in prop::collection::vec(any::<prop::sample::Index>(), 24)
    ) {
        for policy in ORDERED {
            let stays = settle(policy, &versions).map(|at| &versions[at]);
            prop_assert!(stays.is_some());
            let mut again = versions.clone();
            again.extend(shuffle[..12].iter().map(|pick| pick.get(&versions).clone()));
            for (at, pick) in shuffle.iter().enumerate() {
                let (len, other) = (again.len(), pick.index(again.len()));
                again.swap(at % len, other);
            }
            prop_assert_eq!(settle(policy, &again).map(|at| &again[at]), stays);
        }
    }

    #[test]
    fn the_version_that_stays_was_replaced_by_none_and_a_custom_policy_asks_only_when_several_are_left(
        versions in history()
    ) {
        let heads: Vec<&Candidate> =
            versions.iter().filter(|v| !versions.iter().any(|other| other.saw(v))).collect();
        for policy in ORDERED {
            let stays = settle(policy, &versions).map(|at| &versions[at]);
            prop_assert!(stays.is_some_and(|s| heads.contains(&s)));
            // A delete stays if there is one among the heads.
            prop_assert_eq!(stays.map(|s| s.delete), Some(heads.iter().any(|h| h.delete)));
        }
        let custom = settle(Policy::Custom, &versions).map(|at| &versions[at]);
        prop_assert_eq!(custom, if heads.len() == 1 { Some(heads[0]) } else { None });
    }

    #[test]
    fn merging_version_vectors_is_a_semilattice_whose_order_is_cover(a in vector(), b in vector(), c in vector()) {
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&a, &merged(&b, &c)), merged(&merged(&a, &b), &c));
        prop_assert_eq!(a.covers(&b), merged(&a, &b) == a);
        prop_assert_eq!(a.compare(&b), b.compare(&a).map(Ordering::reverse));
        prop_assert_eq!(a.compare(&b) == Some(Ordering::Equal), a == b);
    }

    #[test]
    fn sending_a_peer_what_it_misses_makes_it_cover_the_sender(a in vector(), b in vector()) {
        let mut after = b.clone();
        for (origin, from, upto) in a.missing_from(&b) {
            prop_assert_eq!(from, b.get(origin) + 1);
            prop_assert!(from <= upto);
            after.advance(origin, upto);
        }
        prop_assert_eq!(after, merged(&a, &b));
        prop_assert_eq!(a.missing_from(&b).is_empty(), b.covers(&a));
    }

    #[test]
    fn an_interval_set_is_a_set(a in ranges(), b in ranges(), one in 0..70u64) {
        let make = |ranges: &[(u64, u64)]| {
            let mut set = IntervalSet::new();
            ranges.iter().for_each(|(first, last)| set.insert_range(*first, *last));
            (set, ranges.iter().flat_map(|(first, last)| *first..=*last).collect::<BTreeSet<u64>>())
        };
        let ((mut sa, mut ta), (sb, tb)) = (make(&a), make(&b));
        let of = |tree: BTreeSet<u64>| tree.into_iter().collect::<IntervalSet>();
        prop_assert_eq!(sa.union(&sb), of(&ta | &tb));
        prop_assert_eq!(sa.difference(&sb), of(&ta - &tb));
        prop_assert_eq!(sa.len(), ta.len() as u64);
        prop_assert_eq!(sa.contains(one), ta.contains(&one));
        prop_assert_eq!(sa.insert(one), ta.insert(one));
        prop_assert_eq!(&sa, &of(ta));
        // Neither overlapping nor adjacent.
        prop_assert!(sa.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
    }
}
