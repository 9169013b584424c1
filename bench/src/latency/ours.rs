use std::time::{Duration, Instant};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{commands_in, pause, person::Person, watch::Watch};
use crate::servers::Servers;

/// Who sends commands. One account may not send as many a second.
const PEOPLE: usize = 4;
/// Albums of each. So many that hardly ever two commands are about the same one at once.
const ALBUMS: usize = 16;

/// People with albums, and somebody who watches the read model.
pub struct Ours {
    albums: Vec<(Person, String)>,
    watch: Watch,
}

impl Ours {
    /// Signs people up and creates their albums.
    pub async fn prepare(servers: &Servers, name: &str, url: &str) -> anyhow::Result<Self> {
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            people.push(Person::sign_up(url).await?);
        }
        let mut albums = Vec::new();
        for _ in 0..ALBUMS {
            for person in &people {
                albums.push((person.clone(), person.create_album().await?));
            }
        }
        let database = format!("{name}_album_listings_g1");
        let watch = Watch::start(&servers.endpoints().mysql_url, &database).await?;
        Ok(Self { albums, watch })
    }

    /// Renames albums at a steady rate, whether or not earlier commands are done, and answers how long each
    /// effect took from its command's answer.
    pub async fn round(&self, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut ticks = interval(pause());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut commands = JoinSet::new();
        for (person, album) in self.albums.iter().cycle().take(commands_in(length)) {
            ticks.tick().await;
            commands.spawn(rename(person.clone(), album.clone(), self.watch.clone()));
        }
        commands.join_all().await.into_iter().collect()
    }
}

async fn rename(person: Person, album: String, watch: Watch) -> anyhow::Result<Duration> {
    let (stream, version) = person.rename_album(album).await?;
    let answered = Instant::now();
    let seen = watch.wait_for(stream, version).await?;
    Ok(seen.saturating_duration_since(answered))
}
