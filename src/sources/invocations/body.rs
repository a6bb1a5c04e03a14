//! What bodies say: Converse's one shape, the vendors' own, and the chunks of a stream.
//!
//! Only members that the API itself writes are read. What a model says about itself in its text is text.

use crate::model::Json;

const METRICS: &str = "amazon-bedrock-invocationMetrics";
const GUARDRAIL: &str = "amazon-bedrock-guardrailAction";

/// A step into a body.
type Path = &'static [&'static str];

/// Where vendors say why their model stopped; `0` is the first of a list.
const STOPS: &[Path] = &[
    &["stopReason"],
    &["stop_reason"],
    &["messageStop", "stopReason"],
    &["delta", "stop_reason"],
    &["finish_reason"],
    &["finishReason"],
    &["choices", "0", "finish_reason"],
    &["choices", "0", "stop_reason"],
    &["outputs", "0", "stop_reason"],
    &["results", "0", "completionReason"],
    &["completionReason"],
    &["generations", "0", "finish_reason"],
    &["completions", "0", "finishReason", "reason"],
];

const LATENCIES: &[Path] =
    &[&["metrics", "latencyMs"], &[METRICS, "invocationLatency"], &["metadata", "metrics", "latencyMs"]];

const FIRST_BYTES: &[Path] = &[&[METRICS, "firstByteLatency"]];

const TEXTS: &[Path] = &[
    &["generation"],
    &["outputText"],
    &["results", "0", "outputText"],
    &["outputs", "0", "text"],
    &["choices", "0", "message", "content"],
    &["choices", "0", "delta", "content"],
    &["choices", "0", "text"],
    &["generations", "0", "text"],
    &["completions", "0", "data", "text"],
    &["completion"],
    &["delta", "text"],
    &["contentBlockDelta", "delta", "text"],
    &["text"],
];

const PROMPTS: &[Path] = &[&["inputText"], &["prompt"], &["message"], &["texts", "0"]];

fn at(json: &Json, path: Path) -> Option<&Json> {
    path.iter().try_fold(json, |json, step| match json {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

/// The body, or the chunks of a stream in their order.
fn chunks(body: &Json) -> &[Json] {
    match body {
        Json::Array(chunks) => chunks,
        whole => std::slice::from_ref(whole),
    }
}

/// The last that any chunk has at one of the paths.
fn last<'j>(body: &'j Json, paths: &[Path]) -> Option<&'j Json> {
    let found =
        |chunk: &'j Json| paths.iter().find_map(|path| at(chunk, path).filter(|value| !value.is_null()));
    chunks(body).iter().rev().find_map(found)
}

pub fn stop_reason(body: &Json) -> Option<&str> {
    last(body, STOPS)?.as_str()
}

pub fn latency_ms(body: &Json) -> Option<i64> {
    last(body, LATENCIES)?.as_i64()
}

pub fn first_byte_latency_ms(body: &Json) -> Option<i64> {
    last(body, FIRST_BYTES)?.as_i64()
}

/// `INTERVENED` or `NONE`.
pub fn guardrail_action(body: &Json) -> Option<&str> {
    match stop_reason(body) {
        Some("guardrail_intervened") => Some("INTERVENED"),
        _ => last(body, &[&[GUARDRAIL]])?.as_str(),
    }
}

/// A count of tokens, under the name of Converse, of the vendors, or of the stream's metrics.
pub fn tokens(
    body: &Json,
    converse: &'static str,
    vendor: &'static str,
    metric: &'static str,
) -> Option<u64> {
    let number = |json: &Json| json.as_i64().and_then(|n| u64::try_from(n).ok());
    let of = |chunk: &Json| {
        let usage = chunk.get("usage").or_else(|| at(chunk, &["metadata", "usage"]));
        let used = usage.and_then(|usage| usage.get(converse).or_else(|| usage.get(vendor)));
        chunk.get(METRICS).and_then(|metrics| metrics.get(metric)).or(used).and_then(number)
    };
    chunks(body).iter().rev().find_map(of)
}

/// Blocks of content: Converse's message, or Anthropic's own.
fn blocks(body: &Json) -> &[Json] {
    let content = at(body, &["output", "message", "content"]).or_else(|| at(body, &["message", "content"]));
    content.or_else(|| body.get("content")).and_then(Json::as_array).unwrap_or_default()
}

pub fn output_text(body: &Json) -> Option<String> {
    let mut said: Vec<&str> = blocks(body).iter().filter_map(|block| block.get("text")?.as_str()).collect();
    if !said.is_empty() {
        return Some(said.join("\n"));
    }
    for chunk in chunks(body) {
        said.extend(TEXTS.iter().find_map(|path| at(chunk, path)?.as_str()));
    }
    (!said.is_empty()).then(|| said.concat())
}

/// The tools that the model asked for, each as often as it did; null where it asked for none.
pub fn tool_names(body: &Json) -> Json {
    let named = |block: &Json| -> Option<Json> {
        let tool = at(block, &["toolUse"])
            .or_else(|| at(block, &["contentBlockStart", "start", "toolUse"]))
            .or_else(|| at(block, &["function"]))
            .or_else(|| {
                let block = block.get("content_block").unwrap_or(block);
                (block.get("type").and_then(Json::as_str) == Some("tool_use")).then_some(block)
            });
        tool?.get("name").filter(|name| name.as_str().is_some()).cloned()
    };
    let calls =
        at(body, &["choices", "0", "message", "tool_calls"]).and_then(Json::as_array).unwrap_or_default();
    let streamed = if matches!(body, Json::Array(_)) { chunks(body) } else { &[] };
    let names: Vec<Json> = blocks(body).iter().chain(calls).chain(streamed).filter_map(named).collect();
    if names.is_empty() { Json::Null } else { Json::Array(names) }
}

/// The texts of a list of blocks, or a text that stands alone.
fn texts(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()),
        Json::Array(blocks) => {
            let said: Vec<&str> = blocks.iter().filter_map(|block| block.get("text")?.as_str()).collect();
            (!said.is_empty()).then(|| said.join("\n"))
        }
        _ => None,
    }
}

