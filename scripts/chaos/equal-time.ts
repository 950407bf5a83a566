import { newId } from '../../src/lib/ids.ts'
import { summary, withGateways } from './gateways/gateways.ts'

// npm run equal-time: sends 500 wrong passwords for known and 500 for unknown e-mails, interleaved, and checks that a
// rank test cannot tell them apart by their time.

const EACH = 500
/**
 * How many passwords are tried for one account, below the limit of wrong passwords for one account from one address.
 */
const TRIES_OF_ONE = 8
/** One in a hundred pairs of equal samples would exceed this. */
const Z_LIMIT = 2.58

await withGateways(
  1,
  async ({ gateways: [gateway], pool, accountId }) => {
    const accounts = Math.ceil(EACH / TRIES_OF_ONE)
    const emailOf = (kind: string, index: number): string => `${kind}-${Math.floor(index / TRIES_OF_ONE)}@example.com`
    await pool.query(
      `insert into account (id, email, name, password_hash, created_at)
      select id, email, 'x', (select password_hash from account where id = $3), now()
      from unnest($1::text[], $2::text[]) as given(id, email)`,
      [
        Array.from({ length: accounts }, () => newId('acc')),
        Array.from({ length: accounts }, (_, index) => emailOf('known', index * TRIES_OF_ONE)),
        accountId
      ]
    )

    const shapes = new Set<string>()
    async function attempt(kind: string, index: number): Promise<number> {
      const startedAt = performance.now()
      const response = await fetch(`${gateway?.url}/v1/sessions`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          'X-Forwarded-For': `198.51.${Math.floor(index / 250)}.${index % 250}`
        },
        body: JSON.stringify({ email: emailOf(kind, index), password: 'the wrong pass phrase' })
      })
      const body = (await response.json()) as Record<string, unknown>
      const ms = performance.now() - startedAt
      const headers = Object.fromEntries(
        [...response.headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
      )
      shapes.add(JSON.stringify([response.status, { ...body, requestId: '' }, headers]))
      return ms
    }

    const known: number[] = []
    const unknown: number[] = []
    for (let index = 0; index < EACH; index++) {
      // The order changes, so that no drift of the machine favours one of the two.
      const order =
        index % 2 === 0
          ? ([
              ['known', known],
              ['unknown', unknown]
            ] as const)
          : ([
              ['unknown', unknown],
              ['known', known]
            ] as const)
      for (const [kind, times] of order) times.push(await attempt(kind, index))
    }
    const z = rankTest(known, unknown)
    console.log(`known e-mail: ${summary(known)}\nunknown e-mail: ${summary(unknown)}`)
    console.log(
      `different answers, status, body or header: ${shapes.size - 1}; rank test (Mann-Whitney): z = ` +
        `${z.toFixed(2)}, ${Math.abs(z) < Z_LIMIT ? 'no difference' : 'A DIFFERENCE'} at 1 %`
    )
    if (shapes.size !== 1 || Math.abs(z) >= Z_LIMIT) process.exitCode = 1
  },
  { TRUST_PROXY: '127.0.0.1' }
)

/** The Mann-Whitney U test, in its normal approximation. Returns z. */
function rankTest(a: readonly number[], b: readonly number[]): number {
  const ranked = [...a.map((value) => ({ value, mine: true })), ...b.map((value) => ({ value, mine: false }))].toSorted(
    (x, y) => x.value - y.value
  )
  const rankSum = ranked.reduce((sum, { mine }, index) => sum + (mine ? index + 1 : 0), 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  return (u - (a.length * b.length) / 2) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
}
