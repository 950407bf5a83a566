/**
 * A token of jq (jq 1.8, `lexer.l`). `field` is `.name`, `variable` is `$name`, `format` is `@name`, each without its
 * sign.
 */
export type Token =
  | { kind: 'symbol' | 'word' | 'field' | 'variable' | 'format'; text: string; at: number }
  | { kind: 'number'; text: string; at: number }
  | { kind: 'string'; parts: readonly TextPart[]; at: number }

/** A piece of a string literal: its text, or the tokens of an interpolation `\(…)`. */
export type TextPart = string | readonly Token[]

/** Keywords, which are names only after a dot and as object keys. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'as',
  'def',
  'import',
  'include',
  'module',
  'if',
  'then',
  'else',
  'elif',
  'end',
  'and',
  'or',
  'reduce',
  'foreach',
  'try',
  'catch',
  'label',
  '__loc__'
])

// Longest first: the grammar takes the longest symbol that matches.
const SYMBOLS = [
  '?//=',
  '?//',
  '//=',
  '!=',
  '==',
  '//',
  '|=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '<=',
  '>=',
  '..',
  '.',
  '?',
  '=',
  ';',
  ',',
  ':',
  '|',
  '+',
  '-',
  '*',
  '/',
  '%',
  '$',
  '<',
  '>',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}'
]
const SPACE = /[ \t\r\n]+/y
// A backslash at the end of a line continues the comment on the next line, unless another backslash escapes it.
const COMMENT = /#(?:\\(?:\r\n|[^])|[^\n\\])*/y
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const NAME = '(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*'
const WORD = new RegExp(NAME, 'y')
const VARIABLE = new RegExp(`\\$${NAME}`, 'y')
const FIELD = /\.[a-zA-Z_][a-zA-Z_0-9]*/y
const FORMAT = /@[a-zA-Z0-9_]+/y
const PLAIN_TEXT = /[^"\\]+/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t'
}
const MAX_NESTING = 64

/**
 * The tokens of a source; undefined where this lexer does not recognize the source as jq. The caller then asks jq
 * itself.
 */
export function lex(source: string): readonly Token[] | undefined {
  const reader = new Reader(source)
  const tokens = reader.tokens(undefined, 0)
  return reader.failed ? undefined : tokens
}

class Reader {
  failed = false
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  /** The tokens up to the end, or up to the `)` that closes an interpolation. */
  tokens(closing: ')' | undefined, nesting: number): Token[] {
    const tokens: Token[] = []
    let open = 0
    if (nesting > MAX_NESTING) this.failed = true
    while (!this.failed && this.#skipSpace()) {
      const token = this.#token(nesting)
      if (token === undefined) break
      if (token.kind === 'symbol' && token.text === '(') open++
      if (token.kind === 'symbol' && token.text === ')' && open-- === 0 && closing !== undefined) return tokens
      tokens.push(token)
    }
    if (closing !== undefined) this.failed = true
    return tokens
  }

  /** Skips white space and comments. Returns whether input is left. */
  #skipSpace(): boolean {
    while (this.#match(SPACE) !== undefined || this.#match(COMMENT) !== undefined);
    return this.#at < this.#source.length
  }

  #token(nesting: number): Token | undefined {
    const at = this.#at
    if (this.#source[at] === '"') return this.#string(nesting)
    const number = this.#match(NUMBER)
    if (number !== undefined) return { kind: 'number', text: number, at }
    const field = this.#match(FIELD)
    if (field !== undefined) return { kind: 'field', text: field.slice(1), at }
    const variable = this.#match(VARIABLE)
    if (variable !== undefined) return { kind: 'variable', text: variable.slice(1), at }
    const format = this.#match(FORMAT)
    if (format !== undefined) return { kind: 'format', text: format.slice(1), at }
    const word = this.#match(WORD)
    if (word !== undefined) return { kind: 'word', text: word, at }
    const text = SYMBOLS.find((symbol) => this.#source.startsWith(symbol, at))
    this.#at += text?.length ?? 0
    if (text !== undefined) return { kind: 'symbol', text, at }
    this.failed = true
    return undefined
  }

  #string(nesting: number): Token | undefined {
    const at = this.#at++
    const parts: TextPart[] = []
    let text = ''
    for (;;) {
      text += this.#match(PLAIN_TEXT) ?? ''
      const sign = this.#source[this.#at++]
      if (sign === '"') break
      const escaped = this.#source[this.#at++]
      if (sign === undefined || escaped === undefined) this.failed = true
      else if (escaped === '(') {
        parts.push(text, this.tokens(')', nesting + 1))
        text = ''
      } else if (escaped === 'u') text += this.#unicode()
      else if (Object.hasOwn(ESCAPES, escaped)) text += ESCAPES[escaped]
      else this.failed = true
      if (this.failed) return undefined
    }
    parts.push(text)
    if (parts.every((part) => typeof part !== 'string' || part.isWellFormed())) return { kind: 'string', parts, at }
    this.failed = true
    return undefined
  }

  #unicode(): string {
    const digits = this.#source.slice(this.#at, this.#at + 4)
    this.#at += 4
    if (/^[0-9a-fA-F]{4}$/.test(digits)) return String.fromCharCode(Number.parseInt(digits, 16))
    this.failed = true
    return ''
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#source)?.[0]
    this.#at += text?.length ?? 0
    return text
  }
}
