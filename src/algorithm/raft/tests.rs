//! The protocol by hand: a few members, a network that delivers what it is told to, disks that are never late.

use super::*;

/// Members 1 to n, and the messages on their way.
struct Group {
    members: BTreeMap<u32, Core<u32, char>>,
    wire: VecDeque<(u32, u32, Message<u32, char>)>,
    /// Links that drop everything.
    cut: Vec<(u32, u32)>,
    images: Vec<(u32, u32)>,
    reads: Vec<u64>,
    now: SimTime,
}

fn settings() -> Settings {
    Settings {
        pre_vote: true,
        check_quorum: true,
        lease_reads: false,
        shortest_timeout: Span::secs(1),
        patience: Span::secs(2),
        heartbeat: Span::millis(100),
        drift_ppm: 200,
        window: 4,
        batch_bytes: 100,
        mutation: None,
    }
}

impl Group {
    fn of(n: u32, settings: Settings) -> Group {
        let all = Arc::new(Membership::of((1..=n).collect()));
        let settings = Arc::new(settings);
        let core = |me| {
            let stable = Stable { members: all.clone(), mute: false, ..Stable::default() };
            (me, Core::new(settings.clone(), me, stable, None))
        };
        let (wire, cut, images, reads) = (VecDeque::new(), Vec::new(), Vec::new(), Vec::new());
        Group { members: (1..=n).map(core).collect(), wire, cut, images, reads, now: SimTime::ZERO }
    }

    fn core(&mut self, who: u32) -> &mut Core<u32, char> {
        self.members.get_mut(&who).expect("a member")
    }

    fn collect(&mut self, who: u32) {
        loop {
            let effects = self.core(who).take();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Send(to, message) | Effect::Promise(to, message) => {
                        self.wire.push_back((who, to, message));
                    }
                    Effect::Stable(term, index) => {
                        let now = self.now;
                        self.core(who).stable(term, index, now);
                    }
                    Effect::SendImage(to) => self.images.push((who, to)),
                    Effect::ReadAt(id, _) => self.reads.push(id),
                    _ => {}
                }
            }
        }
    }

    /// Delivers everything, and what comes of it.
    fn deliver(&mut self) {
        while let Some((from, to, message)) = self.wire.pop_front() {
            if !self.cut.contains(&(from, to)) {
                let now = self.now;
                self.core(to).on_message(from, message, now);
                self.collect(to);
            }
        }
    }

    fn time_out(&mut self, who: u32) {
        self.now += Span::secs(2);
        let now = self.now;
        self.core(who).time_out(now);
        self.collect(who);
        self.deliver();
    }

    fn beat(&mut self, who: u32) {
        self.now += Span::millis(100);
        let now = self.now;
        self.core(who).beat(now);
        self.collect(who);
        self.deliver();
    }

    fn propose(&mut self, who: u32, command: char) -> Option<u64> {
        let now = self.now;
        let index = self.core(who).propose(command, 10, now);
        self.collect(who);
        self.deliver();
        index
    }

    fn isolate(&mut self, who: u32) {
        let others: Vec<u32> = self.members.keys().copied().filter(|other| *other != who).collect();
        self.cut.extend(others.into_iter().flat_map(|other| [(who, other), (other, who)]));
    }

    fn commits(&self) -> Vec<u64> {
        self.members.values().map(Core::commit).collect()
    }
}

#[test]
fn the_first_to_time_out_leads_and_what_it_is_told_is_committed_everywhere() {
    let mut g = Group::of(3, settings());
    g.time_out(2);
    assert!(g.core(2).leads() && g.core(2).settled());
    assert_eq!(g.propose(2, 'a'), Some(2));
    assert_eq!(g.propose(1, 'b'), None);
    g.beat(2);
    assert_eq!(g.commits(), [2, 2, 2]);
    assert_eq!((g.core(1).leader(), g.core(3).term()), (Some(2), Term(1)));
}

#[test]
fn whoever_could_not_win_moves_nobodys_term() {
    let mut g = Group::of(3, Settings { patience: Span::secs(5), ..settings() });
    g.time_out(1);
    g.isolate(3);
    g.propose(1, 'a');
    for _ in 0..5 {
        g.time_out(3);
        g.beat(1);
    }
    assert_eq!((g.core(3).term(), g.core(3).role()), (Term(1), Role::PreCandidate));
    g.cut.clear();
    g.beat(1);
    assert_eq!((g.core(1).leads(), g.core(1).term()), (true, Term(1)));
}

#[test]
fn a_leader_that_hears_from_no_quorum_steps_down_and_its_entries_give_way() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    g.isolate(1);
    assert_eq!(g.propose(1, 'x'), Some(2));
    g.time_out(2);
    assert!(g.core(2).leads() && g.core(1).leads(), "for a while");
    (0..20).for_each(|_| g.beat(1));
    assert_eq!(g.core(1).role(), Role::Follower);
    g.propose(2, 'y');
    g.cut.clear();
    (0..3).for_each(|_| g.beat(2));
    assert_eq!(g.core(1).log().get(3).map(|e| e.payload.clone()), Some(Payload::Command('y')));
    assert_eq!(g.commits(), [3, 3, 3]);
}

