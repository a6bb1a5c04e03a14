//! The world over TCP, for the AWS CLI, boto3 and whoever else speaks to AWS.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming as HyperBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::gateway;
use super::wire::{Delivery, Incoming, Outgoing, Sent, Tear};
use super::world::World;
use crate::error::{Error, Result};

/// No call the demo answers sends more.
const LARGEST_BODY: usize = 1 << 20;

/// Answers until `shutdown` is done. Requests under way are then cut off.
pub async fn serve(
    world: Arc<World>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<()> {
    let mut connections = tokio::task::JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return Ok(()),
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // One client that went away, or no descriptor left for a moment: neither ends the server.
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionAborted || e.raw_os_error() == Some(24) => {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                continue;
            }
            Err(e) => return Err(Error::failed("the demo cannot accept connections").because(&e)),
        };
        while connections.try_join_next().is_some() {}
        let _ = stream.set_nodelay(true);
        world.statistics.connected();
        let world = world.clone();
        connections.spawn(async move {
            let broken = Arc::new(AtomicBool::new(false));
            let line = Line { stream, broken: Arc::clone(&broken) };
            let service = service_fn(move |request| respond(world.clone(), request, Arc::clone(&broken)));
            // A client that breaks off is its own affair.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(line), service)
                .await;
        });
    }
}

/// `broken` is set where the connection is to be reset.
async fn respond(
    world: Arc<World>,
    request: http::Request<HyperBody>,
    broken: Arc<AtomicBool>,
) -> io::Result<http::Response<Sent>> {
    let (parts, body) = request.into_parts();
    if let Some(told) = about_itself(&world, &parts) {
        return Ok(told.map(Sent::whole));
    }
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        let mut outgoing = Outgoing::new(Bytes::new());
        *outgoing.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(outgoing.map(Sent::whole));
    };
    let incoming = Incoming::new(http::Request::from_parts(parts, body.to_bytes()));
    let delivery = gateway::answer(&world, incoming).await;
    if matches!(delivery, Delivery::Reset | Delivery::Torn(_, Tear::Reset)) {
        broken.store(true, Ordering::Relaxed);
    }
    match delivery {
        Delivery::Whole(outgoing) => Ok(outgoing.map(Sent::whole)),
        Delivery::Torn(outgoing, tear) => Ok(outgoing.map(|body| Sent::half(&body, tear))),
        Delivery::Reset => Err(Tear::Reset.error()),
    }
}

/// `GET /__stats` tells what was asked so far, `POST /__reset` forgets it. No bucket can be called so.
fn about_itself(world: &World, request: &http::request::Parts) -> Option<Outgoing> {
    let told = match (request.method.as_str(), request.uri.path()) {
        ("GET", "/__stats") => world.statistics.show().to_json(),
        ("POST", "/__reset") => {
            world.statistics.reset();
            "{}".to_owned()
        }
        _ => return None,
    };
    let mut outgoing = Outgoing::new(Bytes::from(told));
    let json = http::HeaderValue::from_static("application/json");
    outgoing.headers_mut().insert(http::header::CONTENT_TYPE, json);
    Some(outgoing)
}

/// A connection that can end with a reset instead of a farewell.
struct Line {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.broken.load(Ordering::Relaxed) {
            // Where it cannot be set, the client sees an early end: as good a mishap.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
