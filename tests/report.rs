//! Golden tests: a document made by hand, and what every exporter makes of it. `GOLDEN=write cargo test --test report`
//! rewrites the expected files; look at the difference before keeping it.

use geodes::report::document::Document;
use geodes::report::text::Style;
use geodes::report::{csv, json, story, svg, table, write};
use std::fs;
use std::path::PathBuf;

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/report").join(name)
}

fn document() -> Document {
    let text = fs::read_to_string(data("document.json")).expect("the hand-made document is there");
    json::parse(&text).expect("the hand-made document is a document")
}

/// Compares with the stored file, or rewrites it when asked to.
fn golden(name: &str, made: &str) {
    if std::env::var_os("GOLDEN").is_some_and(|v| v == "write") {
        fs::write(data(name), made).expect("the golden file can be written");
    }
    let expected = fs::read_to_string(data(name)).unwrap_or_default();
    let differs = made.lines().zip(expected.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or(made.lines().count().min(expected.lines().count()));
    assert!(
        made == expected,
        "{name} differs from line {} on:\n  made:     {:?}\n  expected: {:?}",
        line + 1,
        made.lines().nth(line),
        expected.lines().nth(line)
    );
}

#[test]
fn the_table_is_as_agreed_in_a_wide_and_in_a_narrow_window() {
    golden("table-110.txt", &table::render(&document(), Style { width: 110, colour: false }));
    golden("table-80.txt", &table::render(&document(), Style { width: 80, colour: false }));
}

#[test]
fn no_line_of_the_table_is_wider_than_the_window() {
    for width in [80, 100, 132, 200] {
        let text = table::render(&document(), Style { width, colour: false });
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn the_summary_is_as_agreed() {
    golden("summary.json", &json::render(&document()).expect("it renders"));
}

#[test]
fn the_csv_tables_are_as_agreed() {
    for (name, text) in csv::tables(&document()).expect("they render") {
        golden(name, &text);
    }
}

#[test]
fn every_csv_row_has_as_many_cells_as_the_header() {
    for (name, text) in csv::tables(&document()).expect("they render") {
        let mut reader = ::csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
        let columns = reader.headers().expect("a header").len();
        for row in reader.records() {
            assert_eq!(row.expect("a row as wide as the header").len(), columns, "{name}");
        }
    }
}

#[test]
fn the_picture_is_as_agreed() {
    let document = document();
    let timeline = document.timeline.as_ref().expect("a timeline");
    golden("timeline.svg", &svg::render(&document, timeline).expect("it renders"));
}

#[test]
fn the_story_is_as_agreed() {
    golden("story.txt", &story::render(&document(), Style { width: 100, colour: false }));
}

#[test]
fn exporters_give_the_same_bytes_each_time_and_after_a_round_trip() {
    let first = write::files(&document()).expect("they render");
    assert_eq!(first, write::files(&document()).expect("they render"));
    let summary = json::render(&document()).expect("it renders");
    let stored = json::parse(&summary).expect("a document");
    assert_eq!(first, write::files(&stored).expect("they render"));
}

#[test]
fn an_empty_document_has_every_view_but_the_picture() {
    let files = write::files(&Document::default()).expect("they render");
    assert!(files.iter().any(|(name, _)| *name == write::SUMMARY));
    assert!(files.iter().all(|(name, _)| *name != write::PICTURE));
    assert!(!table::render(&Document::default(), Style::default()).is_empty());
    assert!(story::render(&Document::default(), Style::default()).contains("Nothing of note happened."));
}

#[test]
fn odd_timelines_are_drawn_too() {
    let mut document = document();
    let full = document.timeline.clone().expect("a timeline");
    let mut without_series = full.clone();
    without_series.series.clear();
    let mut without_faults = full.clone();
    without_faults.faults.clear();
    without_faults.marks.clear();
    let mut never_restored = full.clone();
    never_restored.marks.iter_mut().for_each(|m| m.to_s = None);
    for timeline in [without_series, without_faults, never_restored, Default::default()] {
        document.timeline = Some(timeline.clone());
        let picture = svg::render(&document, &timeline).expect("it renders");
        assert!(picture.contains("</svg>") && !picture.contains("NaN") && !picture.contains("inf"));
    }
}

#[test]
fn a_result_directory_is_replaced_whole_and_foreign_files_stay() {
    let dir = std::env::temp_dir().join(format!("geodes-report-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("sub")).expect("a directory");
    fs::write(dir.join("notes.md"), "mine").expect("a file");
    let mut document = document();
    let written = write::directory(&dir, &document).expect("it is written");
    assert!(written.iter().all(|path| path.is_file()));
    assert!(dir.join(write::PICTURE).is_file());
    document.timeline = None;
    write::directory(&dir, &document).expect("it is written again");
    assert!(!dir.join(write::PICTURE).exists(), "a picture of an earlier run is not left behind");
    assert_eq!(fs::read_to_string(dir.join("notes.md")).expect("still there"), "mine");
    assert!(dir.join("sub").is_dir());
    let hidden = fs::read_dir(&dir).expect("listing").filter_map(Result::ok);
    assert!(hidden.into_iter().all(|e| !e.file_name().to_string_lossy().starts_with(".geodes")));
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error_with_its_path() {
    let file = std::env::temp_dir().join(format!("geodes-report-file-{}", std::process::id()));
    fs::write(&file, "in the way").expect("a file");
    let error = write::directory(&file, &document()).expect_err("a file is no directory");
    assert!(error.to_string().contains(&file.display().to_string()), "{error}");
    assert_eq!(fs::read_to_string(&file).expect("still there"), "in the way");
    fs::remove_file(&file).expect("cleaned up");
}
