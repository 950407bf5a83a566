import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { bracketEdits } from './brackets.ts'
import { applyEdits, inOrder, Unpatchable, type Edit, type Patch } from './edits.ts'
import { commentOnHeader, commentBehind, isBlockScalar, trailingComment } from './line-comments.ts'
import { colonEnd, contentEnd, emptyEnd, isEmpty, nodeAt, outermostFlow, pairOf } from './nodes.ts'
import { readWhole, type FlowText, type Path } from './read-whole.ts'
import { columnOfBlock, dashOf, hasDeepLineBelow, itemRegion, lineEnd, lineStart, pairRegion } from './regions.ts'
import {
  documentText,
  inBrackets,
  indent,
  itemLines,
  keyText,
  pairLines,
  valueAfterKey,
  withoutBrackets,
  type Rendered
} from './render.ts'

/**
 * Changes a text value by value. Everything else stays as it is written, character by character. Each change applies to
 * the text after the one before it; `patch` is all of them.
 * @throws Unpatchable
 */
export class Patcher {
  readonly #edits: (readonly Edit[])[] = []
  #text: string
  #read: FlowText | undefined

  /** @param start a text, or a text that was read already */
  constructor(start: string | FlowText) {
    this.#read = typeof start === 'string' ? undefined : start
    this.#text = typeof start === 'string' ? start : start.text
  }

  get text(): string {
    return this.#text
  }

  get patch(): Patch {
    return this.#edits
  }

