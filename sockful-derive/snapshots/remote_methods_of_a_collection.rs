impl Creature {
    pub async fn hungriest(cx: &Cx, limit: u32) -> Result<Vec<Creature>> {
        todo!()
    }
    #[cfg(feature = "clock")]
    pub async fn tick() {}
}
#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Remote for Creature {
        const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[
            __sockful::ActionFacts::collection(
                    "hungriest",
                    |cx, args| __sockful::Box::pin(async move {
                        let (limit,) = args.decode::<(u32,)>()?;
                        __sockful::answer!(
                            Self::hungriest(__sockful::context(cx), limit). await
                        )
                    }),
                )
                .arguments(const { &[__sockful::argument!("limit" : u32)] })
                .returns(__sockful::returns_of!(Result < Vec < Creature > >))
                .read_only(),
            #[cfg(feature = "clock")]
            __sockful::ActionFacts::collection(
                    "tick",
                    |_cx, _args| __sockful::Box::pin(async move {
                        __sockful::answer!(Self::tick(). await)
                    }),
                )
                .returns(__sockful::returns_of!(())),
        ];
    }
};
