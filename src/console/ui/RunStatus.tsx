import type { RunStatus as Status } from '../api/types.ts'
import { Tag, type Tone } from './Tag.tsx'

const TONES: Record<Status, Tone> = {
  queued: 'plain',
  running: 'accent',
  waiting: 'warn',
  succeeded: 'ok',
  failed: 'bad',
  cancelled: 'plain'
}

/** The status of a run as a word. */
export function RunStatus({ status }: { status: Status }) {
  return <Tag tone={TONES[status]}>{status}</Tag>
}
