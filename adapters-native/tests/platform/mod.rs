//! A host in surroundings that a test makes up.

#![allow(
    clippy::expect_used,
    clippy::panic,
    dead_code,
    unreachable_pub,
    reason = "a test fails by panicking, and no test uses everything"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use gatelet_core::host::{Ambient, Grant, Identity};
use gatelet_core::{Ending, Host as _};
#[cfg(feature = "machine-identity")]
use gatelet_native::transport::Options;
use gatelet_native::{NativeHost, Outlet, Surroundings};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::upstream::{Client, client, read_request, upstream, write};

/// An outlet that leads nowhere.
pub struct Nowhere;

impl<B> Outlet<B> for Nowhere {
    fn emit(&self, _: &[u8]) {}

    fn finish_later(&self, _: Ending<B>) {}
}

/// A host for which those variables are set, and no others.
pub fn host(variables: &[(&str, &str)]) -> NativeHost<Client, Nowhere> {
    NativeHost::new(client(), Nowhere, surroundings(variables))
}

fn surroundings(variables: &[(&str, &str)]) -> Surroundings {
    let variables: Vec<(String, String)> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let find = move |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    Surroundings::new(find)
}

/// The same, with what it reaches others by.
#[cfg(feature = "machine-identity")]
pub fn host_with(variables: &[(&str, &str)], outward: Options) -> NativeHost<Client, Nowhere> {
    NativeHost::new(client(), Nowhere, surroundings(variables).with(outward))
}

/// A service that answers each request by what it begins with, and tells what it was asked. What it does not know it answers
/// with 404.
pub async fn service(answers: &'static [(&str, &str)]) -> (SocketAddr, UnboundedReceiver<String>) {
    let (sender, asked) = unbounded_channel();
    let address = upstream(move |_, mut stream: TcpStream| {
        let sender = sender.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                let answer = answers.iter().find(|(begin, _)| request.starts_with(begin)).map(|(_, answer)| *answer);
                let _ = sender.send(request);
                let answer = answer.unwrap_or("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
                write(&mut stream, answer).await;
                if answer.contains("connection: close") {
                    return;
                }
            }
        }
    })
    .await;
    (address, asked)
}

/// A file of that text; the name must be the test's own.
pub fn file(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// An answer with that body.
#[macro_export]
macro_rules! ok {
    ($body:expr) => {
        concat!("HTTP/1.1 200 OK\r\nmetadata-flavor: Google\r\nconnection: close\r\n\r\n", $body)
    };
}

/// What the host says of its identity: the secrets of it, in a row, and when it ends. In these tests each of them is a `canary`.
pub async fn told(variables: &[(&str, &str)], identity: Identity) -> (String, Option<Duration>) {
    let ambient = host(variables).ambient(identity).await.expect("an identity");
    assert!(!format!("{ambient:?}").contains("canary"), "{ambient:?}");
    let Ambient { grant, until } = ambient;
    let secrets = match grant {
        Grant::Aws(keys) => {
            let token = keys.session_token.as_ref().map_or("none", |token| token.reveal());
            format!("{} {} {token}", keys.access_key_id.reveal(), keys.secret_access_key.reveal())
        }
        Grant::Bearer(token) => token.reveal().to_owned(),
    };
    (secrets, until)
}

/// Why the host does not tell its identity.
pub async fn refused(variables: &[(&str, &str)], identity: Identity) -> String {
    let host = host(variables);
    assert!(!format!("{:?}", Surroundings::new(|_| Some("canary".to_owned()))).contains("canary"));
    match host.ambient(identity).await {
        Ok(ambient) => panic!("{ambient:?}"),
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            error.to_string()
        }
    }
}

/// The seconds from now to then, which is later.
pub fn from_now(then: Option<Duration>) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    then.expect("an end").checked_sub(now).expect("a time to come").as_secs()
}
