//! What a level allows is also reachable. Every anomaly that a level permits occurs in some run of the real system: a
//! checker of the stronger property, run over the same history, names the operations, while what the level itself
//! claims holds.

mod support;

#[path = "anomalies/configuration.rs"]
mod configuration;
#[path = "anomalies/failovers.rs"]
mod failovers;
#[path = "anomalies/several_writers.rs"]
mod several_writers;
#[path = "anomalies/single_writer.rs"]
mod single_writer;
#[path = "anomalies/strong_accounts.rs"]
mod strong_accounts;

use geodes::base::ids::RegionId;
use geodes::engine::record::Record;
use geodes::history::checkers::{CheckSpec, Checkers};
use geodes::history::verdict::{GuaranteeVerdict, Verdict};
use geodes::model::operation::{Claims, Operation};
use support::{Case, Seen, Text};

const WEST: RegionId = RegionId(0);
const EAST: RegionId = RegionId(1);

/// A run whose own claims hold.
struct Run {
    spec: CheckSpec,
    seen: Seen,
}

impl Run {
    fn of(case: &Case) -> Run {
        let seen = case.run();
        assert!(seen.assert_sound().settled(), "{:?}", seen.end().reason);
        Run { spec: case.checks(), seen }
    }

    /// Judges the history once more: `change` alters a record, or drops it by `false`.
    fn judged(&self, spec: CheckSpec, change: impl Fn(&mut Record) -> bool) -> Judged {
        let mut checkers = Checkers::new(spec);
        for record in &self.seen.records {
            let mut record = record.clone();
            if change(&mut record) {
                checkers.on_record(&record);
            }
        }
        Judged(checkers.finish())
    }

    /// Judges the history as if the successful reads that `takes` picks had claimed `claims`, and no others anything.
    fn claiming(&self, claims: Claims, takes: impl Fn(&Operation) -> bool) -> Judged {
        self.claiming_by(self.spec, claims, takes)
    }

    fn claiming_by(&self, spec: CheckSpec, claims: Claims, takes: impl Fn(&Operation) -> bool) -> Judged {
        self.judged(spec, |record| {
            if let Record::Completed(op) = record {
                let read = !op.action.is_write() && !op.closing;
                op.claims = if read && takes(op) { claims } else { Claims::default() };
            }
            true
        })
    }
}

/// Verdicts of a second opinion.
struct Judged(Vec<GuaranteeVerdict>);

impl Judged {
    fn verdict(&self, name: &str) -> &GuaranteeVerdict {
        self.0.iter().find(|v| v.name == name).unwrap_or_else(|| panic!("nobody judged {name}"))
    }

    /// Panics unless the checker of `name` shows operations that break it.
    #[track_caller]
    fn shows(&self, name: &str) -> &Judged {
        let v = self.verdict(name);
        assert!(
            v.verdict == Verdict::Violated && !v.evidence.is_empty(),
            "{name} is {} of {}",
            v.verdict,
            v.checked
        );
        self
    }

    /// Panics unless `name` was checked and holds.
    #[track_caller]
    fn holds(&self, name: &str) -> &Judged {
        let v = self.verdict(name);
        assert!(
            v.verdict == Verdict::Holds && v.checked > 0,
            "{name}: {} {}\n{:#?}",
            v.verdict,
            v.why,
            v.evidence
        );
        self
    }
}

/// Reads that a region served.
fn served(region: RegionId) -> impl Fn(&Operation) -> bool {
    move |op| op.served == Some(region)
}

/// From 20 s to 40 s a replica of each region lags, and everything takes long from region to region.
fn lagging(text: Text) -> Text {
    let node = |region: &str, n: u32| format!("{region}/zone:1/node:{n}");
    let cut = |text: Text, region: &str| {
        let link = format!("link:{}->{}", node(region, 1), node(region, 4));
        text.fault(&link, "cut", 20.0, 15.0)
    };
    let slow = "{ slow = { factor = 20 } }";
    cut(cut(text, "West US 2"), "East US").fault("link:West US 2<->East US", slow, 20.0, 20.0)
}
