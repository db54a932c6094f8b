//! A session whose app has hooks for it: they run beside it, and none of them is broken off because the client goes.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Counted;
use crate::action::follow_up;
use crate::app::App;
use crate::cx::Cx;
use crate::hooks::{SessionHook, SessionInfo};
use crate::identity::Caller;
use crate::limits::Seat;
use crate::protocol::SOCKFUL;

/// The two ends of a session that its hooks wait for.
pub(super) struct Visit {
    /// Ends when the hooks of the beginning have run: until then no request is answered.
    pub(super) greeted: oneshot::Receiver<()>,
    /// Who the client was when it went.
    pub(super) left: oneshot::Sender<Left>,
}

/// What a session leaves that has ended.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) caller: Caller,
    /// Its place, which it keeps until its hooks have run.
    pub(super) seat: Seat,
}

impl Visit {
    /// Begins a visit, where the app has hooks for it.
    pub(super) fn begin(app: &App, caller: &Caller, session: SessionInfo) -> Option<Self> {
        if app.session_hooks().is_empty() {
            return None;
        }
        let (greet, greeted) = oneshot::channel();
        let (left, gone) = oneshot::channel::<Left>();
        let (of, caller) = (app.clone(), caller.clone());
        app.spawn(async move {
            let hooks = of.session_hooks();
            run(&of, &hooks.connected, caller.clone(), &session).await;
            // A client that has gone meanwhile is not waiting.
            let _ = greet.send(());
            let (caller, seat) = match gone.await {
                Ok(Left { caller, seat }) => (caller, Some(seat)),
                Err(_) => (caller, None),
            };
            run(&of, &hooks.disconnected, caller, &session).await;
            drop(seat);
        });
        Some(Self { greeted, left })
    }
}

/// Runs hooks one after the other, whatever becomes of each.
async fn run(app: &App, hooks: &[SessionHook], caller: Caller, session: &SessionInfo) {
    if hooks.is_empty() {
        return;
    }
    let _counted = Counted::new(Arc::clone(&app.gauges().following));
    // What these hooks call waits for hooks of its own, which so need no place: there are no more than sessions.
    let mut cx = Cx::new(app.clone(), caller).afterwards();
    if let Err(error) = cx.learn_user().await {
        tracing::debug!(
            reason = error.outcome(),
            "hooks of a session know nothing of its user"
        );
    }
    for hook in hooks {
        follow_up(&cx, SOCKFUL, || Some(hook.run(&cx, session))).await;
    }
}
