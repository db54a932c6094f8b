//! Going on after an interruption: for each thing that a client was told about it is said whether nothing was missed, what was
//! is told, or all of it is told anew.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use tokio::time;

use super::missed::Replay;
use super::strategy::{follow_answer, resume_all};
use super::subscriber::{Join, Subscriber};
use crate::action::{Act, Asker, Since, decode, dispatch, route};
use crate::app::App;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::limits::{self, Limit, SOON};
use crate::protocol::{Notice, Reply, Request};
use crate::resource::Push;

/// What a client says that it has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resume {
    epoch: String,
    subs: Vec<Sub>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sub {
    resource: String,
    watch: Option<String>,
    query: Option<Box<RawValue>>,
    id: Option<Box<RawValue>>,
    view: Option<String>,
    pos: u64,
}

impl Resume {
    /// What a client says in its `auth` payload, if it does.
    ///
    /// # Errors
    /// BadRequest `invalid_resume`.
    pub(crate) fn of_auth(auth: Option<&str>) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Auth<'a> {
            #[serde(borrow)]
            resume: Option<&'a RawValue>,
        }
        let auth = auth.map(serde_json::from_str::<Auth<'_>>);
        // Whatever else it is, it is for the app.
        let said = auth.and_then(|auth| auth.ok()?.resume);
        let said = said.filter(|it| it.get() != "null");
        said.map(|it| Self::parse(it.get())).transpose()
    }

    /// Reads what a client says that it has.
    ///
    /// # Errors
    /// BadRequest `invalid_resume`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|_| {
            let message =
                "expected { epoch, subs: [{ watch, resource, query, view, pos }] } as answers have told them";
            Error::bad_request(message).reason("invalid_resume")
        })
    }
}

/// About so many bytes are said of each beside its records.
const BESIDE: usize = 512;

/// What becomes of each, and what the client is to be told about from then on.
///
/// # Errors
/// TooManyRequests `too_many_watches`; Timeout. What is wrong with one of them is told in its place.
pub(crate) async fn resume(
    app: &App,
    caller: &Caller,
    subscriber: &Arc<Subscriber>,
    resume: &Resume,
) -> Result<(Json, Vec<Join>)> {
    let most = app.config().max_watches + app.config().max_interest;
    if resume.subs.len() > most {
        return Err(limits::refuse(Limit::Watches, SOON, app.meters()));
    }
    let decided = decide(app, caller, subscriber, resume);
    let decided = time::timeout(app.config().call_timeout, decided).await;
    decided.map_err(|_| Error::timeout("this took too long, and was not done"))?
}

async fn decide(
    app: &App,
    caller: &Caller,
    subscriber: &Arc<Subscriber>,
    resume: &Resume,
) -> Result<(Json, Vec<Join>)> {
    let config = app.config();
    let mut subs = Vec::with_capacity(resume.subs.len());
    let mut joins: Vec<Join> = Vec::new();
    // A position of another life of the log says nothing.
    let is_same_log = *resume.epoch == *app.live().epoch();
    let mut room = Room {
        answer: config.max_answer,
        pushes: config.push_bytes.min(config.max_answer),
    };
    for sub in &resume.subs {
        room.answer = room.answer.saturating_sub(BESIDE);
        let going_on = GoingOn {
            app,
            caller,
            subscriber,
            sub,
            is_same_log: is_same_log && app.live().has_reached(app, sub.pos).await?,
            room: &mut room,
        };
        let decided = going_on.decide().await.and_then(|(outcome, more)| {
            let subjects = || joins.iter().map(|join| &join.ticket.view().subject);
            let is_told = |join: &Join| subjects().any(|it| *it == join.ticket.view().subject);
            if more.iter().any(is_told) {
                let message = "this is named twice";
                return Err(Error::bad_request(message).reason("invalid_resume"));
            }
            joins.extend(more);
            Ok(outcome)
        });
        let outcome = decided.unwrap_or_else(|error| json!({ "error": error.report() }));
        subs.push(sub.told(outcome));
    }
    let told = json!({ "epoch": &*app.live().epoch(), "subs": subs });
    Ok((told, joins))
}

