fn question() {
    {
        use ::sockful::__private as __sockful;
        __sockful::either!(
            __sockful::both!(__sockful::TypedField::new(const { __sockful::place:: < Card
            > ("public") }, | c : & Card | & c.public).holds(), !
            __sockful::either!(__sockful::TypedField::new(const { __sockful::place:: <
            Card > ("owner") }, | c : & Card | & c.owner).equal(& (id)),
            __sockful::TypedField::new(const { __sockful::place:: < Card > ("type") }, |
            c : & Card | & c.r#type).at_least(& (5))), __sockful::plain:: < Card >
            (admin)), __sockful::both!(__sockful::TypedField::new(const {
            __sockful::place:: < Card > ("tags") }, | c : & Card | & c.tags).contains(&
            (& tag)), __sockful::TypedField::new(const { __sockful::place:: < Card >
            ("name") }, | c : & Card | & c.name).within((names).iter()),
            __sockful::TypedField::new(const { __sockful::place:: < Card > ("kind") }, |
            c : & Card | & c.kind).is_none())
        )
    }
}
