//! `geodes run --history` and `geodes check-history`, as a user meets them.

use geodes::cli::exit::Status;
use geodes::cli::output::Output;
use geodes::cli::standard::Standard;
use geodes::system::registry::Registry;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// Runs `geodes ARGS...`; returns the status, stdout and stderr.
fn geodes(args: &[&str]) -> (Status, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let all = ["geodes"].iter().chain(args).map(OsString::from);
    let library = Standard::new(Registry::builtin());
    let status = geodes::cli::run_with(all, &library, &mut Output::plain(&mut out, &mut err));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    (status, text(out), text(err))
}

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("geodes-histories-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    dir
}

const STALE: &str = "\
{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 0, :type :invoke, :f :write, :value 2}
{:process 0, :type :ok, :f :write, :value 2}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 1}
";

#[test]
fn a_run_leaves_its_history_beside_its_results_and_another_run_without_one_removes_it() {
    let dir = scratch("run");
    let out = dir.display().to_string();
    let run = |more: &[&str]| {
        let all = [
            "run",
            "tests/cmd/short.toml",
            "--set",
            "fault=[]",
            "--set",
            "run.at-least=\"20s\"",
            "--out",
            &out,
        ];
        let (status, _, talk) = geodes(&[&all, more].concat());
        assert_eq!(status, Status::Met, "{talk}");
    };
    for (format, file) in [("edn", "history.edn"), ("json", "history.json")] {
        run(&["--history", format]);
        let path = dir.join(file);
        let text = fs::read_to_string(&path).expect("a history is written");
        assert!(text.lines().count() > 100 && text.contains("invoke"), "{text}");
        let (status, shown, talk) =
            geodes(&["check-history", &path.display().to_string(), "--model", "cas-register"]);
        assert!(matches!(status, Status::Met | Status::GuaranteeBroken), "{talk}");
        assert!(shown.contains("operations, ") && shown.contains("linearizable: "), "{shown}");
    }
    assert!(!dir.join("history.edn").exists(), "it was of an earlier run");
    run(&[]);
    assert!(!dir.join("history.json").exists() && dir.join("summary.json").exists());
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn the_exit_status_is_that_of_the_verdict() {
    let dir = scratch("status");
    fs::create_dir_all(&dir).expect("a directory");
    let check = |name: &str, text: &str, more: &[&str]| {
        let path = dir.join(name);
        fs::write(&path, text).expect("written");
        let path = path.display().to_string();
        let (status, out, err) =
            geodes(&[&["check-history", path.as_str(), "--model", "register"], more].concat());
        (status.code(), out, err)
    };
    let (code, out, err) = check("stale.edn", STALE, &[]);
    assert_eq!((code, err.as_str()), (96, ""));
    assert_eq!(
        out,
        "3 operations, 1 key\n\
         linearizable: violated\n\
         \u{20} the register: an overwritten value was read: each of two values would have to come before the other\n\
         \u{20}   events 0 to 1: process 0 wrote 1\n\
         \u{20}   events 2 to 3: process 0 wrote 2\n\
         \u{20}   events 4 to 5: process 1 read 1\n"
    );
    let sound = STALE.replace("read, :value 1", "read, :value 2");
    assert_eq!(check("sound.edn", &sound, &[]).0, 0);
    let (code, out, err) = check("bad.edn", &STALE[20..], &[]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("error[G1002]") && err.contains("bad.edn:1:1"), "{err}");
    let (code, _, err) = check("latin.edn", &sound, &["--initial", "[1"]);
    assert_eq!(code, 2, "{err}");
    for (initial, code) in [("2", 96), ("nil", 0), ("7", 96)] {
        let first = "{:process 5, :type :invoke, :f :read, :value nil}\n{:process 5, :type :ok, :f :read, :value nil}\n";
        assert_eq!(
            check("first.edn", &format!("{first}{sound}"), &["--initial", initial]).0,
            code,
            "{initial}"
        );
    }
    // More writes of unknown outcome at once than can be told apart.
    let mut crowd = STALE.replace("read, :value 1", "read, :value 2");
    for n in 0..400 {
        crowd += &format!("{{:process {}, :type :invoke, :f :write, :value {}}}\n", 10 + n, n % 200);
    }
    for n in 0..200 {
        crowd += &format!(
            "{{:process 5, :type :invoke, :f :read}}\n{{:process 5, :type :ok, :f :read, :value {}}}\n",
            n
        );
    }
    assert!(matches!(check("crowd.edn", &crowd, &[]).0, 0 | 4));
    fs::remove_dir_all(&dir).expect("cleaned up");
}

#[test]
fn what_is_no_history_is_refused_with_a_hint() {
    let dir = scratch("refused");
    fs::create_dir_all(&dir).expect("a directory");
    let check = |path: &std::path::Path| {
        let (status, out, err) =
            geodes(&["check-history", &path.display().to_string(), "--model", "register"]);
        assert_eq!((status.code(), out.as_str()), (3, ""), "{err}");
        err
    };
    assert!(check(&dir.join("absent.edn")).contains("there is no such file"));
    assert!(check(&dir).contains("it is a directory"));
    let path = dir.join("bytes.edn");
    fs::write(&path, [0x7b, 0xff, 0xfe]).expect("written");
    assert!(check(&path).contains("error[G0002]"));
    let file = fs::File::create(dir.join("huge.edn")).expect("created");
    file.set_len((64 << 20) + 1).expect("a hole");
    assert!(check(&dir.join("huge.edn")).contains("error[G1005]"));
    fs::remove_dir_all(&dir).expect("cleaned up");
    for args in [
        &["check-history", "a.edn"][..],
        &["check-history", "a.edn", "--model", "queue"],
        &["run", "tests/cmd/short.toml", "--history", "edn", "--seeds", "2"],
        &["run", "tests/cmd/short.toml", "--history", "edn", "--no-files"],
        &["run", "scenarios/studies/five-nines.toml", "--history", "edn"],
    ] {
        let (status, _, err) = geodes(args);
        assert_eq!(status.code(), 2, "{args:?}: {err}");
    }
}
