import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { changeAt, TASK_ORDER } from '../../../src/console/flow/change-at.ts'
import { isRecord, pathOfPointer, tasksOf } from '../../../src/console/flow/tasks.ts'
import { changeValue } from '../../../src/console/flow/text/change-value.ts'
import { applyPatch } from '../../../src/console/flow/text/edits.ts'
import { contentEnd, nodeAt } from '../../../src/console/flow/text/nodes.ts'
import { Patcher } from '../../../src/console/flow/text/patcher.ts'
import { partAt, readQuickly, readText } from '../../../src/console/flow/text/read-text.ts'
import { readWhole } from '../../../src/console/flow/text/read-whole.ts'
import { stepAtOffset, stepRange } from '../../../src/console/flow/text/step-range.ts'
import { texts } from './fixtures/texts.ts'

const RUNS = { numRuns: 300 }

/** What can tear a text apart where it is cut, and what people type. */
const PIECES = [
  ...['"', "'", '#', ':', '-', ' ', '\t', '\n', '\r\n', '{', ']', '|', '>', '&a', '*a', '!!str ', '? ', '%', ','],
  ...[
    '\n- ',
    '\n  - a: 1',
    '\n- a: 1\n',
    '\ndo:\n',
    '\n---\n',
    '\n...\n',
    '\noutput: x\n',
    ': |\n',
    'a: "',
    '# a\u2028do:\n'
  ],
  ...['key', 'key: 1\n', '\n  # note\n', '\n\n', '__proto__: 1\n', '%YAML 1.1\n---\n', '\u00e9', '\ud83d\ude00']
]

const edited = fc
  .tuple(
    fc.nat(texts.length - 1),
    fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom(...PIECES, '')), { maxLength: 4 })
  )
  .map(([index, edits]) =>
    edits.reduce<string[]>(
      (all, [at, length, insert]) => {
        const before = all.at(-1) ?? ''
        const from = at % (before.length + 1)
        return [...all, before.slice(0, from) + insert + before.slice(from + length)]
      },
      [texts[index] ?? '']
    )
  )

function same(found: unknown, wanted: unknown, text: string): void {
  if (!isDeepStrictEqual(found, wanted))
    throw new Error(`${JSON.stringify(found)}\nis not\n${JSON.stringify(wanted)}\nin\n${text}`)
}

const big = (change: (line: string, index: number) => string = (line) => line): string =>
  `document: { dsl: 1.0.3, namespace: default, name: big, version: 1.0.0 }\ndo:\n${Array.from(
    { length: 300 },
    (_, index) => change(`  - step${index}: { set: { number: ${index} } }\n`, index)
  ).join('')}`

t.test('a text that is read in parts has the same result as when it is read as a whole', (t) => {
  fc.assert(
    fc.property(edited, (versions) => {
      for (const text of versions) {
        const { sound, data, errors } = readText(text)
        const whole = readWhole(text)
        same({ sound, data, errors }, { sound: whole.sound, data: whole.data, errors: whole.errors }, text)
      }
    }),
    RUNS
  )
  t.end()
})

t.test('positions in a part are those in the whole text', (t) => {
  fc.assert(
    fc.property(edited, (versions) => {
      const text = versions.at(-1) ?? ''
      const read = readText(text)
      const whole = readWhole(text)
      for (const { pointer } of tasksOf(read.data)) {
        const part = partAt(read, pathOfPointer(pointer))
        const inside = nodeAt(part.read, part.path)
        const wanted = nodeAt(whole, pathOfPointer(pointer))
        same((inside?.range?.[0] ?? 0) + part.from, wanted?.range?.[0], text)
        same((contentEnd(inside) ?? 0) + part.from, contentEnd(wanted), text)
      }
    }),
    RUNS
  )
  t.end()
})

t.test('the step of a place is the innermost one whose lines it is in', (t) => {
  fc.assert(
    fc.property(edited, fc.nat(), (versions, place) => {
      const text = versions.at(-1) ?? ''
      const at = place % (text.length + 1)
      const wanted = tasksOf(readText(text).data).findLast(({ pointer }) => {
        const range = stepRange(text, pointer)
        return range && range.from <= at && at < range.to
      })
      same(stepAtOffset(text, at), wanted?.pointer, `${at} in ${text}`)
    }),
    RUNS
  )
  t.end()
})

t.test('a change in a part of a text is that of the whole text', (t) => {
  fc.assert(
    fc.property(edited, fc.nat(), fc.constantFrom('if', 'then', 'set', 'added'), (versions, at, key) => {
      const text = (versions.findLast((each) => tasksOf(readText(each).data).length > 0) ?? '').replace(/\t$/, '\t\n')
      const rows = tasksOf(readText(text).data)
      const { pointer, task } = rows[at % rows.length] ?? { pointer: '', task: {} }
      const after = { ...task, [key]: { text: 'two\nlines' } }
      const patcher = new Patcher(readWhole(text))
      changeValue(patcher, pathOfPointer(pointer), task, after, TASK_ORDER)
      const { patch, data } = changeAt(text, pathOfPointer(pointer), after)
      same(applyPatch(text, patch), patcher.text, text)
      same(tasksOf(readWhole(patcher.text).data), tasksOf(data), text)
    }),
    RUNS
  )
  t.end()
})

