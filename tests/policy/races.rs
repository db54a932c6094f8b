//! Between the moment at which a policy is asked and the one at which the store commits, others change things.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Caps, Committed, Entry, Expect, Listing, LogRange, Opened, Store, StoreFuture, Stored,
    Transaction, Write,
};
use sockful::{Row, Value as Column};
use tokio::task::yield_now;

use super::*;

/// A store in which another program changes a record right before a commit, and whose commits take a while.
#[derive(Clone, Default)]
struct Busy(Arc<Inner>);

#[derive(Default)]
struct Inner {
    memory: Memory,
    /// Fields that the next commit finds changed in the record it writes, by their names.
    meddling: Mutex<Option<BTreeMap<&'static str, Column>>>,
}

impl Busy {
    /// The next commit comes just after this was set in its first record.
    fn meddle<const N: usize>(&self, fields: [(&'static str, Column); N]) {
        *self.0.meddling.lock().unwrap() = Some(BTreeMap::from(fields));
    }

    async fn app(&self) -> TestApp {
        let app = App::builder().store(self.clone()).resource::<Note>();
        let app = app.resource::<Member>().resource::<Plan>();
        let app = app.user(async |cx: Cx, id: String| {
            let admin = cx.count(Member::query().filter(filter!(|m: Member| m.user == id)));
            let admin = admin.await? > 0;
            Ok(Some(User { id, admin }))
        });
        let app = app.refresh::<Member>(|member| &member.user);
        TestApp::new(app.build().await.unwrap())
    }

    /// A note of Ann.
    async fn noted(&self) -> TestApp {
        let app = self.app().await;
        let note = json!({ "id": "note", "owner": "ann", "text": "ann's" });
        app.login("ann").call("note", "create", note).await.result();
        app
    }
}

impl Store for Busy {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.0.memory.open(schemas)
    }

    fn caps(&self) -> Caps {
        self.0.memory.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Column],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.0.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.0.memory.list(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        let memory = &self.0.memory;
        let meddling = self.0.meddling.lock().unwrap().take();
        Box::pin(async move {
            if let Some(fields) = meddling {
                let Write { schema, id, .. } = transaction.writes[0].clone();
                let stored = memory.get(&schema, &id).await?.expect("a record");
                let mut values = stored.row.values().to_vec();
                for (name, value) in fields {
                    values[schema.position(name).expect("a field")] = value;
                }
                let mut other = Transaction::default();
                other.writes.push(Write {
                    schema,
                    id,
                    expect: Expect::Rev(stored.rev),
                    row: Some(Row::new(values)),
                });
                memory.commit(other).await?;
            }
            for _ in 0..3 {
                yield_now().await;
            }
            memory.commit(transaction).await
        })
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.0.memory.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        self.0.memory.since(pos, limit)
    }
}

/// Whoever is one, is an admin.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Member {
    id: String,
    user: String,
}

#[remote]
impl Member {
    /// Ends the membership of somebody, and makes a plan as whoever calls.
    #[remote]
    async fn quit(cx: &Cx, id: String, plan: Option<String>) -> Result<()> {
        cx.destroy::<Self>(&id).await?;
        if let Some(id) = plan {
            cx.create(Plan { id }).await?;
        }
        Ok(())
    }
}

/// What admins make.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(true), write(user.admin))]
struct Plan {
    id: String,
}

fn text(text: &str) -> Column {
    Column::Text(text.into())
}

