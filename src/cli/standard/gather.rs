//! Windows folded in order of their seeds, judged, and turned into the document.

use crate::cli::session::Collector;
use crate::cli::standard::watch::Seen;
use crate::cli::standard::{checks, profiles};
use crate::engine::contract::WindowResult;
use crate::history::verdict::{GuaranteeVerdict, Verdict};
use crate::measure::findings::Findings;
use crate::report::assemble::{Parts, document};
use crate::report::chronicle::Chronicle;
use crate::report::document::Document;
use crate::report::number::plural;
use crate::scenario::Scenario;

/// The windows of a scenario so far.
pub struct Gather<'a> {
    scenario: &'a Scenario,
    findings: Findings,
    verdicts: Vec<GuaranteeVerdict>,
    story: Option<Chronicle>,
}

impl<'a> Gather<'a> {
    /// No windows yet.
    pub fn new(scenario: &'a Scenario) -> Gather<'a> {
        Gather { scenario, findings: Findings::new(), verdicts: Vec::new(), story: None }
    }
}

impl Collector for Gather<'_> {
    fn add(&mut self, seed: u64, window: WindowResult) {
        let (mut findings, mut verdicts, chronicle) = Seen::finish(window.observer);
        // A reader who wants to see it happen runs that seed alone.
        for verdict in verdicts.iter_mut().filter(|v| v.verdict == Verdict::Violated) {
            verdict.why = format!("seed {seed}: {}", verdict.why);
        }
        // The engine's end is the one of the whole window; an observer saw the ends of its worlds.
        findings.end = Some(window.end);
        self.findings.push(findings);
        checks::join(&mut self.verdicts, verdicts);
        self.story.get_or_insert(chronicle);
    }

    fn finish(self: Box<Self>) -> Document {
        let plan = &self.scenario.plan;
        let spec = checks::spec(plan);
        let left_out = self.story.as_ref().map_or(0, Chronicle::left_out);
        let notes = match left_out {
            0 => Vec::new(),
            n => vec![format!("The story leaves out {} after the first ones.", plural(n, "change"))],
        };
        document(Parts {
            plan,
            system: self.scenario.system.name,
            seed: plan.seed,
            findings: &self.findings,
            sla: profiles::judged(plan, &self.findings, plan.seed),
            guarantees: checks::results(self.verdicts, &spec),
            definitions: checks::definitions(&spec),
            story: self.story.as_ref().map_or(Vec::new(), Chronicle::story),
            notes,
        })
    }
}
