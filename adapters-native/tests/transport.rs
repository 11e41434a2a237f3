//! The transport over HTTP/1.1, on real sockets.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod upstream;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gatelet_core::host::{Outgoing, SendErrorKind};
use gatelet_native::transport::Exchange;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use upstream::{HELLO, always, client, exchange, post, read_request, soon, text, upstream, url, write};

#[tokio::test]
async fn a_connection_is_used_again_at_once() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let address = upstream(move |count, mut stream| {
        let sender = sender.clone();
        async move {
            let answers =
                [HELLO, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"];
            for answer in answers.iter().cycle() {
                let Some(request) = read_request(&mut stream).await else { return };
                let _ = sender.send((count, request));
                write(&mut stream, answer).await;
            }
        }
    })
    .await;
    let client = client();
    for _ in 0..4 {
        assert_eq!(exchange(&client, post(url(address))).await.expect("an answer"), (200, "hello".to_owned()));
        assert_eq!(client.idle(), 1);
        let (count, request) = soon(&mut seen).await.expect("a request");
        assert_eq!(count, 0);
        assert!(request.starts_with("POST /v1/x?y=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("host: {address}\r\n")), "{request}");
        assert!(request.contains("content-length: 7\r\n") && request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
    }
}

#[tokio::test]
async fn head_and_body_leave_in_one_piece() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let address = upstream(move |_, mut stream| {
        let sender = sender.clone();
        async move {
            let mut first = vec![0; 64 << 10];
            let count = stream.read(&mut first).await.expect("bytes");
            let _ = sender.send(String::from_utf8_lossy(&first[..count]).into_owned());
            write(&mut stream, HELLO).await;
        }
    })
    .await;
    exchange(&client(), post(url(address))).await.expect("an answer");
    let first = soon(&mut seen).await.expect("bytes");
    assert!(first.ends_with("{\"a\":1}"), "{first}");
}

#[tokio::test]
async fn a_connection_that_was_closed_while_idle_is_not_noticed_by_the_caller() {
    let address = upstream(|_, mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, HELLO).await;
    })
    .await;
    let client = client();
    for _ in 0..5 {
        assert_eq!(exchange(&client, post(url(address))).await.expect("an answer").1, "hello");
        // With and without the time in which the other side's farewell arrives.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// An upstream that answers once on its first connection, and ends it with those bytes when the second request is
/// there. Later connections work. Counts the requests.
async fn ends_with(last: &'static str) -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let address = upstream(move |count, mut stream| {
        let requests = Arc::clone(&counted);
        async move {
            for turn in 0.. {
                if read_request(&mut stream).await.is_none() {
                    return;
                }
                requests.fetch_add(1, Ordering::Relaxed);
                if count == 0 && turn == 1 {
                    return write(&mut stream, last).await;
                }
                write(&mut stream, HELLO).await;
            }
        }
    })
    .await;
    (address, requests)
}

#[tokio::test]
async fn a_request_that_met_a_closing_connection_is_sent_once_more() {
    let (address, requests) = ends_with("").await;
    let client = client();
    for _ in 0..2 {
        assert_eq!(exchange(&client, post(url(address))).await.expect("an answer").1, "hello");
    }
    assert_eq!(requests.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_request_that_may_have_been_worked_on_is_not_sent_again() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let address = upstream(move |_, mut stream| {
        let requests = Arc::clone(&counted);
        async move {
            read_request(&mut stream).await;
            requests.fetch_add(1, Ordering::Relaxed);
            write(&mut stream, HELLO).await;
            read_request(&mut stream).await;
            requests.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
    })
    .await;
    let client = client();
    exchange(&client, post(url(address))).await.expect("an answer");
    let error = exchange(&client, post(url(address))).await.expect_err("an error");
    assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true));
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_head_of_empty_lines_is_given_up() {
    let address = upstream(|_, mut stream| async move {
        read_request(&mut stream).await;
        for _ in 0..70 {
            write(&mut stream, &"\r\n".repeat(512)).await;
        }
        read_request(&mut stream).await;
    })
    .await;
    let error = exchange(&client(), post(url(address))).await.expect_err("an error");
    assert_eq!(error.kind(), SendErrorKind::Head);
}

#[tokio::test]
async fn a_request_that_was_being_answered_is_not_sent_again() {
    for last in ["H", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let (address, requests) = ends_with(last).await;
        let client = client();
        exchange(&client, post(url(address))).await.expect("an answer");
        let error = exchange(&client, post(url(address))).await.expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true));
        assert_eq!(requests.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn a_new_connection_is_not_tried_twice() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = upstream(move |_, mut stream| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move {
            read_request(&mut stream).await;
        }
    })
    .await;
    let error = exchange(&client(), post(url(address))).await.expect_err("an error");
    assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_body_that_is_passed_on_is_not_sent_twice() {
    let (address, requests) = ends_with("").await;
    let client = client();
    let stream = || {
        let body = Outgoing::Stream(Full::new(Bytes::from_static(b"12345")));
        Request::post(url(address)).header("content-length", "5").body(body).expect("a request")
    };
    exchange(&client, stream()).await.expect("an answer");
    let error = exchange(&client, stream()).await.expect_err("an error");
    assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true));
    assert_eq!(requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_cut_body_is_an_error_and_never_an_end() {
    for cut in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nhello",
    ] {
        let address = upstream(move |_, mut stream| async move {
            read_request(&mut stream).await;
            write(&mut stream, cut).await;
        })
        .await;
        let client = client();
        let response = client.send(post(url(address))).await.expect("a head");
        let mut body = response.into_body();
        let first = body.frame().await.expect("a frame").expect("data").into_data().expect("data");
        assert_eq!(first, "hello");
        let error = body.frame().await.expect("an error, not the end").expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Body, true), "{error}");
        assert_eq!(client.idle(), 0);
    }
}

