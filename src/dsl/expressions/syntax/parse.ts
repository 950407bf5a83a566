import type { BinaryOperator, Node, UpdateOperator } from './ast.ts'
import { BEYOND, Cursor } from './cursor.ts'
import { lex, type Token } from './lex.ts'
import { Terms } from './terms.ts'

/**
 * Limits of the recursive descent: nesting, and tokens of a source (chains of operators make deep trees without
 * nesting). The pool takes larger sources.
 */
const MAX_NESTING = 100
const MAX_TOKENS = 2_000

const UPDATES = ['=', '|=', '+=', '-=', '*=', '/=', '%=', '//=']

/** From the loosest to the tightest. */
const LEVELS: readonly { operators: readonly string[]; associates: 'left' | 'right' | 'none' }[] = [
  { operators: ['//'], associates: 'right' },
  { operators: UPDATES, associates: 'none' },
  { operators: ['or'], associates: 'left' },
  { operators: ['and'], associates: 'left' },
  { operators: ['==', '!=', '<', '<=', '>', '>='], associates: 'none' },
  { operators: ['+', '-'], associates: 'left' },
  { operators: ['*', '/', '%'], associates: 'left' }
]

/**
 * The tree of a source. Undefined where the source is wrong or uses something that the fast path does not support; jq
 * decides which. Precedence and shapes follow jq 1.8's `parser.y`.
 */
export function parse(source: string): Node | undefined {
  const tokens = lex(source)
  if (tokens === undefined || tokens.length > MAX_TOKENS) return undefined
  try {
    return new Parser(tokens, 0).whole()
  } catch (error) {
    if (error === BEYOND) return undefined
    throw error
  }
}

/** Parses queries: terms joined by operators, commas, pipes and bindings. */
class Parser extends Terms {
  #nesting: number
  /** Index of the first token of the current operand of `|` or `,`: `as` may follow only the term that begins there. */
  #operandAt = -1

  constructor(tokens: readonly Token[], nesting: number) {
    super(new Cursor(tokens))
    this.#nesting = nesting
  }

  whole(): Node {
    const node = this.query()
    if (!this.cursor.atEnd) throw BEYOND
    return node
  }

  /** `a | b`, `a, b`, `a as $x | b`: a binding extends as far right as possible. */
  protected query(): Node {
    return this.deeper(() => {
      const outer = this.#operandAt
      let left = this.#operand()
      while (this.cursor.take(',')) left = { kind: 'comma', left, right: this.#operand() }
      const node: Node = this.cursor.take('|') ? { kind: 'pipe', left, right: this.query() } : left
      this.#operandAt = outer
      return node
    })
  }

  protected deeper(read: () => Node): Node {
    if (++this.#nesting > MAX_NESTING) throw BEYOND
    const node = read()
    this.#nesting--
    return node
  }

  protected value(): Node {
    this.#operandAt = -1
    return this.#operators(0)
  }

  protected within(tokens: readonly Token[]): Node {
    return new Parser(tokens, this.#nesting + 1).whole()
  }

  #operand(): Node {
    this.#operandAt = this.cursor.at
    return this.#operators(0)
  }

  #operators(level: number): Node {
    const rule = LEVELS[level]
    if (rule === undefined) return this.#prefix()
    let left = this.#operators(level + 1)
    let found = 0
    for (;;) {
      const operator = rule.operators.find((text) => this.cursor.peek(text))
      if (operator === undefined) return left
      if (rule.associates === 'none' && ++found > 1) throw BEYOND
      this.cursor.at++
      const right = rule.associates === 'right' ? this.deeper(() => this.#operators(level)) : this.#operators(level + 1)
      left =
        rule.operators === UPDATES
          ? { kind: 'update', operator: operator as UpdateOperator, target: left, value: right }
          : { kind: 'binary', operator: operator as BinaryOperator, left, right }
    }
  }

  #prefix(): Node {
    if (this.cursor.take('-')) return { kind: 'negate', body: this.postfix() }
    const at = this.cursor.at
    const term = this.postfix()
    if (!this.cursor.peek('as')) return term
    if (at !== this.#operandAt) throw BEYOND
    this.cursor.at++
    const name = this.cursor.variable()
    this.cursor.expect('|')
    return { kind: 'bind', source: term, pattern: name, body: this.query() }
  }
}
