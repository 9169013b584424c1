//! Where a request came from.

use std::net::IpAddr;

use tonic::metadata::MetadataMap;

/// Who asked, as the gateway has seen them.
pub fn client_address(metadata: &MetadataMap) -> Option<IpAddr> {
    let told = metadata.get("x-picup-client-address")?;
    told.to_str().ok()?.parse().ok()
}

/// One household has a whole /64 of IPv6 addresses, so those count as one.
pub fn household_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
        four @ IpAddr::V4(_) => four,
    }
}
