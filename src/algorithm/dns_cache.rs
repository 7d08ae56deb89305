//! A cache of names' answers, each kept for its time to live.

use crate::base::time::{SimTime, Span};
use std::collections::BTreeMap;

/// Answers by name. An answer is given out until it expires, and not a moment longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsCache<N, A> {
    kept: BTreeMap<N, (A, SimTime)>,
}

impl<N, A> Default for DnsCache<N, A> {
    fn default() -> Self {
        DnsCache { kept: BTreeMap::new() }
    }
}

impl<N: Ord, A> DnsCache<N, A> {
    /// Keeps an answer from `now` for `ttl`, in place of the former one. A cache that got it from another cache keeps it
    /// for what was left of its time there. What may be kept for no time at all is not kept.
    pub fn keep(&mut self, name: N, answer: A, ttl: Span, now: SimTime) {
        match ttl {
            Span::ZERO => _ = self.kept.remove(&name),
            _ => _ = self.kept.insert(name, (answer, now + ttl)),
        }
    }

    /// The answer to a name, if it has not expired, and how long it may still be kept.
    pub fn get(&self, name: &N, now: SimTime) -> Option<(&A, Span)> {
        let (answer, expires) = self.kept.get(name)?;
        (now < *expires).then(|| (answer, expires.since(now)))
    }

    /// Forgets everything: the process that held it started again.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_given_out_until_it_expires_and_its_time_runs_down() {
        let at = |s| SimTime::ZERO + Span::secs(s);
        let mut cache = DnsCache::default();
        cache.keep("registry", 7, Span::secs(30), at(10));
        assert_eq!(cache.get(&"registry", at(15)), Some((&7, Span::secs(25))));
        assert_eq!(cache.get(&"registry", at(40)), None);
        assert_eq!(cache.get(&"other", at(15)), None);
        let (_, left) = cache.get(&"registry", at(39)).expect("it is there");
        let mut behind = DnsCache::default();
        behind.keep("registry", 7, left, at(39));
        assert_eq!(behind.get(&"registry", at(40)), None, "it expires with the cache it came from");
        cache.keep("registry", 8, Span::ZERO, at(16));
        assert_eq!(cache.get(&"registry", at(16)), None);
        cache.keep("registry", 9, Span::secs(1), at(17));
        cache.clear();
        assert_eq!(cache.get(&"registry", at(17)), None);
    }
}
