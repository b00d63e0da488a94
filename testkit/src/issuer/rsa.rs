use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// What every RSA key here is made with.
const EXPONENT: u32 = 65_537;

/// DER of "SHA-256" before the digest in a signature (RFC 8017, 9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// An RSA key for tests: any size, also one that is too small to be trusted. No library of the tree
/// makes RSA keys, and what proves a signature should not be what made it.
#[derive(Debug)]
pub(super) struct RsaKey {
    modulus: BigUint,
    private: BigUint,
    bytes: usize,
}

impl RsaKey {
    pub(super) fn generate(bits: usize) -> Self {
        let exponent = BigUint::from(EXPONENT);
        let one = BigUint::from(1_u8);
        loop {
            let (p, q) = (prime(bits / 2), prime(bits / 2));
            let order = (&p - &one) * (&q - &one);
            if let Some(private) = exponent.modinv(&order) {
                return Self { modulus: p * q, private, bytes: bits / 8 };
            }
        }
    }

    pub(super) fn modulus(&self) -> Vec<u8> {
        self.modulus.to_bytes_be()
    }

    pub(super) fn exponent() -> Vec<u8> {
        BigUint::from(EXPONENT).to_bytes_be()
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2.1).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let digest = Sha256::digest(message);
        let told = SHA256_INFO.len() + digest.len();
        let mut padded = vec![0x00, 0x01];
        padded.resize(self.bytes - told - 1, 0xff);
        padded.push(0x00);
        padded.extend_from_slice(&SHA256_INFO);
        padded.extend_from_slice(&digest);
        let signed = BigUint::from_bytes_be(&padded).modpow(&self.private, &self.modulus);
        let signature = signed.to_bytes_be();
        let mut whole = vec![0; self.bytes - signature.len()];
        whole.extend_from_slice(&signature);
        whole
    }
}

/// Probably a prime, as Fermat has it; its two highest bits are set, so that a product of two has
/// all its bits.
fn prime(bits: usize) -> BigUint {
    let (one, two) = (BigUint::from(1_u8), BigUint::from(2_u8));
    loop {
        let mut bytes: Vec<u8> = (0..bits / 8).map(|_| rand::random()).collect();
        if let Some(first) = bytes.first_mut() {
            *first |= 0xc0;
        }
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        let candidate = BigUint::from_bytes_be(&bytes);
        let small = (3_u32..1_000).step_by(2);
        let composite = small.into_iter().any(|divisor| &candidate % divisor == BigUint::ZERO);
        if !composite && two.modpow(&(&candidate - &one), &candidate) == one {
            return candidate;
        }
    }
}
