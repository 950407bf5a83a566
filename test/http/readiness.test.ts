import t from 'tap'
import { createReadiness, type ReadinessDeps } from '../../src/http/readiness.ts'

function readinessOf(deps: Partial<ReadinessDeps>) {
  return createReadiness({ own: {}, shared: {}, withinGrace: () => true, onFailing: () => {}, ...deps })
}

t.test('ready if every check passes', async (t) => {
  const check = readinessOf({
    own: { a: () => true },
    shared: { b: async () => true },
    onFailing: () => t.fail('nothing fails')
  })
  t.strictSame(await check(), { status: 'ready', checks: { a: 'ok', b: 'ok' } })
})

t.test('a failing check is named in the answer, and its reason goes to the log alone', async (t) => {
  const told: [string, unknown][] = []
  const error = new Error('connect postgresql://user:password@host')
  const check = readinessOf({
    own: {
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
  t.strictSame(answer, {
    status: 'not_ready',
    checks: { fine: 'ok', no: 'failing', rejects: 'failing', throws: 'failing' }
  })
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

t.test(
  'what all processes share: not ready before it worked once, degraded within the grace, failing after it',
  async (t) => {
    let works = false
    let grace = true
    const check = readinessOf({ own: { own: () => true }, shared: { shared: () => works }, withinGrace: () => grace })
    const state = async () => {
      const { status, checks } = await check()
      return [status, checks['shared']]
    }
    t.strictSame(await state(), ['not_ready', 'failing'], 'starting: nothing is cached')
    works = true
    t.strictSame(await state(), ['ready', 'ok'])
    works = false
    t.strictSame(await state(), ['degraded', 'degraded'])
    grace = false
    t.strictSame(await state(), ['not_ready', 'failing'])
    works = true
    t.strictSame(await state(), ['ready', 'ok'], 'recovered by itself')
  }
)

t.test('what only this process has is failing, not degraded', async (t) => {
  let room = true
  const check = readinessOf({ own: { records: () => room }, shared: { database: () => true } })
  await check()
  room = false
  t.strictSame(await check(), { status: 'not_ready', checks: { records: 'failing', database: 'ok' } })
})

t.test('a check that never answers fails after its time limit, and the others are known', async (t) => {
  const check = readinessOf({ own: { hangs: () => new Promise(() => {}), fine: () => true }, timeoutMs: 5 })
  t.strictSame(await check(), { status: 'not_ready', checks: { hangs: 'failing', fine: 'ok' } })
})

t.test('simultaneous requests share one run of the checks', async (t) => {
  let runs = 0
  const gate = Promise.withResolvers<boolean>()
  const check = readinessOf({
    own: {
      counted: () => {
        runs++
        return gate.promise
      }
    }
  })
  const answers = Array.from({ length: 50 }, () => check())
  gate.resolve(true)
  t.ok((await Promise.all(answers)).every(({ status }) => status === 'ready'))
  t.equal(runs, 1)
  await check()
  t.equal(runs, 2, 'the next request runs them again')
})
