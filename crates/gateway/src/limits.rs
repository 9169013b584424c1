use std::{net::IpAddr, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

/// Keys that are remembered before those whose allowance is full again are forgotten.
const REMEMBERED: usize = 10_000;

/// How often one address or one account may ask.
pub struct Limits {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<Uuid>,
}

impl Limits {
    /// Requests a minute for an address without a token, and a second for an account.
    pub fn new(per_address_and_minute: u32, per_account_and_second: u32) -> Self {
        let number = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            addresses: RateLimiter::keyed(Quota::per_minute(number(per_address_and_minute))),
            accounts: RateLimiter::keyed(Quota::per_second(number(per_account_and_second))),
        }
    }

    /// Refuses an address that asks too often without a token.
    pub fn address(&self, address: IpAddr) -> Result<(), Fault> {
        if self.addresses.len() > REMEMBERED {
            self.addresses.retain_recent();
        }
        self.addresses.check_key(&network_of(address)).map_err(|_| {
            Fault::new(
                ErrorCode::TooManyRequests,
                "too many requests from your address: wait a minute",
            )
        })
    }

    /// Refuses an account that asks too often.
    pub fn account(&self, account: Uuid) -> Result<(), Fault> {
        if self.accounts.len() > REMEMBERED {
            self.accounts.retain_recent();
        }
        self.accounts.check_key(&account).map_err(|_| {
            Fault::new(
                ErrorCode::TooManyRequests,
                "too many requests at once: slow down",
            )
            .with_retry_after(std::time::Duration::from_secs(1))
        })
    }
}

/// One household has a whole /64 of IPv6 addresses, so those count as one.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        four @ IpAddr::V4(_) => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_share_an_allowance() {
        let limits = Limits::new(1, 1);
        assert!(limits.address("2001:db8::1".parse().unwrap()).is_ok());
        assert!(limits.address("2001:db8::2".parse().unwrap()).is_err());
        assert!(limits.address("2001:db8:1::1".parse().unwrap()).is_ok());
        assert!(limits.address("192.0.2.1".parse().unwrap()).is_ok());
        assert!(limits.address("::ffff:192.0.2.1".parse().unwrap()).is_err());
    }
}
