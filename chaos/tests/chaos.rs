//! The rig on itself: a healthy installation passes, and one that is broken on purpose does not. Every test has
//! servers and processes of its own, so they go one after the other.

use std::time::Duration;

use picup_chaos::{Kind, Options, Report, Sabotage, run};
use tokio::sync::{Mutex, MutexGuard};

static TURN: Mutex<()> = Mutex::const_new(());

async fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

fn kinds(names: &[&str]) -> Vec<Kind> {
    names
        .iter()
        .map(|name| name.parse().expect("a fault"))
        .collect()
}

/// A run with a mistake made on purpose, and not much patience: what was lost does not come.
async fn broken_by(sabotage: Sabotage, faults: &[&str]) -> Report {
    let options = Options {
        kinds: kinds(faults),
        sabotage: Some(sabotage),
        patience: Duration::from_secs(10),
        ..Options::new(Duration::from_secs(12), 7)
    };
    let report = run(&options).await.expect("the rig runs");
    for fault in &report.faults {
        assert!(fault.happened > 0, "{fault:?}");
    }
    assert!(report.acknowledged > 50, "there was no load: {report}");
    report
}

fn finds(report: &Report, invariants: &[&str]) -> bool {
    let mut found = report.violations.iter();
    found.any(|violation| invariants.contains(&violation.invariant))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_stopped_and_cut_loses_nothing() {
    let _turn = turn().await;
    let options = Options {
        kinds: kinds(&[
            "kill-command",
            "kill-projection",
            "kill-mid-transaction",
            "kill-purger",
            "kill-thumbnailer",
            "stop-gateway",
            "kill-rabbitmq",
            "kill-mariadb",
            "redis-flushed",
            "unbound",
            "poison",
            "duplicates",
            "cut-silent",
            "cut-reset",
            "held-transaction",
            "replica-lags",
            "kill-replica",
        ]),
        ..Options::new(Duration::from_secs(40), 1)
    };
    let report = run(&options).await.expect("the rig runs");
    assert!(report.holds(), "{report}");
    assert_eq!(report.faults.len(), 17, "{report}");
    assert!(report.acknowledged > 100, "there was no load: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_without_its_gate_is_caught() {
    let _turn = turn().await;
    let report = broken_by(Sabotage::SkipGate, &["duplicates"]).await;
    let caught = ["usage = fold of the log", "every event applied"];
    assert!(finds(&report, &caught), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ack_before_the_commit_is_caught() {
    let _turn = turn().await;
    let report = broken_by(Sabotage::AckEarly, &["kill-mid-transaction"]).await;
    assert!(finds(&report, &["every event applied"]), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_missing_in_the_outbox_is_caught() {
    let _turn = turn().await;
    let report = broken_by(Sabotage::DropOutboxRow, &["duplicates"]).await;
    assert!(finds(&report, &["every event applied"]), "{report}");
    assert!(
        report
            .violations
            .iter()
            .any(|violation| violation.subject.starts_with("album/")),
        "{report}"
    );
}
