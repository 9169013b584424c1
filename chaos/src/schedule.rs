//! When which fault happens.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout};

use crate::{
    dice::Dice,
    faults::{Kind, Lane, Site},
    load::{Load, Person},
};

/// How long a fault's end is waited for before the next one; the recovery goes on.
const RECOVERY: Duration = Duration::from_secs(15);
/// How long lanes may go on beyond their time for faults that have not happened yet.
const BEYOND: Duration = Duration::from_mins(10);
const SHORTEST_PAUSE: u64 = 100;
const LONGEST_PAUSE: u64 = 800;

/// One attempt at a fault.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub kind: Kind,
    /// What was seen of it, or why nothing was.
    pub seen: Result<String, String>,
    /// From its end until a change went the whole way again; nothing if that took too long.
    pub recovery: Option<Duration>,
}

/// All attempts so far.
#[derive(Default)]
pub struct Diary(Mutex<Vec<Attempt>>);

impl Diary {
    /// All attempts.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How often a fault was seen to happen.
    pub fn happened(&self, kind: Kind) -> usize {
        let attempts = self.attempts();
        let happened = attempts
            .iter()
            .filter(|attempt| attempt.kind == kind && attempt.seen.is_ok());
        happened.count()
    }

    fn enter(&self, attempt: Attempt) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(attempt);
    }
}

/// Does faults, lanes side by side, until the time is up and each kind has happened at least so often.
pub async fn run(
    site: &Arc<Site>,
    load: &Arc<Load>,
    seed: u64,
    kinds: &[Kind],
    duration: Duration,
    least: usize,
) -> Arc<Diary> {
    let diary = Arc::new(Diary::default());
    let end = Instant::now() + duration;
    let mut lanes = Vec::new();
    for lane in [Lane::Services, Lane::Servers, Lane::Lines] {
        let of_lane: Vec<Kind> = kinds
            .iter()
            .copied()
            .filter(|kind| kind.lane() == lane)
            .collect();
        if of_lane.is_empty() {
            continue;
        }
        let (site, load, diary) = (site.clone(), load.clone(), diary.clone());
        let dice = Dice::new(seed, &format!("{lane:?}"));
        lanes.push(tokio::spawn(async move {
            let witness = Witness::come(&load, lane).await;
            let until = Until { end, least };
            go(&site, &of_lane, dice, until, &diary, witness).await;
        }));
    }
    for lane in lanes {
        if let Err(error) = lane.await {
            eprintln!("chaos: a lane of faults panicked: {error}");
        }
    }
    let left = end.saturating_duration_since(Instant::now());
    sleep(left).await;
    diary
}

/// When a lane is done.
#[derive(Clone, Copy)]
struct Until {
    end: Instant,
    least: usize,
}

async fn go(
    site: &Site,
    kinds: &[Kind],
    mut dice: Dice,
    until: Until,
    diary: &Diary,
    mut witness: Option<Witness>,
) {
    let mut deck: Vec<Kind> = Vec::new();
    loop {
        let over = Instant::now() >= until.end;
        if deck.is_empty() || over {
            deck = kinds.to_vec();
            deck.retain(|kind| !over || diary.happened(*kind) < until.least);
            dice.shuffle(&mut deck);
        }
        let Some(kind) = deck.pop() else {
            return;
        };
        if Instant::now() >= until.end + BEYOND {
            return;
        }
        let seen = site
            .suffer(kind, &mut dice)
            .await
            .map_err(|error| format!("{error:#}"));
        let recovery = match &mut witness {
            Some(witness) => witness.wait().await,
            None => None,
        };
        diary.enter(Attempt {
            kind,
            seen,
            recovery,
        });
        let pause = SHORTEST_PAUSE + dice.below(LONGEST_PAUSE - SHORTEST_PAUSE);
        sleep(Duration::from_millis(pause)).await;
    }
}

/// Somebody who only looks whether the whole way is open: a command, and a query that sees its effect.
struct Witness {
    person: Person,
    album: String,
}

impl Witness {
    async fn come(load: &Arc<Load>, lane: Lane) -> Option<Self> {
        let number = 1_000_000 + lane as u64;
        let mut person = Person::sign_up(load, number).await?;
        let album = person.create_album("Witness").await?;
        Some(Self { person, album })
    }

    async fn wait(&mut self) -> Option<Duration> {
        let start = Instant::now();
        let seen = async {
            while !self.person.sees_own_change(&self.album).await {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(RECOVERY, seen).await.ok().map(|()| start.elapsed())
    }
}
