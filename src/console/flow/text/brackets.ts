import { isMap, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Edit } from './edits.ts'
import { colonEnd, emptyEnd, keyStart } from './nodes.ts'
import { inBrackets, pairInBrackets } from './render.ts'

type Collection = YAMLMap | YAMLSeq

/** Changes within `{ … }` and `[ … ]`. The brackets and the comments between their parts stay. */
export const bracketEdits = {
  replace(node: Node | null, value: unknown, pair?: Pair): Edit[] {
    const text = inBrackets(value)
    if (!node?.range || node.range[0] === node.range[1]) {
      const from = pair ? colonEnd(pair) : (node?.range?.[0] ?? 0)
      return [{ from, to: pair ? emptyEnd(pair) : from, insert: ` ${text}` }]
    }
    return [{ from: node.range[0], to: node.range[1], insert: text }]
  },

  put(map: YAMLMap, key: string, value: unknown): Edit[] {
    return insertAt(map, map.items.length, pairInBrackets(key, value))
  },

  insert(list: YAMLSeq, at: number, values: readonly unknown[]): Edit[] {
    return insertAt(list, at, values.map(inBrackets).join(', '))
  },

  /** Removes a part with one of the commas beside it. */
  remove(text: string, collection: Collection, index: number): Edit[] {
    const { from, to } = partRange(collection, index)
    const comma = commaBefore(collection, index) ?? commaBefore(collection, index + 1)
    const spaces = /^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0
    return [
      ...(comma === undefined ? [] : [{ from: comma, to: comma + 1, insert: '' }]),
      { from, to: comma !== undefined && comma > from ? to : to + spaces, insert: '' }
    ]
  }
}

function insertAt(collection: Collection, at: number, text: string): Edit[] {
  const count = collection.items.length
  if (count === 0) {
    const from = (collection.range?.[0] ?? 0) + 1
    const to = (collection.range?.[1] ?? from + 1) - 1
    return [isMap(collection) ? { from, to, insert: ` ${text} ` } : { from, to, insert: text }]
  }
  if (at < count) {
    const { from } = partRange(collection, at)
    return [{ from, to: from, insert: `${text}, ` }]
  }
  const { to } = partRange(collection, count - 1)
  return [{ from: to, to, insert: `, ${text}` }]
}

function partRange(collection: Collection, index: number): { from: number; to: number } {
  if (isMap(collection)) {
    const pair = collection.items[index] as Pair
    const value = (pair.value as Node | null)?.range
    return { from: keyStart(pair), to: value && value[1] > value[0] ? value[1] : emptyEnd(pair) }
  }
  const range = (collection.items[index] as Node).range
  return { from: range?.[0] ?? 0, to: range?.[1] ?? 0 }
}

/** The comma between a part and the one before it; for the index after the last part, a trailing comma. */
function commaBefore(collection: Collection, index: number): number | undefined {
  const token = collection.srcToken
  if (token?.type !== 'flow-collection' || index === 0) return undefined
  return token.items[index]?.start.find(({ type }) => type === 'comma')?.offset
}
