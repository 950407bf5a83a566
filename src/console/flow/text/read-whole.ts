import { LineCounter, parseDocument, Schema, type Document } from 'yaml'

/** Members and indexes that lead to a value. A list takes its indexes as text too, as pointers have them. */
export type Path = readonly (string | number)[]

export interface FlowText {
  text: string
  /** Whether it parses: only then do ranges hold, and only then is it patched. */
  sound: boolean
  /**
   * The data; undefined where it does not parse. Texts share what they have in common: it is never changed in place.
   */
  data: unknown
  /** Everything that stands in it, with its place. */
  doc: Document.Parsed
  /** Why it does not parse. */
  errors: readonly { message: string; line: number; column: number }[]
}

// As every text has it that names no version of YAML: made once, not for each of the parts of a text.
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
    // Aliases are refused when the flow is saved; here they are no data.
    return undefined
  }
}
