//! Windows folded in order of their seeds, judged, and turned into the document.

use crate::cli::session::Collector;
use crate::cli::standard::profiles;
use crate::cli::standard::watch::Seen;
use crate::engine::contract::WindowResult;
use crate::measure::findings::Findings;
use crate::report::assemble::{Parts, document};
use crate::report::chronicle::Chronicle;
use crate::report::document::Document;
use crate::report::number::plural;
use crate::scenario::Scenario;
use std::collections::BTreeMap;

/// The windows of a scenario so far.
pub struct Gather<'a> {
    scenario: &'a Scenario,
    findings: Findings,
    story: Option<Chronicle>,
}

impl<'a> Gather<'a> {
    /// No windows yet.
    pub fn new(scenario: &'a Scenario) -> Gather<'a> {
        Gather { scenario, findings: Findings::new(), story: None }
    }
}

impl Collector for Gather<'_> {
    fn add(&mut self, _seed: u64, window: WindowResult) {
        let (mut findings, chronicle) = Seen::finish(window.observer);
        // The engine's end is the one of the whole window; an observer saw the ends of its worlds.
        findings.end = Some(window.end);
        self.findings.push(findings);
        self.story.get_or_insert(chronicle);
    }

    fn finish(self: Box<Self>) -> Document {
        let plan = &self.scenario.plan;
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
            guarantees: Vec::new(),
            definitions: BTreeMap::new(),
            story: self.story.as_ref().map_or(Vec::new(), Chronicle::story),
            notes,
        })
    }
}
