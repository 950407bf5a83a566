import { parseDocument } from '../../parse.ts'
import type { Outcome } from './job.ts'

type Format = 'json' | 'yaml'

/** Reads a document. Returns `{ document, faults }` as JSON text, without `document` where there is none. */
export function readText(text: string, format: Format): Outcome {
  const { document, faults } = parseDocument(text, format)
  return { text: JSON.stringify({ document, faults }) }
}

/** The positions of pointers in a text, as JSON text: a list in their order, null for one without a position. */
export function locateIn(text: string, format: Format, pointers: readonly string[]): Outcome {
  const { locate } = parseDocument(text, format)
  return { text: JSON.stringify(pointers.map((pointer) => locate(pointer) ?? null)) }
}