t.test('a member that is put before a key comes before the tag or anchor of the key', (t) => {
  for (const before of ['!!str ', '&a ']) {
    const text = `do:\n  - order:\n      ${before}call: http\n      with: {}\n`
    const task = tasksOf(readText(text).data)[0]?.task ?? {}
    const { patch } = changeAt(text, ['do', 0, 'order'], { if: '${ true }', ...task })
    t.same(readWhole(applyPatch(text, patch)).data, {
      do: [{ order: { if: '${ true }', call: 'http', with: {} } }]
    })
  }
  t.end()
})

t.test('a member behind an empty value with a tag or an anchor comes after both', (t) => {
  for (const before of ['!!null', '&a', '&a !!null']) {
    const text = `do:\n  - order: { set: 1, then: ${before} }\n`
    const { patch } = changeAt(text, ['do', 0, 'order'], { set: 1, then: null, if: 2 })
    t.equal(applyPatch(text, patch), `do:\n  - order: { set: 1, then: ${before}, if: 2 }\n`)
    const replaced = changeAt(text, ['do', 0, 'order'], { set: 1, then: 'end' })
    t.equal(applyPatch(text, replaced.patch), `do:\n  - order: { set: 1, then: end }\n`)
    const lines = `do:\n  - order:\n      set: 1\n      then: ${before}\n`
    const added = changeAt(lines, ['do', 0, 'order'], { set: 1, then: null, metadata: 2 })
    t.equal(applyPatch(lines, added.patch), `${lines}      metadata: 2\n`)
  }
  t.end()
})

t.test('an anchor above the members below the steps is not that of all of them', (t) => {
  const text = 'do:\n  - a: { set: 1 }\n&b\noutput: { as: . }\n'
  t.equal(readWhole(text).sound, false)
  t.equal(readText(text).sound, false)
  t.equal(readText('do:\n  - a: { set: 1 }\n# note\n\noutput: { as: . }\n').parts?.steps.length, 1)
  t.end()
})

t.test('a change of the settings leaves the steps and what is below them as they are', (t) => {
  const text = `${big()}output: { as: . } # kept\n`
  const before = readText(text).data as Record<string, unknown>
  for (const after of [
    { ...before, document: { name: 'other' } },
    { ...before, output: { as: '.a' } },
    { ...before, input: { from: '.b' } },
    { document: before['document'], do: before['do'] }
  ]) {
    const { patch, data } = changeAt(text, [], after)
    const changed = applyPatch(text, patch)
    t.same(readWhole(changed).data, after)
    t.same(data, after)
    t.ok(changed.includes(big().slice(big().indexOf('do:'))))
  }
  t.end()
})

t.test('what a text has in common with the one before it is not read again', (t) => {
  const steps = (text: string): readonly unknown[] => {
    const { data } = readQuickly(text) ?? {}
    return isRecord(data) && Array.isArray(data['do']) ? (data['do'] as unknown[]) : []
  }
  const before = steps(big())
  const after = steps(big((line, index) => (index === 100 ? line.replace('100 }', '7 }') : line)))
  t.equal(after.length, 300)
  t.same(after[100], { step100: { set: { number: 7 } } })
  t.strictSame(
    after.flatMap((step, index) => (step === before[index] ? [] : [index])),
    [100]
  )
  t.end()
})

t.test('a text is not sound if the parser left out one of its values, or if a key is no text', (t) => {
  const head = 'do:\n  - both:\n      fork:\n        branches:\n'
  const second = '          - stock: { set: { b: 2 } }\n'
  t.same(readText(`${head}        ?   - product: { set: { a: 1 } }\n${second}`).errors, [
    { message: 'A key must be text', line: 5, column: 13 },
    { message: 'The value of a key after "?" needs a ":" before it', line: 6, column: 11 }
  ])
  t.same(readText('do:\n  - a: { set: { : 1 } }\n').errors, [{ message: 'A key must be text', line: 2, column: 16 }])
  t.same(readText('do:\n  - a:\n      ? set\n      - x\n').errors, [
    { message: 'The value of a key after "?" needs a ":" before it', line: 4, column: 7 }
  ])
  t.same(readText('do:\n  - a:\n      ? set\n      : - x\n').data, { do: [{ a: { set: ['x'] } }] })
  t.end()
})

t.test('a long text with a fault is not read quickly, and is again once the fault is mended', (t) => {
  const broken = big((line, index) => (index === 200 ? line.replace('{ set', '{ "set') : line))
  t.equal(readQuickly(broken), undefined)
  t.equal(readText(broken).sound, false)
  t.match(readText(broken).errors, [{ message: String, line: Number, column: Number }])
  t.not(readQuickly(big()), undefined)
  t.equal(readQuickly('do: [')?.sound, false)
  t.end()
})

t.test('two steps of the same text are two', (t) => {
  const { data } = readText('do:\n  - a: { set: 1 }\n  - a: { set: 1 }\n')
  const [first, second] = (data as { do: unknown[] }).do
  t.same(first, second)
  t.not(first, second)
  t.end()
})
