//! Choosing between representations: Accept (RFC 9110 §12.5.1) and its weights (§12.4.2).

use super::grammar::{Elements, Parameter};
use super::media_type::MediaType;
use crate::request::RequestHead;

impl RequestHead<'_> {
    /// Which of `offers` the client likes best: its index, or `None` if it takes none of them.
    ///
    /// The most specific range of Accept that fits an offer decides on its weight; among equals the
    /// earlier offer wins, so list them as you prefer them. A client that says nothing takes
    /// anything. A range that is not well-formed says nothing. An answer that depends on this should
    /// say `Vary: Accept`.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response, Status};
    ///
    /// fn page(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.head.accepts(&["application/json", "text/html"]) {
    ///         Some(0) => response.send(b"{}"),
    ///         Some(_) => response.send(b"<p>"),
    ///         None => response.status(Status::NOT_ACCEPTABLE).send(b""),
    ///     }
    /// }
    /// ```
    pub fn accepts(&self, offers: &[&str]) -> Option<usize> {
        if self.media_ranges().next().is_none() {
            return (!offers.is_empty()).then_some(0);
        }
        let mut best = (0, None);
        for (index, offer) in offers.iter().enumerate() {
            let weight = MediaType::parse(*offer).map_or(0, |offer| self.weight(&offer));
            if weight > best.0 {
                best = (weight, Some(index));
            }
        }
        best.1
    }

    /// What the most specific range says of `offer`; zero if none fits.
    fn weight(&self, offer: &MediaType<'_>) -> u16 {
        let fits = self.media_ranges().filter_map(|it| Some((it.precedence(offer)?, it.weight)));
        // Said twice with the same precedence: the better weight.
        fits.max().map_or(0, |(_, weight)| weight)
    }

    fn media_ranges(&self) -> impl Iterator<Item = MediaRange<'_>> {
        let elements = self.fields.all("accept").flat_map(Elements);
        elements.filter_map(|element| MediaRange::parse(element.ok()?))
    }
}

/// `media-range [ weight ]`
struct MediaRange<'a> {
    range: MediaType<'a>,
    /// Thousandths.
    weight: u16,
}

impl<'a> MediaRange<'a> {
    fn parse(element: &'a [u8]) -> Option<Self> {
        let range = MediaType::parse(element)?;
        let mut said = range.parameters().filter(is_weight);
        let weight = said.next().map_or(Some(1000), |it| parse_weight(&it.value()))?;
        Some(Self { range, weight })
    }

    /// How specific this range is if it fits `offer` ("*/*" 0, "a/*" 1, "a/b" 2, and one more for
    /// each parameter), else `None`.
    fn precedence(&self, offer: &MediaType<'_>) -> Option<usize> {
        let any = (self.range.kind(), self.range.subtype());
        let precedence = match any {
            ("*", "*") => 0,
            (kind, "*") if kind.eq_ignore_ascii_case(offer.kind()) => 1,
            (kind, subtype)
                if kind.eq_ignore_ascii_case(offer.kind())
                    && subtype.eq_ignore_ascii_case(offer.subtype()) =>
            {
                2
            }
            _ => return None,
        };
        // What follows the weight once were extensions of Accept (RFC 9110 app. B.3).
        let mut wanted = self.range.parameters().take_while(|it| !is_weight(it));
        wanted.try_fold(precedence, |precedence, parameter| {
            offer
                .parameters()
                .any(|it| {
                    it.name.eq_ignore_ascii_case(parameter.name)
                        && it.value().eq_ignore_ascii_case(&parameter.value())
                })
                .then_some(precedence + 1)
        })
    }
}

fn is_weight(parameter: &Parameter<'_>) -> bool {
    parameter.name.eq_ignore_ascii_case("q")
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`, in thousandths.
fn parse_weight(text: &[u8]) -> Option<u16> {
    let (whole, decimals) = match text {
        [whole, b'.', decimals @ ..] => (whole, decimals),
        [whole] => (whole, &[][..]),
        _ => return None,
    };
    if decimals.len() > 3 || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let thousandths = [0, 1, 2].iter().fold(0, |number, &at| {
        number * 10 + u16::from(decimals.get(at).map_or(0, |digit| digit - b'0'))
    });
    match (whole, thousandths) {
        (b'0', _) => Some(thousandths),
        (b'1', 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;

    fn choice(accept: &str, offers: &[&str]) -> Option<usize> {
        get("/", &[("Accept", accept)]).accepts(offers)
    }

    /// The client's weights decide; the server's order decides among equals.
    #[test]
    fn the_best_offer_is_chosen() {
        let offers = ["application/json", "text/html"];
        let firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(choice(firefox, &offers), Some(1));
        assert_eq!(choice("*/*", &offers), Some(0));
        assert_eq!(choice("text/*, application/json;q=0.5", &offers), Some(1));
        assert_eq!(choice("TEXT/HTML;Q=0.1, APPLICATION/JSON;q=0.2", &offers), Some(0));
        assert_eq!(choice("image/png", &offers), None);
        assert_eq!(choice("*/*, application/json;q=0", &offers), Some(1));
        assert_eq!(choice("*/*;q=0", &offers), None);
        assert_eq!(
            get("/", &[("Accept", "a/a"), ("accept", "text/html")]).accepts(&offers),
            Some(1)
        );
    }

    /// The example of RFC 9110 §12.5.1.
    #[test]
    fn the_most_specific_range_decides() {
        let accept = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
                      text/plain;format=fixed;q=0.4, */*;q=0.5";
        let fields = [("Accept", accept)];
        let head = get("/", &fields);
        let expected = [
            ("text/plain;format=flowed", 1000),
            ("text/plain", 700),
            ("text/html", 300),
            ("image/jpeg", 500),
            ("text/plain;format=fixed", 400),
            ("text/html;level=3", 300),
        ];
        for (offer, weight) in expected {
            assert_eq!(head.weight(&MediaType::parse(offer).unwrap()), weight, "{offer}");
        }
    }

    /// Nothing said is anything accepted; what is not well-formed says nothing.
    #[test]
    fn a_client_that_says_nothing_takes_anything() {
        assert_eq!(get("/", &[]).accepts(&["a/b", "c/d"]), Some(0));
        assert_eq!(get("/", &[]).accepts(&[]), None);
        for nothing in
            ["", ",", "text", "a/b;q=2", "a/b;q=1.001", "a/b;q=0.1234", "a/b;q=", "\"a/b"]
        {
            assert_eq!(choice(nothing, &["c/d"]), Some(0), "{nothing:?}");
        }
        assert_eq!(choice("nonsense, c/d;q=x, a/b", &["c/d", "a/b"]), Some(1));
        assert_eq!(choice("a/b", &["not a type", "a/b"]), Some(1));
    }

    #[test]
    fn weights_have_three_decimals_at_most() {
        assert_eq!(parse_weight(b"1"), Some(1000));
        assert_eq!(parse_weight(b"1."), Some(1000));
        assert_eq!(parse_weight(b"0.5"), Some(500));
        assert_eq!(parse_weight(b"0.005"), Some(5));
        for bad in ["", ".5", "00", "2", "1.1", "0.0000", "0,5", "-0", "0.a"] {
            assert_eq!(parse_weight(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
