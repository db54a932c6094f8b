//! Several mutations over any resources: one transaction, all of them or none.

use super::Aftermath;
use super::call::{Call, Meta, Outcome, Output, Several};
use super::dispatch::act;
use super::hooks;
use super::step::Allowed;
use crate::cx::Scope;
use crate::error::Result;

/// Does what each part asks, in their order: each sees what those before it have done.
///
/// # Errors
/// That of the first part which is refused, and which it is.
pub(super) async fn act_on_parts(
    call: Allowed<'_, '_>,
    aftermath: &mut Aftermath,
) -> Result<Outcome> {
    let staged = call.staged()?;
    let tells_items = call.tells_items()?;
    let (mut outputs, mut metas) = (Vec::new(), Vec::new());
    for (item, part) in call.parts().enumerate() {
        if tells_items {
            staged.begin_item(item);
        }
        // Boxed, because a part is a call like the whole.
        let acted = Box::pin(act(part, aftermath)).await;
        let Outcome { output, meta } = acted.map_err(|error| error.of_item(item))?;
        outputs.push((part.schema().clone(), output));
        metas.push(meta);
    }
    Ok(Outcome {
        output: Output::Parts(outputs),
        meta: Meta {
            several: Some(Box::new(Several {
                items: Some(metas),
                ..Several::default()
            })),
            ..Meta::default()
        },
    })
}

impl Call<'_> {
    /// Whether what it is made of are the items of the payload: not within a changeset, nor within a method.
    pub(super) fn tells_items(&self) -> Result<bool> {
        Ok(!self.cx.is_nested() && !self.staged()?.has_items())
    }

    /// Gives the call, and all its parts, a scope of its own, and begins anew.
    pub(super) fn set_scope(&mut self, scope: Scope) {
        self.cx.set_scope(scope);
        self.begin();
    }

    /// Gives the call, and all its parts, a part of the scope it was made in, and begins anew.
    pub(super) fn set_inner_scope(&mut self, scope: Scope) {
        self.cx.set_inner_scope(scope);
        self.begin();
    }

    /// Forgets what hooks have handed on, and lends all parts the context of the whole.
    pub(super) fn begin(&mut self) {
        self.cx.renew_extensions(hooks::concern(self));
        for part in &mut self.parts {
            part.cx = self.cx.clone();
            part.begin();
        }
    }
}
