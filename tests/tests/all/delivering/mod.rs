//! Signed URLs, the edge that takes them, and albums as archives.

mod albums;
mod edge;
mod signing;

use std::time::{Duration, Instant};

use picup_proto::queries::v1::{Delivery, ListMediaRequest};
use picup_tests::{Answer, Person, System, jpeg, send};
use tonic::Request;

/// Somebody with one stored picture, and how it is fetched.
struct Shown {
    person: Person,
    album: String,
    media: String,
    bytes: Vec<u8>,
    delivery: Delivery,
}

impl Shown {
    async fn in_system(system: &System) -> Self {
        Self::from_address(system, None).await
    }

    /// Somebody behind a proxy that says where they are.
    async fn from_address(system: &System, address: Option<&str>) -> Self {
        let person = Person::sign_up(system).await;
        let (album, _) = person.create_album("Jeju").await;
        let bytes = jpeg(7);
        let (media, token) = person.upload(&album, "image/jpeg", &bytes).await;
        let mut request = person.request(ListMediaRequest {
            token: Some(token),
            album_id: album.clone(),
            ..ListMediaRequest::default()
        });
        forwarded_for(&mut request, address);
        let listed = person.album_queries().list_media(request).await;
        let delivery = listed.expect("a list").into_inner().delivery;
        Self {
            person,
            album,
            media,
            bytes,
            delivery: delivery.expect("a delivery"),
        }
    }

    /// Asks for the listing again, until whatever was just restarted answers.
    async fn again(&self) -> Delivery {
        let start = Instant::now();
        loop {
            let request = self.person.request(ListMediaRequest {
                album_id: self.album.clone(),
                ..ListMediaRequest::default()
            });
            match self.person.album_queries().list_media(request).await {
                Ok(listed) => return listed.into_inner().delivery.expect("a delivery"),
                Err(status) => assert!(start.elapsed() < Duration::from_secs(20), "{status}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The path of an object of this picture's, without a signature.
    fn bare(&self, name: &str) -> String {
        format!("/u/{}/m/{}/{name}", self.person.account, self.media)
    }

    fn path(&self) -> String {
        format!("{}?{}", self.bare("original"), self.delivery.query)
    }

    async fn get(&self, headers: &[(&str, &str)]) -> Answer {
        send("GET", &self.delivery.base_url, &self.path(), headers).await
    }
}

fn forwarded_for<T>(request: &mut Request<T>, address: Option<&str>) {
    if let Some(address) = address {
        let address = address.parse().expect("a header");
        request.metadata_mut().insert("x-forwarded-for", address);
    }
}
