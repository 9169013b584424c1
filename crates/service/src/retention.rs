//! For how long things are kept. Several services must agree on it, so its variables are read in one place.

use std::time::Duration;

use crate::config::Reader;

/// For how long the trash keeps (`PICUP_TRASH_SECONDS`): 30 days unless told otherwise.
pub fn trash_keeps(reader: &mut Reader<'_>) -> Duration {
    reader.seconds("PICUP_TRASH_SECONDS", 2_592_000)
}

/// For how long an upload may go on from its start (`PICUP_UPLOAD_SECONDS`): 7 days unless told otherwise.
pub fn uploads_keep(reader: &mut Reader<'_>) -> Duration {
    reader.seconds("PICUP_UPLOAD_SECONDS", 604_800)
}
