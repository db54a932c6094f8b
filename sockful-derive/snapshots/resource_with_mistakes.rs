::core::compile_error! {
    "who may call `Creature`? write `#[resource(access = public)]`, `#[resource(access = authenticated)]`, or a `#[policy(..)]`"
}
#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Resource for Creature {
        type Key = Id<Self>;
        const ACCESS: __sockful::Access = __sockful::Access::Authenticated;
        const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts::unknown();
    }
    #[automatically_derived]
    impl __sockful::DeclaresRemote for Creature {}
    #[automatically_derived]
    impl __sockful::DeclaresHooks for Creature {}
    #[automatically_derived]
    impl __sockful::DeclaresPolicy for Creature {}
};
