/**
 * The search of the JavaScript engine can take a time that grows with the product of both lengths, so it gets only this
 * much of a text.
 */
const HEAD_CHARS = 32

/**
 * A text to search for in other texts, in a time that grows only with the length of the other text (Knuth, Morris and
 * Pratt). Both the secret and the text are controlled by a tenant, who could make any other search take minutes.
 */
export class SearchedText {
  readonly text: string
  readonly #head: string
  /** For each beginning of the text: the length of the longest shorter beginning that it ends with. */
  #shorter: Int32Array | undefined

  constructor(text: string) {
    this.text = text
    this.#head = text.slice(0, HEAD_CHARS)
  }

  /** The index of the first occurrence at or after `from`, or -1. */
  indexIn(other: string, from = 0): number {
    const start = other.indexOf(this.#head, from)
    if (start === -1 || this.text.length <= HEAD_CHARS) return start
    for (let at = start, length = 0; at < other.length; at++) {
      length = this.follow(length, other.charCodeAt(at))
      if (length === this.text.length) return at + 1 - length
    }
    return -1
  }

  isIn(other: string): boolean {
    return this.indexIn(other) !== -1
  }

  replaceIn(other: string, replacement: string): string {
    let replaced = ''
    let from = 0
    for (let at = this.indexIn(other); at !== -1; at = this.indexIn(other, from)) {
      replaced += other.slice(from, at) + replacement
      from = at + this.text.length
    }
    return replaced + other.slice(from)
  }

  /**
   * The length of the longest beginning of this text that another text ends with, after one more character of that
   * text.
   * @param length the same before that character
   */
  follow(length: number, code: number): number {
    return follow(this.text, (this.#shorter ??= shorterOf(this.text)), length, code)
  }
}

function follow(text: string, shorter: Int32Array, length: number, code: number): number {
  let matched = length
  while (matched > 0 && (matched === text.length || text.charCodeAt(matched) !== code))
    matched = shorter[matched - 1] as number
  return text.charCodeAt(matched) === code ? matched + 1 : matched
}

function shorterOf(text: string): Int32Array {
  const shorter = new Int32Array(text.length)
  for (let at = 1, length = 0; at < text.length; at++)
    shorter[at] = length = follow(text, shorter, length, text.charCodeAt(at))
  return shorter
}
