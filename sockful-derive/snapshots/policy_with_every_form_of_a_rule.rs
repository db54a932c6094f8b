#[automatically_derived]
#[allow(unused_variables, reason = "a rule need not ask about the user")]
impl __sockful::Policy for Card {
    type User = api::User;
    fn read(user: ::core::option::Option<&api::User>) -> __sockful::FilterOf<Self> {
        __sockful::either!(
            __sockful::either!(! __sockful::TypedField::of_policy("public", | record : &
            Self | & record.public).holds(), __sockful::of_user(user, | user |
            __sockful::plain:: < Self > (! (user.banned)))), __sockful::of_user(user, |
            user | __sockful::TypedField::of_policy("readers", | record : & Self | &
            record.readers).contains(& (& user.id)))
        )
    }
    fn create(user: ::core::option::Option<&api::User>) -> __sockful::FilterOf<Self> {
        __sockful::both!(
            __sockful::of_user(user, | user | __sockful::plain:: < Self > ((user
            .admin))), __sockful::of_user(user, | user |
            __sockful::TypedField::of_policy("price", | record : & Self | & record.price)
            .at_least(& (user.budget)))
        )
    }
    fn update(user: ::core::option::Option<&api::User>) -> __sockful::FilterOf<Self> {
        __sockful::both!(
            __sockful::of_user(user, | user | __sockful::TypedField::of_policy("team", |
            record : & Self | & record.team).within((user.teams).iter())),
            __sockful::TypedField::of_policy("state", | record : & Self | & record.state)
            .different(& (State::Closed))
        )
    }
    fn destroy(user: ::core::option::Option<&api::User>) -> __sockful::FilterOf<Self> {
        __sockful::either!(
            __sockful::TypedField::of_policy("team", | record : & Self | & record.team)
            .is_none(), __sockful::of_user(user, | user | __sockful::plain:: < Self > (!
            (matches!(user.role, Role::Guest))))
        )
    }
}
