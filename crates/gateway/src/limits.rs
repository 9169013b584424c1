use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use picup_service::{
    errors::{ErrorCode, Fault},
    network::household_of,
};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// How often those whose allowance is full again are forgotten.
const FORGET: Duration = Duration::from_secs(10);
/// Addresses without a token that are remembered at most, some 100 bytes each.
const REMEMBERED: usize = 200_000;

/// How often one address or one account may ask.
pub struct Limits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<Uuid>,
}

impl Limits {
    /// Requests a minute for an address without a token, and a second for an account.
    pub fn new(per_address_and_minute: NonZeroU32, per_account_and_second: NonZeroU32) -> Self {
        Self {
            addresses: RateLimiter::keyed(Quota::per_minute(per_address_and_minute)),
            accounts: RateLimiter::keyed(Quota::per_second(per_account_and_second)),
        }
    }

    /// Refuses an address that asks too often without a token.
    pub fn address(&self, address: IpAddr) -> Result<(), Fault> {
        let allowed = self.addresses.check_key(&household_of(address)).is_ok();
        if allowed && self.addresses.len() <= REMEMBERED {
            return Ok(());
        }
        Err(Fault::new(
            ErrorCode::TooManyRequests,
            "too many requests from your address: wait a minute",
        ))
    }

    /// Refuses an account that asks too often, or the guests of one share together. There are no more of these than
    /// accounts and shares.
    pub fn account(&self, account: Uuid) -> Result<(), Fault> {
        self.accounts.check_key(&account).map_err(|_| {
            Fault::new(
                ErrorCode::TooManyRequests,
                "too many requests at once: slow down",
            )
            .with_retry_after(Duration::from_secs(1))
        })
    }

    /// Forgets, for ever, those who have not asked for long: whoever may ask freely needs no memory.
    pub async fn forget(&self) {
        let mut ticks = interval(FORGET);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.addresses.retain_recent();
            self.accounts.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_share_an_allowance() {
        let limits = Limits::new(NonZeroU32::MIN, NonZeroU32::MIN);
        assert!(limits.address("2001:db8::1".parse().unwrap()).is_ok());
        assert!(limits.address("2001:db8::2".parse().unwrap()).is_err());
        assert!(limits.address("2001:db8:1::1".parse().unwrap()).is_ok());
        assert!(limits.address("192.0.2.1".parse().unwrap()).is_ok());
        assert!(limits.address("::ffff:192.0.2.1".parse().unwrap()).is_err());
    }
}
