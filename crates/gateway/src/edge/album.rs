//! An album as one ZIP64, made while it is sent. Its whole length is told first, so that a client sees whether
//! all of it came.

use axum::{body::Body, response::Response};
use http::{HeaderValue, Method, header, request::Parts as Head};
use picup_delivery::{
    archive::{Archive, Crc32, length_of},
    names::safe,
};
use picup_objects::{FetchError, Objects, original_key};
use uuid::Uuid;

use super::{
    Edge, Refusal,
    originals::Originals,
    source::Source,
    stream::{self, Gone, Pieces},
};

impl Edge {
    pub(super) async fn album(
        &self,
        request: &Head,
        account: Uuid,
        album: Uuid,
    ) -> Result<Response, Refusal> {
        let place = self.album_places.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::busy())?;
        let originals = self.originals(account, album).await?;
        let length = length_of(&originals.entries);
        let disposition = disposition(&originals.title);
        let body = if request.method == Method::HEAD {
            Body::empty()
        } else {
            let objects = self.objects.clone();
            stream::body(place, move |pieces| {
                send(objects, account, originals, pieces)
            })
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/zip"),
        );
        headers.insert(header::CONTENT_LENGTH, length.into());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        Ok(response)
    }
}

async fn send(objects: Objects, account: Uuid, originals: Originals, pieces: Pieces) {
    match write(&objects, account, &originals, &pieces).await {
        Ok(()) | Err(Broken::Client) => {}
        // An item that was deleted meanwhile, or an S3 that stays away: half an archive must not look whole.
        Err(Broken::Source(error)) => pieces.break_off(error.to_string()).await,
    }
}

enum Broken {
    Client,
    Source(FetchError),
}

impl From<Gone> for Broken {
    fn from(_: Gone) -> Self {
        Self::Client
    }
}

async fn write(
    objects: &Objects,
    account: Uuid,
    originals: &Originals,
    pieces: &Pieces,
) -> Result<(), Broken> {
    let mut archive = Archive::new(originals.entries.clone());
    while let Some((at, header)) = archive.begin() {
        pieces.send(header.into()).await?;
        let (entry, media) = (&originals.entries[at], originals.media[at]);
        let key = original_key(account, media);
        let mut source = Source::new(objects.clone(), key, 0, entry.bytes, None);
        let mut sum = Crc32::new();
        while let Some(bytes) = source.next().await.map_err(Broken::Source)? {
            sum.update(&bytes);
            pieces.send(bytes).await?;
        }
        pieces.send(archive.end(sum.finalize()).into()).await?;
    }
    for piece in archive.close() {
        pieces.send(piece.into()).await?;
    }
    Ok(())
}

/// The album's title as a file's name: in ASCII for old clients, and as it is (RFC 8187).
fn disposition(title: &str) -> String {
    let name = safe(title);
    let plain = |character: char| {
        let taken = character.is_ascii_alphanumeric() || " -_.()".contains(character);
        if taken { character } else { '_' }
    };
    let ascii: String = name.chars().map(plain).collect();
    let encoded = name.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    let encoded: String = encoded.collect();
    format!("attachment; filename=\"{ascii}.zip\"; filename*=UTF-8''{encoded}.zip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_file_name_and_nothing_else() {
        assert_eq!(
            disposition("Été \"1\"\r\nX: y"),
            "attachment; filename=\"_t_ _1___X_ y.zip\"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22__X%3A%20y.zip"
        );
    }
}
