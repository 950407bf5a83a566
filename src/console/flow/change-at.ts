import { valueAt } from './outline.ts'
import { isRecord } from './tasks.ts'
import { changeValue, isSame } from './text/change-value.ts'
import { shiftedPatch, type Patch } from './text/edits.ts'
import { Patcher } from './text/patcher.ts'
import { partAt, readText, type ReadText } from './text/read-text.ts'
import type { Path } from './text/read-whole.ts'

/** Members of a task in the order in which people write them. */
export const TASK_ORDER = [
  'if',
  'input',
  'call',
  'run',
  'emit',
  'listen',
  'wait',
  'raise',
  'set',
  'switch',
  'for',
  'while',
  'fork',
  'try',
  'do',
  'with',
  'catch',
  'output',
  'export',
  'timeout',
  'then',
  'metadata'
] as const

const DOCUMENT_ORDER = ['document', 'schedule', 'input', 'use', 'timeout', 'do', 'output', 'evaluate'] as const

/**
 * Changes a step, or the settings of the flow (path `[]`), to what a form says, and edits only what differs. `data` is
 * the data of the text afterwards, known without reading the text again.
 */
export function changeAt(text: string, path: Path, after: Record<string, unknown>): { patch: Patch; data: unknown } {
  const all = readText(text)
  const before = valueAt(all.data, ...path)
  const patch = path.length > 0 ? changedStep(all, path, before, after) : changedSettings(all, before, after)
  return { patch, data: replacedAt(all.data, path, after) }
}

function changedStep(all: ReadText, path: Path, before: unknown, after: Record<string, unknown>): Patch {
  const part = partAt(all, path)
  const patcher = new Patcher(part.read)
  changeValue(patcher, part.path, before, after, TASK_ORDER)
  return shiftedPatch(patcher.patch, part.from)
}

function changedSettings(all: ReadText, before: unknown, after: Record<string, unknown>): Patch {
  const old = isRecord(before) ? before : {}
  const changed = Object.keys({ ...old, ...after }).filter((key) => !isSame(old[key], after[key]))
  const head = all.parts?.head
  const isInHead = (key: string): boolean => key !== 'do' && isRecord(head?.data) && key in head.data && key in after
  const patcher = new Patcher(head && changed.every(isInHead) ? head : all)
  for (const key of changed) {
    if (!(key in after)) patcher.remove([], key)
    else if (key in old) changeValue(patcher, [key], old[key], after[key])
    else patcher.put([], key, after[key], DOCUMENT_ORDER)
  }
  return patcher.patch
}

/** A copy of a value with another value at a path. */
function replacedAt(value: unknown, [key, ...rest]: Path, inside: unknown): unknown {
  if (key === undefined) return inside
  if (Array.isArray(value)) {
    const copy = [...(value as unknown[])]
    copy[Number(key)] = replacedAt(copy[Number(key)], rest, inside)
    return copy
  }
  const record = isRecord(value) ? value : {}
  return { ...record, [key]: replacedAt(record[key], rest, inside) }
}
