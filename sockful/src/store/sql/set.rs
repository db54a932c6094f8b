//! Several values as one parameter, so that a text does not depend on how many there are.

use serde_json::Value as Json;

use crate::row::Value;
#[cfg(feature = "postgres")]
use crate::schema::Kind;

/// Values of one kind as one value: a JSON array. A number with a fraction goes by its bits: nothing is lost on its
/// way.
pub(in crate::store) fn set(values: &[&Value]) -> Value {
    let set: Json = values.iter().map(|value| member(value)).collect();
    Value::Json(set.to_string().into())
}

fn member(value: &Value) -> Json {
    match value {
        Value::Bool(value) => i64::from(*value).into(),
        Value::Int(value) | Value::Time(value) => (*value).into(),
        // Zero has two forms that are equal, and databases may keep one of them.
        Value::Float(value) => (value + 0.0).to_bits().cast_signed().into(),
        Value::Text(value) | Value::Json(value) => (**value).into(),
        Value::Null => Json::Null,
    }
}

/// The values of a [`set`] of this kind; `None` if it is none.
#[cfg(feature = "postgres")]
pub(in crate::store) fn members(kind: Kind, set: &str) -> Option<Vec<Value>> {
    let set: Vec<Json> = serde_json::from_str(set).ok()?;
    let value = |member: &Json| {
        Some(match kind {
            Kind::Bool => Value::Bool(member.as_i64()? != 0),
            Kind::Int => Value::Int(member.as_i64()?),
            Kind::Time => Value::Time(member.as_i64()?),
            Kind::Float => Value::Float(f64::from_bits(member.as_i64()?.cast_unsigned())),
            Kind::Text => Value::Text(member.as_str()?.into()),
            Kind::Json => Value::Json(member.as_str()?.into()),
        })
    };
    set.iter().map(value).collect()
}
