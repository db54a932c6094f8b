//! The ledger: what operations were answered, in the table `sockful_ledger`.

use super::connection::{Ask, Link, Parameters};
use super::error::damaged;
use super::row::Row;
use crate::row::Value;
use crate::store::sql::Recorded;
use crate::store::{Answered, OperationKey, StoreError};

/// The size of one row of the ledger, in SQL: with the hash, and what the index takes.
pub(super) const SIZE: &str =
    "octet_length(answer) + octet_length(op) + octet_length(\"user\") + 96";

/// What an operation was answered.
pub(super) async fn find(link: &Link, key: &OperationKey) -> Result<Option<Answered>, StoreError> {
    let Ask { text, parameters } = ask([key]);
    let rows = link.rows(text, parameters).await?;
    let found = rows.first().map(read).transpose()?;
    Ok(found.map(|found| found.answered))
}

/// Asks for several operations.
pub(super) fn ask<'a>(keys: impl IntoIterator<Item = &'a OperationKey>) -> Ask<'static> {
    let keys = keys.into_iter();
    let (users, ops): (Vec<_>, Vec<_>) = keys
        .map(|key| (key.user.to_string(), key.op.to_string()))
        .unzip();
    Ask::new(
        "SELECT \"user\", op, request, answer FROM sockful_ledger \
         WHERE (\"user\", op) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        vec![Box::new(users), Box::new(ops)],
    )
}

/// Reads an operation of the ledger.
pub(super) fn read(row: &Row) -> Result<Recorded, StoreError> {
    let text = |column| row.try_get::<_, &str>(column).map(Into::into);
    let (user, op, answer) = (text(0)?, text(1)?, text(3)?);
    let request = row.try_get::<_, &[u8]>(2)?.try_into();
    let request =
        request.map_err(|_| damaged("an operation of the ledger has no hash of its request"))?;
    Ok(Recorded {
        key: OperationKey { user, op },
        answered: Answered { request, answer },
    })
}

/// Writes operations into the ledger.
pub(super) const RECORD: &str = "INSERT INTO sockful_ledger (\"user\", op, request, answer, at) \
     SELECT new.c0, new.c1, new.c2, new.c3, $5 \
     FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) AS new (c0, c1, c2, c3)";

/// The parameters of [`RECORD`].
pub(super) fn recorded(operations: &[Recorded], at: i64) -> Parameters {
    let texts = |text: fn(&Recorded) -> &str| {
        let texts = operations.iter().map(text).map(str::to_owned);
        Box::new(texts.collect::<Vec<_>>())
    };
    let requests = operations.iter().map(|it| it.answered.request.to_vec());
    vec![
        texts(|it| &it.key.user),
        texts(|it| &it.key.op),
        Box::new(requests.collect::<Vec<_>>()),
        texts(|it| &it.answered.answer),
        Box::new(Value::Time(at)),
    ]
}
