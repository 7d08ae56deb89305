//! The important changes of state of one window, told in words: the `story` of the document.

use crate::base::ids::{Id, PartitionId, RegionId};
use crate::base::time::{SimTime, Span};
use crate::engine::jump::Jumps;
use crate::engine::record::{Answer, Change, Record};
use crate::model::fault::FaultKind;
use crate::model::plan::Plan;
use crate::report::document::StoryEvent;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Like changes that follow each other at most this closely are told once, with their number.
const TOGETHER: Span = Span::secs(10);
/// What has been told so often is only counted from then on, however far apart: backups, probes that flap.
const OFTEN: u32 = 3;
/// Lines kept; what comes after is left out (a story that long is a trace).
const MOST: usize = 400;

/// Names that stories use. Shared by all windows of a run.
#[derive(Clone, Debug)]
pub struct Names {
    regions: Vec<String>,
    faults: Vec<(String, FaultKind)>,
    actions: Vec<String>,
}

impl Names {
    /// Reads them from a plan.
    pub fn of(plan: &Plan) -> Names {
        Names {
            regions: plan.topology.regions.iter().map(|(_, r)| r.name.clone()).collect(),
            faults: plan.faults.iter().map(|(_, f)| (f.label.clone(), f.kind)).collect(),
            actions: plan.actions.iter().map(|(_, a)| a.label.clone()).collect(),
        }
    }

    fn region(&self, id: RegionId) -> &str {
        self.regions.get(id.index()).map_or("a region", String::as_str)
    }

    /// A system's own words with `region 2`, which is all that an actor knows, as the region's name.
    fn named(&self, what: &str) -> String {
        let mut said: Vec<&str> = Vec::new();
        for word in what.split(' ') {
            let region = word.parse::<usize>().ok().and_then(|i| self.regions.get(i));
            match (said.last(), region) {
                (Some(&"region"), Some(name)) => {
                    said.pop();
                    said.push(name);
                }
                _ => said.push(word),
            }
        }
        said.join(" ")
    }

    fn began(&self, index: usize, class: &str) -> String {
        match self.faults.get(index) {
            Some((label, kind)) => format!("{label} {} (class {class})", onset(*kind)),
            None => format!("a fault began (class {class})"),
        }
    }

    fn ended(&self, index: usize) -> String {
        match self.faults.get(index) {
            Some((label, kind)) => format!("{label}: the {} fault is over", kind.name()),
            None => "a fault is over".to_owned(),
        }
    }

    fn action(&self, index: usize) -> &str {
        self.actions.get(index).map_or("an action", String::as_str)
    }
}

/// What a fault does, as the rest of a sentence.
fn onset(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Crash => "crashed and lost its memory",
        FaultKind::Pause => "stood still",
        FaultKind::PowerLoss => "lost power",
        FaultKind::Isolation => "was isolated",
        FaultKind::Cut => "was cut",
        FaultKind::Slow { .. } => "became slow",
        FaultKind::Loss { .. } => "began to lose messages",
        FaultKind::Bandwidth { .. } => "lost bandwidth",
        FaultKind::DestroyedDisk => "lost its disks",
        FaultKind::Destroyed => "was destroyed",
        FaultKind::ClockStep { .. } => "had its clocks jump",
        FaultKind::ClockDrift { .. } => "had its clocks drift",
        FaultKind::DnsDown => "lost name resolution",
        FaultKind::ControlPlaneDown => "lost its control plane",
    }
}

/// One line under way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    first: SimTime,
    last: SimTime,
    count: u64,
    partition: Option<PartitionId>,
    kind: &'static str,
    what: String,
}

/// Collects a story from records; memory is bounded.
#[derive(Clone, Debug)]
pub struct Chronicle {
    names: Arc<Names>,
    lines: Vec<Line>,
    /// The last line of each kind and text, and how many there are.
    latest: BTreeMap<(&'static str, String), (usize, u32)>,
    left_out: u64,
    jumps: Jumps,
}

impl Chronicle {
    /// Nothing happened yet.
    pub fn new(names: Arc<Names>) -> Chronicle {
        Chronicle { names, lines: Vec::new(), latest: BTreeMap::new(), left_out: 0, jumps: Jumps::default() }
    }

