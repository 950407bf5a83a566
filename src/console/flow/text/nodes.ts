import { isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import type { FlowText, Path } from './read-whole.ts'

/** The node at a path; undefined where there is none. */
export function nodeAt({ doc }: FlowText, path: Path): Node | undefined {
  let node: unknown = doc.contents
  for (const step of path) {
    if (isMap(node)) node = pairOf(node, step)?.value
    else if (isSeq(node)) node = node.items[Number(step)]
    else return undefined
  }
  return (node ?? undefined) as Node | undefined
}

export function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
}

/** The path of the outermost node in brackets on the way to a path; undefined if all nodes are in lines. */
export function outermostFlow(read: FlowText, path: Path): Path | undefined {
  for (let length = 0; length <= path.length; length++) {
    const node = nodeAt(read, path.slice(0, length))
    if ((isMap(node) || isSeq(node)) && node.flow) return path.slice(0, length)
  }
  return undefined
}

/** The end of a node's content, without comments and blank lines after it. */
export function contentEnd(node: Node | Pair | null | undefined): number | undefined {
  if (!node) return undefined
  if (isPair(node)) {
    const value = node.value as Node | null
    const own = value && isEmpty(value) ? undefined : contentEnd(value)
    return own ?? emptyEnd(node)
  }
  if ((isMap(node) || isSeq(node)) && !node.flow) return contentEnd(node.items.at(-1) as Node | Pair)
  return node.range?.[1]
}

/** A value that is not written at all: `key:` alone. */
export function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1]
}

/** The offset after the colon of a pair, or after its key if there is no colon. */
export function colonEnd(pair: Pair): number {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind')
  if (colon) return colon.offset + 1
  return (pair.key as Node | null)?.range?.[1] ?? 0
}

/** The end of a pair whose value is not written: that of the colon, or of the tag or anchor behind it. */
export function emptyEnd(pair: Pair): number {
  const behind = pair.srcToken?.sep?.findLast((token) => token.type === 'tag' || token.type === 'anchor')
  return behind ? behind.offset + behind.source.length : colonEnd(pair)
}

/** Tokens before a key that belong to it. The range of the node begins after them. */
const BEFORE_KEY: ReadonlySet<string> = new Set(['tag', 'anchor', 'explicit-key-ind'])

export function keyStart(pair: Pair): number {
  const before = pair.srcToken?.start.find(({ type }) => BEFORE_KEY.has(type))
  return before?.offset ?? (pair.key as Node | null)?.range?.[0] ?? 0
}
