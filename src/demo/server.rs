//! The world over TCP, for the AWS CLI, boto3 and whoever else speaks to AWS.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming as HyperBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::gateway;
use super::wire::{Incoming, Outgoing};
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
        let world = world.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| respond(world.clone(), request));
            // A client that breaks off is its own affair.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn respond(
    world: Arc<World>,
    request: http::Request<HyperBody>,
) -> std::result::Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let outgoing = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => {
            let incoming = Incoming::new(http::Request::from_parts(parts, body.to_bytes()));
            gateway::answer(&world, incoming).await
        }
        Err(_) => {
            let mut outgoing = Outgoing::new(Bytes::new());
            *outgoing.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
            outgoing
        }
    };
    Ok(outgoing.map(Full::new))
}
