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

/// Where all objects of an account are: `u/<account>/`.
pub fn account_prefix(account: Uuid) -> String {
    format!("u/{account}/")
}

/// What a key says that an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// Whose it is.
    pub account: Uuid,
    /// Of which media item.
    pub media: Uuid,
    /// Which of its objects: `original`.
    pub name: &'a str,
}

/// The account of a key below `u/<account>/`; `None` for any other.
pub fn account_of_key(key: &str) -> Option<Uuid> {
    let (account, _) = key.strip_prefix("u/")?.split_once('/')?;
    canonical(account)
}

/// Reads a key of a media item's object; `None` for any other.
pub fn parse_key(key: &str) -> Option<ObjectName<'_>> {
    let (account, rest) = key.strip_prefix("u/")?.split_once('/')?;
    let (media, name) = rest.strip_prefix("m/")?.split_once('/')?;
    Some(ObjectName {
        account: canonical(account)?,
        media: canonical(media)?,
        name,
    })
}

/// An id in the one way that our keys write it: another way would be another object.
fn canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_what_is_none_of_ours_does_not() {
        let (account, media) = (Uuid::from_u128(0xabc1), Uuid::from_u128(0xabc2));
        let key = original_key(account, media);
        let name = ObjectName {
            account,
            media,
            name: "original",
        };
        assert_eq!(parse_key(&key), Some(name));
        assert_eq!(account_of_key(&key), Some(account));
        for wrong in [key.to_uppercase(), format!("x/{key}"), "u/".to_owned()] {
            assert_eq!(parse_key(&wrong), None, "{wrong}");
            assert_eq!(account_of_key(&wrong), None, "{wrong}");
        }
        let stray = account_prefix(account) + "notes.txt";
        assert_eq!(parse_key(&stray), None);
        assert_eq!(account_of_key(&stray), Some(account));
    }
}
