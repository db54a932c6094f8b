//! Clients that come back with what nobody has given them: each gets one clear answer, and learns nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{Answer, TestClient};

use super::house::User;
use super::resume::{resume, sub};
use super::*;

/// Told to everybody who may read it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = all)]
#[policy(user = User, read(team == user.team), write(true))]
struct Order {
    id: String,
    team: String,
}

/// Told to who was answered it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = interest)]
#[policy(user = User, read(team == user.team), write(true))]
struct Sheet {
    id: String,
    team: String,
}

/// Ann, of the red team, has watched its note, and was told of its order and its sheet.
struct Scene {
    house: House,
    ann: TestClient,
    watched: Answer,
    view_of_orders: Value,
}

impl Scene {
    async fn new() -> Self {
        let parts = |app: sockful::AppBuilder| app.resource::<Order>().resource::<Sheet>();
        let house = House::with(|_| {}, parts).await;
        let ann = house.of_team("ann", "red").await;
        let joined = hears(&ann).await;
        let watched = ann.call("note", "watch", json!({})).await;
        let (id, team) = ("secret".to_owned(), "red".to_owned());
        house.note("secret", "red").await;
        let cx = house.app.app().system();
        let order = Order {
            id: id.clone(),
            team: team.clone(),
        };
        cx.create(order).await.unwrap();
        cx.create(Sheet { id, team }).await.unwrap();
        let got = ann.call("sheet", "get", json!("secret")).await;
        got.result();
        let told = house.brief(&ann).await;
        assert_eq!(told, ["enter secret", "create secret"]);
        Self {
            house,
            ann,
            watched,
            view_of_orders: joined[2]["subs"][0]["view"].clone(),
        }
    }

    /// What Ann has.
    fn subs(&self) -> [Value; 3] {
        let pos = &self.watched.meta()["pos"];
        [
            sub("note", &json!({}), &self.watched),
            json!({ "resource": "order", "pos": pos, "view": self.view_of_orders }),
            json!({ "resource": "sheet", "id": "secret", "pos": pos }),
        ]
    }

    /// Comes as somebody of another team with this, at once and by a call: what each of them is told.
    async fn stranger(&self, key: &str, resume: &Value) -> [Value; 2] {
        let at_once = json!({ "resume": resume });
        let nobody = self.house.app.handshake().auth(&at_once).connect().await;
        let at_once = hears(&nobody.expect("it may connect")).await;
        assert_eq!(at_once[1], "resumed");
        let bob = self.house.of_team(key, "blue").await;
        hears(&bob).await;
        let called = bob.call("sockful", "resume", resume.clone()).await;
        // Whatever becomes of the red team is not for either of them.
        for event in self.house.told(&bob).await {
            assert!(!event.to_string().contains("secret"), "{event}");
        }
        [at_once[2].clone(), called.result().clone()]
    }
}

#[tokio::test]
async fn with_what_somebody_else_has_one_learns_nothing() {
    let scene = Scene::new().await;
    let has = resume(&scene.watched, &scene.subs());
    for told in scene.stranger("bob", &has).await {
        let subs = told["subs"].as_array().unwrap();
        let outcomes: Vec<_> = subs.iter().map(|sub| sub["outcome"].as_str()).collect();
        assert_eq!(outcomes, [Some("reset"); 3], "{told}");
        assert_eq!(subs[0]["records"], json!([]));
        assert!(subs[1].get("records").is_none() || subs[1]["records"] == json!([]));
        assert_eq!(subs[2]["records"], json!([]));
        let views = [&subs[0]["view"], &subs[1]["view"]];
        assert_ne!(views[0], &scene.watched.meta()["view"]);
        assert_ne!(views[1], &scene.view_of_orders);
        // It is said of which record one has asked, and of no other thing what it is.
        assert!(!told.to_string().contains("red"), "{told}");
    }
    // A record that there is not is answered like one that one may not read.
    let mut none = scene.subs();
    none[2]["id"] = json!("nothing");
    let [known, unknown] = [scene.subs(), none].map(|it| resume(&scene.watched, &it[2..]));
    let known = scene.stranger("cy", &known).await;
    let unknown = scene.stranger("dot", &unknown).await;
    for (known, mut unknown) in known.into_iter().zip(unknown) {
        unknown["subs"][0]["id"] = json!("secret");
        // Users have joined meanwhile.
        unknown["subs"][0]["pos"] = known["subs"][0]["pos"].clone();
        assert_eq!(known, unknown);
    }
    // And Ann goes on.
    let resumed = scene.ann.call("sockful", "resume", has).await;
    let subs = resumed.result()["subs"].as_array().unwrap();
    let outcomes: Vec<_> = subs.iter().map(|sub| &sub["outcome"]).collect();
    assert_eq!(outcomes, ["replayed", "replayed", "reset"]);
}

