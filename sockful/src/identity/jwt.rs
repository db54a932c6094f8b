//! Logging in with a JSON Web Token.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::{Handshake, Login, token_expired};
use crate::error::{Error, Result};

/// The shortest secret: as long as the hash, as RFC 7518 asks.
const SHORTEST_SECRET: usize = 32;
const LONGEST_LEEWAY: Duration = Duration::from_secs(24 * 3600);

/// Logs clients in that have a JSON Web Token: `sub` is the user, `exp` the end of the login.
///
/// The token is looked for in the `auth` payload, `io(url, { auth: { token } })`, then in an `Authorization: Bearer`
/// header, then in the [cookie](Jwt::cookie) you name. A client without one is anonymous, one whose token is no good is
/// refused: `token_expired` or `token_invalid`. Tokens are of the one algorithm that the key is for; whatever else a
/// token says of itself, `none` included, it is refused. `exp` and `sub` are required, `nbf` is respected.
///
/// ```
/// use sockful::{App, Jwt};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = std::env::var("JWT_SECRET")?;
/// let jwt = Jwt::hs256(secret)?.audience("notes").issuer("https://login.example.com");
/// let app = App::builder().authenticate(jwt.authenticator());
/// # Ok(())
/// # }
/// ```
///
/// To check more than the token, call [`login`](Jwt::login) in an authenticator of your own:
///
/// ```
/// # use sockful::prelude::*;
/// # use sockful::{Handshake, Jwt, Login};
/// # fn example(jwt: Jwt) {
/// let app = App::builder()
///     .state(jwt)
///     .authenticate(async |h: Handshake| -> Result<Option<Login>> {
///         let login = h.state::<Jwt>().login(&h)?;
///         // .. and whatever the database says of it.
///         Ok(login)
///     });
/// # }
/// ```
#[derive(Clone)]
pub struct Jwt {
    key: Arc<DecodingKey>,
    validation: Validation,
    cookie: Option<String>,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtKeyError(String);

#[derive(Deserialize)]
struct Auth {
    token: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: f64,
}

impl Jwt {
    /// Tokens signed by HMAC with SHA-256 and this secret.
    ///
    /// # Errors
    /// If the secret has fewer than 32 bytes: whoever guesses it is everybody.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, JwtKeyError> {
        let secret = secret.as_ref();
        if secret.len() < SHORTEST_SECRET {
            let message = format!(
                "the secret has {} bytes: take {SHORTEST_SECRET} or more, from a random source",
                secret.len()
            );
            return Err(JwtKeyError(message));
        }
        Ok(Self::new(
            Algorithm::HS256,
            DecodingKey::from_secret(secret),
        ))
    }

    /// Tokens signed by RSA with SHA-256; `public_key` is PEM text.
    ///
    /// # Errors
    /// If it is no RSA key in PEM.
    pub fn rs256(public_key: impl AsRef<[u8]>) -> Result<Self, JwtKeyError> {
        let key = DecodingKey::from_rsa_pem(public_key.as_ref());
        let key = key.map_err(|error| JwtKeyError(format!("no RSA key in PEM: {error}")))?;
        Ok(Self::new(Algorithm::RS256, key))
    }

    /// Tokens signed by ECDSA with P-256 and SHA-256; `public_key` is PEM text.
    ///
    /// # Errors
    /// If it is no elliptic curve key in PEM.
    pub fn es256(public_key: impl AsRef<[u8]>) -> Result<Self, JwtKeyError> {
        let key = DecodingKey::from_ec_pem(public_key.as_ref());
        let key =
            key.map_err(|error| JwtKeyError(format!("no elliptic curve key in PEM: {error}")))?;
        Ok(Self::new(Algorithm::ES256, key))
    }

    fn new(algorithm: Algorithm, key: DecodingKey) -> Self {
        // By name, because another crate in the build may have switched on the other one; whoever was first wins.
        let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let mut validation = Validation::new(algorithm);
        validation.validate_nbf = true;
        validation.required_spec_claims.insert("sub".to_owned());
        Self {
            key: Arc::new(key),
            validation,
            cookie: None,
        }
    }

    /// Only tokens with this in `aud`; called again, one of them. Without it a token that names an audience is refused: it is
    /// for somebody else.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        let audiences = self.validation.aud.get_or_insert_default();
        audiences.insert(audience.into());
        self.validation
            .required_spec_claims
            .insert("aud".to_owned());
        self
    }

    /// Only tokens with this in `iss`; called again, one of them.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        let issuers = self.validation.iss.get_or_insert_default();
        issuers.insert(issuer.into());
        self.validation
            .required_spec_claims
            .insert("iss".to_owned());
        self
    }

    /// How far the clocks of issuer and server may be apart, at most a day; 60 s. A login lasts so much longer than `exp`.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.validation.leeway = leeway.min(LONGEST_LEEWAY).as_secs();
        self
    }

    /// Looks for a token in this cookie too.
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = Some(name.into());
        self
    }

    /// Who shows this handshake; `None` without a token.
    ///
    /// # Errors
    /// NotAuthenticated `token_expired` or `token_invalid`; BadRequest `invalid_auth` for a token that is no text.
    pub fn login(&self, handshake: &Handshake) -> Result<Option<Login>> {
        let given = handshake.auth::<Auth>()?.token;
        let cookie = || handshake.cookie(self.cookie.as_deref()?);
        let token = given.as_deref().filter(|token| !token.is_empty());
        let token = token.or_else(|| handshake.bearer()).or_else(cookie);
        token.map(|token| self.read(token)).transpose()
    }

    /// An authenticator that does this and nothing more, for [`AppBuilder::authenticate`](crate::AppBuilder::authenticate).
    pub fn authenticator(
        self,
    ) -> impl Fn(Handshake) -> Ready<Result<Option<Login>>> + Send + Sync + 'static {
        move |handshake| ready(self.login(&handshake))
    }

    fn read(&self, token: &str) -> Result<Login> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation);
        let Claims { sub, exp } = read.map_err(refusal)?.claims;
        let lasts = Duration::try_from_secs_f64(exp).unwrap_or(Duration::MAX);
        let leeway = Duration::from_secs(self.validation.leeway);
        let end = SystemTime::UNIX_EPOCH.checked_add(lasts.saturating_add(leeway));
        Ok(Login {
            user: sub,
            // Beyond the end of time it does not end.
            expires: end,
        })
    }
}

/// What is told of a token: only that of an honest client which came late is told apart.
fn refusal(error: jsonwebtoken::errors::Error) -> Error {
    if matches!(error.kind(), ErrorKind::ExpiredSignature) {
        return token_expired();
    }
    Error::not_authenticated("this token is not valid here")
        .reason("token_invalid")
        .caused_by(error.into())
}

/// Without the key.
impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("validation", &self.validation)
            .field("cookie", &self.cookie)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for JwtKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JwtKeyError {}
