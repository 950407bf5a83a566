import { flowError } from '../problem.ts'
import { Interrupted } from './unwind.ts'
import { Cancel } from './cancel.ts'
import { decide } from './decide.ts'
import { startTimer } from './timer.ts'
import { effectKey, timeOf } from './effect.ts'
import type { Frame, TaskState } from './state.ts'

/**
 * Runs `work` in a scope that is cancelled after `ms`. The journal records whether the time passed, so that a resumed
 * run decides in the same way, however late it resumes.
 * @throws FlowError `timeout`.
 */
export async function withTimeout<T>(
  ms: number,
  label: string,
  state: TaskState,
  work: (frame: Frame) => Promise<T>
): Promise<T> {
  const timedOut = flowError('timeout', `It took longer than its timeout of ${ms} ms.`)
  const start = await timeOf(state, `${label}#start`)
  const { verdict, settled } = await decide(
    state,
    `${label}#verdict`,
    () => watched(start + ms, effectKey(state, label), timedOut, state.frame, work),
    (end) => ({ timedOut: 'error' in end && end.error === timedOut })
  )
  if (verdict.timedOut) throw timedOut
  if (settled === undefined) return work(state.frame)
  if ('error' in settled) throw settled.error
  return settled.value
}

async function watched<T>(
  until: number,
  key: string,
  timedOut: Error,
  frame: Frame,
  work: (frame: Frame) => Promise<T>
): Promise<T> {
  const cancel = new Cancel(frame.cancel)
  const cancelTimer = startTimer(frame.run.ports, until, key, () => {
    if (!frame.cancel.aborted) cancel.abort()
  })
  try {
    return await work({ ...frame, cancel })
  } catch (error) {
    throw error instanceof Interrupted && cancel.own ? timedOut : error
  } finally {
    cancelTimer()
    cancel.dispose()
  }
}
