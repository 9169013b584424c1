//! Objects outside of every account. The listing skips from account to account, so it costs a request each.

use picup_event_types::StreamId;
use picup_objects::{ListedObject, account_of_key};
use uuid::Uuid;

use super::{
    AuditError, Difference, Findings, Progress, Source, UsageAudit, findings::signed, patience,
};

/// Objects listed at once.
const PAGE: u32 = 20;

/// Looks at the next objects after a key. Answers after which key to go on; `None` at the end.
pub async fn step(
    audit: &UsageAudit,
    progress: &mut Progress,
    after: &str,
    findings: &mut Findings,
) -> Result<Option<String>, AuditError> {
    let page = audit.objects.list_after("", after, PAGE).await?;
    let Some(last) = page.last() else {
        return Ok(None);
    };
    let end = last.key.clone();
    for object in page {
        let account = account_of_key(&object.key);
        if let Some(account) = account
            && is_known(audit, account).await?
        {
            // '0' comes after '/': behind everything of this account.
            return Ok(Some(format!("u/{account}0")));
        }
        progress.objects += 1;
        progress.object_bytes += object.bytes;
        findings
            .differences
            .extend(unexplained(audit, object, account).await?);
    }
    Ok(Some(end))
}

async fn is_known(audit: &UsageAudit, account: Uuid) -> Result<bool, AuditError> {
    let head = audit.log.head_of(StreamId::account(account)).await?;
    Ok(head.is_some())
}

/// The difference, if the object is still there and still unexplained after a while.
async fn unexplained(
    audit: &UsageAudit,
    object: ListedObject,
    account: Option<Uuid>,
) -> Result<Option<Difference>, AuditError> {
    let mut look = 0;
    while patience::again(look).await {
        look += 1;
        let found = audit.objects.list_after(&object.key, "", 1).await?;
        if !found.iter().any(|found| found.key == object.key) {
            return Ok(None);
        }
        if let Some(account) = account
            && is_known(audit, account).await?
        {
            return Ok(None);
        }
    }
    let difference = Difference {
        account,
        figure: "object_bytes",
        expected: (Source::MediaEvents, 0),
        found: (Source::Objects, signed(object.bytes)),
        what: "the object belongs to no account".to_owned(),
        media: Vec::new(),
        keys: Vec::new(),
    };
    Ok(Some(difference.of_key(object.key)))
}
