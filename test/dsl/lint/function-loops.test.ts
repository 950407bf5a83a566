import t from 'tap'
import { workbench } from '../fixtures/run.ts'

const { lint } = workbench(t)
const TASK = 'do: [ { a: { set: { n: 1 } } } ]'

/** The functions that the lint reports, of functions given by what each calls. */
async function looping(calls: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const functions = Object.entries(calls).map(([name, called]) => {
    const tasks = called.map((other, index) => `{ t${index}: { call: ${other} } }`)
    return `    ${name}: { do: [ ${['{ start: { set: { n: 1 } } }', ...tasks].join(', ')} ] }\n`
  })
  const faults = await lint(`use:\n  functions:\n${functions.join('')}${TASK}\n`)
  return faults.flatMap((fault) => /^\/use\/functions\/(\w+) The function .* calls itself/.exec(fault)?.[1] ?? [])
}

t.test('a function that comes back to itself is a fault; one that only leads into a loop is not', async (t) => {
  t.same(await looping({ a: ['a'] }), ['a'])
  t.same(await looping({ a: ['b'], b: ['c'], c: ['a'] }), ['a', 'b', 'c'])
  t.same(await looping({ into: ['a'], a: ['b'], b: ['a', 'out'], out: [] }), ['a', 'b'])
  t.same(await looping({ a: ['a', 'between'], between: ['b'], b: ['c'], c: ['b'] }), ['a', 'b', 'c'])
  t.same(await looping({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }), [], 'a function that two call is no loop')
  t.same(await looping({ a: ['b', 'c'], b: ['c'], c: ['b', 'd'], d: ['a'] }), ['a', 'b', 'c', 'd'])
})

t.test('the longest chain and the longest ring of functions that fit a document are checked', async (t) => {
  const ring = (length: number, last: string): string => {
    const functions = Array.from({ length }, (_, n) => `    f${n}: { call: ${n + 1 < length ? `f${n + 1}` : last} }\n`)
    return `use:\n  functions:\n${functions.join('')}    end: { set: { n: 1 } }\n${TASK}\n`
  }
  const tooMany = /more than 1000 tasks/
  const chain = await lint(ring(4500, 'end'))
  t.equal(chain.length, 1)
  t.match(chain[0], tooMany)
  t.equal((await lint(ring(4500, 'f0'))).length, 200, 'as many faults as are listed')
})
