import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { pathOfPointer, tasksOf } from '../../../src/console/flow/tasks.ts'
import { changeValue } from '../../../src/console/flow/text/change-value.ts'
import { applyEdits, applyPatch, inverted, type Patch } from '../../../src/console/flow/text/edits.ts'
import { Patcher } from '../../../src/console/flow/text/patcher.ts'
import { readWhole } from '../../../src/console/flow/text/read-whole.ts'
import {
  insertStep,
  insertStepText,
  moveSteps,
  placeOf,
  removeSteps,
  renameStep,
  textOfSteps,
  wrapSteps,
  type StepPlace
} from '../../../src/console/flow/text/step-text.ts'
import { texts, WILD } from './fixtures/texts.ts'

type Json = any

const step = (value: Json, path: readonly (string | number)[]): Json => path.reduce((at, key) => at?.[key], value)
const wholePath = ({ list, index }: StepPlace) => [...list, index]

/** Lines without content that may stand anywhere between others. */
const BLANKS = ['', ' ', ' '.repeat(7), ' '.repeat(20), '\t', '    \t', '\r', '\t# tab', `${' '.repeat(9)}# deep`]

/** A text, with lines without content somewhere in it, and the steps in it. */
const anyText = fc
  .tuple(
    fc.nat(texts.length - 1),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...BLANKS), fc.boolean()), { maxLength: 3 })
  )
  .map(([index, blanks]) =>
    blanks.reduce((text, [at, blank, atEnd]) => {
      const lines = text.split('\n')
      return lines.toSpliced(atEnd ? lines.length : at % lines.length, 0, blank).join('\n')
    }, texts[index] ?? '')
  )
  // The parser accepts a tab in a last line without a line break after some values, and refuses it after others.
  .map((text) => text.replace(/\t$/, '\t\n'))
  .filter((text) => readWhole(text).sound)
  .map((text) => {
    const pointers = tasksOf(parse(text)).map(({ pointer }) => pointer)
    return { text, data: parse(text) as Json, places: pointers.map(placeOf), pointers }
  })
const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T

