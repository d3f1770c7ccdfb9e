//! A semaphore for each key, such as each organization. Keys that nobody uses take no memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The semaphores of all keys in use. Clones share them.
#[derive(Clone, Debug)]
pub struct KeyedSemaphore<K: Copy + Eq + Hash> {
    permits: usize,
    semaphores: Arc<Mutex<Semaphores<K>>>,
}

type Semaphores<K> = HashMap<K, Arc<Semaphore>>;

impl<K: Copy + Eq + Hash> KeyedSemaphore<K> {
    /// Creates a semaphore with this many permits for each key.
    #[must_use]
    pub fn new(permits: usize) -> Self {
        Self { permits, semaphores: Arc::default() }
    }

    /// Waits for a permit of the key, in the order of the calls.
    pub async fn acquire(&self, key: K) -> KeyedPermit<K> {
        let new = || Arc::new(Semaphore::new(self.permits));
        let semaphore = Arc::clone(self.lock().entry(key).or_insert_with(new));
        let semaphores = Arc::clone(&self.semaphores);
        // Before waiting, so that the key is forgotten too when the caller stops waiting.
        let mut permit =
            KeyedPermit { key, semaphores, semaphore: Some(Arc::clone(&semaphore)), permit: None };
        let acquired = semaphore.acquire_owned().await;
        permit.permit = Some(acquired.expect("the semaphores are never closed"));
        permit
    }

    fn lock(&self) -> MutexGuard<'_, Semaphores<K>> {
        self.semaphores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit. Dropping it gives it back.
#[derive(Debug)]
pub struct KeyedPermit<K: Copy + Eq + Hash> {
    key: K,
    semaphores: Arc<Mutex<Semaphores<K>>>,
    /// None while the permit is dropped.
    semaphore: Option<Arc<Semaphore>>,
    /// None until it was acquired.
    permit: Option<OwnedSemaphorePermit>,
}

/// Forgets a key that nobody uses or waits for.
impl<K: Copy + Eq + Hash> Drop for KeyedPermit<K> {
    fn drop(&mut self) {
        let mut semaphores = self.semaphores.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.permit.take());
        drop(self.semaphore.take());
        // The map has the only other reference: nobody waits, since waiting needs one.
        if semaphores.get(&self.key).is_some_and(|all| Arc::strong_count(all) == 1) {
            semaphores.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn keys_do_not_wait_for_each_other() {
        let semaphore = KeyedSemaphore::new(1);
        let first = semaphore.acquire(1).await;
        let _other = semaphore.acquire(2).await;
        assert!(timeout(SHORT, semaphore.acquire(1)).await.is_err());
        drop(first);
        let _again = semaphore.acquire(1).await;
    }

    #[tokio::test]
    async fn keys_without_permits_are_forgotten() {
        let semaphore = KeyedSemaphore::new(1);
        let permit = semaphore.acquire(1).await;
        let mut waiting = Box::pin(semaphore.acquire(1));
        assert!(timeout(SHORT, &mut waiting).await.is_err());
        drop(permit);
        assert_eq!(semaphore.lock().len(), 1, "another one waits");
        drop(waiting);
        assert!(semaphore.lock().is_empty(), "it has stopped waiting");
    }
}
