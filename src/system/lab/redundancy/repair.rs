//! Repair crews: blank copies wait for one, and it takes its time.

use std::collections::VecDeque;

/// The crews, and the members that wait for one.
#[derive(Clone, Debug)]
pub struct Crews {
    most: usize,
    at_work: Vec<u32>,
    waiting: VecDeque<u32>,
}

impl Crews {
    /// So many crews.
    pub fn new(most: usize) -> Crews {
        Crews { most, at_work: Vec::new(), waiting: VecDeque::new() }
    }

    /// A member is blank.
    pub fn call(&mut self, member: u32) {
        if !self.at_work.contains(&member) && !self.waiting.contains(&member) {
            self.waiting.push_back(member);
        }
    }

    /// The next member that a free crew goes to.
    pub fn go(&mut self) -> Option<u32> {
        if self.at_work.len() >= self.most {
            return None;
        }
        let member = self.waiting.pop_front()?;
        self.at_work.push(member);
        Some(member)
    }

    /// A member is rebuilt, or gone: its crew is free. Whether there was one.
    pub fn leave(&mut self, member: u32) -> bool {
        self.waiting.retain(|other| *other != member);
        let before = self.at_work.len();
        self.at_work.retain(|other| *other != member);
        self.at_work.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_copies_wait_in_turn_for_a_free_crew() {
        let mut crews = Crews::new(1);
        [3, 1, 3].into_iter().for_each(|member| crews.call(member));
        assert_eq!((crews.go(), crews.go()), (Some(3), None));
        crews.call(3);
        assert!(crews.leave(3) && !crews.leave(3));
        assert_eq!((crews.go(), crews.go()), (Some(1), None));
    }

    #[test]
    fn a_member_that_is_gone_no_longer_waits() {
        let mut crews = Crews::new(1);
        [1, 2, 3].into_iter().for_each(|member| crews.call(member));
        assert_eq!(crews.go(), Some(1));
        assert!(!crews.leave(2));
        assert!(crews.leave(1));
        assert_eq!(crews.go(), Some(3));
    }
}
