//! Directories and files in memory, between the host and a file system image.

use std::collections::BTreeMap;

/// Directories and files that a tree may have; far more than fit on any medium of a badge.
pub(super) const MOST_ENTRIES: usize = 4096;
/// How deep directories may lie in one another.
pub(super) const MOST_DEPTH: usize = 16;

/// A directory or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The contents of a file; a directory has none.
    pub data: Option<Vec<u8>>,
    /// littlefs's user attributes by type; MicroPython keeps the time of the last change in type 1.
    pub attributes: BTreeMap<u8, Vec<u8>>,
}

/// Everything under one directory by its path, such as `lib/vs1053.py`. A directory comes before what is in it, and the order is
/// always the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
}

impl Tree {
    /// Adds or replaces a node. Its directories have to be there before.
    pub fn insert(&mut self, path: impl Into<String>, node: Node) {
        self.nodes.insert(path.into(), node);
    }

    /// Adds a file.
    pub fn file(&mut self, path: impl Into<String>, data: impl Into<Vec<u8>>) {
        self.insert(path, Node { data: Some(data.into()), ..Node::default() });
    }

    /// Adds a directory.
    pub fn directory(&mut self, path: impl Into<String>) {
        self.insert(path, Node::default());
    }

    /// Takes a node away, and nothing of what is in it.
    pub fn remove(&mut self, path: &str) -> Option<Node> {
        self.nodes.remove(path)
    }

    /// What is at `path`.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// All nodes, a directory before what is in it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// Directories and files.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Contents of all files together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.nodes.values().filter_map(|node| node.data.as_ref()).map(|data| data.len() as u64).sum()
    }
}

/// What was found on a medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What could be read.
    pub tree: Tree,
    /// What could not, and why, a line each.
    pub problems: Vec<String>,
}

impl Taken {
    /// Notes a problem; of many, the first.
    pub(super) fn problem(&mut self, text: String) {
        const MOST: usize = 20;
        if self.problems.len() < MOST {
            self.problems.push(text);
        }
    }

    /// Whether another entry fits; says so once when it does not.
    pub(super) fn has_room(&mut self) -> bool {
        if self.tree.len() < MOST_ENTRIES {
            return true;
        }
        let text = format!("there are more than {MOST_ENTRIES} files and directories; the rest is left out");
        if !self.problems.contains(&text) {
            self.problem(text);
        }
        false
    }
}

/// The parts of `path` before the last, joined, and the last.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// `name` in the directory `parent`, which is empty for the root.
pub(super) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
}

/// Why a name that firmware wrote cannot become a file's name on the host; `None` when it can.
pub(super) fn unfit_for_host(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("is empty"),
        "." | ".." => Some("means a directory of the host"),
        _ if name.contains(['/', '\\']) => Some("has a path separator in it"),
        _ if name.chars().any(char::is_control) => Some("has a control character in it"),
        _ if name.len() > 255 => Some("is longer than 255 bytes"),
        _ => None,
    }
}
