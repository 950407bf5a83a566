import fc from 'fast-check'
import t from 'tap'
import type { TimeRules } from '../../src/jws/check-times.ts'
import { readClaims } from '../../src/jws/read-claims.ts'
import { JwsRefused } from '../../src/jws/reasons.ts'
import { NOW, NOW_SECONDS } from './fixtures.ts'

const read = (claims: object | string, rules: Partial<TimeRules> = {}): ReturnType<typeof readClaims> =>
  readClaims(Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)), { now: NOW, ...rules })

function reasonOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof JwsRefused) return error.reason
    throw error
  }
}

t.test('accepted: times come back in milliseconds, beside every claim as it was signed', async (t) => {
  const claims = { exp: NOW_SECONDS + 1.5, nbf: NOW_SECONDS - 1, iat: NOW_SECONDS - 2, custom: { a: [1] } }
  t.same(read(claims), { all: claims, expiresAt: NOW + 1500, notBefore: NOW - 1000, issuedAt: NOW - 2000 })
  t.same(read({ exp: NOW_SECONDS + 1 }), {
    all: { exp: NOW_SECONDS + 1 },
    expiresAt: NOW + 1000,
    notBefore: undefined,
    issuedAt: undefined
  })
})

t.test('a token is over at exp, whatever the leeway', async () => {
  fc.assert(
    fc.property(fc.integer({ min: -10_000, max: 10_000 }), fc.nat({ max: 600 }), (ahead, leewaySeconds) => {
      const reason = reasonOf(() => read({ exp: NOW_SECONDS + ahead }, { leewaySeconds }))
      return reason === (ahead <= 0 ? 'expired' : undefined)
    })
  )
})

t.test(
  'leeway is for signers whose clock runs ahead: nbf and iat may be that far in the future, and no further',
  async () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.nat({ max: 600 }), (ahead, leewaySeconds) => {
        const exp = NOW_SECONDS + 9999
        const late = ahead > leewaySeconds
        return (
          reasonOf(() => read({ exp, nbf: NOW_SECONDS + ahead }, { leewaySeconds })) ===
            (late ? 'not_yet_valid' : undefined) &&
          reasonOf(() => read({ exp, iat: NOW_SECONDS + ahead }, { leewaySeconds })) ===
            (late ? 'issued_in_future' : undefined)
        )
      })
    )
  }
)

t.test('the life of a token counts from iat, and without it from now', async (t) => {
  const rules = { maxTokenSeconds: 60 }
  t.equal(
    reasonOf(() => read({ exp: NOW_SECONDS + 60 }, rules)),
    undefined
  )
  t.equal(
    reasonOf(() => read({ exp: NOW_SECONDS + 61 }, rules)),
    'lifetime_too_long'
  )
  t.equal(
    reasonOf(() => read({ iat: NOW_SECONDS - 50, exp: NOW_SECONDS + 10 }, rules)),
    undefined
  )
  t.equal(
    reasonOf(() => read({ iat: NOW_SECONDS - 51, exp: NOW_SECONDS + 10 }, rules)),
    'lifetime_too_long'
  )
  t.equal(
    reasonOf(() => read({ exp: NOW_SECONDS + 1e9 })),
    undefined,
    'without a bound of the workspace there is none'
  )
})

t.test('refused: a payload of any depth, without running out of stack', async (t) => {
  const deep = (levels: number): string =>
    `{"exp":${NOW_SECONDS + 1},"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  t.equal(
    reasonOf(() => read(deep(16))),
    undefined
  )
  t.equal(
    reasonOf(() => read(deep(17))),
    'payload_too_deep'
  )
  t.equal(
    reasonOf(() => read(deep(100_000))),
    'payload_too_deep'
  )
})

t.test('claims that every object inherits are not claims', async (t) => {
  t.equal(
    reasonOf(() => read({ constructor: 1, exp: NOW_SECONDS + 1 })),
    undefined
  )
  t.equal(
    reasonOf(() => read({ toString: 1 })),
    'exp_missing'
  )
})
