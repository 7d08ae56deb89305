use geodes::scenario::catalog::{Catalog, CatalogError};
use std::fs;
use std::path::{Path, PathBuf};

const FILES: [&str; 5] = ["regions.csv", "rtt_p50_ms.csv", "rtt_p95.csv", "laws.toml", "prices.toml"];

/// A directory of its own with a small, correct catalogue.
fn small(test: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("catalog").join(test);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("the target directory is writable");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/catalog/azure");
    for file in ["laws.toml", "prices.toml"] {
        fs::copy(shipped.join(file), directory.join(file)).expect("copied");
    }
    let write = |file, text| fs::write(directory.join(file), text).expect("written");
    write("regions.csv", REGIONS);
    write("rtt_p50_ms.csv", "# medians\nfrom,Here,There,Far\nHere,,10,\nThere,12,,\nFar,80,,\n");
    write("rtt_p95.csv", "from,to,p95_ms,p50_ms\nThere,Here,15,12\n");
    directory
}

const REGIONS: &str = "\
# three regions
name,geography,zones,paired_region,pair_kind,latitude,longitude,confidence,position_confidence,source
Here,europe,3,There,mutual,50.0,8.0,documented,assumed,made up
There,europe,0,Here,mutual,51.0,9.0,documented,assumed,made up
Far,asia,0,,,,,assumed,assumed,made up
";

fn load(directory: &Path) -> Result<Catalog, CatalogError> {
    Catalog::load("./", directory)
}

#[test]
fn a_directory_replaces_the_built_in_catalogue() {
    let directory = small("replaces");
    let base = directory.parent().expect("it is inside the target directory");
    let catalog = Catalog::load("./replaces", base).expect("well formed");
    assert_eq!(catalog.regions().len(), 3);
    assert_eq!(catalog.distance_km("Here", "Far"), None);
    let trip = |from, to| catalog.round_trip(from, to);
    assert_eq!(trip("Here", "There").map(|t| (t.p50_ms, t.mirrored)), Some((10.0, false)));
    assert_eq!(trip("There", "Here").map(|t| (t.p50_ms, t.mirrored)), Some((12.0, false)));
    assert_eq!(trip("Here", "There").map(|t| t.p95_over_p50), Some(15.0 / 12.0));
}

#[test]
fn a_missing_direction_is_taken_from_the_other_one_and_a_missing_pair_is_an_error() {
    let catalog = load(&small("directions")).expect("well formed");
    let far = catalog.round_trip("Here", "Far").expect("published from Far to Here");
    assert_eq!((far.p50_ms, far.mirrored), (80.0, true));
    assert_eq!(catalog.one_way("Here", "Far"), catalog.one_way("Far", "Here"));
    assert_eq!(catalog.one_way("There", "Far"), None);
    let error = catalog.delay("There", "Far").expect_err("neither direction is published");
    assert!(matches!(error, CatalogError::NoRoundTrip { unmeasured: None, .. }), "{error:?}");
}

#[test]
fn an_unknown_catalogue_a_missing_directory_and_a_missing_file_are_told_apart() {
    let error = |name: &str| Catalog::load(name, Path::new(".")).expect_err("there is no such catalogue");
    let slip = error("azur");
    assert_eq!(slip.to_string(), "no catalogue is called `azur`");
    assert_eq!(slip.hint(), "did you mean `azure`?");
    assert!(error("elsewhere").hint().contains("built in: `azure`"));
    assert!(matches!(error("./no/such/place"), CatalogError::NoDirectory { .. }));
    for file in FILES {
        let directory = small(&format!("without-{file}"));
        fs::remove_file(directory.join(file)).expect("it was there");
        let error = load(&directory).expect_err("a file is missing");
        assert!(matches!(&error, CatalogError::NoFile { path } if path.ends_with(file)), "{error:?}");
    }
    let directory = small("binary");
    fs::write(directory.join("laws.toml"), [0xff, 0xfe, 0x00]).expect("written");
    assert!(matches!(load(&directory), Err(CatalogError::Unreadable { .. })));
}

