import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { syntaxTree } from '@codemirror/language'
import { call } from '../api/call.ts'
import type { Schema } from './schema.ts'

const loaded: { schema?: Promise<Schema> } = {}

/** The schema of the documents that this gateway runs. It is fetched once, at the first completion. */
function flowSchema(): Promise<Schema> {
  loaded.schema ??= call<Schema>('GET', '/v1/flows/schema', { gate: false }).catch((error: unknown) => {
    delete loaded.schema
    throw error
  })
  return loaded.schema
}

/** The keys and values that fit at the cursor. */
export async function completeFlow(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w$.-]*/)
  if (!word || (word.from === word.to && !context.explicit)) return null
  if (syntaxTree(context.state).resolveInner(context.pos, -1).name === 'Comment') return null
  const { optionsAt, placeAt } = await import('./complete-text.ts')
  const place = placeAt(context.state.doc.toString(), context.pos)
  if (!place) return null
  const schema = await flowSchema().catch(() => undefined)
  if (!schema || context.aborted) return null
  const options = optionsAt(schema, place)
  return options.length === 0 ? null : { from: word.from, options, validFor: /^[\w$.-]*$/ }
}
