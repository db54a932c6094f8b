#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use app::api::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Account {
        type Key = Uuid;
        const ACCESS: __sockful::Access = __sockful::Access::Authenticated;
        const PUSH: ::core::option::Option<__sockful::Push> = ::core::option::Option::Some(
            __sockful::Push::Interest,
        );
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts {
            name: "bank_account",
            table: "Bank Accounts",
            docs: "An account.\n\nIts balance may be large.",
            policy: ::core::option::Option::None,
            validate: ::core::option::Option::None,
            hooks: ::core::option::Option::None,
            key: |record| &record.number,
            fields: &[
                __sockful::FieldFacts::new("number").id().server(),
                __sockful::FieldFacts::new("ownerName")
                    .named("owner_name")
                    .docs("Who owns it.")
                    .index(),
                __sockful::FieldFacts::new("IBAN").named("iban").unique(),
                __sockful::FieldFacts::new("balance").docs("In cents.").bigint::<i64>(),
                __sockful::FieldFacts::new("creditScore")
                    .named("credit_score")
                    .index()
                    .private(|record: &Self, column| column.write(&record.credit_score))
                    .default_value(__sockful::write_default::<Option<u64>>),
                __sockful::FieldFacts::new("interestRate")
                    .named("interest_rate")
                    .private(|record: &Self, column| column.write(&record.interest_rate))
                    .default_value(|column| column.write::<f64>(&rates::standard()))
                    .renamed_from(&["interest", "rate"]),
                __sockful::FieldFacts::new("type"),
                __sockful::FieldFacts::new("colour").custom(),
                __sockful::FieldFacts::new("version").rev::<u64>(),
            ],
            actions: <Self as __sockful::Remote>::ACTIONS,
        };
    }
    #[automatically_derived]
    impl __sockful::DeclaresRemote for Account {}
    const _: () = __sockful::assert_record::<Account>();
};