/// What to replace in which file, and the line and a part of the reason that come back.
const MISTAKES: &[(&str, &str, &str, u64, &str)] = &[
    ("regions.csv", "Far,asia,0", "Far,asia,many", 5, "cell 3: "),
    ("regions.csv", "Far,asia,0", "Far,asia,99", 5, "0 to 26"),
    ("regions.csv", "Far,asia,0", "Far,,0", 5, "must not be empty"),
    ("regions.csv", "Far,asia,0", "Here,asia,0", 5, "listed twice"),
    ("regions.csv", "Far,asia,0", "Far,asia", 5, "9 cells where the header has 10"),
    ("regions.csv", "50.0,8.0", "150.0,8.0", 3, "latitude"),
    ("regions.csv", "50.0,8.0", "NaN,8.0", 3, "latitude"),
    ("regions.csv", "50.0,8.0", ",8.0", 3, "latitude"),
    ("regions.csv", "Here,mutual", "Here,", 4, "go together"),
    ("regions.csv", "9.0,documented", "9.0,certain", 4, "unknown variant `certain`"),
    ("regions.csv", "zones,", "halls,", 2, "no column is called `halls`"),
    ("rtt_p50_ms.csv", "from,Here", "to,Here", 2, "starts with `from`"),
    ("rtt_p50_ms.csv", ",10,", ",-10,", 3, "`-10` (to There) is not a round trip"),
    ("rtt_p50_ms.csv", ",10,", ",NaN,", 3, "is not a round trip"),
    ("rtt_p50_ms.csv", ",10,", ",10ms,", 3, "is not a round trip"),
    ("rtt_p50_ms.csv", "Here,,10", "Here,5,10", 3, "to itself"),
    ("rtt_p50_ms.csv", "There,12", "Here,12", 4, "row `Here` appears twice"),
    ("rtt_p50_ms.csv", "Here,There,Far", "Here,There,There", 2, "column `There` appears twice"),
    ("rtt_p50_ms.csv", "Far,80,,", "Far,80", 5, "2 cells where the header has 4"),
    ("rtt_p95.csv", "from,to,p95_ms,p50_ms\nThere,", "to,p95_ms,p50_ms\n", 1, "column `from` is missing"),
    ("rtt_p95.csv", "15,12", "11,12", 2, "at least p50_ms"),
    ("rtt_p95.csv", "15,12\n", "15,12\nThere,Here,16,12\n", 3, "appears twice"),
    ("laws.toml", "\"25ms\"", "25", 24, "expected"),
    ("laws.toml", "\"25ms\"", "\"25 parsecs\"", 24, "parsecs"),
    ("laws.toml", "value = 1.0411", "value = 0.9", 21, "a ratio from 1 to 100"),
    ("laws.toml", "median = \"1ms\"", "median = \"0ms\"", 27, ""),
    ("laws.toml", "[disk]", "[disc]", 26, "unknown field `disc`"),
    ("prices.toml", "asia = { value = 0.08", "asia = { value = -0.08", 7, "at least 0"),
    ("prices.toml", "asia = { value = 0.08", "asia = { value = nan", 7, "at least 0"),
    ("prices.toml", "confidence = \"documented\", ", "", 31, "confidence"),
];

#[test]
fn a_malformed_line_is_reported_with_its_file_and_number() {
    for (n, (file, from, to, line, reason)) in MISTAKES.iter().enumerate() {
        let directory = small(&format!("mistake-{n}"));
        let path = directory.join(file);
        let text = fs::read_to_string(&path).expect("written before");
        assert!(text.contains(from), "{file} has no `{from}`");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        match load(&directory).expect_err(to) {
            CatalogError::Malformed { file: at, line: found, reason: said } => {
                assert!(at.ends_with(file) && said.contains(reason), "{n} {at}:{found}: {said}");
                assert_eq!(found, *line, "{n} {at}: {said}");
            }
            other => panic!("{n}: {other:?}"),
        }
    }
}

#[test]
fn a_name_that_regions_csv_does_not_list_is_an_error_of_its_own() {
    let mistakes = [
        ("regions.csv", "Here,europe,3,There", "Here,europe,3,Ther", 3, "There"),
        ("rtt_p50_ms.csv", "from,Here", "from,Heer", 2, "Here"),
        ("rtt_p50_ms.csv", "There,12", "Thre,12", 4, "There"),
        ("rtt_p95.csv", "There,Here", "There,Her", 2, "Here"),
    ];
    for (n, (file, from, to, at, name)) in mistakes.into_iter().enumerate() {
        let directory = small(&format!("unlisted-{n}"));
        let path = directory.join(file);
        let text = fs::read_to_string(&path).expect("written before");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        let error = load(&directory).expect_err("the name is misspelt");
        assert!(matches!(&error, CatalogError::Unlisted { line, .. } if *line == at), "{n}: {error:?}");
        assert_eq!(error.hint(), format!("did you mean `{name}`?"));
    }
}

#[test]
fn empty_and_mangled_files_neither_panic_nor_load() {
    for file in FILES {
        let directory = small(&format!("mangled-{file}"));
        let path = directory.join(file);
        let text = fs::read_to_string(&path).expect("written before");
        for cut in [0, 1, text.len() / 3, text.len() / 2] {
            fs::write(&path, &text[..cut]).expect("written");
            // A cut CSV may be a shorter, correct one; TOML may not.
            let loaded = load(&directory);
            assert!(loaded.is_err() || (cut > 1 && file.starts_with("rtt")), "{file} cut at {cut}");
        }
    }
}
