use super::*;

/// The note and the keys of Go's `golang.org/x/mod/sumdb/note`, which every implementation can
/// compare itself with.
const VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SIGNER: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

#[test]
fn the_note_of_the_go_library_is_read_verified_and_made() {
    let note: SignedNote = format!("{TEXT}\n{SIGNATURE}\n").parse().unwrap();
    let key: VerifierKey = VERIFIER.parse().unwrap();
    assert_eq!(key.verify(&note), Ok(Some(0)));
    let signer: SigningKey = SIGNER.parse().unwrap();
    assert_eq!(signer.verifier(), key);
    let mut mine = SignedNote::unsigned(TEXT.to_owned()).unwrap();
    signer.sign(&mut mine, 0);
    assert_eq!(mine, note);
    assert_eq!(mine.to_string(), format!("{TEXT}\n{SIGNATURE}\n"));
    assert_eq!(signer.reveal(), SIGNER);
    assert_eq!(key.to_string(), VERIFIER);
    assert!(!format!("{signer:?}").contains("AYEK"));
}

#[test]
fn another_text_or_another_signature_is_not_valid() {
    let key: VerifierKey = VERIFIER.parse().unwrap();
    let wrong = Err(KeyError::Signature("PeterNeumann".parse().unwrap()));
    let other: SignedNote = format!("{TEXT}x\n\n{SIGNATURE}\n").parse().unwrap();
    assert_eq!(key.verify(&other), wrong);
    let mut note: SignedNote = format!("{TEXT}\n{SIGNATURE}\n").parse().unwrap();
    note.signatures[0].bytes[5] ^= 1;
    assert_eq!(key.verify(&note), wrong);
    note.signatures[0].bytes.truncate(10);
    assert_eq!(key.verify(&note), wrong);
    // Of a key with the same name and another id nothing is known.
    note.signatures[0].id ^= 1;
    assert_eq!(key.verify(&note), Ok(None));
}

#[test]
fn malformed_notes_and_keys_are_refused() {
    let line = SIGNATURE;
    for wrong in [
        String::new(),
        TEXT.into(),
        format!("{TEXT}\n"),
        format!("{TEXT}\n{line}"),
        format!("{TEXT}{line}\n"),
        format!("a\tb\n\n{line}\n"),
        format!("{TEXT}\n{line}\n{}", "x\n"),
        format!("{TEXT}\n\u{2014} PeterNeumann AAA=\n"),
        format!("{TEXT}\n{}", format!("{line}\n").repeat(65)),
        format!("{}\n{line}\n", "x\n".repeat(40_000)),
    ] {
        assert!(wrong.parse::<SignedNote>().is_err(), "{wrong:.80}");
    }
    let id = VERIFIER.replace("c74f20a3", "c74f20a4");
    assert_eq!(id.parse::<VerifierKey>(), Err(KeyError::Id));
    for wrong in ["", "a+b", "a+00000000+", "a+00000000+AA==", "a b+c74f20a3+ARpc", SIGNER] {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
    assert!(VERIFIER.parse::<SigningKey>().is_err());
}

#[test]
fn a_witness_says_when_it_saw_the_text() {
    let witness = SigningKey::witness("witness.example/w".parse().unwrap(), [3; 32]);
    let mut note = SignedNote::unsigned(TEXT.to_owned()).unwrap();
    witness.sign(&mut note, 1_679_315_147);
    let read: SignedNote = note.to_string().parse().unwrap();
    let key: VerifierKey = witness.verifier().to_string().parse().unwrap();
    assert!(key.is_witness());
    assert_eq!(key.verify(&read), Ok(Some(1_679_315_147)));
    let mut moved = read.clone();
    moved.signatures[0].bytes[7] ^= 1;
    assert!(key.verify(&moved).is_err(), "the time is signed too");
}
