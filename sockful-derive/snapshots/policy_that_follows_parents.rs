#[automatically_derived]
#[allow(unused_variables, reason = "a rule need not ask about the user")]
impl __sockful::Policy for Song {
    type User = User;
    fn read(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::either!(
            __sockful::follow:: < Self, Album, _ > ("album_id", __sockful::Verb::Read,
            user), __sockful::follow:: < Self, Folder, _ > ("folder_id",
            __sockful::Verb::Read, user)
        )
    }
    fn create(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::follow::<Self, Album, _>("album_id", __sockful::Verb::Update, user)
    }
    fn update(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::both!(
            __sockful::follow:: < Self, Album, _ > ("album_id", __sockful::Verb::Update,
            user), __sockful::of_user(user, | user |
            __sockful::TypedField::of_policy("owner", | record : & Self | & record.owner)
            .equal(& (user.id)))
        )
    }
    fn destroy(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::plain::<Self>((false))
    }
}
