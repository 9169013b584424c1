use sqlx::MySqlConnection;
use uuid::Uuid;

/// Runs statements in turn that take nothing but the same id.
pub async fn execute_each(
    connection: &mut MySqlConnection,
    statements: &[&'static str],
    id: Uuid,
) -> Result<(), sqlx::Error> {
    for statement in statements {
        sqlx::query(*statement)
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
