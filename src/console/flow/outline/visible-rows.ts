import type { OutlineRow } from '../outline.ts'

/** The rows that are not inside of a folded one. */
export function visibleRows(rows: readonly OutlineRow[], folded: ReadonlySet<string>): OutlineRow[] {
  const hidden = new Set<string>()
  return rows.filter(({ pointer, parent }) => {
    if (parent === undefined || !(hidden.has(parent) || folded.has(parent))) return true
    hidden.add(pointer)
    return false
  })
}
