//! A client that sends what it is told, byte by byte, which no well-behaved library does.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// A connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// The next line, without its end; empty at the end of the connection too.
    pub fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        Ok(line.trim_end().to_string())
    }

    /// The next answer; none when the server has closed the connection.
    pub fn answer(&mut self, has_body: bool) -> Option<Answer> {
        let status = self.line().ok().filter(|line| !line.is_empty())?;
        let status = status.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().ok()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_string(), value.to_string()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if has_body {
            answer.body = vec![0; length];
            self.stream.read_exact(&mut answer.body).ok()?;
        }
        Some(answer)
    }

    /// A request and its answer.
    pub fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {target} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
        if headers.iter().all(|(name, _)| *name != "Host") {
            head += "Host: 127.0.0.1\r\n";
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        self.write(format!("{head}\r\n{body}").as_bytes()).unwrap();
        self.answer(method != "HEAD").expect("the server answers")
    }

    pub fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, &[], "")
    }

    pub fn post(&mut self, target: &str, body: &str) -> Answer {
        self.ask("POST", target, &[], body)
    }

    /// A call in AWS JSON.
    pub fn call(&mut self, target: &str, body: &str) -> Answer {
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        self.ask("POST", "/", &headers, body)
    }

    /// The simulated time, in seconds.
    pub fn seconds(&mut self) -> f64 {
        self.get("/_fleetsim/state").json()["seconds"].as_f64().unwrap()
    }
}
