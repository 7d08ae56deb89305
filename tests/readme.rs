//! What the README shows is what the command prints: its console blocks are run. `TRYCMD=overwrite cargo test --test
//! readme` rewrites them. The pictures and schemas that are committed are the ones that the command makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn geodes(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geodes"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().expect("the command starts")
}

/// Compares a committed file with what is made now; `GEODES_BLESS=1` rewrites the file instead.
fn current(path: &str, made: &str) {
    if std::env::var_os("GEODES_BLESS").is_some() {
        fs::write(root(path), made).expect("the file can be written");
    }
    let committed = fs::read_to_string(root(path)).unwrap_or_default();
    assert!(committed == made, "{path} is not current; GEODES_BLESS=1 cargo test --test readme rewrites it");
}

#[test]
fn the_console_blocks_of_the_readme_show_what_the_command_prints() {
    trycmd::TestCases::new().case("README.md").run();
}

#[test]
fn the_schema_beside_the_scenarios_is_the_one_that_the_command_prints() {
    let output = geodes(&["schema", "scenario"]);
    assert!(output.status.success());
    current("scenarios/scenario.schema.json", &String::from_utf8(output.stdout).expect("it is UTF-8"));
}

#[test]
fn the_picture_in_the_readme_is_that_of_the_main_scenario() {
    let scratch = std::env::temp_dir().join(format!("geodes-readme-{}", std::process::id()));
    let out = scratch.to_str().expect("a plain path");
    let output =
        geodes(&["run", "scenarios/cosmos-write-region-outage.toml", "--format", "csv", "--out", out]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let picture = fs::read_to_string(scratch.join("timeline.svg")).expect("a picture is drawn");
    fs::remove_dir_all(&scratch).expect("cleaned up");
    current("docs/timeline.svg", &picture);
}

#[test]
fn links_in_readme_and_docs_lead_to_files() {
    let mut pages = vec![root("README.md")];
    let docs =
        fs::read_dir(root("docs")).expect("docs are there").map(|entry| entry.expect("an entry").path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|e| e == "md")));
    let mut links = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page is text");
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default().split('#').next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") {
                let file = page.parent().expect("a page has a directory").join(target);
                assert!(file.exists(), "{}: {target} does not exist", page.display());
                links += 1;
            }
        }
    }
    assert!(links > 5, "{links} links");
}

#[test]
fn every_block_of_the_guide_stands_in_the_outside_package() {
    let guide = fs::read_to_string(root("docs/write-your-own-protocol.md")).expect("a page");
    let package = ["Cargo.toml", "src/main.rs", "src/chain.rs"];
    let read =
        |file: &str| fs::read_to_string(root("examples/outside").join(file)).expect("a file of the package");
    let files: Vec<String> = package.into_iter().map(read).collect();
    let mut blocks = 0;
    for block in guide.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        if matches!(language, "rust" | "toml") {
            blocks += 1;
            assert!(files.iter().any(|file| file.contains(text)), "no file of examples/outside has:\n{text}");
        }
    }
    assert!(blocks >= 10, "{blocks} blocks");
    let lines: usize = files[1..].iter().map(|file| file.lines().count()).sum();
    assert!(lines < 200, "the whole protocol is {lines} lines");
}
