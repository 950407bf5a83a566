import { END, EXIT, NEXT, type Next } from '../run/state.ts'

/** Where a `then` leads: `continue`, `exit`, `end`, or the sibling of that name. */
export function nextOf(then: string | undefined, siblings: readonly string[]): Next {
  if (then === undefined || then === 'continue') return NEXT
  if (then === 'exit') return EXIT
  if (then === 'end') return END
  const index = siblings.indexOf(then)
  if (index === -1) throw new TypeError(`There is no task "${then}" in this list.`)
  return index
}
