//! What a contrast shows, and what it leaves open.

use super::*;
use proptest::prelude::*;
use statrs::distribution::{ContinuousCDF, StudentsT};

fn paired(pairs: &[(f64, f64)], margin: Margin) -> Contrast {
    contrast(&Values::Paired(pairs.to_vec()), margin).expect("there are pairs")
}

fn apart(base: &[f64], new: &[f64]) -> Contrast {
    contrast(&Values::Apart(base.to_vec(), new.to_vec()), Margin::NONE).expect("there are values")
}

#[test]
fn pairs_that_all_moved_by_a_tenth_show_a_tenth() {
    let pairs: Vec<(f64, f64)> =
        (1..=8).map(f64::from).map(|a| (a, a * (1.1 + 0.001 * (a % 3.0 + a / 9.0)))).collect();
    let found = paired(&pairs, Margin::NONE);
    assert_eq!((found.scale, found.unanimous), (Scale::Ratio, 1));
    let (low, high) = found.interval(0.95).expect("eight pairs");
    assert!(low < libm::log(1.1015) && libm::log(1.1015) < high && high - low < 0.01, "{low} to {high}");
    assert!(found.exceeds.is_some_and(|p| p < 1e-6) && found.within.is_some_and(|p| p > 1.0 - 1e-6));
    assert!(paired(&pairs, Margin::Relative(0.2)).within.is_some_and(|p| p < 1e-6));
}

#[test]
fn the_probability_is_students() {
    let pairs = [(1.0, 1.3), (2.0, 1.9), (4.0, 4.6), (3.0, 3.1), (5.0, 5.9)];
    let logs: Vec<f64> = pairs.iter().map(|(a, b): &(f64, f64)| libm::log(b / a)).collect();
    let mean = logs.iter().sum::<f64>() / 5.0;
    let variance = logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4.0;
    let expected = StudentsT::new(0.0, 1.0, 4.0).unwrap().sf(mean / (variance / 5.0).sqrt());
    let found = paired(&pairs, Margin::NONE).exceeds.expect("five pairs");
    assert!((found - expected).abs() < 1e-9, "{found}, {expected}");
}

#[test]
fn two_zeros_are_no_change_and_one_zero_leaves_differences() {
    assert_eq!(paired(&[(0.0, 0.0), (2.0, 2.0)], Margin::NONE).mean, 0.0);
    let mixed = [(0.0, 3.0), (2.0, 2.0), (4.0, 5.0)];
    let found = paired(&mixed, Margin::NONE);
    assert_eq!((found.scale, found.mean), (Scale::Difference, 4.0 / 3.0));
    // A tenth of the base is allowed: 3, -0.2, 0.6.
    assert!((paired(&mixed, Margin::Relative(0.1)).mean - 3.4 / 3.0).abs() < 1e-12);
    assert!((paired(&mixed, Margin::Absolute(1.0)).mean - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn equal_sides_show_nothing() {
    let same = [(3.0, 3.0), (5.0, 5.0), (5.0, 5.0)];
    assert_eq!(paired(&same, Margin::NONE).two_sided(), Some(1.0));
    assert_eq!(apart(&[2.0, 2.0, 2.0], &[2.0, 2.0]).two_sided(), Some(1.0));
    assert_eq!(apart(&[0.0; 9], &[0.0; 9]).two_sided(), Some(1.0));
}

#[test]
fn values_that_repeat_show_no_more_than_their_signs() {
    let counts = [(1.0, 2.0), (1.0, 2.0), (1.0, 2.0)];
    assert_eq!(paired(&counts, Margin::NONE).exceeds, Some(0.125));
    // Two of two against two of two: one of six ways to give out the labels.
    let found = apart(&[1.0, 1.0], &[2.0, 2.0]).exceeds.expect("two and two");
    assert!((found - 1.0 / 6.0).abs() < 1e-12, "{found}");
}

#[test]
fn what_was_not_restored_counts_by_its_order() {
    let never = f64::INFINITY;
    let found = paired(&[(1.0, never), (2.0, never), (3.0, never), (4.0, 3.0)], Margin::NONE);
    assert_eq!((found.scale, found.mean, found.error), (Scale::Order, 0.5, None));
    assert_eq!(found.exceeds, Some(5.0 / 16.0));
    assert_eq!(paired(&[(never, never)], Margin::NONE).two_sided(), None);
    let within = paired(&[(never, never); 3], Margin::Relative(0.1)).within.expect("three pairs");
    assert!((within - 0.125).abs() < 1e-12, "{within}");
    let found = apart(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[never; 6]);
    assert!(found.exceeds.is_some_and(|p| p < 0.01), "{found:?}");
}

#[test]
fn one_window_has_a_change_and_no_probability() {
    let found = paired(&[(2.0, 3.0)], Margin::NONE);
    assert_eq!((found.two_sided(), found.interval(0.95), found.unanimous), (None, None, 1));
    assert_eq!(apart(&[2.0], &[3.0, 4.0]).two_sided(), None);
    assert_eq!(contrast(&Values::Paired(Vec::new()), Margin::NONE), None);
}

proptest! {
    #[test]
    fn swapping_the_sides_swaps_the_answer(
        pairs in prop::collection::vec((0.1f64..10.0, 0.1f64..10.0), 2..30), together in any::<bool>(),
    ) {
        let values = |pairs: &[(f64, f64)]| match together {
            true => Values::Paired(pairs.to_vec()),
            false => Values::Apart(pairs.iter().map(|p| p.0).collect(), pairs.iter().map(|p| p.1).collect()),
        };
        let swapped: Vec<(f64, f64)> = pairs.iter().map(|(a, b)| (*b, *a)).collect();
        let here = contrast(&values(&pairs), Margin::NONE).unwrap();
        let there = contrast(&values(&swapped), Margin::NONE).unwrap();
        prop_assert!((here.mean + there.mean).abs() < 1e-9);
        prop_assert!((here.exceeds.unwrap() - there.within.unwrap()).abs() < 1e-9);
    }
}
