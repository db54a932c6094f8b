#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Creature {
        type Key = Id<Self>;
        const ACCESS: __sockful::Access = __sockful::Access::Public;
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts {
            name: "creature",
            table: "creature",
            docs: "",
            policy: ::core::option::Option::None,
            validate: ::core::option::Option::None,
            hooks: ::core::option::Option::None,
            key: |record| &record.id,
            fields: &[__sockful::FieldFacts::new("id").id()],
            actions: &[],
        };
    }
    const _: () = __sockful::assert_record::<Creature>();
};
