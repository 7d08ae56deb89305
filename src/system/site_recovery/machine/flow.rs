//! What a machine's disks write and how fast it leaves (ASR-3): for each disk a queue that is drained at the disk's limit,
//! and all of them together at the machine's.
//!
//! With churn `c` above the limit `L`, the queue in seconds of upload grows by `c/L - 1` a second, and the age of the
//! newest data that is wholly uploaded by `1 - L/c`.

use crate::base::time::{SimTime, Span};
use std::collections::VecDeque;

/// Bytes written at one rate between two moments, and how many of them are left.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: SimTime,
    to: SimTime,
    bytes: f64,
    left: f64,
}

/// One disk.
#[derive(Clone, Debug, Default)]
struct Queue {
    rate: f64,
    limit: f64,
    extra: f64,
    written: f64,
    waiting: VecDeque<Stretch>,
}

/// All disks of a machine.
#[derive(Clone, Debug)]
pub struct Flow {
    disks: Vec<Queue>,
    began: SimTime,
    at: SimTime,
}

/// Less than this many bytes are none.
const CRUMB: f64 = 1e-3;

impl Flow {
    /// Disks with these rates of writing and limits, in bytes a second; nothing was written yet.
    pub fn new(disks: impl Iterator<Item = (f64, f64)>, now: SimTime) -> Flow {
        let disks = disks.map(|(rate, limit)| Queue { rate, limit, ..Queue::default() }).collect();
        Flow { disks, began: now, at: now }
    }

    /// A disk is written to at another rate from now on.
    pub fn set_rate(&mut self, disk: usize, rate: f64, now: SimTime) {
        self.advance(now);
        if let Some(queue) = self.disks.get_mut(disk) {
            queue.rate = rate;
        }
    }

    /// The application wrote so many bytes more to the first disk.
    pub fn add(&mut self, bytes: f64) {
        if let Some(first) = self.disks.first_mut() {
            first.extra += bytes;
        }
    }

    /// Time passes until now.
    pub fn advance(&mut self, now: SimTime) {
        let from = std::mem::replace(&mut self.at, now);
        let length = now.since(from).seconds();
        for queue in &mut self.disks {
            let bytes = queue.rate * length + std::mem::take(&mut queue.extra);
            queue.written += bytes;
            if bytes > 0.0 {
                queue.push(Stretch { from, to: now, bytes, left: bytes });
            }
        }
    }

    /// Uploads for so long; gives the bytes. A machine's limit is shared by its disks in proportion to what each could send.
    pub fn upload(&mut self, length: Span, machine: f64) -> f64 {
        let length = length.seconds();
        let could: Vec<f64> = self.disks.iter().map(|q| q.bytes().min(q.limit * length)).collect();
        let all: f64 = could.iter().sum();
        let share = if all > machine * length { machine * length / all } else { 1.0 };
        let mut sent = 0.0;
        for (queue, could) in self.disks.iter_mut().zip(could) {
            queue.pop(could * share);
            sent += could * share;
        }
        sent
    }

    /// All that was written before this moment has left; of the first disk, if asked.
    pub fn through(&self, first: bool) -> SimTime {
        let disks = if first { &self.disks[..self.disks.len().min(1)] } else { &self.disks[..] };
        disks.iter().map(|q| q.through(self.at)).min().unwrap_or(self.at)
    }

    /// What waits, in seconds of upload of the slowest disk.
    pub fn backlog(&self) -> f64 {
        self.disks.iter().map(|q| if q.bytes() > 0.0 { q.bytes() / q.limit } else { 0.0 }).fold(0.0, f64::max)
    }

    /// Forgets what waits: it will be copied.
    pub fn clear(&mut self, now: SimTime) {
        self.advance(now);
        self.disks.iter_mut().for_each(|queue| queue.waiting.clear());
    }

    /// Nothing waits.
    pub fn is_clear(&self) -> bool {
        self.disks.iter().all(|queue| queue.waiting.is_empty())
    }

    /// So much time is left out, in which as much was written as before in the mean, and all of it left.
    pub fn skip(&mut self, by: Span) {
        let lasted = self.at.since(self.began).seconds();
        if lasted > 0.0 {
            self.disks.iter_mut().for_each(|queue| queue.written *= 1.0 + by.seconds() / lasted);
        }
    }