/// The same for a client that has just connected: it is told by a notice, before any push.
pub(crate) async fn resume_at_once(app: &App, subscriber: &Arc<Subscriber>, wanted: &Resume) {
    let caller = subscriber.caller();
    let resumed = async {
        let _counted = app.limits().call(&caller, app.meters())?;
        resume(app, &caller, subscriber, wanted).await
    };
    match resumed.await {
        Ok((told, joins)) => {
            subscriber.notice(Notice::new("resumed", &told));
            joins.into_iter().for_each(|join| subscriber.join(join));
        }
        Err(error) => {
            let told = json!({ "error": error.report() });
            subscriber.notice(Notice::new("resumed", &told));
        }
    }
}

/// How many bytes may still be told.
struct Room {
    /// Of records.
    answer: usize,
    /// Of what was missed.
    pushes: usize,
}

impl Sub {
    /// What is told about it, with what it is.
    fn told(&self, mut outcome: Json) -> Json {
        if let Json::Object(told) = &mut outcome {
            told.insert("resource".into(), json!(self.resource));
            if let Some(watch) = &self.watch {
                // The same question may have another id by now.
                told.entry("watch").or_insert_with(|| json!(watch));
            }
            if let Some(id) = &self.id {
                told.insert("id".into(), json!(id));
            }
        }
        outcome
    }
}

/// One thing on its way.
struct GoingOn<'a> {
    app: &'a App,
    caller: &'a Caller,
    subscriber: &'a Arc<Subscriber>,
    sub: &'a Sub,
    is_same_log: bool,
    room: &'a mut Room,
}

/// What is said of it, and what the client is to be told about.
type Decided = (Json, Vec<Join>);

