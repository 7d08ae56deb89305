//! Groups whose messages and disks do what a test wants.

use super::*;
use std::collections::BTreeMap;

type Net = Vec<(Id, Id, Message<u64>)>;

/// A group whose messages and disks are as fast as the test wants, and may be lost, late or doubled.
struct Group {
    cores: Vec<Core<u64>>,
    disks: Vec<Stable<u64>>,
    net: Net,
    now: SimTime,
    settings: Arc<Settings>,
    /// What each slot was found to be chosen as, by anyone.
    chosen: BTreeMap<u64, Option<u64>>,
    seen: Vec<u64>,
}

fn settings(replicas: u32) -> Settings {
    Settings {
        replicas,
        lease_reads: false,
        shortest_timeout: Span::millis(100),
        patience: Span::millis(300),
        heartbeat: Span::millis(30),
        drift_ppm: 0,
        window: 8,
        batch_bytes: 1000,
        mutation: None,
    }
}

impl Group {
    fn new(settings: Settings) -> Group {
        let settings = Arc::new(settings);
        let n = settings.replicas;
        let disks = vec![Stable { mute: false, ..Stable::default() }; n as usize];
        let cores = (0..n).map(|me| Core::new(settings.clone(), me, disks[0].clone(), None)).collect();
        let (chosen, seen) = (BTreeMap::new(), vec![0; n as usize]);
        Group { cores, disks, net: Vec::new(), now: SimTime(1), settings, chosen, seen }
    }

    /// Carries out the effects of a replica; with `durable` as if the disk took no time.
    fn carry_out(&mut self, who: Id) {
        let at = who as usize;
        loop {
            let effects = self.cores[at].take();
            if effects.is_empty() {
                return self.look(who);
            }
            for effect in effects {
                match effect {
                    Effect::Persist(Record::Promised(ballot)) => self.disks[at].promised = ballot,
                    Effect::Persist(Record::Accepted(ballot, first, all)) => {
                        self.disks[at].accept(ballot, first, &all);
                    }
                    Effect::Persist(Record::Compact(upto)) => self.disks[at].cut(upto),
                    Effect::Send(to, message) | Effect::Vow(to, message) => {
                        self.net.push((who, to, message));
                    }
                    Effect::Stable(ballot, upto) => self.cores[at].stable(ballot, upto, self.now),
                    Effect::SendImage(to) => self.send_image(at, to as usize),
                    _ => {}
                }
            }
        }
    }

    /// An image arrives at once.
    fn send_image(&mut self, from: usize, to: usize) {
        let upto = self.cores[from].chosen();
        if self.cores[to].on_image(upto) {
            self.disks[to].cut(upto);
            self.seen[to] = upto;
        }
    }

    /// Whatever is chosen stays what it was.
    fn look(&mut self, who: Id) {
        let (core, seen) = (&self.cores[who as usize], &mut self.seen[who as usize]);
        for (slot, _, command) in core.chosen_after(*seen) {
            let known = self.chosen.entry(slot).or_insert(command.copied());
            assert_eq!(*known, command.copied(), "slot {slot} was chosen twice");
        }
        *seen = core.chosen();
    }

    fn deliver(&mut self, n: usize) {
        let (from, to, message) = self.net.swap_remove(n);
        self.cores[to as usize].on_message(from, message, self.now);
        self.carry_out(to);
    }

    fn deliver_all(&mut self) {
        while !self.net.is_empty() {
            let (from, to, message) = self.net.remove(0);
            self.cores[to as usize].on_message(from, message, self.now);
            self.carry_out(to);
        }
    }

    fn time_out(&mut self, who: Id) {
        self.now += Span::millis(200);
        self.cores[who as usize].time_out(self.now);
        self.carry_out(who);
    }

    fn propose(&mut self, who: Id, value: u64) -> Option<u64> {
        let slot = self.cores[who as usize].propose(value, 10);
        self.carry_out(who);
        slot
    }

    fn beat(&mut self, who: Id) {
        self.now += Span::millis(30);
        self.cores[who as usize].beat(self.now);
        self.carry_out(who);
    }

    fn restart(&mut self, who: Id) {
        let disk = self.disks[who as usize].clone();
        self.seen[who as usize] = disk.base;
        self.cores[who as usize] = Core::new(self.settings.clone(), who, disk, Some(self.now));
    }
}

