import t from 'tap'
import { hasTask } from '../../../src/flows/simulate/simulate.ts'
import type { FlowDocument } from '../../../src/dsl/index.ts'

const nothing = { set: { a: 1 } }
const document: FlowDocument = {
  document: { dsl: '1.0.3', namespace: 'test', name: 'nested', version: '1.0.0' },
  use: { functions: { lookUp: { call: 'http', with: {} } } },
  do: [
    { 'a/b~c': nothing },
    { nested: { do: [{ inner: nothing }] } },
    { loop: { for: { in: [1] }, do: [{ turn: nothing }] } },
    { split: { fork: { branches: [{ left: nothing }, { right: { do: [{ deep: nothing }] } }] } } },
    { careful: { try: [{ risky: nothing }], catch: { do: [{ mend: nothing }] } } }
  ]
}

t.test('finds a task at every place that can hold one', async (t) => {
  for (const pointer of [
    '/do/0/a~1b~0c',
    '/do/1/nested',
    '/do/1/nested/do/0/inner',
    '/do/2/loop/do/0/turn',
    '/do/3/split/fork/branches/0/left',
    '/do/3/split/fork/branches/1/right/do/0/deep',
    '/do/4/careful/try/0/risky',
    '/do/4/careful/catch/do/0/mend',
    '/use/functions/lookUp'
  ])
    t.ok(hasTask(document, pointer), pointer)
})

t.test('finds no task anywhere else', async (t) => {
  for (const pointer of [
    '',
    '/',
    '/do',
    '/do/0',
    '/do/1/other',
    '/do/9/nested',
    '/do/01/nested',
    '/do/-1/nested',
    '/do/0/a/b~0c',
    '/do/1/nested/do',
    '/do/2/loop/for',
    '/document',
    '/document/name',
    '/use/functions',
    '/use/functions/toString',
    '/do/0/__proto__',
    '/do/0/constructor',
    'do/1/nested',
    '#/do/1/nested'
  ])
    t.notOk(hasTask(document, pointer), pointer)
})
