export interface Edit {
  from: number
  to: number
  insert: string
}

/** Edits that belong together: each list counts in the text that the list before it left. */
export type Patch = readonly (readonly Edit[])[]

/** The text cannot be changed piece by piece: it does not parse, or the place is not there. */
export class Unpatchable extends Error {
  override readonly name = 'Unpatchable'
}

/** Applies edits that all count in the same text. */
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

/** A patch of a part of a text, as one of the text in which that part begins at `by`. */
export function shiftedPatch(patch: Patch, by: number): Patch {
  return patch.map((edits) => edits.map(({ from, to, insert }) => ({ from: from + by, to: to + by, insert })))
}

/** The edits that take these back, in the text that they left. */
export function inverted(text: string, edits: readonly Edit[]): Edit[] {
  let moved = 0
  return inOrder(edits).map(({ from, to, insert }) => {
    const start = from + moved
    moved += insert.length - (to - from)
    return { from: start, to: start + insert.length, insert: text.slice(from, to) }
  })
}

export function inOrder(edits: readonly Edit[]): Edit[] {
  return [...edits].sort((a, b) => a.from - b.from || a.to - b.to)
}
