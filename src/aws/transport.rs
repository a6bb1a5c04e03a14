//! The HTTP client: one pool for everything, with the operator's certificates and proxies.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, Result};
use crate::settings::NetworkSettings;

/// What a simulated organization or a test puts in the place of the real thing; `None` is real.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    pub http_client: Option<SharedHttpClient>,
    /// In the place of the SDK's default chain; the environment and the AWS config file are then not
    /// read at all.
    pub credentials: Option<SharedCredentialsProvider>,
}

/// Trusts the system's roots, or the CA bundle alone where one is set. Proxies come from the
/// settings, else from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`; `NO_PROXY` holds in both cases.
pub fn http_client(network: &NetworkSettings) -> Result<SharedHttpClient> {
    let tls = match &network.ca_bundle {
        None => TlsContext::default(),
        Some(path) => trusting(path)?,
    };
    let proxy = match &network.proxy {
        None => ProxyConfig::from_env(),
        Some(url) => explicit_proxy(url)?,
    };
    Ok(SharedHttpClient::new(Pooled { tls, proxy, connectors: parking_lot::Mutex::default() }))
}

fn trusting(path: &Path) -> Result<TlsContext> {
    let wrong = |why: &dyn std::error::Error| {
        Error::usage(format!("cannot use the CA bundle {}", path.display()))
            .cause(why.to_string())
            .hint("AWS_CA_BUNDLE or ca_bundle must name a file of PEM certificates")
    };
    let pem = std::fs::read(path).map_err(|error| wrong(&error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    if roots.is_empty() {
        return Err(wrong(&Error::usage("it holds no certificate")));
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder().with_trust_store(store).build().map_err(|error| wrong(&error))
}

fn explicit_proxy(url: &str) -> Result<ProxyConfig> {
    let config = ProxyConfig::all(url).map_err(|error| {
        // The URL may hold a password: the message must not repeat it.
        let _ = error;
        Error::usage("the proxy is not a usable URL").hint("write it like http://proxy.example.com:8080")
    })?;
    let exempt = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    Ok(match exempt {
        Ok(rules) => config.no_proxy(rules),
        Err(_) => config,
    })
}

type Timeouts = (Option<Duration>, Option<Duration>);

/// Connectors by their timeouts, so that every client of this run shares one pool of connections.
struct Pooled {
    tls: TlsContext,
    proxy: ProxyConfig,
    connectors: parking_lot::Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pooled")
    }
}

impl HttpClient for Pooled {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let key = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock();
        let connector = connectors.entry(key).or_insert_with(|| {
            let mut builder =
                Connector::builder().connector_settings(settings.clone()).proxy_config(self.proxy.clone());
            builder.set_sleep_impl(components.sleep_impl());
            builder
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(self.tls.clone())
                .build()
                .into_shared()
        });
        connector.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_bundle(content: &[u8]) -> Result<SharedHttpClient> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, content).unwrap();
        http_client(&NetworkSettings { ca_bundle: Some(path), ..NetworkSettings::default() })
    }

    #[test]
    fn a_broken_ca_bundle_is_an_error_not_a_crash() {
        for content in [
            &b""[..],
            b"not a certificate",
            b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\nAAAA\n",
        ] {
            let error = with_bundle(content).unwrap_err();
            assert!(error.message().starts_with("cannot use the CA bundle"), "{error}");
        }
        let generated = rcgen::generate_simple_self_signed(["ca.test".to_owned()]).unwrap();
        assert!(with_bundle(generated.cert.pem().as_bytes()).is_ok());
    }

    #[test]
    fn a_broken_proxy_is_an_error_that_keeps_the_password() {
        let network = NetworkSettings {
            proxy: Some("socks9://user:secret@proxy".into()),
            ..NetworkSettings::default()
        };
        let error = http_client(&network).unwrap_err();
        assert!(!format!("{error}").contains("secret"));
    }
}
