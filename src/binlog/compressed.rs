//! MariaDB's compression of single events (`log_bin_compress`) and of columns (`COMPRESSED`): zlib behind a small header.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use super::cursor::big_endian;

/// What is unpacked at most: no event and no value is larger.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;

/// Unpacks a compressed part of an event: a byte 0x80 | algorithm × 16 | n, the unpacked length in n bytes, big-endian, then
/// zlib. `None` where it is none, or holds another number of bytes than announced.
pub(super) fn event_part(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&head, rest) = bytes.split_first()?;
    let (algorithm, n) = ((head & 0x70) >> 4, usize::from(head & 0x07));
    if head & 0x80 == 0 || algorithm != 0 {
        return None;
    }
    let (length, packed) = rest.split_at_checked(n)?;
    unpack(ZlibDecoder::new(packed), big_endian(length))
}

/// Unpacks a value of a COMPRESSED column: a byte 0 and the value itself, or 0x80 | 8 where no zlib frame is around it | n, the
/// unpacked length in n bytes, big-endian, then the deflated value (seen on MariaDB 10.11).
pub(super) fn value(bytes: &[u8]) -> Option<Vec<u8>> {
    // An empty value is nothing at all.
    let Some((&head, rest)) = bytes.split_first() else { return Some(Vec::new()) };
    if head == 0 {
        return Some(rest.to_vec());
    }
    if head & 0xf0 != 0x80 {
        return None;
    }
    let (length, packed) = rest.split_at_checked(usize::from(head & 0x07))?;
    let length = big_endian(length);
    if head & 0x08 == 0 {
        unpack(ZlibDecoder::new(packed), length)
    } else {
        unpack(DeflateDecoder::new(packed), length)
    }
}

/// Room is taken as bytes come, not as they are announced.
fn unpack(packed: impl std::io::Read, length: u64) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    packed.take(length.min(UNPACKED_BYTES_MAX) + 1).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 == length).then_some(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn a_length_that_lies_is_found_out() {
        let packed = zlib(b"abcabcabc");
        assert_eq!(event_part(&[&[0x81, 9][..], &packed].concat()).as_deref(), Some(&b"abcabcabc"[..]));
        for length in [8, 10] {
            assert_eq!(event_part(&[&[0x81, length][..], &packed].concat()), None);
        }
        assert_eq!(event_part(&[0x87, 255]), None);
        assert_eq!(event_part(&[1, 9]), None);
    }

    #[test]
    fn a_value_may_be_stored_as_it_is() {
        assert_eq!(value(b"").as_deref(), Some(&b""[..]));
        assert_eq!(value(b"\0abc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(value(&[&[0x81, 3][..], &zlib(b"xyz")].concat()).as_deref(), Some(&b"xyz"[..]));
        // REPEAT('压缩', 50), as MariaDB 10.11 stores it.
        let stored = [0x8a, 1, 0x2c, 0x7b, 0xda, 0xd7, 0xfd, 0x7c, 0xcf, 0xca, 0xa7, 0xa3, 0x24, 0x11, 0x24, 0];
        assert_eq!(value(&stored).as_deref(), Some("压缩".repeat(50).as_bytes()));
        assert_eq!(value(b"\x70abc"), None);
    }
}
