//! A resource as it was written: the struct, its fields, and what their attributes say.

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Ident, Type};

use super::attrs::{FieldWords, SerdeField, SerdeStruct, StructWords};
use crate::attr::docs;
use crate::errors::Errors;
use crate::policy::Policy;

/// A struct with named fields under `#[derive(Resource)]`.
pub(crate) struct Resource<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) ident: &'a Ident,
    pub(crate) docs: String,
    pub(crate) words: &'a StructWords,
    pub(crate) policy: Option<&'a Policy>,
    pub(crate) serde: SerdeStruct,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One of its fields.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) docs: String,
    pub(crate) words: FieldWords,
    pub(crate) serde: SerdeField,
}

impl<'a> Resource<'a> {
    /// `None`, with the reason reported, for what has no named fields.
    pub(crate) fn read(
        input: &'a DeriveInput,
        words: &'a StructWords,
        policy: Option<&'a Policy>,
        errors: &Errors,
    ) -> Option<Self> {
        let serde = SerdeStruct::read(&input.attrs, errors);
        let named = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(fields) => &fields.named,
                Fields::Unnamed(fields) => {
                    errors.push(
                        fields,
                        "a resource needs named fields: they are its columns",
                    );
                    return None;
                }
                Fields::Unit => {
                    errors.push(
                        &input.ident,
                        "a resource needs fields; add at least `id: Id<Self>`",
                    );
                    return None;
                }
            },
            Data::Enum(data) => {
                errors.push(
                    data.enum_token,
                    "a resource is a struct; make the enum the type of one of its fields",
                );
                return None;
            }
            Data::Union(data) => {
                errors.push(data.union_token, "a resource is a struct, not a union");
                return None;
            }
        };
        let fields = named
            .iter()
            .filter_map(|field| {
                Some(Field {
                    ident: field.ident.as_ref()?,
                    ty: &field.ty,
                    docs: docs(&field.attrs),
                    words: FieldWords::read(&field.attrs, errors),
                    serde: SerdeField::read(&field.attrs, errors),
                })
            })
            .collect();
        Some(Self {
            original: input,
            ident: &input.ident,
            docs: docs(&input.attrs),
            words,
            policy,
            serde,
            fields,
        })
    }
}

impl Field<'_> {
    /// Its name in Rust, without `r#`.
    pub(crate) fn rust_name(&self) -> String {
        self.ident.unraw().to_string()
    }
}
