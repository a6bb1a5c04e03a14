//! Through a proxy, over TLS, with a private authority: the way out of many companies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use canvass::aws::Aws;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{aws, settings};

/// A server for `sts.example.internal` whose certificate a private authority signed; its port, and
/// the authority's certificate.
async fn private_server() -> (u16, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["sts.example.internal".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                let mut request = Vec::new();
                while !request.ends_with(b"Version=2011-06-15") {
                    request.push(stream.read_u8().await.ok()?);
                }
                let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                            <Arn>arn:aws:iam::111111111111:user/behind-the-proxy</Arn>\
                            <Account>111111111111</Account></GetCallerIdentityResult>\
                            </GetCallerIdentityResponse>";
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.ok()?;
                stream.shutdown().await.ok()
            });
        }
    });
    (port, authority.pem())
}

/// A CONNECT proxy that leads every name to 127.0.0.1; counts its tunnels.
async fn proxy(to: u16) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let tunnels = Arc::new(AtomicUsize::new(0));
    let counted = tunnels.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counted = counted.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.ok()?);
                }
                if !head.starts_with(b"CONNECT sts.example.internal:") {
                    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok()?;
                    return None;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let mut server = TcpStream::connect(("127.0.0.1", to)).await.ok()?;
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
                tokio::io::copy_bidirectional(&mut stream, &mut server).await.ok()
            });
        }
    });
    (url, tunnels)
}

async fn behind(proxy: &str, bundle: Option<&str>) -> (Aws, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings("https://sts.example.internal");
    settings.network.proxy = Some(proxy.to_owned());
    settings.network.max_attempts = 1;
    if let Some(pem) = bundle {
        let path = folder.path().join("corporate.pem");
        std::fs::write(&path, pem).unwrap();
        settings.network.ca_bundle = Some(path);
    }
    (aws(settings), folder)
}

#[tokio::test]
async fn a_call_goes_through_the_proxy_and_trusts_the_bundle() {
    let (port, authority) = private_server().await;
    let (proxy, tunnels) = proxy(port).await;
    let (aws, _folder) = behind(&proxy, Some(&authority)).await;
    assert_eq!(aws.caller().await.unwrap().arn, "arn:aws:iam::111111111111:user/behind-the-proxy");
    assert_eq!(tunnels.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_stranger_behind_the_proxy_is_not_trusted() {
    let (port, _) = private_server().await;
    let (_, other_authority) = private_server().await;
    let (proxy, tunnels) = proxy(port).await;
    let (aws, _folder) = behind(&proxy, Some(&other_authority)).await;
    let error = aws.caller().await.unwrap_err();
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
    assert_eq!(tunnels.load(Ordering::SeqCst), 1);
}
