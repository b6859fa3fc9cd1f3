//! Other projects' test data, where it lies beside the repository; a printed line says if not.

use std::collections::BTreeMap;

use conformance::case::Step;
use conformance::in_process::{Cut, InProcess};
use conformance::{End, answers, foreign, h2o, llhttp, text};
use nova_io::sim::Network;

/// `verdict | case | why`, one in a line.
const EXCEPTIONS: &str = include_str!("llhttp-exceptions.txt");

/// What llhttp refuses we refuse, and what it takes we take; where not, a sentence says why.
#[test]
fn llhttp_and_we_agree() {
    let mut exceptions = BTreeMap::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split(" | ").collect();
        let [verdict @ ("refused" | "taken"), case, why] = parts[..] else {
            panic!("no exception: {line}");
        };
        assert!(why.contains("RFC 9112 §") || why.contains("RFC 9110 §"), "{line}");
        assert!(exceptions.insert(case, verdict).is_none(), "twice: {line}");
    }
    let Some(folder) = foreign("llhttp") else {
        println!("skipped: llhttp's cases are not here");
        return;
    };
    let cases = llhttp::cases(&folder).unwrap();
    assert!(cases.len() > 100, "only {} cases were found", cases.len());
    let (mut server, mut wrong) = (InProcess::new(Network::calm()), Vec::new());
    for case in &cases {
        let mut steps = vec![Step::Send(case.octets.clone())];
        if case.finished {
            steps.push(Step::Shut);
        }
        let transcript = server.talk(&steps, Cut::Whole, false).unwrap();
        let (answers, _) = answers::read(&transcript.octets).unwrap();
        let refused = answers.iter().any(|answer| answer.status >= 400);
        let expected = match exceptions.remove(&case.name[..]) {
            Some(verdict) if (verdict == "refused") == case.refused => {
                wrong.push(format!("{}: no exception is needed any more", case.name));
                continue;
            }
            Some(verdict) => verdict == "refused",
            None => case.refused,
        };
        if refused != expected {
            let verdict = if refused { "refused" } else { "taken" };
            let seen: Vec<_> = answers.iter().map(|answer| answer.status).collect();
            let octets = text::readable(&case.octets);
            wrong.push(format!("{verdict} | {} | {seen:?} {octets}", case.name));
        }
    }
    wrong.extend(exceptions.keys().map(|name| format!("there is no case {name}")));
    println!("{} cases, {} exceptions", cases.len(), EXCEPTIONS.lines().count());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Every conversation of h2o's corpus ends, with answers that can be read and no more of them than
/// there can be requests.
#[test]
fn the_corpus_of_h2o_does_no_harm() {
    let Some(folder) = foreign("h2o-http1-corpus") else {
        println!("skipped: h2o's corpus is not here");
        return;
    };
    let corpus = h2o::corpus(&folder).unwrap();
    assert!(corpus.len() > 1_000, "only {} files were found", corpus.len());
    let mut server = InProcess::new(Network::calm());
    let mut seen = BTreeMap::new();
    for corpse in &corpus {
        let mut steps: Vec<_> = corpse.pieces.iter().cloned().map(Step::Send).collect();
        steps.push(Step::Shut);
        for cut in [Cut::Whole, Cut::Every(7)] {
            let transcript = server.talk(&steps, cut, false).unwrap();
            assert_eq!(transcript.end, End::Ended, "{}: it does not end", corpse.name);
            let (answers, _) = answers::read(&transcript.octets)
                .unwrap_or_else(|error| panic!("{}: {error}", corpse.name));
            let most = h2o::most_answers(&corpse.pieces);
            assert!(answers.len() <= most, "{}: {} answers", corpse.name, answers.len());
            answers.iter().for_each(|answer| *seen.entry(answer.status).or_insert(0) += 1);
        }
    }
    println!("{} files; answers {seen:?}", corpus.len());
    assert!(seen.len() > 2, "such a corpus brings more than one kind of answer: {seen:?}");
}
