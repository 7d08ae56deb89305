//! The study of site recovery, small: windows with outages of hours come to an end, and every promise gets a verdict.

use geodes::cli::output::Output;
use geodes::cli::standard::Standard;
use geodes::report::json;
use geodes::system::registry::Registry;
use std::ffi::OsString;

#[test]
fn a_study_with_hazards_ends_and_judges_both_promised_recovery_times() {
    let study = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/site-recovery/study.toml");
    let args = ["geodes", "run", "--no-files", study, "--years", "200", "--windows", "8", "--format", "json"];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let library = Standard::new(Registry::builtin());
    let args = args.iter().map(OsString::from);
    geodes::cli::run_with(args, &library, &mut Output::plain(&mut out, &mut err));
    let (out, err) = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&err));
    let document = json::parse(&out).unwrap_or_else(|error| panic!("{error}: {err}"));
    for profile in ["site-recovery-2018", "site-recovery-2019"] {
        assert!(document.sla.iter().any(|row| row.profile == profile), "{profile} is not judged: {err}");
    }
    assert!(document.sla.iter().any(|row| row.estimate.is_some()), "{err}");
}
