use std::fs;
use std::path::PathBuf;

use http::Version;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

use super::*;

/// A folder with a certificate for `localhost` and its key.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> (Self, CertificateDer<'static>) {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        let certificate = files.renew();
        (files, certificate)
    }

    /// Writes a new pair over the old one.
    fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } = self_signed();
        fs::write(self.certificate(), cert.pem()).unwrap();
        fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        cert.into()
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn load(&self) -> Result<TlsFiles, TlsError> {
        TlsFiles::load(self.certificate(), self.key())
    }
}

fn self_signed() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// A client that takes the server for `localhost` and trusts one certificate.
fn trusting(server: &Server, root: &CertificateDer<'static>, alpn: &[&str]) -> reqwest::Client {
    client(std::slice::from_ref(root), alpn).resolve("localhost", server.address).build().unwrap()
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}/", server.address.port())
}

#[tokio::test]
async fn tls_serves_the_protocol_that_the_client_prefers() {
    let (files, root) = Files::new();
    let tls = Arc::new(files.load().unwrap());
    let mut server = Server::start_tls(ServerSettings::DEFAULT, Some(tls)).await;
    for (alpn, version) in [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ] {
        let client = trusting(&server, &root, alpn);
        let answer = client.get(url(&server)).send().await.unwrap();
        assert_eq!(answer.version(), version);
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
    server.ask_to_stop();
    assert_eq!(server.outcome().await, ServeOutcome::Finished);
}

#[tokio::test]
async fn a_renewed_certificate_is_served_without_a_restart() {
    let (files, first) = Files::new();
    let settings =
        ServerSettings { certificate_check: Duration::from_millis(10), ..ServerSettings::DEFAULT };
    let server = Server::start_tls(settings, Some(Arc::new(files.load().unwrap()))).await;
    let client = trusting(&server, &first, &["h2"]);
    assert!(client.get(url(&server)).send().await.is_ok());
    let second = files.renew();
    let client = trusting(&server, &second, &["h2"]);
    let renewed = async {
        while client.get(url(&server)).send().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    patiently(renewed).await;
}

#[test]
fn a_broken_new_file_is_reported_once_and_the_old_certificate_stays() {
    let (files, _) = Files::new();
    let tls = files.load().unwrap();
    assert!(!tls.refresh().unwrap());
    fs::write(files.certificate(), "half a fi").unwrap();
    assert!(matches!(tls.refresh(), Err(TlsError::NoCertificate(_))));
    assert!(!tls.refresh().unwrap());
    fs::remove_file(files.certificate()).unwrap();
    assert!(matches!(tls.refresh(), Err(TlsError::Read { .. })));
    assert!(!tls.refresh().unwrap());
    files.renew();
    assert!(tls.refresh().unwrap());
    assert!(!tls.refresh().unwrap());
}

#[test]
fn what_is_wrong_with_the_files_is_said_and_no_key_is_shown() {
    let (files, _) = Files::new();
    let expect = |text: &str| {
        let error = files.load().unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    let key = fs::read_to_string(files.key()).unwrap();

    fs::write(files.key(), self_signed().signing_key.serialize_pem()).unwrap();
    expect("is not the key of the certificate in");
    fs::write(files.key(), "").unwrap();
    expect("key.pem has no private key");
    fs::write(files.key(), key.replace("-----END", "----END")).unwrap();
    expect("key.pem is not valid PEM");
    fs::write(files.key(), format!("-----BEGIN {key}")).unwrap();
    let error = format!("{:?}", files.load().unwrap_err());
    assert!(!error.contains(key.lines().nth(1).unwrap()), "{error}");
    fs::write(files.key(), vec![b'x'; 2 << 20]).unwrap();
    expect("cannot read");
    fs::remove_file(files.key()).unwrap();
    expect("key.pem");

    fs::write(files.key(), key).unwrap();
    fs::copy(files.key(), files.certificate()).unwrap();
    expect("certificate.pem has no certificate");
    fs::write(
        files.certificate(),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    expect("certificate.pem cannot be used");
}

#[tokio::test]
async fn bad_input_23_clients_that_stall_in_the_handshake_or_speak_no_tls() {
    let (files, _) = Files::new();
    let server = Server::start_tls(hasty(), Some(Arc::new(files.load().unwrap()))).await;
    // Nothing; half a record's header; the header of a long hello that never comes; plain HTTP.
    for start in [&b""[..], b"\x16\x03", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n"] {
        let mut client = server.connect().await;
        client.send(start).await;
        assert!(!client.rest().await.contains("HTTP"), "{start:?}");
    }
    assert_eq!(server.requests(), 0);
}
