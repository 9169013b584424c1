//! Application-level group commit: appends that wait at the same time share one transaction, so that they
//! share its round trips and its flush to disk.

use std::{collections::HashSet, sync::Arc};

use sqlx::MySqlPool;
use tokio::sync::{Mutex, mpsc};

use crate::{
    append::{AppendError, Appended, Pending},
    error, write,
};

/// Commands in one transaction, at most. More gain little and make a failed group cost more.
const GROUP: usize = 64;
/// Tries of a transaction that lost a deadlock before its commands are told that the log is unavailable.
const TRIES: u32 = 5;

/// One writer: takes whatever waits, writes it, answers, until the log is dropped.
///
/// It does not wait for a group to fill: while one transaction is under way the next group gathers by
/// itself, and a lone command is written at once.
pub(crate) async fn write_groups(
    pool: MySqlPool,
    pending: Arc<Mutex<mpsc::Receiver<Pending>>>,
    appended: Arc<dyn Fn() + Send + Sync>,
) {
    loop {
        let mut group = Vec::with_capacity(GROUP);
        if pending.lock().await.recv_many(&mut group, GROUP).await == 0 {
            return;
        }
        metrics::histogram!("picup_append_group_size").record(count(group.len()));
        let (together, alone) = split(group);
        write_together(&pool, together).await;
        for one in alone {
            let result = write_one(&pool, &one).await;
            answer(one, result);
        }
        appended();
    }
}

/// Members that may share a transaction, and those that go alone: the ones with rows alongside, and
/// the later ones of those that extend the same stream, since only the first can succeed.
fn split(group: Vec<Pending>) -> (Vec<Pending>, Vec<Pending>) {
    let mut taken = HashSet::new();
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for one in group {
        let streams = || one.append.streams.iter().map(|stream| stream.stream);
        if one.alongside.is_some() || streams().any(|stream| taken.contains(&stream)) {
            alone.push(one);
        } else {
            taken.extend(streams());
            together.push(one);
        }
    }
    (together, alone)
}

async fn write_together(pool: &MySqlPool, group: Vec<Pending>) {
    if group.is_empty() {
        return;
    }
    let appends: Vec<_> = group.iter().map(|one| &one.append).collect();
    match write_retrying(pool, &appends, None).await {
        Ok(()) => {
            for one in group {
                let reached = reached(&one);
                answer(one, Ok(reached));
            }
        }
        // Somebody in the group is to blame: each goes alone and learns its own answer. An outage is
        // nobody's fault, and trying it once per member would only make all of them wait.
        Err(error) if group.len() > 1 && !matches!(error, AppendError::Unavailable(_)) => {
            metrics::counter!("picup_append_groups_split_total").increment(1);
            for one in group {
                let result = write_one(pool, &one).await;
                answer(one, result);
            }
        }
        Err(error) => {
            for one in group {
                answer(one, Err(error.clone()));
            }
        }
    }
}

async fn write_one(pool: &MySqlPool, one: &Pending) -> Result<Appended, AppendError> {
    write_retrying(pool, &[&one.append], one.alongside.as_deref()).await?;
    Ok(reached(one))
}

async fn write_retrying(
    pool: &MySqlPool,
    appends: &[&crate::Append],
    alongside: Option<&dyn crate::Alongside>,
) -> Result<(), AppendError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match write::write(pool, appends, alongside).await {
            Err(AppendError::Unavailable(error))
                if error::is_contention(&error) && tries < TRIES =>
            {
                metrics::counter!("picup_append_deadlocks_total").increment(1);
            }
            result => return result,
        }
    }
}

fn reached(one: &Pending) -> Appended {
    let streams = one.append.streams.iter();
    streams
        .map(|s| (s.stream, s.expected_version + s.events.len() as u64))
        .collect()
}

fn answer(one: Pending, result: Result<Appended, AppendError>) {
    let outcome = match &result {
        Ok(_) => "appended",
        Err(AppendError::Conflict) => "conflict",
        Err(AppendError::Repeated) => "repeated",
        Err(_) => "failed",
    };
    metrics::counter!("picup_appends_total", "outcome" => outcome).increment(1);
    // The caller may have gone away; the append stands all the same.
    drop(one.reply.send(result));
}

fn count(length: usize) -> f64 {
    u32::try_from(length).map_or(f64::MAX, f64::from)
}
