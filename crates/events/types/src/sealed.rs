use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
};
use uuid::Uuid;

/// Written before every sealed text, so that the way of sealing can change later.
const FORMAT: u8 = 1;

/// Which personal text it is. It is bound into the seal, so that one cannot be passed off as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonalField {
    /// The address that an account signs in with.
    Email,
    /// The name that others see.
    DisplayName,
    /// The title of an album.
    AlbumTitle,
    /// The name of an uploaded file.
    FileName,
    /// Where a picture was taken.
    Location,
    /// The key in a link that shares an album.
    ShareKey,
}

impl PersonalField {
    fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::DisplayName => "display_name",
            Self::AlbumTitle => "album_title",
            Self::FileName => "file_name",
            Self::Location => "location",
            Self::ShareKey => "share_key",
        }
    }
}

/// The key that seals the personal text of one account. Without it the text in the log is noise: that is
/// how a person is erased from an immutable log.
///
/// AES-256-GCM with random 96-bit nonces, bound to the account and the field (NIST SP 800-38D; at most
/// 2³² texts a key, far above what one account writes).
pub struct AccountKey {
    account: Uuid,
    key: RandomizedNonceKey,
}

impl AccountKey {
    /// Length of the key in bytes.
    pub const LENGTH: usize = 32;

    /// Takes an account's key. Fails where it is not [`Self::LENGTH`] bytes long.
    pub fn new(account: Uuid, key: &[u8]) -> Result<Self, UnsealError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(UnsealError::from)?;
        Ok(Self { account, key })
    }

    /// Seals a text. Fails only where the machine has no randomness to give.
    pub fn seal(&self, field: PersonalField, text: &str) -> Result<Vec<u8>, UnsealError> {
        let mut buffer = text.as_bytes().to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(self.bound_to(field), &mut buffer)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + buffer.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut buffer);
        Ok(sealed)
    }

    /// Opens a sealed text.
    pub fn open(&self, field: PersonalField, sealed: &[u8]) -> Result<String, UnsealError> {
        let (&format, rest) = sealed.split_first().ok_or(UnsealError)?;
        if format != FORMAT || rest.len() < NONCE_LEN {
            return Err(UnsealError);
        }
        let (nonce, ciphertext) = rest.split_at(NONCE_LEN);
        let mut buffer = ciphertext.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce)?;
        let text = self
            .key
            .open_in_place(nonce, self.bound_to(field), &mut buffer)?;
        std::str::from_utf8(text)
            .map(str::to_owned)
            .map_err(|_| UnsealError)
    }

    fn bound_to(&self, field: PersonalField) -> Aad<Vec<u8>> {
        let mut context = self.account.as_bytes().to_vec();
        context.extend_from_slice(field.as_str().as_bytes());
        Aad::from(context)
    }
}

/// The text cannot be sealed or opened with this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("personal text cannot be opened: it is damaged, or sealed for another account or field")]
pub struct UnsealError;

impl From<Unspecified> for UnsealError {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(account: u128) -> AccountKey {
        AccountKey::new(Uuid::from_u128(account), &[7; AccountKey::LENGTH]).unwrap()
    }

    #[test]
    fn sealed_text_opens_for_its_account_and_field_only() {
        let sealed = key(1).seal(PersonalField::AlbumTitle, "제주 여행").unwrap();
        assert_eq!(
            key(1).open(PersonalField::AlbumTitle, &sealed).as_deref(),
            Ok("제주 여행")
        );
        assert_eq!(
            key(2).open(PersonalField::AlbumTitle, &sealed),
            Err(UnsealError)
        );
        assert_eq!(
            key(1).open(PersonalField::FileName, &sealed),
            Err(UnsealError)
        );
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let sealed = key(1).seal(PersonalField::Email, "a@example.org").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(
                key(1).open(PersonalField::Email, &changed),
                Err(UnsealError)
            );
            assert_eq!(
                key(1).open(PersonalField::Email, &sealed[..index]),
                Err(UnsealError)
            );
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let key = key(1);
        let first = key.seal(PersonalField::Email, "same").unwrap();
        assert_ne!(first, key.seal(PersonalField::Email, "same").unwrap());
    }
}
