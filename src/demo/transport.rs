//! The world behind the SDK's HTTP client, without a socket.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::gateway;
use super::wire::{Delivery, Incoming, Sent, Tear};
use super::world::World;

/// An HTTP client whose every request the world answers. Connect and read timeouts are the caller's
/// business: operation timeouts of the SDK still fire.
pub fn http_client(world: Arc<World>) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(InProcess(world));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct InProcess(Arc<World>);

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let world = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
            let (parts, body) = request.into_parts();
            let body = read(body).await?;
            let incoming = Incoming::new(http::Request::from_parts(parts, body));
            // What breaks over TCP breaks here in the same way.
            let answered = match gateway::answer(&world, incoming).await {
                Delivery::Whole(outgoing) => outgoing.map(SdkBody::from),
                Delivery::Torn(outgoing, tear) => {
                    outgoing.map(|body| SdkBody::from_body_1_x(Sent::half(&body, tear)))
                }
                Delivery::Reset => return Err(ConnectorError::io(Tear::Reset.error().into())),
            };
            http::Response::try_into(answered)
                .map_err(|e: aws_smithy_runtime_api::http::HttpError| ConnectorError::other(e.into(), None))
        })
    }
}

async fn read(body: SdkBody) -> Result<Bytes, ConnectorError> {
    if let Some(bytes) = body.bytes() {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    let collected = body.collect().await.map_err(ConnectorError::user)?;
    Ok(collected.to_bytes())
}
