use picup_proto::operations::v1::WatchLettersResponse;

use super::{event, short, view::LetterView};
use crate::{
    Context, Result, interrupt,
    output::{count, date},
};

/// Shows letters as they are filed, until Ctrl-C.
pub async fn watch(context: &Context) -> Result<()> {
    let interrupted = interrupt::watch();
    let client = context.client()?;
    let mut waiting = None;
    let tell = |news: WatchLettersResponse| {
        for letter in news.letters {
            let line = format!(
                "{}  {}  {}  {}  {}",
                date(letter.last_failed_at_micros),
                letter.id,
                letter.consumer,
                event(&letter),
                short(&letter.error)
            );
            context.output.line(&LetterView::from(letter), || line)?;
        }
        if waiting.replace(news.waiting) != Some(news.waiting) {
            let letters = count(news.waiting, "letter");
            context.output.note(&format!("picup: {letters} waiting"));
        }
        Ok(false)
    };
    tokio::select! {
        ended = client.watch_letters(tell) => ended,
        () = interrupted.cancelled() => Ok(()),
    }
}
