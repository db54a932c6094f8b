//! A resource whose methods do what methods should not.

use std::collections::HashMap;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::{Config, testing::TestApp};
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// What the methods share with the test.
#[derive(Clone)]
pub(crate) struct Cage {
    /// How many slow calls have begun.
    pub(crate) begun: Arc<AtomicUsize>,
    /// Lets one slow call end for each permit.
    pub(crate) gate: Arc<Semaphore>,
}

/// A resource whose methods do what methods should not.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(crate) struct Beast {
    id: String,
    #[serde(default)]
    bites: u32,
    #[serde(default)]
    fur: String,
}

/// Keys that JSON cannot have.
type Odd = HashMap<Vec<u8>, u8>;

fn odd() -> Odd {
    HashMap::from([(vec![1], 1)])
}

impl Beast {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            bites: 0,
            fur: String::new(),
        }
    }
}

#[remote]
impl Beast {
    #[remote]
    fn bite(&mut self) -> u32 {
        self.bites += 1;
        self.bites
    }

    #[remote]
    fn panic_changing(&mut self) -> u32 {
        self.bites += 1;
        panic!("a panic of a method: {}", self.id)
    }

    #[remote]
    async fn panic_changing_later(&mut self) -> u32 {
        self.bites += 1;
        sleep(Duration::from_millis(1)).await;
        panic!("a panic of a method")
    }

    #[remote]
    fn panic_reading(&self) -> u32 {
        std::panic::panic_any(7)
    }

    #[remote]
    async fn panic_reading_later(&self) -> u32 {
        tokio::task::yield_now().await;
        panic!("a panic of a method")
    }

    #[remote]
    fn panic_of_all() -> u32 {
        panic!("a panic of a method")
    }

    #[remote(read)]
    async fn panic_of_all_reading_later() -> u32 {
        tokio::task::yield_now().await;
        panic!("a panic of a method")
    }

    #[remote]
    async fn panic_after_writing(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        cx.update::<Self, _, _>(&"rex".to_owned(), |rex| rex.bites = 99)
            .await?;
        panic!("a panic of a method")
    }

    #[remote(detached)]
    async fn panic_detached(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        tokio::task::yield_now().await;
        panic!("a panic of a method")
    }

    #[remote]
    async fn hang_changing(&mut self) {
        self.bites += 1;
        future::pending::<()>().await;
    }

    #[remote]
    async fn hang_reading(&self) {
        future::pending::<()>().await;
    }

    #[remote]
    async fn hang_after_writing(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        future::pending().await
    }

    #[remote(read)]
    async fn hang_of_all() {
        future::pending::<()>().await;
    }

    #[remote(detached)]
    async fn hang_detached(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        future::pending().await
    }

    #[remote]
    fn odd_changing(&mut self) -> Odd {
        self.bites += 1;
        odd()
    }

    #[remote]
    async fn odd_reading_later(&self) -> Result<Odd> {
        tokio::task::yield_now().await;
        Ok(odd())
    }

    #[remote]
    async fn odd_after_writing(cx: &Cx) -> Result<Odd> {
        cx.create(Self::new("litter")).await?;
        Ok(odd())
    }

    #[remote]
    async fn fail_after_writing(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        Err(Error::conflict("enough").reason("enough"))
    }

    #[remote(read)]
    async fn write_in_a_read(cx: &Cx) -> Result<()> {
        cx.create(Self::new("litter")).await?;
        Ok(())
    }

    /// Waits for the gate, then saves.
    #[remote]
    async fn slow(&mut self, cx: &Cx) -> u32 {
        let cage = cx.state::<Cage>();
        cage.begun.fetch_add(1, Ordering::SeqCst);
        cage.gate.acquire().await.expect("a gate").forget();
        self.bites += 1;
        self.bites
    }

    #[remote(read)]
    async fn slow_read(cx: &Cx) -> u32 {
        let cage = cx.state::<Cage>();
        cage.begun.fetch_add(1, Ordering::SeqCst);
        cage.gate.acquire().await.expect("a gate").forget();
        0
    }

    #[remote(read)]
    fn fat(cx: &Cx, bytes: u32, number: u32) -> String {
        cx.state::<Cage>().begun.fetch_add(1, Ordering::SeqCst);
        format!("{number} {}", "x".repeat(bytes as usize))
    }
}

/// An app with one beast, `rex`, and what its methods share with the test.
pub(crate) async fn beasts(config: Config) -> (TestApp, Cage) {
    let cage = Cage::closed();
    let app = App::builder()
        .store(super::store())
        .config(config)
        .state(cage.clone())
        .resource::<Beast>()
        .build()
        .await
        .expect("beasts make an app");
    let rex = app.system().create(Beast::new("rex")).await;
    rex.expect("there is room for a beast");
    (TestApp::new(app), cage)
}

impl Cage {
    /// One whose gate lets nobody pass yet.
    pub(crate) fn closed() -> Self {
        Self {
            begun: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until so many slow calls have begun.
    pub(crate) async fn has_begun(&self, calls: usize) {
        let begun = tokio::time::timeout(super::raw::GUARD, async {
            while self.begun.load(Ordering::SeqCst) < calls {
                sleep(Duration::from_millis(1)).await;
            }
        });
        begun.await.expect("the calls begin");
    }
}
