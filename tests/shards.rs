//! A study split over machines comes out as it would in one piece, to the byte, or not at all.

#[path = "support/allocator.rs"]
mod allocator;
#[path = "shards/orders.rs"]
mod orders;
#[path = "shards/place.rs"]
mod place;
#[path = "shards/refused.rs"]
mod refused;

use place::{CHAIN, Place};

/// Enough for some to come after the pilot.
const WINDOWS: &str = "1000";

/// Every file of a directory, by name.
fn files(dir: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = std::fs::read_dir(dir)
        .expect("it is a directory")
        .map(|entry| entry.expect("it can be read").path())
        .map(|path| {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            (name, std::fs::read(&path).expect("it can be read"))
        })
        .collect();
    all.sort();
    all
}

/// Whether so many windows of a stored study come after its pilot: the shards have something to share.
fn shares(place: &Place, windows: u64) -> bool {
    let text = std::fs::read_to_string(place.at("whole/summary.json")).expect("it was written");
    let document = geodes::report::json::parse(&text).expect("it is a result");
    document.study.is_some_and(|study| study.pilot_windows + windows <= document.windows)
}

#[test]
fn shards_merged_in_any_order_have_the_bytes_of_the_whole() {
    let place = Place::new("merged", CHAIN);
    let whole = place.run(&["--windows", WINDOWS, "--out", "whole"]);
    assert_eq!(whole.status, 0, "{}", whole.err);
    let expected = files(&place.at("whole"));
    assert!(expected.iter().any(|(name, _)| name == "summary.json") && shares(&place, 100));
    for (of, orders) in [(1, vec![vec![1]]), (3, vec![vec![1, 2, 3], vec![3, 1, 2]])] {
        for number in 1..=of {
            let (shard, dir) = (format!("{number}/{of}"), format!("{of}-{number}"));
            let ran = place.run(&["--windows", WINDOWS, "--shard", &shard, "--out", &dir]);
            assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
            assert_eq!(files(&place.at(&dir)).len(), 1, "nothing but the shard is left there");
        }
        for order in orders {
            let dirs: Vec<String> = order.iter().map(|number| format!("{of}-{number}")).collect();
            let dirs: Vec<&str> = dirs.iter().map(String::as_str).collect();
            let merged = place.merge(&dirs, &["--out", "merged"]);
            assert_eq!((merged.status, &merged.out), (whole.status, &whole.out), "{}", merged.err);
            assert!(files(&place.at("merged")) == expected, "{order:?} of {of}: other files");
        }
    }
}

#[test]
fn every_format_and_the_exit_status_are_those_of_the_whole() {
    let place = Place::new("formats", &place::often());
    for number in ["1/2", "2/2"] {
        place.run(&["--windows", "320", "--shard", number, "--out", "parts"]);
    }
    assert_eq!(files(&place.at("parts")).len(), 2, "shards may share a directory");
    for format in ["table", "json", "csv", "junit", "markdown"] {
        let options = ["--no-files", "--format", format];
        let whole = place.run(&[&["--windows", "320"], &options[..]].concat());
        let merged = place.merge(&["parts"], &options);
        assert_eq!((merged.status, merged.out), (whole.status, whole.out), "{format}: {}", merged.err);
    }
}

#[test]
fn all_that_a_scenario_is_made_of_travels_with_its_shards() {
    let place = Place::new("texts", CHAIN);
    place.write(
        "main.toml",
        "extends = './chain.toml'\nname = 'moved'\n[sla]\nprofiles = ['./own/rows.toml']\n",
    );
    place.write("own/rows.toml", place::ROWS);
    place.write("own/outages.csv", place::OUTAGES);
    place.append("main.toml", place::RECORDED);
    let settings = ["--years", "100", "--windows", "420", "--seed", "9", "--set", "study.margin='5min'"];
    let run = |more: &[&str]| place.command("run", &["main.toml"], &[&settings[..], more].concat());
    let whole = run(&["--out", "whole"]);
    assert!(whole.out.contains("zone-outages-are-short"), "{}{}", whole.out, whole.err);
    assert!(shares(&place, 30));
    for number in ["1/2", "2/2"] {
        assert_eq!(run(&["--shard", number, "--out", "parts"]).status, 0);
    }
    for file in ["main.toml", "chain.toml", "own/rows.toml", "own/outages.csv"] {
        std::fs::remove_file(place.at(file)).expect("it is there");
    }
    let merged = place.merge(&["parts"], &["--out", "merged"]);
    assert_eq!((merged.status, merged.out), (whole.status, whole.out), "{}", merged.err);
    assert!(files(&place.at("merged")) == files(&place.at("whole")));
}

#[test]
fn a_system_with_losses_latencies_and_an_sla_survives_being_stored() {
    let place = Place::new("account", place::ACCOUNT);
    let whole = place.run(&["--windows", "165", "--out", "whole"]);
    assert_eq!(whole.status, 99, "{}{}", whole.out, whole.err);
    assert!(shares(&place, 30));
    for number in ["1/2", "2/2"] {
        place.run(&["--windows", "165", "--shard", number, "--threads", "1", "--out", "parts"]);
    }
    let merged = place.merge(&["parts"], &["--threads", "3", "--out", "merged"]);
    assert_eq!((merged.status, merged.out), (whole.status, whole.out), "{}", merged.err);
    assert!(files(&place.at("merged")) == files(&place.at("whole")));
}
