import t from 'tap'
import { createReadiness } from '../../src/http/readiness.ts'

t.test('ready where every check says so', async (t) => {
  const check = createReadiness({
    checks: { a: () => true, b: async () => true },
    onFailing: () => t.fail('nothing fails')
  })
  t.strictSame(await check(), { ready: true, checks: { a: 'ok', b: 'ok' } })
})

t.test('one failing check is named, and why goes to the log alone', async (t) => {
  const told: [string, unknown][] = []
  const error = new Error('connect postgresql://user:password@host')
  const check = createReadiness({
    checks: {
      fine: () => true,
      no: () => false,
      rejects: async () => {
        throw error
      },
      throws: () => {
        throw error
      }
    },
    onFailing: (name, why) => told.push([name, why])
  })
  const answer = await check()
  t.strictSame(answer, { ready: false, checks: { fine: 'ok', no: 'failing', rejects: 'failing', throws: 'failing' } })
  t.notMatch(JSON.stringify(answer), /postgresql/)
  t.strictSame(
    new Map(told),
    new Map<string, unknown>([
      ['no', undefined],
      ['rejects', error],
      ['throws', error]
    ])
  )
})

t.test('a check that never answers fails after its time, and the others are known', async (t) => {
  const check = createReadiness({
    checks: { hangs: () => new Promise(() => {}), fine: () => true },
    onFailing: () => {},
    timeoutMs: 5
  })
  t.strictSame(await check(), { ready: false, checks: { hangs: 'failing', fine: 'ok' } })
})

t.test('many who ask at the same moment cost one run', async (t) => {
  let runs = 0
  const gate = Promise.withResolvers<boolean>()
  const check = createReadiness({
    checks: {
      counted: () => {
        runs++
        return gate.promise
      }
    },
    onFailing: () => {}
  })
  const answers = Array.from({ length: 50 }, () => check())
  gate.resolve(true)
  t.ok((await Promise.all(answers)).every(({ ready }) => ready))
  t.equal(runs, 1)
  await check()
  t.equal(runs, 2, 'the next one is asked anew')
})
