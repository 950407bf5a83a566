import type { Token } from './lex.ts'

/** Thrown where the source is wrong or uses something that the fast path does not support. jq decides which. */
export const BEYOND = Symbol('beyond the fast path')

/** A position in a list of tokens. */
export class Cursor {
  readonly #tokens: readonly Token[]
  /** Index of the next token. */
  at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.at >= this.#tokens.length
  }

  /** The next token, or the one `ahead` places after it. */
  next(ahead = 0): Token | undefined {
    return this.#tokens[this.at + ahead]
  }

  /** Whether the next token is this symbol or word. */
  peek(text: string, ahead = 0): boolean {
    const token = this.next(ahead)
    return (token?.kind === 'symbol' || token?.kind === 'word') && token.text === text
  }

  /** Skips this symbol or word if it is next. Returns whether it was. */
  take(text: string): boolean {
    const taken = this.peek(text)
    if (taken) this.at++
    return taken
  }

  expect(text: string): void {
    if (!this.take(text)) throw BEYOND
  }

  /** Skips a variable and returns its name. */
  variable(): string {
    const token = this.next()
    if (token?.kind !== 'variable' || token.text.includes('::')) throw BEYOND
    this.at++
    return token.text
  }
}
