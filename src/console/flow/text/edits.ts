export interface Edit {
  from: number
  to: number
  insert: string
}

/** Edits that belong together. Each list applies to the text after the list before it. */
export type Patch = readonly (readonly Edit[])[]

/** The text cannot be edited piece by piece: it does not parse, or the place does not exist. */
export class Unpatchable extends Error {
  override readonly name = 'Unpatchable'
}

/** Applies edits whose offsets all refer to the given text. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const { from, to, insert } of inOrder(edits)) {
    result += text.slice(at, from) + insert
    at = to
  }
  return result + text.slice(at)
}

export function applyPatch(text: string, patch: Patch): string {
  return patch.reduce(applyEdits, text)
}

/** Turns a patch of a part into one of the whole text, in which the part begins at `by`. */
export function shiftedPatch(patch: Patch, by: number): Patch {
  return patch.map((edits) => edits.map(({ from, to, insert }) => ({ from: from + by, to: to + by, insert })))
}

/** The edits that undo these, for the text after them. */
export function inverted(text: string, edits: readonly Edit[]): Edit[] {
  let moved = 0
  return inOrder(edits).map(({ from, to, insert }) => {
    const start = from + moved
    moved += insert.length - (to - from)
    return { from: start, to: start + insert.length, insert: text.slice(from, to) }
  })
}

/** The edits in the order of their offsets. */
export function inOrder(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.from - b.from || a.to - b.to)
}