const comments = (text: string): string[] =>
  [...text.matchAll(/(?:^|\s)(#(?!.*\bno comment\b).*)$/gm)].map(([, comment = '']) => comment).sort()

/** Lines of the first text that the second does not have any more. */
function lost(before: string, after: string, trimmed = false): string[] {
  const left = after.split('\n').map((line) => (trimmed ? line.trim() : line))
  return before
    .split('\n')
    .map((line) => (trimmed ? line.trim() : line))
    .filter((line) => {
      const at = left.indexOf(line)
      if (at >= 0) left.splice(at, 1)
      return at < 0 && line.trim() !== ''
    })
}

function check(text: string, patch: Patch, wanted: Json): string {
  const result = applyPatch(text, patch)
  fc.pre(wanted !== undefined)
  let back = result
  let at = text
  const steps = patch.map((edits) => {
    const undo = inverted(at, edits)
    at = applyEdits(at, edits)
    return undo
  })
  for (const undo of steps.reverse()) back = applyEdits(back, undo)
  if (back !== text) throw new Error(`undo gives another text:\n${back}`)
  const parsed = parse(result) as Json
  if (JSON.stringify(parsed) !== JSON.stringify(wanted))
    throw new Error(`${JSON.stringify(parsed)}\nis not\n${JSON.stringify(wanted)}\nin\n${result}`)
  return result
}

/** Lines that are written anew because brackets on the way to the step do not take steps in lines. */
const inBrackets = (line: string): boolean => /[[{]/.test(line) || /[\]}],?\s*(#.*)?$/.test(line)

const RUNS = { numRuns: 150 }

t.test('a new step changes no other line, wherever it goes', (t) => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.boolean(), ({ text, data, places }, at, after) => {
      const place = pick(places, at)
      const to = { ...place, index: place.index + Number(after) }
      const wanted = structuredClone(data)
      step(wanted, to.list).splice(to.index, 0, { fresh: { set: { a: '${ .b }', c: 'two\nlines' } } })
      const patch = insertStep(text, to, ['fresh', { set: { a: '${ .b }', c: 'two\nlines' } }])
      const result = check(text, patch, wanted)
      t.strictSame(
        lost(text, result).filter((line) => !inBrackets(line)),
        []
      )
      t.strictSame(comments(result), comments(text))
    }),
    RUNS
  )
  t.end()
})

t.test('a step that is taken out takes its own lines along, and no others', (t) => {
  fc.assert(
    fc.property(anyText, fc.nat(), ({ text, data, places }, at) => {
      const place = pick(places, at)
      const wanted = structuredClone(data)
      step(wanted, place.list).splice(place.index, 1)
      const own = textOfSteps(text, [place])
        .split('\n')
        .map((line) => line.trim())
      const result = check(text, removeSteps(text, [place]), wanted)
      t.strictSame(
        lost(text, result, true).filter((line) => !own.includes(line) && !inBrackets(line) && !/:$|: *#/.test(line)),
        []
      )
    }),
    RUNS
  )
  t.end()
})

t.test('steps that move keep their text and their comments, and all others stay as they are', (t) => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.nat(), fc.boolean(), ({ text, data, places }, from, at, after) => {
      const moved = pick(places, from)
      const target = pick(places, at)
      const to = { ...target, index: target.index + Number(after) }
      fc.pre(!`${to.list.join('/')}/`.startsWith(`${wholePath(moved).join('/')}/`))
      const wanted = structuredClone(data)
      const list = step(wanted, moved.list)
      const goal = step(wanted, to.list)
      const [item] = list.splice(moved.index, 1)
      goal.splice(list === goal && moved.index < to.index ? to.index - 1 : to.index, 0, item)
      const result = check(text, moveSteps(text, [moved], to), wanted)
      t.strictSame(
        lost(text, result, true).filter((line) => !inBrackets(line) && !/^\w+: *(#.*)?$/.test(line)),
        []
      )
      t.strictSame(comments(result), comments(text))
    }),
    RUNS
  )
  t.end()
})

t.test('a step takes its new name along to the steps that lead to it', (t) => {
  for (const text of texts) {
    for (const pointer of tasksOf(parse(text)).map(({ pointer }) => pointer)) {
      const place = placeOf(pointer)
      const [name] = Object.keys(step(parse(text), wholePath(place)))
      const result = applyPatch(text, renameStep(text, place, 'another name: yes'))
      const siblings = JSON.stringify(step(parse(result), place.list))
      t.notMatch(siblings, `"then":"${name}"`)
      t.equal(Object.keys(step(parse(result), wholePath(place)))[0], 'another name: yes')
      t.equal(text.split('\n').length, result.split('\n').length)
      t.strictSame(comments(result), comments(text))
    }
  }
  t.end()
})

t.test('steps that are wrapped stand in the new one as they were', (t) => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.nat(3), ({ text, data, places }, at, more) => {
      const first = pick(places, at)
      const list = step(data, first.list) as Json[]
      const count = Math.min(list.length - first.index, more + 1)
      const wrapped = list
        .slice(first.index, first.index + count)
        .map((_, index) => ({ ...first, index: first.index + index }))
      const wanted = structuredClone(data)
      const goal = step(wanted, first.list)
      const inner = goal.splice(first.index, count)
      goal.splice(first.index, 0, { loop: { for: { in: '.items' }, do: inner } })
      const result = check(
        text,
        wrapSteps(text, wrapped, 'loop', { above: 'for: { in: .items }\ndo:\n', below: '' }),
        wanted
      )
      t.strictSame(comments(result), comments(text))
    }),
    RUNS
  )
  t.end()
})

/** Text that means something else in YAML where it is not quoted, or not quoted well. */
const AWKWARD = [
  'two\nlines',
  '\n',
  '\n\n x',
  'a\r\nb',
  ' a ',
  '\t',
  'a, b',
  '} ]',
  '[',
  "it's",
  '"so"',
  'a #no comment',
  '- a'
]
  .concat('? a', '&a', '*a', '!a', '%a', '@a', '`a', '|', '>', '---', '...', 'null', '~', '0x1', '1e3', '\u2028', '😀')
  .concat('a\n# no comment', 'a\n  - b\n', 'a:\n')

const anyValue = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.constantFrom<Json>('', 'a: b', '${ .a }', 'two\nlines\n', '# none', 'yes', '1', 1, true, null, [], {}, [1], {
    a: { b: [{ c: 1 }, 'd'] }
  }),
  fc.dictionary(fc.constantFrom('a', 'b', 'method'), fc.constantFrom<Json>('x', 1, { deep: ['y'] }), { maxKeys: 3 })
)

t.test('a value that changes leaves the rest of the text alone', (t) => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.nat(9), anyValue, ({ text, data, pointers }, at, member, value) => {
      const path = pathOfPointer(pick(pointers, at))
      const before = step(data, path) as Json
      fc.pre(typeof before === 'object' && before !== null)
      const after = structuredClone(before)
      const key = pick([...Object.keys(before), 'if', 'then', 'added'], member)
      after[key] = value
      const wanted = structuredClone(data)
      step(wanted, path.slice(0, -1))[path.at(-1) ?? ''] = after
      const patcher = new Patcher(text)
      changeValue(patcher, path, before, after)
      // What is added can stand elsewhere among its neighbors.
      check(text, patcher.patch, sameOrder(wanted, parse(patcher.text)))
      if (!(key in before)) t.strictSame(comments(patcher.text).length, comments(text).length)
    }),
    { numRuns: 600 }
  )
  t.end()
})

