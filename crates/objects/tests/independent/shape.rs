//! The API's shape, the same of every server.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use picup_objects::{
    HeldPart, MultipartError, Original, VerifyError, composite_sha256, media_prefix, original_key,
};
use uuid::Uuid;

use crate::server::Server;

const PART: usize = 5 << 20;

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn original(bytes: &[u8], content_type: &str) -> Original {
    Original {
        bytes: bytes.len() as u64,
        content_type: content_type.to_owned(),
        sha256: sha256(bytes),
    }
}

fn ids() -> (Uuid, Uuid) {
    (Uuid::new_v4(), Uuid::new_v4())
}

async fn a_single_put(server: &Server) {
    let objects = &server.objects;
    let (account, media) = ids();
    let announced = original(b"a picture", "image/jpeg");
    let missing = objects.verify(account, media, &announced, 4).await;
    assert!(matches!(missing, Err(VerifyError::Missing)), "{missing:?}");
    let signed = objects
        .presign_put(account, media, &announced)
        .await
        .unwrap();
    if server.enforces {
        assert!(server.put(&signed, b"a forgery").wrapping_sub(400) < 100);
        assert_eq!(objects.find_original(account, media).await.unwrap(), None);
    }
    assert_eq!(server.put(&signed, b"a picture"), 200);
    let first = objects.verify(account, media, &announced, 4).await.unwrap();
    assert_eq!(first, b"a pi");
    let longer = original(b"a picture!", "image/jpeg");
    let other = original(b"a picture", "image/png");
    for wrong in [longer, other] {
        let refused = objects.verify(account, media, &wrong, 4).await;
        assert!(
            matches!(refused, Err(VerifyError::Mismatch(_))),
            "{refused:?}"
        );
    }
    let removed = objects.remove(account, media).await.unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(
        (removed[0].key.as_str(), removed[0].bytes),
        (original_key(account, media).as_str(), 9)
    );
    assert_eq!(objects.remove(account, media).await.unwrap(), []);
}

async fn an_upload_in_parts(server: &Server) {
    let objects = &server.objects;
    let (account, media) = ids();
    let film: Vec<u8> = (0..2 * PART + 1000)
        .map(|at| u8::try_from(at % 251).unwrap())
        .collect();
    let parts: Vec<&[u8]> = film.chunks(PART).collect();
    assert_eq!(objects.find_multipart(account, media).await.unwrap(), None);
    let upload = objects
        .open_multipart(account, media, "video/mp4")
        .await
        .unwrap();
    let again = objects
        .open_multipart(account, media, "video/mp4")
        .await
        .unwrap();
    assert_eq!(upload, again, "who has lost the id finds it again");
    // Out of order, as they come.
    for number in [3, 1, 2_u32] {
        let part = parts[number as usize - 1];
        let named = (number, part.len() as u64);
        let sum = sha256(part);
        let signed = objects.presign_part(account, media, &upload, named, &sum);
        let signed = signed.await.unwrap();
        if server.enforces {
            let mut forged = part.to_vec();
            forged[0] ^= 1;
            assert!(server.put(&signed, &forged).wrapping_sub(400) < 100);
        }
        assert_eq!(server.put(&signed, part), 200);
    }
    let held = objects
        .list_all_parts(account, media, &upload)
        .await
        .unwrap();
    let told: Vec<(u32, u64)> = held.iter().map(|part| (part.number, part.bytes)).collect();
    assert_eq!(told, [(1, PART as u64), (2, PART as u64), (3, 1000)]);
    if server.enforces {
        let sums: Vec<Vec<u8>> = held.iter().map(|part| part.sha256.clone()).collect();
        assert_eq!(
            sums,
            parts.iter().map(|part| sha256(part)).collect::<Vec<_>>()
        );
    }
    let (after, more) = objects
        .list_parts(account, media, &upload, 2)
        .await
        .unwrap();
    assert_eq!(
        (
            after.iter().map(|part| part.number).collect::<Vec<_>>(),
            more
        ),
        (vec![3], false)
    );

    let held = with_checksums(held, &parts);
    objects
        .complete_multipart(account, media, &upload, &held)
        .await
        .unwrap();
    let found = objects
        .find_original(account, media)
        .await
        .unwrap()
        .unwrap();
    found.must_be(&original(&film, "video/mp4")).unwrap();
    if server.enforces {
        let sums: Vec<Vec<u8>> = parts.iter().map(|part| sha256(part)).collect();
        assert_eq!(
            found.sha256,
            composite_sha256(sums.iter().map(Vec::as_slice))
        );
    }
    let read = AtomicU64::new(0);
    let whole = (film.len() as u64, found.e_tag.as_str());
    let on_read = |bytes| read.store(bytes, Ordering::Relaxed);
    let sum = objects
        .sha256_of(account, media, whole, &on_read)
        .await
        .unwrap();
    assert_eq!(sum.to_vec(), sha256(&film));
    assert_eq!(read.load(Ordering::Relaxed), film.len() as u64);
    let changed = objects
        .sha256_of(account, media, (whole.0, "\"another\""), &on_read)
        .await;
    assert!(
        matches!(changed, Err(VerifyError::Mismatch(_))),
        "{changed:?}"
    );

    let over = objects.list_all_parts(account, media, &upload).await;
    assert!(matches!(over, Err(MultipartError::Gone)), "{over:?}");
    assert_eq!(objects.find_multipart(account, media).await.unwrap(), None);
    assert_eq!(objects.remove(account, media).await.unwrap().len(), 1);
}

/// Servers that do not keep checksums of parts are told them again.
fn with_checksums(mut held: Vec<HeldPart>, parts: &[&[u8]]) -> Vec<HeldPart> {
    for (held, part) in held.iter_mut().zip(parts) {
        held.sha256 = sha256(part);
    }
    held
}

async fn an_abandoned_upload(server: &Server) {
    let objects = &server.objects;
    let (account, media) = ids();
    let other = Uuid::new_v4();
    let upload = objects
        .open_multipart(account, media, "video/mp4")
        .await
        .unwrap();
    let kept = objects
        .open_multipart(account, other, "video/mp4")
        .await
        .unwrap();
    let bytes = vec![1; 1000];
    let signed = objects
        .presign_part(account, media, &upload, (1, 1000), &sha256(&bytes))
        .await
        .unwrap();
    assert_eq!(server.put(&signed, &bytes), 200);
    let open = objects
        .list_multiparts(&media_prefix(account, media), None)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].key.as_str(), open[0].upload_id.as_str()),
        (original_key(account, media).as_str(), upload.as_str())
    );
    assert_eq!(objects.abort_multiparts(account, media).await.unwrap(), 1);
    assert_eq!(objects.abort_multiparts(account, media).await.unwrap(), 0);
    // Aborted before: it is fine that it is gone.
    objects.abort_multipart(&open[0]).await.unwrap();
    if server.enforces {
        assert_eq!(server.put(&signed, &bytes), 404);
    }
    assert_eq!(
        objects.find_multipart(account, other).await.unwrap(),
        Some(kept)
    );
    objects.remove(account, other).await.unwrap();
    assert_eq!(objects.find_multipart(account, other).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_server_understands_all_that_it_is_asked() {
    let server = Server::independent().await;
    a_single_put(&server).await;
    an_upload_in_parts(&server).await;
    an_abandoned_upload(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_server_behaves_the_same() {
    let server = Server::own().await;
    a_single_put(&server).await;
    an_upload_in_parts(&server).await;
    an_abandoned_upload(&server).await;
}
