//! Values as bytes, for databases whose keys are bytes.

use super::Value;

impl Value {
    /// Bytes in the order of values: of two values the lesser has the lesser bytes, and only equal ones have the same. In
    /// a database that keeps its keys by their bytes, records lie in the order of ids by them, as lists ask for.
    #[must_use]
    pub fn to_key(&self) -> Vec<u8> {
        let mut key = vec![self.rank()];
        match self {
            Self::Null => {}
            Self::Bool(value) => key.push((*value).into()),
            // The sign turned round, so that what is negative comes first.
            Self::Int(value) | Self::Time(value) => {
                key.extend((value.cast_unsigned() ^ SIGN).to_be_bytes());
            }
            Self::Float(value) => {
                // -0.0 + 0.0 is 0.0. Of negative numbers the greater size is the lesser.
                let bits = (value + 0.0).to_bits();
                let turned = if bits & SIGN == 0 { bits ^ SIGN } else { !bits };
                key.extend(turned.to_be_bytes());
            }
            // UTF-8 has the order of code points.
            Self::Text(text) | Self::Json(text) => key.extend(text.as_bytes()),
        }
        key
    }
}

const SIGN: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let ints = || prop_oneof![any::<i64>(), -2_i64..3, Just(i64::MIN), Just(i64::MAX)];
        let floats = prop_oneof![
            any::<f64>().prop_filter("finite", |it| it.is_finite()),
            (-2_i8..3).prop_map(f64::from),
            Just(-0.0),
        ];
        let text = || "[\u{0}-\u{2}a-b\u{ff}\u{ffff}\u{10000}]{0,3}".prop_map(String::into);
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            ints().prop_map(Value::Int),
            floats.prop_map(Value::Float),
            text().prop_map(Value::Text),
            ints().prop_map(Value::Time),
            text().prop_map(Value::Json),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn keys_have_the_order_of_values(one in value(), other in value()) {
            prop_assert_eq!(one.to_key().cmp(&other.to_key()), one.cmp(&other));
        }
    }
}
