//! A server of HTTP/1.1 by hand, because it must also hang, hang up and lie about lengths.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// A field of a form-encoded body, decoded.
    pub fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
    }

    /// `AKIA...` of the signature.
    pub fn access_key(&self) -> &str {
        let credential = self.header("authorization").split("Credential=").nth(1).unwrap_or_default();
        credential.split('/').next().unwrap_or_default()
    }

    /// Region and service the request is signed for.
    pub fn scope(&self) -> (String, String) {
        let credential = self.header("authorization").split("Credential=").nth(1).unwrap_or_default();
        let mut parts = credential.split('/').skip(2).map(str::to_owned);
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    }
}

#[derive(Clone, Debug)]
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Promises more than it sends.
    CutShort {
        body: String,
    },
    Hang,
    HangUp,
}

pub fn answer(status: u16, kind: &str, body: &str) -> Reply {
    Reply::Answer {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: body.to_owned(),
    }
}

impl Reply {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Reply::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

type Handler = dyn Fn(&Request, usize) -> Reply + Send + Sync;

#[derive(Default)]
struct Seen {
    sts: Vec<Request>,
    reads: Vec<Request>,
}

/// Answers STS by itself; everything else is the test's.
pub struct Server {
    pub endpoint: String,
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `handler` gets each request that is not for STS, and how many came before it.
    pub async fn start(handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Server {
        Self::with_sts(default_sts, handler).await
    }

    pub async fn with_sts(
        sts: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
        handler: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (log, sts, handler): (_, Arc<Handler>, Arc<Handler>) =
            (seen.clone(), Arc::new(sts), Arc::new(handler));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, log.clone(), sts.clone(), handler.clone()));
            }
        });
        Server { endpoint, seen, task }
    }

    /// Requests so far, those to STS apart.
    pub fn reads(&self) -> Vec<Request> {
        self.seen.lock().reads.clone()
    }

    pub fn sts(&self, action: &str) -> Vec<Request> {
        let wanted = |request: &&Request| request.form("Action").as_deref() == Some(action);
        self.seen.lock().sts.iter().filter(wanted).cloned().collect()
    }
}

fn is_sts(request: &Request) -> bool {
    request.scope().1 == "sts"
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Seen>>,
    sts: Arc<Handler>,
    handler: Arc<Handler>,
) -> Option<()> {
    loop {
        let request = receive(&mut stream).await?;
        let of_sts = is_sts(&request);
        let before = {
            let mut seen = seen.lock();
            let list = if of_sts { &mut seen.sts } else { &mut seen.reads };
            list.push(request.clone());
            list.len() - 1
        };
        let reply = if of_sts { sts(&request, before) } else { handler(&request, before) };
        match reply {
            Reply::Answer { status, headers, body } => {
                let headers: String =
                    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
                stream.write_all(head.as_bytes()).await.ok()?;
                if request.method != "HEAD" {
                    stream.write_all(body.as_bytes()).await.ok()?;
                }
            }
            Reply::CutShort { body } => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len() + 100);
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(body.as_bytes()).await.ok()?;
                return None;
            }
            Reply::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
            Reply::HangUp => return None,
        }
    }
}

pub async fn receive(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&bytes[head + 4..head + 4 + length]).into_owned();
    Some(Request { method, target, headers, body })
}

/// Whoever asks is the base identity of [`super::OWN`], and may assume everything for an hour.
pub fn default_sts(request: &Request, before: usize) -> Reply {
    match request.form("Action").as_deref() {
        Some("GetCallerIdentity") => caller("user/operator"),
        Some("AssumeRole") => assumed(&format!("ASIA{before}"), 3600),
        other => answer(400, "text/xml", &error("InvalidAction", &format!("{other:?}"))),
    }
}

pub fn caller(who: &str) -> Reply {
    let own = super::OWN;
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{own}:{who}</Arn><UserId>AIDA</UserId>\
         <Account>{own}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    answer(200, "text/xml", &body)
}

pub fn assumed(key: &str, seconds: i64) -> Reply {
    let end = chrono::Utc::now() + chrono::Duration::seconds(seconds);
    let end = end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let body = format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>{end}</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    );
    answer(200, "text/xml", &body)
}

/// The query protocol's error body.
pub fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>1</RequestId></ErrorResponse>"
    )
}
