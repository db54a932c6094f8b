//! Resources under every kind of authority, with the same fields and the same methods.

use sockful::query::FilterOf;
use sockful::{App, Policy};

use super::*;

/// What is known of a caller.
#[derive(Debug)]
pub(super) struct User {
    id: String,
    /// What a private field is compared with: no client ever sees one.
    badge: String,
    admin: bool,
}

impl User {
    pub(super) fn of(key: &str) -> Self {
        Self {
            id: key.to_owned(),
            badge: badge(key),
            admin: key == "root",
        }
    }
}

/// Stands in a private field, and in the facts of one user.
pub(super) fn badge(key: &str) -> String {
    format!("{}{key}", tape::SECRETS[1])
}

fn secret() -> String {
    tape::SECRETS[0].to_owned()
}

fn pin() -> u64 {
    tape::SECRET_NUMBERS[0]
}

/// Clients set it, and never see it.
pub(super) fn code() -> String {
    tape::SECRETS[2].to_owned()
}

/// Typed calls of Rust code, by the name of a resource.
pub(super) struct Typed<'a>(pub(super) &'a Cx, pub(super) &'a str);

/// A resource for each authority. Every record of it holds secrets, also those that clients make.
macro_rules! resources {
    ($($(#[$attribute:meta])+ $name:ident;)*) => {
        $(
            #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
            $(#[$attribute])+
            struct $name {
                id: String,
                #[resource(index)]
                owner: String,
                #[serde(default)]
                public: bool,
                #[serde(default)]
                readers: Vec<String>,
                #[serde(default)]
                writer: Option<String>,
                #[serde(default)]
                text: String,
                #[serde(default, skip_serializing)]
                #[resource(private)]
                keeper: Option<String>,
                #[serde(default = "secret", skip_serializing)]
                #[resource(private)]
                secret: String,
                #[serde(default = "pin", skip_serializing)]
                #[resource(private)]
                pin: u64,
                #[serde(default = "code", skip_serializing)]
                #[resource(write_only)]
                code: String,
            }

            #[remote]
            impl $name {
                /// May give the record away: nobody looks at it afterwards.
                #[remote]
                fn sign(&mut self, owner: Option<String>) -> String {
                    self.text.push('!');
                    self.owner = owner.unwrap_or_else(|| self.owner.clone());
                    self.text.clone()
                }

                #[remote(check_after)]
                fn hand_over(&mut self, owner: Option<String>) -> String {
                    self.sign(owner)
                }

                #[remote]
                fn length(&self) -> usize {
                    self.text.len()
                }

                #[remote(access = public)]
                fn peek(&self) -> String {
                    self.text.clone()
                }

                #[remote(access = authenticated)]
                fn show(&self) -> String {
                    self.text.clone()
                }

                #[remote(access = authenticated)]
                fn touch(&mut self) {
                    self.text.push('.');
                }

                #[remote(read, access = public)]
                async fn readable(cx: &Cx) -> Result<u64> {
                    cx.count(Self::query()).await
                }

                #[remote(read, access = authenticated)]
                async fn titles(cx: &Cx) -> Result<Vec<Self>> {
                    cx.all(Self::query()).await
                }

                #[remote(access = authenticated)]
                async fn copy(cx: &Cx, id: String) -> Result<Self> {
                    let mut copy = cx.get::<Self>(&id).await?;
                    copy.id = "copy".to_owned();
                    cx.create(copy).await
                }
            }
        )*

        pub(super) fn add(app: AppBuilder) -> AppBuilder {
            app$(.resource::<$name>())*
        }

        impl Typed<'_> {
            pub(super) async fn get(&self, id: &str) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.get::<$name>(&id.to_owned()).await.map(|it| json!(it));
                })*
                panic!("nothing is called {resource}")
            }

            pub(super) async fn all(&self) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.all($name::query()).await.map(|it| json!(it));
                })*
                panic!("nothing is called {resource}")
            }

            /// What a watch begins with.
            pub(super) async fn watch(&self) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.watch($name::query()).await.map(|mut it| json!(it.records()));
                })*
                panic!("nothing is called {resource}")
            }

            pub(super) async fn count(&self) -> Result<u64> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.count($name::query()).await;
                })*
                panic!("nothing is called {resource}")
            }

            pub(super) async fn create(&self, record: Value) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    let record: $name = serde_json::from_value(record).expect("a record");
                    return cx.create(record).await.map(|it| json!(it));
                })*
                panic!("nothing is called {resource}")
            }

            /// Sets the fields that `to` has.
            pub(super) async fn update(&self, id: &str, to: &Record) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    let id = id.to_owned();
                    let updated = cx.update::<$name, _, _>(&id, |it| {
                        it.owner.clone_from(&to.owner);
                        it.public = to.public;
                        it.readers.clone_from(&to.readers);
                        it.writer.clone_from(&to.writer);
                        it.text.clone_from(&to.text);
                    });
                    return updated.await.map(|it| json!(it));
                })*
                panic!("nothing is called {resource}")
            }

            pub(super) async fn destroy(&self, id: &str) -> Result<Value> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.destroy::<$name>(&id.to_owned()).await.map(|it| json!(it));
                })*
                panic!("nothing is called {resource}")
            }

            /// Says something about a record.
            pub(super) async fn tell(&self, id: &str, name: &str) -> Result<()> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    return cx.tell::<$name>(&id.to_owned(), name, &json!(null)).await;
                })*
                panic!("nothing is called {resource}")
            }

            /// Destroys these records and creates others, in one commit.
            async fn replace_all(&self, ids: &[&str], records: &[Value]) -> Result<()> {
                let Self(cx, resource) = self;
                $(if *resource == <$name as Resource>::FACTS.name {
                    let mut all = cx.changeset();
                    for id in ids {
                        all = all.destroy::<$name>(&(*id).to_owned());
                    }
                    for record in records {
                        let record = serde_json::from_value(record.clone());
                        all = all.create::<$name>(record.expect("a record"));
                    }
                    return all.commit().await;
                })*
                panic!("nothing is called {resource}")
            }

            /// A remote method, called as the function that it is.
            pub(super) async fn call(
                &self,
                method: &str,
                id: &str,
                owner: Option<&str>,
            ) -> Result<Value> {
                let Self(cx, resource) = self;
                let id = id.to_owned();
                $(if *resource == <$name as Resource>::FACTS.name {
                    let mut told = Value::Null;
                    match method {
                        "length" => told = json!(cx.get::<$name>(&id).await?.length()),
                        "peek" => told = json!(cx.get::<$name>(&id).await?.peek()),
                        "show" => told = json!(cx.get::<$name>(&id).await?.show()),
                        "readable" => told = json!($name::readable(cx).await?),
                        "titles" => told = json!($name::titles(cx).await?),
                        "copy" => told = json!($name::copy(cx, id).await?),
                        _ => {
                            let owner = || owner.map(str::to_owned);
                            cx.update::<$name, _, _>(&id, |it| match method {
                                "touch" => it.touch(),
                                "sign" => told = json!(it.sign(owner())),
                                "hand_over" => told = json!(it.hand_over(owner())),
                                _ => panic!("nobody calls `{method}`"),
                            })
                            .await?;
                        }
                    }
                    return Ok(told);
                })*
                panic!("nothing is called {resource}")
            }
        }
    };
}

