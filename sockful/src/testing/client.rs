//! A client in the same process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

use super::Answer;
use crate::app::App;
use crate::error;
use crate::identity::{Caller, Head};
use crate::live::{Resume, Told};
use crate::protocol::{Ack, AckStyle, SOCKFUL};
use crate::session::{Blocked, Closing, Job, Outgoing, Outlet, Session};

/// So many notices wait for a client that does not listen; then it counts as one that does not read.
const NOTICES: usize = 4_096;

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
    /// What the server has said without being asked.
    notices: AsyncMutex<mpsc::Receiver<Value>>,
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
    pub(super) fn connect(
        app: &App,
        caller: Caller,
        head: Arc<Head>,
        resume: Option<Resume>,
    ) -> error::Result<Self> {
        let heard = Arc::new(Heard::default());
        let (told, closing) = watch::channel(None);
        let (said, notices) = mpsc::channel(NOTICES);
        let outlet = TestOutlet {
            heard: Arc::clone(&heard),
            said,
            told,
        };
        let session = app.open(caller, head, resume, outlet)?;
        let link = Link {
            session,
            next: AtomicI64::new(0),
            heard,
            notices: AsyncMutex::new(notices),
            closing,
        };
        Ok(Self {
            link: Arc::new(link),
        })
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

    /// Waits until the server says something without being asked, and answers the arguments of the event, its name first:
    /// `["sockful", "token_expiring", { .. }]`.
    ///
    /// # Panics
    /// If the session ends before that.
    pub async fn event(&self) -> Value {
        let notice = self.link.notices.lock().await.recv().await;
        notice.unwrap_or_else(|| panic!("the session ended before the server said anything"))
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
    said: mpsc::Sender<Value>,
    told: watch::Sender<Option<Closing>>,
}

impl Outlet for TestOutlet {
    fn send(&mut self, outgoing: &Outgoing) -> Result<(), Blocked> {
        let (ack, reply) = match outgoing {
            Outgoing::Answer { ack, reply } => (ack, reply),
            Outgoing::Notice(notice) | Outgoing::Told(Told::Notice(notice)) => {
                return self.say(SOCKFUL, notice);
            }
            Outgoing::Told(Told::Push(push)) => {
                return self.say(push.resource(), push.text());
            }
            Outgoing::Told(Told::Tell(tell)) => {
                return self.say(tell.event, &tell.text);
            }
        };
        let (style, count) = match self.heard.one.load(Ordering::Relaxed) {
            false => (AckStyle::Three, 3),
            true => (AckStyle::One, 1),
        };
        // Through the very text of the wire: it must be JSON, and so many arguments.
        let answer = serde_json::to_value(Ack(reply, style));
        let arguments = match answer {
            Ok(Value::Array(arguments)) if arguments.len() == count => arguments,
            other => panic!("an acknowledgement has not {count} arguments: {other:?}"),
        };
        if let Some(waiting) = self.heard.waiting().remove(ack) {
            // Nobody may wait any more.
            let _ = waiting.send(Answer::new(arguments));
        }
        Ok(())
    }

    fn close(&mut self, reason: Closing) {
        self.told.send_replace(Some(reason));
    }
}

impl TestOutlet {
    fn say(&self, name: &str, arguments: &impl Serialize) -> Result<(), Blocked> {
        // Through the very text of the wire: it must be a list.
        let text = serde_json::to_string(arguments);
        let arguments: Vec<Value> = match text.and_then(|text| serde_json::from_str(&text)) {
            Ok(arguments) => arguments,
            Err(error) => panic!("the arguments of {name} are no list: {error}"),
        };
        let mut event = vec![Value::from(name)];
        event.extend(arguments);
        self.said.try_send(event.into()).map_err(|full| match full {
            TrySendError::Full(_) => Blocked::Full,
            TrySendError::Closed(_) => Blocked::Gone,
        })
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
