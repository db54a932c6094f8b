impl Creature {
    #[must_use]
    fn update(&self, food: String) {}
}
::core::compile_error! {
    "`update` is an action that every resource has; choose another with `#[remote(rename = \"..\")]`"
}
#[allow(unused_qualifications, reason = "generated code stands on the user's tokens")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Remote for Creature {
        const ACTIONS: &'static [__sockful::Action<Self>] = &[];
    }
};
