use futures::future::BoxFuture;
use picup_event_log::Alongside;
use sqlx::{MySqlConnection, MySqlPool};
use uuid::Uuid;

/// The row that comes into being with a share that asks for a password.
pub struct NewSharePassword {
    /// Which share.
    pub share: Uuid,
    /// Its album.
    pub album: Uuid,
    /// Whose album it is.
    pub account: Uuid,
    /// Argon2id, in PHC form.
    pub password_hash: String,
}

impl Alongside for NewSharePassword {
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            sqlx::query(
                "INSERT INTO share_passwords (share_id, album_id, account_id, password_hash) \
                 VALUES (?, ?, ?, ?)",
            )
            .bind(self.share)
            .bind(self.album)
            .bind(self.account)
            .bind(&self.password_hash)
            .execute(connection)
            .await?;
            Ok(())
        })
    }
}

/// Shares that end: nobody needs their passwords any more.
pub enum EndedShares {
    /// This one.
    One(Uuid),
    /// All of an album's.
    OfAlbum(Uuid),
}

impl Alongside for EndedShares {
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        let (statement, id) = match self {
            Self::One(share) => ("DELETE FROM share_passwords WHERE share_id = ?", share),
            Self::OfAlbum(album) => ("DELETE FROM share_passwords WHERE album_id = ?", album),
        };
        Box::pin(async move {
            sqlx::query(statement).bind(id).execute(connection).await?;
            Ok(())
        })
    }
}

/// The hash of a share's password.
pub async fn find_share_password(
    pool: &MySqlPool,
    share: Uuid,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT password_hash FROM share_passwords WHERE share_id = ?")
        .bind(share)
        .fetch_optional(pool)
        .await
}
