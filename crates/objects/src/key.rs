use uuid::Uuid;

/// Where all objects of a media item are: `u/<account>/m/<media>/`. The account comes first so that one
/// signed policy can cover everything that an owner may see.
pub fn media_prefix(account: Uuid, media: Uuid) -> String {
    format!("u/{account}/m/{media}/")
}

/// Where the uploaded bytes of a media item are.
pub fn original_key(account: Uuid, media: Uuid) -> String {
    media_prefix(account, media) + "original"
}
