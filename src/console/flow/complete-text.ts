import type { Completion } from '@codemirror/autocomplete'
import { isPair, isScalar, isSeq, parseDocument, visit } from 'yaml'
import { keysAt, valuesAt, type Schema } from './schema.ts'
import { namesFor } from './schema-names.ts'
import { isRecord } from './tasks.ts'
import { readQuickly } from './text/read-text.ts'
import { splitText } from './text/split-text.ts'

const MARK = '__here__'

export interface TextPlace {
  path: (string | number)[]
  /** Whether a value is written there; otherwise a key is. */
  value: boolean
  /** The data of the text, with the mark in it. */
  data: unknown
}

/** The completions at a place in a text. */
export function optionsAt(schema: Schema, { path, value, data }: TextPlace): Completion[] {
  if (value) {
    const names = namesFor(data, path)
    return [
      ...names.map((label) => ({ label, type: 'variable' })),
      ...valuesAt(schema, path, data).map((label) => ({ label, type: 'enum' }))
    ]
  }
  return keysAt(schema, path, data).map(({ key, info }) => ({
    label: key,
    type: 'property',
    apply: `${key}: `,
    ...(info ? { info } : {})
  }))
}

/**
 * The place of the cursor in the document, found by a mark that is put there. Works also while the rest of the text
 * does not parse.
 */
export function placeAt(text: string, at: number): TextPlace | undefined {
  const start = text.lastIndexOf('\n', at - 1) + 1
  const end = text.indexOf('\n', at)
  const before = text.slice(start, at)
  const word = /[\w$.-]*$/.exec(before)?.[0] ?? ''
  const item = /^\s*-\s+[\w$.-]*$/.test(before)
  const value = /:\s+[\w$.-]*$/.test(before)
  const mark = value ? MARK : `${MARK}: ~`
  const marked = text.slice(0, at - word.length) + mark + text.slice(end < 0 ? text.length : end)
  const found = find(marked)
  if (found || !item) return found
  // An item of a list can be a value too, such as the name of a secret.
  return find(text.slice(0, at - word.length) + MARK + text.slice(end < 0 ? text.length : end))
}

function find(marked: string): TextPlace | undefined {
  const { path, value, data } = findInStep(marked) ?? findIn(marked) ?? {}
  return path && { path, value: value === true, data: isRecord(data) ? data : undefined }
}

/** Reads only the step with the mark, if the other steps are unchanged. */
function findInStep(marked: string): TextPlace | undefined {
  const split = splitText(marked)
  const index = split?.steps.findIndex((step) => step.includes(MARK)) ?? -1
  const step = split?.steps[index]
  if (split === undefined || step === undefined) return undefined
  const others = readQuickly([split.head, ...split.steps.toSpliced(index, 1), split.tail].join(''))?.data
  const found = findIn(step)
  if (!isRecord(others) || !Array.isArray(others['do']) || !Array.isArray(found?.data) || found.data.length !== 1)
    return undefined
  return {
    path: ['do', index, ...found.path.slice(1)],
    value: found.value,
    data: { ...others, do: (others['do'] as unknown[]).toSpliced(index, 0, found.data[0]) }
  }
}

function findIn(marked: string): TextPlace | undefined {
  const doc = parseDocument(marked, { strict: false, uniqueKeys: false, logLevel: 'silent' })
  let place: TextPlace | undefined
  visit(doc, {
    Scalar(key, node, parents) {
      if (node.value !== MARK) return undefined
      const path: (string | number)[] = []
      parents.forEach((parent, index) => {
        const child = parents[index + 1] ?? node
        if (isPair(parent) && child !== parent.key && isScalar(parent.key)) path.push(String(parent.key.value))
        if (isSeq(parent)) path.push(parent.items.indexOf(child))
      })
      place = { path, value: key !== 'key', data: dataOf(doc) }
      return visit.BREAK
    }
  })
  return place
}

function dataOf(doc: ReturnType<typeof parseDocument>): unknown {
  try {
    return doc.toJS({ maxAliasCount: 0 })
  } catch {
    return undefined
  }
}
