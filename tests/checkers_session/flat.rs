//! Memory depends on the keys, not on the length of the history.

use super::history::*;
use geodes::base::time::Span;
use geodes::history::checkers::{CheckSpec, Checkers};

#[test]
fn memory_stays_flat_over_a_million_operations() {
    let spec = CheckSpec { bounded: Some((1_000, Span::secs(60))), ..CheckSpec::default() };
    let mut checkers = Checkers::new(spec);
    let mut held = Vec::new();
    let mut latest = [0u64; 10];
    for n in 0..1_000_000u64 {
        let (key, client, at) = ((n / 4) % 10, (n % 7) as u32, 10 * n);
        let op = match n % 4 {
            0 => {
                latest[key as usize] = n + 1;
                write(client, key, n + 1, at, at + 5)
            }
            1 => insert(client, n / 4, at, at + 5),
            _ => read(client, key, latest[key as usize], at, at + 5),
        };
        checkers.on_record(&begun(&op));
        checkers.on_record(&done(op));
        if n % 100_000 == 99_999 {
            held.push(checkers.held());
        }
    }
    assert!(held[9] <= held[1] + held[1] / 20, "{held:?}");
    assert!(violated(&checkers.finish()).is_empty());
}