#[tokio::test]
async fn nobody_there_is_told_from_somebody_who_does_not_answer() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    let refused = exchange(&client(), post(url(closed))).await.expect_err("an error");
    assert_eq!((refused.kind(), refused.sent()), (SendErrorKind::Connect, false));
    assert!(refused.detail().contains(&closed.to_string()) && !refused.detail().contains("y=1"), "{refused}");

    let nowhere = exchange(&client(), post("http://nowhere.invalid/v1/x")).await.expect_err("an error");
    assert_eq!((nowhere.kind(), nowhere.sent()), (SendErrorKind::Connect, false));

    // Accepts, and then says nothing: the limit covers TLS.
    let silent = upstream(|_, stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let client = client();
    client.set_connect_timeout(Duration::from_millis(200));
    let started = Instant::now();
    let late = exchange(&client, post(format!("https://{silent}/"))).await.expect_err("an error");
    assert_eq!((late.kind(), late.sent()), (SendErrorKind::Connect, false));
    assert!(late.detail().contains("200ms") && started.elapsed() < Duration::from_secs(2), "{late}");
}

#[tokio::test]
async fn leaving_closes_the_connection() {
    let (sender, mut gone) = mpsc::unbounded_channel();
    let address = upstream(move |count, mut stream| {
        let sender = sender.clone();
        async move {
            read_request(&mut stream).await;
            if count == 0 {
                write(&mut stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
            }
            let _ = sender.send((count, stream.read(&mut [0; 16]).await.unwrap_or(0)));
        }
    })
    .await;
    let client = client();
    // In the middle of the body.
    let mut body = client.send(post(url(address))).await.expect("a head").into_body();
    body.frame().await.expect("a frame").expect("data");
    drop(body);
    assert_eq!(soon(&mut gone).await, Some((0, 0)));
    // Before the head.
    assert!(tokio::time::timeout(Duration::from_millis(50), client.send(post(url(address)))).await.is_err());
    assert_eq!(soon(&mut gone).await, Some((1, 0)));
    assert_eq!(client.idle(), 0);
}

#[tokio::test]
async fn redirects_are_answers() {
    let address = upstream(|_, stream| {
        always(stream, "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
    })
    .await;
    assert_eq!(exchange(&client(), post(url(address))).await.expect("an answer").0, 302);
}

#[tokio::test]
async fn a_head_has_its_limits() {
    let many: String = (0..101).map(|index| format!("x-{index}: 1\r\n")).collect();
    let long = format!("x: {}\r\n", "y".repeat(70 << 10));
    for headers in [many, long] {
        let answer: &'static str = format!("HTTP/1.1 200 OK\r\n{headers}content-length: 0\r\n\r\n").leak();
        let address = upstream(move |_, stream| always(stream, answer)).await;
        let error = exchange(&client(), post(url(address))).await.expect_err("an error");
        assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true), "{error}");
    }
}

#[tokio::test]
async fn a_large_answer_arrives_whole() {
    let body = "0123456789abcdef".repeat(1 << 16);
    let answer: &'static str = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).leak();
    let address = upstream(move |_, stream| always(stream, answer)).await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(exchange(&client, post(url(address))).await.expect("an answer").1.len(), 1 << 20);
    }
    assert_eq!(client.idle(), 1);
}

