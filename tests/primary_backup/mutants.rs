//! Each safeguard switched off in turn: a small scenario that is sound with it and wrong without it.

use crate::case::{AUTOMATIC, LEASE, SYNCHRONOUS, over};

#[test]
fn a_small_scenario_is_sound_and_settles() {
    let text = over(3).system(SYNCHRONOUS).system(LEASE).system(AUTOMATIC);
    let seen = text.fault("region:A", "power-loss", 5_000, 8_000).case(20).seen(true);
    assert!(seen.assert_sound().settled(), "{:?}\n{}", seen.end(), seen.account());
    assert_eq!(seen.lost(), 0);
    assert_eq!(seen.share(true, 1.0, 5.0), 1.0);
    assert_eq!(seen.share(true, 8.0, 20.0), 1.0);
}
