#[automatically_derived]
#[allow(unused_variables, reason = "a rule need not ask about the user")]
impl __sockful::Policy for Card {
    type User = User;
    fn read(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::either!(
            __sockful::TypedField::of_policy("public", | record : & Self | & record
            .public).holds(), __sockful::of_user(user, | user |
            __sockful::TypedField::of_policy("owner", | record : & Self | & record.owner)
            .equal(& (user.id)))
        )
    }
    fn create(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::of_user(
            user,
            |user| {
                __sockful::TypedField::of_policy("owner", |record: &Self| &record.owner)
                    .equal(&(user.id))
            },
        )
    }
    fn update(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        Self::create(user)
    }
    fn destroy(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        Self::create(user)
    }
}
