//! What cannot be split, and what cannot be put together: refused, with the number of the shard, and nothing is left.

use crate::place::{CHAIN, Place, YEARS, often};
use std::fs;
use std::sync::LazyLock;

/// The three shards of a study: all tests look at the same ones.
static THREE: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let place = Place::new("three", &often());
    ["1", "2", "3"].map(|number| {
        assert_eq!(shard(&place, number, &[], number), 0);
        fs::read(place.at(number).join(format!("shard-{number}-of-3.geodes"))).expect("it was written")
    })
});

/// A place with these shards, in `1`, `2` and `3`.
fn three(name: &str) -> Place {
    let place = Place::new(name, &often());
    for (number, bytes) in (1..).zip(&*THREE) {
        place.write(&format!("{number}/shard-{number}-of-3.geodes"), bytes);
    }
    place
}

fn shard(place: &Place, number: &str, options: &[&str], out: &str) -> u8 {
    let shard = format!("{number}/3");
    place.run(&[&["--windows", "300", "--shard", &shard, "--out", out], options].concat()).status
}

fn refused(place: &Place, dirs: &[&str]) -> String {
    let merged = place.merge(dirs, &["--out", "merged"]);
    assert_eq!((merged.status, merged.out.as_str()), (2, ""), "{}", merged.err);
    assert!(!place.at("merged").exists(), "nothing is written");
    merged.err
}

#[test]
fn missing_and_doubled_shards_are_refused_by_number() {
    let place = three("missing");
    assert_eq!(refused(&place, &["1", "3"]), "error: shard 2 of 3 is missing\n");
    assert_eq!(refused(&place, &["2"]), "error: shards 1, 3 of 3 are missing\n");
    let twice = refused(&place, &["1", "2", "3", "2"]);
    assert!(twice.starts_with("error: shard 2 of 3 is given twice: "), "{twice}");
    let empty = refused(&place, &["1", "2", "3", "."]);
    assert!(empty.contains("holds no shard of a study"), "{empty}");
    assert!(refused(&place, &["nowhere"]).contains("there is no "));
}

#[test]
fn foreign_shards_are_refused_by_number_and_why() {
    let place = three("foreign");
    let text = often();
    for (file, from, to) in
        [("other.toml", "mttr  = \"2h\"", "mttr = \"3h\""), ("asked.toml", "no failback\"", "no way back?\"")]
    {
        let changed = text.replace(from, to);
        assert_ne!(changed, text);
        place.write(file, changed);
    }
    for (file, options, why) in [
        ("chain.toml", &["--seed", "7"][..], "the seed was 7, not 1"),
        ("chain.toml", &["--windows", "301"], "--windows was 301, not 300"),
        ("chain.toml", &["--years", "201"], "--years was 201, not 200"),
        ("chain.toml", &["--set", "study.margin='7min'"], "it is of another scenario"),
        ("other.toml", &[], "it is of another scenario"),
        ("asked.toml", &[], "another name, question or SLA table"),
        ("chain.toml", &["--shard", "2/4"], "the others are of 3"),
    ] {
        let mut all = vec!["--years", YEARS, "--windows", "300", "--shard", "2/3", "--out", "foreign"];
        for pair in options.chunks(2) {
            match all.iter().position(|option| *option == pair[0]) {
                Some(at) => all[at + 1] = pair[1],
                None => all.extend(pair),
            }
        }
        let _ = fs::remove_dir_all(place.at("foreign"));
        let ran = place.command("run", &[file], &all);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let error = refused(&place, &["1", "foreign", "3"]);
        let number = if why.starts_with("the others") { "2 of 4" } else { "2 of 3" };
        assert!(error.starts_with(&format!("error: shard {number} (")), "{error}");
        assert!(error.contains("does not belong to the others") && error.contains(why), "{why}: {error}");
    }
}

#[test]
fn damaged_shards_and_those_of_other_versions_are_refused_by_number() {
    let place = three("damaged");
    let file = place.at("2/shard-2-of-3.geodes");
    let whole = fs::read(&file).expect("it was written");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    let text = format!("geodes-shard {}", env!("CARGO_PKG_VERSION"));
    assert!(whole.starts_with(text.as_bytes()));
    let other = [b"geodes-shard 9.9.9".as_slice(), &whole[text.len()..]].concat();
    for (bytes, why) in [
        (&changed, "it is damaged: its bytes are not those that were written"),
        (&whole[..whole.len() - 7].to_vec(), "it is damaged: it has "),
        (&whole[..20].to_vec(), "it is damaged: its first line is cut off"),
        (&Vec::new(), "it is damaged: it is cut off"),
        (&b"{}".to_vec(), "it is no shard of a study"),
        (&other, "it was made by geodes 9.9.9"),
    ] {
        fs::write(&file, bytes).expect("it can be written");
        let error = refused(&place, &["1", "2", "3"]);
        assert!(error.starts_with("error: shard 2 of 3 (") && error.contains(why), "{why}: {error}");
        assert!(!error.contains("missing"), "{error}");
    }
    fs::write(&file, &whole).expect("it can be written");
    assert_eq!(place.merge(&["1", "2", "3"], &["--no-files", "--allow-inconclusive"]).status, 0);
}

#[test]
fn what_only_the_whole_could_decide_is_refused_with_shards() {
    let place = Place::new("options", CHAIN);
    let scripted = CHAIN.split("[study]").next().expect("it begins somewhere").to_owned()
        + "\n[[fault]]\nscope = 'region:A'\nkind = 'power-loss'\nat = '1min'\nlasts = '2min'\n";
    place.write("scripted.toml", scripted);
    for (file, options, why) in [
        ("chain.toml", &["--windows", "300", "--precision", "10%"][..], "--precision stops a study by what"),
        ("chain.toml", &["--windows", "300", "--budget", "2e9"], "--budget stops a study by what"),
        ("chain.toml", &["--windows", "300", "--time-limit", "60s"], "--time-limit stops a study by what"),
        ("chain.toml", &[], "give all shards the same --windows N"),
        ("chain.toml", &["--windows", "300", "--no-files"], "cannot be used with"),
        ("chain.toml", &["--windows", "300", "--format", "json"], "cannot be used with"),
        ("scripted.toml", &[], "has no hazards: --shard is for studies"),
    ] {
        let ran = place.command("run", &[file], &[&["--shard", "1/3"], options].concat());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{options:?}: {}", ran.err);
        assert!(ran.err.contains(why), "{options:?}: {}", ran.err);
    }
    for shard in ["0/3", "4/3", "1", "1/3/5", "-1/3", "1/99999"] {
        let ran = place.run(&["--windows", "300", &format!("--shard={shard}"), "--out", "parts"]);
        assert_eq!(ran.status, 2, "{shard}: {}", ran.err);
    }
    assert!(!place.at("parts").exists());
    let file = place.run(&["--windows", "300", "--shard", "1/3", "--out", "chain.toml"]);
    assert_eq!(file.status, 2, "a file stands where the directory should be: {}", file.err);
}
