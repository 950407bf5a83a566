import { RE2JS } from 're2js'
import { patternSize } from './pattern-size.ts'
import { toRe2 } from './re2-syntax.ts'
import type { Work } from './work.ts'

/** Units of work of a character, for each part of the pattern. */
const WORK_OF_PART = 1 / 4

/**
 * Replaces `RegExp` where the author of a schema chooses the pattern and a caller the text. RE2 takes time linear in
 * the text, whereas backtracking would let one pattern stop the process. RE2 has no lookaround and no backreferences.
 */
export class LinearPattern {
  readonly #source: string
  readonly #pattern: RE2JS
  readonly #work: Work
  readonly #workOfChar: number

  /** @throws Error with a message for the author where RE2 cannot read the pattern. */
  constructor(source: string, work: Work) {
    this.#source = source
    this.#work = work
    this.#workOfChar = patternSize(source) * WORK_OF_PART
    try {
      this.#pattern = RE2JS.compile(toRe2(source))
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unreadable'
      throw new Error(
        `pattern ${JSON.stringify(source)}: ${why} (patterns are RE2's: no lookaround, no backreferences)`,
        { cause: error }
      )
    }
  }

  /** The validator caches one pattern per text, so two different patterns must have different texts. */
  toString(): string {
    return `/${this.#source}/`
  }

  /** @throws TooMuchWork */
  test(text: string): boolean {
    this.#work.spend((text.length + 1) * this.#workOfChar)
    return this.#pattern.matcher(text).find()
  }
}
