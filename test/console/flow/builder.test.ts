import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { changeAt } from '../../../src/console/flow/change-at.ts'
import { optionsAt, placeAt } from '../../../src/console/flow/complete-text.ts'
import { layoutOf } from '../../../src/console/flow/diagram/layout.ts'
import { mermaidOf } from '../../../src/console/flow/diagram/mermaid.ts'
import { svgOf } from '../../../src/console/flow/diagram/svg.ts'
import { FLOW_EXAMPLES } from '../../../src/console/flow/examples/examples.ts'
import { parseTyped, typedText, withPath } from '../../../src/console/flow/forms/values.ts'
import { callOf, operationsOf } from '../../../src/console/flow/openapi/operations.ts'
import { outlineOf } from '../../../src/console/flow/outline.ts'
import { freeName, PALETTE } from '../../../src/console/flow/palette.ts'
import { exampleInput } from '../../../src/console/flow/simulate/example-input.ts'
import { mockKey, sentMocks } from '../../../src/console/flow/simulate/mocks.ts'
import {
  addStep,
  deleteSteps,
  renameTo,
  wrapIn,
  WRAPS,
  type StepChange
} from '../../../src/console/flow/step-changes.ts'
import { copyOf, duplicateSteps, pasteSteps } from '../../../src/console/flow/step-clipboard.ts'
import { moveBy, moveIn, moveOut } from '../../../src/console/flow/step-moves.ts'
import { placeAfter } from '../../../src/console/flow/step-places.ts'
import { tasksOf } from '../../../src/console/flow/tasks.ts'
import { applyPatch } from '../../../src/console/flow/text/edits.ts'
import { stepAtOffset, stepRange } from '../../../src/console/flow/text/step-range.ts'
import { DOCUMENT_SCHEMA } from '../../../src/dsl/index.ts'
import { priceLookup } from '../../../src/demo/flow.ts'
import { workbench } from '../../dsl/fixtures/run.ts'

const { lint } = workbench(t)

const TEXT = `document: { dsl: 1.0.3, namespace: a, name: b, version: 1.0.0 }
do:
  # the first
  - one:
      set: { a: 1 }
      then: three
  - two:
      do:
        - inner: { set: { b: 2 } }
  - three: { set: { c: 3 } }
`
const names = (text: string): string[] => tasksOf(parse(text)).map(({ pointer }) => pointer)
const done = (text: string, change: StepChange | undefined) => ({
  text: applyPatch(text, change?.patch ?? []),
  select: change?.select
})

t.test('a step that is added has a name of its own, and is the one that is chosen', (t) => {
  const entry = { name: 'one', task: { set: { d: 4 } } }
  const { text, select } = done(TEXT, addStep(TEXT, placeAfter(TEXT, '/do/1/two'), entry))
  t.equal(select, '/do/2/one2')
  t.strictSame(names(text), ['/do/0/one', '/do/1/two', '/do/1/two/do/0/inner', '/do/2/one2', '/do/3/three'])
  t.equal(freeName('step9', ['step9', 'step2']), 'step3')
  t.end()
})

