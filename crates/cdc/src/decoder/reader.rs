//! Reads the primitive parts of messages, in network byte order.

use super::DecodeError;

/// The unread rest of a message.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn byte(&mut self) -> Result<u8, DecodeError> {
        let (byte, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Reads a text that ends with a zero byte.
    pub fn terminated_text(&mut self) -> Result<&'a str, DecodeError> {
        let length = self.rest.iter().position(|&byte| byte == 0).ok_or(DecodeError::Truncated)?;
        let text = self.text(length)?;
        self.byte()?;
        Ok(text)
    }

    /// Reads a text that follows its length in four bytes.
    pub fn sized_text(&mut self) -> Result<&'a str, DecodeError> {
        let length = usize::try_from(self.u32()?).map_err(|_| DecodeError::Truncated)?;
        self.text(length)
    }

    /// Checks that nothing is left.
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::Trailing(self.rest.len())) }
    }

    fn text(&mut self, length: usize) -> Result<&'a str, DecodeError> {
        let (text, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| DecodeError::NotText)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*array)
    }
}
