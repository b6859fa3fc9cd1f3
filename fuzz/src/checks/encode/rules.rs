//! Why an answer may be refused: each rule by itself, whatever the others say.

use nova_http1::response::{AnswerError, ContentInfo, Status};
use nova_http1::{Method, Version};

use super::is_nothing;
use super::plan::{Answer, Way};
use crate::reference::framing::{LONGEST, length};
use crate::reference::grammar::{is_tchar, is_value, same};

/// All rules that `answer` breaks.
pub(super) fn reasons(answer: &Answer<'_>) -> Vec<AnswerError> {
    let mut reasons = Vec::new();
    let mut refuse_if = |broken: bool, reason| {
        if broken {
            reasons.push(reason);
        }
    };
    let Answer { way, status, content, .. } = *answer;
    let values = |name: &'static str| {
        answer.lines().filter(move |line| same(line.0, name.as_bytes())).map(|line| line.1)
    };
    let has = |name: &'static str| values(name).next().is_some();
    let connect = answer.method == Method::Connect;
    let is_token = |name: &[u8]| !name.is_empty() && name.iter().copied().all(is_tchar);
    let is_final = matches!(way, Way::Final | Way::Prepared | Way::PreparedHead);

    // RFC 9110 §5.1, §5.5
    refuse_if(answer.lines().any(|line| !is_token(line.0)), AnswerError::FieldName);
    refuse_if(
        answer.lines().any(|line| !line.1.iter().copied().all(is_value)),
        AnswerError::FieldValue,
    );
    // What is never the application's to say.
    refuse_if(has("keep-alive") || has("proxy-connection"), AnswerError::KeepAlive);
    refuse_if(values("connection").any(|value| !same(value, b"close")), AnswerError::Connection);
    refuse_if(
        values("transfer-encoding").any(|value| !same(value, b"chunked"))
            || values("transfer-encoding").count() > 1,
        AnswerError::TransferEncoding,
    );
    refuse_if(
        values("content-length").any(|value| length(value).is_none())
            || values("content-length").count() > 1,
        AnswerError::ContentLength,
    );
    if is_final {
        let code = status.code();
        refuse_if(code < 200, AnswerError::InterimStatus);
        refuse_if(connect && (200..300).contains(&code), AnswerError::Tunnel);
        refuse_if(has("upgrade") && status != Status::UPGRADE_REQUIRED, AnswerError::Upgrade);
        refuse_if(
            matches!(code, 204 | 205 | 304) && !is_nothing(content),
            AnswerError::ContentNotAllowed,
        );
        refuse_if(
            has("transfer-encoding") && (content != ContentInfo::Unknown || has("content-length")),
            AnswerError::TransferEncoding,
        );
        let said = values("content-length").next().and_then(length);
        // A length without content is told to HEAD and in 304, if it is not that of a 204. A prepared
        // answer does not know yet who will ask for it.
        let to_head = answer.method == Method::Head && way == Way::Final;
        let told = is_nothing(content) && (to_head || code == 304);
        let differs = said.is_some_and(|said| match content {
            ContentInfo::Length(length) => said != length && !told,
            ContentInfo::Unknown => false,
        });
        // Nor may it be told if no recipient could be sure to read it (RFC 9110 §8.6).
        refuse_if(
            matches!(content, ContentInfo::Length(length) if u128::from(length) > LONGEST),
            AnswerError::ContentLength,
        );
        refuse_if(differs || code == 204 && said.is_some(), AnswerError::ContentLength);
    }
    if matches!(way, Way::Interim | Way::Tunnel) {
        refuse_if(has("content-length"), AnswerError::ContentLength);
        refuse_if(has("transfer-encoding"), AnswerError::TransferEncoding);
        refuse_if(has("connection"), AnswerError::Connection);
    }
    if way == Way::Interim {
        refuse_if(!status.is_interim() || status.code() == 101, AnswerError::NotInterim);
        refuse_if(has("upgrade"), AnswerError::Upgrade);
    }
    if way == Way::Tunnel {
        let fits = match connect {
            true => (200..300).contains(&status.code()),
            false => status.code() == 101 && answer.version == Version::Http11 && has("upgrade"),
        };
        refuse_if(!fits, AnswerError::NotTunnel);
        refuse_if(connect && has("upgrade"), AnswerError::Upgrade);
    }
    reasons
}
