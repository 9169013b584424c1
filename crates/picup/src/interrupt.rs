use tokio::signal;
use tokio_util::sync::CancellationToken;

use crate::ErrorKind;

/// A token that the first Ctrl-C cancels; the second one ends the process at once.
pub fn watch() -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        if signal::ctrl_c().await.is_err() {
            return;
        }
        eprintln!("\npicup: stopping; press Ctrl-C again to stop at once");
        cancel.cancel();
        if signal::ctrl_c().await.is_ok() {
            std::process::exit(ErrorKind::Interrupted.exit_code().into());
        }
    });
    token
}
