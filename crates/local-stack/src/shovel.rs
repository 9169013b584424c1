//! RabbitMQ's own plugin for moving messages, for those who want to compare with it.

use std::time::Duration;

use crate::command::run;
use crate::install::RABBITMQ_PLUGINS;
use crate::{Error, RabbitMq};

const ENABLE_LIMIT: Duration = Duration::from_mins(1);

impl RabbitMq {
    /// Has the broker's shovel plugin move what lies in one queue of a virtual host to another, each
    /// message acked when the other queue has confirmed it. Returns once the shovel is ordered; it ends by
    /// itself when it has moved what was there at its beginning.
    pub fn shovel(&self, vhost: &str, from: &str, to: &str) -> Result<(), Error> {
        let mut enable = self.program(RABBITMQ_PLUGINS)?;
        enable.args(["--quiet", "enable", "rabbitmq_shovel"]);
        run(&mut enable, &self.log_of_control(), ENABLE_LIMIT)?;
        let url = self.url_of(vhost);
        let shovel = format!(
            r#"{{"src-protocol":"amqp091","src-uri":"{url}","src-queue":"{from}","src-delete-after":"queue-length",
            "dest-protocol":"amqp091","dest-uri":"{url}","dest-queue":"{to}","ack-mode":"on-confirm"}}"#
        );
        let name = format!("{from}-to-{to}");
        self.control(&["set_parameter", "-p", vhost, "shovel", &name, &shovel])
    }
}
