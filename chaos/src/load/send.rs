use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use tonic::{Code, Status};

/// How long one sending may take.
const TRY: Duration = Duration::from_secs(10);
/// How long a command is sent again while no answer is clear.
const PATIENCE: Duration = Duration::from_secs(90);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The end of a command, as far as its sender can tell.
pub enum Answer<T> {
    Accepted(T),
    Refused(Status),
    /// No clear answer in time, or a refusal after an unclear answer.
    Unclear(Status),
}

/// Sends a command, with the same id, until there is a clear answer. Answers also how often it was sent.
pub async fn insist<T, F>(mut send: impl FnMut() -> F) -> (Answer<T>, u32)
where
    F: Future<Output = Result<T, Status>>,
{
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut tries = 0;
    loop {
        tries += 1;
        let answered = timeout(TRY, send()).await;
        let status = match answered {
            Ok(Ok(reply)) => return (Answer::Accepted(reply), tries),
            Ok(Err(status)) if is_clear(status.code()) && tries == 1 => {
                return (Answer::Refused(status), tries);
            }
            Ok(Err(status)) if is_clear(status.code()) => return (Answer::Unclear(status), tries),
            Ok(Err(status)) => status,
            Err(_) => Status::deadline_exceeded("no answer"),
        };
        if start.elapsed() > PATIENCE {
            return (Answer::Unclear(status), tries);
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a refusal is a rule's, and not trouble on the way.
fn is_clear(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
            | Code::Unauthenticated
    )
}
