#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Card {
        type Key = Id<Card>;
        const ACCESS: __sockful::Access = __sockful::Access::Authenticated;
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts {
            name: "card",
            table: "card",
            docs: "",
            policy: ::core::option::Option::None,
            validate: ::core::option::Option::Some(__sockful::validate::<Self>),
            hooks: ::core::option::Option::None,
            key: |record| &record.id,
            fields: &[
                __sockful::FieldFacts::new("board").immutable(),
                __sockful::FieldFacts::new("id").id(),
                __sockful::FieldFacts::new("title"),
                __sockful::FieldFacts::new("owner")
                    .set(
                        __sockful::set!(
                            user : facts::User => Id < User >, & (user.id.clone())
                        ),
                    ),
                __sockful::FieldFacts::new("pin")
                    .write_only(|record: &Self, column| column.write(&record.pin))
                    .default_value(__sockful::write_default::<Option<String>>),
                __sockful::FieldFacts::new("votes").read_only(),
                __sockful::FieldFacts::new("created").created_at::<Timestamp>(),
                __sockful::FieldFacts::new("updated").updated_at::<Option<Timestamp>>(),
            ],
            actions: &[],
        };
    }
    const _: () = __sockful::assert_record::<Card>();
};
