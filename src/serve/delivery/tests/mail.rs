//! E-mail, into an SMTP server of a few lines.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

use super::{outgoing, test};
use crate::sns::Protocol;

/// Takes letters and hands them on; every `DATA` is answered with the next of these lines, the last of which is repeated.
fn sink(answers: &'static [&'static str]) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, letters) = mpsc::channel();
    thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            take(stream.unwrap(), answers[at.min(answers.len() - 1)], &sender);
        }
    });
    (address, letters)
}

fn take(mut stream: TcpStream, answer: &str, letters: &mpsc::Sender<String>) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut say = |line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
    let (mut letter, mut is_data) = (String::new(), false);
    say("220 sink");
    for line in lines.map_while(Result::ok) {
        match line.as_str() {
            "." if is_data => {
                is_data = false;
                letters.send(std::mem::take(&mut letter)).unwrap();
                say(answer);
            }
            _ if is_data => letter += &format!("{}\n", line.strip_prefix('.').unwrap_or(&line)),
            "DATA" => {
                is_data = true;
                say("354 go on");
            }
            "QUIT" => return say("221 bye"),
            other => {
                letter += &format!("{other}\n");
                say("250 sink");
            }
        }
    }
}

#[test]
fn a_letter_arrives_and_is_repeated_when_the_server_asks() {
    let (address, letters) = sink(&["451 later", "250 taken", "550 never"]);
    test(
        |settings| settings.smtp = Some(format!("smtp://{address}").parse().unwrap()),
        async |mut test| {
            let mut message = outgoing(1, Protocol::Email, "ops@example.com");
            message.envelope.message = ".dots\n.\nare kept".into();
            test.hand(message.clone());
            assert_eq!(test.outcome().await, "again");
            assert_eq!(test.outcome().await, "250");
            let [first, second] = [(); 2].map(|()| letters.recv().unwrap());
            assert_eq!(first, second);
            assert!(first.contains("MAIL FROM:<no-reply@sns.fleetsim.invalid>"), "{first}");
            assert!(first.contains("\nRCPT TO:<ops@example.com>\n"), "{first}");
            assert!(first.ends_with("\n\n.dots\n.\nare kept\n"), "{first}");

            message.protocol = Protocol::EmailJson;
            test.hand(message);
            assert_eq!(test.outcome().await, "never");
            let third = letters.recv().unwrap();
            assert!(third.contains("\"SigningCertURL\":\""), "{third}");
        },
    );
}

#[test]
fn without_a_server_mail_is_dropped_and_said_once() {
    test(
        |_| {},
        async |mut test| {
            for id in [1, 2, 3] {
                test.hand(outgoing(id, Protocol::Email, "ops@example.com"));
                assert_eq!(test.outcome().await, "dropped");
            }
            assert_eq!(*test.notes.borrow(), ["e-mails are dropped: there is no --smtp"]);
        },
    );
}

#[test]
fn a_server_elsewhere_has_to_be_allowed() {
    test(
        |settings| settings.smtp = Some("smtp://192.0.2.1:25".parse().unwrap()),
        async |mut test| {
            test.hand(outgoing(1, Protocol::Email, "ops@example.com"));
            assert_eq!(test.outcome().await, "never");
        },
    );
}
