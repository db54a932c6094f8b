//! Boxes in boxes, each as visible as the one it is in.

use super::*;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(lid.read), write(lid.read))]
struct Tin {
    id: String,
    #[resource(parent = Lid)]
    lid_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(id == "1" || tin.update), write(false))]
struct Lid {
    id: String,
    #[resource(parent = Tin)]
    tin_id: Option<String>,
}

#[tokio::test]
async fn rules_that_follow_each_other_without_end_are_refused() {
    let app = App::builder()
        .store(Memory::new())
        .user(async |_: Cx, id: String| Ok(Some(User { id, admin: false })))
        .resource::<Tin>()
        .resource::<Lid>();
    let problems: Vec<_> = app.build().await.unwrap_err().problems().collect();
    let told: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.split(" follows").next())
        .collect();
    assert_eq!(
        told,
        ["tin: its rule `update`", "lid: its rule `read`"],
        "{problems:?}"
    );
}
