//! The first event in which two runs of one window differ, found with the engine's trail of fingerprints.

use crate::cli::output::Failure;
use crate::cli::session::{Session, threads};
use crate::engine::contract::WindowSpec;
use crate::engine::trail::{Trail, TrailSpec};
use std::num::NonZeroU64;

/// Fingerprints are noted this often.
const EVERY: u64 = 1_000;

/// Says where the first difference lies. Runs that differ only now and then may agree while they are watched; that is said
/// too.
///
/// # Errors
/// [`Failure::Internal`] when threads cannot be started.
pub fn find(session: &dyn Session, seeds: NonZeroU64) -> Result<String, Failure> {
    for i in 0..seeds.get() {
        let seed = session.seed().wrapping_add(i);
        let (a, b) = pair(session, seed, TrailSpec { every: EVERY, describe: (0, 0) })?;
        if let Some((world, block)) = first_block(&a, &b) {
            let from = block as u64 * EVERY;
            let (a, b) = pair(session, seed, TrailSpec { every: EVERY, describe: (from, from + EVERY) })?;
            return Ok(describe(seed, world, from, a.get(world), b.get(world)));
        }
    }
    Ok("every event agreed when the runs were repeated: the difference comes and goes".to_owned())
}

/// The trails of one window on one thread and on four.
fn pair(session: &dyn Session, seed: u64, trail: TrailSpec) -> Result<(Vec<Trail>, Vec<Trail>), Failure> {
    let spec = WindowSpec { seed, trail: Some(trail), ..WindowSpec::default() };
    let on = |count| Ok(threads(NonZeroU64::new(count))?.install(|| session.window(spec).trails));
    Ok((on(1)?, on(4)?))
}

/// The first world and block of events whose fingerprints differ.
fn first_block(a: &[Trail], b: &[Trail]) -> Option<(usize, usize)> {
    let worlds = a.len().max(b.len());
    (0..worlds).find_map(|world| {
        let (Some(a), Some(b)) = (a.get(world), b.get(world)) else { return Some((world, 0)) };
        let differ = a.digests.iter().zip(&b.digests).position(|(a, b)| a != b);
        let shorter = a.digests.len().min(b.digests.len());
        differ.or((a.digests.len() != b.digests.len()).then_some(shorter)).map(|block| (world, block))
    })
}

fn describe(seed: u64, world: usize, from: u64, a: Option<&Trail>, b: Option<&Trail>) -> String {
    let events = |trail: Option<&Trail>| trail.map_or(Vec::new(), |t| t.events.clone());
    let (a, b) = (events(a), events(b));
    let at = a.iter().zip(&b).position(|(a, b)| a != b);
    let at = at.or((a.len() != b.len()).then_some(a.len().min(b.len())));
    let Some(at) = at else {
        return format!(
            "seed {seed}, world {world}: the runs part after event {from}, but not again when watched"
        );
    };
    let line = |events: &[String]| events.get(at).map_or("no such event".to_owned(), Clone::clone);
    format!(
        "first difference: seed {seed}, world {world}, event {}\n    1 thread:  {}\n    4 threads: {}",
        from + at as u64,
        line(&a),
        line(&b)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(digests: &[u64], events: &[&str]) -> Trail {
        Trail { digests: digests.to_vec(), events: events.iter().map(|e| (*e).to_owned()).collect() }
    }

    #[test]
    fn the_first_differing_block_is_found_in_the_first_differing_world() {
        let runs = |digests: &[&[u64]]| digests.iter().map(|d| trail(d, &[])).collect::<Vec<_>>();
        let same = runs(&[&[1, 2]]);
        assert_eq!(first_block(&same, &same), None);
        assert_eq!(first_block(&runs(&[&[1, 2], &[1, 2]]), &runs(&[&[1, 2], &[1, 3]])), Some((1, 1)));
        assert_eq!(first_block(&same, &runs(&[&[1]])), Some((0, 1)));
        assert_eq!(first_block(&same, &[]), Some((0, 0)));
    }

    #[test]
    fn the_first_differing_event_is_named_with_both_sides() {
        let (a, b) = (trail(&[], &["x", "y"]), trail(&[], &["x", "z"]));
        let text = describe(42, 0, 3_000, Some(&a), Some(&b));
        assert!(text.contains("seed 42, world 0, event 3001"), "{text}");
        assert!(text.contains("1 thread:  y") && text.contains("4 threads: z"), "{text}");
    }
}