    /// Bytes that differ from what they were at the start: of `working_sets` by disk, those written at least once if
    /// writes hit them at random.
    pub fn changed(&self, working_sets: impl Iterator<Item = f64>) -> f64 {
        let touched = |(queue, set): (&Queue, f64)| match set > 0.0 {
            true => set * -libm::expm1(-queue.written / set),
            false => 0.0,
        };
        self.disks.iter().zip(working_sets).map(touched).sum()
    }
}

impl Queue {
    fn bytes(&self) -> f64 {
        self.waiting.iter().map(|stretch| stretch.left).sum()
    }

    /// Adds a stretch; joins it to the last one if nothing of that has left and the rate was about the same.
    fn push(&mut self, new: Stretch) {
        let density = |s: &Stretch| s.bytes / s.to.since(s.from).seconds().max(1e-9);
        let (whole, last) = (self.waiting.len() > 1, self.waiting.back_mut());
        match last {
            Some(last)
                if whole
                    && last.to == new.from
                    && (density(last) - density(&new)).abs() <= 1e-6 * density(last) =>
            {
                (last.to, last.bytes, last.left) = (new.to, last.bytes + new.bytes, last.left + new.left);
            }
            _ => self.waiting.push_back(new),
        }
    }

    fn pop(&mut self, mut bytes: f64) {
        while let Some(head) = self.waiting.front_mut() {
            if head.left > bytes + CRUMB {
                head.left -= bytes;
                return;
            }
            bytes = (bytes - head.left).max(0.0);
            self.waiting.pop_front();
        }
    }

    fn through(&self, now: SimTime) -> SimTime {
        match self.waiting.front() {
            None => now,
            Some(head) => head.from + head.to.since(head.from).scale(1.0 - head.left / head.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> SimTime {
        SimTime::ZERO + Span::secs(s)
    }

    #[test]
    fn what_a_disk_can_send_leaves_at_once() {
        let mut flow = Flow::new([(3.0, 4.0)].into_iter(), at(0));
        flow.add(1.0);
        flow.advance(at(1));
        assert_eq!(flow.upload(Span::secs(1), 10.0), 4.0);
        assert_eq!((flow.through(false), flow.backlog()), (at(1), 0.0));
    }

    #[test]
    fn backlog_and_age_grow_at_their_slopes() {
        let mut flow = Flow::new([(10.0, 4.0), (1.0, 4.0)].into_iter(), at(0));
        for second in 1..=1_000 {
            flow.advance(at(second));
            flow.upload(Span::secs(1), 100.0);
        }
        assert!((flow.backlog() / 1_000.0 - (10.0 / 4.0 - 1.0)).abs() < 1e-9, "{}", flow.backlog());
        let age = at(1_000).since(flow.through(false)).seconds();
        assert!((age / 1_000.0 - (1.0 - 4.0 / 10.0)).abs() < 1e-9, "{age}");
    }

    #[test]
    fn what_is_left_out_was_written_and_does_not_wait() {
        let mut flow = Flow::new([(10.0, 10.0)].into_iter(), at(0));
        flow.advance(at(100));
        flow.upload(Span::secs(100), 100.0);
        flow.skip(Span::secs(900));
        let changed = flow.changed([1e9].into_iter());
        assert!((changed / 10_000.0 - 1.0).abs() < 1e-4, "{changed}");
        assert!(flow.is_clear());
    }

    #[test]
    fn a_machines_limit_is_shared_by_its_disks() {
        let mut flow = Flow::new([(10.0, 10.0), (10.0, 10.0)].into_iter(), at(0));
        flow.advance(at(1));
        assert_eq!(flow.upload(Span::secs(1), 10.0), 10.0);
        assert_eq!(flow.backlog(), 0.5);
    }

    #[test]
    fn what_is_written_twice_differs_once() {
        let mut flow = Flow::new([(10.0, 10.0)].into_iter(), at(0));
        flow.advance(at(100));
        let changed = flow.changed([1_000.0].into_iter());
        assert!((changed - 1_000.0 * (1.0 - libm::exp(-1.0))).abs() < 1e-9, "{changed}");
        assert!(flow.changed([1e12].into_iter()) > 999.9);
    }
}
