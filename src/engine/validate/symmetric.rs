//! `between symmetric`, which the parser does not know: the word becomes the mark `!!`, a prefix operator
//! that PostgreSQL gave up in version 14. `dialect/spelled_out` takes it away again.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::engine::validate::{Place, error_at};
use crate::error::Result;

pub fn mark(sql: &str, tokens: &mut [TokenWithSpan]) -> Result<()> {
    if let Some(wrong) = tokens.iter().find(|t| t.token == Token::DoubleExclamationMark) {
        return Err(error_at(sql, Place::new(wrong.span.start, 2), "syntax error at or near \"!!\""));
    }
    let mut after_between = false;
    for token in tokens.iter_mut() {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::Word(word) if after_between && word.keyword == Keyword::SYMMETRIC => {
                token.token = Token::DoubleExclamationMark;
                after_between = false;
            }
            // The default.
            Token::Word(word) if after_between && word.keyword == Keyword::ASYMMETRIC => {
                token.token = Token::Whitespace(datafusion::sql::sqlparser::tokenizer::Whitespace::Space);
                after_between = false;
            }
            Token::Word(word) => after_between = word.keyword == Keyword::BETWEEN,
            _ => after_between = false,
        }
    }
    Ok(())
}
