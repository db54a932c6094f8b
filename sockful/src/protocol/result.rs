//! Results and what is told about them, as JSON.

use crate::action::{Meta, Output, Tree};
use crate::row::{self, Row};
use crate::schema::Schema;

/// The JSON of a result, with room for the meta behind it.
pub(super) fn result(schema: &Schema, output: Output) -> String {
    let mut text = match &output {
        // A method has written it already.
        Output::Text(_) => String::new(),
        _ => String::with_capacity(output.size()),
    };
    match output {
        Output::Row(row) => write_shown(schema, row.as_ref(), &mut text),
        Output::Made(rows) => write_list(&rows, &mut text, |row, text| {
            write_shown(schema, row.as_ref(), text);
        }),
        Output::Watched {
            watch,
            rows,
            select,
        } => {
            text.push_str("{\"watch\":\"");
            // Letters, digits, `-` and `_`.
            text.push_str(&watch);
            text.push_str("\",\"records\":");
            write_list(&rows, &mut text, |row, text| {
                row::write_selected(schema, row, &select, text);
            });
            text.push('}');
        }
        Output::Rows(rows, select) => write_list(&rows, &mut text, |row, text| {
            row::write_selected(schema, row, &select, text);
        }),
        Output::Tree { tree, one } if one => match tree.rows.first() {
            Some(row) => write_branching(&tree, row, &mut text),
            None => text.push_str("null"),
        },
        Output::Tree { tree, .. } => write_list(&tree.rows, &mut text, |row, text| {
            write_branching(&tree, row, text);
        }),
        Output::Count(count) => row::write_integer(count, &mut text),
        Output::Text(written) => text = written,
        Output::Parts(parts) => {
            text.push('[');
            for (place, (schema, output)) in parts.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&result(&schema, output));
            }
            text.push(']');
        }
    }
    text
}

fn write_list<T>(items: &[T], out: &mut String, mut write: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

/// A record of a tree, with its relatives behind its fields.
fn write_branching(tree: &Tree, row: &Row, out: &mut String) {
    row::write_selected(&tree.schema, row, &tree.select, out);
    for branch in &tree.branches {
        // In place of the brace that ends the record, which has an id at least.
        out.pop();
        out.push_str(",\"");
        out.push_str(branch.name);
        out.push_str("\":");
        let of = branch.of(row);
        let write = |place: &usize, out: &mut String| {
            write_branching(&branch.tree, &branch.tree.rows[*place], out);
        };
        match of.first() {
            _ if branch.several => write_list(of, out, write),
            Some(place) => write(place, out),
            None => out.push_str("null"),
        }
        out.push('}');
    }
}

/// A record, or `null` for one that the caller may not read.
fn write_shown(schema: &Schema, row: Option<&Row>, out: &mut String) {
    match row {
        Some(row) => row::write_row(schema, row, out),
        None => out.push_str("null"),
    }
}

pub(super) fn write_meta(meta: &Meta, out: &mut String) {
    out.push('{');
    let mut separator = "";
    let mut key = |out: &mut String, key: &str| {
        out.push_str(separator);
        separator = ",";
        out.push_str(key);
    };
    if let Some(pos) = meta.pos {
        key(out, "\"pos\":");
        row::write_integer(pos, out);
    }
    if let Some(rev) = meta.rev {
        key(out, "\"rev\":");
        row::write_integer(rev, out);
    }
    let several = meta.several.as_deref();
    if let Some(revs) = several.and_then(|it| it.revs.as_ref()) {
        key(out, "\"revs\":");
        out.push_str(&serde_json::to_string(revs).unwrap_or_default());
    }
    if let Some(next) = several.and_then(|it| it.next.as_ref()) {
        key(out, "\"next\":");
        out.push_str(&serde_json::to_string(next).unwrap_or_default());
    }
    if let Some(epoch) = several.and_then(|it| it.epoch.as_ref()) {
        key(out, "\"epoch\":");
        row::write_text(epoch, out);
    }
    if let Some(view) = several.and_then(|it| it.view.as_ref()) {
        key(out, "\"view\":");
        row::write_text(view, out);
    }
    if let Some(items) = several.and_then(|it| it.items.as_ref()) {
        key(out, "\"items\":");
        write_list(items, out, write_meta);
    }
    if meta.is_full {
        key(out, "\"interest\":");
        out.push_str("\"full\"");
    }
    if meta.replayed {
        key(out, "\"replayed\":");
        out.push_str("true");
    }
    out.push('}');
}
