impl Creature {
    #[must_use]
    fn update(&self, food: String) {}
}
::core::compile_error! {
    "`update` is an action that every resource has; choose another with `#[remote(rename = \"..\")]`"
}
#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Remote for Creature {
        const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[];
    }
};
