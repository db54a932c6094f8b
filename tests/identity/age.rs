//! How long what is known of users is believed, where nobody tells that it has changed.

use std::sync::atomic::AtomicBool;

use tokio::time::advance;

use super::*;

/// What another program knows of users: whether they are admins, or nothing at all.
#[derive(Clone, Default)]
struct Directory {
    admin: Arc<AtomicBool>,
    gone: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Clerk {
    admin: bool,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated, remote)]
struct Desk {
    id: String,
}

#[remote]
impl Desk {
    #[remote(read)]
    fn is_admin(cx: &Cx) -> bool {
        cx.user::<Clerk>().is_some_and(|clerk| clerk.admin)
    }
}

async fn office(max_age: Option<Duration>) -> (TestApp, Directory) {
    let directory = Directory::default();
    let mut config = Config::default();
    if let Some(max_age) = max_age {
        config.facts_max_age = max_age;
    }
    let app = App::builder()
        .store(store())
        .config(config)
        .state(directory.clone())
        .resource::<Desk>()
        .user(async |cx: Cx, _key: String| {
            let directory = cx.state::<Directory>();
            directory.asked.fetch_add(1, Ordering::SeqCst);
            let admin = directory.admin.load(Ordering::SeqCst);
            let gone = directory.gone.load(Ordering::SeqCst);
            Ok((!gone).then_some(Clerk { admin }))
        });
    let app = app.build().await.expect("an app");
    (TestApp::new(app), directory)
}

async fn is_admin(client: &TestClient) -> Value {
    let admin = client.call("desk", "is_admin", json!({})).await;
    admin.result().clone()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn what_another_program_has_changed_is_believed_after_five_minutes() {
    let (app, directory) = office(None).await;
    let (ann, again) = (app.login("ann"), app.login("ann"));
    assert_eq!(is_admin(&ann).await, false);
    directory.admin.store(true, Ordering::SeqCst);
    advance(5 * MINUTE - Duration::from_millis(1)).await;
    assert_eq!(is_admin(&ann).await, false);
    assert_eq!(directory.asked.load(Ordering::SeqCst), 1);
    advance(Duration::from_millis(1)).await;
    assert_eq!(is_admin(&ann).await, true);
    assert_eq!(is_admin(&again).await, true);
    assert_eq!(directory.asked.load(Ordering::SeqCst), 2);
    // And so on.
    directory.admin.store(false, Ordering::SeqCst);
    advance(5 * MINUTE).await;
    assert_eq!(is_admin(&again).await, false);
}

#[tokio::test(start_paused = true)]
async fn a_user_whom_another_program_has_removed_is_refused_and_comes_back() {
    let (app, directory) = office(None).await;
    let ann = app.login("ann");
    let cx = app.app().on_behalf_of("ann").await.expect("a user");
    assert_eq!(is_admin(&ann).await, false);
    directory.gone.store(true, Ordering::SeqCst);
    advance(5 * MINUTE).await;
    let refused = ann.call("desk", "is_admin", json!({})).await;
    assert_eq!(refused.error()["reason"], "user_refused");
    let refused = cx.count(Desk::query()).await.unwrap_err();
    assert_eq!(refused.reason_text(), "user_refused");
    directory.gone.store(false, Ordering::SeqCst);
    advance(5 * MINUTE).await;
    assert_eq!(is_admin(&ann).await, false);
    assert_eq!(cx.count(Desk::query()).await.expect("a count"), 0);
}

#[tokio::test(start_paused = true)]
async fn facts_of_any_age_are_believed_where_the_app_says_so() {
    let (app, directory) = office(Some(Duration::MAX)).await;
    let ann = app.login("ann");
    assert_eq!(is_admin(&ann).await, false);
    directory.admin.store(true, Ordering::SeqCst);
    advance(100_000 * MINUTE).await;
    assert_eq!(is_admin(&ann).await, false);
    app.app().reauthorise("ann");
    assert_eq!(is_admin(&ann).await, true);
    assert_eq!(directory.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn facts_of_no_age_are_loaded_for_each_call() {
    let (app, directory) = office(Some(Duration::ZERO)).await;
    let ann = app.login("ann");
    for calls in 1..10 {
        assert_eq!(is_admin(&ann).await, false);
        assert_eq!(directory.asked.load(Ordering::SeqCst), calls);
    }
}