    /// Takes the next record.
    pub fn on_record(&mut self, record: &Record) {
        let names = Arc::clone(&self.names);
        let real = |at: &SimTime| self.jumps.now(*at);
        match record {
            Record::FaultBegan { at, fault, site } => {
                self.note(real(at), "fault", names.began(fault.index(), &site.class), None, 1);
            }
            Record::FaultEnded { at, fault } => {
                self.note(real(at), "repair", names.ended(fault.index()), None, 1);
            }
            Record::Admin { at, action, answer } => {
                let action = names.action(action.index());
                let what = match answer {
                    None => format!("an operator asks: {action}"),
                    Some(Answer::Done) => format!("{action}: done"),
                    Some(Answer::Refused(why)) => format!("{action}: refused, {why}"),
                };
                self.note(real(at), "action", what, None, 1);
            }
            Record::Lost(lost) => {
                let fate = if lost.recoverable { "a disk still holds" } else { "no disk holds any more" };
                let what = format!("an acknowledged write is missing that {fate}");
                self.note(real(&lost.at), "loss", what, Some(lost.partition), 1);
            }
            Record::LostBulk(lost) => {
                let fate = if lost.recoverable { "a disk still holds" } else { "no disk holds any more" };
                let which = if lost.unseen { "those of the time that was left out" } else { "old ones too" };
                let what = format!("acknowledged writes are missing that {fate}, {which}");
                self.note(real(&lost.at), "loss", what, Some(lost.partition), lost.writes);
            }
            // What was there at the start is no event.
            Record::Change { at, change, .. } if *at > SimTime::ZERO => self.change(real(at), change),
            Record::Jumped { at, by } => {
                let what = format!(
                    "everything is steady: the next {by} are not simulated, but counted like the last two minutes"
                );
                self.note(real(at), "jump", what, None, 1);
                self.jumps.note(*at, *by);
            }
            _ => {}
        }
    }

    fn change(&mut self, at: SimTime, change: &Change) {
        let names = Arc::clone(&self.names);
        let of = |id: &RegionId| names.region(*id).to_owned();
        let (kind, what, partition) = match change {
            Change::Detected { what, partition } => {
                ("detect", format!("noticed: {}", names.named(what)), *partition)
            }
            Change::Decided { what, partition } => {
                ("decide", format!("decided: {}", names.named(what)), *partition)
            }
            Change::Elected { partition, region, .. } => {
                ("elect", format!("a leader was elected in {}", of(region)), Some(*partition))
            }
            Change::LineageCut { partition, region, why, .. } => {
                ("cut", format!("{} goes on from what it holds ({why})", of(region)), Some(*partition))
            }
            Change::Writable { partition, region } => {
                ("writable", format!("writes are accepted in {}", of(region)), Some(*partition))
            }
            Change::Offline { region } => ("offline", format!("{} is out of service", of(region)), None),
            Change::Online { region } => ("online", format!("{} serves again", of(region)), None),
            Change::Quorum { partition, regions } => {
                let regions: Vec<String> = regions.iter().map(of).collect();
                ("quorum", format!("writes commit in {}", regions.join(", ")), Some(*partition))
            }
            Change::ConflictFeed { partition, .. } => {
                ("feed", "a lost write came back through the conflict feed".to_owned(), Some(*partition))
            }
            Change::ConflictLost { partition, .. } => {
                ("conflict", "a write lost a conflict".to_owned(), Some(*partition))
            }
            Change::Merged { partition, .. } => {
                ("conflict", "conflicting writes were merged".to_owned(), Some(*partition))
            }
            Change::ReportedLost { partition, .. } => {
                ("loss", "the system reports an acknowledged write as lost".to_owned(), Some(*partition))
            }
            Change::Rerouted { region, writes, .. } => {
                let what = if *writes { "writes" } else { "reads" };
                ("reroute", format!("a client sends its {what} to {}", of(region)), None)
            }
            Change::LagThrottle { partition, on: true } => {
                ("throttle", "writes are throttled because a region lags".to_owned(), Some(*partition))
            }
            Change::LagThrottle { partition, on: false } => {
                ("throttle", "writes are no longer throttled".to_owned(), Some(*partition))
            }
            // A measurement is no event.
            Change::Observed { .. } => return,
            Change::Milestone { what, partition } => ("milestone", names.named(what), *partition),
        };
        self.note(at, kind, what, partition, 1);
    }

