import { flowError, type EffectInfo, type FlowPorts } from '../../dsl/index.ts'
import type { Clock } from '../../lib/clock.ts'
import { createSimulatedTime } from './virtual-clock.ts'

/** What stands for a secret where none is needed. */
const MASK = '[secret]'

/**
 * Ports that reach nothing: a call must be mocked, an event goes nowhere, waits pass at once, and secrets are shown in their shape only.
 * @param secrets gives the values of secrets, of which only the shape is taken; without it every secret is a text
 */
export function simulatedPorts(clock: Clock, secrets: FlowPorts['secrets'] | undefined): FlowPorts {
  return {
    ...createSimulatedTime(clock),
    random: Math.random,
    http: async (_call, at) => {
      throw notMocked(at)
    },
    subflow: async (_flow, _input, at) => {
      throw notMocked(at)
    },
    emit: async () => {},
    secrets: async (names) =>
      (secrets ? shapeOf(await secrets(names)) : Object.fromEntries(names.map((name) => [name, MASK]))) as Record<
        string,
        unknown
      >
  }
}

/** Ends the simulation, whatever the flow catches: what would come after says nothing of the real flow. */
function notMocked({ pointer }: EffectInfo): Error {
  const detail = `The call at ${pointer} is not mocked: give mocks[${JSON.stringify(pointer)}] an "output" or an "error", or set "live" to true.`
  return flowError('configuration', detail, { title: 'Not mocked', fatal: true })
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]))
  return typeof value === 'string' ? MASK : value
}
