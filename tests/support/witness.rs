//! A witness of C2SP tlog-witness, which keeps to it as long as a test lets it.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use depaudit_ledger::{Checkpoint, Proof, SignedNote, SigningKey, TreeHash};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    Refuses,
    Hangs,
}

#[derive(Debug)]
struct Memory {
    manner: Manner,
    seen: (u64, TreeHash),
    /// From which size each proof was, as those who asked said.
    asked: Vec<u64>,
    /// Those who are never answered.
    hanging: Vec<TcpStream>,
}

pub(crate) struct FakeWitness {
    pub(crate) url: String,
    key: SigningKey,
    memory: Arc<Mutex<Memory>>,
}

fn key() -> SigningKey {
    SigningKey::witness("witness.example/w1".parse().unwrap(), [9; 32])
}

impl FakeWitness {
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/witness", listener.local_addr().unwrap());
        let (asked, hanging) = (Vec::new(), Vec::new());
        let seen = (0, TreeHash::of_nothing());
        let memory = Arc::new(Mutex::new(Memory { manner, seen, asked, hanging }));
        let shared = Arc::clone(&memory);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &mut shared.lock().unwrap());
            }
        });
        Self { url, key: key(), memory }
    }

    /// Its table in a server's configuration.
    pub(crate) fn table(&self) -> String {
        format!("[[ledger-witness]]\nurl = \"{}\"\nkey = \"{}\"\n", self.url, self.verifier())
    }

    pub(crate) fn verifier(&self) -> String {
        self.key.verifier().to_string()
    }

    pub(crate) fn behave(&self, manner: Manner) {
        self.memory.lock().unwrap().manner = manner;
    }

    pub(crate) fn seen(&self) -> u64 {
        self.memory.lock().unwrap().seen.0
    }

    pub(crate) fn asked(&self) -> Vec<u64> {
        self.memory.lock().unwrap().asked.clone()
    }
}

fn answer(mut stream: TcpStream, memory: &mut Memory) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).unwrap();
    assert!(line.starts_with("POST /witness/add-checkpoint "), "{line}");
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let (old, rest) = body.strip_prefix("old ").unwrap().split_once('\n').unwrap();
    memory.asked.push(old.parse().unwrap());
    let (status, text) = match memory.manner {
        Manner::Hangs => return memory.hanging.push(stream),
        Manner::Refuses => ("403 Forbidden", "not this log\n".to_owned()),
        Manner::Honest => honest(memory, old.parse().unwrap(), rest),
    };
    let length = text.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), text.as_bytes()].concat()).unwrap();
}

fn honest(memory: &mut Memory, old: u64, rest: &str) -> (&'static str, String) {
    let (size, root) = memory.seen;
    if old != size {
        return ("409 Conflict", format!("{size}\n"));
    }
    // The proof's lines, an empty one, the note.
    let (proof, note) = match rest.strip_prefix('\n') {
        Some(note) => ("", note),
        None => rest.split_once("\n\n").unwrap(),
    };
    let hashes = proof.lines().map(|line| line.parse().unwrap()).collect();
    let mut note: SignedNote = note.parse().unwrap();
    let checkpoint = Checkpoint::read(note.text()).unwrap();
    let (new, new_root) = (checkpoint.size, checkpoint.root);
    let proven = Proof::new(hashes).unwrap().verify_consistency((size, root), (new, new_root));
    if proven.is_err() {
        return ("422 Unprocessable Entity", "no proof\n".to_owned());
    }
    memory.seen = (new, new_root);
    key().sign(&mut note, 1_772_000_000);
    ("200 OK", format!("{}\n", note.signatures().last().unwrap()))
}
