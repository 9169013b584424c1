//! Links to albums: how the owner makes one, and how a guest comes in by it.
//!
//! The key in a link is the album's id and 128 random bits. The log keeps it sealed, so that its owner can copy the
//! link again; whoever shows it is compared with what was sealed.

use std::{net::IpAddr, sync::Arc};

use aws_lc_rs::{constant_time, rand};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use picup_domain::{Account, Album, GuestUpload, Refusal, Share, State, commands::ShareAlbum};
use picup_event_types::{AccountKey, PersonalField, StreamId};
use picup_proto::{
    access::v1::{OpenShareRequest, OpenShareResponse},
    commands::v1::{ShareAlbumRequest, ShareAlbumResponse},
    types::v1::{ConsistencyToken, StreamVersion},
};
use picup_service::{
    auth::{Guest, Uploader},
    errors::{ErrorCode, Fault},
    micros,
    network::household_of,
};
use secrecy::SecretString;
use time::OffsetDateTime;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use super::{Shared, answer};
use crate::{
    credentials::NewSharePassword,
    handle::{Context, Handled},
    text,
};

/// Random bytes in a key: what nobody guesses.
const SECRET_BYTES: usize = 16;

/// A share whose key was shown.
struct Shown {
    account: Uuid,
    album: Uuid,
    /// The version of the album's stream.
    version: u64,
    share: Share,
}

impl Shared {
    /// Makes a link. Sent again, it answers with the link that the first sending made.
    pub(super) async fn share_album(
        &self,
        account: Uuid,
        context: &Context,
        request: ShareAlbumRequest,
    ) -> Result<ShareAlbumResponse, Fault> {
        let album = answer::id("album_id", &request.album_id)?;
        let has_password = !request.password.is_empty();
        if has_password && !(8..=256).contains(&request.password.chars().count()) {
            return Err(Fault::invalid("password", "none, or 8 to 256 characters"));
        }
        let account_key = self.keys.get(account).await.map_err(text::key_fault)?;
        let command = ShareAlbum {
            account,
            album,
            // It follows from the command, so that a repeated one finds what the first one made.
            share: Uuid::new_v5(&account, context.command_id.as_bytes()),
            key_sealed: text::seal_with(&account_key, PersonalField::ShareKey, &new_key(album)?)?,
            now_micros: micros(OffsetDateTime::now_utc()),
            expires_at_micros: request.expires_at_micros,
            has_password,
            guests_may_download: request.guests_may_download,
            guests_may_upload: request.guests_may_upload,
        };
        let handled = if has_password {
            let password = SecretString::from(request.password);
            self.share_with_password(context, &command, password)
                .await?
        } else {
            self.handle(context, &command).await?
        };
        let (album, _) = self.album(album).await?;
        let share = album
            .shares()
            .iter()
            .find(|share| share.id == command.share);
        let taken_back = || answer::fault(Refusal::NotFound("link").into());
        Ok(ShareAlbumResponse {
            share_id: command.share.to_string(),
            key: key_of(&account_key, share.ok_or_else(taken_back)?)?,
            token: Some(answer::token(&handled)),
        })
    }

    async fn share_with_password(
        &self,
        context: &Context,
        command: &ShareAlbum,
        password: SecretString,
    ) -> Result<Handled, Fault> {
        // Hashing is dear: it is done once a link, and not as often as somebody likes.
        let repeated = self.handler.repeated::<ShareAlbum>(context).await;
        if let Some(handled) = repeated.map_err(answer::fault)? {
            return Ok(handled);
        }
        let password_hash = self.sessions.hash_for(command.account, password).await?;
        let rows = Arc::new(NewSharePassword {
            share: command.share,
            album: command.album,
            account: command.account,
            password_hash,
        });
        let handled = self.handler.handle_alongside(context, command, rows);
        handled.await.map_err(answer::fault)
    }

    /// Who adds something. A guest's share must still stand, whatever their token says.
    pub(super) async fn uploader(&self, metadata: &MetadataMap) -> Result<Uploader, Fault> {
        let uploader = self.verifier.uploader(metadata)?;
        if let Some(guest) = uploader.guest {
            let (album, _) = self.album(guest.album).await?;
            let let_in = guest_upload(guest).must_be_let_in(album.shares());
            let_in.map_err(|refusal| answer::fault(refusal.into()))?;
        }
        Ok(uploader)
    }

