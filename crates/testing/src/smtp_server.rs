//! A real mail server that keeps what it receives.

use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mailin::response::{NO_MAILBOX, OK};
use mailin::{Action, Handler, Response, SessionBuilder};

/// A mail server on a free local port. It ends with the test process. It knows nobody called `nobody`.
pub struct SmtpServer {
    address: SocketAddr,
    inbox: Inbox,
}

impl SmtpServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inbox = Inbox::default();
        let received = inbox.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let inbox = received.clone();
                std::thread::spawn(move || serve(connection, inbox));
            }
        });
        Self { address, inbox }
    }

    /// Its address for the setting `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// All messages, as they were sent.
    pub fn messages(&self) -> Vec<String> {
        self.inbox.0.lock().unwrap().clone()
    }
}

#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Vec<String>>>);

/// The message of a connection that is being received.
struct Receiver {
    inbox: Inbox,
    message: Vec<u8>,
}

impl Handler for Receiver {
    fn helo(&mut self, _: IpAddr, _: &str) -> Response {
        OK
    }

    fn rcpt(&mut self, to: &str) -> Response {
        if to.starts_with("nobody@") { NO_MAILBOX } else { OK }
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.message.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let message = String::from_utf8_lossy(&std::mem::take(&mut self.message)).into_owned();
        self.inbox.0.lock().unwrap().push(message);
        OK
    }
}

/// An error ends the connection: the client is gone.
fn serve(connection: TcpStream, inbox: Inbox) -> io::Result<()> {
    let remote = connection.peer_addr()?.ip();
    let receiver = Receiver { inbox, message: Vec::new() };
    let mut session = SessionBuilder::new("localhost").build(remote, receiver);
    let mut output = connection.try_clone()?;
    let mut input = BufReader::new(connection);
    session.greeting().write_to(&mut output)?;
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let response = session.process(&line);
        line.clear();
        if response.action != Action::NoReply {
            response.write_to(&mut output)?;
        }
        if response.action == Action::Close {
            break;
        }
    }
    Ok(())
}
