fn question() {
    {
        use ::sockful::__private as __sockful;
        [
            __sockful::TypedField::new(
                    const { __sockful::place::<Card>("hunger") },
                    |c: &Card| &c.hunger,
                )
                .descending(),
            __sockful::TypedField::new(
                    const { __sockful::place::<Card>("name") },
                    |c: &Card| &c.name,
                )
                .ascending(),
        ]
    }
}
