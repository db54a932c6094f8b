fn question() -> Filter {
    {
        ::core::compile_error! {
            "the store can only compare a field itself with a value: `c.hunger > 5`"
        }
        {
            use ::sockful::__private as __sockful;
            __sockful::FilterOf::<Card>::all()
        }
    }
}
