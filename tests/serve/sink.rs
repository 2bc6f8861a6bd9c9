//! A web server that keeps what it is sent, and answers what it is told to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// A request.
#[derive(Clone, Debug)]
pub struct Taken {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Taken {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The operation of a call in AWS JSON.
    pub fn operation(&self) -> &str {
        self.header("x-amz-target").rsplit('.').next().unwrap()
    }
}

type Answer = dyn Fn(&Taken) -> (u16, String) + Send + Sync;

/// The server. It goes on for as long as the test does.
pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    pub fn start(answer: impl Fn(&Taken) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer): (_, Arc<Answer>) = (taken.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (kept, answer) = (kept.clone(), answer.clone());
                // A client that goes away has had enough.
                thread::spawn(move || while take(&stream, &kept, &*answer).is_some() {});
            }
        });
        Self { address, taken }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// What was taken, as soon as it is so much.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Taken> {
        let began = Instant::now();
        while self.taken.lock().unwrap().len() < count {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", self.taken().len());
            thread::sleep(Duration::from_millis(10));
        }
        self.taken()
    }
}

fn take(stream: &TcpStream, kept: &Mutex<Vec<Taken>>, answer: &Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_string())
    };
    let first = line()?;
    let mut words = first.split(' ').map(String::from);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    while let Some((name, value)) = line()?.split_once(':') {
        headers.push((name.to_string(), value.trim().to_string()));
    }
    let mut taken = Taken { method, target, headers, body: Vec::new() };
    taken.body = vec![0; taken.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut taken.body).ok()?;
    let (status, text) = answer(&taken);
    kept.lock().unwrap().push(taken);
    let head = format!("HTTP/1.1 {status} So\r\nContent-Length: {}\r\n\r\n", text.len());
    let mut stream = stream;
    stream.write_all(format!("{head}{text}").as_bytes()).ok()
}
