//! Long originals go up in parts, survive whoever sends them, and are stored only as they were announced.

use std::time::Duration;

use picup::transfer::{Transfer, TransferError};
use picup_objects::media_prefix;
use picup_proto::{
    commands::v1::{AbandonUploadRequest, UploadState},
    queries::v1::GetOriginalRequest,
};
use picup_tests::{Person, Service, System, eventually, film, put_signed, reason, shared_servers};
use tonic::Code;
use uuid::Uuid;

const PART: usize = 16 << 20;
/// Two whole parts and a short one: so short that a refusal is read even where its body is not.
const LENGTH: usize = 2 * PART + 1234;

struct Upload {
    system: System,
    mina: Person,
    album: String,
    media: String,
    film: Vec<u8>,
}

impl Upload {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let system = System::start(shared_servers(), variables).await;
        let mina = Person::sign_up(&system).await;
        let (album, _) = mina.create_album("Films").await;
        let film = film(1, LENGTH);
        let started = mina.start_upload(&album, "video/mp4", &film).await;
        let started = started.expect("it starts");
        let plan = started.parts.expect("it goes up in parts");
        assert_eq!((plan.part_bytes, plan.count), (PART as u64, 3));
        assert!(started.upload.is_none());
        Self {
            system,
            mina,
            album,
            media: started.media_id,
            film,
        }
    }

    fn part(&self, number: u32) -> &[u8] {
        let chunks: Vec<&[u8]> = self.film.chunks(PART).collect();
        chunks[number as usize - 1]
    }

    async fn put(&self, number: u32) {
        self.mina
            .put_part(&self.media, number, self.part(number))
            .await;
    }

    /// How many uploads in parts S3 still holds of the item, and how many objects.
    async fn left(&self) -> (usize, usize) {
        let objects = self.system.objects().await;
        let prefix = media_prefix(self.mina.account, self.media.parse().expect("an id"));
        let open = objects.list_multiparts(&prefix, None).await;
        let there = objects.list_after(&prefix, "", 1000).await;
        (open.expect("uploads").len(), there.expect("objects").len())
    }

    async fn goes_up_whole(&self) {
        for number in 1..=3 {
            self.put(number).await;
        }
        let completed = self.mina.complete_upload(&self.media).await;
        completed.expect("it completes");
        self.is_stored_as_it_was().await;
    }

    async fn is_stored_as_it_was(&self) {
        let usage = || async {
            let usage = self.mina.usage(None).await.expect("usage");
            (usage.stored_bytes, usage.reserved_bytes)
        };
        eventually(Duration::from_secs(20), &(LENGTH as u64, 0), usage).await;
        assert_eq!(self.left().await, (0, 1));
        // Completed again it is the same, and its token has the listing wait for it.
        let token = self.mina.complete_upload(&self.media).await;
        let request = self.mina.request(GetOriginalRequest {
            token: Some(token.expect("it is complete")),
            media_id: self.media.clone(),
        });
        let original = self.mina.album_queries().get_original(request).await;
        let url = original.expect("a URL").into_inner().url;
        let transfer = Transfer::new().expect("a transfer");
        let mut download = transfer.get(&url).await.expect("a download");
        let mut bytes = Vec::new();
        while let Some(chunk) = download.chunk().await.expect("a chunk") {
            bytes.extend_from_slice(&chunk);
        }
        assert!(bytes == self.film, "it differs");
    }

    async fn is_refused(&self, expected: &str) {
        let refused = self.mina.complete_upload(&self.media).await;
        let refused = refused.expect_err("it is refused");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, expected),
            "{refused}"
        );
        let usage = self.mina.usage(None).await.expect("usage");
        assert_eq!(usage.stored_bytes, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_lost_everything_but_the_id_goes_on_even_after_a_restart() {
    let mut upload = Upload::start(&[]).await;
    upload.put(2).await;
    upload.system.kill_service(Service::Command);
    upload.system.start_service(Service::Command).await;

    let listed = upload.mina.list_parts(&upload.media).await;
    let listed = listed.expect("a listing");
    assert_eq!(listed.state(), UploadState::Started);
    assert_eq!(
        (listed.bytes, listed.content_type.as_str()),
        (LENGTH as u64, "video/mp4")
    );
    let plan = listed.plan.expect("a plan");
    assert_eq!((plan.part_bytes, plan.count), (PART as u64, 3));
    let held: Vec<(u32, u64)> = listed
        .parts
        .iter()
        .map(|part| (part.number, part.bytes))
        .collect();
    assert_eq!(held, [(2, PART as u64)]);
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, upload.part(2));
    assert_eq!(listed.parts[0].sha256, sha256.as_ref());

    upload.is_refused("PARTS_MISSING").await;
    upload.put(1).await;
    upload.put(3).await;
    upload
        .mina
        .complete_upload(&upload.media)
        .await
        .expect("it completes");
    upload.is_stored_as_it_was().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_while_it_is_checked_costs_nothing_but_the_checking() {
    let mut upload = Upload::start(&[]).await;
    for number in 1..=3 {
        upload.put(number).await;
    }
    let (mina, media) = (upload.mina.clone(), upload.media.clone());
    let completing = tokio::spawn(async move { mina.complete_upload(&media).await });
    // As soon as the parts have become an object.
    eventually(Duration::from_secs(30), &(0, 1), || upload.left()).await;
    upload.system.kill_service(Service::Command);
    upload.system.start_service(Service::Command).await;
    // It may just have been through.
    let _ = completing.await.expect("it ends");
    let listed = upload.mina.list_parts(&upload.media).await;
    let state = listed.expect("a listing").state();
    assert!(
        matches!(state, UploadState::Verifying | UploadState::Completed),
        "{state:?}: nothing is asked for again"
    );
    upload
        .mina
        .complete_upload(&upload.media)
        .await
        .expect("it completes");
    upload.is_stored_as_it_was().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_and_forged_parts_are_found_out_and_can_be_put_right() {
    let upload = Upload::start(&[]).await;
    // Each is what its signature says, but not what the whole was announced as.
    upload.mina.put_part(&upload.media, 1, upload.part(2)).await;
    upload.mina.put_part(&upload.media, 2, upload.part(1)).await;
    upload.put(3).await;
    // Its first bytes are no film's.
    upload.is_refused("CONTENT_MISMATCH").await;

    for number in 1..=3 {
        upload.put(number).await;
    }
    let mut forged = upload.part(2).to_vec();
    forged[PART / 2] ^= 1;
    upload.mina.put_part(&upload.media, 2, &forged).await;
    upload.is_refused("UPLOAD_MISMATCH").await;
    upload.is_refused("UPLOAD_MISMATCH").await;

    upload.goes_up_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_takes_no_part_but_the_one_that_was_signed() {
    let upload = Upload::start(&[]).await;
    let signed = upload
        .mina
        .sign_part(&upload.media, 3, upload.part(3))
        .await;
    let signed = signed.expect("it is signed");
    let mut changed = upload.part(3).to_vec();
    changed[0] ^= 1;
    for wrong in [changed.as_slice(), upload.part(2)] {
        assert!(put_signed(&signed, wrong).await.is_err());
    }
    let other = picup_proto::commands::v1::PresignedPut {
        url: signed.url.replace("partNumber=3", "partNumber=1"),
        ..signed.clone()
    };
    assert_ne!(other.url, signed.url);
    let refused = put_signed(&other, upload.part(3)).await;
    assert!(
        matches!(refused, Err(TransferError::Forbidden(_))),
        "{refused:?}"
    );
    let listed = upload
        .mina
        .list_parts(&upload.media)
        .await
        .expect("a listing");
    assert_eq!(listed.parts, []);
    put_signed(&signed, upload.part(3))
        .await
        .expect("the right bytes are taken");
    for number in [0, 4, u32::MAX] {
        let refused = upload.mina.sign_part(&upload.media, number, b"").await;
        assert_eq!(
            refused.expect_err("no such part").code(),
            Code::InvalidArgument
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_url_is_asked_for_again() {
    let upload = Upload::start(&[("PICUP_S3_URL_SECONDS", "5")]).await;
    let signed = upload
        .mina
        .sign_part(&upload.media, 3, upload.part(3))
        .await;
    let signed = signed.expect("it is signed");
    assert_eq!(signed.expires_in_seconds, 5);
    let expired = || async {
        matches!(put_signed(&signed, upload.part(3)).await, Err(TransferError::Forbidden(said)) if said.contains("expired"))
    };
    eventually(Duration::from_secs(30), &true, expired).await;
    upload.goes_up_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_upload_leaves_no_part_and_takes_none_any_more() {
    let upload = Upload::start(&[]).await;
    upload.put(1).await;
    upload.put(2).await;
    let late = upload
        .mina
        .sign_part(&upload.media, 3, upload.part(3))
        .await;
    let late = late.expect("it is signed");
    assert_eq!(upload.left().await, (1, 0));
    let abandon = upload.mina.request(AbandonUploadRequest {
        command_id: Uuid::new_v4().to_string(),
        media_id: upload.media.clone(),
        reason: "no more".to_owned(),
    });
    let abandoned = upload.mina.media_commands().abandon_upload(abandon).await;
    abandoned.expect("it is abandoned");
    let reserved = || async { upload.mina.usage(None).await.expect("usage").reserved_bytes };
    eventually(Duration::from_secs(20), &0, reserved).await;
    assert_eq!(upload.left().await, (0, 0));
    let refused = put_signed(&late, upload.part(3)).await;
    assert!(
        matches!(refused, Err(TransferError::Missing(_))),
        "{refused:?}"
    );
    let refused = upload
        .mina
        .sign_part(&upload.media, 3, upload.part(3))
        .await;
    assert_eq!(reason(&refused.expect_err("it is over")), "UPLOAD_OVER");
    assert_eq!(upload.left().await, (0, 0));
    // The album goes on as if nothing had been.
    let again = upload
        .mina
        .start_upload(&upload.album, "video/mp4", &upload.film)
        .await;
    assert_ne!(again.expect("it starts").media_id, upload.media);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_are_signed_at_once_go_to_one_upload() {
    let up = Upload::start(&[]).await;
    let parts = [1, 2, 3].map(|number| up.part(number));
    let sign = |number: u32| {
        up.mina
            .sign_part(&up.media, number, parts[number as usize - 1])
    };
    // Nobody has opened the upload yet: each of these would.
    let signed = futures::future::join_all((0..12).map(|turn| sign(turn % 3 + 1))).await;
    let ids = signed.into_iter().map(|signed| {
        let url = signed.expect("signed").url;
        let id = url.split_once("uploadId=").expect("an upload").1;
        id.split('&').next().expect("an id").to_owned()
    });
    let ids: std::collections::BTreeSet<String> = ids.collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(up.left().await.0, 1);
}