pub fn system_text(body: &Json) -> Option<String> {
    texts(body.get("system")?)
}

pub fn messages(body: &Json) -> Json {
    body.get("messages").filter(|messages| messages.as_array().is_some()).cloned().unwrap_or_default()
}

/// The last that a user said, or the prompt of a model that takes one.
pub fn prompt_text(body: &Json) -> Option<String> {
    let said = body.get("messages").and_then(Json::as_array).unwrap_or_default();
    let by_user =
        said.iter().rev().filter(|message| message.get("role").and_then(Json::as_str) == Some("user"));
    let mut by_user = by_user.filter_map(|message| texts(message.get("content")?));
    by_user.next().or_else(|| PROMPTS.iter().find_map(|path| Some(at(body, path)?.as_str()?.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    #[test]
    fn converse_says_everything_in_one_shape() {
        let body = json(
            r#"{"output": {"message": {"role": "assistant", "content": [{"text": "a"}, {"toolUse": {"name": "find", "input": {}}}, {"text": "b"}]}},
                "stopReason": "tool_use", "metrics": {"latencyMs": 3640}, "usage": {"inputTokens": 35, "outputTokens": 446}}"#,
        );
        assert_eq!((stop_reason(&body), latency_ms(&body)), (Some("tool_use"), Some(3640)));
        assert_eq!(output_text(&body).as_deref(), Some("a\nb"));
        assert_eq!(tool_names(&body), json(r#"["find"]"#));
        assert_eq!(tokens(&body, "inputTokens", "input_tokens", "inputTokenCount"), Some(35));
        assert_eq!(guardrail_action(&body), None);
    }

    #[test]
    fn vendors_have_words_of_their_own() {
        for (body, stop, text) in [
            (r#"{"content": [{"type": "text", "text": "x"}], "stop_reason": "end_turn"}"#, "end_turn", "x"),
            (r#"{"generation": "x", "stop_reason": "length"}"#, "length", "x"),
            (r#"{"results": [{"outputText": "x", "completionReason": "FINISH"}]}"#, "FINISH", "x"),
            (r#"{"outputs": [{"text": "x", "stop_reason": "stop"}]}"#, "stop", "x"),
            (r#"{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}"#, "stop", "x"),
            (r#"{"text": "x", "finish_reason": "COMPLETE"}"#, "COMPLETE", "x"),
            (
                r#"{"output": {"message": {"content": [{"text": "x"}]}}, "stopReason": "max_tokens"}"#,
                "max_tokens",
                "x",
            ),
        ] {
            let body = json(body);
            assert_eq!(
                (stop_reason(&body), output_text(&body).as_deref()),
                (Some(stop), Some(text)),
                "{stop}"
            );
            assert_eq!(latency_ms(&body), None, "no such body says how long it took");
        }
    }

    #[test]
    fn a_streams_last_chunk_holds_its_metrics() {
        let body = json(
            r#"[{"type": "message_start", "message": {"usage": {"input_tokens": 9}}},
                {"type": "content_block_start", "content_block": {"type": "tool_use", "name": "look"}},
                {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "he"}},
                {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "llo"}},
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
                {"type": "message_stop", "amazon-bedrock-invocationMetrics":
                  {"inputTokenCount": 9, "outputTokenCount": 3, "invocationLatency": 812, "firstByteLatency": 301}}]"#,
        );
        assert_eq!((latency_ms(&body), first_byte_latency_ms(&body)), (Some(812), Some(301)));
        assert_eq!((stop_reason(&body), output_text(&body).as_deref()), (Some("end_turn"), Some("hello")));
        assert_eq!(tokens(&body, "outputTokens", "output_tokens", "outputTokenCount"), Some(3));
        assert_eq!(tool_names(&body), json(r#"["look"]"#));
    }

    #[test]
    fn a_guardrail_intervenes_in_either_way() {
        let says = |text: &str| guardrail_action(&json(text)).map(str::to_owned);
        assert_eq!(says(r#"{"stopReason": "guardrail_intervened"}"#).as_deref(), Some("INTERVENED"));
        assert_eq!(
            says(r#"{"amazon-bedrock-guardrailAction": "INTERVENED", "stop_reason": "end_turn"}"#).as_deref(),
            Some("INTERVENED")
        );
        assert_eq!(
            says(r#"[{"a": 1}, {"amazon-bedrock-guardrailAction": "NONE"}]"#).as_deref(),
            Some("NONE")
        );
    }

    #[test]
    fn what_was_asked_is_found_in_any_form() {
        let converse = json(
            r#"{"system": [{"text": "be brief"}], "messages": [{"role": "user", "content": [{"text": "one"}]},
                {"role": "assistant", "content": [{"text": "two"}]}, {"role": "user", "content": [{"text": "three"}, {"image": {}}]}]}"#,
        );
        assert_eq!(
            (system_text(&converse).as_deref(), prompt_text(&converse).as_deref()),
            (Some("be brief"), Some("three"))
        );
        let anthropic = json(r#"{"system": "be brief", "messages": [{"role": "user", "content": "hi"}]}"#);
        assert_eq!(
            (system_text(&anthropic).as_deref(), prompt_text(&anthropic).as_deref()),
            (Some("be brief"), Some("hi"))
        );
        assert_eq!(prompt_text(&json(r#"{"inputText": "hi"}"#)).as_deref(), Some("hi"));
        for odd in ["null", "[]", "{}", "7", r#""text""#, r#"{"messages": 7}"#, r#"[null, 3]"#] {
            let odd = json(odd);
            assert_eq!((prompt_text(&odd), output_text(&odd), stop_reason(&odd)), (None, None, None));
            assert!(tool_names(&odd).is_null() && messages(&odd).is_null());
        }
    }

    #[test]
    fn what_a_model_says_of_itself_is_text() {
        let body = json(
            r#"{"output": {"message": {"content": [{"text": "{\"stopReason\": \"end_turn\", \"confidence\": 0.98}"}]}}, "stopReason": "max_tokens"}"#,
        );
        assert_eq!(stop_reason(&body), Some("max_tokens"));
    }
}
