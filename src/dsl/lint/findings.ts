import { pointerTo } from '../../lib/json-pointer.ts'
import type { Expressions, JobOwner, SyntaxFault } from '../expressions/expressions.ts'
import { BUILT_IN_VARIABLES } from '../compile/expression.ts'
import { DOCUMENT_LIMITS } from '../limits.ts'
import type { DocumentFault } from '../parse.ts'
import { isObject, own } from '../../lib/json.ts'
import { expressionSource, stringFormOf, mentionedVariables } from '../string-form.ts'

/** The place of a value in the document, and what expressions and directives there can name. */
export interface Place {
  readonly pointer: string
  /** Variables of the enclosing loops and catches. */
  readonly locals: readonly string[]
  /** Names of the tasks in the same list. */
  readonly siblings: readonly string[]
  /** Built-in variables that are readable here, besides those readable everywhere. */
  readonly extra: readonly ('output' | 'secrets' | 'authorization')[]
  /** Expressions here can read only their input, and no variables. */
  readonly bare?: boolean
}

const EVERYWHERE = ['context', 'input', 'task', 'workflow', 'runtime']
const CHECKS_AT_ONCE = 16
// Each run of blanks can match in only one way. With several ways, the time would grow with the cube of its length.
const SECRET_MEMBER = /\$secrets\s*(?:\.\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(?:\[\s*)?"([^"\\]*)")|\[\s*"([^"\\]*)")/g

/** Collects the faults of one document. */
export class Lint {
  readonly faults: DocumentFault[] = []
  readonly document: Record<string, unknown>
  readonly #expressions: Expressions
  readonly #owner: JobOwner
  readonly #schemas: { schema: unknown; pointer: string }[] = []
  readonly #sources: { source: string; names: readonly string[]; pointer: string }[] = []
  #tasks = 0

  constructor(document: Record<string, unknown>, expressions: Expressions, owner: JobOwner) {
    this.document = document
    this.#expressions = expressions
    this.#owner = owner
  }

  fault(pointer: string, message: string): void {
    if (this.faults.length < DOCUMENT_LIMITS.faults) this.faults.push({ pointer, message })
  }

  /** Counts a task. False beyond the limit: such tasks are not checked, and one fault reports the limit. */
  task(pointer: string): boolean {
    if (++this.#tasks === DOCUMENT_LIMITS.tasks + 1)
      this.fault(
        pointer,
        `The document has more than ${DOCUMENT_LIMITS.tasks} tasks: ` +
          'split it into flows that call each other by "run: workflow".'
      )
    return this.#tasks <= DOCUMENT_LIMITS.tasks
  }

  /** Checks a name that the author chooses. */
  name(name: string, pointer: string): void {
    if (name.trim() === '') this.fault(pointer, 'A name must not be empty.')
    else if (name === '__proto__') this.fault(pointer, '"__proto__" cannot be used as a name.')
  }

  /** The names that a section of `use` defines. */
  used(sort: string): readonly string[] {
    const use = own(this.document, 'use')
    const found = isObject(use) ? own(use, sort) : undefined
    return Array.isArray(found)
      ? found.filter((name) => typeof name === 'string')
      : isObject(found)
        ? Object.keys(found)
        : []
  }

  /** Checks a field that holds an expression, with `${ }` or without. */
  expression(value: unknown, place: Place): void {
    if (typeof value !== 'string' || value.trim() === '') return this.fault(place.pointer, 'Must be an expression.')
    if (stringFormOf(value).form === 'embedded' && /^\s*\$\{/.test(value)) return this.#embedded(place.pointer)
    this.#source(expressionSource(value), place)
  }

  /** Checks data in which only strings of the form `${ … }` are expressions. */
  template(value: unknown, place: Place): void {
    if (typeof value === 'string') {
      const form = stringFormOf(value)
      if (form.form === 'expression') this.#source(form.source, place)
      if (form.form === 'embedded') this.#embedded(place.pointer)
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => this.template(item, { ...place, pointer: `${place.pointer}/${index}` }))
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value))
        this.template(member, {
          ...place,
          pointer: pointerTo(place.pointer, key)
        })
    }
  }

  /** Collects a JSON Schema within the bounds. */
  schema(schema: unknown, pointer: string): void {
    this.#schemas.push({ schema, pointer })
  }

  /** Compiles every collected expression with jq, and every collected schema. */
  async checkCollected(): Promise<void> {
    await this.#check(
      this.#sources.map(({ source, names, pointer }) => ({
        key: JSON.stringify([source, names]),
        pointer,
        check: () => this.#expressions.check(source, names, this.#owner),
        prefix: 'The expression is not jq that runs here'
      }))
    )
    await this.#check(
      this.#schemas.map(({ schema, pointer }) => ({
        key: JSON.stringify(schema),
        pointer,
        check: () => this.#expressions.checkSchema(schema, { owner: this.#owner }),
        prefix: 'The schema cannot be used'
      }))
    )
  }

  /** Checks several at the same time, and each text once. */
  async #check(
    all: readonly { key: string; pointer: string; check(): Promise<SyntaxFault | undefined>; prefix: string }[]
  ): Promise<void> {
    const seen = new Map<string, Promise<SyntaxFault | undefined>>()
    for (let index = 0; index < all.length; index += CHECKS_AT_ONCE) {
      await Promise.all(
        all.slice(index, index + CHECKS_AT_ONCE).map(async ({ key, pointer, check, prefix }) => {
          const known = seen.get(key) ?? check()
          seen.set(key, known)
          const fault = await known
          if (fault !== undefined) this.fault(pointer, `${prefix}: ${fault.message}`)
        })
      )
    }
  }

  #embedded(pointer: string): void {
    this.fault(
      pointer,
      'An expression must be the whole text, "${ … }" from end to end: inside a longer text, ' +
        'write one expression with jq\'s interpolation, such as ${ "Hello \\(.name)" }.'
    )
  }

  #source(source: string, place: Place): void {
    const { pointer } = place
    if (source.trim() === '') return this.fault(pointer, 'The expression is empty.')
    if (source.length > DOCUMENT_LIMITS.expressionChars)
      return this.fault(pointer, `The expression is longer than ${DOCUMENT_LIMITS.expressionChars} characters.`)
    if (place.bare === true) {
      this.#sources.push({ source, names: [], pointer })
      return
    }
    const mentioned = mentionedVariables(source)
    const outOfPlace = BUILT_IN_VARIABLES.filter(
      (name) => mentioned.has(name) && !EVERYWHERE.includes(name) && !(place.extra as readonly string[]).includes(name)
    )
    if (mentioned.has('secret') && !place.locals.includes('secret'))
      this.fault(pointer, 'There is no $secret: did you mean $secrets?')
    for (const name of outOfPlace)
      if (!place.locals.includes(name)) this.fault(pointer, OUT_OF_PLACE[name] ?? `$${name} cannot be read here.`)
    if (place.extra.includes('secrets')) this.#secrets(source, pointer)
    // The faults above describe variables out of place better than jq's "not defined".
    this.#sources.push({
      source,
      names: [...new Set([...EVERYWHERE, ...place.extra, ...place.locals, ...outOfPlace])],
      pointer
    })
  }

  #secrets(source: string, pointer: string): void {
    const known = this.used('secrets')
    for (const match of source.matchAll(SECRET_MEMBER)) {
      const name = match[1] ?? match[2] ?? match[3] ?? ''
      if (!known.includes(name)) this.fault(pointer, `The secret "${name}" is not named in use.secrets.`)
    }
  }
}

const OUT_OF_PLACE: Readonly<Record<string, string>> = {
  output: '$output can be read in output.as and export.as only: before them there is no output.',
  secrets:
    '$secrets can be read in an authentication and in input.from of a call only, so that no other value holds a ' +
    "secret: write input: { from: '. + { key: $secrets.name }' }, and ${ .key } here.",
  authorization: '$authorization can be read in the arguments of a call only.'
}
