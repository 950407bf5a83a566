import { LineCounter, parseDocument, Schema, type Document } from 'yaml'

/** The members and indexes that lead to a value. Indexes can be text too, as in pointers. */
export type Path = readonly (string | number)[]

export interface FlowText {
  text: string
  /** Whether it parses. Only then are the ranges valid, and can the text be patched. */
  sound: boolean
  /** The data; undefined if the text does not parse. Texts share equal parts, so the data is never changed in place. */
  data: unknown
  /** All nodes with their positions. */
  doc: Document.Parsed
  /** Why it does not parse. */
  errors: readonly { message: string; line: number; column: number }[]
}

// The schema of every text that names no version of YAML. Created once, instead of for each part of a text.
const schema = new Schema({ schema: 'core', resolveKnownTags: true })

/** Parses a text from its start to its end. */
export function readWhole(text: string): FlowText {
  const lines = new LineCounter()
  const options = { keepSourceTokens: true, prettyErrors: false, lineCounter: lines }
  const doc = parseDocument(text, /^%/m.test(text) ? options : { ...options, schema })
  const sound = doc.errors.length === 0
  const errors = doc.errors.map(({ message, pos: [from] }) => {
    const { line, col } = lines.linePos(from)
    return { message, line, column: col }
  })
  return { text, doc, sound, data: sound ? dataOf(doc) : undefined, errors }
}

function dataOf(doc: Document.Parsed): unknown {
  try {
    return doc.toJS({ maxAliasCount: 0 }) as unknown
  } catch {
    // Aliases are refused when the flow is saved, so such a text has no data here.
    return undefined
  }
}
