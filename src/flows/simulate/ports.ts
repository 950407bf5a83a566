import { flowError, type EffectInfo, type FlowPorts } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { newTimedId } from '../../lib/ids.ts'
import { createSimulatedTime } from './virtual-clock.ts'

/** Replaces the value of a secret. */
const MASK = '[secret]'

/**
 * Ports without effects: a call must be mocked, and so must an event that the flow listens to. Events are discarded, no
 * other run starts, waits take no time, and secrets are replaced by masks of the same shape.
 * @param secrets reads the values of secrets, of which only the shape is used; without it every secret is a string
 */
export function simulatedPorts(clock: Clock, secrets: FlowPorts['secrets'] | undefined): FlowPorts {
  const time = createSimulatedTime(clock)
  const read: FlowPorts['secrets'] = async (names) =>
    (secrets ? shapeOf(await secrets(names)) : Object.fromEntries(names.map((name) => [name, MASK]))) as Record<
      string,
      unknown
    >
  return {
    ...time,
    random: Math.random,
    http: async (_call, at) => {
      throw notMocked(at)
    },
    subflow: async (_flow, _input, at) => {
      throw notMocked(at)
    },
    start: async () => newTimedId('run'),
    emit: async () => {},
    listen: async (_wait, at) => {
      throw notMocked(at)
    },
    secrets: read
  }
}

/** Ends the simulation, even inside `try`, because the following steps would say nothing about the real flow. */
function notMocked({ pointer }: EffectInfo): Error {
  const mock = `mocks[${JSON.stringify(pointer)}]`
  const detail = `The task at ${pointer} is not mocked: give ${mock} an "output" or an "error", or set "live" to true.`
  return flowError('configuration', detail, { title: 'Not mocked', fatal: true })
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
  return typeof value === 'string' ? MASK : value
}
