//! Random forests against a model of plain maps: creates, moves and destroys under each `on_destroy`, one after the other with the
//! model's very answers, and from several sides at once with nothing dangling in the end.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::*;

/// Related to three others of its kind.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Node {
    id: String,
    #[resource(parent = Node, on_destroy = cascade)]
    parent_id: Option<String>,
    #[resource(parent = Node, on_destroy = restrict, child = "guarded")]
    guard_id: Option<String>,
    #[resource(parent = Node, on_destroy = detach, child = "fan")]
    idol_id: Option<String>,
}

const FIELDS: [&str; 3] = ["parent_id", "guard_id", "idol_id"];
const IDS: usize = 24;

/// Whom each node names, by the places of [`FIELDS`].
type Forest = BTreeMap<String, [Option<String>; 3]>;

/// What is asked.
#[derive(Debug)]
enum Deed {
    Create(String, [Option<String>; 3]),
    Move(String, usize, Option<String>),
    Destroy(String),
}

impl Deed {
    fn draw(rng: &mut Rng) -> Self {
        let id = |rng: &mut Rng| rng.usize(..IDS).to_string();
        match rng.usize(..10) {
            0..4 => {
                let names = [(); 3].map(|()| (rng.usize(..3) == 0).then(|| id(rng)));
                Self::Create(id(rng), names)
            }
            4..8 => Self::Move(
                id(rng),
                rng.usize(..3),
                (rng.usize(..8) > 0).then(|| id(rng)),
            ),
            _ => Self::Destroy(id(rng)),
        }
    }

    async fn ask(&self, client: &TestClient) -> Result<(), String> {
        let (action, payload) = match self {
            Self::Create(id, names) => {
                let mut record = json!({ "id": id });
                for (field, name) in FIELDS.into_iter().zip(names) {
                    record[field] = json!(name);
                }
                ("create", record)
            }
            Self::Move(id, field, name) => {
                let mut record = json!({ "id": id });
                record[FIELDS[*field]] = json!(name);
                ("update", record)
            }
            Self::Destroy(id) => ("destroy", json!(id)),
        };
        let answer = client.call("node", action, payload).await;
        match answer.to_json() {
            Value::Array(parts) if !parts[0].is_null() => {
                Err(parts[0]["reason"].as_str().unwrap_or_default().to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What the model makes of it.
    fn model(&self, forest: &mut Forest) -> Result<(), String> {
        let refused = |reason: &str| Err(reason.to_owned());
        match self {
            Self::Create(id, names) => {
                if names
                    .iter()
                    .flatten()
                    .any(|name| !forest.contains_key(name))
                {
                    return refused("no_parent");
                }
                if forest.contains_key(id) {
                    return refused("exists");
                }
                forest.insert(id.clone(), names.clone());
            }
            Self::Move(id, field, name) => {
                let Some(node) = forest.get(id) else {
                    return refused("not_found");
                };
                if let Some(name) = name
                    && node[*field].as_ref() != Some(name)
                {
                    if !forest.contains_key(name) {
                        return refused("no_parent");
                    }
                    let mut at = Some(name);
                    while let Some(name) = at {
                        if name == id {
                            return refused("cycle");
                        }
                        at = forest[name][*field].as_ref();
                    }
                }
                forest.get_mut(id).expect("it is there")[*field].clone_from(name);
            }
            Self::Destroy(id) => {
                if !forest.contains_key(id) {
                    return refused("not_found");
                }
                let mut going = BTreeSet::from([id.clone()]);
                loop {
                    let below = forest.iter().filter(|(_, names)| {
                        names[0].as_ref().is_some_and(|it| going.contains(it))
                    });
                    let below: Vec<_> = below.map(|(id, _)| id.clone()).collect();
                    let before = going.len();
                    going.extend(below);
                    if going.len() == before {
                        break;
                    }
                }
                let names = |names: &[Option<String>; 3], field: usize| {
                    names[field].as_ref().is_some_and(|it| going.contains(it))
                };
                if forest
                    .iter()
                    .any(|(id, it)| !going.contains(id) && names(it, 1))
                {
                    return refused("restricted");
                }
                for node in forest.values_mut() {
                    if names(node, 2) {
                        node[2] = None;
                    }
                }
                forest.retain(|id, _| !going.contains(id));
            }
        }
        Ok(())
    }
}

/// What is stored.
async fn stored(client: &TestClient) -> Forest {
    let answer = client.call("node", "all", json!({ "$limit": 1_000 })).await;
    let nodes = answer.result().as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let nodes = nodes.iter().map(|node| {
        let id = text(&node["id"]).expect("an id");
        (id, FIELDS.map(|field| text(&node[field])))
    });
    nodes.collect()
}

async fn nodes() -> TestApp {
    support::app(|app| app.resource::<Node>()).await
}

#[tokio::test]
async fn random_trees_are_those_of_the_model() {
    for seed in 0..10 {
        let (app, mut rng, mut forest) = (nodes().await, Rng::with_seed(seed), Forest::new());
        let client = app.anonymous();
        let mut done = 0;
        for step in 0..300 {
            let deed = Deed::draw(&mut rng);
            let answer = deed.ask(&client).await;
            assert_eq!(
                answer,
                deed.model(&mut forest),
                "seed {seed}, step {step}: {deed:?}"
            );
            done += usize::from(answer.is_ok());
            if step % 20 == 19 {
                assert_eq!(stored(&client).await, forest, "seed {seed}, step {step}");
            }
        }
        assert!(done > 30, "{done}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_trees_that_several_change_at_once_have_nothing_dangling() {
    let app = nodes().await;
    let writers = (0..6).map(|seed| {
        let client = app.anonymous();
        tokio::spawn(async move {
            let mut rng = Rng::with_seed(seed);
            let mut done = 0;
            for _ in 0..150 {
                done += usize::from(Deed::draw(&mut rng).ask(&client).await.is_ok());
            }
            done
        })
    });
    let mut done = 0;
    for writer in writers.collect::<Vec<_>>() {
        done += writer.await.expect("a writer");
    }
    assert!(done > 150, "{done}");
    let forest = stored(&app.anonymous()).await;
    for (id, names) in &forest {
        for (field, name) in names.iter().enumerate() {
            let mut at = name.as_ref();
            let mut steps = 0;
            while let Some(name) = at {
                let next = forest
                    .get(name)
                    .unwrap_or_else(|| panic!("{id} names {name}, which is not there"));
                at = next[field].as_ref();
                steps += 1;
                assert!(steps <= IDS, "{id} is its own ancestor");
            }
        }
    }
}
