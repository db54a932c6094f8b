impl Creature {
    pub async fn fly_to(
        &mut self,
        cx: &Cx,
        place: Id<Place>,
        mut speed: f64,
        r#type: Option<Kind>,
    ) -> Result<()> {
        todo!()
    }
}
#[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
const _: () = {
    use ::sockful::__private as __sockful;
    #[automatically_derived]
    impl __sockful::Remote for Creature {
        const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[
            __sockful::ActionFacts::update(
                    "flyTo",
                    |record, cx, args| __sockful::Box::pin(async move {
                        let (place, __sockful::Defaulted(speed), r#type) = args
                            .decode::<
                                (Id<Place>, __sockful::Defaulted<f64>, Option<Kind>),
                            >()?;
                        __sockful::answer!(
                            Self::fly_to(record, __sockful::context(cx), place, speed,
                            r#type). await
                        )
                    }),
                )
                .arguments(const {
                    &[
                        __sockful::argument!("place" : Id < Place >),
                        __sockful::argument!("speed" : f64 = default),
                        __sockful::argument!("type" : Option < Kind >),
                    ]
                })
                .returns(__sockful::returns_of!(Result < () >))
                .detached()
                .access(__sockful::Access::Authenticated),
        ];
    }
};