#[test]
fn entries_of_former_terms_are_committed_only_with_one_of_the_leaders_own() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    g.isolate(1);
    g.propose(1, 'x');
    // It comes back in a later term with its entry, of which nobody else knows; its blank entry reaches nobody at first.
    g.now += Span::secs(9);
    (0..20).for_each(|_| g.beat(1));
    g.cut.clear();
    g.time_out(1);
    assert!(g.core(1).leads());
    let now = g.now;
    assert_eq!((g.core(1).commit(), g.core(1).term_of(3)), (3, Term(2)));
    g.core(1).stable(Term(1), 2, now);
    assert_eq!(g.core(1).commit(), 3);
}

#[test]
fn a_read_waits_for_a_quorum_to_say_who_leads() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    let now = g.now;
    assert!(g.core(1).read(7, now));
    g.collect(1);
    assert!(g.reads.is_empty());
    g.deliver();
    assert_eq!(g.reads, [7]);
    g.isolate(1);
    g.now += Span::millis(1);
    let now = g.now;
    g.core(1).read(8, now);
    g.collect(1);
    g.deliver();
    assert_eq!(g.reads, [7]);
}

#[test]
fn a_lease_answers_at_once_and_runs_out_before_another_can_be_elected() {
    let mut g = Group::of(3, Settings { lease_reads: true, ..settings() });
    g.time_out(1);
    g.beat(1);
    let (since, lease) = (g.now, settings().lease());
    assert!(lease < settings().shortest_timeout);
    assert!(g.core(1).holds_lease(SimTime(since.0 + lease.0 - 1)));
    assert!(!g.core(1).holds_lease(SimTime(since.0 + lease.0)));
    g.isolate(1);
    g.now = SimTime(since.0 + settings().shortest_timeout.0 - 1);
    let now = g.now;
    g.core(2).time_out(now);
    g.collect(2);
    g.deliver();
    assert!(!g.core(2).leads(), "nobody votes while the lease may hold");
}

#[test]
fn leadership_is_handed_over_without_a_time_out() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    g.propose(1, 'a');
    let now = g.now;
    assert_eq!(g.core(1).transfer(9, now), Err(Refusal::NotVoter));
    assert_eq!(g.core(1).transfer(3, now), Ok(()));
    g.collect(1);
    g.deliver();
    assert!(g.core(3).leads() && !g.core(1).leads());
}

#[test]
fn members_change_by_way_of_learners_and_both_majorities() {
    let mut g = Group::of(3, settings());
    let spare = Core::new(Arc::new(settings()), 4, Stable::default(), None);
    g.members.insert(4, spare);
    g.time_out(1);
    g.propose(1, 'a');
    let now = g.now;
    let target = Membership::of(vec![1, 2, 4]);
    assert_eq!(g.core(1).change_members(target.clone(), now), Ok(()));
    g.collect(1);
    g.deliver();
    (0..3).for_each(|_| g.beat(1));
    assert_eq!(**g.core(1).members(), target);
    assert_eq!(**g.core(4).members(), target);
    assert!(!g.core(4).is_mute() && !g.core(1).is_changing());
    assert_eq!(g.core(4).log().last(), g.core(1).log().last());
    g.isolate(1);
    g.time_out(4);
    assert!(g.core(4).leads(), "the new voter and the old one are a majority");
}

#[test]
fn a_leader_that_is_no_member_any_more_steps_down() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    let now = g.now;
    assert_eq!(g.core(1).change_members(Membership::of(vec![2, 3]), now), Ok(()));
    g.collect(1);
    g.deliver();
    assert!(!g.core(1).leads());
    g.time_out(2);
    assert!(g.core(2).leads());
}

#[test]
fn whoever_lacks_what_the_log_no_longer_has_is_sent_an_image() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    g.isolate(3);
    (0..9).for_each(|_| _ = g.propose(1, 'a'));
    g.core(1).compact(8);
    g.cut.clear();
    g.beat(1);
    g.beat(1);
    assert_eq!(g.images, [(1, 3)]);
    let head = g.core(1).head(3, 10).expect("it leads");
    let now = g.now;
    assert!(g.core(3).on_image(1, &head, now));
    g.core(3).installed(1, 10);
    g.collect(3);
    g.deliver();
    g.propose(1, 'b');
    g.beat(1);
    assert_eq!(g.commits(), [11, 11, 11]);
}

#[test]
fn the_window_bounds_what_is_on_its_way_and_lost_messages_are_sent_again() {
    let mut g = Group::of(3, settings());
    g.time_out(1);
    g.cut = vec![(1, 3)];
    (0..9).for_each(|_| _ = g.propose(1, 'a'));
    let on_the_way = g.core(1).peers().find(|(who, _)| *who == 3).map(|(_, peer)| peer.on_the_way.len());
    assert_eq!(on_the_way, Some(4));
    g.cut.clear();
    (0..4).for_each(|_| g.beat(1));
    assert_eq!(g.commits(), [10, 10, 10]);
}
