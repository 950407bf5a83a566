import type { Context } from '@restatedev/restate-sdk'
import type { CloudEvent, EffectInfo, EventWait, FlowPorts } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { RUN_TIME_MS } from '../durable/settings.ts'
import type { NewRun } from '../engine.ts'
import type { Front, Sdk } from './front.ts'
import { type LeafDeps, makeLeaf, shortKey } from './leaf.ts'
import type { FurtherSteps, RunRecords } from './records.ts'
import { SLOTS_OBJECT, SUSPEND_MS, UNTIMED_MS } from './settings.ts'

/** The key of the timeout of a whole run, in any sub-flow. */
const DEADLINE = /#deadline$/

export interface WaitDeps {
  ctx: Context
  front: Front
  sdk: Sdk
  clock: Clock
  records: Pick<RunRecords, 'resume' | 'suspend'>
  run: NewRun
  /** The steps since the last call. The order of the calls is the same in every attempt. */
  takeSteps(): FurtherSteps
  /** When waits that began in the request end, in milliseconds since the epoch, by key. */
  begun: ReadonlyMap<string, number>
  /** Whether the listener of the run limits how many are busy. */
  limited: boolean
  startedInRequest: boolean
  leaf: LeafDeps
  events: {
    /**
     * Looks for the event of a wait. If there is none, the invocation gets this signal when an event arrives that may
     * end it.
     */
    look(invocationId: string, run: NewRun, signal: string, wait: EventWait): Promise<CloudEvent | undefined>
  }
}

export interface Waits {
  ports: Pick<Required<FlowPorts>, 'sleep' | 'alarm' | 'listen'>
  /** Waits until the run has a slot, if its listener limits them. */
  takeSlot(): Promise<void>
  freeSlot(): void
}

/** The waits of one run, in Restate, however long they are. */
export function createWaits(deps: WaitDeps): Waits {
  const { ctx, front, sdk, clock, run, leaf } = deps
  const invocationId = ctx.request().id
  const latest = run.acceptedAt + RUN_TIME_MS
  const deadlines: (() => void)[] = []
  let isTimed = false
  let waited = 0
  let slots = 0
  let suspended = false

  /**
   * Starts the timer for the longest duration of the run. Only waits can take as long, so a run without long ones needs
   * none.
   */
  function timeWhole(): void {
    if (isTimed) return
    isTimed = true
    void front
      .ask('#deadline', () => ctx.sleep(Math.max(0, latest - clock.now()), '#deadline'))
      .then(() => {
        for (const ring of deadlines) ring()
      })
  }

  /** Before a longer wait: writes the steps into the record, and frees the slot for another run of the listener. */
  async function suspend(key: string, signal: AbortSignal): Promise<void> {
    await front.ask(
      `${key}#steps`,
      () => {
        const further = deps.takeSteps()
        return makeLeaf(leaf, ctx, `${key}#steps`, async () => {
          suspended = true
          await deps.records.suspend(run.id, further)
        })
      },
      signal
    )
    if (!deps.limited) return
    await front.ask(
      `${key}#free`,
      () => {
        freeSlot()
        return sdk.RestatePromise.resolve(undefined)
      },
      signal
    )
  }

  async function resume(): Promise<void> {
    if (suspended) {
      suspended = false
      // This only changes what readers see, so the run does not wait for it.
      void deps.records.resume(run.id).catch(() => {})
    }
    await takeSlot()
  }

  function freeSlot(): void {
    if (!deps.limited || run.listenerId === null) return
    ctx.genericSend({
      service: SLOTS_OBJECT,
      method: 'free',
      key: run.listenerId,
      parameter: { invocationId },
      inputSerde: sdk.serde.json
    })
  }

  async function takeSlot(): Promise<void> {
    const { listenerId } = run
    if (!deps.limited || listenerId === null) return
    const signal = `slot:${++slots}`
    await front.ask(`#${signal}`, () => {
      ctx.genericSend({
        service: SLOTS_OBJECT,
        method: 'take',
        key: listenerId,
        parameter: { invocationId, signal, force: deps.startedInRequest && slots === 1 },
        inputSerde: sdk.serde.json
      })
      return ctx.signal<void>(signal)
    })
  }

  async function sleep(ms: number, signal: AbortSignal, at: EffectInfo): Promise<void> {
    const key = shortKey(at.key)
    waited += ms
    if (waited > UNTIMED_MS) timeWhole()
    const isLong = ms > SUSPEND_MS
    if (isLong) await suspend(key, signal)
    await front.ask(
      `${key}#sleep`,
      () => {
        const until = deps.begun.get(key)
        return ctx.sleep(until === undefined ? ms : Math.max(0, until - clock.now()), key)
      },
      signal
    )
    if (isLong) await resume()
  }

  async function listen(wait: EventWait, at: EffectInfo): Promise<CloudEvent> {
    const key = shortKey(at.key)
    for (let round = 1; ; round++) {
      const name = `event:${key}#${round}`
      const look = (): Promise<CloudEvent | undefined> => deps.events.look(invocationId, run, name, wait)
      const found = await front.ask(`${key}#look${round}`, () => makeLeaf(leaf, ctx, name, look), at.signal)
      if ('failed' in found) throw new Error(found.failed)
      if ('value' in found && found.value !== null) return found.value as CloudEvent
      await suspend(`${key}#${round}`, at.signal)
      await front.ask(`${key}#event${round}`, () => ctx.signal<unknown>(name), at.signal)
      await resume()
    }
  }

  return {
    takeSlot,
    freeSlot,
    ports: {
      sleep,
      listen,
      alarm(until, signal, key) {
        if (until - run.acceptedAt > UNTIMED_MS && !DEADLINE.test(key)) timeWhole()
        if (DEADLINE.test(key)) return new Promise((resolve) => deadlines.push(resolve))
        return front.ask(
          `${shortKey(key)}#alarm`,
          () => ctx.sleep(Math.max(0, until - clock.now()), shortKey(key)),
          signal
        )
      }
    }
  }
}