  read(): FlowText {
    this.#read ??= readWhole(this.#text)
    if (!this.#read.sound) throw new Unpatchable('the text does not parse')
    return this.#read
  }

  apply(edits: readonly Edit[]): void {
    if (edits.length === 0) return
    this.#edits.push(inOrder(edits))
    this.#read = undefined
    this.#text = applyEdits(this.#text, edits)
  }

  node(path: Path): Node | undefined {
    return nodeAt(this.read(), path)
  }

  /** Sets a member of a map. A new member is inserted behind those that come before it in `order`. */
  put(path: Path, key: string, value: unknown, order: readonly string[] = []): void {
    const map = this.node(path)
    if (isMap(map)) {
      const pair = pairOf(map, key)
      if (map.flow && (map.items.length > 0 || outermostFlow(this.read(), path)?.length !== path.length))
        return this.apply(
          pair ? bracketEdits.replace(pair.value as Node, value, pair) : bracketEdits.put(map, key, value)
        )
      if (pair) return this.#replaceAfter(colonEnd(pair), pair, columnOfBlock(this.#text, map), value)
      if (map.items.length > 0) return this.#insertPair(map, key, value, order)
    } else if (map && !(isScalar(map) && map.value === null)) {
      throw new Unpatchable(`${path.join('/')} is no map`)
    }
    this.set(path, { [key]: value })
  }

  /** Renames a member of a map, in its place. */
  renameKey(path: Path, before: string, after: string): void {
    const map = this.node(path)
    const key = isMap(map) ? (pairOf(map, before)?.key as Node | undefined) : undefined
    if (!key?.range) throw new Unpatchable(`${before} is not there`)
    const written = isMap(map) && outermostFlow(this.read(), path) ? inBrackets(after) : keyText(after)
    this.apply([{ from: key.range[0], to: key.range[1], insert: written }])
  }

  /** Removes a member of a map. The last one leaves `{}`. */
  remove(path: Path, key: string): void {
    const map = this.node(path)
    if (!isMap(map)) return
    const index = map.items.findIndex((pair) => pair === pairOf(map, key))
    if (index < 0) return
    if (map.flow) return this.apply(bracketEdits.remove(this.#text, map, index))
    if (map.items.length === 1) return this.set(path, {})
    const { from, to } = pairRegion(this.#text, map, index)
    const behindDash = this.#text.slice(lineStart(this.#text, from), from).trim() !== ''
    // The dash stays alone on its line, and the next member is on the line below it.
    this.apply([
      behindDash
        ? { from, to: lineEnd(this.#text, contentEnd(map.items[index]) ?? from), insert: '' }
        : { from, to, insert: '' }
    ])
  }

  /** Replaces the value at a path, and only that. */
  set(path: Path, value: unknown): void {
    const key = path.at(-1)
    const parent = path.slice(0, -1)
    if (key === undefined) {
      return this.apply([{ from: 0, to: this.#text.length, insert: documentText(value) }])
    }
    const holder = this.node(parent)
    if (isMap(holder)) {
      const pair = pairOf(holder, key)
      if (!pair) return this.put(parent, String(key), value)
      if (outermostFlow(this.read(), parent)) return this.apply(bracketEdits.replace(pair.value as Node, value, pair))
      return this.#replaceAfter(colonEnd(pair), pair, columnOfBlock(this.#text, holder), value)
    }
    if (!isSeq(holder)) throw new Unpatchable(`${path.join('/')} is not there`)
    const item = holder.items[Number(key)] as Node | undefined
    if (!item) throw new Unpatchable(`${path.join('/')} is not there`)
    if (outermostFlow(this.read(), parent)) return this.apply(bracketEdits.replace(item, value))
    const { from, to } = itemRegion(this.#text, holder, Number(key))
    const dash = dashOf(holder, Number(key)) ?? from
    const column = columnOfBlock(this.#text, holder)
    const comment = trailingComment(this.#text, contentEnd(item) ?? dash)
    const lines = itemLines(value, column).slice(column)
    const end = lineEnd(lines, 0)
    const withComment = lines.slice(0, end) + comment + lines.slice(end)
    this.apply([
      {
        from: dash,
        to: to,
        insert: to === this.#text.length && !this.#text.endsWith('\n') ? withComment.trimEnd() : withComment
      }
    ])
  }

  /** Inserts items into a list. `at` is the index of the first of them afterwards. */
  insert(path: Path, at: number, values: readonly unknown[]): void {
    const list = this.node(path)
    if (values.length === 0) return
    if (!isSeq(list) || list.items.length === 0) return this.set(path, [...values])
    if (list.flow) return this.apply(bracketEdits.insert(list, at, values))
    const column = columnOfBlock(this.#text, list)
    this.insertLines(list, at, values.map((value) => itemLines(value, column)).join(''))
  }

  /** Inserts lines between two items of a list in lines. */
  insertLines(list: YAMLSeq, at: number, lines: string): void {
    this.apply([this.insertion(list, at, lines)])
  }

  insertion(list: YAMLSeq, at: number, lines: string): Edit {
    const position =
      at < list.items.length
        ? itemRegion(this.#text, list, at).from
        : itemRegion(this.#text, list, list.items.length - 1).to
    return newLines(this.#text, position, lines)
  }

  /** Removes an item of a list. The last one leaves `[]`. */
  drop(path: Path, index: number): void {
    const list = this.node(path)
    if (!isSeq(list) || !(index in list.items)) return
    if (list.flow) return this.apply(bracketEdits.remove(this.#text, list, index))
    const removal = { ...itemRegion(this.#text, list, index), insert: '' }
    if (list.items.length > 1) return this.apply([removal])
    if (isMap(this.node(path.slice(0, -1)))) return this.apply([this.emptied(path), removal])
    this.set(path, [])
  }

  /** The edit that writes a member without items, `key: []`, where its items are removed. */
  emptied(path: Path): Edit {
    const holder = this.node(path.slice(0, -1))
    const pair = isMap(holder) ? pairOf(holder, path.at(-1) ?? '') : undefined
    if (!pair) throw new Unpatchable(`${path.join('/')} is not there`)
    return { from: emptyEnd(pair), to: emptyEnd(pair), insert: ' []' }
  }

  /** Rewrites the brackets on the way to a path as lines, so that steps can be in lines of their own. */
  unbracket(path: Path): void {
    const flow = outermostFlow(this.read(), path)
    const node = flow && this.node(flow)
    if (!flow || !node?.range || (isCollectionEmpty(node) && flow.length === path.length)) return
    const lines = withoutBrackets(this.#text.slice(node.range[0], node.range[1]))
    const holder = this.node(flow.slice(0, -1))
    if (flow.length === 0) return this.apply([{ from: node.range[0], to: node.range[1], insert: lines.trimEnd() }])
    if (isMap(holder)) {
      const pair = pairOf(holder, flow.at(-1) ?? '')
      if (!pair) return
      const column = columnOfBlock(this.#text, holder)
      this.#write(colonEnd(pair), pair, { head: '', lines: indent(lines, column + 2) })
    } else if (isSeq(holder)) {
      const column = columnOfBlock(this.#text, holder)
      this.apply([{ from: node.range[0], to: node.range[1], insert: indent(lines, column + 2).trim() }])
    }
  }

  #insertPair(map: YAMLMap, key: string, value: unknown, order: readonly string[]): void {
    const column = columnOfBlock(this.#text, map)
    const rank = order.indexOf(key)
    const ranks = map.items.map((pair) => order.indexOf(String((pair.key as { value?: unknown }).value)))
    const after = rank < 0 ? map.items.length - 1 : ranks.findLastIndex((each) => each < rank)
    const lines = pairLines(key, value, column)
    if (after < 0) {
      const { from } = pairRegion(this.#text, map, 0)
      // A first member behind a dash stays first: the new one is inserted below it.
      if (from === lineStart(this.#text, from)) return this.apply([newLines(this.#text, from, lines)])
    }
    const { to } = pairRegion(this.#text, map, Math.max(0, after))
    this.apply([newLines(this.#text, to, lines)])
  }

  #replaceAfter(colon: number, pair: Pair, column: number, value: unknown): void {
    const old = pair.value as Node | null
    // A line with the indentation of a block of text would become part of the block above it.
    const blocks = !hasDeepLineBelow(this.#text, contentEnd(pair) ?? colon, column)
    const rendered = valueAfterKey(value, column, blocks)
    const single = old?.range && isScalar(old) && !isBlockScalar(old) && !isEmpty(old)
    if (single && rendered.lines === '' && old.range) {
      return this.apply([{ from: old.range[0], to: old.range[1], insert: rendered.head.trimStart() }])
    }
    this.#write(colon, pair, rendered)
  }

  /** Writes a value behind a colon. A comment on the line of the key stays there. */
  #write(colon: number, pair: Pair, { head, lines }: Rendered): void {
    const text = this.#text
    const end = contentEnd(pair) ?? colon
    const inBlock = text[end - 1] === '\n' && end > colon
    const to = inBlock ? end - 1 : lineEnd(text, end)
    const old = pair.value as Node | null
    const comment =
      old && isScalar(old) && isBlockScalar(old) ? commentOnHeader(text, old) : commentBehind(text, colon, old, end)
    const insert = head + comment + (lines === '' ? '' : `\n${lines.replace(/\n$/, '')}`)
    this.apply([{ from: colon, to, insert }])
  }
}

/** Inserts lines at the start of a line, or behind a text without a final line break. */
function newLines(text: string, at: number, lines: string): Edit {
  if (at === 0 || text[at - 1] === '\n') return { from: at, to: at, insert: lines }
  return { from: at, to: at, insert: `\n${lines.replace(/\n$/, '')}` }
}

function isCollectionEmpty(node: Node): boolean {
  return (isMap(node) || isSeq(node)) && node.items.length === 0
}
