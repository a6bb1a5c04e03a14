//! One signed attempt on the SDK's own runtime.
//!
//! A single orchestrator operation serves every service, account and region: what differs (endpoint,
//! signing, identity) travels in the input and is put where the orchestrator looks for it. Building
//! an operation per call would cost more than the call's own work.

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{AuthSchemeOptionResolverParams, SharedAuthScheme};
use aws_smithy_runtime_api::client::endpoint::{
    EndpointFuture, EndpointResolverParams, ResolveEndpoint, SharedEndpointResolver,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Layer, Storable, StoreReplace};
use aws_smithy_types::endpoint::Endpoint;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region as SdkRegion, SigningRegion};
use bytes::Bytes;

use super::clock::{self, TheirTime};
use super::protocol::{Encoded, RawResponse};
use crate::settings::NetworkSettings;

/// How canvass names itself to AWS; CloudTrail shows it.
pub const USER_AGENT: &str = concat!("canvass/", env!("CARGO_PKG_VERSION"));

/// Everything one attempt needs.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub encoded: Encoded,
    /// Scheme and host, perhaps with a path.
    pub url: String,
    pub signing_name: String,
    pub signing_region: String,
    /// S3 signs the path as it is, once encoded, and wants the body's hash in a header.
    pub s3: bool,
    pub credentials: Credentials,
    /// Seconds that the place's clock is ahead of this machine's.
    pub ahead: i64,
}

/// Nothing but the transport can fail here: every status is an answer.
pub type AttemptError = SdkError<std::convert::Infallible, HttpResponse>;

#[derive(Clone, Debug)]
pub struct Wire(Operation<Attempt, RawResponse, std::convert::Infallible>);

impl Wire {
    pub fn new(http_client: SharedHttpClient, network: &NetworkSettings) -> Self {
        let mut config = Layer::new("canvass");
        config.store_put(AuthSchemeOptionResolverParams::new(()));
        config.store_put(EndpointResolverParams::new(()));
        let mut components = RuntimeComponentsBuilder::new("canvass");
        components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        components
            .set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])));
        components.set_identity_cache(Some(IdentityCache::no_cache()));
        components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(FromConfig));
        components.set_endpoint_resolver(Some(SharedEndpointResolver::new(FromParams)));
        let operation = Operation::builder()
            .service_name("canvass")
            .operation_name("read")
            .http_client(http_client)
            .no_retry()
            .sleep_impl(TokioSleep::new())
            .time_source(TheirTime)
            .timeout_config(timeouts(network))
            .interceptor(Unpack)
            .runtime_plugin(
                StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components),
            )
            .serializer(serialize)
            .deserializer(|response: &HttpResponse| Ok(whole(response)))
            .build();
        Self(operation)
    }

    pub async fn send(&self, attempt: Attempt) -> Result<RawResponse, AttemptError> {
        clock::signing(attempt.ahead, self.0.invoke(attempt)).await
    }
}

/// Zero means none, as a default settings value would otherwise fail every call.
pub fn timeouts(network: &NetworkSettings) -> TimeoutConfig {
    let set = |duration: std::time::Duration| Some(duration).filter(|d| !d.is_zero());
    let mut builder = TimeoutConfig::builder();
    builder.set_connect_timeout(set(network.connect_timeout));
    builder.set_operation_attempt_timeout(set(network.call_timeout));
    builder.build()
}

fn serialize(attempt: Attempt) -> Result<HttpRequest, BoxError> {
    let Encoded { method, path, query, headers, body, .. } = attempt.encoded;
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(&method)?;
    request.set_uri(if query.is_empty() { path } else { format!("{path}?{query}") })?;
    for (name, value) in headers {
        request.headers_mut().try_insert(name, value)?;
    }
    request.headers_mut().insert("user-agent", USER_AGENT);
    Ok(request)
}

fn whole(response: &HttpResponse) -> RawResponse {
    RawResponse {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter_bytes()
            .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned()))
            .collect(),
        body: response.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default(),
    }
}

/// The identity of the call in hand.
#[derive(Clone, Debug)]
struct CallIdentity(Identity);

impl Storable for CallIdentity {
    type Storer = StoreReplace<Self>;
}

#[derive(Clone, Debug)]
struct CallEndpoint(String);

/// Moves an [`Attempt`]'s parts to where signer, identity and endpoint resolvers look.
#[derive(Debug)]
struct Unpack;

#[dyn_dispatch_hint]
impl Intercept for Unpack {
    fn name(&self) -> &'static str {
        "Unpack"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = context.input().downcast_ref::<Attempt>().ok_or("the input is no attempt")?;
        let mut options = SigningOptions::default();
        if attempt.s3 {
            options.double_uri_encode = false;
            options.normalize_uri_path = false;
            options.content_sha256_header = true;
        }
        let signing = SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(SdkRegion::new(attempt.signing_region.clone()))),
            name: Some(SigningName::from(attempt.signing_name.clone())),
            signing_options: options,
            ..SigV4OperationSigningConfig::default()
        };
        let state = config.interceptor_state();
        state.store_put(signing);
        state.store_put(CallIdentity(Identity::from(attempt.credentials.clone())));
        state.store_put(EndpointResolverParams::new(CallEndpoint(attempt.url.clone())));
        Ok(())
    }
}

#[derive(Debug)]
struct FromConfig;

impl ResolveIdentity for FromConfig {
    fn resolve_identity<'a>(
        &'a self,
        _components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let identity = config.load::<CallIdentity>().map(|found| found.0.clone());
        IdentityFuture::ready(identity.ok_or_else(|| "the call has no identity".into()))
    }
}

#[derive(Debug)]
struct FromParams;

impl ResolveEndpoint for FromParams {
    fn resolve_endpoint<'a>(&'a self, params: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        let found = params.get::<CallEndpoint>();
        EndpointFuture::ready(
            found
                .map(|endpoint| Endpoint::builder().url(endpoint.0.clone()).build())
                .ok_or_else(|| "the call has no endpoint".into()),
        )
    }
}
