impl Creature {
    pub const LEGS: u32 = 4;
    /// Feeds it.
    pub async fn feed(&mut self, food: String) -> Result<String> {
        todo!()
    }
    /// Whether it is hungry.
    pub fn is_hungry(&self) -> bool {
        todo!()
    }
    /// Moves it to another place.
    pub async fn move_to(&mut self, cx: &Cx, place: Id<Place>) -> Result<()> {
        todo!()
    }
    fn helper(&self) {}
}
#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Remote for Creature {
        const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[
            __sockful::ActionFacts::update(
                    "feed",
                    |record, _cx, args| __sockful::Box::pin(async move {
                        let (food,) = args.decode::<(String,)>()?;
                        __sockful::answer!(Self::feed(record, food). await)
                    }),
                )
                .docs("Feeds it.")
                .arguments(const { &[__sockful::argument!("food" : String)] })
                .returns(__sockful::returns_of!(Result < String >)),
            __sockful::ActionFacts::read(
                    "is_hungry",
                    |record, _cx, _args| __sockful::Box::pin(async move {
                        __sockful::answer!(Self::is_hungry(record))
                    }),
                )
                .docs("Whether it is hungry.")
                .returns(__sockful::returns_of!(bool)),
            __sockful::ActionFacts::update(
                    "move_to",
                    |record, cx, args| __sockful::Box::pin(async move {
                        let (place,) = args.decode::<(Id<Place>,)>()?;
                        __sockful::answer!(
                            Self::move_to(record, __sockful::context(cx), place). await
                        )
                    }),
                )
                .docs("Moves it to another place.")
                .arguments(const { &[__sockful::argument!("place" : Id < Place >)] })
                .returns(__sockful::returns_of!(Result < () >)),
        ];
    }
};
