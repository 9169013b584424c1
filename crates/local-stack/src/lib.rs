//! Private servers for Pic-up: MariaDB, RabbitMQ, Redis and an S3 of our own, on free loopback
//! ports, without systemd and without Docker. `picup up` keeps their data in a folder; tests throw
//! it away.
//!
//! What it never does: listen on anything but loopback, touch a server that it did not start, or
//! leave a process behind, however the process that used it ends.
//!
//! Start reading at [`LocalStack::start`] (`stack.rs`); how a server is kept from outliving us is
//! told in `guardian.sh`; what our S3 adds to `s3s-fs` in `s3/`.

mod command;
mod credentials;
mod elsewhere;
mod error;
mod folder;
mod guardian;
mod install;
mod mariadb;
mod moto;
mod ports;
mod python;
mod rabbitmq;
mod redis;
mod s3;
mod server;
mod shovel;
mod stack;

pub use elsewhere::Programs;
pub use error::Error;
pub use folder::DataFolder;
pub use install::{FFMPEG, HEIF_CONVERT, Package, find_program, install_missing};
pub use mariadb::MariaDb;
pub use moto::Moto;
pub use ports::ReservedPort;
pub use python::PythonEnvironment;
pub use rabbitmq::RabbitMq;
pub use redis::Redis;
pub use s3::{S3Endpoint, S3Options, S3Server};
pub use stack::{Endpoints, Existing, LocalStack, Options};
