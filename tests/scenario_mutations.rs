//! Mutated scenarios neither panic nor hang, whatever else they get.
//!
//! 2,000 mutants, or as many as `GEODES_MUTATIONS` says.

#[path = "support/asked.rs"]
mod asked;
mod scenario_support;

use geodes::base::diagnostics::{SourceMap, Style};
use geodes::base::rng::{Seed, Stream};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The longest any one mutant may take; a normal one takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Texts to start from: the full scenario, and every bad one.
fn seeds() -> Vec<String> {
    let mut seeds = vec![scenario_support::FULL.to_string(); 20];
    let entries = std::fs::read_dir("tests/bad").expect("tests/bad is a directory");
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    paths.sort();
    seeds.extend(
        paths
            .iter()
            .filter(|p| p.extension().is_some_and(|e| e == "toml"))
            .filter_map(|path| std::fs::read_to_string(path).ok()),
    );
    seeds
}

/// Pieces that mutants are given: each is trouble somewhere.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ",",
    "\n",
    "#",
    ".",
    "\\u0000",
    "\u{0}",
    "é",
    "-",
    "1e999",
    "nan",
    "inf",
    "0x7fffffffffffffff",
    "-9223372036854775808",
    "4294967296",
    "1979-05-27T07:32:00Z",
    "true",
    "\"*\"",
    "\"link:*<->*\"",
    "\"@leader(*)\"",
    "\"region:*/zone:*/node:*\"",
    "\"99999999999999999999999999999999s\"",
    "\"-1s\"",
    "\"0s\"",
    "\"584y\"",
    "extends = \"text.toml\"\n",
    "extends = \".\"\n",
    "catalog = \"/dev/zero\"\n",
    "[topology]\n",
    "[workload.x]\n",
    "count = 4294967295\n",
    "nodes-per-zone = 4294967295\n",
    "zones = 4294967295\n",
];

/// The text with one to six changes.
fn mutate(text: &str, other: &str, stream: &mut Stream) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=stream.below(6) {
        let at = stream.below(bytes.len() as u64 + 1) as usize;
        match stream.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << stream.below(8),
            1 => bytes.truncate(at.max(bytes.len() / 2)),
            2 => drop(bytes.drain(at..(at + stream.below(40) as usize).min(bytes.len()))),
            3 => {
                let piece = PIECES[stream.below(PIECES.len() as u64) as usize];
                bytes.splice(at..at, piece.bytes());
            }
            4 => replace_value(&mut bytes, stream),
            5 => copy_lines(&mut bytes, text, stream),
            6 => copy_lines(&mut bytes, other, stream),
            _ => swap_values(&mut bytes, stream),
        }
    }
    bytes
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

fn pick(n: usize, stream: &mut Stream) -> usize {
    stream.below(n as u64) as usize
}

/// Gives a random line's key another value.
fn replace_value(bytes: &mut Vec<u8>, stream: &mut Stream) {
    let mut all = lines(bytes);
    let line = pick(all.len(), stream);
    if let Some(at) = all[line].iter().position(|b| *b == b'=') {
        all[line].truncate(at + 1);
        all[line].extend(PIECES[pick(PIECES.len(), stream)].bytes());
    }
    *bytes = all.join(&b'\n');
}

/// Swaps what is right of the `=` on two lines.
fn swap_values(bytes: &mut Vec<u8>, stream: &mut Stream) {
    let mut all = lines(bytes);
    let (a, b) = (pick(all.len(), stream), pick(all.len(), stream));
    let split = |line: &[u8]| line.iter().position(|b| *b == b'=');
    if let (Some(at), Some(bt)) = (split(&all[a]), split(&all[b])) {
        let (tail_a, tail_b) = (all[a].split_off(at), all[b].split_off(bt));
        all[a].extend(tail_b);
        if a != b {
            all[b].extend(tail_a);
        }
    }
    *bytes = all.join(&b'\n');
}

/// Inserts some lines of a text somewhere.
fn copy_lines(bytes: &mut Vec<u8>, from: &str, stream: &mut Stream) {
    let source = lines(from.as_bytes());
    let start = pick(source.len(), stream);
    let end = (start + 1 + pick(6, stream)).min(source.len());
    let mut all = lines(bytes);
    let at = pick(all.len(), stream);
    all.splice(at..at, source[start..end].iter().cloned());
    *bytes = all.join(&b'\n');
}

/// Loads a text, and renders what is wrong with it.
fn diagnose(text: &str, settings: &[&str]) -> Option<String> {
    let mut sources = SourceMap::new();
    let errors = scenario_support::load_text(text, settings, &mut sources).err()?;
    assert!(!errors.is_empty(), "a scenario that fails says why");
    Some(errors.render(&sources, Style::Plain))
}

