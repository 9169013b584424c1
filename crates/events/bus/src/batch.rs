use bytes::Bytes;
use lapin::message::Delivery;
use picup_proto::events::v1::Envelope;
use prost::Message as _;
use uuid::Uuid;

use crate::{ConsumerSpec, Failure, Outgoing, RETRY_TIERS, Received, RetryTier, Verdict};

/// What was decided about the messages of a batch: those that move to another queue, and how many
/// came to which end, for the metric.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    pub(crate) moves: Vec<Outgoing>,
    pub(crate) done: u64,
    pub(crate) retried: u64,
    pub(crate) dead_lettered: u64,
}

impl Decisions {
    /// Reads a message, or decides that it is a dead letter because it cannot be read.
    pub(crate) fn read(
        &mut self,
        spec: &ConsumerSpec,
        delivery: &mut Delivery,
    ) -> Option<Received> {
        let body = Bytes::from(std::mem::take(&mut delivery.data));
        let headers = delivery.properties.headers().as_ref();
        let failure = headers.and_then(Failure::from_headers);
        let attempt = failure
            .as_ref()
            .map_or(1, |failure| failure.attempt.saturating_add(1));
        let first_failed_at = failure.map(|failure| failure.first_failed_at);
        match Envelope::decode(body.clone()) {
            Ok(envelope) => Some(Received {
                envelope,
                body,
                attempt,
                first_failed_at,
            }),
            Err(error) => {
                let error = format!("the body is not an envelope: {error}");
                let message_id = delivery.properties.message_id().as_ref();
                let message_id = message_id.map_or("", |id| id.as_str());
                let failure = Failure::now(attempt, first_failed_at, &error, &spec.work_queue());
                self.dead_letter(spec, message_id, body, failure);
                None
            }
        }
    }

    /// Takes down the verdicts over messages, which are in the same order.
    pub(crate) fn judge(
        &mut self,
        spec: &ConsumerSpec,
        messages: &[Received],
        verdicts: Vec<Verdict>,
    ) {
        for (message, verdict) in messages.iter().zip(verdicts) {
            let own_id = || {
                Uuid::from_slice(&message.envelope.event_id)
                    .map_or_else(|_| String::new(), |id| id.to_string())
            };
            let (message_id, body, error, permanent) = match verdict {
                Verdict::Done => {
                    self.done += 1;
                    continue;
                }
                Verdict::Retry { error } => (own_id(), message.body.clone(), error, false),
                Verdict::DeadLetter { error } => (own_id(), message.body.clone(), error, true),
                Verdict::Instead {
                    event_id,
                    body,
                    error,
                    permanent,
                } => (event_id.to_string(), body, error, permanent),
            };
            let consumer = spec.work_queue();
            let failure = Failure::now(message.attempt, message.first_failed_at, &error, &consumer);
            match retry_tier(message.attempt).filter(|_| !permanent) {
                Some(tier) => {
                    self.retried += 1;
                    let retry = Outgoing::to_queue(spec.retry_queue(tier), message_id, body);
                    let retry = retry.with_failure(failure).expiring_after(tier.jittered());
                    self.moves.push(retry);
                }
                None => self.dead_letter(spec, &message_id, body, failure),
            }
        }
    }

    fn dead_letter(
        &mut self,
        spec: &ConsumerSpec,
        message_id: &str,
        body: Bytes,
        failure: Failure,
    ) {
        self.dead_lettered += 1;
        let letter = Outgoing::to_queue(spec.dead_letter_queue(), message_id, body);
        self.moves.push(letter.with_failure(failure));
    }
}

/// Where a message goes whose attempt of that number failed; nowhere after the last tier.
fn retry_tier(attempt: u32) -> Option<RetryTier> {
    let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
    RETRY_TIERS.get(index).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ConsumerSpec = ConsumerSpec {
        name: "usage",
        version: 1,
        bindings: &["ledger.*"],
    };

    #[test]
    fn an_event_that_failed_without_its_own_message_goes_the_way_of_its_failure() {
        let message = Received {
            envelope: Envelope::default(),
            body: Bytes::from_static(b"later"),
            attempt: 1,
            first_failed_at: None,
        };
        for (permanent, queue) in [(false, "usage.v1.retry.about-1s"), (true, "usage.v1.dlq")] {
            let verdict = Verdict::Instead {
                event_id: Uuid::from_u128(5),
                body: Bytes::from_static(b"earlier"),
                error: "no".to_owned(),
                permanent,
            };
            let mut decisions = Decisions::default();
            decisions.judge(&SPEC, std::slice::from_ref(&message), vec![verdict]);
            let [moved] = decisions.moves.as_slice() else {
                panic!("{decisions:?}")
            };
            assert_eq!(moved.routing_key, queue);
            assert_eq!(moved.body, Bytes::from_static(b"earlier"));
            assert_eq!(moved.message_id, Uuid::from_u128(5).to_string());
        }
    }

    #[test]
    fn a_message_goes_through_all_tiers_and_is_a_dead_letter_then() {
        for (attempt, queue) in [
            (1, "usage.v1.retry.about-1s"),
            (2, "usage.v1.retry.about-10s"),
            (3, "usage.v1.retry.about-1m"),
            (4, "usage.v1.retry.about-10m"),
            (5, "usage.v1.dlq"),
            (u32::MAX, "usage.v1.dlq"),
        ] {
            let message = Received {
                envelope: Envelope::default(),
                body: Bytes::from_static(b"body"),
                attempt,
                first_failed_at: None,
            };
            let mut decisions = Decisions::default();
            decisions.judge(
                &SPEC,
                &[message],
                vec![Verdict::Retry {
                    error: "no".to_owned(),
                }],
            );
            let [moved] = decisions.moves.as_slice() else {
                panic!("{decisions:?}")
            };
            assert_eq!(moved.routing_key, queue);
            assert_eq!(moved.expires_after.is_some(), queue.contains("retry"));
            assert_eq!(moved.exchange, "");
            assert_eq!(moved.body, Bytes::from_static(b"body"));
            assert_eq!(
                moved.failure.as_ref().map(|failure| failure.attempt),
                Some(attempt)
            );
        }
    }
}
