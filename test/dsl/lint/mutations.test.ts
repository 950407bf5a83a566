import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { compileFlow, diagram, type FlowDocument, lintDocument, runFlow } from '../../../src/dsl/index.ts'
import { START, testPorts } from '../fixtures/ports.ts'
import { workbench, wrap } from '../fixtures/run.ts'

const RUNS = 400

const { expressions } = workbench(t)
const text = await readFile(new URL('../../../docs/flows.md', import.meta.url), 'utf8')
const documents = [...text.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml]) => parse(wrap(yaml ?? '')) as unknown)

/** What a mutation puts in: values of every type, and words that mean something in some place. */
const replacement = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    [],
    {},
    'x',
    'end',
    '${ . }',
    '${ .a',
    'a ${ .b } c',
    '$secrets.erp',
    'PT1S',
    'P1Y',
    '__proto__',
    'http',
    'openapi',
    'https://h.example/{x}',
    'file:///x',
    [[]],
    [{}],
    [null],
    { use: 'erp' },
    { as: '.' },
    { after: 'PT1S' },
    { x: { set: { a: 1 } } },
    [{ x: { set: { a: 1 } } }],
    { document: { type: 'string' } }
  ),
  fc.jsonValue({ maxDepth: 2 })
)

/** Every place in a document. */
function places(node: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof node !== 'object' || node === null) return [path]
  return [
    path,
    ...Object.entries(node).flatMap(([key, member]) =>
      places(member, [...path, Array.isArray(node) ? Number(key) : key])
    )
  ]
}

function mutate(
  document: unknown,
  where: number,
  how: 'replace' | 'remove' | 'rename' | 'add',
  value: unknown
): unknown {
  const copy = structuredClone(document)
  const all = places(copy).filter((path) => path.length > 0)
  const path = all[where % all.length] ?? []
  const key = path.at(-1) ?? ''
  const holder = path
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (node, step) => node[step] as Record<string | number, unknown>,
      copy as Record<string, unknown>
    )
  if (how === 'replace') holder[key] = value
  else if (how === 'add' && Array.isArray(holder)) holder.push(value)
  else if (how === 'add') holder[typeof value === 'string' && value !== '__proto__' ? value : 'extra'] = value
  else {
    const old = holder[key]
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
    if (how === 'rename' && !Array.isArray(holder)) holder[`${key}s`] = old
  }
  return copy
}

t.test(
  'a document that is changed at random is refused with faults that have a place, or compiles, draws and runs ' +
    'to an outcome',
  async (t) => {
    const seen = { refused: 0, ran: 0 }
    const change = fc.record({
      where: fc.nat(),
      how: fc.constantFrom(
        'replace' as const,
        'replace' as const,
        'remove' as const,
        'rename' as const,
        'add' as const
      ),
      value: replacement
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...documents),
        fc.array(change, { minLength: 1, maxLength: 2 }),
        async (original, changes) => {
          const document = changes.reduce(
            (before, { where, how, value }) => mutate(before, where, how, value),
            original
          )
          const faults = await lintDocument(document, expressions)
          for (const { pointer, message } of faults) {
            if (!/^(?:\/[^]*)?$/.test(pointer) || message === '')
              throw new Error(`a fault without a place: ${pointer} ${message}`)
          }
          if (faults.length > 0) {
            seen.refused++
            return
          }
          seen.ran++
          const flow = compileFlow(document as FlowDocument, expressions)
          if (!diagram(document as FlowDocument).startsWith('flowchart')) throw new Error('no diagram')
          const ports = testPorts()
          ports.http = async (call) => ({
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: new TextEncoder().encode('{"a":1}'),
            url: call.url
          })
          ports.vault['erp'] = 'secret'
          const outcome = await runFlow(
            flow,
            { sku: 'A1', n: 1, list: [1] },
            {
              runtime: { version: '0', metadata: { runId: 'r' } },
              ports,
              startedAt: START,
              limits: { tasks: 500, iterations: 500 }
            }
          )
          if (outcome.status === 'failed' && outcome.error.detail === 'The engine failed at this task.')
            throw new Error('the engine failed')
        }
      ),
      { numRuns: RUNS }
    )
    // An eighth is let through on average; a fortieth is six deviations from that.
    t.ok(seen.refused > RUNS / 4 && seen.ran > RUNS / 40, JSON.stringify(seen))
  }
)
