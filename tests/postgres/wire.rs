//! A client of PostgreSQL's simple query protocol, which tells types, NULLs and errors apart as `psql`
//! cannot. (PostgreSQL manual, "Frontend/Backend Protocol".)

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::answer::{Answer, Column};

#[derive(Debug)]
pub struct Connection {
    stream: BufReader<UnixStream>,
    /// Names of types by oid, as `format_type` writes them.
    types: BTreeMap<u32, String>,
}

/// What the server says is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    /// Character of the statement, from 1.
    pub position: Option<usize>,
}

impl Connection {
    pub fn open(socket: &Path, database: &str) -> Self {
        let stream = UnixStream::connect(socket).unwrap_or_else(|e| panic!("{}: {e}", socket.display()));
        let mut connection = Self { stream: BufReader::new(stream), types: BTreeMap::new() };
        let mut body = 196_608u32.to_be_bytes().to_vec();
        for text in ["user", "canvass", "database", database, ""] {
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
        let mut packet = u32::try_from(body.len() + 4).unwrap().to_be_bytes().to_vec();
        packet.extend(body);
        connection.write(&packet);
        connection.finish(None).unwrap_or_else(|e| panic!("{e:?}"));
        let types = connection.query("select oid, format_type(oid, null) from pg_type").unwrap();
        let of =
            |row: &Vec<Option<String>>| Some((row.first()?.as_ref()?.parse().ok()?, row.get(1)?.clone()?));
        connection.types = types.rows.iter().filter_map(of).collect();
        connection
    }

    /// Runs a statement; of several, the last answer counts.
    pub fn query(&mut self, sql: &str) -> Result<Answer, ServerError> {
        self.send(b'Q', &[sql.as_bytes(), b"\0"].concat());
        self.finish(None)
    }

    /// Runs `copy ... from stdin` with these rows.
    pub fn copy_in(&mut self, sql: &str, rows: &str) -> Result<(), ServerError> {
        self.send(b'Q', &[sql.as_bytes(), b"\0"].concat());
        self.finish(Some(rows)).map(|_| ())
    }

    fn finish(&mut self, copy: Option<&str>) -> Result<Answer, ServerError> {
        let (mut answer, mut error) = (Answer::default(), None);
        loop {
            let (kind, body) = self.receive();
            let mut body = Body(&body);
            match kind {
                b'T' => {
                    let count = body.i16();
                    answer = Answer::default();
                    for _ in 0..count {
                        let name = body.text();
                        body.skip(6);
                        let oid = body.u32();
                        body.skip(8);
                        let pg_type = self.types.get(&oid).cloned().unwrap_or_else(|| oid.to_string());
                        answer.columns.push(Column { name, pg_type });
                    }
                }
                b'D' => {
                    let count = body.i16();
                    answer.rows.push((0..count).map(|_| body.value()).collect());
                }
                b'E' => error = Some(body.error()),
                b'G' => {
                    for chunk in copy.unwrap_or_default().as_bytes().chunks(1 << 16) {
                        self.send(b'd', chunk);
                    }
                    self.send(b'c', b"");
                }
                b'Z' => return error.map_or(Ok(answer), Err),
                // Authentication, parameters, notices, completions.
                _ => {}
            }
        }
    }

    fn send(&mut self, kind: u8, body: &[u8]) {
        let mut packet = vec![kind];
        packet.extend(u32::try_from(body.len() + 4).unwrap().to_be_bytes());
        packet.extend(body);
        self.write(&packet);
    }

    fn write(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    fn receive(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head).expect("the server is there");
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body).expect("the server is there");
        (head[0], body)
    }
}

struct Body<'a>(&'a [u8]);

impl Body<'_> {
    fn take(&mut self, count: usize) -> &[u8] {
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head
    }

    fn skip(&mut self, count: usize) {
        self.take(count);
    }

    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        let text = String::from_utf8_lossy(self.take(end)).into_owned();
        self.skip(1);
        text
    }

    fn value(&mut self) -> Option<String> {
        let length = self.u32().cast_signed();
        let length = usize::try_from(length).ok()?;
        Some(String::from_utf8(self.take(length).to_vec()).unwrap())
    }

    fn error(&mut self) -> ServerError {
        let mut error = ServerError::default();
        while let [kind, ..] = *self.0 {
            self.skip(1);
            if kind == 0 {
                break;
            }
            let text = self.text();
            match kind {
                b'C' => error.code = text,
                b'M' => error.message = text,
                b'H' => error.hint = Some(text),
                b'P' => error.position = text.parse().ok(),
                _ => {}
            }
        }
        error
    }
}
