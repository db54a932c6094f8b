//! Who may log in: accounts with a name and a password, and the tokens they are given.

use std::time::{Duration, SystemTime};

use argon2::Argon2;
use argon2::password_hash::rand_core::{OsRng, RngCore};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jsonwebtoken::{EncodingKey, Header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::ErrorKind;
use sockful::prelude::*;
use tokio::sync::Semaphore;

/// How long a token lasts. Clients renew it on the live connection, by `sockful.auth`.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Somebody who may log in. Everybody sees their own account and nobody changes it: that is what the routes are for.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(id == user.id), write(false))]
pub(crate) struct Account {
    pub(crate) id: Id<Self>,
    #[resource(unique)]
    pub(crate) name: String,
    /// The hash of the password. Private: no client ever sees it, whatever the policy says.
    #[serde(default, skip_serializing)]
    #[resource(private)]
    password: String,
}

/// What the policies want to know of who calls.
pub(crate) struct User {
    pub(crate) id: Id<Account>,
}

/// Loads it: an account that is gone may call no more.
pub(crate) async fn user(cx: Cx, key: String) -> Result<Option<User>> {
    let id = key.parse().map_err(Error::internal)?;
    match cx.get::<Account>(&id).await {
        Ok(account) => Ok(Some(User { id: account.id })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Account {
    /// The account of this name. For the application itself: no policy is asked.
    pub(crate) async fn named(cx: &Cx, name: &str) -> Result<Option<Self>> {
        let named = Self::query().filter(filter!(|a: Self| a.name == name));
        Ok(cx.system().all(named.limit(1)).await?.pop())
    }
}

/// What is sent to the routes.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

/// What they answer.
#[derive(Serialize)]
pub(crate) struct Token {
    token: String,
}

/// What the routes need.
#[derive(Clone)]
pub(crate) struct Accounts {
    pub(crate) app: App,
    /// What tokens are signed with.
    pub(crate) secret: String,
}

/// `POST /signup`
pub(crate) async fn sign_up(
    State(accounts): State<Accounts>,
    Json(given): Json<Credentials>,
) -> Result<Json<Token>, Refusal> {
    let account = Account {
        id: Id::new(),
        name: given.name,
        password: hash(given.password).await?,
    };
    let account = accounts.app.system().create(account).await?;
    Ok(accounts.token(&account)?)
}

/// `POST /login`
pub(crate) async fn log_in(
    State(accounts): State<Accounts>,
    Json(given): Json<Credentials>,
) -> Result<Json<Token>, Refusal> {
    let account = Account::named(&accounts.app.system(), &given.name).await?;
    let known = account.as_ref().map(|account| account.password.clone());
    // Whether there is such a name is not told: neither by the answer nor by the time it takes.
    let right = is_right(given.password, known).await?;
    match account {
        Some(account) if right => Ok(accounts.token(&account)?),
        _ => Err(Error::not_authenticated("name or password is wrong").into()),
    }
}

impl Accounts {
    fn token(&self, account: &Account) -> Result<Json<Token>> {
        #[derive(Serialize)]
        struct Claims {
            sub: String,
            exp: u64,
        }

        let expires = SystemTime::now() + LIFE;
        let since = expires.duration_since(SystemTime::UNIX_EPOCH);
        let claims = Claims {
            sub: account.id.to_string(),
            exp: since.map_err(Error::internal)?.as_secs(),
        };
        let key = EncodingKey::from_secret(self.secret.as_bytes());
        let token = jsonwebtoken::encode(&Header::default(), &claims, &key);
        let token = token.map_err(Error::internal)?;
        Ok(Json(Token { token }))
    }
}

/// An error of sockful as an answer of HTTP.
pub(crate) struct Refusal(Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.0.code());
        let code = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (code, Json(self.0)).into_response()
    }
}

/// A secret that nobody knows.
pub(crate) fn new_secret() -> String {
    let mut bytes = [0; 32];
    OsRng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// So many passwords are hashed at once, each with 19 MiB and some tens of milliseconds of a processor. Guessing is no faster than that,
/// whoever guesses, and never takes the machine. All share it: that one address does not keep others from logging in is the
/// work of the proxy in front, which limits `/login` and `/signup` by address, in nginx with `limit_req`.
static HASHES: Semaphore = Semaphore::const_new(2);

/// Hashing takes its time on purpose, so not on a thread that others wait for.
async fn hash(password: String) -> Result<String> {
    let turn = HASHES.acquire().await.map_err(Error::internal)?;
    let hash = tokio::task::spawn_blocking(move || {
        // Until it is done, also where nobody waits for it any more.
        let _turn = turn;
        let salt = SaltString::generate(&mut OsRng);
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string())
    });
    let hash = hash.await.map_err(Error::internal)?;
    hash.map_err(|error| Error::internal(error.to_string()))
}

async fn is_right(password: String, known: Option<String>) -> Result<bool> {
    let Some(known) = known else {
        return hash(password).await.map(|_| false);
    };
    let turn = HASHES.acquire().await.map_err(Error::internal)?;
    let right = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let known = PasswordHash::new(&known)?;
        Argon2::default().verify_password(password.as_bytes(), &known)
    });
    Ok(right.await.map_err(Error::internal)?.is_ok())
}
