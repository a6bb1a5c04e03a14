//! An expression's text as a tree.

#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Number(f64),
    Text(String),
    Name(String, usize),
    Call(String, Vec<Tree>, usize),
    Negated(Box<Tree>),
    Operation(String, Box<Tree>, Box<Tree>),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Name(String),
    Sign(String),
}

/// Operators from loose to tight.
const LEVELS: [&[&str]; 5] =
    [&["OR", "||"], &["AND", "&&"], &["<=", ">=", "==", "!=", "<", ">"], &["+", "-"], &["*", "/"]];

pub fn parse(text: &str) -> Result<Tree, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, end: text.chars().count() + 1 };
    let tree = reader.level(0)?;
    match reader.peek() {
        None => Ok(tree),
        Some((token, column)) => Err(unexpected(token, *column)),
    }
}

fn at(column: usize) -> String {
    format!("at line 1, column {column}")
}

fn unexpected(token: &Token, column: usize) -> String {
    let shown = match token {
        Token::Number(number) => number.to_string(),
        Token::Text(text) | Token::Name(text) | Token::Sign(text) => text.clone(),
    };
    format!("Unexpected token '{shown}' {}", at(column))
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, String> {
    let letters: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut i = 0;
    while let Some(&c) = letters.get(i) {
        let column = i + 1;
        let run = |from: usize, of: &dyn Fn(char) -> bool| {
            letters.get(from..).unwrap_or_default().iter().take_while(|c| of(**c)).count()
        };
        let taken = |from: usize, many: usize| {
            letters.get(from..from + many).unwrap_or_default().iter().collect::<String>()
        };
        if c.is_whitespace() {
            i += 1;
        } else if c == '"' || c == '\'' {
            let inside = run(i + 1, &|other| other != c);
            if letters.get(i + 1 + inside).is_none() {
                return Err(format!("Unterminated string {}", at(column)));
            }
            all.push((Token::Text(taken(i + 1, inside)), column));
            i += inside + 2;
        } else if c.is_ascii_digit() || c == '.' {
            let many = run(i, &|c| c.is_ascii_digit() || c == '.');
            let number =
                taken(i, many).parse().map_err(|_| format!("Unexpected token '{c}' {}", at(column)))?;
            all.push((Token::Number(number), column));
            i += many;
        } else if c.is_ascii_alphabetic() || c == '_' {
            let many = run(i, &|c| c.is_ascii_alphanumeric() || c == '_');
            let name = taken(i, many);
            let sign = matches!(name.as_str(), "AND" | "OR");
            all.push((if sign { Token::Sign(name) } else { Token::Name(name) }, column));
            i += many;
        } else {
            let two = taken(i, 2);
            let many = if ["<=", ">=", "==", "!=", "&&", "||"].contains(&two.as_str()) { 2 } else { 1 };
            if many == 1 && !"+-*/^(),<>[]".contains(c) {
                return Err(format!("Unexpected token '{c}' {}", at(column)));
            }
            all.push((Token::Sign(taken(i, many)), column));
            i += many;
        }
    }
    Ok(all)
}

struct Reader {
    tokens: Vec<(Token, usize)>,
    at: usize,
    end: usize,
}

impl Reader {
    fn peek(&self) -> Option<&(Token, usize)> {
        self.tokens.get(self.at)
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.peek(), Some((Token::Sign(s), _)) if s == sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) {
            return Ok(());
        }
        Err(match self.peek() {
            Some((token, column)) => format!("{}, expected '{sign}'", unexpected(token, *column)),
            None => format!("Unexpected end of the expression {}, expected '{sign}'", at(self.end)),
        })
    }

    fn level(&mut self, level: usize) -> Result<Tree, String> {
        let Some(signs) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.takes(sign)) {
            left = Tree::Operation((*sign).to_owned(), Box::new(left), Box::new(self.level(level + 1)?));
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Tree, String> {
        let base = self.single()?;
        match self.takes("^") {
            true => Ok(Tree::Operation("^".to_owned(), Box::new(base), Box::new(self.power()?))),
            false => Ok(base),
        }
    }

    fn single(&mut self) -> Result<Tree, String> {
        if self.takes("-") {
            return Ok(Tree::Negated(Box::new(self.power()?)));
        }
        if self.takes("(") {
            let inner = self.level(0)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.takes("[") {
            return Ok(Tree::Call("LIST".to_owned(), self.arguments("]")?, self.at));
        }
        let Some((token, column)) = self.peek().cloned() else {
            return Err(format!("Unexpected end of the expression {}", at(self.end)));
        };
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Tree::Number(number)),
            Token::Text(text) => Ok(Tree::Text(text)),
            Token::Name(name) if self.takes("(") => Ok(Tree::Call(name, self.arguments(")")?, column)),
            Token::Name(name) => Ok(Tree::Name(name, column)),
            sign => Err(unexpected(&sign, column)),
        }
    }

    fn arguments(&mut self, close: &str) -> Result<Vec<Tree>, String> {
        let mut all = Vec::new();
        if self.takes(close) {
            return Ok(all);
        }
        loop {
            all.push(self.level(0)?);
            if !self.takes(",") {
                self.expect(close)?;
                return Ok(all);
            }
        }
    }
}