#[tokio::test]
async fn a_record_that_was_given_away_before_the_commit_is_not_changed() {
    for (action, payload) in [
        ("update", json!({ "id": "note", "text": "new" })),
        (
            "replace",
            json!({ "id": "note", "owner": "ann", "text": "new" }),
        ),
        ("destroy", json!("note")),
        ("sign", json!({ "id": "note" })),
    ] {
        let store = Busy::default();
        let app = store.noted().await;
        store.meddle([("owner", text("bob"))]);
        let refused = refusal(&app.login("ann"), action, payload).await;
        assert_eq!(refused["code"], 404, "{action}");
        let kept = result(&app.login("bob"), "get", json!("note")).await;
        assert_eq!(
            (&kept["owner"], &kept["text"]),
            (&json!("bob"), &json!("ann's")),
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_record_that_may_still_be_read_but_not_changed_is_forbidden() {
    let store = Busy::default();
    let app = store.noted().await;
    store.meddle([("owner", text("bob")), ("public", Column::Bool(true))]);
    let update = json!({ "id": "note", "text": "new" });
    let refused = refusal(&app.login("ann"), "update", update).await;
    assert_eq!(
        (&refused["code"], &refused["reason"]),
        (&json!(403), &json!("policy"))
    );
}

#[tokio::test]
async fn what_others_have_changed_counts_for_the_record_as_it_will_be() {
    let store = Busy::default();
    let app = store.noted().await;
    let share = json!({ "id": "note", "writer": "bob", "readers": ["bob"] });
    result(&app.login("ann"), "update", share).await;
    // Bob may change it as a writer, and by the time of the commit as its owner.
    store.meddle([("owner", text("bob")), ("writer", Column::Null)]);
    let update = json!({ "id": "note", "text": "bob's" });
    let done = result(&app.login("bob"), "update", update).await;
    assert_eq!(
        (&done["owner"], &done["text"]),
        (&json!("bob"), &json!("bob's"))
    );
    // Here he may as its owner. In the end he would be neither.
    store.meddle([("writer", text("bob")), ("owner", text("ann"))]);
    let given = json!({ "id": "note", "writer": "cy" });
    let refused = refusal(&app.login("bob"), "update", given).await;
    assert_eq!(refused["code"], 403);
}

#[tokio::test]
async fn a_method_runs_again_only_on_a_record_that_the_caller_may_change() {
    let store = Busy::default();
    let app = store.noted().await;
    store.meddle([("text", text("other"))]);
    let signed = result(&app.login("ann"), "sign", json!({ "id": "note" })).await;
    assert_eq!(signed, "other!");
}

/// Every change of the text is one that its author may make, of the record as it was at that very commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_commit_changes_what_the_policy_of_its_own_moment_refuses() {
    let store = Busy::default();
    let app = store.noted().await;
    let system = app.app().system();
    let changed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&changed);
    let mover = tokio::spawn(async move {
        let mut turn = 0;
        // Until there is enough to judge, whoever is faster.
        while turn < 200 || seen.load(Ordering::SeqCst) < 20 && turn < 100_000 {
            turn += 1;
            let owner = ["bob", "ann"][turn % 2];
            let id = "note".to_owned();
            let moved = system.update::<Note, _, _>(&id, |note| {
                owner.clone_into(&mut note.owner);
            });
            moved.await.unwrap();
        }
    });
    let ended = Arc::new(AtomicBool::new(false));
    let writers = ["ann", "bob"].map(|key| {
        let client = app.login(key);
        let (changed, ended) = (Arc::clone(&changed), Arc::clone(&ended));
        tokio::spawn(async move {
            let mut turn = 0;
            while !ended.load(Ordering::SeqCst) {
                turn += 1;
                let update = json!({ "id": "note", "text": format!("{key} {turn}") });
                let answer = client.call("note", "update", update).await;
                match answer.is_ok() {
                    true => {
                        changed.fetch_add(1, Ordering::SeqCst);
                    }
                    false => assert!(
                        [404, 409]
                            .map(Value::from)
                            .contains(&answer.error()["code"])
                    ),
                }
            }
        })
    });
    let moved = mover.await;
    ended.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    moved.unwrap();
    let schemas: Vec<_> = app.app().schemas().filter(|it| it.name == "note").collect();
    let [owner, text] = ["owner", "text"].map(|name| schemas[0].position(name).unwrap());
    let mut texts = 0;
    for entry in store.since(0, 1_000_000).await.unwrap() {
        for change in &entry.changes {
            let (Some(old), Some(new)) = (&change.old, &change.new) else {
                continue;
            };
            if old[text] == new[text] {
                continue;
            }
            texts += 1;
            let author = new[text].as_text().unwrap().split(' ').next();
            assert_eq!(old[owner].as_text(), author);
            assert_eq!(new[owner].as_text(), author);
        }
    }
    assert_eq!(texts, changed.load(Ordering::SeqCst));
    assert!(texts >= 20, "only {texts} changes");
}

#[tokio::test]
async fn what_is_known_of_a_user_between_two_calls_decides_the_second() {
    let app = Busy::default().app().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let plan = async |id: &str| {
        let made = ann.call("plan", "create", json!({ "id": id })).await;
        made.is_ok()
    };
    assert!(!plan("1").await);
    let member = json!({ "id": "m", "user": "ann" });
    bob.call("member", "create", member).await.result();
    assert!(plan("2").await);
    bob.call("member", "destroy", json!("m")).await.result();
    assert!(!plan("3").await);
    let gone = ann.call("plan", "destroy", json!("2")).await;
    assert_eq!(gone.error()["code"], 403);
}

#[tokio::test]
async fn a_create_right_behind_what_takes_the_right_away_is_refused() {
    for (action, payload) in [
        ("destroy", json!("m")),
        ("update", json!({ "id": "m", "user": "bob" })),
        ("replace", json!({ "id": "m", "user": "bob" })),
        ("quit", json!({ "id": "m" })),
    ] {
        let app = Busy::default().app().await;
        let ann = app.login("ann");
        let member = json!({ "id": "m", "user": "ann" });
        ann.call("member", "create", member).await.result();
        ann.call("plan", "create", json!({ "id": "before" }))
            .await
            .result();
        // Neither waits for the other's answer.
        let taken = ann.emit(&["member".into(), action.into(), payload]);
        let late = ann.emit(&["plan".into(), "create".into(), json!({ "id": "late" })]);
        let more = ann.emit(&["plan".into(), "create".into(), json!([{ "id": "more" }])]);
        assert!(taken.await.is_ok(), "{action}");
        for late in [late.await, more.await] {
            assert_eq!(late.error()["code"], 403, "{action}");
        }
        let plans = ann.call("plan", "all", json!({})).await;
        assert_eq!(ids(plans.result()), ["before"], "{action}");
    }
}

#[tokio::test]
async fn a_create_right_behind_what_gives_the_right_is_done() {
    let app = Busy::default().app().await;
    let ann = app.login("ann");
    let refused = ann.call("plan", "create", json!({ "id": "early" })).await;
    assert_eq!(refused.error()["code"], 403);
    let given = json!({ "id": "m", "user": "ann" });
    let given = ann.emit(&["member".into(), "create".into(), given]);
    let made = ann.emit(&["plan".into(), "create".into(), json!({ "id": "late" })]);
    assert!(given.await.is_ok());
    assert!(made.await.is_ok());
}

/// What a call does through its context is done with the facts it began with.
#[tokio::test]
async fn a_call_keeps_what_was_known_when_it_began() {
    let app = Busy::default().app().await;
    let ann = app.login("ann");
    let member = json!({ "id": "m", "user": "ann" });
    ann.call("member", "create", member).await.result();
    let left = json!({ "id": "m", "plan": "last" });
    ann.call("member", "quit", left).await.result();
    let after = ann.call("plan", "destroy", json!("last")).await;
    assert_eq!(after.error()["code"], 403);
}
