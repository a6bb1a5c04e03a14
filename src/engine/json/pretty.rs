//! `jsonb_pretty`: one member a line, four spaces a level, as PostgreSQL lays it out.

use crate::model::Json;

pub fn written(json: &Json) -> String {
    let mut out = String::new();
    write(json, 0, &mut out);
    out
}

fn write(json: &Json, level: usize, out: &mut String) {
    match json {
        Json::Object(members) => {
            // Canonical text was parsed, so the members are in order and have no duplicates.
            out.push('{');
            for (n, (key, value)) in members.iter().enumerate() {
                line(n > 0, level + 1, out);
                Json::string(&**key).write_jsonb(out);
                out.push_str(": ");
                write(value, level + 1, out);
            }
            line(false, level, out);
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                line(n > 0, level + 1, out);
                write(item, level + 1, out);
            }
            line(false, level, out);
            out.push(']');
        }
        scalar => scalar.write_jsonb(out),
    }
}

fn line(comma: bool, level: usize, out: &mut String) {
    if comma {
        out.push(',');
    }
    out.push('\n');
    out.extend(std::iter::repeat_n("    ", level));
}

#[cfg(test)]
mod tests {
    use super::*;

    // As psql 15 prints `jsonb_pretty`.
    #[test]
    fn members_stand_on_lines_of_their_own() {
        let json = Json::parse(r#"{"a": [1, {"b": null}], "c": {}, "d": []}"#).unwrap();
        let lines = [
            "{",
            "    \"a\": [",
            "        1,",
            "        {",
            "            \"b\": null",
            "        }",
            "    ],",
            "    \"c\": {",
            "    },",
            "    \"d\": [",
            "    ]",
            "}",
        ];
        assert_eq!(written(&json), lines.join("\n"));
    }
}
