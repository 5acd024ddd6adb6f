//! Currencies and their minor units, by ISO 4217 (list one and, for old orders, list three).

use super::money::Minor;

/// Codes with no minor unit.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF BYR";

/// Codes with three digits.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Codes with four digits.
const FOUR: &str = "CLF UYW";

/// Codes with two digits; those from HRK on were withdrawn in this century.
const TWO: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN \
    NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP \
    SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG \
    HRK LTL LVL EEK SKK ZWL VEF MRO STD SLL CUC";

impl Minor {
    /// The minor unit of a currency; `None` for what is no ISO 4217 code with one.
    pub fn of(currency: &str) -> Option<Minor> {
        // The codes of nearly every order first.
        let digits = match currency {
            "CNY" | "EUR" | "USD" | "GBP" => 2,
            _ => [(TWO, 2), (NONE, 0), (THREE, 3), (FOUR, 4)]
                .into_iter()
                .find_map(|(codes, digits)| codes.split_ascii_whitespace().any(|c| c == currency).then_some(digits))?,
        };
        Some(Minor::with_digits(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_the_digits_that_the_standard_gives_them() {
        let cases = [
            ("CNY", Some(2)),
            ("EUR", Some(2)),
            ("USD", Some(2)),
            ("GBP", Some(2)),
            ("CHF", Some(2)),
            ("ZWG", Some(2)),
            ("JPY", Some(0)),
            ("KRW", Some(0)),
            ("VND", Some(0)),
            ("KWD", Some(3)),
            ("TND", Some(3)),
            ("CLF", Some(4)),
            ("HRK", Some(2)),
            ("BYR", Some(0)),
            ("XXX", None),
            ("XAU", None),
            ("eur", None),
            ("", None),
            ("EURO", None),
            ("E R", None),
            ("AED AFN", None),
        ];
        for (code, digits) in cases {
            assert_eq!(Minor::of(code).map(Minor::digits), digits, "{code}");
        }
    }

    #[test]
    fn no_code_stands_in_two_lists() {
        let all: Vec<&str> = [TWO, NONE, THREE, FOUR].into_iter().flat_map(str::split_ascii_whitespace).collect();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
        assert!(all.iter().all(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase())));
    }
}
