//! What `--help` says.

/// What help is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Everything,
    Serve,
    Check,
    Models,
    Key,
}

impl Topic {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Everything => EVERYTHING,
            Self::Serve => SERVE,
            Self::Check => CHECK,
            Self::Models => MODELS,
            Self::Key => KEY,
        }
    }
}

const EVERYTHING: &str = "\
gatelet: one address for every AI provider. It speaks the APIs of OpenAI, Anthropic and Gemini to your programs and
to the providers, checks keys, falls back from one model to the next, and writes a line of usage for each request.

Usage: gatelet [serve] [--config FILE] [--listen ADDRESS]    serve (help: gatelet serve --help)
       gatelet check [--config FILE]                         check the configuration, say what would be served
       gatelet models [--upstream] [--config FILE]           list the models that clients can ask for
       gatelet key new NAME                                  make a key for a client

Without a configuration the providers are those whose usual variables are set (OPENAI_API_KEY, ANTHROPIC_API_KEY,
GOOGLE_API_KEY or GEMINI_API_KEY); with none of them it serves a built-in mock, so that everything can be tried:

  gatelet
  curl -s http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{\"model\":\"mock/hello\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}'

Options:
  -c, --config FILE      the configuration, in TOML (or in JSON, if it begins with `{`). Otherwise GATELET_CONFIG,
                         which is a file's path or the document itself; otherwise gatelet.toml in this directory
  -l, --listen ADDRESS   PORT, HOST:PORT or [IPV6]:PORT; see gatelet serve --help
  -h, --help             this text; after a command, what there is to know about it
  -V, --version          the version

Standard output has results and the log (one JSON object a request), standard error everything else.
";

const SERVE: &str = "\
Usage: gatelet [serve] [--config FILE] [--listen ADDRESS]

Serves until it is told to stop. POST /v1/chat/completions, /v1/responses, /v1/messages, /v1/embeddings and
/v1beta/models/MODEL:generateContent answer as the vendors' own APIs do; GET /v1/models lists models, GET /health
says whether the server is up. The model is written PROVIDER/MODEL, or a name of [models.NAME].

Where it listens: --listen, else [server] listen of the configuration, else PORT of the environment, else
127.0.0.1:8080. ADDRESS is
  8080               that port, for programs on this machine
  0.0.0.0:8080       that port, for everybody who can reach this machine
  [::1]:8080, localhost:8080
PORT=8080 in the environment means 127.0.0.1:8080 without client keys; with keys (or open = true) it means
0.0.0.0:8080, because the platforms that set PORT expect that.

Without client keys only loopback is served, and no web page: anything else is refused at the start. Make a key with
`gatelet key new NAME`, or say `open = true` if everybody who can reach the server may use your providers' keys.

Signals: TERM or INT (ctrl-C) stops. Idle connections close at once, running requests have
[server] shutdown_grace (30s) to end; a second one stops at once. HUP reads the configuration again; if it is wrong
the server says why and goes on with what it has. Where it listens and the rest of [server], except max_body and
cors_origins, change only with a restart.

Environment, read only where it is set:
  GATELET_CONFIG            see gatelet --help
  PORT                      see above
  HTTPS_PROXY, NO_PROXY     the proxy to https providers and the hosts that are reached without it; never for loopback
  SSL_CERT_FILE             certificates in PEM to trust besides the usual ones, unless [server] ca_file names some
  OPENAI_API_KEY, ...       what the configuration refers to, such as \"${OPENAI_API_KEY}\"; without one, what it finds

The log has one JSON object a line on standard output: id, key, model, status, tokens, milliseconds, outcome. It
never has a prompt, an answer or a key.
";

const CHECK: &str = "\
Usage: gatelet check [--config FILE] [--listen ADDRESS]

Reads the configuration as `gatelet serve` would, and says what would be served: address, keys, providers, models.
Nothing is contacted. If something is wrong it prints every problem as FILE:LINE: PATH: MESSAGE and ends with status 1.
Secrets are looked up, and never shown.
";

const MODELS: &str = "\
Usage: gatelet models [--upstream] [--config FILE]

Lists what clients can write as the model: first your own names with where they lead, then PROVIDER/MODEL for the
models that gatelet knows by name. Every other model of a provider works too: write PROVIDER/ and its name there.
For each it says in which dialects it is called, its limits in tokens, and its list price in US dollars a million
tokens. Nothing is contacted.

With --upstream each provider is asked for its own list, of all that it has; who does not answer within ten seconds
is told of on standard error, with what to do, and the status is 1 then. A running gateway answers the same at
GET /v1/models?source=upstream, and names in x-gatelet-incomplete who is missing.
";

const KEY: &str = "\
Usage: gatelet key new NAME

Makes a client key and prints it, once, with the lines that let it in:

  gatelet key new team-a

The configuration holds only the key's SHA-256, so that the file gives nobody access. NAME stands in the log. Give
the key to the client as its API key: `Authorization: Bearer KEY`, `x-api-key` and `x-goog-api-key` are all understood.
";
