//! Names of actions that are reflected from relations.

/// `create_song` and `createSong`: both are answered.
pub(super) fn both_cases(verb: &str, noun: &str) -> [String; 2] {
    let snake = format!("{verb}_{noun}");
    let camel = camel_case(&snake);
    [snake, camel]
}

/// `high_score` is `highScore`.
pub(super) fn camel_case(snake: &str) -> String {
    let mut camel = String::with_capacity(snake.len());
    let mut starts_word = false;
    for letter in snake.chars() {
        if letter == '_' {
            starts_word = true;
        } else if std::mem::take(&mut starts_word) {
            camel.push(letter.to_ascii_uppercase());
        } else {
            camel.push(letter);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_their_old_names_too() {
        assert_eq!(both_cases("create", "song"), ["create_song", "createSong"]);
        assert_eq!(
            both_cases("get", "high_score"),
            ["get_high_score", "getHighScore"]
        );
        assert_eq!(camel_case("songs"), "songs");
    }
}
