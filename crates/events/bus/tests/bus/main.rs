//! The bus against a real RabbitMQ: one broker for all tests, a virtual host for each; those that
//! kill the broker have one of their own.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod broker;
mod consuming;
mod killing;
mod outage;
mod publishing;
mod retrying;
mod tools;
