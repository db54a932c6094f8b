//! Errors about a part of a payload.

use super::{Error, FieldError};

impl Error {
    /// The same error of a part of the payload: every path starts with `prefix`.
    pub(crate) fn within(mut self, prefix: &str) -> Self {
        let fields = std::mem::take(&mut self.0.fields).into_values().flatten();
        self.with_fields(fields.map(|mut field| {
            field.path = FieldError::path_in(prefix, &field.path);
            field
        }))
    }

    /// The same error of one item of a batch, which it names also where no field is at fault.
    pub(crate) fn of_item(self, place: usize) -> Self {
        let path = format!("[{place}]");
        if !self.0.fields.is_empty() {
            return self.within(&path);
        }
        let (reason, message) = (self.0.reason.clone(), self.0.message.clone());
        self.with_fields([FieldError::new(path, reason, message)])
    }
}
