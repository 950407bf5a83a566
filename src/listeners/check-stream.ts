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
  if (mode === 'async') refuse('mode', 'must be "sync" where "respond" is "stream": the run is followed as it runs')
  if (onDeadline === 'continue')
    refuse('onDeadline', 'must be "fail" where "respond" is "stream": the stream ends with its run')
  if (allowAsync === true)
    refuse('allowAsync', 'must not be true where "respond" is "stream": the run is followed as it runs')
  if (signature !== null)
    refuse('signature', 'must be null where "respond" is "stream": senders of webhooks read no stream')
  if (errors.length > 0) throw new Fault('validation_failed', { why: 'stream', errors })
}
