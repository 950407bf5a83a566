import t from 'tap'
import { diagram, type FlowDocument, parseDocument } from '../../src/dsl/index.ts'
import { wrap } from './fixtures/run.ts'

function draw(yaml: string): string[] {
  return diagram(parseDocument(wrap(yaml), 'yaml').document as FlowDocument)
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
}

t.test('one node per task, arrows in the order of the flow', async (t) => {
  t.same(
    draw(`
    - ask: { call: http, with: { method: get, endpoint: 'http://h/' } }
    - choose: { switch: [ { big: { when: .n > 5, then: end } }, { small: { when: .n < 1, then: ask } } ] }
    - stop: { if: .x, raise: { error: { type: 'urn:x', status: 400 } } }
    - last: { set: { x: 1 } }
  `),
    [
      'flowchart TD',
      'start([start])',
      'finish([end])',
      't0[["ask: call http"]]',
      'start --> t0',
      't1{"choose: switch"}',
      't0 --> t1',
      't1 -- "big" --> finish',
      't1 -- "small" --> t0',
      't2>"stop: raise"]',
      't1 -- "otherwise" --> t2',
      't2 -- "error" --> finish',
      't3["last: set"]',
      't2 -- "skipped" --> t3',
      't3 --> finish'
    ]
  )
})

t.test('tasks inside tasks are drawn inside', async (t) => {
  const lines = draw(`
    - loop: { for: { each: pet, in: .pets }, do: [ { one: { set: { x: 1 } } } ] }
    - both: { fork: { branches: [ { a: { wait: PT1S } }, { b: { wait: PT1S } } ] } }
    - attempt: { try: [ { t: { set: { x: 1 } } } ], catch: { do: [ { c: { set: { x: 1 } } } ] } }
  `)
  for (const line of [
    't0 -- "each pet" --> t1',
    't1 --> t0',
    't0 -- "done" --> t2',
    't2 --> t3',
    't2 --> t4',
    't3 --> t5',
    't4 --> t5',
    't5 --> t6',
    't5 -- "error" --> t7',
    't6 --> finish',
    't7 --> finish'
  ])
    t.ok(lines.includes(line), line)
  t.equal(lines.filter((line) => line.startsWith('subgraph')).length, lines.filter((line) => line === 'end').length)
  t.equal(lines.filter((line) => line.startsWith('subgraph')).length, 5)
})

t.test('names cannot become markup', async (t) => {
  const [node] = draw(`- 'x"]; click t0 "javascript:1" <b>#': { set: { x: 1 } }`).filter((line) =>
    line.startsWith('t0')
  )
  t.equal(node, 't0["x#34;]; click t0 #34;javascript:1#34; #60;b#62;#35;: set"]')
})
