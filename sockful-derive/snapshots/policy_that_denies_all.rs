#[automatically_derived]
#[allow(unused_variables, reason = "a rule need not ask about the user")]
impl __sockful::Policy for Grave {
    type User = User;
    fn read(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::plain::<Self>((false))
    }
    fn create(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        __sockful::plain::<Self>((false))
    }
    fn update(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        Self::create(user)
    }
    fn destroy(user: ::core::option::Option<&User>) -> __sockful::FilterOf<Self> {
        Self::create(user)
    }
}
