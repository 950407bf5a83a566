import t from 'tap'
import { compileFlow, type FlowDocument, mayWait, parseDocument } from '../../src/dsl/index.ts'
import { workbench, wrap } from './fixtures/run.ts'

const { expressions, lint } = workbench(t)

async function waits(yaml: string): Promise<boolean> {
  const faults = await lint(yaml)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return mayWait(compileFlow(parseDocument(wrap(yaml), 'yaml').document as FlowDocument, expressions))
}

const WAIT = '{ wait: PT1S }'
const OTHER_FLOW = '{ run: { workflow: { namespace: n, name: o, version: latest } } }'
const retried = (policy: string): string => `{ try: [ { a: { set: { n: 1 } } } ], catch: { retry: ${policy} } }`

t.test('mayWait: true for each kind of task that waits, at the top and inside every kind of block', async (t) => {
  const waiting = {
    wait: WAIT,
    'run.workflow': OTHER_FLOW,
    'retry with delay': retried('{ delay: { hours: 1 } }'),
    'retry at once, for which an upstream can ask to wait': retried('{ limit: { attempt: { count: 3 } } }'),
    'retry with jitter': retried('{ jitter: { from: PT1S, to: PT2S } }')
  }
  const blocks = {
    top: (task: string) => task,
    do: (task: string) => `{ do: [ { in: ${task} } ] }`,
    for: (task: string) => `{ for: { in: '\${ . }' }, do: [ { in: ${task} } ] }`,
    fork: (task: string) => `{ fork: { branches: [ { other: { set: { n: 1 } } }, { in: ${task} } ] } }`,
    try: (task: string) => `{ try: [ { in: ${task} } ], catch: {} }`,
    'catch.do': (task: string) => `{ try: [ { a: { set: { n: 1 } } } ], catch: { do: [ { in: ${task} } ] } }`
  }
  for (const [kind, task] of Object.entries(waiting)) {
    for (const [where, block] of Object.entries(blocks)) {
      t.equal(await waits(`- a: ${block(task)}`), true, `${kind} in ${where}`)
    }
  }
})

t.test('mayWait: false for a flow that only works, whatever its texts and names say', async (t) => {
  t.equal(await waits(`- a: { set: { wait: 1, workflow: { wait: PT1H } } }`), false)
  t.equal(await waits(`- wait: { set: '\${ { "workflow": . } }' }`), false)
  t.equal(await waits(`- a: { call: http, with: { method: get, endpoint: 'https://a.example/' } }`), false)
  t.equal(
    await waits(`use: { retries: { slow: { delay: PT1H } } }\ndo:\n  - a: { set: { n: 1 } }`),
    false,
    'unused policy'
  )
})

t.test('mayWait: policies and functions count where they are used, also through another function', async (t) => {
  const policy = `use: { retries: { slow: { delay: PT1H } } }\ndo:\n  - a: ${retried('slow')}`
  t.equal(await waits(policy), true)
  const functions = `use: { functions: { outer: { call: inner }, inner: ${WAIT}, quick: { set: { n: 1 } } } }`
  t.equal(await waits(`${functions}\ndo:\n  - a: { call: outer }`), true)
  t.equal(await waits(`${functions}\ndo:\n  - a: { call: quick }`), false)
})

t.test('functions compile however long the chain is in which they call each other', async (t) => {
  const length = 900
  const functions = Array.from({ length }, (_, n) => `    f${n}: { call: f${n + 1} }\n`).join('')
  const flow = `use:\n  functions:\n${functions}    f${length}: ${WAIT}\ndo:\n  - a: { call: f0 }\n`
  t.equal(await waits(flow), true)
})
