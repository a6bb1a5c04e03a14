//! Syntax the parser lacks, as syntax it has: a pass over tokens.
//!
//! | written | parsed as |
//! |---|---|
//! | `inet '10.0.0.1'`, and so for cidr, money and ltree | `cast('10.0.0.1' as inet)` |
//! | `trim(leading from x)` | `trim(leading ' ' from x)` |

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

pub fn spell_out(tokens: &mut Vec<TokenWithSpan>) {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut waiting: Option<usize> = None;
    for token in tokens.drain(..) {
        match &token.token {
            Token::Whitespace(_) => out.push(token),
            Token::SingleQuotedString(_) if waiting.is_some() => {
                let name = waiting.take().map(|at| out.split_off(at)).unwrap_or_default();
                let mut put = |token: Token, like: &TokenWithSpan| {
                    out.push(TokenWithSpan { token, span: like.span });
                };
                let Some(first) = name.first() else { continue };
                put(Token::make_keyword("CAST"), first);
                put(Token::LParen, first);
                put(token.token.clone(), &token);
                put(Token::make_keyword("AS"), &token);
                put(first.token.clone(), first);
                put(Token::RParen, &token);
            }
            Token::Word(word) if word.keyword == Keyword::FROM && trims(&out) => {
                out.push(TokenWithSpan {
                    token: Token::SingleQuotedString(" ".to_owned()),
                    span: token.span,
                });
                out.push(token);
            }
            Token::Word(word) => {
                let named =
                    ["inet", "cidr", "money", "ltree"].iter().any(|t| word.value.eq_ignore_ascii_case(t));
                let qualified = out.last().is_some_and(|before| before.token == Token::Period);
                waiting = (named && word.quote_style.is_none() && !qualified).then_some(out.len());
                out.push(token);
            }
            _ => {
                waiting = None;
                out.push(token);
            }
        }
    }
    *tokens = out;
}

/// `true` after `trim(leading`, `trim(trailing` and `trim(both`.
fn trims(tokens: &[TokenWithSpan]) -> bool {
    let mut before = tokens.iter().rev().filter(|t| !matches!(t.token, Token::Whitespace(_)));
    let side = [Keyword::LEADING, Keyword::TRAILING, Keyword::BOTH];
    matches!(before.next().map(|t| &t.token), Some(Token::Word(word)) if side.contains(&word.keyword))
        && before.next().is_some_and(|t| t.token == Token::LParen)
        && matches!(before.next().map(|t| &t.token), Some(Token::Word(word)) if word.keyword == Keyword::TRIM)
}
