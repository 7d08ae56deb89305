use crate::case::Case;
#[test]
fn debug_one() {
    let Ok(n) = std::env::var("GEODES_ONE") else { return };
    let (text, _) = crate::schedules::schedule(n.parse().unwrap());
    let seen = Case::new(&text).seen(true);
    for (at, change) in seen.changes() { println!("{at:.4} {change:?}"); }
    let mut n = 0;
    for op in seen.operations().filter(|op| !crate::support::answered(op)) { n += 1; if n < 40 || n % 50 == 0 { println!("{op:?}"); } }
}
