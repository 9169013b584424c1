use picup_proto::{
    commands::v1::{
        ChooseCoverRequest, CreateAlbumRequest, DeleteAlbumRequest, RenameAlbumRequest,
        album_commands_client::AlbumCommandsClient,
    },
    queries::v1::{
        Album, GetAlbumRequest, ListAlbumsRequest, album_queries_client::AlbumQueriesClient,
    },
};
use uuid::Uuid;

use super::{Client, new_command_id};
use crate::{Error, ErrorKind, Result};

const PAGE: u32 = 500;
/// How many albums of one title may have been created here and deleted or renamed since.
const MOST_NAMESAKES: u32 = 1000;

impl Client {
    /// All albums, newest first.
    pub async fn albums(&self) -> Result<Vec<Album>> {
        let mut albums = Vec::new();
        let mut cursor = String::new();
        loop {
            let message = ListAlbumsRequest {
                token: self.session().token(),
                page_size: PAGE,
                cursor,
            };
            let page = self
                .call(message, |channel, request| async move {
                    AlbumQueriesClient::new(channel).list_albums(request).await
                })
                .await?;
            albums.extend(page.albums);
            if page.next_cursor.is_empty() {
                return Ok(albums);
            }
            cursor = page.next_cursor;
        }
    }

    /// One album by its id.
    pub async fn album(&self, album_id: Uuid) -> Result<Album> {
        let album_id = album_id.to_string();
        let message = GetAlbumRequest {
            token: self.session().token(),
            album_id: album_id.clone(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumQueriesClient::new(channel).get_album(request).await
            })
            .await?;
        response.album.ok_or_else(|| no_such_album(&album_id))
    }

    /// One album by its id or its title. Several of one title are an error that names their ids.
    pub async fn find_album(&self, title_or_id: &str) -> Result<Album> {
        if let Ok(id) = Uuid::try_parse(title_or_id) {
            match self.album(id).await {
                // A title may look like an id.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => return result,
            }
        }
        let mut albums = self.albums().await?;
        albums.retain(|album| album.title == title_or_id.trim());
        one_of(albums, title_or_id)?.ok_or_else(|| no_such_album(title_or_id))
    }

    /// The id of a deleted album by its id or its title. Several of one title are an error that names their ids.
    pub async fn find_deleted_album(&self, title_or_id: &str) -> Result<String> {
        if Uuid::try_parse(title_or_id).is_ok() {
            return Ok(title_or_id.to_owned());
        }
        let mut albums = self.deleted_albums().await?;
        albums.retain(|album| album.title == title_or_id.trim());
        one_of(albums, title_or_id)?
            .map(|album| album.album_id)
            .ok_or_else(|| {
                let message = format!(
                    "no deleted album is called \"{title_or_id}\"; `picup trash list` names them all"
                );
                Error::new(ErrorKind::NotFound, message)
            })
    }

    /// Where an album is to be had as one ZIP file, and the token to show there.
    pub(crate) async fn archive(&self, album_id: &str) -> Result<(String, String)> {
        let token = self.access_token(None).await?;
        let account = self.credentials()?.account_id;
        let url = format!("{}/u/{account}/a/{album_id}.zip", self.server());
        Ok((url, token))
    }

    /// Creates an album; there may be others of the same title. Returns its id.
    pub async fn create_album(&self, title: &str) -> Result<String> {
        self.create_album_as(new_command_id(), title).await
    }

    /// Creates the album that imports into this title share: those that run at once, or one after the
    /// other before the listing has caught up, get the same one.
    pub(crate) async fn create_shared_album(&self, title: &str) -> Result<Album> {
        let title = title.trim();
        let account = Uuid::try_parse(&self.credentials()?.account_id).unwrap_or_default();
        for number in 0..MOST_NAMESAKES {
            let name = [&number.to_be_bytes(), title.as_bytes()].concat();
            let command_id = Uuid::new_v5(&account, &name).to_string();
            let album_id = self.create_album_as(command_id, title).await?;
            let id = Uuid::try_parse(&album_id).unwrap_or_default();
            match self.album(id).await {
                Ok(album) if album.title == title => return Ok(album),
                // The one that this command once created has been renamed or deleted since.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let message = format!("too many albums have been called \"{title}\": create one yourself");
        Err(Error::new(ErrorKind::Failed, message))
    }

    /// Gives an album another title.
    pub async fn rename_album(&self, album_id: &str, title: &str) -> Result<()> {
        let message = RenameAlbumRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
            title: title.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .rename_album(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Has an item of an album stand for it; without one the newest.
    pub async fn choose_cover(&self, album_id: &str, media_id: Option<&str>) -> Result<()> {
        let message = ChooseCoverRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
            media_id: media_id.unwrap_or_default().to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .choose_cover(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Deletes an album; what is in it goes to the trash in the background.
    pub async fn delete_album(&self, album_id: &str) -> Result<()> {
        let message = DeleteAlbumRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .delete_album(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    async fn create_album_as(&self, command_id: String, title: &str) -> Result<String> {
        let message = CreateAlbumRequest {
            command_id,
            title: title.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .create_album(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(response.album_id)
    }
}

/// The only album of a title, if there is one.
fn one_of(mut albums: Vec<Album>, title: &str) -> Result<Option<Album>> {
    if albums.len() > 1 {
        let ids: Vec<&str> = albums.iter().map(|album| album.album_id.as_str()).collect();
        let message = format!(
            "{} albums are called \"{title}\"; say which by its id: {}",
            ids.len(),
            ids.join(", ")
        );
        return Err(Error::new(ErrorKind::Usage, message));
    }
    Ok(albums.pop())
}

fn no_such_album(title_or_id: &str) -> Error {
    let message = format!("there is no album \"{title_or_id}\"; `picup album list` names them all");
    Error::new(ErrorKind::NotFound, message)
}
