//! A client in the same process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{oneshot, watch};

use super::Answer;
use crate::app::App;
use crate::identity::Caller;
use crate::protocol::{Ack, AckStyle};
use crate::session::{Blocked, Closing, Job, Outgoing, Outlet, Session};

/// A connected client. Its session ends when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct TestClient {
    link: Arc<Link>,
}

/// What the clones of a client share.
#[derive(Debug)]
struct Link {
    session: Session,
    next: AtomicI64,
    heard: Arc<Heard>,
    /// Why the server has ended the session; closed once it has ended.
    closing: watch::Receiver<Option<Closing>>,
}

/// What the client shares with the end of the session that speaks to it.
#[derive(Debug, Default)]
struct Heard {
    /// Who waits for which acknowledgement.
    waiting: Mutex<HashMap<i64, oneshot::Sender<Answer>>>,
    /// Whether the client wants one argument.
    one: AtomicBool,
}

impl TestClient {
    pub(super) fn connect(app: &App, caller: Caller) -> Self {
        let heard = Arc::new(Heard::default());
        let (told, closing) = watch::channel(None);
        let outlet = TestOutlet {
            heard: Arc::clone(&heard),
            told,
        };
        let session = app.open(caller, outlet);
        let link = Link {
            session,
            next: AtomicI64::new(0),
            heard,
            closing,
        };
        Self {
            link: Arc::new(link),
        }
    }

    /// The same client, as if it had connected with `auth: { ack: 'one' }`: its answers are one argument.
    #[must_use]
    pub fn ack_one(self) -> Self {
        self.link.heard.one.store(true, Ordering::Relaxed);
        self
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
        let ack = self.link.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.link.heard.waiting().insert(ack, sender);
        let text = Value::from(arguments).to_string().into();
        let taken = self.link.session.push(Job {
            text,
            ack: Some(ack),
            binary: false,
        });
        // The session must live as long as somebody waits.
        let link = Arc::clone(&self.link);
        async move {
            if let Err(refused) = taken {
                panic!("the session takes no request: {refused:?}");
            }
            let answer = receiver.await;
            drop(link);
            answer.unwrap_or_else(|_| panic!("the session ended before it answered"))
        }
    }

    /// Sends an event without asking for an acknowledgement.
    pub fn send(&self, arguments: &[Value]) {
        let text = Value::from(arguments).to_string().into();
        // Whoever asks for no answer is told nothing.
        let _ = self.link.session.push(Job {
            text,
            ack: None,
            binary: false,
        });
    }

    /// Waits until the server ends the session, and answers the reason it gives: `shutdown`, `overloaded`, and
    /// so on.
    ///
    /// # Panics
    /// If the client has [disconnected](Self::disconnect) by itself.
    pub async fn closing(&self) -> String {
        let mut closing = self.link.closing.clone();
        match closing.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(reason)) => reason.reason().to_owned(),
            Ok(None) | Err(_) => panic!("the client has disconnected by itself"),
        }
    }

    /// Leaves, whatever is still running for this client and all its clones, and waits until the server has
    /// noticed. What is sent afterwards, or still waits for an answer, panics.
    pub async fn disconnect(&self) {
        self.link.session.close();
        let mut closing = self.link.closing.clone();
        // Until the session is dropped, and with it the other end.
        while closing.changed().await.is_ok() {}
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.session.close();
    }
}

/// Where the answers of a session leave.
struct TestOutlet {
    heard: Arc<Heard>,
    told: watch::Sender<Option<Closing>>,
}

impl Outlet for TestOutlet {
    fn send(&mut self, answer: &Outgoing) -> Result<(), Blocked> {
        let (style, count) = match self.heard.one.load(Ordering::Relaxed) {
            false => (AckStyle::Three, 3),
            true => (AckStyle::One, 1),
        };
        // Through the very text of the wire: it must be JSON, and so many arguments.
        let ack = serde_json::to_value(Ack(&answer.reply, style));
        let arguments = match ack {
            Ok(Value::Array(arguments)) if arguments.len() == count => arguments,
            other => panic!("an acknowledgement has not {count} arguments: {other:?}"),
        };
        if let Some(waiting) = self.heard.waiting().remove(&answer.ack) {
            // Nobody may wait any more.
            let _ = waiting.send(Answer::new(arguments));
        }
        Ok(())
    }

    fn close(&mut self, reason: Closing) {
        self.told.send_replace(Some(reason));
    }
}

impl Drop for TestOutlet {
    fn drop(&mut self) {
        // Whoever waits learns it by the end of the channel.
        self.heard.waiting().clear();
    }
}

impl Heard {
    fn waiting(&self) -> MutexGuard<'_, HashMap<i64, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
