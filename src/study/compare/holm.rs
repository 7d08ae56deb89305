//! Several rows at once: S. Holm, Scandinavian Journal of Statistics 6 (1979).

/// The probabilities as they count when all rows are looked at together: a row whose adjusted probability is at most the
/// risk may be called different, and the risk that any such call is wrong is no more than that. In the order given; rows
/// without one stay without, and count as a row all the same.
pub fn adjusted(probabilities: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        probabilities.iter().enumerate().filter_map(|(i, p)| Some((i, (*p)?))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut result = vec![None; probabilities.len()];
    let mut least = 0f64;
    for (rank, (i, p)) in order.into_iter().enumerate() {
        least = least.max(p * (probabilities.len() - rank) as f64).min(1.0);
        result[i] = Some(least);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_textbooks_comes_out() {
        // Four rows: 0.01, 0.04, 0.03 and 0.005 become 0.03, 0.06, 0.06 and 0.02.
        let found = adjusted(&[Some(0.01), Some(0.04), Some(0.03), Some(0.005)]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(
            found.iter().zip(expected).all(|(p, e)| p.is_some_and(|p| (p - e).abs() < 1e-12)),
            "{found:?}"
        );
        assert_eq!(adjusted(&[None, Some(0.02)]), [None, Some(0.04)]);
        assert_eq!(adjusted(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    }
}
