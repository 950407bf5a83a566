import fc from 'fast-check'
import t from 'tap'
import { rateHeaders, refusalHeaders } from '../../../src/platform/rate-limits/headers.ts'
import { createWindowCounter } from '../../../src/platform/rate-limits/windows.ts'
import { tokenQuota, tokenRate, type RatePolicy } from '../../../src/platform/rate-limits/policy.ts'

const rate = (limit: number, windowSeconds = 60): RatePolicy => tokenRate('tok_a', { limit, windowSeconds })

function steppedClock(start = 1_000_000_000_000) {
  let at = start
  return {
    now: () => at,
    advance(ms: number) {
      at += ms
    }
  }
}

t.test(
  'exactly as many calls as the limit pass in a window, and the next window begins with the first call after it',
  async (t) => {
    const clock = steppedClock()
    const limiter = createWindowCounter({ clock })
    const pass = (): boolean => limiter.consume([rate(3)]).refusedBy === undefined
    t.same([pass(), pass(), pass(), pass(), pass()], [true, true, true, false, false])
    clock.advance(59_999)
    t.equal(pass(), false)
    clock.advance(1)
    t.same([pass(), pass(), pass(), pass()], [true, true, true, false])
  }
)

t.test('a quota of a day begins anew at 00:00 UTC', async (t) => {
  const clock = steppedClock(Date.parse('2026-11-21T23:59:58Z'))
  const limiter = createWindowCounter({ clock })
  const consume = () => limiter.consume([tokenQuota('tok_a', 1)])
  t.equal(consume().refusedBy, undefined)
  t.match(consume().refusedBy, { remaining: 0, resetMs: 2_000 })
  clock.advance(2_000)
  t.equal(consume().refusedBy, undefined)
})

t.test('a call that one limit refuses counts under none', async (t) => {
  const limiter = createWindowCounter({ clock: steppedClock() })
  const narrow = rate(1)
  const wide = { ...rate(10), key: 'wide', name: 'wide' }
  limiter.consume([narrow, wide])
  for (let count = 0; count < 5; count++) t.equal(limiter.consume([wide, narrow]).refusedBy?.policy.name, 'token')
  t.equal(limiter.consume([wide]).remaining[0]?.remaining, 8)
})

t.test('property: no sequence of calls and pauses lets more through in a window than the limit', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 200 }),
      (limit, pauses) => {
        const clock = steppedClock()
        const limiter = createWindowCounter({ clock })
        let windowEnd = -Infinity
        let passed = 0
        for (const pause of pauses) {
          clock.advance(pause)
          if (limiter.consume([rate(limit)]).refusedBy) continue
          if (clock.now() >= windowEnd) {
            windowEnd = clock.now() + 60_000
            passed = 0
          }
          if (++passed > limit) return false
        }
        return true
      }
    )
  )
})

t.test('the header fields are those of draft-ietf-httpapi-ratelimit-headers-10', async (t) => {
  const clock = steppedClock(Date.parse('2026-11-21T12:00:00.500Z'))
  const limiter = createWindowCounter({ clock })
  const policies = [rate(2), tokenQuota('tok_a', 100)]
  t.same(rateHeaders(limiter.consume(policies).remaining), {
    'RateLimit-Policy': '"token";q=2;w=60, "day";q=100;w=86400',
    RateLimit: '"token";r=1;t=60, "day";r=99;t=43200'
  })
  limiter.consume(policies)
  t.match(
    refusalHeaders(limiter.consume(policies)),
    { RateLimit: '"token";r=0;t=60, "day";r=98;t=43200', 'Retry-After': '60' },
    'the day has calls left and is not waited for'
  )
})

t.test('windows are bounded: the one unused for longest is forgotten first', async (t) => {
  const limiter = createWindowCounter({ clock: steppedClock(), maxWindows: 2 })
  const of = (key: string) => limiter.consume([{ ...rate(1), key }]).refusedBy === undefined
  t.same([of('a'), of('b'), of('b'), of('c'), of('a')], [true, true, false, true, true])
})