#[tokio::test]
async fn positions_that_were_never_given_are_begun_anew() {
    let scene = Scene::new().await;
    let mut subs = scene.subs();
    subs.iter_mut().for_each(|sub| sub["pos"] = json!(u64::MAX));
    let of_no_life = json!({ "epoch": "foreign", "subs": scene.subs() });
    for has in [resume(&scene.watched, &subs), of_no_life] {
        let resumed = scene.ann.call("sockful", "resume", has.clone()).await;
        let told = resumed.result()["subs"].as_array().unwrap();
        let outcomes: Vec<_> = told.iter().map(|sub| &sub["outcome"]).collect();
        assert_eq!(outcomes, ["reset"; 3], "{has}");
        for sub in told {
            assert!(sub["pos"].as_u64() < Some(1_000), "{sub}");
        }
        assert_eq!(told[0]["records"][0]["id"], "secret");
        assert_eq!(resumed.result()["epoch"], scene.watched.meta()["epoch"]);
        // From there on she is told everything once.
        scene.house.writes("secret", &has.to_string()).await;
        assert_eq!(scene.house.brief(&scene.ann).await, ["update secret"]);
    }
}

#[tokio::test]
async fn what_is_no_resume_is_refused_as_a_whole() {
    let scene = Scene::new().await;
    let [watch, all, record] = scene.subs();
    let open = scene.house.open();
    let with = |sub: &Value, name: &str, value: Value| {
        let mut sub = sub.clone();
        sub[name] = value;
        json!({ "epoch": scene.watched.meta()["epoch"], "subs": [sub] })
    };
    let mut payloads = vec![
        json!([]),
        json!([1, 2]),
        json!("resume"),
        json!(7),
        json!({ "epoch": null, "subs": [] }),
        json!({ "epoch": 1, "subs": [] }),
        json!({ "epoch": "e", "subs": {} }),
        json!({ "epoch": "e", "subs": [null] }),
        json!({ "epoch": "e", "subs": [[]] }),
        json!({ "epoch": "e", "subs": [{}] }),
        json!({ "epoch": "e", "subs": [], "more": 1 }),
    ];
    for pos in [
        json!(null),
        json!(-1),
        json!(1.5),
        json!("5"),
        json!(1e30),
        json!([5]),
    ] {
        for sub in [&watch, &all, &record] {
            payloads.push(with(sub, "pos", pos.clone()));
        }
    }
    payloads.push(with(&watch, "resource", json!(1)));
    payloads.push(with(&watch, "watch", json!(1)));
    payloads.push(with(&watch, "view", json!({})));
    payloads.push(with(&watch, "more", json!(1)));
    for payload in payloads {
        let refused = scene.ann.call("sockful", "resume", payload.clone()).await;
        let error = refused.error();
        assert_eq!(
            (&error["code"], &error["reason"]),
            (&json!(400), &json!("invalid_resume")),
            "{payload}: {error}"
        );
        // Nobody who says so is let in.
        let connected = scene
            .house
            .app
            .handshake()
            .auth(&json!({ "resume": payload }));
        let refused = connected.connect().await.expect_err("it is refused");
        assert_eq!(refused["reason"], "invalid_resume", "{payload}");
    }
    assert_eq!(scene.house.open(), open, "what was watched goes on");
    assert_eq!(scene.house.brief(&scene.ann).await, [""; 0]);
}

