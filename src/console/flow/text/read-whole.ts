import { isScalar, LineCounter, parseDocument, Schema, visit, type Document, type Node } from 'yaml'

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
  const errors = [...doc.errors.map(({ message, pos: [from] }) => ({ message, from })), ...refusals(doc)].map(
    ({ message, from }) => {
      const { line, col } = lines.linePos(from)
      return { message, line, column: col }
    }
  )
  const sound = errors.length === 0
  return { text, doc, sound, data: sound ? dataOf(doc) : undefined, errors }
}

/** Faults that the parser does not report, but that the gateway refuses. */
function refusals(doc: Document.Parsed): { message: string; from: number }[] {
  const faults: { message: string; from: number }[] = []
  visit(doc, {
    Pair: (_, { key, value, srcToken }) => {
      if (!isScalar(key) || key.value === null || typeof key.value === 'object')
        faults.push({ message: 'A key must be text', from: (key as Node | null)?.range?.[0] ?? 0 })
      // The parser leaves such a value out of the data.
      if (srcToken?.value && !value)
        faults.push({ message: 'The value of a key after "?" needs a ":" before it', from: srcToken.value.offset })
    }
  })
  return faults
}

function dataOf(doc: Document.Parsed): unknown {
  try {
    return doc.toJS({ maxAliasCount: 0 }) as unknown
  } catch {
    // Aliases are refused when the flow is saved, so such a text has no data here.
    return undefined
  }
}
