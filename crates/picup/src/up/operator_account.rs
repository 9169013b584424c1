use std::path::Path;

use picup_service::config::Source as _;

use super::{configuration::Configuration, secrets::keep_password};

const EMAIL: &str = "operator@picup.example";

/// Names the operator's account, which command-svc then makes sure of; answers how to sign in. An operator
/// that the environment names is left as it is.
pub fn offer(configuration: &mut Configuration<'_>, folder: &Path) -> anyhow::Result<String> {
    let names = [
        "PICUP_OPERATOR_EMAIL",
        "PICUP_OPERATOR_PASSWORD",
        "PICUP_OPERATOR_PASSWORD_FILE",
    ];
    if names.iter().any(|name| configuration.get(name).is_some()) {
        return Ok(String::new());
    }
    let file = folder.join("operator-password");
    configuration.set("PICUP_OPERATOR_EMAIL", EMAIL);
    configuration.set("PICUP_OPERATOR_PASSWORD", keep_password(&file)?);
    Ok(format!(
        "— operator {EMAIL}, password in {} ",
        file.display()
    ))
}
