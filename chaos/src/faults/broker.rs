use std::time::Duration;

use anyhow::Context as _;
use picup_event_bus::{CONSUMERS, ConsumerSpec, EXCHANGE, UNROUTED_QUEUE};
use picup_event_types::messages::Envelope;
use prost::Message as _;
use tokio::time::sleep;
use uuid::Uuid;

use super::{Site, between};
use crate::{
    amqp::Hand,
    dice::Dice,
    invariants::log::{between_positions, newest_position},
    servers::{self, Shortage},
};

/// The broker believes that it has run out of something, and blocks those who publish.
pub async fn alarm(site: &Site, shortage: Shortage, dice: &mut Dice) -> anyhow::Result<String> {
    let stack = &site.installation.servers;
    let raised = servers::run_short(stack, shortage).await;
    if raised.is_ok() {
        sleep(between(dice, 1000, 3000)).await;
    }
    servers::run_long(stack, shortage).await?;
    raised?;
    Ok(format!("the broker listed its {shortage:?} alarm"))
}

/// Deletes one binding of one consumer. Nobody brings it back but the product, and nobody gives the consumer what
/// it missed.
pub async fn unbind(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let (spec, key) = some_binding(dice);
    let queue = spec.work_queue();
    let hand = Hand::reach(&site.installation.servers.endpoints().amqp_url).await?;
    let pause = between(dice, 500, 2000);
    tokio::select! {
        lost = keep_unbound(&hand, &queue, key) => lost?,
        seen = is_absent(site, &queue, key) => seen?,
    }
    tokio::select! {
        lost = keep_unbound(&hand, &queue, key) => lost?,
        () = sleep(pause) => {}
    }
    let unrouted = hand.ready(UNROUTED_QUEUE).await?;
    site.traces().unrouted += u64::from(unrouted);
    Ok(format!(
        "{queue} had no binding {key}; {unrouted} events had found no queue at all"
    ))
}

/// The consumer may declare it again at any time. Comes to its end when the broker cannot be told.
async fn keep_unbound(hand: &Hand, queue: &str, key: &str) -> anyhow::Result<()> {
    loop {
        hand.unbind(queue, key).await?;
        sleep(Duration::from_millis(50)).await;
    }
}

fn some_binding(dice: &mut Dice) -> (ConsumerSpec, &'static str) {
    let spec = CONSUMERS[dice.place(CONSUMERS.len())];
    (spec, spec.bindings[dice.place(spec.bindings.len())])
}

async fn is_absent(site: &Site, queue: &str, key: &str) -> anyhow::Result<()> {
    let expression = format!(
        "Source = rabbit_misc:r(<<\"/\">>, exchange, <<\"{EXCHANGE}\">>), \
         Queue = rabbit_misc:r(<<\"/\">>, queue, <<\"{queue}\">>), \
         Bindings = rabbit_binding:list_for_source_and_destination(Source, Queue), \
         [] = [B || B <- Bindings, element(3, B) =:= <<\"{key}\">>]."
    );
    let seen = servers::evaluate(&site.installation.servers, expression).await;
    seen.with_context(|| format!("the binding {key} of {queue} was still there"))
}

/// Sends one consumer a message that nobody can read.
pub async fn poison(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let spec = CONSUMERS[dice.place(CONSUMERS.len())];
    let id = dice.id();
    let body = if dice.below(2) == 0 {
        dice.bytes(30)
    } else {
        unreadable(id, spec, dice)
    };
    let hand = Hand::reach(&site.installation.servers.endpoints().amqp_url).await?;
    // Entered first: it may be there even if the broker's word for it is not.
    let entry = (id.to_string(), spec.work_queue());
    site.traces().poison.push(entry);
    hand.publish("", &spec.work_queue(), &id.to_string(), &body)
        .await?;
    Ok(format!("{} holds message {id}", spec.work_queue()))
}

/// An envelope in order around an event that is none.
fn unreadable(id: Uuid, spec: ConsumerSpec, dice: &mut Dice) -> Vec<u8> {
    let (category, name) = match spec.bindings.iter().find(|key| !key.ends_with('*')) {
        Some(key) => key.split_once('.').unwrap_or(("media", "MediaDeleted")),
        None => ("account", "AccountOpened"),
    };
    let envelope = Envelope {
        event_id: id.as_bytes().to_vec(),
        stream: format!("{category}/{}", dice.id()),
        version: 1,
        r#type: name.to_owned(),
        payload: vec![0xff; 9].into(),
        ..Envelope::default()
    };
    envelope.encode_to_vec()
}

/// Publishes events again that were published long ago, as a relay does that died before it could tell.
pub async fn repeat(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let pool = site.installation.database("").await?;
    let newest = newest_position(&pool).await?;
    let mut events = between_positions(&pool, newest.saturating_sub(1000), newest).await?;
    pool.close().await;
    dice.shuffle(&mut events);
    events.truncate(100);
    anyhow::ensure!(!events.is_empty(), "there are no events yet");
    let hand = Hand::reach(&site.installation.servers.endpoints().amqp_url).await?;
    for event in &events {
        let id = event.event_id.to_string();
        hand.publish(EXCHANGE, &event.routing_key, &id, &event.to_envelope())
            .await?;
    }
    // So that they are not mistaken for another fault's.
    sleep(Duration::from_millis(100)).await;
    Ok(format!(
        "the broker confirmed {} events a second time",
        events.len()
    ))
}
