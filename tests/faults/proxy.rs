//! Stands between the program and the demo and misbehaves where a test says so.
//!
//! Requests go on as they came, so that their signatures hold.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use canvass::catalog::Catalog;
use canvass::demo::{self, Knobs, World};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::aws_read::server::{Request, receive};
use crate::support::canvass::NOW;

/// A request as rules see it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whose session signed it: the account's id.
    pub account: String,
    pub region: String,
    pub service: String,
    /// `DescribeVpcs`; where the protocol names none, method and path: `GET /2015-03-31/functions`.
    pub operation: String,
    /// Earlier requests of the same account, region, service and operation.
    pub before: usize,
    pub request: Request,
}

impl Asked {
    pub fn is(&self, account: &str, region: &str, operation: &str) -> bool {
        self.account == account && self.region == region && self.operation == operation
    }

    /// `service:Operation`
    pub fn id(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
}

#[derive(Clone, Debug)]
pub enum Act {
    Pass,
    Answer {
        status: u16,
        kind: &'static str,
        body: String,
    },
    /// Passes, with this instead of that in the answer.
    Replace(&'static str, &'static str),
    /// Passes half of the answer and hangs up.
    CutShort,
    Hang,
    /// Ends the connection with a reset.
    Reset,
    /// From here on nothing answers any more, whoever asks.
    Die,
}

type Rule = dyn Fn(&Asked) -> Act + Send + Sync;

pub struct Proxy {
    pub endpoint: String,
    state: Arc<State>,
}

struct State {
    rule: Box<Rule>,
    asked: Mutex<Vec<Asked>>,
    /// Accounts by the access keys that the demo gave out for them.
    accounts: Mutex<HashMap<String, String>>,
    dead: AtomicBool,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
});

/// One demo for all tests: it keeps nothing but sessions.
static DEMO: LazyLock<SocketAddr> = LazyLock::new(|| {
    let knobs: Knobs = "".parse().unwrap();
    let catalog = Arc::new(Catalog::builtin().unwrap());
    let world = Arc::new(World::new(&knobs, NOW.parse().unwrap(), catalog).unwrap());
    let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    RUNTIME.spawn(async move { demo::serve(world, listener, std::future::pending()).await.unwrap() });
    address
});

pub const MANAGEMENT: &str = "100000000001";

impl Proxy {
    pub fn start(rule: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Proxy {
        let demo = *DEMO;
        let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let keys = demo::base_credentials().access_key_id.to_owned();
        let state = Arc::new(State {
            rule: Box::new(rule),
            asked: Mutex::default(),
            accounts: Mutex::new(HashMap::from([(keys, MANAGEMENT.to_owned())])),
            dead: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&state);
        RUNTIME.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if accepting.dead.load(Ordering::SeqCst) {
                    let _ = stream.set_zero_linger();
                    continue;
                }
                tokio::spawn(converse(stream, demo, Arc::clone(&accepting)));
            }
        });
        Proxy { endpoint, state }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().clone()
    }
}

async fn converse(mut client: TcpStream, demo: SocketAddr, state: Arc<State>) -> Option<()> {
    let mut demo = TcpStream::connect(demo).await.ok()?;
    loop {
        let request = receive(&mut client).await?;
        let asked = state.enter(request);
        let act = if state.dead.load(Ordering::SeqCst) { Act::Die } else { (state.rule)(&asked) };
        match act {
            Act::Hang => {
                tokio::time::sleep(Duration::from_secs(120)).await;
                return None;
            }
            Act::Reset => {
                let _ = client.set_zero_linger();
                return None;
            }
            Act::Die => {
                state.dead.store(true, Ordering::SeqCst);
                let _ = client.set_zero_linger();
                return None;
            }
            Act::Answer { status, kind, body } => {
                let answer = whole(status, &format!("content-type: {kind}\r\n"), &body);
                client.write_all(answer.as_bytes()).await.ok()?;
            }
            Act::Pass => {
                let answer = pass(&mut demo, &asked).await?;
                state.learn(&asked, &answer);
                client.write_all(&answer.bytes()).await.ok()?;
            }
            Act::Replace(this, by) => {
                let answer = pass(&mut demo, &asked).await?;
                assert!(answer.body.contains(this), "nothing to replace in {}", answer.body);
                let body = answer.body.replace(this, by);
                client.write_all(&Passed { body, ..answer }.bytes()).await.ok()?;
            }
            Act::CutShort => {
                let answer = pass(&mut demo, &asked).await?;
                let bytes = answer.bytes();
                client.write_all(&bytes[..bytes.len() - answer.body.len() / 2]).await.ok()?;
                return None;
            }
        }
    }
}

impl State {
    fn enter(&self, request: Request) -> Asked {
        let (region, service) = request.scope();
        let account = self.accounts.lock().get(request.access_key()).cloned().unwrap_or_default();
        let operation = operation(&request);
        let mut all = self.asked.lock();
        let same = |a: &&Asked| {
            (&a.account, &a.region, &a.service, &a.operation) == (&account, &region, &service, &operation)
        };
        let before = all.iter().filter(same).count();
        let asked = Asked { account, region, service, operation, before, request };
        all.push(asked.clone());
        asked
    }

    /// Whose keys these are.
    fn learn(&self, asked: &Asked, answer: &Passed) {
        let role = asked.request.form("RoleArn");
        let key = answer.body.split("<AccessKeyId>").nth(1).and_then(|rest| rest.split('<').next());
        if let (Some(role), Some(key), "AssumeRole") = (role, key, asked.operation.as_str()) {
            let account = role.split(':').nth(4).unwrap_or_default().to_owned();
            self.accounts.lock().insert(key.to_owned(), account);
        }
    }
}

fn operation(request: &Request) -> String {
    if let Some((_, operation)) = request.header("x-amz-target").rsplit_once('.') {
        return operation.to_owned();
    }
    request.form("Action").unwrap_or_else(|| format!("{} {}", request.method, request.target))
}

struct Passed {
    head: String,
    body: String,
    /// An answer to HEAD tells a length and has no body.
    headless: bool,
}

impl Passed {
    fn bytes(&self) -> Vec<u8> {
        let status = self.head.lines().next().unwrap_or_default();
        let headers: String = self
            .head
            .lines()
            .skip(1)
            .filter(|line| !line.to_lowercase().starts_with("content-length"))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let length =
            if self.headless { String::new() } else { format!("content-length: {}\r\n", self.body.len()) };
        format!("{status}\r\n{headers}{length}\r\n{}", self.body).into_bytes()
    }
}

async fn pass(demo: &mut TcpStream, asked: &Asked) -> Option<Passed> {
    let Request { method, target, headers, body } = &asked.request;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    demo.write_all(format!("{method} {target} HTTP/1.1\r\n{headers}\r\n{body}").as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if demo.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let headless = method == "HEAD";
    let length = head.lines().filter_map(|line| line.split_once(": "));
    let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.next().map_or(0, |(_, value)| value.parse().unwrap());
    while !headless && bytes.len() < end + 4 + length {
        if demo.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Some(Passed { head, body, headless })
}

fn whole(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}