resources! {
    /// Shared by lists.
    #[resource(remote)]
    #[policy(
        user = User,
        read(public || owner == user.id || readers.contains(&user.id) || writer == user.id || user.admin),
        create(owner == user.id),
        update(owner == user.id || writer == user.id),
        destroy(owner == user.id)
    )]
    Note;

    /// Its owner's alone.
    #[resource(remote)]
    #[policy(user = User, read(owner == user.id), write(owner == user.id))]
    Diary;

    /// Everybody reads it.
    #[resource(remote)]
    #[policy(user = User, read(true), write(owner == user.id || user.admin))]
    Page;

    /// Decided by a field that may be `None`.
    #[resource(remote)]
    #[policy(
        user = User,
        read(writer == user.id || writer.is_none() && public),
        create(writer == user.id || user.admin),
        update(!(writer != user.id)),
        destroy(user.admin && writer.is_some())
    )]
    Task;

    /// Nobody may do anything.
    #[resource(remote)]
    #[policy(user = User, read(false), write(false))]
    Grave;

    /// Many may write what only admins read.
    #[resource(remote)]
    #[policy(user = User, read(user.admin), create(true), update(owner == user.id), destroy(true))]
    Report;

    /// Decided by a private field, and by a negation that anonymous callers must not pass.
    #[resource(remote)]
    #[policy(
        user = User,
        read(keeper == user.badge || !(keeper != user.badge || user.admin)),
        create(true),
        update(keeper == user.badge && !public),
        destroy(!(owner == user.id))
    )]
    Safe;

    /// A policy by hand.
    #[resource(remote, policy)]
    Draft;

    /// Everybody may do everything.
    #[resource(remote, access = public)]
    Poster;

    /// Everybody who has logged in may do everything.
    #[resource(remote, access = authenticated)]
    Wiki;
}

impl Policy for Draft {
    type User = User;

    fn read(user: Option<&User>) -> FilterOf<Self> {
        match user {
            Some(user) if user.admin => FilterOf::all(),
            Some(user) => filter!(|d: Self| d.public || d.readers.contains(&user.id)),
            None => filter!(|d: Self| d.public),
        }
    }

    fn create(user: Option<&User>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |_| FilterOf::all())
    }

    fn update(user: Option<&User>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| {
            filter!(|d: Self| d.readers.contains(&user.id))
        })
    }

    fn destroy(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }
}

/// Makes the records of a resource what every cell begins with.
pub(super) async fn reset(app: &App, resource: &str) {
    let system = app.system();
    let typed = Typed(&system, resource);
    let all = typed.all().await.expect("a list");
    let stored = Record::stored().map(|record| record.whole());
    let replaced = typed.replace_all(&ids(&all), &stored).await;
    replaced.expect("one commit");
}

/// All records of which private fields decide.
pub(super) fn safes() -> sockful::Find<impl Resource + sockful::Record + std::fmt::Debug> {
    Safe::query()
}