impl GoingOn<'_> {
    async fn decide(mut self) -> Result<Decided> {
        if self.room.answer == 0 {
            return Err(Error::answer_too_large(self.app.config().max_answer));
        }
        let Sub {
            resource,
            query,
            id,
            view,
            pos,
            ..
        } = self.sub;
        match (&self.sub.watch, id) {
            (Some(_), None) => {
                let payload = query.as_ref().map_or("{}", |query| query.get());
                let since = view.clone().filter(|_| self.is_same_log);
                let since = since.map(|view| Since {
                    pos: *pos,
                    view,
                    room: self.room.pushes,
                });
                self.watch(resource, payload, since).await
            }
            (None, Some(id)) => self.record(resource, id.get()).await,
            (None, None) => self.all(resource).await,
            (Some(_), Some(_)) => {
                let message = "a watch has a query, and a record an id: not both";
                Err(Error::bad_request(message).reason("invalid_resume"))
            }
        }
    }

    /// Makes room for a reply.
    ///
    /// # Errors
    /// If all that is resumed would be more than one answer holds.
    fn fits(&mut self, reply: &Reply) -> Result<()> {
        let most = self.app.config().max_answer;
        let left = self.room.answer.checked_sub(reply.len());
        // What comes behind one that does not fit is not even read.
        self.room.answer = left.unwrap_or(0);
        left.map(|_| ())
            .ok_or_else(|| Error::answer_too_large(most))
    }

    async fn watch(
        &mut self,
        resource: &str,
        payload: &str,
        since: Option<Since>,
    ) -> Result<Decided> {
        let asker = Asker::new(self.subscriber);
        let text = format!("[{},\"watch\",{payload}]", json!(resource));
        let request = Request::parse(text.into())?;
        let place = route(self.app, &request)?.resource()?;
        let mut call = decode(self.app, self.caller, &request, place)?;
        call.asker = Some(asker);
        if let Act::Watch { since: of, .. } = &mut call.act {
            *of = since;
        }
        let answer = dispatch(&mut call).await?;
        let known = answer.meta.several.as_ref().and_then(|it| it.resumed);
        let reply = Reply::of(call.schema(), answer);
        self.fits(&reply)?;
        let (result, meta) = parts(&reply)?;
        let joins: Vec<_> = call.asker.iter().flat_map(Asker::take).collect();
        let missed = joins.iter().filter_map(|join| join.replay.as_ref());
        self.room.pushes -= missed.map(Replay::size).sum::<usize>();
        let (pos, view, watch) = (&meta["pos"], &meta["view"], &result["watch"]);
        let outcome = match known {
            Some(0) => json!({ "outcome": "nothing", "watch": watch, "pos": pos, "view": view }),
            Some(n) => json!({ "outcome": "replayed", "watch": watch, "n": n, "view": view }),
            None => json!({
                "outcome": "reset", "watch": watch, "pos": pos, "view": view,
                "records": result["records"], "revs": meta["revs"],
            }),
        };
        Ok((outcome, joins))
    }

    async fn record(&mut self, resource: &str, id: &str) -> Result<Decided> {
        let asker = Asker::new(self.subscriber);
        let text = format!("[{},\"get\",{id}]", json!(resource));
        let request = Request::parse(text.into())?;
        let place = route(self.app, &request)?.resource()?;
        let mut call = decode(self.app, self.caller, &request, place)?;
        call.asker = Some(asker);
        let before = self.app.live().now(self.app).await?;
        let mut answer = match dispatch(&mut call).await {
            Ok(answer) => answer,
            // Gone, or no longer to be seen.
            Err(error) if error.code() == 404 => {
                let gone = json!({ "outcome": "reset", "records": [], "pos": before });
                return Ok((gone, Vec::new()));
            }
            Err(error) => return Err(error),
        };
        if call.schema().push != Push::Interest {
            return Err(Error::not_pushed(call.schema().name));
        }
        follow_answer(&call, &mut answer, before).await;
        if answer.meta.is_full {
            return Err(limits::refuse(Limit::Watches, SOON, self.app.meters()));
        }
        let rev = answer.meta.rev.unwrap_or_default();
        let reply = Reply::of(call.schema(), answer);
        self.fits(&reply)?;
        let (record, _) = parts(&reply)?;
        let joins = call.asker.iter().flat_map(Asker::take).collect();
        let pos = before.max(rev);
        let outcome = if self.is_same_log && rev <= self.sub.pos {
            json!({ "outcome": "nothing", "pos": pos })
        } else {
            json!({ "outcome": "reset", "records": [record], "revs": [rev], "pos": pos })
        };
        Ok((outcome, joins))
    }

    async fn all(&mut self, resource: &str) -> Result<Decided> {
        let registry = self.app.registry();
        let place = registry.place(resource).ok_or_else(|| {
            Error::not_found("there is no resource of this name").reason("unknown_resource")
        })?;
        let resource = registry.at(place);
        if resource.schema().push != Push::All {
            return Err(Error::not_pushed(resource.schema().name));
        }
        let mut cx = Cx::new(self.app.clone(), self.caller.clone());
        let standing = self.subscriber.standing();
        cx.learn_user().await?;
        let since = self.sub.view.clone().filter(|_| self.is_same_log);
        let since = since.map(|view| Since {
            pos: self.sub.pos,
            view,
            room: self.room.pushes,
        });
        let (join, view) = resume_all(&cx, resource, since, standing).await?;
        let outcome = match &join.replay {
            Some(replay) => {
                self.room.pushes -= replay.size();
                match replay.pushes.len() {
                    0 => json!({ "outcome": "nothing", "pos": replay.pos, "view": view }),
                    n => json!({ "outcome": "replayed", "n": n, "view": view }),
                }
            }
            None => json!({ "outcome": "reset", "pos": join.from, "view": view }),
        };
        Ok((outcome, vec![join]))
    }
}

/// The result and the meta of an answer.
fn parts(reply: &Reply) -> Result<(Json, Json)> {
    match reply {
        Reply::Done { text, meta } => {
            let read = |text: &str| serde_json::from_str(text).map_err(Error::internal);
            Ok((read(&text[..*meta])?, read(&text[*meta..])?))
        }
        Reply::Failed { error, .. } => Err(Error::internal(error.clone())),
    }
}
