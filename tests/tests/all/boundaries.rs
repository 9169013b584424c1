//! Who may use whom. What a crate cannot reach, it cannot come to depend on by accident.

use std::{collections::BTreeSet, fs, path::Path};

/// The names under `[dependencies]` of a crate.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest");
    let section = manifest
        .split("\n[")
        .find(|section| section.starts_with("dependencies]"));
    let lines = section.unwrap_or_default().lines().skip(1);
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    names
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

const CRATES: [&str; 16] = [
    "crates/proto",
    "crates/events/types",
    "crates/events/log",
    "crates/events/bus",
    "crates/domain",
    "crates/objects",
    "crates/delivery",
    "crates/service",
    "crates/gateway",
    "crates/command-svc",
    "crates/projection-svc",
    "crates/operations-svc",
    "crates/purger",
    "crates/thumbnailer",
    "crates/local-stack",
    "crates/picup",
];

fn only(dependency: &str, allowed: &[&str]) {
    for folder in CRATES {
        let uses = dependencies(folder).contains(dependency);
        assert!(
            !uses || allowed.contains(&folder),
            "{folder} must not use {dependency}"
        );
    }
    for folder in allowed {
        assert!(
            dependencies(folder).contains(dependency),
            "{folder} has no {dependency}: shorten the list"
        );
    }
}

#[test]
fn the_rules_reach_nothing_with_input_or_output() {
    let allowed = ["picup-event-types", "infer", "serde", "thiserror", "uuid"];
    assert_eq!(
        dependencies("crates/domain"),
        allowed.map(str::to_owned).into()
    );
}

#[test]
fn only_those_who_own_tables_know_sql_and_only_the_bus_knows_amqp() {
    only(
        "sqlx",
        &[
            "crates/events/log",
            "crates/command-svc",
            "crates/projection-svc",
            "crates/operations-svc",
        ],
    );
    only("lapin", &["crates/events/bus"]);
    // In `service` is the way to a Redis that need not be there.
    only(
        "redis",
        &[
            "crates/service",
            "crates/command-svc",
            "crates/projection-svc",
        ],
    );
    only("rsa", &["crates/delivery"]);
    only("aws-sdk-s3", &["crates/objects"]);
    only("aws-sdk-cloudfront", &["crates/purger"]);
}

#[test]
fn no_service_reaches_another_but_by_grpc_and_events() {
    let services = [
        "picup-gateway",
        "picup-command-svc",
        "picup-projection-svc",
        "picup-operations-svc",
        "picup-purger",
    ];
    for service in services {
        only(service, &["crates/picup"]);
    }
    let allowed = ["picup-proto"].map(str::to_owned).into();
    let ours = |name: &String| name.starts_with("picup-");
    let of_service: BTreeSet<_> = dependencies("crates/service")
        .into_iter()
        .filter(ours)
        .collect();
    assert!(of_service.is_subset(&allowed), "{of_service:?}");
}
