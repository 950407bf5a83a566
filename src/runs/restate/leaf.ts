import { createHash } from 'node:crypto'
import type { Context, RestatePromise, Serde } from '@restatedev/restate-sdk'
import { parseJson } from '../../lib/exact-json.ts'
import { Fault } from '../../lib/fault.ts'
import { isUnavailable } from '../../platform/db/client.ts'
import type { Gate } from './gate.ts'
import { MESSAGE_BYTES, RETRY_MAX_MS, RETRY_MIN_MS } from './settings.ts'
import { Interrupted } from '../../dsl/index.ts'

const KEY_MAX = 500

/** This attempt at a run is over, or may be. Restate makes another one, with the results that it has stored. */
export class LostAttempt extends Error {
  override readonly name = 'LostAttempt'

  constructor(runId: string) {
    super(`this attempt at ${runId} is over`)
  }
}

/** What Restate stores of an effect. */
export type Made =
  | { value: unknown }
  /** The run no longer waits for it: another branch won, a timeout passed, or the run was cancelled. */
  | { abandoned: true }
  | { failed: string }

export interface LeafDeps {
  /** Whether the attempt is over, or may be. */
  isLost(): boolean
  /** Resolves when this process has read everything that arrived while it stood still. */
  caughtUp(): Promise<void>
  gate: Gate
  /** Called where the gate is closed, before the attempt ends. */
  leave(): Promise<void>
}

/** JSON in which no number loses a digit. */
export const EXACT_JSON: Serde<unknown> = {
  contentType: 'application/json',
  serialize: (value) => Buffer.from(JSON.stringify(value) ?? 'null'),
  deserialize: (bytes) => parseJson(Buffer.from(bytes).toString())
}

/** Makes Restate perform an effect once and store its result. */
export function makeLeaf(
  deps: LeafDeps,
  ctx: Pick<Context, 'run'>,
  key: string,
  perform: () => Promise<unknown>
): RestatePromise<Made> {
  return ctx.run(key, () => made(deps, key, perform), {
    serde: EXACT_JSON as Serde<Made>,
    initialRetryInterval: RETRY_MIN_MS,
    maxRetryInterval: RETRY_MAX_MS
  })
}

async function made(
  { isLost, caughtUp, gate, leave }: LeafDeps,
  key: string,
  perform: () => Promise<unknown>
): Promise<Made> {
  await caughtUp()
  if (!isLost() && gate.isClosed()) await leave()
  if (isLost() || gate.isClosed()) throw new LostAttempt(key)
  const left = gate.enter()
  try {
    const value = (await perform()) ?? null
    const bytes = Buffer.byteLength(JSON.stringify(value))
    if (bytes <= MESSAGE_BYTES) return { value }
    return { failed: `the result of ${key} has ${bytes} bytes, more than the ${MESSAGE_BYTES} that Restate accepts` }
  } catch (error) {
    // Restate has the effect performed again, here or elsewhere.
    if (isLost() || error instanceof LostAttempt || isAway(error)) throw error
    return error instanceof Interrupted ? { abandoned: true } : { failed: String(error) }
  } finally {
    left()
  }
}

/** Whether the database is unavailable, or Restate where a run starts another one. */
function isAway(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof Fault && error.code === 'unavailable')
}

/** A key of at most {@link KEY_MAX} characters: the original keys grow with the depth of a flow. */
export function shortKey(key: string): string {
  return key.length <= KEY_MAX ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`
}
