//! The pilot: every stratum of every mode that is reached is tried, those first that matter most, and each once before any is
//! tried again: so that a pilot which is cut short knows most of what it can know.

use crate::model::fault::FaultKind;
use crate::study::goal::Aim;
use crate::study::observed;
use crate::study::options::BUDGET;
use crate::study::rare::NEVER;
use crate::study::sampler::{Control, Slot, Study};
use crate::study::window;
use crate::study::world::Window;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Windows of each large stratum in the first round of the pilot, and of the others.
const PILOT: (u64, u64) = (8, 3);
/// So many strata of a mode are large.
const LARGE: usize = 12;
/// Rounds of the pilot; each after the first adds a third of what there is.
const ROUNDS: u32 = 3;
/// Modes that a study follows at most.
const MODES: usize = 24;
/// Rare strata that are tried together.
const TOGETHER: usize = 8;
/// What could at most be lost by rare strata that are not tried at all, as a part of what is lost otherwise, ...
const NEGLIGIBLE: f64 = 1e-3;
/// ... and by those that a few windows are enough for, to begin with.
const SMALL: f64 = 0.03;
/// Events in each mode for rare strata that matter only because something was never seen.
const CURIOSITY: u64 = BUDGET / 10;
/// Draws go on until they leave no more relative standard error than this, ...
const DOUBT: f64 = 0.005;
/// ... and grow at most so many times at once, because what is known at first is rough.
const GROWTH: u64 = 16;

/// Of each quantity, how much there is in the years of the skeleton, and what the worst window did.
struct Known(Vec<(f64, f64)>);

impl Known {
    /// How many windows of the pilot a rare stratum gets that is met so many times: none if the worst it could do matters to
    /// nothing that was seen.
    fn windows(&self, clusters: f64) -> u64 {
        let share = |(total, worst): &(f64, f64)| if *total > 0.0 { clusters * worst / total } else { 0.0 };
        match self.0.iter().map(share).fold(0.0, f64::max) {
            share if share > SMALL => PILOT.0,
            share if share > NEGLIGIBLE => PILOT.1,
            _ => 0,
        }
    }

    /// Whether there is something that no window did so far.
    fn is_short(&self) -> bool {
        self.0.iter().any(|(total, _)| *total <= 0.0)
    }
}

/// What the pilot has still to try.
struct Ahead {
    modes: Vec<Arc<str>>,
    /// Strata of the modes so far, tried or not.
    strata: Vec<usize>,
}

/// So many windows of each place: the first of each, then the second of each, ...
fn in_turn(wanted: Vec<(usize, u64)>) -> Vec<Slot> {
    let most = wanted.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let round = |number: u64| {
        let of = wanted.iter().filter(move |(_, n)| *n > number);
        of.map(move |(place, _)| Slot { place: *place, number })
    };
    (0..most).flat_map(round).collect()
}

