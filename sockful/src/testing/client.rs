//! A client in the same process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::sync::oneshot;

use crate::app::App;
use crate::identity::Caller;
use crate::protocol::{Ack, AckStyle};
use crate::session::{Blocked, Closing, Job, Outgoing, Outlet, Session};

/// A connected client. Its session ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct TestClient {
    connection: Arc<Connection>,
}

#[derive(Debug)]
struct Connection {
    session: Session,
    next: AtomicI64,
    answers: Answers,
}

/// Who waits for which acknowledgement.
type Answers = Arc<Mutex<HashMap<i64, oneshot::Sender<Answer>>>>;

impl TestClient {
    pub(super) fn connect(app: &App, caller: Caller) -> Self {
        let answers = Answers::default();
        let outlet = TestOutlet {
            answers: Arc::clone(&answers),
        };
        let session = app.open(caller, outlet);
        let connection = Connection {
            session,
            next: AtomicI64::new(0),
            answers,
        };
        Self {
            connection: Arc::new(connection),
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Panics
    /// If the session ends before it answers.
    pub async fn call(&self, resource: &str, action: &str, payload: Value) -> Answer {
        self.emit(&[resource.into(), action.into(), payload]).await
    }

    /// The same with options.
    ///
    /// # Panics
    /// If the session ends before it answers.
    pub async fn call_with(
        &self,
        resource: &str,
        action: &str,
        payload: Value,
        options: Value,
    ) -> Answer {
        self.emit(&[resource.into(), action.into(), payload, options])
            .await
    }

    /// Sends an event of any arguments, its name first. It is sent at once, also if the answer is not
    /// awaited: requests that are made one after the other are sent in that order.
    ///
    /// # Panics
    /// If the session ends before it answers.
    pub fn emit(&self, arguments: &[Value]) -> impl Future<Output = Answer> + Send + use<> {
        let ack = self.connection.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        lock(&self.connection.answers).insert(ack, sender);
        let text = Value::from(arguments).to_string().into();
        let taken = self.connection.session.push(Job {
            text,
            ack: Some(ack),
            binary: false,
        });
        // The connection must live as long as somebody waits.
        let connection = Arc::clone(&self.connection);
        async move {
            if let Err(refused) = taken {
                panic!("the session takes no request: {refused:?}");
            }
            let answer = receiver.await;
            drop(connection);
            answer.unwrap_or_else(|_| panic!("the session ended before it answered"))
        }
    }

    /// Sends an event without asking for an acknowledgement.
    pub fn send(&self, arguments: &[Value]) {
        let text = Value::from(arguments).to_string().into();
        // Whoever asks for no answer is told nothing.
        let _ = self.connection.session.push(Job {
            text,
            ack: None,
            binary: false,
        });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.session.close();
    }
}

/// The answer to one request: what a client's acknowledgement gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    outcome: Result<(Value, Value), Value>,
}

impl Answer {
    /// The result.
    ///
    /// # Panics
    /// If the request failed; the message holds the error.
    #[track_caller]
    pub fn result(&self) -> &Value {
        match &self.outcome {
            Ok((result, _)) => result,
            Err(error) => panic!("the request failed: {error}"),
        }
    }

    /// What is told about the result.
    ///
    /// # Panics
    /// If the request failed; the message holds the error.
    #[must_use]
    #[track_caller]
    pub fn meta(&self) -> &Value {
        match &self.outcome {
            Ok((_, meta)) => meta,
            Err(error) => panic!("the request failed: {error}"),
        }
    }

    /// The error.
    ///
    /// # Panics
    /// If the request succeeded; the message holds the result.
    #[must_use]
    #[track_caller]
    pub fn error(&self) -> &Value {
        match &self.outcome {
            Ok((result, _)) => panic!("the request succeeded: {result}"),
            Err(error) => error,
        }
    }

    /// Whether the request succeeded.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The three arguments of the acknowledgement: error, result, meta.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self.outcome.clone() {
            Ok((result, meta)) => Value::Array(vec![Value::Null, result, meta]),
            Err(error) => Value::Array(vec![error, Value::Null, Value::Null]),
        }
    }
}

struct TestOutlet {
    answers: Answers,
}

impl Outlet for TestOutlet {
    fn send(&mut self, answer: &Outgoing) -> Result<(), Blocked> {
        // Through the very text of the wire: it must be JSON, and three arguments.
        let ack = serde_json::to_value(Ack(&answer.reply, AckStyle::Three));
        let Ok(Value::Array(arguments)) = ack else {
            panic!("an acknowledgement is no list: {ack:?}");
        };
        let Ok([error, result, meta]) = <[Value; 3]>::try_from(arguments) else {
            panic!("an acknowledgement has not three arguments");
        };
        let outcome = if error.is_null() {
            Ok((result, meta))
        } else {
            Err(error)
        };
        if let Some(waiting) = lock(&self.answers).remove(&answer.ack) {
            // Nobody may wait any more.
            let _ = waiting.send(Answer { outcome });
        }
        Ok(())
    }

    fn close(&mut self, _reason: Closing) {
        // Whoever waits learns it by the end of the channel.
        lock(&self.answers).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
