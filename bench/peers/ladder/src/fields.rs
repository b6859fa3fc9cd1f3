//! Field lines as pairs of strings of their own.

/// Field lines in order. Cleared, it keeps the memory of its strings.
#[derive(Debug, Default)]
pub struct Fields {
    pairs: Vec<(String, String)>,
    /// How many of them mean something.
    filled: usize,
}

impl Fields {
    /// Forgets all field lines.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Appends copies of a name, in lower case, and of a value.
    pub fn add(&mut self, name: &str, value: &str) {
        if self.filled == self.pairs.len() {
            self.pairs.push((String::new(), String::new()));
        }
        let (own_name, own_value) = &mut self.pairs[self.filled];
        copy(own_name, name);
        own_name.make_ascii_lowercase();
        copy(own_value, value);
        self.filled += 1;
    }

    /// The first value of the field called `name` (lower case).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(own, value)| (own == name).then_some(value))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs[..self.filled].iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Makes `own` a copy of `text`, in the memory that it has if that is enough.
pub(crate) fn copy(own: &mut String, text: &str) {
    own.clear();
    own.push_str(text);
}
