import type { StepRecord } from '../../dsl/index.ts'
import { STEP_FLUSH_MS } from '../durable/settings.ts'
import type { RunTimes } from '../run-times.ts'
import type { FurtherSteps } from './records.ts'

export interface Steps {
  add(step: StepRecord): void
  /** Returns the steps since the last call. */
  take(): FurtherSteps
  /** Writes the steps so far into the record, before the attempt ends: the next one counts only those that follow. */
  show(): Promise<void>
  stop(): void
}

export interface StepsDeps {
  /** The steps of the run in its request. */
  before: readonly { key: string; record: string }[]
  /** How many steps the record had when this attempt began. The attempts that made them have counted them. */
  shown: number
  /** Whether the attempt is over. Its further steps only show how it was ended, and are dropped. */
  isLost(): boolean
  write(step: StepRecord): string
  show(further: FurtherSteps): Promise<void>
  /** Receives each step that no attempt before has shown. */
  runTimes: Pick<RunTimes, 'step'> | undefined
}

/** Collects the steps of a run in the order in which it reports them, each once. */
export function createSteps({ before, shown, isLost, write, show, runTimes }: StepsDeps): Steps {
  const keys = new Set(before.map(({ key }) => key))
  let texts = before.map(({ record }) => record)
  let taken = 0
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  const showNow = async (): Promise<void> => {
    stop()
    if (texts.length > 0) await show({ after: taken, steps: texts })
  }
  return {
    stop,
    show: showNow,
    add(step) {
      if (isLost() || keys.has(step.key)) return
      if (keys.size >= shown) runTimes?.step(step)
      keys.add(step.key)
      texts.push(write(step))
      timer ??= setTimeout(() => void showNow(), STEP_FLUSH_MS).unref()
    },
    take() {
      stop()
      const further = { after: taken, steps: texts }
      taken += texts.length
      texts = []
      return further
    }
  }
}