t.test('moving follows the step', (t) => {
  t.equal(done(TEXT, moveBy(TEXT, '/do/0/one', 1)).select, '/do/1/one')
  t.equal(moveBy(TEXT, '/do/0/one', -1), undefined)
  const into = done(TEXT, moveIn(TEXT, '/do/2/three'))
  t.equal(into.select, '/do/1/two/do/1/three')
  t.strictSame(names(into.text), ['/do/0/one', '/do/1/two', '/do/1/two/do/0/inner', '/do/1/two/do/1/three'])
  const out = done(into.text, moveOut(into.text, '/do/1/two/do/0/inner'))
  t.equal(out.select, '/do/2/inner')
  t.match(out.text, /# the first/)
  const emptied = done(TEXT, moveOut(TEXT, '/do/1/two/do/0/inner'))
  t.strictSame(parse(emptied.text).do[1], { two: { do: [] } })
  const refilled = done(emptied.text, moveIn(emptied.text, emptied.select ?? ''))
  t.strictSame(parse(refilled.text), parse(TEXT))
  t.end()
})

t.test('copies keep their comments, and references within them follow their new names', (t) => {
  t.equal(copyOf(TEXT, ['/do/0/one']), '# the first\n- one:\n    set: { a: 1 }\n    then: three\n')
  const { text, select } = done(TEXT, duplicateSteps(TEXT, ['/do/0/one', '/do/2/three']))
  t.equal(select, '/do/3/one2')
  t.strictSame(parse(text).do.slice(3), [{ one2: { set: { a: 1 }, then: 'three2' } }, { three2: { set: { c: 3 } } }])
  t.equal([...text.matchAll(/# the first/g)].length, 2)
  t.throws(() => pasteSteps(TEXT, placeAfter(TEXT, undefined), 'no: steps'), { message: /no steps/ })
  t.end()
})

t.test('when a step is deleted, another one is selected', (t) => {
  t.equal(done(TEXT, deleteSteps(TEXT, ['/do/0/one'])).select, '/do/0/two')
  t.equal(done(TEXT, deleteSteps(TEXT, ['/do/2/three'])).select, '/do/1/two/do/0/inner')
  t.end()
})

t.test('references follow a new name, and steps are wrapped in each way', (t) => {
  t.match(done(TEXT, renameTo(TEXT, '/do/2/three', 'last')), { select: '/do/2/last', text: /then: last/ })
  for (const wrap of WRAPS) {
    const { text, select } = done(TEXT, wrapIn(TEXT, ['/do/0/one', '/do/1/two'], wrap))
    t.equal(select, `/do/0/${wrap.name}`)
    t.match(text, /# the first/)
    t.equal(names(text).length, 5)
  }
  t.end()
})

t.test('a form changes what differs and leaves the rest, and knows what the text holds then', (t) => {
  const changed = (path: (string | number)[], after: Record<string, unknown>): string => {
    const { patch, data } = changeAt(TEXT, path, after)
    const text = applyPatch(TEXT, patch)
    t.same(data, parse(text))
    return text
  }
  const after = changed(['do', 0, 'one'], { if: '.ok', set: { z: 1 }, then: 'three' })
  t.equal(after, TEXT.replace('      set: { a: 1 }', '      if: .ok\n      set: { z: 1 }'))
  changed(['do', '1', 'two', 'do', '0', 'inner'], { set: { b: 'two\nlines' } })
  const settings = changed([], { ...parse(TEXT), input: { from: '.query' } })
  t.equal(settings, TEXT.replace('do:', 'input:\n  from: .query\ndo:'))
  t.end()
})

t.test('a place in the text belongs to the innermost step', (t) => {
  t.equal(stepAtOffset(TEXT, TEXT.indexOf('b: 2')), '/do/1/two/do/0/inner')
  t.equal(stepAtOffset(TEXT, TEXT.indexOf('# the first')), '/do/0/one')
  t.equal(stepAtOffset(TEXT, 3), undefined)
  const range = stepRange(TEXT, '/do/2/three')
  t.equal(TEXT.slice(range?.from, range?.to), '  - three: { set: { c: 3 } }\n')
  t.end()
})

t.test('every kind of the palette can be saved once its blanks name what is there', async (t) => {
  for (const { label, name, task } of PALETTE) {
    const use = label === 'Function' ? 'use:\n  functions:\n    myFunction: { set: { a: 1 } }\n' : ''
    const start = `${use}do:\n  - first: { set: { a: 1 } }\n`
    const text = applyPatch(start, addStep(start, placeAfter(start, '/do/0/first'), { name, task }).patch)
    t.strictSame(await lint(text), [], label)
  }
})

t.test('every example can be drawn, tried and read', (t) => {
  t.ok(FLOW_EXAMPLES.length >= 12)
  for (const { text, label } of FLOW_EXAMPLES) {
    const document = parse(text)
    const rows = outlineOf(document)
    const layout = layoutOf(document)
    t.strictSame(
      layout.boxes.map(({ id }) => id),
      rows.map(({ pointer }) => pointer),
      label
    )
    t.match(mermaidOf(layout), /^flowchart TD\n/)
    t.match(svgOf(layout, label), /^<svg /)
    t.not(exampleInput(document), undefined)
  }
  t.end()
})

t.test('a line that passes steps goes beside them, each in a lane of its own where they meet', (t) => {
  const { boxes, lines, width } = layoutOf({
    do: [
      {
        sort: {
          switch: [
            { a: { when: '.a', then: 'first' } },
            { b: { when: '.b', then: 'third' } },
            { c: { then: 'second' } }
          ]
        }
      },
      { first: { set: { a: 1 }, then: 'third' } },
      { second: { set: { b: 1 }, then: 'sort' } },
      { third: { set: { c: 1 } } }
    ]
  })
  const edge = Math.max(...boxes.map((box) => box.x + box.width))
  const straight = lines.filter(({ lane }) => !lane).map(({ from, to }) => `${from} ${to}`)
  t.strictSame(straight, ['/do/0/sort /do/1/first'])
  const lanes = lines.flatMap(({ lane }) => (lane ? [lane] : []))
  t.equal(lanes.length, 4)
  for (const { x, label } of lanes) t.ok(x > edge && label.x <= width)
  const spans = lanes.map(({ x, from, to }) => ({ x, top: Math.min(from.y, to.y), bottom: Math.max(from.y, to.y) }))
  for (const [index, one] of spans.entries())
    for (const other of spans.slice(index + 1))
      t.ok(one.x !== other.x || one.bottom < other.top || other.bottom < one.top, 'no line lies on another')
  const beside = layoutOf({
    do: [
      { wide: { fork: { branches: [{ a: { set: { a: 1 } } }, { b: { set: { b: 1 } } }] } } },
      { from: { set: { c: 1 }, then: 'to' } },
      { between: { set: { d: 1 } } },
      { to: { set: { e: 1 } } }
    ]
  })
  const [wide] = beside.boxes
  const lane = beside.lines.find((line) => line.lane)?.lane
  t.ok(wide && lane && lane.x < wide.width, 'a lane is as near as what it passes lets it be')
  t.end()
})

t.test('boxes of one list do not overlap, and stand inside of the step that holds them', (t) => {
  const { boxes, lines } = layoutOf(priceLookup('http://erp.example'))
  const byId = new Map(boxes.map((box) => [box.id, box]))
  for (const box of boxes) {
    const parent = box.parent && byId.get(box.parent)
    if (!parent) continue
    t.ok(box.x >= parent.x && box.x + box.width <= parent.x + parent.width, box.id)
    t.ok(box.y >= parent.y && box.y + box.height <= parent.y + parent.height, box.id)
  }
  const leaves = boxes.filter(({ group }) => !group)
  for (const a of leaves)
    for (const b of leaves)
      if (a !== b) t.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y)
  const jumps = lines.map(({ from, to, label }) => `${from} ${label} ${to}`)
  t.ok(jumps.includes('/do/2/isThereEnough $context.onHand >= $context.quantity /do/3/inStock'), jumps.join('\n'))
  t.notOk(jumps.some((jump) => jump.startsWith('/do/3/inStock') && jump.endsWith('onOrder')))
  t.end()
})

t.test('views accept every text: a half-written one has fewer steps, and breaks nothing', (t) => {
  const whole = FLOW_EXAMPLES.map(({ text }) => text).join('')
  for (let at = 0; at < whole.length; at += 37) {
    let data: unknown
    try {
      data = parse(whole.slice(0, at), { logLevel: 'silent' })
    } catch {
      continue
    }
    outlineOf(data)
    mermaidOf(layoutOf(data))
  }
  for (const broken of [
    null,
    1,
    [],
    { do: [{ broken: null }, { x: { switch: 1, then: 2, fork: { branches: 3 } } }] }
  ]) {
    outlineOf(broken, [{ pointer: '/do/1/x/fork', message: 'wrong' }])
    layoutOf(broken)
  }
  t.end()
})

t.test('faults are marked at the innermost step, jumps are told in words', (t) => {
  const rows = outlineOf(priceLookup('http://erp.example'), [
    { pointer: '/do/0/findProduct/try/0/getProduct/with', message: 'needs an endpoint' },
    { message: 'somewhere' }
  ])
  t.strictSame(
    rows.filter(({ fault }) => fault).map(({ name, fault }) => [name, fault]),
    [['getProduct', 'needs an endpoint']]
  )
  t.equal(rows.find(({ name }) => name === 'unknownProduct')?.heading, 'When it fails with 404')
  t.equal(rows.find(({ name }) => name === 'getStock')?.about, 'GET erp.example/stock/{sku}')
  t.strictSame(rows.find(({ name }) => name === 'isThereEnough')?.jumps, [
    { when: '$context.onHand >= $context.quantity', then: 'inStock' },
    { when: 'else', then: 'onOrder' }
  ])
  t.end()
})

const labelsAt = (text: string): string[] => {
  const at = text.indexOf('|')
  const place = placeAt(text.slice(0, at) + text.slice(at + 1), at)
  return place ? optionsAt(DOCUMENT_SCHEMA, place).map(({ label }) => label) : []
}

t.test('completions fit their place', (t) => {
  const head = 'document: { dsl: 1.0.3, namespace: a, name: b, version: 1.0.0 }\n'
  const cases: readonly [text: string, some: readonly string[], none: readonly string[]][] = [
    ['ti|', ['timeout', 'do', 'schedule'], ['document']],
    ['do:\n  - one:\n      |', ['call', 'set', 'switch', 'if'], []],
    ['do:\n  - one:\n      ca|', ['call'], []],
    ['do:\n  - one:\n      call: |', ['http', 'openapi'], []],
    ['do:\n  - one:\n      call: http\n      |', ['with', 'if', 'then'], ['call', 'set', 'for']],
    ['do:\n  - one:\n      call: http\n      with:\n        me|', ['method', 'endpoint', 'headers'], ['operationId']],
    ['do:\n  - one:\n      call: openapi\n      with:\n        |', ['operationId', 'document'], ['method']],
    [
      'do:\n  - one:\n      try:\n        - a: { set: { x: 1 } }\n      catch:\n        |',
      ['errors', 'retry', 'do'],
      []
    ],
    ['do:\n  - one:\n      set: { a: 1 }\n      then: |\n  - two: { set: { a: 1 } }\n', ['two', 'end'], ['one']],
    ['do:\n  - one:\n      switch:\n        - yes: { when: .a, then: | }\n  - two: { set: { a: 1 } }\n', ['two'], []],
    [
      'use:\n  retries: { slow: { delay: PT1S } }\n' +
        'do:\n  - one:\n      try: [{ a: { set: { x: 1 } } }]\n      catch:\n        retry: |',
      ['slow'],
      []
    ]
  ]
  for (const [text, some, none] of cases) {
    const labels = labelsAt(head + text)
    for (const label of some) t.ok(labels.includes(label), `${label} in ${text}: ${labels}`)
    for (const label of none) t.notOk(labels.includes(label), `no ${label} in ${text}`)
  }
  t.end()
})

t.test(
  'typed text is read as the value that it looks like, and a value is shown as text that reads as the same value',
  (t) => {
    for (const [typed, value] of [
      ['12', 12],
      ['-1.5', -1.5],
      ['true', true],
      ['null', null],
      ['"12"', '12'],
      ['{"a":[1]}', { a: [1] }],
      ['a text', 'a text'],
      ['{sku}', '{sku}'],
      ['1.0.0', '1.0.0']
    ] as const) {
      t.strictSame(parseTyped(typed), value)
      t.strictSame(parseTyped(typedText(value)), value)
    }
    t.strictSame(withPath({ a: { b: 1 } }, ['a', 'b'], undefined), {})
    t.strictSame(withPath({}, ['a', 'b'], 1), { a: { b: 1 } })
    t.end()
  }
)

t.test('mocks follow their steps when others move', (t) => {
  t.equal(mockKey('/do/0/a/try/1/b~1c'), 'do/a/try/b/c')
  const mocks = {
    'do/two/do/inner': { kind: 'output', text: '{"x":1}' },
    'do/gone': { kind: 'error', text: '{}' }
  } as const
  t.strictSame(sentMocks(mocks, parse(TEXT)), { '/do/1/two/do/0/inner': { output: { x: 1 } } })
  t.end()
})

t.test('an operation becomes a step with what it needs filled in', (t) => {
  const document = {
    openapi: '3.1.0',
    paths: {
      '/orders/{id}': {
        parameters: [{ $ref: '#/components/parameters/id' }],
        put: {
          operationId: 'order/change',
          parameters: [{ name: 'dry', in: 'query', schema: { type: 'boolean' } }],
          requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } }
        }
      }
    },
    components: {
      parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'string', examples: ['o1'] } } },
      schemas: {
        Order: { type: 'object', properties: { sku: { type: 'string' }, next: { $ref: '#/components/schemas/Order' } } }
      }
    }
  }
  const [operation] = operationsOf(document)
  if (!operation) throw new Error('no operation')
  const { name, task } = callOf('https://erp.example/openapi.json', document, operation)
  t.equal(name, 'order-change')
  t.match(task, { with: { operationId: 'order/change', parameters: { id: 'o1', body: { sku: 'text' } } } })
  for (const broken of [null, {}, { paths: { '/': { get: { operationId: 1 }, $ref: '#/paths/~1' } } }])
    t.strictSame(operationsOf(broken), [])
  t.end()
})

t.test('the documentation of the builder names every kind of step', (t) => {
  const text = readFileSync(new URL('../../../docs/console-builder.md', import.meta.url), 'utf8')
  for (const { label } of PALETTE) t.ok(text.includes(label), label)
  t.end()
})
