//! What others own, by a key: those that are gone are forgotten without anybody telling of it.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

/// So few keys that nobody cares whose things are gone.
const FEW: usize = 1024;

/// Things by a key. It holds at most about twice as many keys as have something that still is.
#[derive(Debug)]
pub(crate) struct Known<K, T> {
    by_key: HashMap<K, Vec<Weak<T>>>,
    /// How many keys there are when it is next looked which are of any use: twice as many as were the last
    /// time, so that looking costs little for each new key.
    sweep_at: usize,
}

impl<K: Eq + Hash, T> Known<K, T> {
    /// The things of a key, for more to be added. Some may be gone.
    pub(crate) fn of(&mut self, key: K) -> &mut Vec<Weak<T>> {
        if self.by_key.len() >= self.sweep_at {
            self.sweep();
        }
        self.by_key.entry(key).or_default()
    }

    /// The things of a key that still are.
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> impl Iterator<Item = Arc<T>>
    where
        K: Borrow<Q>,
    {
        let things = self.by_key.get(key);
        things.into_iter().flatten().filter_map(Weak::upgrade)
    }

    fn sweep(&mut self) {
        self.by_key.retain(|_, things| {
            things.retain(|thing| thing.strong_count() > 0);
            !things.is_empty()
        });
        self.sweep_at = FEW.max(self.by_key.len() * 2);
    }
}

impl<K, T> Default for Known<K, T> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            sweep_at: FEW,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_forgotten() {
        let mut known = Known::default();
        let kept = Arc::new(0);
        known.of(0).push(Arc::downgrade(&kept));
        for key in 1..100 * FEW {
            known.of(key).push(Arc::downgrade(&Arc::new(key)));
            assert!(known.by_key.len() <= FEW);
        }
        assert_eq!(known.get(&0).collect::<Vec<_>>(), [kept]);
        assert_eq!(known.get(&1).count(), 0);
    }

    #[test]
    fn many_that_are_still_there_are_not_looked_at_for_each_new_one() {
        let mut known = Known::default();
        let kept: Vec<_> = (0..100 * FEW).map(Arc::new).collect();
        let mut looks = 0;
        for thing in &kept {
            let before = known.sweep_at;
            known.of(**thing).push(Arc::downgrade(thing));
            looks += usize::from(known.sweep_at != before);
        }
        assert_eq!(looks, 7);
        assert!(kept.iter().all(|thing| known.get(thing).count() == 1));
    }
}
