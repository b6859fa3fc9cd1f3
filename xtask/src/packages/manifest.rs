//! What a `Cargo.toml` says, as far as publishing goes.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A `Cargo.toml`, of a package or of a workspace alone.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) package: Option<Package>,
    #[serde(default)]
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    publish: Option<toml::Value>,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) readme: String,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    #[serde(default)]
    pub(crate) include: Vec<String>,
}

impl Package {
    /// Whether it can be published: that is so unless the manifest, or its workspace, says no.
    pub(crate) fn is_published(&self) -> bool {
        match &self.publish {
            None => true,
            Some(toml::Value::Boolean(published)) => *published,
            // `publish.workspace = true`: only the workspace of `bench/` says something, which is no.
            Some(toml::Value::Table(_)) => false,
            Some(_) => true,
        }
    }
}

impl Manifest {
    /// Its features, each with whether it is on by default.
    pub(crate) fn features(&self) -> impl Iterator<Item = (&str, bool)> {
        let on = self.features.get("default").map_or(&[][..], Vec::as_slice);
        let named = self.features.keys().map(String::as_str).filter(|name| *name != "default");
        named.map(move |name| (name, on.iter().any(|it| it == name)))
    }
}