    fn note(
        &mut self,
        at: SimTime,
        kind: &'static str,
        what: String,
        partition: Option<PartitionId>,
        count: u64,
    ) {
        let key = (kind, what);
        let told = self.latest.get(&key).copied();
        if let Some((line, times)) = told.and_then(|(i, times)| Some((self.lines.get_mut(i)?, times))) {
            let together = at.since(line.last) <= TOGETHER && line.first.since(at) <= TOGETHER;
            let routine = times >= OFTEN && !matches!(kind, "fault" | "repair" | "action");
            if together || routine {
                line.first = line.first.min(at);
                line.last = line.last.max(at);
                line.count += count;
                line.partition = line.partition.filter(|p| Some(*p) == partition);
                return;
            }
        }
        if self.lines.len() >= MOST {
            self.left_out += count;
            return;
        }
        let what = key.1.clone();
        self.latest.insert(key, (self.lines.len(), told.map_or(1, |(_, times)| times + 1)));
        self.lines.push(Line { first: at, last: at, count, partition, kind, what });
    }

    /// Adds the story of the next group of partitions of the same window. What concerns no partition (faults, the
    /// account's decisions) happens alike in every group and is told once.
    pub fn merge(&mut self, other: Chronicle) {
        self.left_out += other.left_out;
        for line in other.lines {
            let told = line.partition.is_none()
                && self
                    .lines
                    .iter()
                    .any(|l| l.partition.is_none() && l.what == line.what && l.first == line.first);
            let shared = told && line.kind != "reroute";
            if !shared {
                self.note(line.first, line.kind, line.what, line.partition, line.count);
            }
        }
    }

    /// The story in order of time.
    pub fn story(&self) -> Vec<StoryEvent> {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| line.first);
        let event = |line: &&Line| StoryEvent {
            at_s: line.first.seconds(),
            kind: line.kind.to_owned(),
            what: line.what.clone(),
            partition: line.partition.map(|p| p.0),
            count: line.count,
        };
        lines.iter().map(event).collect()
    }

    /// Changes that found no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::{ActorId, ClientId, FaultId};
    use crate::engine::record::FaultSite;

    fn chronicle() -> Chronicle {
        let names = Names {
            regions: vec!["West US".into(), "East US".into()],
            faults: vec![("region:West US".into(), FaultKind::PowerLoss)],
            actions: Vec::new(),
        };
        Chronicle::new(Arc::new(names))
    }

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    fn writable(s: u64, partition: u32) -> Record {
        let change = Change::Writable { partition: PartitionId(partition), region: RegionId(1) };
        Record::Change { at: at(s), actor: ActorId(0), change }
    }

    fn began() -> Record {
        let site =
            FaultSite { class: "region(write)".into(), regions: vec![RegionId(0)], ..FaultSite::default() };
        Record::FaultBegan { at: at(600), fault: FaultId(0), site }
    }

    #[test]
    fn like_changes_close_together_are_told_once_with_their_number() {
        let mut told = chronicle();
        told.on_record(&began());
        (0..4).for_each(|p| told.on_record(&writable(700 + u64::from(p), p)));
        told.on_record(&writable(900, 2));
        let story = told.story();
        let lines: Vec<(f64, &str, Option<u32>, u64)> =
            story.iter().map(|e| (e.at_s, e.what.as_str(), e.partition, e.count)).collect();
        assert_eq!(
            lines,
            [
                (600.0, "region:West US lost power (class region(write))", None, 1),
                (700.0, "writes are accepted in East US", None, 4),
                (900.0, "writes are accepted in East US", Some(2), 1),
            ]
        );
    }

    #[test]
    fn what_every_group_of_partitions_sees_is_told_once() {
        let (mut a, mut b) = (chronicle(), chronicle());
        for (told, partition) in [(&mut a, 0), (&mut b, 1)] {
            told.on_record(&began());
            told.on_record(&writable(700, partition));
            let change = Change::Rerouted { client: ClientId(partition), region: RegionId(1), writes: false };
            told.on_record(&Record::Change { at: at(700), actor: ActorId(0), change });
        }
        a.merge(b);
        let counts: Vec<(String, u64)> = a.story().into_iter().map(|e| (e.kind, e.count)).collect();
        assert_eq!(counts, [("fault".to_owned(), 1), ("writable".to_owned(), 2), ("reroute".to_owned(), 2)]);
    }

    #[test]
    fn the_state_at_the_start_is_no_event_and_a_story_has_an_end() {
        let mut told = chronicle();
        told.on_record(&writable(0, 0));
        assert!(told.story().is_empty());
        (1..1_000).for_each(|i| told.on_record(&writable(i * 60, 0)));
        let counts: Vec<u64> = told.story().iter().map(|e| e.count).collect();
        assert_eq!((counts, told.left_out()), (vec![1, 1, 997], 0), "what happens often is only counted");
        (1..1_000).for_each(|i| told.note(at(i), "decide", format!("decision {i}"), None, 1));
        assert_eq!((told.story().len(), told.left_out()), (MOST, 1_002 - MOST as u64));
    }
}
