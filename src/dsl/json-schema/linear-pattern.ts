import { RE2JS } from 're2js'
import { patternSize } from './pattern-size.ts'
import { toRe2 } from './re2-syntax.ts'
import type { Work } from './work.ts'

/** Units of work per character of the text and part of the pattern. */
const WORK_OF_PART = 1 / 4

/**
 * Replaces `RegExp` for patterns of schemas, which their author chooses, on texts that a caller chooses. RE2 takes time
 * linear in the text; with backtracking, one pattern could stop the process. RE2 has no lookaround and no
 * backreferences.
 */
export class LinearPattern {
  readonly #source: string
  readonly #pattern: RE2JS
  readonly #work: Work
  readonly #workOfChar: number

  /** @throws Error with a message for the author if RE2 cannot read the pattern. */
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