#[tokio::test]
async fn what_is_wrong_with_the_id_of_a_record_is_told_in_its_place() {
    let scene = Scene::new().await;
    let [_, _, record] = scene.subs();
    let wrong = [
        json!(7),
        json!({ "$gt": "" }),
        json!([]),
        json!(null),
        json!("x".repeat(10_000)),
    ];
    let subs = wrong.map(|id| {
        let mut sub = record.clone();
        sub["id"] = id;
        sub
    });
    let count = subs.len();
    let has = resume(&scene.watched, &subs);
    let resumed = scene.ann.call("sockful", "resume", has).await;
    let told = resumed.result()["subs"].as_array().unwrap();
    assert_eq!(told.len(), count);
    for sub in told {
        let is_one = sub["error"].is_null() != sub["outcome"].is_null();
        assert!(is_one, "an outcome, or an error: {sub}");
        assert!(!sub["records"].to_string().contains("secret"), "{sub}");
        if let Some(code) = sub["error"]["code"].as_u64() {
            assert!((400..500).contains(&code), "{sub}");
        }
    }
}

#[tokio::test]
async fn nobody_makes_a_server_look_for_ten_thousand_things() {
    let scene = Scene::new().await;
    let before = scene.house.open();
    for sub in scene.subs() {
        let has = |count: usize| resume(&scene.watched, &vec![sub.clone(); count]);
        let refused = scene.ann.call("sockful", "resume", has(10_000)).await;
        let reason = &refused.error()["reason"];
        assert!(
            reason == "too_many_watches" || reason == "payload_too_large",
            "{refused:?}"
        );
        let at_once = |count: usize| {
            let shown = json!({ "resume": has(count) });
            let handshake = scene.house.app.handshake();
            async move { handshake.auth(&shown).connect().await }
        };
        let refused = at_once(10_000).await.expect_err("so much is not read");
        assert_eq!(refused["reason"], "payload_too_large");
        // Of as many as are read.
        let refused = scene.ann.call("sockful", "resume", has(1_300)).await;
        assert_eq!(refused.error()["reason"], "too_many_watches");
        let client = at_once(1_300).await.expect("it may connect");
        let told = hears(&client).await;
        assert_eq!(told[1], "resumed");
        assert_eq!(told[2]["error"]["reason"], "too_many_watches", "{told}");
        client.disconnect().await;
    }
    scene.house.holds(before).await;
}

#[tokio::test]
async fn the_same_watch_named_again_and_again_is_one_watch() {
    let scene = Scene::new().await;
    let before = scene.house.open();
    for sub in scene.subs() {
        let has = resume(&scene.watched, &[sub.clone(), sub.clone(), sub.clone()]);
        let resumed = scene.ann.call("sockful", "resume", has).await;
        let told = resumed.result()["subs"].as_array().unwrap();
        assert_eq!(told.len(), 3, "an answer to each");
        for outcome in told {
            assert!(
                outcome["outcome"].is_null() != outcome["error"].is_null(),
                "{outcome}"
            );
        }
        assert!(told[0]["error"].is_null(), "{:?}", told[0]);
        scene.house.told(&scene.ann).await;
    }
    scene.house.holds(before).await;
    // What happens then is told once.
    scene.house.writes("secret", "new").await;
    let cx = scene.house.app.app().system();
    let id = "other".to_owned();
    cx.create(Order {
        id,
        team: "red".to_owned(),
    })
    .await
    .unwrap();
    let told = scene.house.brief(&scene.ann).await;
    assert_eq!(told, ["update secret", "create other"]);
}
