//! Who may fetch what, and until when: CloudFront's custom policies, signed with RSA and SHA-1 as CloudFront
//! demands, and the verifier that the gateway's edge uses for the very same URLs. Beside it what an archive of
//! originals is made of: safe names and the layout of a ZIP64.
//!
//! It is pure: time and addresses are arguments, nothing is fetched, stored or sent. It decides nothing about
//! whose a picture is. Start reading at [`Signer`], then [`Verifier`]; for archives at [`archive::Archive`].

pub mod archive;
mod encoding;
mod keys;
pub mod names;
mod network;
mod policy;
mod settings;
mod signed;
mod verify;
mod wildcard;
mod window;

pub use keys::{KeyError, Signer};
pub use network::{Binding, Network};
pub use policy::Policy;
pub use settings::{BaseUrl, EdgeSettings, SigningSettings};
pub use signed::{SignedQuery, query_of};
pub use verify::{Granted, Invalid, LONGEST_URL, Verifier, Visitor};
pub use window::Window;

/// The policy's resource that covers everything of an account.
pub fn account_resource(base_url: &BaseUrl, account: &str) -> String {
    format!("{base_url}/u/{account}/*")
}
