//! Reading bytes that may lie: every length is checked, nothing panics.

/// The bytes do not hold what their own lengths promise; says what was being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub &'static str);

/// A read position in borrowed bytes.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Cursor<'a> {
    /// A cursor over `bytes`; `what` names them in errors.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Cursor { rest: bytes, what }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn malformed(&self) -> Malformed {
        Malformed(self.what)
    }

    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (head, tail) = self.rest.split_at_checked(n).ok_or(Malformed(self.what))?;
        self.rest = tail;
        Ok(head)
    }

    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    /// An unsigned little-endian integer of `n` ≤ 8 bytes.
    pub fn le(&mut self, n: usize) -> Result<u64, Malformed> {
        Ok(little_endian(self.take(n)?))
    }

    /// The protocol's length-encoded integer; NULL (0xfb) is malformed here.
    pub fn lenenc(&mut self) -> Result<u64, Malformed> {
        match self.u8()? {
            n @ 0..=0xfa => Ok(u64::from(n)),
            0xfc => self.le(2),
            0xfd => self.le(3),
            0xfe => self.le(8),
            0xfb | 0xff => Err(self.malformed()),
        }
    }

    /// A length-encoded integer that counts bytes or items within these very bytes.
    pub fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.lenenc()?).map_err(|_| self.malformed())
    }

    /// A string with a length-encoded length.
    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let n = self.length()?;
        self.take(n)
    }
}

/// Little-endian bytes, at most 8, as a number.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |n, &b| (n << 8) | u64::from(b))
}

/// Big-endian bytes, at most 8, as a number.
pub(super) fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, &b| (n << 8) | u64::from(b))
}
