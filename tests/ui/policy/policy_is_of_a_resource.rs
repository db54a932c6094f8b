// Only resources have policies.

use sockful::Policy;
use sockful::query::FilterOf;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

struct Card;

impl Policy for Card {
    type User = User;

    fn read(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::all()
    }

    fn create(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }

    fn update(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }

    fn destroy(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }
}

fn main() {}