    /// Lets a guest in who shows the key of a link, and its password where it has one.
    pub(super) async fn open_share(
        &self,
        request: OpenShareRequest,
        client: Option<IpAddr>,
    ) -> Result<OpenShareResponse, Fault> {
        let Shown {
            account,
            album,
            version,
            share,
        } = self.shown_share(&request.key).await?;
        let now = OffsetDateTime::now_utc();
        if share.is_over(micros(now)) {
            let fault = Fault::new(ErrorCode::FailedPrecondition, "this link has ended");
            return Err(fault.with_reason("SHARE_EXPIRED"));
        }
        if share.has_password {
            let password = SecretString::from(request.password);
            self.sessions
                .check_share_password((share.id, client.map(household_of)), password)
                .await?;
        }
        let guest = Guest {
            share: share.id,
            account,
            album,
            downloads: share.guests_may_download,
            uploads: share.guests_may_upload,
        };
        let (access_token, access_token_seconds) =
            self.sessions.let_in(&guest, now, share.expires_at_micros)?;
        Ok(OpenShareResponse {
            access_token,
            access_token_seconds,
            share_id: share.id.to_string(),
            album_id: album.to_string(),
            account_id: account.to_string(),
            guests_may_download: share.guests_may_download,
            guests_may_upload: share.guests_may_upload,
            expires_at_micros: share.expires_at_micros,
            token: Some(ConsistencyToken {
                streams: vec![StreamVersion {
                    stream: StreamId::album(album).to_string(),
                    version,
                }],
            }),
        })
    }

    /// The share whose key this is, with its owner and album. Whatever is wrong looks the same from outside.
    async fn shown_share(&self, shown: &str) -> Result<Shown, Fault> {
        let unknown = || {
            let message = "there is no such link: it was taken back, or is not whole";
            Fault::new(ErrorCode::NotFound, message).with_reason("SHARE_NOT_FOUND")
        };
        let id = album_in(shown).ok_or_else(unknown)?;
        let (album, version) = self.album(id).await?;
        let owner = album.owner().ok_or_else(unknown)?;
        let account = self.account(owner).await?;
        account.must_be_open().map_err(|_| unknown())?;
        let account_key = self.keys.get(owner).await.map_err(text::key_fault)?;
        for share in album.shares() {
            let key = key_of(&account_key, share)?;
            let same = constant_time::verify_slices_are_equal(key.as_bytes(), shown.as_bytes());
            if same.is_ok() {
                return Ok(Shown {
                    account: owner,
                    album: id,
                    version,
                    share: share.clone(),
                });
            }
        }
        Err(unknown())
    }

    /// An album as it is now, with its stream's version.
    async fn album(&self, id: Uuid) -> Result<(Album, u64), Fault> {
        let loaded = self.handler.load(StreamId::album(id)).await;
        let loaded = loaded.map_err(answer::fault)?;
        match loaded.state {
            State::Album(album) => Ok((album, loaded.version)),
            _ => Ok((Album::default(), 0)),
        }
    }

    async fn account(&self, id: Uuid) -> Result<Account, Fault> {
        let loaded = self.handler.load(StreamId::account(id)).await;
        match loaded.map_err(answer::fault)?.state {
            State::Account(account) => Ok(account),
            _ => Ok(Account::default()),
        }
    }
}

/// A guest who adds something now.
pub fn guest_upload(guest: Guest) -> GuestUpload {
    GuestUpload {
        share: guest.share,
        now_micros: micros(OffsetDateTime::now_utc()),
    }
}

fn new_key(album: Uuid) -> Result<String, Fault> {
    let mut secret = [0; SECRET_BYTES];
    rand::fill(&mut secret)
        .map_err(|_| Fault::new(ErrorCode::Internal, "the machine has no randomness"))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([album.into_bytes().as_slice(), &secret].concat()))
}

fn album_in(key: &str) -> Option<Uuid> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(key).ok()?;
    let (album, secret) = bytes.split_at_checked(16)?;
    (secret.len() == SECRET_BYTES).then(|| Uuid::from_slice(album).ok())?
}

fn key_of(account_key: &AccountKey, share: &Share) -> Result<String, Fault> {
    account_key
        .open(PersonalField::ShareKey, &share.key_sealed)
        .map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_album_and_nothing_else_does() {
        let album = Uuid::now_v7();
        let (one, other) = (new_key(album).unwrap(), new_key(album).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert_eq!(album_in(&one), Some(album));
        for wrong in [
            "",
            "x",
            &one[1..],
            &format!("{one}A"),
            &"a".repeat(10_000),
            "/s/ü",
        ] {
            assert_eq!(album_in(wrong), None, "{wrong}");
        }
    }
}
