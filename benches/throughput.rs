//! Events per second of the main scenario with everything on (history, checkers, measures, digest), and peak memory as
//! simulated time grows: over a fixed set of keys, and with every write a new key. `cargo bench --bench throughput`.
//!
//! An event is one callback of an actor or one edge of a fault, nothing else. Rates are over processor time, parsing,
//! judging and printing included. Each measurement is a run of the command in a process of its own, so that its peak
//! memory is its own.

use std::process::{Command, Stdio};
use std::thread::available_parallelism;

/// The scenario that is measured.
const SCENARIO: &str = "scenarios/cosmos-write-region-outage.toml";
/// With this variable set, the program is the child that runs the command and reports its memory.
const CHILD: &str = "GEODES_BENCH_CHILD";

/// How Linux counts processor time in `/proc`.
const TICKS_PER_S: f64 = 100.0;

/// What one run of the command came to.
struct Measured {
    events: f64,
    simulated_s: f64,
    elapsed_s: f64,
    processor_s: f64,
    peak_mib: f64,
}

fn main() {
    if std::env::var_os(CHILD).is_some() {
        child();
        return;
    }
    println!("scenario: {SCENARIO}, all observers on\n");
    let runs: Vec<Measured> = (0..5).map(|_| measure(&["--threads", "1"])).collect();
    let best = runs.iter().max_by(|a, b| a.rate().total_cmp(&b.rate())).expect("five runs");
    let mut rates: Vec<f64> = runs.iter().map(Measured::rate).collect();
    rates.sort_by(f64::total_cmp);
    println!(
        "one core:  {:.2} million events/s (median of 5; best {:.2})",
        rates[2] / 1e6,
        best.rate() / 1e6
    );
    let cores = available_parallelism().map_or(1, usize::from);
    let seeds = (4 * cores).to_string();
    let all = measure(&["--seeds", &seeds]);
    println!(
        "{cores} cores:   {:.2} million events/s of wall time over {seeds} seeds, {:.2} per second of processor time",
        all.events / all.elapsed_s / 1e6,
        all.rate() / 1e6
    );
    for (share, what) in [("0%", "a fixed set of keys"), ("100%", "every write a new key")] {
        println!("\nsimulated      events   peak memory   (the outage, then quiet load: {what})");
        for hours in [3, 6, 12] {
            let until = ["run.until=\"cap\"", &format!("run.cap=\"{hours}h\"")].map(str::to_owned);
            let once = format!("workload.shop.write-once=\"{share}\"");
            let run = measure(&["--threads", "1", "--set", &until[0], "--set", &until[1], "--set", &once]);
            println!("{:>7.1} h  {:>10}  {:>8.1} MiB", run.simulated_s / 3600.0, run.events, run.peak_mib);
        }
    }
}

impl Measured {
    /// Events per second of processor time.
    fn rate(&self) -> f64 {
        self.events / self.processor_s
    }
}

/// Runs this program once more as a child, which runs the command in-process.
fn measure(more: &[&str]) -> Measured {
    let itself = std::env::current_exe().expect("a program has a path");
    let mut command = Command::new(itself);
    command.env(CHILD, "1").args(["run", SCENARIO, "--no-files", "--format", "json"]).args(more);
    let output = command.stdin(Stdio::null()).output().expect("the child starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let number = |text: &str, name: &str| -> f64 {
        let found = text.lines().find_map(|line| line.trim().strip_prefix(name));
        let digits = found.map(|rest| rest.trim_matches(|c: char| !c.is_ascii_digit()).to_owned());
        digits.and_then(|d| d.parse().ok()).unwrap_or_else(|| panic!("no {name} in:\n{out}{err}"))
    };
    Measured {
        events: number(&out, "\"events\":"),
        simulated_s: number(&out, "\"simulated_s\":"),
        elapsed_s: number(&err, "elapsed_us:") / 1e6,
        processor_s: number(&err, "processor_ticks:") / TICKS_PER_S,
        peak_mib: number(&err, "VmHWM:") / 1024.0,
    }
}

/// The command, then time and peak memory on stderr.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures wall-clock time")]
fn child() {
    let begin = std::time::Instant::now();
    let _ = geodes::cli::main();
    eprintln!("elapsed_us: {}", begin.elapsed().as_micros());
    eprintln!("processor_ticks: {}", processor_ticks());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: 0 kB");
    eprintln!("{peak}");
}

/// Processor time of this process so far, user and system.
fn processor_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // Fields 14 and 15 of the line; the first after the name is the third.
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}
