//! What the services say of themselves, gathered over all their lives.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use crate::{http, installation::Installation};

/// How often they are read. What a killed process did since the last reading is not counted.
const EVERY: Duration = Duration::from_secs(1);

/// The last values of each process's each life.
#[derive(Default)]
pub struct Metrics {
    lives: Mutex<BTreeMap<(String, u32), BTreeMap<String, f64>>>,
}

impl Metrics {
    /// Reads them for ever.
    pub async fn gather(self: Arc<Self>, installation: Arc<Installation>) {
        loop {
            self.read(&installation).await;
            sleep(EVERY).await;
        }
    }

    /// Reads them once.
    pub async fn read(&self, installation: &Installation) {
        for (_, process) in &installation.services {
            let life = (process.launch.name.clone(), process.life());
            if let Ok(answer) = http::get(process.launch.admin, "/metrics").await
                && answer.status == 200
                && life.1 == process.life()
            {
                let values = counters(&answer.body);
                let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
                lives.insert(life, values);
            }
        }
    }

    /// The sum of a counter over all lives, for series that hold all these labels.
    pub fn sum(&self, name: &str, labels: &[&str]) -> f64 {
        let lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        let series = lives.values().flatten();
        let matching = series.filter(|(series, _)| {
            series.split('{').next() == Some(name)
                && labels.iter().all(|label| series.contains(label))
        });
        matching.map(|(_, value)| value).sum()
    }
}

/// The lines of a page in Prometheus's format.
fn counters(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        Some((series.to_owned(), value.parse().ok()?))
    });
    pairs.collect()
}
