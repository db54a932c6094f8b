//! What the user who creates a record makes of a field.

use std::any::{Any, TypeId, type_name};
use std::fmt;

use crate::error::Error;
use crate::row::{Column, Value};

/// The value that a field is `set` to, by the facts of the user who creates the record.
#[derive(Clone, Copy)]
pub struct SetFacts {
    user: fn() -> TypeId,
    user_name: fn() -> &'static str,
    value: SetColumn,
}

/// Makes the value of a column of the facts of a user.
type SetColumn = fn(&(dyn Any + Send + Sync), Column<'_>) -> Result<Value, Error>;

impl SetFacts {
    /// By facts of the type `U`.
    #[must_use]
    pub const fn of<U: 'static>(value: SetColumn) -> Self {
        Self {
            user: TypeId::of::<U>,
            user_name: type_name::<U>,
            value,
        }
    }

    /// The type of the facts.
    pub(crate) fn user(&self) -> TypeId {
        (self.user)()
    }

    /// The name of that type.
    pub(crate) fn user_name(&self) -> &'static str {
        (self.user_name)()
    }

    /// The value, by these facts.
    ///
    /// # Errors
    /// Unprocessable or Internal for one that cannot be kept; Internal for facts of another type.
    pub(crate) fn value(
        &self,
        user: &(dyn Any + Send + Sync),
        column: Column<'_>,
    ) -> Result<Value, Error> {
        (self.value)(user, column)
    }
}

impl fmt::Debug for SetFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetFacts").field(&self.user_name()).finish()
    }
}
