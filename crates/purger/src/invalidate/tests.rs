use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

fn removed(account: u128, count: u128) -> Vec<Removed> {
    (0..count)
        .map(|number| Removed {
            event: Uuid::from_u128(account * 1000 + number),
            account: Uuid::from_u128(account),
            media: Uuid::from_u128(number),
        })
        .collect()
}

fn settings(distribution: &str, endpoint: String) -> Settings {
    Settings {
        distribution: distribution.to_owned(),
        endpoint: Some(endpoint),
        credentials: Some(("key".to_owned(), "secret".to_owned().into())),
    }
}

#[test]
fn each_item_has_a_path_unless_an_account_has_more_than_fit_into_one_invalidation() {
    let few = batches(&removed(1, 15));
    assert_eq!(few.len(), 1);
    let (account, media) = (Uuid::from_u128(1), Uuid::from_u128(0));
    assert_eq!(few[0].paths[0], format!("/u/{account}/m/{media}/*"));
    assert_eq!(few[0].paths.len(), 15);

    let many = batches(&removed(1, 16));
    assert_eq!(many.len(), 1);
    assert_eq!(many[0].paths, [format!("/u/{account}/m/*")]);
    assert_eq!(many[0].items.len(), 16);

    let all = [removed(1, 10), removed(2, 10), removed(3, 16)].concat();
    let sizes: Vec<usize> = batches(&all)
        .iter()
        .map(|batch| batch.paths.len())
        .collect();
    assert_eq!(sizes, [15, 6]);
}

#[test]
fn the_same_events_are_the_same_invalidation_in_whatever_order_they_come() {
    let items = removed(1, 9);
    let mut turned = items.clone();
    turned.reverse();
    assert_eq!(batches(&items), batches(&turned));
    assert_eq!(reference(&items), reference(&turned));
    assert_ne!(reference(&items), reference(&items[1..]));
}

#[test]
fn pauses_grow_and_never_come_to_the_same() {
    for tried in 1..TRIES {
        let whole = FIRST_PAUSE * 2_u32.pow(tried - 1);
        let pause = pause(FIRST_PAUSE, tried);
        assert!(pause > whole / 2 && pause <= whole, "{pause:?}");
    }
}

/// Answers like a CloudFront that is busy for a while: moto never is, and the real one only to those who pay for it.
async fn busy(refusals: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut served = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 64 * 1024];
            let _ = stream.read(&mut request).await;
            served += 1;
            let (status, body) = if served <= refusals {
                let code = "TooManyInvalidationsInProgress";
                let body = format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>wait</Message></Error></ErrorResponse>"
                );
                ("400 Bad Request", body)
            } else {
                let body = "<Invalidation><Id>I2</Id><Status>InProgress</Status>\
                     <CreateTime>2026-01-01T00:00:00Z</CreateTime><InvalidationBatch><Paths><Quantity>0\
                     </Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch></Invalidation>";
                ("201 Created", body.to_owned())
            };
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn a_busy_cloudfront_is_asked_again_and_not_for_ever() {
    let items = removed(1, 1);
    for (refusals, taken) in [(2, true), (100, false)] {
        let settings = settings("D1", busy(refusals).await);
        let cdn = Invalidations {
            first_pause: Duration::from_millis(1),
            ..Invalidations::connect(Some(&settings)).await
        };
        let invalidated = cdn.invalidate(&items).await[&items[0].event].clone();
        match invalidated {
            Ok(id) => assert!(taken && id == "I2"),
            Err(error) => assert!(!taken && error.is_passing(), "{error}"),
        }
    }
}

#[tokio::test]
async fn without_a_cdn_nothing_is_invalidated() {
    let items = removed(1, 2);
    let invalidated = Invalidations::connect(None).await.invalidate(&items).await;
    assert_eq!(invalidated[&items[1].event].clone().unwrap(), "");
}
