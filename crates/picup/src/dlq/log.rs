use picup_proto::operations::v1::OperatorAction;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Context, Result,
    output::{date, plain, table, timestamp},
};

#[derive(Serialize)]
struct ActionView {
    id: u64,
    at: String,
    operator: String,
    action: String,
    arguments: Value,
    outcome: String,
    ended_at: Option<String>,
}

/// Lists what operators did.
pub async fn log(limit: usize, context: &Context) -> Result<()> {
    let actions = context.client()?.operator_actions(limit).await?;
    let views: Vec<ActionView> = actions.iter().map(ActionView::from).collect();
    context.output.data(&views, || {
        if actions.is_empty() {
            return "no operator has done anything yet".to_owned();
        }
        let rows = actions.iter().map(|action| {
            vec![
                date(action.at_micros),
                plain(&action.action),
                plain(&action.outcome),
                plain(&action.arguments_json),
                action.operator.clone(),
            ]
        });
        let header = ["when (UTC)", "what", "outcome", "arguments", "operator"];
        table(&header, rows)
    })
}

impl From<&OperatorAction> for ActionView {
    fn from(action: &OperatorAction) -> Self {
        let arguments = serde_json::from_str(&action.arguments_json);
        Self {
            id: action.id,
            at: timestamp(action.at_micros),
            operator: action.operator.clone(),
            action: action.action.clone(),
            arguments: arguments.unwrap_or_else(|_| Value::String(action.arguments_json.clone())),
            outcome: action.outcome.clone(),
            ended_at: action.ended_at_micros.map(timestamp),
        }
    }
}
