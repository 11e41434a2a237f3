//! `gatelet key new`.

use std::process::ExitCode;

use gatelet_core::policy::keys::{KeyHash, generate};

use crate::terminal;

/// Makes a key and prints it, with the lines that let it in.
pub(crate) fn new(name: &str) -> ExitCode {
    if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
        terminal::tell("gatelet: a key's name has 1 to 128 characters and none that cannot be printed");
        return ExitCode::from(2);
    }
    let mut random = [0; 128];
    let key = match getrandom::fill(&mut random) {
        Ok(()) => generate(&random),
        Err(_) => None,
    };
    let Some(key) = key else {
        terminal::tell("gatelet: the system gave no random numbers; nothing was made");
        return ExitCode::FAILURE;
    };
    let hash = KeyHash::of(key.as_bytes());
    terminal::tell("This is the key. It is shown once and stored nowhere:\n");
    let shown = terminal::show(&format!("{key}\n"));
    if shown != ExitCode::SUCCESS {
        return shown;
    }
    terminal::tell("\nTo let it in, add this to the configuration:\n");
    terminal::show(&format!("[keys.{}]\nsha256 = \"{hash}\"\n", quoted(name)))
}

/// The name as a key of TOML.
fn quoted(name: &str) -> String {
    let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_keys_of_toml() {
        assert_eq!(quoted("team-a_1"), "team-a_1");
        assert_eq!(quoted("team a"), "\"team a\"");
        assert_eq!(quoted("a.b"), "\"a.b\"");
        assert_eq!(quoted("a\"\\"), "\"a\\\"\\\\\"");
    }
}
