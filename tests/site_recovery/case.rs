//! Small scenarios: two machines in A, replicated to B, with delays of seconds.

use crate::support::case::{self, Safeguards};
use crate::support::{Seen, groups, seconds};
use geodes::engine::record::{Change, Record};
use geodes::model::plan::Plan;
use geodes::system::site_recovery::{Mutation, Settings, SiteRecovery};

/// A scenario.
pub type Text = groups::Text<SiteRecovery>;
/// A loaded one.
pub type Case = case::Case<SiteRecovery>;

impl Safeguards for SiteRecovery {
    type Mutation = Mutation;

    fn without(settings: Settings, safeguard: Mutation, _: &Plan) -> Settings {
        settings.mutated(safeguard)
    }
}

/// A disk that takes what it is given.
pub const DISK: &str =
    "{ class = \"premium-512\", size = \"2GB\", churn = \"1MB/s\", working-set = \"100MB\" }";
/// Both machines: an entry on the web server names one of the database.
pub const BOTH: &str =
    "[{ name = \"db\", disks = [DISK] }, { name = \"web\", disks = [DISK], refers-to = \"db\" }]";
/// The host of the first machine, and of the cache account.
pub const HOST: &str = "region:A/zone:1/node:1";
pub const CACHE: &str = "region:A/zone:1/node:4";

/// Nobody fails over without an order.
pub const ORDERED: &str = "failover = \"ordered\"";

/// A person fails over to this point, two seconds after a silence.
pub fn manual(to: &str) -> String {
    format!("failover = {{ manual = {{ decide = {{ constant = \"2s\" }}, to = {to} }} }}")
}

/// Machines as listed, points every ten seconds, a second to make each; who fails over says `failover`.
pub fn machines(vms: &str, failover: &str) -> Text {
    let system = "edition = \"2025\"\nsource = \"A\"\ntarget = \"B\"\n\
        crash-consistent = { constant = \"10s\" }\nprocessing = { each = { constant = \"1s\" } }\n\
        flush = \"200ms\"\nheartbeat = \"1s\"\nsilence = \"3s\"\nshutdown = \"3s\"\ntoken = \"1min\"\n\
        create = { constant = \"1s\" }\nboot = { constant = \"1s\" }\nresources = { constant = \"1s\" }\n\
        freeze = { constant = \"2s\" }\nname-ttl = \"1s\"\nattempt-timeout = \"500ms\"\nmonitor = \"1s\"\n";
    let text = Text::new((2, 4), 2, system.into(), "");
    text.system(&format!("vms = {}", vms.replace("DISK", DISK))).system(failover)
}

/// The database alone.
pub fn alone(failover: &str) -> Text {
    machines("[{ name = \"db\", disks = [DISK] }]", failover)
}

/// It is sound, and settles.
pub fn sound(case: &Case) -> Seen {
    let seen = case.run();
    assert!(seen.assert_sound().settled(), "{:?}", seen.end());
    seen
}

/// A scenario with a safeguard and without: sound with it.
pub fn both(text: &Text, at_least: u32, safeguard: Mutation) -> (Seen, Seen) {
    let case = text.case(at_least);
    (sound(&case), case.without(safeguard).run())
}

/// What was observed, with when.
pub fn observed(seen: &Seen, wanted: &str) -> Vec<(f64, f64)> {
    let of = |record: &Record| match record {
        Record::Change { at, change: Change::Observed { what, value }, .. } if *what == wanted => {
            Some((seconds(*at), *value))
        }
        _ => None,
    };
    seen.records.iter().filter_map(of).collect()
}

/// The largest value observed; 0 if there is none.
pub fn largest(seen: &Seen, what: &str) -> f64 {
    observed(seen, what).into_iter().map(|(_, value)| value).fold(0.0, f64::max)
}

/// From the oldest lost write to this moment, in seconds; 0 if nothing was lost.
pub fn lost_since(seen: &Seen, at: f64) -> f64 {
    let lost = seen.records.iter().filter_map(|record| match record {
        Record::Lost(lost) => Some(seconds(lost.acknowledged)),
        Record::LostBulk(bulk) => Some(seconds(bulk.oldest)),
        _ => None,
    });
    lost.map(|acknowledged| at - acknowledged).fold(0.0, f64::max)
}

/// When each partition became writable again, in order of partitions.
pub fn writable(seen: &Seen) -> Vec<f64> {
    let mut all: Vec<(u32, f64)> = seen
        .changes()
        .filter_map(|(at, change)| match change {
            Change::Writable { partition, .. } => Some((partition.0, at)),
            _ => None,
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    all.into_iter().map(|(_, at)| at).collect()
}
