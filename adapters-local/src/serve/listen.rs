//! Sockets to listen on.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::setup::Address;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds the addresses. Of several it is enough that one can be bound: a machine may have no IPv6.
///
/// # Errors
/// Why none of them can be bound, and what to do.
pub(super) fn bind(addresses: &[SocketAddr], listen: &Address) -> Result<(Vec<TcpListener>, Vec<SocketAddr>), String> {
    let mut listeners = Vec::new();
    let mut bound: Vec<SocketAddr> = Vec::new();
    let mut problem = None;
    for address in addresses {
        let mut address = *address;
        if let (0, Some(first)) = (address.port(), bound.first()) {
            address.set_port(first.port());
        }
        match open(address).and_then(|listener| Ok((listener.local_addr()?, listener))) {
            Ok((local, listener)) => {
                bound.push(local);
                listeners.push(listener);
            }
            // The other program would get half of the requests.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(describe(listen, &error)),
            Err(error) => problem = Some(error),
        }
    }
    match problem {
        Some(error) if listeners.is_empty() => Err(describe(listen, &error)),
        _ if listeners.is_empty() => Err(format!("cannot listen on {listen}: the name has no address")),
        _ => Ok((listeners, bound)),
    }
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart need not wait for the old connections to be forgotten. On Windows the option means something else.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn describe(listen: &Address, error: &io::Error) -> String {
    let chosen = listen.chosen();
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "cannot listen on {listen} ({chosen}): another program does. Stop it, or choose another port with --listen PORT"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("cannot listen on {listen} ({chosen}): not permitted. Ports below 1024 are usually reserved")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("cannot listen on {listen} ({chosen}): this machine does not have the address")
        }
        _ => format!("cannot listen on {listen} ({chosen}): {error}"),
    }
}

/// Asks for as many open files as this process may have: each connection is one, toward clients and upstreams.
pub(super) fn raise_file_limit() {
    // Where it fails the limit stays what it is, and the acceptor says so when it is reached.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
}
