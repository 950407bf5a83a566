import type { Evaluate } from '../run/state.ts'
import { type Json, setOwn } from '../../lib/json.ts'
import { stringFormOf } from '../string-form.ts'
import { compileExpression, compileExpressions } from './expression.ts'
import type { Scope } from './scope.ts'

/** Builds a value from the results of its expressions. */
type Fill = (results: readonly unknown[]) => unknown

/**
 * Compiles a JSON value whose strings may be `${ … }`. Evaluation replaces each such string by the result of its
 * expression. All expressions of the value are evaluated together, and parts without expressions are shared between
 * results.
 */
export function compileTemplate(node: unknown, scope: Scope): Evaluate {
  if (typeof node === 'string' && stringFormOf(node).form === 'expression') return compileExpression(node, scope)
  const sources: string[] = []
  const fill = compileNode(node, sources)
  if (fill === undefined) return () => node
  const evaluate = compileExpressions(sources, scope)
  return (value, state) => {
    const results = evaluate(value, state)
    return results instanceof Promise ? results.then(fill) : fill(results)
  }
}

/** `undefined` for a part without expressions. */
function compileNode(node: unknown, sources: string[]): Fill | undefined {
  if (typeof node === 'string') return compileString(node, sources)
  if (Array.isArray(node)) return compileArray(node, sources)
  if (typeof node === 'object' && node !== null) return compileObject(node as Json, sources)
  return undefined
}

function compileString(text: string, sources: string[]): Fill | undefined {
  const form = stringFormOf(text)
  if (form.form !== 'expression') return undefined
  const known = sources.indexOf(form.source)
  const index = known === -1 ? sources.push(form.source) - 1 : known
  return (results) => results[index]
}

function compileArray(items: readonly unknown[], sources: string[]): Fill | undefined {
  const fills = items.map((item) => compileNode(item, sources))
  if (fills.every((fill) => fill === undefined)) return undefined
  return (results) => fills.map((fill, index) => (fill === undefined ? items[index] : fill(results)))
}

function compileObject(members: Json, sources: string[]): Fill | undefined {
  const entries = Object.entries(members).map(([key, value]) => ({ key, value, fill: compileNode(value, sources) }))
  if (entries.every((entry) => entry.fill === undefined)) return undefined
  return (results) => {
    const object: Json = {}
    for (const { key, value, fill } of entries) setOwn(object, key, fill === undefined ? value : fill(results))
    return object
  }
}
