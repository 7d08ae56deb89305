//! A library small enough to be seen through: its windows hold nothing but their seed.

use geodes::base::digest::text_hash;
use geodes::base::time::SimTime;
use geodes::cli::args::{Overrides, Topic};
use geodes::cli::session::{Collector, Library, Listing, Session};
use geodes::engine::contract::{Observer, WindowResult, WindowSpec};
use geodes::engine::record::{EndReason, Record, WindowEnd};
use geodes::engine::trail::Trail;
use geodes::report::document::{Document, GuaranteeResult, SlaResult, StoryEvent};
use geodes::report::text::Style;
use geodes::scenario::Texts;
use std::path::Path;

/// What the fake's scenarios come to.
#[derive(Clone, Debug)]
pub struct Fake {
    pub verdict: &'static str,
    pub guarantee: &'static str,
    pub gate: bool,
    pub depends_on_threads: bool,
    pub breaks_when_shuffled: bool,
    pub storm: Option<&'static str>,
}

impl Default for Fake {
    fn default() -> Self {
        Fake {
            verdict: "met",
            guarantee: "holds",
            gate: true,
            depends_on_threads: false,
            breaks_when_shuffled: false,
            storm: None,
        }
    }
}

impl Library for Fake {
    fn load(&self, file: &Path, overrides: &Overrides, _: Style) -> Result<Box<dyn Session>, String> {
        let name = file.file_stem().and_then(|s| s.to_str()).unwrap_or("").to_owned();
        if name.starts_with("bad") {
            return Err(format!("{} is bad\n", file.display()));
        }
        Ok(Box::new(Scenario { fake: self.clone(), name, seed: overrides.seed.unwrap_or(42) }))
    }
    fn load_again(&self, _: &Texts, _: Style) -> Result<Box<dyn Session>, String> {
        Err("it keeps no texts".to_owned())
    }
    fn list(&self, topic: Topic) -> Vec<Listing> {
        match topic {
            Topic::Measures => {
                vec![Listing { name: "rto.write".into(), summary: "time until writes succeed again".into() }]
            }
            _ => Vec::new(),
        }
    }
    fn explain(&self, word: &str) -> Option<String> {
        self.list(Topic::Measures).into_iter().find(|l| l.name == word).map(|l| l.summary)
    }
    fn scenario_schema(&self) -> serde_json::Value {
        serde_json::json!({})
    }
}

struct Scenario {
    fake: Fake,
    name: String,
    seed: u64,
}

/// Remembers the order of events in the window it watched.
struct Watch {
    shuffled: bool,
}

impl Observer for Watch {
    fn on_records(&mut self, _: &[Record]) {}
    fn merge(&mut self, _: Box<dyn Observer>) {}
}

impl Session for Scenario {
    fn name(&self) -> &str {
        &self.name
    }
    fn seed(&self) -> u64 {
        self.seed
    }
    fn plan(&self) -> String {
        format!("plan of {}\n", self.name)
    }
    fn window(&self, spec: WindowSpec) -> WindowResult {
        let threads = rayon::current_num_threads() as u64;
        let salt = if self.fake.depends_on_threads { threads } else { 0 };
        let end = WindowEnd {
            at: SimTime(1_000_000_000),
            reason: EndReason::Settled,
            events: 4_000,
            digest: text_hash(&format!("{} {salt}", spec.seed)),
            open_operations: 0,
            mode: String::new(),
        };
        let trails = spec.trail.map(|trail| Trail {
            // The runs part in the third thousand of events.
            digests: vec![1, 2, 3 + salt, 4 + salt],
            events: match trail.describe {
                (0, 0) => Vec::new(),
                _ => vec!["same".to_owned(), format!("event on {salt}")],
            },
        });
        let observer = Box::new(Watch { shuffled: spec.shuffle_ties.is_some() });
        WindowResult { observer, end, trails: trails.into_iter().collect() }
    }
    fn collector(&self) -> Box<dyn Collector + '_> {
        let document = Document {
            scenario: self.name.clone(),
            seed: self.seed,
            gate: self.fake.gate,
            storm: self.fake.storm.map(str::to_owned),
            sla: vec![SlaResult { verdict: self.fake.verdict.into(), n: 1, ..SlaResult::default() }],
            guarantees: vec![GuaranteeResult {
                name: "linearizable".into(),
                verdict: self.fake.guarantee.into(),
                ..GuaranteeResult::default()
            }],
            ..Document::default()
        };
        Box::new(Gather { document, breaks_when_shuffled: self.fake.breaks_when_shuffled })
    }
}

struct Gather {
    document: Document,
    breaks_when_shuffled: bool,
}

impl Collector for Gather {
    fn add(&mut self, seed: u64, window: WindowResult) {
        let document = &mut self.document;
        let watch = window.observer as Box<dyn std::any::Any>;
        let shuffled = watch.downcast::<Watch>().is_ok_and(|w| w.shuffled);
        if shuffled && self.breaks_when_shuffled {
            document.guarantees[0].verdict = "violated".into();
        }
        document.seeds += 1;
        document.windows += 1;
        document.events += window.end.events;
        document.digest = format!("{:016x}", text_hash(&format!("{}{}", document.digest, window.end.digest)));
        document.story.push(StoryEvent {
            at_s: seed as f64,
            kind: "milestone".into(),
            ..StoryEvent::default()
        });
    }
    fn finish(self: Box<Self>) -> Document {
        self.document
    }
}
