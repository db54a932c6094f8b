//! What calls are of that are of no resource: they belong to the app as a whole.

use std::any::TypeId;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use super::{Access, ErasedResource, Invocation, Push, SetFacts};
use crate::action::{Args, ArgumentFacts};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::hooks::ErasedHooks;
use crate::policy::PolicyFacts;
use crate::protocol::SOCKFUL;
use crate::row::{Overlay, Row, Value};
use crate::schema::Schema;
use crate::validation::Mistake;

/// Stands for the resource of a call that is of none. It has no records and no methods, and anybody may call; what such a call
/// is made of decides by itself.
pub(crate) struct Whole {
    schema: Arc<Schema>,
}

impl Default for Whole {
    fn default() -> Self {
        let schema = Schema {
            name: SOCKFUL,
            table: SOCKFUL,
            docs: "",
            access: Access::Public,
            push: Push::None,
            id: 0,
            rev: None,
            created_at: None,
            updated_at: None,
            set: Vec::new(),
            fixed: Vec::new(),
            fields: Vec::new(),
            actions: Vec::new(),
            definitions: Default::default(),
        };
        Self {
            schema: Arc::new(schema),
        }
    }
}

impl ErasedResource for Whole {
    fn place(&self) -> usize {
        usize::MAX
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn policy(&self) -> Option<PolicyFacts> {
        None
    }

    fn hooks(&self) -> Option<&dyn ErasedHooks> {
        None
    }

    fn described_as(&self) -> Cow<'static, str> {
        SOCKFUL.into()
    }

    fn rust_type(&self) -> TypeId {
        TypeId::of::<Self>()
    }

    fn new_id(&self) -> Option<Value> {
        None
    }

    fn overlay(&self, _: &str, _: Overlay<'_>) -> Result<Row> {
        Err(no_records())
    }

    fn mistakes(&self, _: &Row) -> Result<Vec<Mistake>> {
        Err(no_records())
    }

    fn set(&self) -> Vec<(usize, SetFacts)> {
        Vec::new()
    }

    fn read_id(&self, _: &str) -> Result<Value> {
        Err(no_records())
    }

    fn declared(&self, _: usize) -> &'static [ArgumentFacts] {
        &[]
    }

    fn invoke<'a>(
        &'a self,
        _: usize,
        _: Option<&'a Row>,
        _: &'a Cx,
        _: Args<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Invocation>> + Send + 'a>> {
        Box::pin(async { Err(no_records()) })
    }
}

fn no_records() -> Error {
    Error::internal("the app as a whole has no records")
}
