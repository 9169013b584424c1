use http::Uri;
use picup_objects::parse_key;
use uuid::Uuid;

/// The longest name of an object beside its media item.
const LONGEST_NAME: usize = 64;

/// What a path names. There is one way to write each: whatever would have to be decoded, joined or tidied first
/// names nothing.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// An object of a media item: `/u/<account>/m/<media>/<name>`.
    Object {
        /// Where it is in S3.
        key: String,
        /// The media item.
        media: Uuid,
    },
    /// All originals of an album: `/u/<account>/a/<album>.zip`.
    Album {
        /// Whose it is.
        account: Uuid,
        /// The album.
        album: Uuid,
    },
}

impl Place {
    /// Reads the path as it was sent.
    pub fn of(uri: &Uri) -> Option<Self> {
        let path = uri.path().strip_prefix('/')?;
        let object = || {
            let parsed = parse_key(path)?;
            is_name(parsed.name).then(|| Self::Object {
                key: path.to_owned(),
                media: parsed.media,
            })
        };
        let album = || {
            let (account, rest) = path.strip_prefix("u/")?.split_once('/')?;
            let album = rest.strip_prefix("a/")?.strip_suffix(".zip")?;
            Some(Self::Album {
                account: canonical(account)?,
                album: canonical(album)?,
            })
        };
        object().or_else(album)
    }
}

/// The names that we give objects: `original`, `grid.webp`.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
    };
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && !name.contains("..")
}

fn canonical(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    (id.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "01930f2e-5a6b-7c8d-9e0f-102030405060";
    const MEDIA: &str = "01930f2e-5a6b-7c8d-9e0f-1020304050ff";

    fn place(path: &str) -> Option<Place> {
        Place::of(&path.parse().ok()?)
    }

    #[test]
    fn the_one_way_to_write_a_place_is_read() {
        let key = format!("u/{ACCOUNT}/m/{MEDIA}/grid.webp");
        let expected = Place::Object {
            key: key.clone(),
            media: MEDIA.parse().unwrap(),
        };
        assert_eq!(place(&format!("/{key}?Policy=x")), Some(expected));
        let expected = Place::Album {
            account: ACCOUNT.parse().unwrap(),
            album: MEDIA.parse().unwrap(),
        };
        assert_eq!(
            place(&format!("/u/{ACCOUNT}/a/{MEDIA}.zip")),
            Some(expected)
        );
    }

    #[test]
    fn no_trick_with_a_path_names_anything() {
        let good = format!("/u/{ACCOUNT}/m/{MEDIA}/original");
        assert!(place(&good).is_some());
        let long = "a".repeat(65);
        for wrong in [
            good.replace("original", "%6friginal"),
            good.replace("original", "../x/original"),
            good.replace("original", "%2e%2e/original"),
            good.replace("original", "..%2foriginal"),
            good.replace("original", "a%2Fb"),
            good.replace("original", "a\\b"),
            good.replace("original", "a/b"),
            good.replace("original", ".."),
            good.replace("original", "a..b"),
            good.replace("original", ".hidden"),
            good.replace("original", ""),
            good.replace("original", "Original"),
            good.replace("original", "original/"),
            good.replace("original", "original%00"),
            good.replace("original", &long),
            good.replace("/m/", "//m/"),
            good.replace("/m/", "/./m/"),
            good.replace("/m/", "/M/"),
            good.replace("/u/", "//u/"),
            good.replace("/u/", "/x/../u/"),
            good.to_uppercase(),
            good.replace('-', ""),
            good.replace(ACCOUNT, &format!("{{{ACCOUNT}}}")),
            format!("/u/{ACCOUNT}/a/{MEDIA}"),
            format!("/u/{ACCOUNT}/a/../a/{MEDIA}.zip"),
            format!("/u/{ACCOUNT}/"),
            "/u/".to_owned(),
        ] {
            assert_eq!(place(&wrong), None, "{wrong}");
        }
    }
}
