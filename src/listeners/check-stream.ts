import { Fault, type FieldFault } from '../lib/fault.ts'
import type { ListenerSettings } from './listener.ts'

/**
 * Refuses settings with which the run of a streaming listener would outlive its answer, or with which nobody would read
 * the stream.
 * @throws Fault `validation_failed`
 */
export function checkStream({ respond, mode, onDeadline, allowAsync, signature }: ListenerSettings): void {
  if (respond !== 'stream') return
  const errors: FieldFault[] = []
  const refuse = (name: string, message: string): void => void errors.push({ pointer: `/${name}`, message })
  if (mode === 'async') refuse('mode', 'must be "sync" if "respond" is "stream": the caller follows the run')
  if (onDeadline === 'continue')
    refuse('onDeadline', 'must be "fail" if "respond" is "stream": the stream ends with its run')
  if (allowAsync === true) refuse('allowAsync', 'must not be true if "respond" is "stream": the caller follows the run')
  if (signature !== null)
    refuse('signature', 'must be null if "respond" is "stream": senders of webhooks do not read streams')
  if (errors.length > 0) throw new Fault('validation_failed', { why: 'stream', errors })
}
