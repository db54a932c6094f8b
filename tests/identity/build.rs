//! What of identity `build()` refuses.

use sockful::prelude::*;
use sockful::{AppBuilder, Config};

use super::{Account, Facts};

async fn problems(app: AppBuilder) -> Vec<String> {
    let error = app.store(Memory::new()).build().await.unwrap_err();
    error.problems().collect()
}

fn known(app: AppBuilder) -> AppBuilder {
    app.user(async |_: Cx, _: String| -> Result<Option<Facts>> { Ok(None) })
}

#[tokio::test]
async fn a_trusted_proxy_is_an_address_or_a_network() {
    for wrong in ["proxy.example", "", "10.0.0.0/33", "10.0.0.1:80"] {
        let mut config = Config::default();
        config.trusted_proxies = vec!["::1".to_owned(), wrong.to_owned()];
        let told = problems(App::builder().config(config)).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains(&format!("`trusted_proxies` has `{wrong}`")),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn what_is_refreshed_is_a_resource_of_the_app() {
    let app = known(App::builder()).refresh::<Account>(|account| &account.id);
    let told = problems(app).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("account: ") && told[0].contains(".resource()"),
        "{told:?}"
    );
}

#[tokio::test]
async fn there_are_facts_to_refresh() {
    let app = App::builder().resource::<Account>();
    let told = problems(app.refresh::<Account>(|account| &account.id)).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("account: ") && told[0].contains(".user(..)"),
        "{told:?}"
    );
}
