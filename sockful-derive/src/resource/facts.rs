//! What follows from a resource as written: names on the wire, and which field is the id.

use super::ast::{Field, Resource};
use super::attrs::SerdeDefault;
use crate::names::snake_case;
use proc_macro2::Ident;
use syn::Type;
use syn::ext::IdentExt;

impl<'a> Resource<'a> {
    /// Its name on the wire.
    pub(crate) fn wire_name(&self) -> String {
        match &self.words.name {
            Some(name) => name.text.clone(),
            None => snake_case(&self.ident.unraw().to_string()),
        }
    }

    /// Where the user finds sockful.
    pub(crate) fn crate_path(&self) -> String {
        match &self.words.crate_path {
            Some(path) => quote::quote!(#path).to_string().replace(' ', ""),
            None => "sockful".to_owned(),
        }
    }

    /// The fields that serde knows, and so the store.
    pub(crate) fn stored(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields
            .iter()
            .filter(|field| field.serde.skip.is_none())
    }

    /// Every field that claims to be the id; there should be one.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(|field| field.is_id())
    }

    /// The name of this field on the wire and in the store.
    pub(crate) fn field_name(&self, field: &Field<'_>) -> String {
        match &field.serde.rename {
            Some(name) => name.value(),
            None => match self.serde.rename_all {
                Some(case) => case.apply(&field.rust_name()),
                None => field.rust_name(),
            },
        }
    }

    /// The name of its table.
    pub(crate) fn table_name(&self) -> String {
        match &self.words.table {
            Some(name) => name.value(),
            None => self.wire_name(),
        }
    }

    /// What serde takes for this field where it is absent, if that is not an error.
    pub(crate) fn default_of<'f>(&'f self, field: &'f Field<'_>) -> Option<&'f SerdeDefault> {
        field.serde.default.as_ref().or(self.serde.default.as_ref())
    }

    /// The type of the id as far as that can be told, for a struct that has mistakes.
    pub(crate) fn likely_key(&self) -> Option<&'a Type> {
        self.ids().next().map(|field| field.ty)
    }
}

impl Field<'_> {
    /// Called `id`, or marked as the id.
    pub(crate) fn is_id(&self) -> bool {
        self.words.id.is_some() || self.rust_name() == "id"
    }

    /// The word by which it never leaves the server.
    pub(crate) fn hidden(&self) -> Option<&Ident> {
        let word = self.words.private.as_ref();
        word.or_else(|| self.words.get("write_only"))
    }

    /// Whether the type is spelt `Option<..>`.
    ///
    /// The one question answered by spelling: serde must be able to leave the field out of a record and read that
    /// back, and no fn pointer or bound of the expansion could tell whether `skip_serializing_if` ever holds. An
    /// alias of `Option` is refused, which is safe.
    pub(crate) fn is_spelt_option(&self) -> bool {
        match self.ty {
            Type::Path(ty) => ty
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "Option"),
            _ => false,
        }
    }
}
