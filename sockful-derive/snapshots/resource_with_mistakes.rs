::core::compile_error! {
    "who may call `Creature`? write `#[resource(access = public)]` or `#[resource(access = authenticated)]`"
}
#[allow(unused_qualifications, reason = "generated code stands on the user's tokens")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Creature {
        type Key = Id<Self>;
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts::unknown();
    }
    #[automatically_derived]
    impl __sockful::DeclaresRemote for Creature {}
};
