//! A mail server of a test's own: it refuses as it is told to, takes everything else, and shows what it took.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came in, and what to say to the next mails.
#[derive(Default)]
struct Known {
    mails: Vec<String>,
    commands: Vec<String>,
    refusals: VecDeque<&'static str>,
}

/// Serves until the process ends.
pub struct FakeSmtp {
    pub address: SocketAddr,
    known: Arc<Mutex<Known>>,
}

impl FakeSmtp {
    /// Refuses the first mails with these answers, one each, and takes the others.
    pub fn start(refusals: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("bound");
        let known = Known { refusals: refusals.iter().copied().collect(), ..Known::default() };
        let known = Arc::new(Mutex::new(known));
        let shared = Arc::clone(&known);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let known = Arc::clone(&shared);
                thread::spawn(move || {
                    // A client may go away at any time.
                    let _ = converse(&stream, &known);
                });
            }
        });
        Self { address, known }
    }

    /// The mails that were taken, as they came.
    pub fn mails(&self) -> Vec<String> {
        self.known.lock().expect("not poisoned").mails.clone()
    }

    /// The commands that begin so.
    pub fn commands(&self, start: &str) -> Vec<String> {
        let known = self.known.lock().expect("not poisoned");
        known.commands.iter().filter(|command| command.starts_with(start)).cloned().collect()
    }
}

fn converse(stream: &TcpStream, known: &Mutex<Known>) -> std::io::Result<()> {
    let (mut from, mut to) = (BufReader::new(stream), stream);
    to.write_all(b"220 fake\r\n")?;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let command = line.trim_end().to_owned();
        known.lock().expect("not poisoned").commands.push(command.clone());
        let answer = match command.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-fake\r\n250-AUTH PLAIN\r\n250 SMTPUTF8",
            "AUTH" => "235 welcome",
            "MAIL" => {
                let refusal = known.lock().expect("not poisoned").refusals.pop_front();
                refusal.unwrap_or("250 go on")
            }
            "DATA" => {
                to.write_all(b"354 go on\r\n")?;
                let mail = read_mail(&mut from)?;
                known.lock().expect("not poisoned").mails.push(mail);
                "250 taken"
            }
            "QUIT" => {
                to.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => "250 fine",
        };
        to.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}

/// The lines up to the one that is only a dot.
fn read_mail(from: &mut impl BufRead) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(&line);
    }
}
