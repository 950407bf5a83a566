import t from 'tap'
import { changesBetween } from '../../src/console/flow/changes.ts'
import { FLOW_EXAMPLES, BLANK_FLOW } from '../../src/console/flow/examples/examples.ts'
import { ownDefinition, pointerWords, tasksOf } from '../../src/console/flow/tasks.ts'
import { curlOf } from '../../src/console/lib/curl.ts'
import { stepRows } from '../../src/console/pages/runs/step-rows.ts'
import type { Step } from '../../src/console/api/types.ts'
import { priceLookup } from '../../src/demo/flow.ts'
import { startSluice } from '../fixtures/sluice.ts'

const demo = priceLookup('http://erp.example')
const names = (document: unknown): string[] =>
  tasksOf(document).map(({ name, kind, level }) => `${level} ${name}: ${kind}`)

t.test('the tasks of a document, with their pointers, however deep', (t) => {
  t.strictSame(names(demo), [
    '1 findProduct: try',
    '2 getProduct: call http',
    '2 unknownProduct: raise',
    '1 getStock: call http',
    '1 isThereEnough: switch',
    '1 inStock: set',
    '1 onOrder: set',
    '1 answer: set'
  ])
  t.equal(tasksOf(demo)[2]?.pointer, '/do/0/findProduct/catch/do/0/unknownProduct')
  t.equal(pointerWords('/do/0/findProduct/catch/do/0/unknownProduct'), 'findProduct › catch › unknownProduct')
  const all = {
    do: [
      { loop: { for: { each: 'x' }, do: [{ 'a/b~c': { set: {} } }] } },
      { both: { fork: { branches: [{ left: { do: [{ deep: { run: { script: {} } } }] } }] } } },
      { hear: { listen: {}, foreach: { do: [{ each: { emit: {} } }] } } }
    ]
  }
  t.strictSame(
    tasksOf(all).map(({ pointer }) => pointer),
    [
      '/do/0/loop',
      '/do/0/loop/do/0/a~1b~0c',
      '/do/1/both',
      '/do/1/both/fork/branches/0/left',
      '/do/1/both/fork/branches/0/left/do/0/deep',
      '/do/2/hear',
      '/do/2/hear/foreach/do/0/each'
    ]
  )
  for (const broken of [null, 'text', { do: 1 }, { do: [null, 'x', {}, { a: null }, { b: { do: 'c' } }] }])
    t.doesNotThrow(() => tasksOf(broken))
  t.end()
})

t.test('what differs between two documents is told step by step', (t) => {
  const document = {
    input: { from: '.' },
    do: [{ a: { set: { n: 1 } } }, { b: { do: [{ c: { set: 1 } }] } }, { d: { set: 1 } }, { e: { set: 1 } }]
  }
  t.strictSame(changesBetween(document, structuredClone(document)), [])
  const after = {
    do: [{ e: { set: 1 } }, { a: { set: { n: 2 } } }, { b: { do: [{ c: { set: 1 } }, { f: { set: 1 } }] } }]
  }
  t.strictSame(
    changesBetween(document, after).map(({ name, kind }) => `${kind} ${name}`),
    ['removed input', 'moved e', 'changed a', 'added b › f', 'removed d']
  )
  const [first] = tasksOf(demo)
  t.match(JSON.stringify(first && ownDefinition(first)), /"errors":.*404/)
  t.notMatch(JSON.stringify(first && ownDefinition(first)), /getProduct|unknownProduct/)
  t.end()
})

t.test('the steps of a run nest as they ran; what was not reached stands where it would have been', (t) => {
  const step = (pointer: string, attempt = 1): Step => ({
    pointer,
    attempt,
    status: 'succeeded',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1
  })
  const get = '/do/0/findProduct/try/0/getProduct'
  // In the order in which they ended: what is inside of a step comes before it.
  const rows = stepRows([step(get), step(get, 2), step('/do/0/findProduct'), step('/do/1/getStock')], tasksOf(demo))
  t.strictSame(
    rows.map(({ name, level, step: ran, attempt }) => [name, level, ran !== undefined, attempt]),
    [
      ['findProduct', 1, true, undefined],
      ['getProduct', 2, true, 1],
      ['getProduct', 2, true, 2],
      ['unknownProduct', 2, false, undefined],
      ['getStock', 1, true, undefined],
      ['isThereEnough', 1, false, undefined],
      ['inStock', 1, false, undefined],
      ['onOrder', 1, false, undefined],
      ['answer', 1, false, undefined]
    ]
  )
  t.equal(new Set(rows.map(({ id }) => id)).size, rows.length)
  t.equal(stepRows([step(get)], []).length, 1, 'also where the document is gone')
  t.end()
})

t.test('a call for the shell: the token is left to a variable, everything else is quoted', (t) => {
  t.equal(
    curlOf({
      method: 'POST',
      url: 'http://h/x?q=a b',
      headers: [
        ['Authorization', 'Bearer $TOKEN'],
        ['X-Note', "it's $HOME"]
      ],
      body: "{'a'}"
    }),
    [
      'curl -s -X POST',
      '-H "Authorization: Bearer $TOKEN"',
      String.raw`-H 'X-Note: it'\''s $HOME'`,
      String.raw`--data-raw '{'\''a'\''}'`,
      "'http://h/x?q=a b'"
    ].join(' \\\n  ')
  )
  t.end()
})

t.test('201: every text to start a flow from can be saved as it is', async (t) => {
  const { client } = await startSluice(t)
  const ada = await client.signUp()
  for (const text of [BLANK_FLOW, ...FLOW_EXAMPLES.map((example) => example.text)]) {
    const { status, text: answer } = await client.call('POST', `/v1/workspaces/${ada.workspaceId}/flows`, {
      as: ada.session,
      raw: text,
      headers: { 'Content-Type': 'application/yaml' }
    })
    t.equal(status, 201, answer)
  }
})
