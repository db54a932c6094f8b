//! What the hooks of one call hand on: values to those that come later, or an answer.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Shared by everything that runs for one call.
#[derive(Default)]
pub(crate) struct Extensions {
    // Held for lookups alone, never across an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    answer: Option<String>,
}

impl Extensions {
    pub(super) fn insert<T: Send + Sync + 'static>(&self, value: T) {
        let replaced = self
            .state()
            .values
            .insert(TypeId::of::<T>(), Arc::new(value));
        // Dropped without the lock: it runs code of the user.
        drop(replaced);
    }

    pub(super) fn get<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let value = self.state().values.get(&TypeId::of::<T>()).cloned();
        value?.downcast().ok()
    }

    pub(super) fn answer(&self, text: String) {
        self.state().answer = Some(text);
    }

    /// Whether a hook has answered the call.
    pub(crate) fn is_answered(&self) -> bool {
        self.state().answer.is_some()
    }

    /// What a hook has answered, as JSON text.
    pub(crate) fn take_answer(&self) -> Option<String> {
        self.state().answer.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
