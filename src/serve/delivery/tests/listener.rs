//! A web server that answers by script.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What the listener does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Answers with this status.
    Status(u16),
    /// Answers with 200 after so many milliseconds.
    Late(u64),
    /// Closes the connection.
    Close,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug, Default)]
struct Seen {
    requests: Vec<Received>,
    connections: usize,
    running: usize,
    most_running: usize,
}

/// The listener; its threads end with the test's process.
pub struct Listener {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Listener {
    /// Answers requests in the order in which they come; the last answer is repeated.
    pub fn start(script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (script, shared) = (script.to_vec(), seen.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                shared.lock().unwrap().connections += 1;
                let (script, seen) = (script.clone(), shared.clone());
                thread::spawn(move || serve(stream.unwrap(), &script, &seen));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn requests(&self) -> Vec<Received> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn most_running(&self) -> usize {
        self.seen.lock().unwrap().most_running
    }
}

fn serve(mut stream: TcpStream, script: &[Answer], seen: &Mutex<Seen>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let answer = {
            let mut seen = seen.lock().unwrap();
            seen.requests.push(request);
            seen.running += 1;
            seen.most_running = seen.most_running.max(seen.running);
            script[(seen.requests.len() - 1).min(script.len() - 1)]
        };
        let status = match answer {
            Answer::Status(status) => Some(status),
            Answer::Late(millis) => {
                thread::sleep(Duration::from_millis(millis));
                Some(200)
            }
            Answer::Close => None,
        };
        seen.lock().unwrap().running -= 1;
        let Some(status) = status else { return };
        let answer =
            format!("HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 2\r\n\r\nok");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_string())
    };
    let mut request = Received { line: line()?, ..Received::default() };
    while let Some(header) = line().filter(|line| !line.is_empty()) {
        let (name, value) = header.split_once(": ")?;
        request.headers.push((name.into(), value.into()));
    }
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).unwrap();
    Some(request)
}
