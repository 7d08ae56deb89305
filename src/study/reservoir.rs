//! A uniform sample of a stream, of bounded size and the same whatever the order of the stream.

/// Keeps the items with the smallest priorities: with priorities that are hashes of the items, a uniform sample without
/// replacement (bottom-k sampling; E. Cohen and H. Kaplan, PODC 2007).
#[derive(Clone, Debug)]
pub struct Reservoir<T> {
    items: Vec<(u64, T)>,
    /// Items at or above it need not be looked at.
    ceiling: u64,
}

impl<T> Default for Reservoir<T> {
    fn default() -> Self {
        Reservoir { items: Vec::new(), ceiling: u64::MAX }
    }
}

impl<T: Clone> Reservoir<T> {
    /// Takes in an item, if it may be among the `capacity` smallest.
    pub fn offer(&mut self, priority: u64, capacity: usize, item: &T) {
        if priority >= self.ceiling {
            return;
        }
        self.items.push((priority, item.clone()));
        if self.items.len() >= capacity.max(1) * 2 {
            self.shrink(capacity.max(1));
        }
    }

    /// Takes in another reservoir.
    pub fn join(&mut self, other: Reservoir<T>, capacity: usize) {
        self.ceiling = self.ceiling.min(other.ceiling);
        self.items.extend(other.items);
        let ceiling = self.ceiling;
        self.items.retain(|(priority, _)| *priority < ceiling);
        if self.items.len() > capacity.max(1) {
            self.shrink(capacity.max(1));
        }
    }

    fn shrink(&mut self, capacity: usize) {
        if self.items.len() <= capacity {
            return;
        }
        self.items.select_nth_unstable_by_key(capacity, |(priority, _)| *priority);
        self.ceiling = self.items[capacity].0;
        self.items.truncate(capacity);
    }

    /// The sample, in order of priority.
    pub fn into_sample(mut self, capacity: usize) -> Vec<T> {
        self.shrink(capacity.max(1));
        self.items.sort_by_key(|(priority, _)| *priority);
        self.items.into_iter().map(|(_, item)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::digest::mix;

    #[test]
    fn it_keeps_the_smallest_priorities_in_whatever_order_they_come() {
        let fill = |order: &mut dyn Iterator<Item = u64>| {
            let mut reservoir = Reservoir::default();
            order.for_each(|i| reservoir.offer(mix(i), 10, &i));
            reservoir.into_sample(10)
        };
        let (forth, back) = (fill(&mut (0..1_000)), fill(&mut (0..1_000).rev()));
        let mut all: Vec<u64> = (0..1_000).collect();
        all.sort_by_key(|i| mix(*i));
        assert_eq!(forth, all[..10]);
        assert_eq!(forth, back);
    }

    #[test]
    fn two_reservoirs_join_to_that_of_both_streams() {
        let of = |range: std::ops::Range<u64>| {
            let mut reservoir = Reservoir::default();
            range.for_each(|i| reservoir.offer(mix(i), 7, &i));
            reservoir
        };
        let mut joined = of(0..300);
        joined.join(of(300..500), 7);
        assert_eq!(joined.into_sample(7), of(0..500).into_sample(7));
    }
}