t.test('members that come, go and change at once', (t) => {
  fc.assert(
    fc.property(
      anyText,
      fc.nat(),
      fc.dictionary(fc.constantFrom('if', 'set', 'call', 'with', 'then'), anyValue),
      ({ text, data, pointers }, at, after) => {
        const path = pathOfPointer(pick(pointers, at))
        const wanted = structuredClone(data)
        step(wanted, path.slice(0, -1))[path.at(-1) ?? ''] = after
        const patcher = new Patcher(text)
        changeValue(patcher, path, step(data, path), after)
        check(text, patcher.patch, sameOrder(wanted, parse(patcher.text)))
      }
    ),
    { numRuns: 600 }
  )
  t.end()
})

t.test('a comment below a value does not become a line of text that takes its place', (t) => {
  const before = 'do:\n  - a:\n      call: http\n      with:\n        method: get\n        # below\n  - b: { set: 1 }\n'
  for (const after of [{ if: 'two\nlines\n' }, { with: { body: 'two\nlines' } }, { with: 'two\nlines\n' }]) {
    const patcher = new Patcher(before)
    changeValue(patcher, ['do', '0', 'a'], { call: 'http', with: { method: 'get' } }, after)
    check(before, patcher.patch, { do: [{ a: after }, { b: { set: 1 } }] })
    t.match(patcher.text, /^ *# below$/m)
  }
  t.end()
})

t.test('lines without content do not become part of a text of several lines above them', (t) => {
  const before = `do:\n  - a:\n      set: 1\n${' '.repeat(14)}\n\t\n\t# tab\n  - b: { set: 1 }\n${' '.repeat(14)}`
  for (const after of [{ set: 'two\nlines' }, { set: 1, if: 'two\nlines' }, { set: { text: 'two\nlines' } }]) {
    const patcher = new Patcher(before)
    changeValue(patcher, ['do', '0', 'a'], { set: 1 }, after)
    check(before, patcher.patch, { do: [{ a: after }, { b: { set: 1 } }] })
  }
  const fresh = { fresh: { set: { c: 'two\nlines' } } }
  const data = parse(before) as Json
  for (const index of [0, 1, 2])
    check(before, insertStep(before, { list: ['do'], index }, ['fresh', fresh.fresh]), {
      do: data.do.toSpliced(index, 0, fresh)
    })
  t.end()
})

t.test('blank lines within a text of several lines are indented with it', (t) => {
  const code = 'a\n   \n\n  b\n'
  const before = `do:\n  - outer:\n      do:\n        - inner:\n            set: |\n              a\n                 \n\n                b\n  - last: { set: 1 }\n`
  t.same(parse(before).do[0].outer.do[0].inner.set, code)
  const moved = applyPatch(
    before,
    moveSteps(before, [{ list: ['do', 0, 'outer', 'do'], index: 0 }], { list: ['do'], index: 2 })
  )
  t.same(parse(moved).do, [{ outer: { do: [] } }, { last: { set: 1 } }, { inner: { set: code } }])
  const back = applyPatch(
    moved,
    moveSteps(moved, [{ list: ['do'], index: 2 }], { list: ['do', 0, 'outer', 'do'], index: 0 })
  )
  t.same(parse(back).do, parse(before).do)
  t.end()
})

t.test('a list that loses its last step keeps its tag, and the comments that belong to none', (t) => {
  const before =
    'do:\n  - outer:\n      do: !!seq # behind\n            # deep\n        # own\n        - inner: { set: 1 }\n'
  const after = 'do:\n  - outer:\n      do: !!seq [] # behind\n            # deep\n'
  t.equal(applyPatch(before, removeSteps(before, [{ list: ['do', 0, 'outer', 'do'], index: 0 }])), after)
  t.end()
})

/** The wanted data with its members in the order of the other: an order of members means nothing in YAML. */
function sameOrder(wanted: Json, other: Json): Json {
  if (Array.isArray(wanted)) return wanted.map((each, index) => sameOrder(each, other?.[index]))
  if (typeof wanted !== 'object' || wanted === null) return wanted
  const keys = Object.keys(wanted)
  const order = Object.keys(other ?? {})
  keys.sort((a, b) => order.indexOf(a) - order.indexOf(b))
  return Object.fromEntries(keys.map((key) => [key, sameOrder(wanted[key], other?.[key])]))
}

t.test('pasted steps keep their comments', (t) => {
  const lines = '# how\n- a: # why\n    set: 1\n- b: { set: 2 }\n'
  const result = applyPatch(WILD, insertStepText(WILD, { list: ['do'], index: 1 }, lines))
  for (const line of ['    # how', '    - a: # why', '        set: 1', '    - b: { set: 2 }'])
    t.ok(result.includes(`${line}\n`), line)
  t.end()
})
