//! `canvass demo serve` in a process of its own, on 127.0.0.1 and a free port.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;
use crate::program::EXECUTABLE;

/// Ends with the value.
pub struct Server {
    child: Child,
    /// What points a client at it.
    pub env: Vec<(String, String)>,
}

/// What it was asked since it was last reset.
pub struct Asked(Value);

impl Asked {
    /// `ec2.DescribeVpcs`
    pub fn calls(&self, operation: &str) -> u64 {
        self.0["calls"][operation].as_u64().unwrap_or_default()
    }

    pub fn total(&self) -> u64 {
        self.0["total"].as_u64().unwrap_or_default()
    }

    /// Of one service.
    pub fn total_of(&self, service: &str) -> u64 {
        let calls = self.0["calls"].as_object();
        let of = calls.into_iter().flatten().filter(|(name, _)| name.split('.').next() == Some(service));
        of.filter_map(|(_, count)| count.as_u64()).sum()
    }

    pub fn throttled(&self) -> u64 {
        self.0["throttled"].as_u64().unwrap_or_default()
    }
}

impl Server {
    pub fn start(knobs: &str) -> Result<Self> {
        let mut command = Command::new(EXECUTABLE);
        command.args(["demo", "serve", "--port", "0", "--demo", knobs]).env_clear();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let told = child.stdout.take();
        // From here on it ends even where it says nothing.
        let mut server = Self { child, env: vec![("AWS_EC2_METADATA_DISABLED".into(), "true".into())] };
        for line in told.map(BufReader::new).into_iter().flat_map(|told| told.lines().take(4)) {
            let line = line?;
            let (name, value) = line.split_once('=').ok_or("the server does not say where it is")?;
            server.env.push((name.to_owned(), value.to_owned()));
        }
        Ok(server)
    }

    pub fn asked(&self) -> Result<Asked> {
        Ok(Asked(serde_json::from_str(&self.http("GET /__stats")?)?))
    }

    pub fn reset(&self) -> Result<()> {
        self.http("POST /__reset").map(drop)
    }

    fn http(&self, what: &str) -> Result<String> {
        let address = self.env.iter().find(|(name, _)| name == "AWS_ENDPOINT_URL").map(|(_, value)| value);
        let address =
            address.and_then(|url| url.strip_prefix("http://")).ok_or("the server has no address")?;
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "{what} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("the server's answer has no body")?;
        Ok(body.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
