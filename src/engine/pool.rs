//! Where messages wait while their events are queued.

/// A slab: slots are reused, so that a steady flow allocates nothing.
#[derive(Clone, Debug)]
pub(crate) struct Pool<M> {
    slots: Vec<Option<M>>,
    free: Vec<u32>,
}

impl<M> Pool<M> {
    /// An empty pool.
    pub fn new() -> Self {
        Pool { slots: Vec::new(), free: Vec::new() }
    }

    /// Stores an item and returns its slot.
    pub fn put(&mut self, item: M) -> u32 {
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(item);
                slot
            }
            None => {
                self.slots.push(Some(item));
                (self.slots.len() - 1) as u32
            }
        }
    }

    /// Takes the item out and frees its slot; `None` if the slot is empty.
    pub fn take(&mut self, slot: u32) -> Option<M> {
        let item = self.slots.get_mut(slot as usize)?.take();
        if item.is_some() {
            self.free.push(slot);
        }
        item
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_reused_and_an_item_is_taken_once() {
        let mut pool = Pool::new();
        let (a, b) = (pool.put("a"), pool.put("b"));
        assert_eq!(pool.take(a), Some("a"));
        assert_eq!(pool.take(a), None);
        assert_eq!(pool.put("c"), a);
        assert_eq!((pool.take(b), pool.take(a), pool.len()), (Some("b"), Some("c"), 0));
    }
}
