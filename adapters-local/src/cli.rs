//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use gatelet_core::config::nearest;
use lexopt::Arg;

use crate::help::Topic;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Serve(Options),
    Check(Options),
    Models(Options),
    UpstreamModels(Options),
    KeyNew(String),
    Help(Topic),
    Version,
}

/// The options of the commands that read the configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The configuration file.
    pub(crate) config: Option<PathBuf>,
    /// Where to listen, as written.
    pub(crate) listen: Option<String>,
}

/// Why the command line cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Usage(pub(crate) String);

const COMMANDS: [&str; 5] = ["serve", "check", "key", "models", "help"];
const OPTIONS: [&str; 5] = ["--config", "--listen", "--upstream", "--help", "--version"];

/// Reads the command line.
pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Command, Usage> {
    let mut words: Vec<String> = Vec::new();
    let mut options = Options::default();
    let mut help = false;
    let mut upstream = false;
    while let Some(argument) = arguments.next().map_err(usage)? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => help = true,
            Arg::Short('V') | Arg::Long("version") => return Ok(Command::Version),
            Arg::Short('c') | Arg::Long("config") => {
                once("--config", &mut options.config, value("--config", &mut arguments)?.into())?
            }
            Arg::Short('l') | Arg::Long("listen") => {
                once("--listen", &mut options.listen, text("--listen", value("--listen", &mut arguments)?)?)?;
            }
            Arg::Long("upstream") => upstream = true,
            Arg::Long(name) => return Err(unknown("option", &format!("--{name}"), &OPTIONS)),
            Arg::Short(name) => return Err(Usage(format!("there is no option `-{name}`"))),
            Arg::Value(word) => words.push(text("a command", word)?),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if help {
        return topic(words.first().copied()).map(Command::Help);
    }
    if upstream && words != ["models"] {
        return Err(Usage("`--upstream` goes with `gatelet models`".to_owned()));
    }
    let command = match words.as_slice() {
        [] | ["serve"] => return Ok(Command::Serve(options)),
        ["check"] => return Ok(Command::Check(options)),
        ["models"] => {
            without_listen(&options)?;
            return Ok(if upstream { Command::UpstreamModels(options) } else { Command::Models(options) });
        }
        ["key", "new", name] => Command::KeyNew((*name).to_owned()),
        ["key", "new"] => return Err(Usage("a key needs a name: `gatelet key new NAME`".to_owned())),
        ["key"] => return Err(Usage("write `gatelet key new NAME`".to_owned())),
        ["key", other, ..] if *other != "new" => return Err(unknown("command", &format!("key {other}"), &["key new"])),
        ["help"] => Command::Help(Topic::Everything),
        ["help", about] => Command::Help(topic(Some(about))?),
        [known, extra, ..] if COMMANDS.contains(known) => {
            return Err(Usage(format!("`gatelet {known}` does not take `{extra}`")));
        }
        [other, ..] => return Err(unknown("command", other, &COMMANDS)),
    };
    if options != Options::default() {
        return Err(Usage("this command reads no configuration and listens nowhere".to_owned()));
    }
    Ok(command)
}

fn topic(word: Option<&str>) -> Result<Topic, Usage> {
    match word {
        None | Some("help") => Ok(Topic::Everything),
        Some("serve") => Ok(Topic::Serve),
        Some("check") => Ok(Topic::Check),
        Some("models") => Ok(Topic::Models),
        Some("key") => Ok(Topic::Key),
        Some(other) => Err(unknown("command", other, &COMMANDS)),
    }
}

fn without_listen(options: &Options) -> Result<(), Usage> {
    match options.listen {
        Some(_) => Err(Usage("`gatelet models` listens nowhere; leave out `--listen`".to_owned())),
        None => Ok(()),
    }
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), Usage> {
    if place.is_some() {
        return Err(Usage(format!("`{name}` is given twice")));
    }
    *place = Some(value);
    Ok(())
}

fn value(name: &str, arguments: &mut lexopt::Parser) -> Result<OsString, Usage> {
    arguments.value().map_err(|_| Usage(format!("`{name}` needs a value")))
}

fn text(what: &str, value: OsString) -> Result<String, Usage> {
    value.into_string().map_err(|_| Usage(format!("{what} must be written in UTF-8")))
}

fn usage(error: lexopt::Error) -> Usage {
    Usage(error.to_string())
}

fn unknown(what: &str, word: &str, known: &[&str]) -> Usage {
    match nearest(word, known) {
        Some(meant) => Usage(format!("there is no {what} `{word}`; did you mean `{meant}`?")),
        None => Usage(format!("there is no {what} `{word}`; there are {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(line.split_whitespace())).map_err(|usage| usage.0)
    }

    fn options(config: Option<&str>, listen: Option<&str>) -> Options {
        Options { config: config.map(PathBuf::from), listen: listen.map(str::to_owned) }
    }

    #[test]
    fn commands_are_read() {
        assert_eq!(parsed(""), Ok(Command::Serve(Options::default())));
        assert_eq!(parsed("serve --listen 1 --config a"), Ok(Command::Serve(options(Some("a"), Some("1")))));
        assert_eq!(parsed("--listen=[::1]:1 serve"), Ok(Command::Serve(options(None, Some("[::1]:1")))));
        assert_eq!(parsed("check -c a"), Ok(Command::Check(options(Some("a"), None))));
        assert_eq!(parsed("models"), Ok(Command::Models(Options::default())));
        assert_eq!(parsed("models --upstream -c a"), Ok(Command::UpstreamModels(options(Some("a"), None))));
        assert_eq!(parsed("key new team-a"), Ok(Command::KeyNew("team-a".to_owned())));
        assert_eq!(parsed("key new --help"), Ok(Command::Help(Topic::Key)));
        assert_eq!(parsed("help check"), Ok(Command::Help(Topic::Check)));
        assert_eq!(parsed("-h"), Ok(Command::Help(Topic::Everything)));
        assert_eq!(parsed("check --version"), Ok(Command::Version));
    }

    #[test]
    fn mistakes_are_told_with_what_was_meant() {
        for (line, told) in [
            ("sevre", "did you mean `serve`"),
            ("--confg x", "did you mean `--config`"),
            ("--port 1", "there is no option `--port`; there are --config, --listen"),
            ("chekc", "did you mean `check`"),
            ("nonsense", "there are serve, check"),
            ("-x", "there is no option `-x`"),
            ("--config", "`--config` needs a value"),
            ("--listen 1 --listen 2", "given twice"),
            ("key", "gatelet key new NAME"),
            ("key new", "needs a name"),
            ("key nwe a", "did you mean `key new`"),
            ("key new a b", "does not take"),
            ("check twice", "`gatelet check` does not take `twice`"),
            ("models --listen 1", "listens nowhere"),
            ("check --upstream", "`--upstream` goes with `gatelet models`"),
            ("key new a --config b", "reads no configuration"),
            ("help sevre", "did you mean `serve`"),
        ] {
            let message = parsed(line).expect_err(line);
            assert!(message.contains(told), "{line}: {message}");
        }
    }
}
