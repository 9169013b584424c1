//! The rules of Pic-up. Aggregates fold their events into a state ([`Album::apply`] and its sisters);
//! commands look at states and decide which events follow ([`Decide`]).
//!
//! Nothing here reads or writes, knows the time or throws dice: what a rule needs is passed in. So every
//! rule is tested as given events, when command, then events. Start reading at
//! [`commands::RenameAlbum`], the shortest command, then [`commands::StartUpload`], which touches two streams.

mod account;
mod album;
mod claim;
pub mod commands;
mod content;
mod decide;
mod ledger;
mod media;
mod part_plan;
mod refusal;
mod share;
mod state;

pub use account::{Account, AccountPhase};
pub use album::Album;
pub use claim::{Claim, UNRECORDED_FOR};
pub use content::{ContentMismatch, SNIFF_LENGTH, content_type_of, kind_of, verify_content};
pub use decide::{Decide, Decision, View};
pub use ledger::Ledger;
pub use media::{Media, Phase, StoredRendition, Upload};
pub use part_plan::{MAX_UPLOAD_BYTES, MOST_PARTS, Part, PartPlan, SINGLE_PUT_BYTES};
pub use refusal::Refusal;
pub use share::{GuestUpload, MOST_SHARES, Share};
pub use state::{State, Versioned};
