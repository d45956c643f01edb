//! `json_patch`: the merge patch of RFC 7396.
//!
//! In: a target and a patch. Out: the target with the patch's values in it; a null takes away.

use super::node::{Node, State};

/// The target, patched.
pub(super) fn merge<'a>(target: Node<'a>, patch: Node<'a>) -> Node<'a> {
    let Node::Object(changes) = patch else {
        return patch;
    };
    let Node::Object(mut entries) = target else {
        return without_nulls(Node::Object(changes));
    };
    // Keys that the patch adds are not looked at again, even if it has them twice.
    let known = entries.len();
    for change in changes {
        match entries[..known].iter_mut().find(|entry| entry.key == change.key) {
            Some(entry) if entry.state != State::Kept => {}
            Some(entry) => match change.value {
                Node::Null => entry.state = State::Removed,
                value => {
                    let both_objects = matches!((&entry.value, &value), (Node::Object(_), Node::Object(_)));
                    entry.value = merge(std::mem::replace(&mut entry.value, Node::Null), value);
                    if !both_objects {
                        entry.state = State::Patched;
                    }
                }
            },
            None if matches!(change.value, Node::Null) => {}
            None => {
                let mut added = change;
                added.value = without_nulls(added.value);
                entries.push(added);
            }
        }
    }
    Node::Object(entries)
}

/// An object without its keys that are null, nor those of objects in it.
fn without_nulls(node: Node<'_>) -> Node<'_> {
    match node {
        Node::Object(mut entries) => {
            entries.retain(|entry| !matches!(entry.value, Node::Null));
            for entry in &mut entries {
                entry.value = without_nulls(std::mem::replace(&mut entry.value, Node::Null));
            }
            Node::Object(entries)
        }
        other => other,
    }
}
