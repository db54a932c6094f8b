//! What waits for a thread of the store: a queue that is never longer than it may be.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A queue that several threads may take from.
pub(super) struct Queue<T> {
    // Held while one job is put in or taken out, never while it is done.
    state: Mutex<State<T>>,
    filled: Condvar,
    most: usize,
}

struct State<T> {
    jobs: VecDeque<T>,
    /// So many threads wait: waking nobody costs nothing.
    idle: usize,
    closed: bool,
}

/// Why a job was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

/// What a thread finds.
pub(super) enum Next<T> {
    Job(T),
    /// Nothing, for as long as the thread wanted to wait.
    Quiet,
    /// Nothing, and nothing will come.
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                idle: 0,
                closed: false,
            }),
            filled: Condvar::new(),
            most,
        }
    }

    pub(super) fn push(&self, job: T) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.jobs.len() >= self.most {
            return Err(Refused::Full);
        }
        state.jobs.push_back(job);
        let wake = state.idle > 0;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for a job.
    pub(super) fn pop(&self, patience: Duration) -> Next<T> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Next::Job(job);
            }
            if state.closed {
                return Next::Closed;
            }
            if patience.is_zero() {
                return Next::Quiet;
            }
            state.idle += 1;
            let (woken, waited) = self
                .filled
                .wait_timeout(state, patience)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if waited.timed_out() && state.jobs.is_empty() && !state.closed {
                return Next::Quiet;
            }
        }
    }

    /// The next job, if there is one and it is `wanted`.
    pub(super) fn pop_if(&self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let mut state = self.lock();
        let wanted = state.jobs.front().is_some_and(wanted);
        wanted.then(|| state.jobs.pop_front()).flatten()
    }

    /// How many jobs wait.
    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Takes no more jobs. Those that wait are still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Takes no more jobs, and drops those that wait: nobody is left to do them.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        drop(jobs);
        self.filled.notify_all();
    }

    // A panic while it is held can only be one of the allocator; the queue stays usable.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<T>(next: Next<T>) -> Option<T> {
        match next {
            Next::Job(job) => Some(job),
            Next::Quiet | Next::Closed => None,
        }
    }

    #[test]
    fn it_takes_so_many_jobs_and_no_more() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(Refused::Full));
        assert_eq!(taken(queue.pop(Duration::ZERO)), Some(1));
        assert_eq!(queue.push(3), Ok(()));
        assert_eq!(queue.len(), 2);
    }

    #[test]
    fn what_waits_when_it_closes_is_still_done() {
        let queue = Queue::new(2);
        queue.push(1).unwrap();
        queue.close();
        assert_eq!(queue.push(2), Err(Refused::Closed));
        assert_eq!(taken(queue.pop(Duration::MAX)), Some(1));
        assert!(matches!(queue.pop(Duration::MAX), Next::Closed));
    }

    #[test]
    fn only_a_wanted_job_is_taken() {
        let queue = Queue::new(2);
        queue.push(1).unwrap();
        assert_eq!(queue.pop_if(|job| *job == 2), None);
        assert_eq!(queue.pop_if(|job| *job == 1), Some(1));
        assert_eq!(queue.pop_if(|_| true), None);
    }

    #[test]
    fn a_waiting_thread_is_woken() {
        let queue = Queue::new(1);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| taken(queue.pop(Duration::from_secs(60))));
            queue.push(7).unwrap();
            assert_eq!(waiting.join().unwrap(), Some(7));
        });
    }
}
