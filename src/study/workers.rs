//! Work on all cores that is begun in order.

use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The first results of `work` on `0..n`, in order: all of them unless time is up before. What was begun is finished, so that
/// none is missing in between.
pub fn in_order<T: Send>(
    n: usize,
    is_over: &(dyn Fn() -> bool + Sync),
    work: &(dyn Fn(usize) -> T + Sync),
) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new((0..n).map(|_| None).collect::<Vec<Option<T>>>()));
    let worker = |_| {
        while !is_over() {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= n {
                return;
            }
            let result = work(i);
            done.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(result);
        }
    };
    (0..rayon::current_num_threads().min(n)).into_par_iter().with_max_len(1).for_each(worker);
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().map_while(|result| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_what_was_begun_is_finished() {
        assert_eq!(in_order(1_000, &|| false, &|i| i * i), (0..1_000).map(|i| i * i).collect::<Vec<_>>());
        let begun = AtomicUsize::new(0);
        let over = || begun.load(Ordering::Relaxed) >= 50;
        let some = in_order(1_000, &over, &|i| {
            begun.fetch_add(1, Ordering::Relaxed);
            i
        });
        assert_eq!(some, (0..begun.into_inner()).collect::<Vec<_>>());
        assert!((50..200).contains(&some.len()));
        assert_eq!(in_order(0, &|| false, &|i| i), Vec::<usize>::new());
    }
}