impl Study<'_> {
    /// Tries every stratum of every mode that is reached. Gives false, and keeps what there is, when time is up before.
    pub fn run_pilot(&mut self, control: &Control<'_>) -> bool {
        let mut ahead = Ahead { modes: vec![self.first_mode(control)], strata: Vec::new() };
        let complete = self.try_modes(&mut ahead, control) && self.try_again(control);
        self.goals = self.goals();
        self.pilot = self.windows();
        self.cut = !complete;
        self.untried = self.left_out(&ahead).filter(|_| self.cut);
        complete
    }

    fn try_modes(&mut self, ahead: &mut Ahead, control: &Control<'_>) -> bool {
        while let Some(mode) = ahead.modes.pop() {
            let known = self.strata.modes.contains(&mode) || self.strata.modes.len() >= MODES;
            if !known && !self.add_mode(mode, &mut ahead.strata, control) {
                return false;
            }
            ahead.modes = self.reached().into_iter().filter(|m| !self.strata.modes.contains(m)).collect();
        }
        true
    }

    /// The further rounds.
    fn try_again(&mut self, control: &Control<'_>) -> bool {
        self.goals = self.goals();
        for _ in 1..ROUNDS {
            self.deepen();
            let mut sequence = self.sequence();
            let more = (self.windows() / 3) as usize;
            if !self.run_slots(&self.slots(&mut sequence, more), control) {
                return false;
            }
        }
        self.deepen();
        true
    }

    /// What was left out of a pilot that was cut short, if it may matter.
    fn left_out(&self, ahead: &Ahead) -> Option<String> {
        let known = self.known();
        let matters = |place: &&usize| {
            let stratum = &self.strata.all[**place];
            let counts = stratum.rare.is_none() || known.windows(stratum.clusters) > 0;
            counts && self.samples[**place].is_empty()
        };
        let strata: Vec<&usize> = ahead.strata.iter().filter(matters).collect();
        let modes = self.reached().into_iter().filter(|mode| !self.strata.modes.contains(mode)).count();
        let often = |place: &&&usize| self.strata.all[***place].clusters;
        let first = strata.iter().max_by(|a, b| often(a).total_cmp(&often(b)));
        let untried = first.map(|place| {
            let stratum = &self.strata.all[**place];
            let (signature, mode) = (&stratum.signature, &self.strata.modes[stratum.mode]);
            let in_mode = if mode.is_empty() { String::new() } else { format!(" in the mode `{mode}`") };
            let years = self.years as f64 / stratum.clusters;
            let n = strata.len();
            let which = if n == 1 {
                "a stratum that may matter".to_owned()
            } else {
                format!("{n} strata that may matter")
            };
            format!("{which} (`{signature}`{in_mode}, once in {years:.3e} years, is the most frequent)")
        });
        let unread = (modes > 0).then(|| format!("{modes} modes that the system was left in"));
        let all: Vec<String> = untried.into_iter().chain(unread).collect();
        (!all.is_empty()).then(|| format!("the study was stopped before it had tried {}", all.join(" and ")))
    }

    /// The mode that windows without faults settle in.
    fn first_mode(&mut self, control: &Control<'_>) -> Arc<str> {
        let mode: Arc<str> = self.plan.mode.as_str().into();
        let window = Window { mode: Arc::clone(&mode), cluster: None, key: window::quiet_key(0) };
        let end = self.world.outcome(&window);
        (control.step)();
        if end.censored { mode } else { end.mode.as_str().into() }
    }

    fn add_mode(&mut self, mode: Arc<str>, ahead: &mut Vec<usize>, control: &Control<'_>) -> bool {
        let from = self.strata.all.len();
        let number = self.strata.modes.len();
        self.strata.add_mode(mode, self.plan, self.years, self.source, &mut self.names);
        self.samples.resize(self.strata.all.len(), Vec::new());
        self.quiet.push(Vec::new());
        ahead.extend(from..self.strata.all.len());
        let rare = |place: &usize| self.strata.all[*place].rare.is_some();
        let (rare, mut places): (Vec<usize>, Vec<usize>) = (from..self.strata.all.len()).partition(rare);
        places.sort_by(|a, b| self.strata.all[*b].seconds.total_cmp(&self.strata.all[*a].seconds));
        let wanted = |(rank, place): (usize, usize)| {
            let wanted = if rank < LARGE { PILOT.0 } else { PILOT.1 };
            (place, wanted.min(self.strata.supply(place)))
        };
        let without_faults = std::iter::once((usize::MAX - number, PILOT.1));
        let wanted = without_faults.chain(places.into_iter().enumerate().map(wanted)).collect();
        self.run_slots(&in_turn(wanted), control) && self.try_rare(rare, control)
    }

    /// Tries rare strata, the most frequent first, as long as they may still matter.
    fn try_rare(&mut self, mut places: Vec<usize>, control: &Control<'_>) -> bool {
        let never = NEVER * self.years as f64;
        places.retain(|place| self.strata.supply(*place) > 0 && self.strata.all[*place].clusters > never);
        places.sort_by(|a, b| self.strata.all[*b].clusters.total_cmp(&self.strata.all[*a].clusters));
        let mut spent = 0;
        places.chunks(TOGETHER).all(|places| {
            let known = self.known();
            let windows = |place: &usize| (*place, known.windows(self.strata.all[*place].clusters));
            let wanted: Vec<(usize, u64)> = places.iter().map(windows).collect();
            let others = wanted.iter().filter(|(_, n)| *n == 0).map(|(place, _)| (*place, PILOT.1)).collect();
            self.run_slots(&in_turn(wanted), control) && self.be_curious(in_turn(others), &mut spent, control)
        })
    }

    /// Tries strata for the only reason that something was never seen, one window of each at a time.
    fn be_curious(&mut self, slots: Vec<Slot>, spent: &mut u64, control: &Control<'_>) -> bool {
        slots.chunk_by(|a, b| a.number == b.number).all(|slots| {
            if *spent >= CURIOSITY || !self.known().is_short() {
                return true;
            }
            let before = self.events;
            let all = self.run_slots(slots, control);
            *spent += self.events - before;
            all
        })
    }

    /// What windows so far say of everything that may be asked for.
    fn known(&self) -> Known {
        let mut aims: Vec<Aim> =
            (0..self.targets.len()).filter(|target| self.operations(*target) > 0).map(Aim::Lost).collect();
        let writes = |aim: &Aim| matches!(aim, Aim::Lost(i) if self.targets[*i].contains(".write"));
        if aims.iter().any(writes) {
            let destroys = self.plan.hazards.iter().any(|(_, hazard)| hazard.kind == FaultKind::Destroyed);
            aims.extend((0..=usize::from(destroys)).map(Aim::Loss));
        }
        for what in observed::names(&self.samples) {
            aims.extend([Aim::Share(what.to_owned()), Aim::Rate(what.to_owned())]);
        }
        let each = |aim: &Aim| {
            let (mut total, mut worst) = (0.0, 0.0f64);
            for (stratum, windows) in self.strata.all.iter().zip(&self.samples) {
                let values = || windows.iter().map(|window| aim.value(window));
                total += stratum.clusters * values().sum::<f64>() / windows.len().max(1) as f64;
                worst = values().fold(worst, f64::max);
            }
            (total, worst)
        };
        Known(aims.iter().map(each).collect())
    }

    /// Draws more of the clusters of rare strata, where their number would leave too much doubt about a goal.
    fn deepen(&mut self) {
        let Some(drawing) = &self.strata.drawing else { return };
        let weights = self.weights();
        let evidence = self.evidence(&weights);
        let mut wanted = drawing.draws.clone();
        for goal in &self.goals {
            let moments = goal.moments(&evidence);
            let total: f64 = weights.clusters.iter().zip(&moments).map(|(n, m)| n * m.mean).sum();
            let roots: Vec<f64> =
                evidence.of_one_draw(&moments).iter().map(|one| one.variance().sqrt()).collect();
            let bearable = (DOUBT * total) * (DOUBT * total);
            let all: f64 = roots.iter().sum();
            for ((wanted, root), made) in wanted.iter_mut().zip(&roots).zip(&drawing.draws) {
                let enough = if bearable > 0.0 { root * all / bearable } else { 0.0 };
                // Powers of two, so that studies that are much alike draw the same clusters and can be paired.
                let enough = (enough as u64).min(made * GROWTH);
                *wanted = (*wanted).max(enough.checked_next_power_of_two().unwrap_or(enough));
            }
        }
        if wanted != drawing.draws {
            let done: Vec<u64> = self.samples.iter().map(|windows| windows.len() as u64).collect();
            self.strata.deepen(&wanted, self.plan, self.years, &mut self.names, &|place| done[place]);
        }
    }

    /// Modes that windows have ended in, in order of name.
    fn reached(&self) -> BTreeSet<Arc<str>> {
        let all = self.samples.iter().flatten().filter(|outcome| !outcome.censored);
        all.map(|outcome| outcome.mode.as_str().into()).collect()
    }
}