/// Runs `work`, which sends each text before it diagnoses it; fails if it panics or one text takes too long.
fn watched<T: Send + 'static>(work: impl FnOnce(Sender<String>) -> T + Send + 'static) -> T {
    let (send, receive) = channel();
    let worker = std::thread::spawn(move || work(send));
    let mut last = String::new();
    loop {
        match receive.recv_timeout(PATIENCE) {
            Ok(text) => last = text,
            Err(RecvTimeoutError::Timeout) => panic!("this takes longer than {PATIENCE:?}:\n{last:.2000}"),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    worker.join().unwrap_or_else(|_| panic!("this panics:\n{last:.2000}"))
}

#[test]
fn mutated_scenarios_neither_panic_nor_hang() {
    let count = asked::given("GEODES_MUTATIONS").unwrap_or(2_000);
    let (bad, good) = watched(move |send| {
        let (seeds, mut bad, mut good) = (seeds(), 0u64, 0u64);
        for i in 0..count {
            let mut stream = Seed { scenario: 20_210_203, window: i }.named("mutations", "bytes");
            let (text, other) =
                (&seeds[pick(seeds.len(), &mut stream)], &seeds[pick(seeds.len(), &mut stream)]);
            let mutant = String::from_utf8_lossy(&mutate(text, other, &mut stream)).into_owned();
            send.send(mutant.clone()).ok();
            match diagnose(&mutant, &[]) {
                Some(_) => bad += 1,
                None => good += 1,
            }
        }
        (bad, good)
    });
    assert!(bad > count / 3 && good > 0, "{bad} bad and {good} good mutants prove little");
}

#[test]
fn scenarios_of_absurd_size_are_refused_in_time() {
    let head = "name = 'x'\nseed = 1\n[system.echo]\npartitions = 1000\n[workload.w]\nrate = '1/s'\nreads = '1%'\n\
                clients = { region = 'R1', count = 1 }\n[topology]\nintra-zone = { constant = '1ms' }\n\
                inter-zone = { constant = '1ms' }\n";
    let regions =
        |n: usize| format!("regions = [{}]\n", (0..n).map(|i| format!("'R{i}',")).collect::<String>());
    let fault = "[[fault]]\nscope = 'region:*/zone:*/node:*'\nkind = 'cut'\nat = '1s'\nlasts = '1s'\n";
    let link = "[[link]]\nscope = 'link:*->*'\nrtt = '1ms'\n";
    let group = "{ region = 'R0', count = 1 },";
    let texts = [
        format!("{head}{}", regions(100_000)),
        format!("{head}{}", regions(199)),
        format!("{head}{}{}", regions(150), link.repeat(15_000)),
        format!("{head}{}nodes-per-zone = 400\n{link}{}", regions(8), fault.repeat(9_000)),
        format!("{head}{}{}", regions(2), fault.replace("*/zone:*/node:*", "R0").repeat(9_000)),
        format!("{head}{}{link}{}", regions(2), "[[action]]\nat = '1s'\ndo = 'ping'\n".repeat(20_000)),
        format!("{head}{}", regions(2))
            .replace("{ region = 'R1', count = 1 }", &format!("[{}]", group.repeat(40_000))),
        "=\n".repeat(400_000),
        "a = 1\n".repeat(150_000),
        "[[fault]]\n".repeat(100_000),
        "x = [".to_string() + &"{},".repeat(300_000),
        format!("seed = {}", "9".repeat(1_000_000)),
        (0..60_000).map(|i| format!("unknown{i} = 1\n")).collect(),
        "#".repeat(2_000_000),
    ];
    let refused = watched(move |send| {
        texts
            .iter()
            .filter(|text| {
                send.send(text.chars().take(300).collect()).ok();
                diagnose(text, &[]).is_some()
            })
            .count()
    });
    assert_eq!(refused, 13, "all but the one with many actions");
}

#[test]
fn mutated_settings_do_not_panic() {
    for i in 0..2_000 {
        let mut stream = Seed { scenario: 7, window: i }.named("mutations", "settings");
        let mut setting = "workload.\"shop\".clients.count=5".to_string();
        for _ in 0..=stream.below(3) {
            let at = pick(setting.len() + 1, &mut stream);
            if setting.is_char_boundary(at) {
                setting.insert_str(at, PIECES[pick(PIECES.len(), &mut stream)]);
            }
        }
        diagnose(scenario_support::FULL, &[&setting]);
    }
}
