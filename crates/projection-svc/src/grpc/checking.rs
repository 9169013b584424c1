use picup_delivery::{Invalid, LONGEST_URL, Policy, query_of};
use picup_proto::queries::v1::{CheckUrlRequest, CheckUrlResponse};
use picup_service::{
    auth::{Caller, Role},
    errors::{ErrorCode, Fault},
};

use crate::deliver::{Deliveries, micros};

/// Explains whether a URL is valid to whose objects it is about, and to operators.
pub fn check(
    deliveries: &Deliveries,
    caller: Caller,
    request: &CheckUrlRequest,
) -> Result<CheckUrlResponse, Fault> {
    let own = format!("{}/u/{}/", deliveries.base_url(), caller.account);
    if caller.role != Role::Operator && !request.url.starts_with(&own) {
        let message = "this is no URL of your objects here";
        return Err(Fault::new(ErrorCode::NotFound, message));
    }
    let address = match request.address.as_str() {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| Fault::invalid("address", "an IP address"))?,
        ),
    };
    let checked = deliveries.check(&request.url, address);
    let policy = if request.url.len() > LONGEST_URL {
        None
    } else {
        query_of(&request.url).ok().and_then(|(_, signed)| {
            let policy = deliveries.signed_policy(&signed)?;
            Some((policy, signed.key_pair_id))
        })
    };
    Ok(answer(checked.err(), policy))
}

fn answer(invalid: Option<Invalid>, policy: Option<(Policy, String)>) -> CheckUrlResponse {
    let mut answer = CheckUrlResponse {
        valid: invalid.is_none(),
        ..CheckUrlResponse::default()
    };
    if let Some(invalid) = invalid {
        invalid.reason().clone_into(&mut answer.reason);
        answer.message = invalid.to_string();
    }
    if let Some((policy, key_pair_id)) = policy {
        answer.key_pair_id = key_pair_id;
        answer.resource = policy.resource;
        answer.expires_at_micros = micros(policy.expires_at);
        answer.network = policy
            .network
            .map(|network| network.to_string())
            .unwrap_or_default();
    }
    answer
}
