import { isDeepStrictEqual } from 'node:util'
import { ExpressionError } from '../expressions/expressions.ts'
import type { CloudEvent } from '../ports.ts'
import { scalarText } from '../../lib/exact-number.ts'
import { own } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'

/** Evaluates the expression of an attribute over its value. */
type Test = (attribute: string, source: string, value: unknown) => unknown | Promise<unknown>

/**
 * Whether an event has the attributes of `with`: each attribute equals its literal, or the expression over it is true.
 * If an expression gives neither true nor false, the attribute must equal its result.
 * @throws (rejects with) ExpressionError `busy` or `aborted`: nothing was decided
 */
export async function matchesAttributes(
  attributes: Readonly<Record<string, unknown>>,
  event: CloudEvent,
  test: Test
): Promise<boolean> {
  // Literals are compared first, because they cost nothing.
  const parts = Object.entries(attributes).map(([name, wanted]) => ({ name, wanted, source: sourceOf(wanted) }))
  for (const { name, wanted } of parts.filter(({ source }) => source === undefined))
    if (!agrees(name, own(event, name), wanted)) return false
  for (const { name, source } of parts) {
    if (source === undefined) continue
    const value = own(event, name) ?? null
    const found = await orNothing(() => test(name, source, value))
    if (found === true) continue
    if (found === false || found === null || found === undefined || !agrees(name, value, found)) return false
  }
  return true
}

/** The result of an expression over an event; null if it fails on this event. */
export async function orNothing(evaluate: () => unknown): Promise<unknown> {
  try {
    return await evaluate()
  } catch (error) {
    if (error instanceof ExpressionError && error.kind !== 'busy' && error.kind !== 'aborted') return null
    throw error
  }
}

/** The attributes that a filter compares with literals, as text. They rule out most other events. */
export function literalsOf(attributes: Readonly<Record<string, unknown>>): {
  type: string | null
  source: string | null
} {
  const literal = (name: string): string | null => {
    const wanted = own(attributes, name)
    return typeof wanted === 'string' && sourceOf(wanted) === undefined ? wanted : null
  }
  return { type: literal('type'), source: literal('source') }
}

/** Compares an attribute. In headers attributes are text, so a number equals its digits. Data is compared as it is. */
function agrees(name: string, value: unknown, wanted: unknown): boolean {
  if (name === 'data') return isDeepStrictEqual(value, wanted)
  const text = scalarText(value)
  return text !== undefined && text === scalarText(wanted)
}

function sourceOf(wanted: unknown): string | undefined {
  const form = typeof wanted === 'string' ? stringFormOf(wanted) : undefined
  return form?.form === 'expression' ? form.source : undefined
}
