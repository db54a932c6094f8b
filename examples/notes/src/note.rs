//! What people write, and with whom they share it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

use crate::account::{Account, User};

/// A note. Its owner may do anything, its readers may read it, and a public one everybody may.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote, hooks)]
#[policy(
    user = User,
    read(public || owner == user.id || readers.contains(&user.id)),
    write(owner == user.id)
)]
pub(crate) struct Note {
    #[serde(default)]
    id: Id<Self>,
    /// Who wrote it: set by the server, whatever the client says.
    #[serde(default)]
    #[resource(index)]
    owner: Id<Account>,
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    readers: Vec<Id<Account>>,
}

impl Hooks for Note {
    async fn before_create(cx: &Cx, new: &mut Self) -> Result<()> {
        let user = cx.user::<User>();
        let user = user.ok_or_else(|| Error::not_authenticated("log in first"))?;
        new.owner = user.id;
        new.title = new.title.trim().to_owned();
        Ok(())
    }
}

#[remote]
impl Note {
    /// Lets somebody else read the note. The policy has made sure that its owner calls.
    #[remote]
    async fn share(&mut self, cx: &Cx, name: String) -> Result<()> {
        let account = Account::named(cx, &name).await?;
        let account = account.ok_or_else(|| Error::not_found("nobody has this name"))?;
        if !self.readers.contains(&account.id) {
            self.readers.push(account.id);
        }
        Ok(())
    }

    /// The titles of the notes that others share with the caller.
    #[remote(read, access = authenticated)]
    async fn shared_with_me(cx: &Cx) -> Result<Vec<String>> {
        let Some(user) = cx.user::<User>() else {
            return Ok(Vec::new());
        };
        let shared = Self::query().filter(filter!(|n: Self| n.readers.contains(&user.id)));
        let shared = cx.all(shared.limit(100)).await?;
        Ok(shared.into_iter().map(|note| note.title).collect())
    }
}
