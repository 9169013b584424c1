//! What somebody has, as far as they know, and what they want next.

use aws_lc_rs::digest::{SHA256, digest};

use super::{
    command::{Command, Picture},
    person::{Done, Person},
};

const ALBUMS: usize = 4;
const LARGEST: u64 = 3000;
/// What a JPEG begins with.
const JPEG: [u8; 11] = [
    0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, b'J', b'F', b'I', b'F', 0x00,
];

/// What they have. What became unclear is let go: it is not theirs to be sure of.
#[derive(Default)]
pub struct Wishes {
    albums: Vec<String>,
    items: Vec<Item>,
}

struct Item {
    media: String,
    album: String,
    trashed: bool,
}

impl Wishes {
    /// One thing.
    pub async fn fulfil_one(&mut self, person: &mut Person) {
        if self.albums.is_empty() {
            return self.create_album(person).await;
        }
        match person.dice().below(100) {
            0..5 if self.albums.len() < ALBUMS => self.create_album(person).await,
            5..15 => self.rename(person).await,
            15..18 => self.share_for_a_moment(person).await,
            18..64 => self.upload(person).await,
            64..74 => self.trash_or_restore(person).await,
            74..86 => self.delete_media(person).await,
            86..89 => self.delete_album(person).await,
            89..93 => self.start_and_abandon(person).await,
            93..96 => self.complete_too_early(person).await,
            96..98 => rename_nothing(person).await,
            _ => rename_oneself(person).await,
        }
    }

    async fn create_album(&mut self, person: &mut Person) {
        let title = format!("Album {}", person.dice().below(1000));
        if let Done::Yes(reply) = person.ask(Command::CreateAlbum { title }).await {
            self.albums.push(reply.id);
        }
    }

    async fn rename(&mut self, person: &mut Person) {
        let album = self.some_album(person);
        let title = format!("Renamed {}", person.dice().below(1000));
        person.ask(Command::RenameAlbum { album, title }).await;
    }

    async fn share_for_a_moment(&mut self, person: &mut Person) {
        let album = self.some_album(person);
        let share = Command::ShareAlbum {
            album: album.clone(),
        };
        if let Done::Yes(reply) = person.ask(share).await {
            let share = reply.id;
            person.ask(Command::RevokeShare { album, share }).await;
        }
    }

    async fn upload(&mut self, person: &mut Person) {
        let album = self.some_album(person);
        let picture = picture(person);
        let bytes = picture.bytes.clone();
        let start = Command::StartUpload {
            album: album.clone(),
            picture,
        };
        let Done::Yes(started) = person.ask(start).await else {
            return;
        };
        let media = started.id.clone();
        if !person.put(&started, &bytes).await {
            person.ask(Command::AbandonUpload { media }).await;
            return;
        }
        if let Done::Yes(_) = person
            .ask(Command::CompleteUpload {
                media: media.clone(),
            })
            .await
        {
            self.items.push(Item {
                media,
                album,
                trashed: false,
            });
        }
    }

    async fn trash_or_restore(&mut self, person: &mut Person) {
        if self.items.is_empty() {
            return;
        }
        let mut item = self
            .items
            .swap_remove(person.dice().place(self.items.len()));
        let media = item.media.clone();
        let command = if item.trashed {
            Command::RestoreMedia { media }
        } else {
            Command::TrashMedia { media }
        };
        if let Done::Yes(_) = person.ask(command).await {
            item.trashed = !item.trashed;
            self.items.push(item);
        }
    }

    async fn delete_media(&mut self, person: &mut Person) {
        if !self.items.is_empty() {
            let item = self
                .items
                .swap_remove(person.dice().place(self.items.len()));
            person.ask(Command::DeleteMedia { media: item.media }).await;
        }
    }

    /// What is in it is deleted in the background, so it is nobody's any more.
    async fn delete_album(&mut self, person: &mut Person) {
        let album = self
            .albums
            .swap_remove(person.dice().place(self.albums.len()));
        self.items.retain(|item| item.album != album);
        person.ask(Command::DeleteAlbum { album }).await;
    }

    async fn start_and_abandon(&mut self, person: &mut Person) {
        let start = Command::StartUpload {
            album: self.some_album(person),
            picture: picture(person),
        };
        if let Done::Yes(started) = person.ask(start).await {
            person
                .ask(Command::AbandonUpload { media: started.id })
                .await;
        }
    }

    /// Refused, since nothing was put.
    async fn complete_too_early(&mut self, person: &mut Person) {
        let start = Command::StartUpload {
            album: self.some_album(person),
            picture: picture(person),
        };
        if let Done::Yes(started) = person.ask(start).await {
            person
                .ask(Command::CompleteUpload { media: started.id })
                .await;
        }
    }

    fn some_album(&self, person: &mut Person) -> String {
        let place = person.dice().place(self.albums.len());
        self.albums[place].clone()
    }
}

/// Refused, since there is no such album.
async fn rename_nothing(person: &mut Person) {
    let album = person.dice().id().to_string();
    person
        .ask(Command::RenameAlbum {
            album,
            title: "Nowhere".to_owned(),
        })
        .await;
}

async fn rename_oneself(person: &mut Person) {
    let name = format!("Mina {}", person.dice().below(1000));
    person.ask(Command::ChangeDisplayName { name }).await;
}

fn picture(person: &mut Person) -> Picture {
    let length = 200 + person.dice().below(LARGEST);
    let mut bytes = JPEG.to_vec();
    bytes.extend(person.dice().bytes(usize::try_from(length).unwrap_or(200)));
    let sha256 = digest(&SHA256, &bytes).as_ref().to_vec();
    Picture { bytes, sha256 }
}
