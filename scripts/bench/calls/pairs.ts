import { setTimeout as pause } from 'node:timers/promises'
import type { Window } from '../load.ts'
import { cpuSeconds, median, treeCpuSeconds } from '../processes.ts'
import type { Driver } from './drive.ts'

/** One server and one request to it. */
export interface Target {
  pid: number
  request: Omit<Window, 'connections' | 'seconds'>
}

/** The results of one window of load. CPU times are microseconds per request, latencies milliseconds. */
export interface Sample {
  cpu: number
  treeCpu: number
  perSecond: number
  p50: number
  p99: number
  bad: number
}

/** Windows of a target, each right after one of its reference. */
export interface Pairs {
  target: readonly Sample[]
  reference: readonly Sample[]
}

/**
 * Requests to the target before the measurement, so that its code is compiled: what is compiled, and how well, depends
 * on how often it ran. A reference that answers more requests in the same time is warm earlier.
 */
const WARM_REQUESTS = 50_000
/** After this time a slow target counts as warm. */
const WARM_MAX_SECONDS = 12

export interface PairOptions {
  pairs: number
  connections: number
  seconds: number
}

/**
 * Drives the reference and the target in turn, for one window each. Both get load for the same time and rest for the
 * same time: a server that rests longer finds cold caches and low clock rates, and would appear more expensive than it
 * is.
 */
export async function measurePairs(
  driver: Driver,
  target: Target,
  reference: Target,
  { pairs, connections, seconds }: PairOptions
): Promise<Pairs> {
  const window = (of: Target): Promise<Sample> => measure(driver, of, connections, seconds)
  let requests = 0
  for (let waited = 0; requests < WARM_REQUESTS && waited < WARM_MAX_SECONDS; waited += seconds)
    requests += (await window(target)).perSecond * seconds
  await window(reference)
  const measured: { target: Sample[]; reference: Sample[] } = { target: [], reference: [] }
  for (let pair = 0; pair < pairs; pair++) {
    measured.reference.push(await window(reference))
    measured.target.push(await window(target))
  }
  return measured
}

/** Drives one window of load, waits until the server is idle, and divides its CPU time by the requests. */
export async function measure(
  driver: Driver,
  { pid, request }: Target,
  connections: number,
  seconds: number
): Promise<Sample> {
  const [cpu, tree] = [cpuSeconds(pid), treeCpuSeconds(pid)]
  const result = await driver.drive({ ...request, connections, seconds })
  await settle(pid)
  const perRequest = (used: number): number => (used / result.requests) * 1e6
  return {
    cpu: perRequest(cpuSeconds(pid) - cpu),
    treeCpu: perRequest(treeCpuSeconds(pid) - tree),
    perSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    bad: result.bad
  }
}

const LOOK_EVERY_MS = 150
const SETTLE_MAX_MS = 10_000

/**
 * Waits until a server and its database are idle. Records are written after the answers, and their cost belongs to the
 * calls.
 */
async function settle(pid: number): Promise<void> {
  for (let waited = 0, before = treeCpuSeconds(pid); waited < SETTLE_MAX_MS; waited += LOOK_EVERY_MS) {
    await pause(LOOK_EVERY_MS)
    const now = treeCpuSeconds(pid)
    // CPU times are counted in ticks of a hundredth of a second.
    if (now - before < 0.015) return
    before = now
  }
}

/** The median over the pairs of the target's value divided by that of its reference right before. */
export function ratioOf({ target, reference }: Pairs, figure: keyof Sample): number {
  return median(target.map((sample, index) => sample[figure] / (reference[index]?.[figure] ?? NaN)))
}

/** The median of a figure over the windows. */
export function medianOf(samples: readonly Sample[], figure: keyof Sample): number {
  return median(samples.map((sample) => sample[figure]))
}