#[test]
fn one_round_trip_makes_a_leader_and_one_more_chooses() {
    let mut group = Group::new(settings(3));
    group.time_out(0);
    assert_eq!(group.net.len(), 2, "two are asked");
    group.deliver(0);
    let promise = group.net.iter().position(|(from, ..)| *from != 0).expect("it promised");
    group.deliver(promise);
    assert!(group.cores[0].leads(), "itself and one more are a quorum");
    group.deliver_all();
    assert_eq!(group.propose(0, 7), Some(1));
    group.deliver_all();
    assert_eq!(group.cores[0].chosen(), 1);
    group.beat(0);
    group.deliver_all();
    assert!(group.cores.iter().all(|core| core.chosen() == 1));
}

#[test]
fn a_new_leader_proposes_again_what_was_accepted_and_closes_gaps() {
    let mut group = Group::new(settings(3));
    group.time_out(0);
    group.deliver_all();
    for value in 1..=3 {
        group.propose(0, value);
    }
    // Replica 1 gets the first and the third, and nothing comes back.
    group.net.retain(|(_, to, message)| *to == 1 && !matches!(message, Message::Accept { first: 2, .. }));
    group.net.drain(..).collect::<Net>().into_iter().for_each(|(from, to, message)| {
        group.cores[to as usize].on_message(from, message, group.now);
    });
    group.carry_out(1);
    group.net.clear();
    group.time_out(1);
    group.net.retain(|(_, to, _)| *to == 2);
    for _ in 0..20 {
        group.net.retain(|(from, to, _)| *from != 0 && *to != 0);
        if group.net.is_empty() {
            break;
        }
        group.deliver(0);
    }
    assert!(group.cores[1].leads());
    let chosen: Vec<Option<u64>> = group.chosen.values().copied().collect();
    assert_eq!(chosen, [Some(1), None, Some(3)]);
}

#[test]
fn a_replica_that_hears_a_leader_promises_nothing_to_another() {
    let mut group = Group::new(settings(3));
    group.time_out(0);
    group.deliver_all();
    group.cores[2].time_out(group.now);
    group.carry_out(2);
    group.deliver_all();
    assert!(group.cores[0].leads() || group.cores.iter().all(|core| !core.leads()));
    assert!(!group.cores[2].leads());
    // It refuses the leader's ballot, which is below its own: the leader prepares a higher one, and all go on.
    group.beat(0);
    group.deliver_all();
    group.beat(0);
    group.deliver_all();
    group.propose(0, 9);
    group.deliver_all();
    group.beat(0);
    group.deliver_all();
    assert!(group.cores.iter().all(|core| core.chosen() == 1), "{:?}", group.chosen);
}

/// Whatever is lost, late, doubled or restarted, a slot is chosen once; and in the end everybody knows everything.
#[test]
fn no_order_of_events_chooses_two_things() {
    for seed in 1..400u64 {
        let mut dice = seed;
        let mut roll = move |n: u64| {
            dice = dice.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (dice >> 33) % n
        };
        let n = if seed % 2 == 0 { 3 } else { 5 };
        let mut group = Group::new(settings(n));
        let mut value = 0;
        for _ in 0..400 {
            let who = roll(u64::from(n)) as Id;
            match roll(20) {
                0 => group.time_out(who),
                1 => group.restart(who),
                2 | 3 => group.beat(who),
                4..=6 => {
                    value += 1;
                    group.propose(who, value);
                }
                7 if group.cores[who as usize].chosen() > 5 => {
                    let upto = group.cores[who as usize].chosen() - 3;
                    group.cores[who as usize].compact(upto);
                    group.carry_out(who);
                }
                8 if !group.net.is_empty() => {
                    let at = roll(group.net.len() as u64) as usize;
                    let copy = group.net[at].clone();
                    group.net.push(copy);
                }
                9 if !group.net.is_empty() => {
                    let at = roll(group.net.len() as u64) as usize;
                    group.net.swap_remove(at);
                }
                _ if !group.net.is_empty() => {
                    let at = roll(group.net.len() as u64) as usize;
                    group.deliver(at);
                }
                _ => {}
            }
        }
        // Leaders that nobody follows find out.
        group.now += Span::secs(1);
        (0..n).for_each(|who| group.beat(who));
        group.net.clear();
        let best = (0..n).max_by_key(|who| group.cores[*who as usize].chosen()).expect("there are some");
        for _ in 0..20 {
            if !group.cores[best as usize].leads() {
                group.time_out(best);
                group.deliver_all();
            }
            group.beat(best);
            group.deliver_all();
        }
        assert!(group.cores[best as usize].leads(), "seed {seed}");
        group.propose(best, 1_000_000);
        group.deliver_all();
        assert!(group.chosen.values().any(|chosen| *chosen == Some(1_000_000)), "seed {seed}");
    }
}
