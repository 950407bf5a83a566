import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import type { FlowOutcome, StepRecord } from '../../src/dsl/index.ts'
import type { Engine } from './engine.ts'
import type { Scenario, Step } from './gherkin.ts'

interface World {
  engine: Engine
  definition: string
  input: unknown
  outcome: FlowOutcome | undefined
  steps: StepRecord[]
}

type Action = (world: World, step: Step, ...groups: string[]) => void | Promise<void>

/** The meaning of each sentence of a scenario, by the list of steps in the specification. */
const MEANINGS: readonly (readonly [RegExp, Action])[] = [
  [
    /^a workflow with definition:$/,
    (world, step) => {
      world.definition = step.block ?? ''
    }
  ],
  [
    /^given the workflow input is:$/,
    (world, step) => {
      world.input = parse(step.block ?? '') as unknown
    }
  ],
  [/^the workflow is executed$/, execute],
  [/^the workflow should cancel$/, (world) => expect(outcome(world).status === 'cancelled', outcome(world))],
  [/^the workflow should complete$/, (world) => expect(outcome(world).status === 'succeeded', outcome(world))],
  [/^the workflow should complete with output:$/, (world, step) => equal(output(world), parse(step.block ?? ''))],
  [/^the workflow should fault$/, (world) => expect(outcome(world).status === 'failed', outcome(world))],
  [/^the workflow should fault with error:$/, (world, step) => includes(error(world), parse(step.block ?? ''))],
  [
    /^the workflow output should have properties (.+)$/,
    (world, _, list) => {
      for (const [, path] of list.matchAll(/'([^']+)'/g))
        expect(at(output(world), path ?? '') !== undefined, `no ${path}`)
    }
  ],
  [
    /^the workflow output should have a '([^']+)' property with value:$/,
    (world, step, path) => equal(at(output(world), path), parse(step.block ?? ''))
  ],
  [
    /^the workflow output should have a '([^']+)' property containing (\d+) items$/,
    (world, _, path, count) => {
      const items = at(output(world), path)
      expect(Array.isArray(items) && items.length === Number(count), items)
    }
  ],
  [/^(\S+) should run first$/, (world, _, name) => equal(order(world)[0], name)],
  [/^(\S+) should run last$/, (world, _, name) => equal(order(world).at(-1), name)],
  [/^(\S+) should run before (\S+)$/, (world, _, first, second) => inOrder(world, first, second)],
  [/^(\S+) should run after (\S+)$/, (world, _, second, first) => inOrder(world, first, second)],
  [/^(\S+) should cancel$/, (world, _, name) => equal(last(world, name).status, 'cancelled')],
  [/^(\S+) should complete$/, (world, _, name) => equal(last(world, name).status, 'succeeded')],
  [
    /^(\S+) should complete with output:$/,
    (world, step, name) => equal(last(world, name).output, parse(step.block ?? ''))
  ],
  [/^(\S+) should fault$/, (world, _, name) => equal(last(world, name).status, 'failed')],
  [
    /^(\S+) should fault with error:$/,
    (world, step, name) => includes(last(world, name).error, parse(step.block ?? ''))
  ]
]

/** Plays a scenario. @throws Error that says what differs from the scenario. */
export async function play(scenario: Scenario, engine: Engine): Promise<void> {
  const world: World = { engine, definition: '', input: {}, outcome: undefined, steps: [] }
  for (const step of scenario.steps) {
    const meaning = MEANINGS.map(([pattern, action]) => ({ groups: pattern.exec(step.text), action })).find(
      ({ groups }) => groups !== null
    )
    if (meaning === undefined) throw new Error(`no meaning is known for the step "${step.text}"`)
    try {
      await meaning.action(world, step, ...(meaning.groups ?? []).slice(1))
    } catch (cause) {
      throw new Error(`${step.text} ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }
}

async function execute(world: World): Promise<void> {
  const { faults, run } = await world.engine.prepare(world.definition)
  if (run === undefined)
    throw new Error(
      `the document is refused: ${faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`
    )
  Object.assign(world, await run(world.input))
}

function outcome(world: World): FlowOutcome {
  if (world.outcome === undefined) throw new Error('the workflow was not executed')
  return world.outcome
}

function output(world: World): unknown {
  const found = outcome(world)
  expect(found.status === 'succeeded', found)
  return found.status === 'succeeded' ? found.output : undefined
}

function error(world: World): unknown {
  const found = outcome(world)
  expect(found.status === 'failed', found)
  return found.status === 'failed' ? found.error : undefined
}

/** Names of the tasks in the order in which they started; those that were skipped did not run. */
function order(world: World): string[] {
  const started: StepRecord[] = []
  // Steps are reported when they end: a task is reported after the tasks inside it, although it started before them.
  for (const step of world.steps.filter(({ status }) => status !== 'skipped')) {
    const inside = started.findIndex((other) => other.pointer.startsWith(`${step.pointer}/`))
    started.splice(inside === -1 ? started.length : inside, 0, step)
  }
  return started.map(nameOf)
}

function last(world: World, name: string): StepRecord {
  const found = world.steps.findLast((step) => nameOf(step) === name)
  if (found === undefined) throw new Error(`${name} did not run`)
  return found
}

function nameOf(step: StepRecord): string {
  return step.pointer.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? ''
}

function inOrder(world: World, first: string, second: string): void {
  const names = order(world)
  expect(names.includes(first) && names.includes(second) && names.indexOf(first) < names.indexOf(second), names)
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (node, key) =>
        typeof node === 'object' && node !== null && Object.hasOwn(node, key)
          ? (node as Record<string, unknown>)[key]
          : undefined,
      value
    )
}

function equal(found: unknown, expected: unknown): void {
  expect(isDeepStrictEqual(found, expected), found)
}

function includes(found: unknown, expected: unknown): void {
  for (const [key, value] of Object.entries(expected as object)) expect(isDeepStrictEqual(at(found, key), value), found)
}

function expect(holds: boolean, found: unknown): void {
  if (!holds) throw new Error(`but found ${JSON.stringify(found)}`)
}
