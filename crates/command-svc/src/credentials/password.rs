use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use picup_service::errors::{ErrorCode, Fault};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

/// Hashes under way at once. Each takes 19 MiB and a core, so sign-ins must not crowd out the rest.
const AT_ONCE: usize = 2;

/// Hashes and verifies passwords with Argon2id at the parameters that OWASP recommends (19 MiB, 2 passes).
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Verified where there is no account, so that the time taken does not tell.
    nobody: Arc<str>,
}

impl Passwords {
    /// Prepares the hash of nobody's password.
    pub async fn new() -> Result<Self, Fault> {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let hash = on_a_thread(&turns, || hash(b"nobody signs in with this")).await??;
        Ok(Self {
            turns,
            nobody: hash.into(),
        })
    }

    /// Hashes a password.
    pub async fn hash(&self, password: SecretString) -> Result<String, Fault> {
        on_a_thread(&self.turns, move || {
            hash(password.expose_secret().as_bytes())
        })
        .await?
    }

    /// Whether a password is the one that was hashed. Takes as long where there is no hash.
    pub async fn verify(&self, password: SecretString, hash: Option<&str>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let same = on_a_thread(&self.turns, move || {
            let parsed = PasswordHash::new(&hash).map_err(|error| broken(&error))?;
            let password = password.expose_secret().as_bytes();
            Ok::<_, Fault>(Argon2::default().verify_password(password, &parsed).is_ok())
        })
        .await??;
        Ok(same && known)
    }
}

fn hash(password: &[u8]) -> Result<String, Fault> {
    let hash: argon2::password_hash::phc::PasswordHash = Argon2::default()
        .hash_password(password)
        .map_err(|error| broken(&error))?;
    Ok(hash.to_string())
}

async fn on_a_thread<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    let turn = turns.clone().acquire_owned().await;
    let turn = turn.map_err(|error| broken(&error))?;
    // The turn goes with the thread: the work goes on when its caller has gone away.
    let worked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    worked.await.map_err(|error| broken(&error))
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    Fault::new(ErrorCode::Internal, error.to_string())
}
