import { isRecord } from '../tasks.ts'

export interface DataChange {
  sign: '+' | '−' | '~'
  path: string
  text: string
}

const SHOWN = 30
const CHARS = 80

/** The differences between two values, member by member: the first {@link SHOWN} of them. */
export function dataChanges(before: unknown, after: unknown, path = ''): DataChange[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (!isRecord(before) || !isRecord(after)) {
    return path === '' ? [] : [{ sign: '~', path, text: `${short(before)} → ${short(after)}` }]
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys
    .flatMap((key): DataChange[] => {
      const at = `${path}.${key}`
      if (!(key in before)) return [{ sign: '+', path: at, text: short(after[key]) }]
      if (!(key in after)) return [{ sign: '−', path: at, text: '' }]
      return dataChanges(before[key], after[key], at)
    })
    .slice(0, SHOWN)
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > CHARS ? `${text.slice(0, CHARS)}…` : text
}
