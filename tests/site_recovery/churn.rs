//! ASR-3: backlog and age grow and drain at their slopes, and the limits are the published ones.

use crate::case::{CACHE, ORDERED, machines, observed};
use crate::points::exact;
use geodes::base::time::Span;
use geodes::system::site_recovery::churn::{ChurnMode, DiskClass, of_disk, of_machine};

/// The least-squares slope of what was observed in a stretch.
fn slope(all: &[(f64, f64)], from: f64, to: f64) -> f64 {
    let part: Vec<(f64, f64)> = all.iter().copied().filter(|(at, _)| (from..to).contains(at)).collect();
    let n = part.len() as f64;
    assert!(n > 20.0, "{n} observations");
    let (x, y) = (part.iter().map(|p| p.0).sum::<f64>() / n, part.iter().map(|p| p.1).sum::<f64>() / n);
    let over: f64 = part.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    over / part.iter().map(|p| (p.0 - x) * (p.0 - x)).sum::<f64>()
}

fn near(measured: f64, exact: f64) {
    assert!((measured / exact - 1.0).abs() < 0.01, "{measured} instead of {exact}");
}

#[test]
fn backlog_and_age_grow_and_drain_at_their_slopes() {
    // 5 MB/s, from 250 s to 450 s 30 MB/s, of which 20 MB/s can leave.
    let disk = "{ class = \"premium-512\", size = \"512GB\", churn = \"5MB/s\", io = \"16KB\", bursts = { churn = \
                \"30MB/s\", every = { constant = \"250s\" }, lasts = { constant = \"200s\" } } }";
    let text = machines(&format!("[{{ name = \"db\", disks = [{disk}] }}]"), ORDERED);
    let mut case = text.case(1);
    (case.plan.limits.until_settled, case.plan.limits.cap) = (false, Span::secs(610));
    let seen = case.run();
    let (lag, backlog) = (observed(&seen, "replication-lag"), observed(&seen, "upload-backlog"));
    let (churn, limit, after) = (30.0, 20.0, 5.0);
    near(slope(&backlog, 260.0, 445.0), (churn - limit) / limit);
    near(slope(&backlog, 455.0, 575.0), -(limit - after) / limit);
    near(slope(&lag, 260.0, 445.0), 1.0 - limit / churn);
    // The excess passes 100 s after the burst: until then the age goes on growing.
    near(slope(&lag, 455.0, 545.0), 1.0 - limit / churn);
    near(slope(&lag, 553.0, 581.0), -(limit / after - 1.0));
}

#[test]
fn what_waits_after_an_outage_drains_in_the_time_that_theory_gives() {
    // 4 MB/s of 5 that can leave, as 800 of 1,000; and nothing leaves for 300 s.
    let disk = "{ class = \"premium-512\", size = \"512GB\", churn = \"4MB/s\", io = \"8KB\" }";
    let vms = format!("[{{ name = \"db\", disks = [{disk}] }}]");
    let mut text = machines(&vms, ORDERED).fault(CACHE, "power-loss", 50_000, 300_000);
    text.load = text.load.replace("40/s", "1/h");
    let mut case = text.case(1);
    (case.plan.limits.until_settled, case.plan.limits.cap) = (false, Span::secs(1_700));
    let all = observed(&case.run(), "upload-backlog");
    let (from, most) =
        all.iter().copied().fold((0.0, 0.0), |most, one| if one.1 > most.1 { one } else { most });
    assert!((225.0..260.0).contains(&most), "{most} s of upload wait after 300 s");
    let to = all.iter().find(|(at, left)| *at > from && *left < 0.5).expect("it is over").0;
    let expected = exact("drain_backlog") / 240.0 * most;
    assert!(((to - from) / expected - 1.0).abs() < 0.01, "{} s instead of {expected}", to - from);
}

#[test]
fn limits_are_the_published_ones() {
    let mut rows = 0;
    for line in include_str!("../data/asr_churn.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let mode = if cells[0] == "normal" { ChurnMode::Normal } else { ChurnMode::HighChurn };
        let class = match cells[1] {
            name if name.starts_with("Standard") => DiskClass::Standard,
            name if name.contains("128 GiB") => DiskClass::Premium128,
            name if name.contains("512 GiB") => DiskClass::Premium512,
            _ => DiskClass::Premium1024,
        };
        let io: u64 = cells[2].split(' ').next().and_then(|n| n.parse().ok()).expect("a size");
        let rate: f64 = cells[3].parse().expect("a rate");
        assert_eq!(of_disk(mode, class, io * 1_000), rate * 1e6, "{line}");
        rows += 1;
    }
    assert_eq!(rows, 19);
    assert_eq!((of_machine(ChurnMode::Normal), of_machine(ChurnMode::HighChurn)), (54e6, 100e6));
}