#[tokio::test]
async fn idle_connections_are_closed_by_us() {
    let (sender, mut gone) = mpsc::unbounded_channel();
    let address = upstream(move |_, stream| {
        let sender = sender.clone();
        async move {
            always(stream, HELLO).await;
            let _ = sender.send(());
        }
    })
    .await;
    let client = client();
    exchange(&client, post(url(address))).await.expect("an answer");
    assert_eq!(client.idle(), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(21)).await;
    tokio::time::resume();
    assert_eq!(soon(&mut gone).await, Some(()));
    assert_eq!(client.idle(), 0);
    // And the next one is swept, too.
    exchange(&client, post(url(address))).await.expect("an answer");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(21)).await;
    tokio::time::resume();
    assert_eq!(soon(&mut gone).await, Some(()));
}

#[tokio::test]
async fn what_arrives_leaves_at_once() {
    let (sender, mut release) = mpsc::unbounded_channel::<()>();
    let gate = Arc::new(tokio::sync::Notify::new());
    let opened = Arc::clone(&gate);
    let address = upstream(move |_, mut stream| {
        let (sender, gate) = (sender.clone(), Arc::clone(&gate));
        async move {
            read_request(&mut stream).await;
            write(&mut stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n").await;
            gate.notified().await;
            write(&mut stream, "1\r\nb\r\n0\r\n\r\n").await;
            let _ = sender.send(());
        }
    })
    .await;
    let client = client();
    let mut body = client.send(post(url(address))).await.expect("a head").into_body();
    // The second piece is sent only when the first has been seen.
    assert_eq!(body.frame().await.expect("a frame").expect("data").into_data().expect("data"), "a");
    opened.notify_one();
    assert_eq!(text(body).await.expect("the rest"), "b");
    assert!(soon(&mut release).await.is_some());
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_is_written() {
    let address = upstream(|_, mut stream| async move {
        // The head is read, the body is not: the sockets' buffers fill.
        let mut part = [0; 256];
        stream.read_exact(&mut part[..16]).await.expect("bytes");
        write(&mut stream, "HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nlarge").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    let client = client();
    let request =
        Request::post(url(address)).body(Outgoing::Full(Bytes::from(vec![b'x'; 32 << 20]).into())).expect("a request");
    let started = Instant::now();
    assert_eq!(exchange(&client, request).await.expect("an answer"), (413, "large".to_owned()));
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(client.idle(), 0);
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let address = upstream(|_, mut stream| async move {
        let request = read_request(&mut stream).await.expect("a request");
        let length = request.len().to_string();
        write(&mut stream, &format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{length}", length.len())).await;
    })
    .await;
    let request =
        Request::post(url(address)).body(Outgoing::Full(Bytes::from(vec![b'x'; 4 << 20]).into())).expect("a request");
    let (_, length) = exchange(&client(), request).await.expect("an answer");
    assert!(length.parse::<usize>().expect("a number") > 4 << 20);
}

#[tokio::test]
async fn interim_answers_are_passed_over_but_not_for_ever() {
    let continues = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
    let answer: &'static str = format!("{continues}{HELLO}").leak();
    let address = upstream(move |_, stream| always(stream, answer)).await;
    let client_one = client();
    for _ in 0..2 {
        assert_eq!(exchange(&client_one, post(url(address))).await.expect("an answer"), (200, "hello".to_owned()));
    }
    let endless: &'static str = continues.repeat(20).leak();
    let address = upstream(move |_, stream| always(stream, endless)).await;
    let error = exchange(&client(), post(url(address))).await.expect_err("an error");
    assert_eq!((error.kind(), error.sent()), (SendErrorKind::Head, true));
}

#[tokio::test]
async fn what_follows_an_answer_is_not_taken_for_the_next_one() {
    let smuggled: &'static str = format!("{HELLO}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil").leak();
    let address = upstream(move |_, stream| always(stream, smuggled)).await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(exchange(&client, post(url(address))).await.expect("an answer").1, "hello");
        assert_eq!(client.idle(), 0);
    }
}

#[cfg(feature = "reqwest-transport")]
#[tokio::test]
async fn the_transport_for_comparison_does_the_same() {
    let address = upstream(|_, stream| always(stream, HELLO)).await;
    let client =
        gatelet_native::transport::ReqwestTransport::<Full<Bytes>>::new(&gatelet_native::transport::Options::default())
            .expect("a client");
    for _ in 0..3 {
        let response = client.send(post(url(address))).await.expect("an answer");
        assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), "hello");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    let error = client.send(post(url(closed))).await.expect_err("an error");
    assert_eq!((error.kind(), error.sent()), (SendErrorKind::Connect, false));
    assert!(!error.detail().contains("y=1"), "{error}");
}
