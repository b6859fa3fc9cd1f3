use super::*;

fn routes(paths: &[&str]) -> Routes<String> {
    let mut routes = Routes::new();
    for path in paths {
        routes.insert(Method::Get, path, (*path).to_owned()).unwrap();
    }
    routes
}

/// The route that a GET takes, and its parameters.
fn get(routes: &Routes<String>, path: &str) -> Option<String> {
    match routes.find(Method::Get, path.as_bytes()) {
        Lookup::Found { value, params } => {
            let params = params.iter().map(|(name, value)| format!(" {name}={value}"));
            Some(format!("{value}{}", params.collect::<String>()))
        }
        _ => None,
    }
}

/// The more special route wins, in whatever order they were added.
#[test]
fn a_path_finds_its_route() {
    let paths = ["/users/{id}", "/users/me", "/", "/files/{*rest}", "/{a}/{b}/c", "/{a}/x"];
    let backwards: Vec<_> = paths.into_iter().rev().collect();
    for routes in [routes(&paths), routes(&backwards)] {
        let get = |path: &str| get(&routes, path);
        assert_eq!(get("/").as_deref(), Some("/"));
        assert_eq!(get("/users/me").as_deref(), Some("/users/me"));
        assert_eq!(get("/users/mee").as_deref(), Some("/users/{id} id=mee"));
        assert_eq!(get("/users/x").as_deref(), Some("/users/{id} id=x"));
        assert_eq!(get("/user/x").as_deref(), Some("/{a}/x a=user"));
        assert_eq!(get("/files/a/b//c").as_deref(), Some("/files/{*rest} rest=a/b//c"));
        assert_eq!(get("/users/me/c").as_deref(), Some("/{a}/{b}/c a=users b=me"));
        for unknown in ["", "/users", "/users/", "/files/", "/users/a/b", "//", "//x", "*x"] {
            assert_eq!(get(unknown), None, "{unknown:?}");
        }
        assert!(matches!(routes.find(Method::Get, b"/users/\xff"), Lookup::NotFound));
    }
}

/// Nothing is decoded, folded or resolved before it is matched.
#[test]
fn paths_are_matched_as_they_were_sent() {
    let routes = routes(&["/admin", "/public/{x}", "/a%2Fb"]);
    let get = |path: &str| get(&routes, path);
    for other in [
        "/%61dmin",
        "/Admin",
        "/admin/",
        "//admin",
        "/./admin",
        "/public/../admin",
        "/a/b",
        "/a%2fb",
    ] {
        assert_eq!(get(other), None, "{other}");
    }
    assert_eq!(get("/a%2Fb").as_deref(), Some("/a%2Fb"));
    assert_eq!(get("/public/..").as_deref(), Some("/public/{x} x=.."));
    assert_eq!(get("/public/a%2F..%2f").as_deref(), Some("/public/{x} x=a%2F..%2f"));
}

/// Parameters are decoded when they are asked for, if they can be.
#[test]
fn parameters_are_decoded_when_asked_for() {
    let routes = routes(&["/{x}"]);
    let decoded = |path: &'static str| match routes.find(Method::Get, path.as_bytes()) {
        Lookup::Found { params, .. } => params.decoded("x").unwrap().map(Cow::into_owned),
        other => panic!("{other:?}"),
    };
    assert_eq!(decoded("/a%2F%C3%A4+"), Ok("a/ä+".to_owned()));
    assert_eq!(decoded("/a%2"), Err(NotDecodable));
    assert_eq!(decoded("/%FF"), Err(NotDecodable));
    assert!(PathParams::default().decoded("x").is_none());
}

/// HEAD comes with GET, OPTIONS with everything, and Allow says so.
#[test]
fn methods_that_have_no_route_are_told_what_is_allowed() {
    let mut routes = Routes::new();
    for (method, path) in [
        (Method::Get, "/a"),
        (Method::Post, "/a"),
        (Method::Other(b"PURGE"), "/b/{x}"),
        (Method::Head, "/c"),
        (Method::Get, "/c"),
    ] {
        routes.insert(method, path, method).unwrap();
    }
    let find = |method, path: &'static str| match routes.find(method, path.as_bytes()) {
        Lookup::Found { value, .. } => format!("{value:?}"),
        Lookup::NotAllowed { allow } => format!("not allowed: {allow}"),
        Lookup::NotFound => "not found".to_owned(),
    };
    assert_eq!(find(Method::Head, "/a"), "GET");
    assert_eq!(find(Method::Head, "/c"), "HEAD");
    assert_eq!(find(Method::Put, "/a"), "not allowed: GET, HEAD, OPTIONS, POST");
    assert_eq!(find(Method::Options, "/a"), "not allowed: GET, HEAD, OPTIONS, POST");
    assert_eq!(find(Method::Head, "/b/x"), "not allowed: OPTIONS, PURGE");
    assert_eq!(find(Method::Other(b"PURGE"), "/b/x"), "PURGE");
    assert_eq!(find(Method::Options, "*"), "not allowed: GET, HEAD, OPTIONS, POST, PURGE");
    assert_eq!(find(Method::Options, "/d"), "not found");
}

/// A conflict names both routes, a useless route says what is wrong, and neither changes the table.
#[test]
fn routes_that_cannot_be_are_refused() {
    let paths = ["/a/{x}/c", "/users/{id}", "/files/{*rest}"];
    let mut table = routes(&paths);
    let mut refuse = |method, path: &str| {
        let error = table.insert(method, path, String::new()).unwrap_err().to_string();
        assert_eq!(format!("{table:?}"), format!("{:?}", routes(&paths)));
        error
    };
    assert_eq!(refuse(Method::Get, "/users/{id}"), "there are two routes for GET /users/{id}");
    for (path, with) in [("/users/{name}", "/users/{id}"), ("/files/{name}", "/files/{*rest}")] {
        let conflict = refuse(Method::Post, path);
        assert!(conflict.contains(path) && conflict.contains(with), "{conflict}");
    }
    for (path, part) in [
        ("users", "begin with a slash"),
        ("", "begin with a slash"),
        ("/a?b={c}", "ends before its '?'"),
        ("/a#b", "ends before its '#'"),
        ("/café", "as %C3%A9"),
        ("/a b", "as %20"),
        ("/img-{n}.png", "whole segment"),
        ("/{a}{b}", "no name"),
        ("/{a}/{a}", "called 'a'"),
        ("/{a", "whole segment"),
        ("/{}", "no name"),
        ("/{*}", "no name"),
        ("/{{a}}", "no name"),
        ("/{*a}/b", "must be last"),
    ] {
        let error = refuse(Method::Get, path);
        assert!(error.contains(part), "{path}: {error}");
    }
    for method in [Method::Other(b"get"), Method::Other(b""), Method::Other(b"A B")] {
        assert!(refuse(method, "/a").contains("method"));
    }
}
