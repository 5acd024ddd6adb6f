//! What stands at a binlog file's head: which transactions had happened when it was begun.

use super::cursor::{Cursor, Malformed};
use super::event::codes;
use super::position::{GtidSet, MariaPosition, Origin, Parsed};

/// Reads a Previous_gtids or a Gtid_list event.
pub(super) fn before(code: u8, body: &[u8]) -> Result<Parsed, Malformed> {
    if code == codes::PREVIOUS_GTIDS { previous(body).map(Parsed::MySql) } else { list(body).map(Parsed::MariaDb) }
}

/// A MySQL set of transactions (`Gtid_set::encode`): each server's UUID, from 8.4 on with a tag where one of them has any, and
/// its runs, whose ends are not in them.
fn previous(body: &[u8]) -> Result<GtidSet, Malformed> {
    let mut body = Cursor::new(body, "a Previous_gtids event");
    let counted = body.le(8)?;
    let tagged = counted >> 56 == 1;
    let origins = if tagged { counted << 8 >> 16 } else { counted };
    let mut set = GtidSet::default();
    for _ in 0..origins {
        let uuid: [u8; 16] = body.take(16)?.try_into().map_err(|_| body.malformed())?;
        let mut origin = Origin { uuid, tag: String::new() };
        if tagged {
            // A length of one byte, whose lowest bit says so: a tag has 32 characters at most.
            let length = body.u8()?;
            if length & 1 != 0 {
                return Err(body.malformed());
            }
            origin.tag = String::from_utf8_lossy(body.take(usize::from(length >> 1))?).into_owned();
        }
        for _ in 0..body.le(8)? {
            let (first, end) = (body.le(8)?, body.le(8)?);
            if first == 0 || end <= first || end > i64::MAX as u64 {
                return Err(body.malformed());
            }
            set.add_run(&origin, first, end - 1);
        }
    }
    Ok(set)
}

/// MariaDB's last transaction of each domain and server; of a domain the last that is named is the last that was written.
fn list(body: &[u8]) -> Result<MariaPosition, Malformed> {
    /// The count shares its field with flags.
    const COUNT: u64 = 0x0fff_ffff;
    let mut body = Cursor::new(body, "a Gtid_list event");
    let mut position = MariaPosition::default();
    for _ in 0..body.le(4)? & COUNT {
        let (domain, server) = (body.le(4)?, body.le(4)?);
        let narrow = |wide: u64| u32::try_from(wide).map_err(|_| Malformed("a Gtid_list event"));
        position.0.insert(narrow(domain)?, (narrow(server)?, body.le(8)?));
    }
    Ok(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eight(numbers: &[u64]) -> Vec<u8> {
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    #[test]
    fn a_set_is_read_plain_and_tagged() {
        let uuid = [0x11; 16];
        let plain = [&eight(&[1])[..], &uuid, &eight(&[2, 1, 6, 9, 10])].concat();
        assert_eq!(previous(&plain).unwrap().to_string(), "11111111-1111-1111-1111-111111111111:1-5:9");
        let tagged = [
            &eight(&[(1 << 56) | (2 << 8) | 1])[..],
            &uuid,
            &[0],
            &eight(&[1, 1, 6]),
            &uuid,
            &[8],
            b"shop",
            &eight(&[1, 3, 4]),
        ]
        .concat();
        assert_eq!(previous(&tagged).unwrap().to_string(), "11111111-1111-1111-1111-111111111111:1-5:shop:3");
        assert!(previous(&plain[..30]).is_err() && previous(&eight(&[u64::MAX >> 8])).is_err());
        assert_eq!(previous(&eight(&[0])).unwrap(), GtidSet::default());
    }

    #[test]
    fn the_last_of_a_domain_counts() {
        let one = |d: u32, s: u32, n: u64| [&d.to_le_bytes()[..], &s.to_le_bytes(), &n.to_le_bytes()].concat();
        let body = [&[3, 0, 0, 0x10][..], &one(0, 2, 7), &one(0, 1, 9), &one(5, 1, 3)].concat();
        assert_eq!(list(&body).unwrap().to_string(), "0-1-9,5-1-3");
        assert!(list(&body[..20]).is_err());
    }
}
