import { summary, withGateways } from './gateways/gateways.ts'

// npm run storm:signups: 100 sign-ups at once from one address, while one account signs in 40 times at once with its
// right password. Meanwhile people at other addresses sign in, make a token and call a listener by Basic. Prints what
// each side was answered, and fails if one of the others got anything but success.

const ROUNDS = 5
const SIGN_UPS = 100
const SIGN_INS = 40
const STORM_ADDRESS = '198.51.100.1'
const PASSWORD = 'pass phrase of the storm'

interface Reply {
  status: number
  json: { token?: string; id?: string; items?: { id: string }[] }
}

let failed = false
await withGateways(
  1,
  async ({ gateways: [gateway] }) => {
    const url = gateway?.url ?? ''
    async function call(address: string, method: string, path: string, auth?: string, body?: unknown): Promise<Reply> {
      const response = await fetch(url + path, {
        method,
        headers: {
          'X-Forwarded-For': address,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...(auth === undefined ? {} : { Authorization: auth })
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      return { status: response.status, json: (await response.json()) as Reply['json'] }
    }
    const signUp = (address: string, email: string): Promise<Reply> =>
      call(address, 'POST', '/v1/accounts', undefined, { email, password: PASSWORD, name: 'Storm' })
    const signIn = (address: string, email: string): Promise<Reply> =>
      call(address, 'POST', '/v1/sessions', undefined, { email, password: PASSWORD })

    /** Creates a person with a listener before the storm. */
    async function settle(number: number): Promise<{ email: string; address: string; path: string }> {
      const email = `person-${number}@sluice.local`
      await signUp(`203.0.113.${number}`, email)
      const session = `Bearer ${(await signIn(`203.0.113.${number}`, email)).json.token}`
      const make = (path: string, body?: unknown): Promise<Reply> =>
        call('203.0.113.1', body === undefined ? 'GET' : 'POST', path, session, body)
      const workspace = (await make('/v1/workspaces')).json.items?.[0]?.id
      const flow = await make(`/v1/workspaces/${workspace}/flows`, {
        document: { dsl: '1.0.3', namespace: 'storm', name: 'one-set', version: '1.0.0' },
        do: [{ answer: { set: { ok: true } } }]
      })
      const listener = await make(`/v1/workspaces/${workspace}/listeners`, { name: 'storm', flowId: flow.json.id })
      // Signs in from a new address, so that it has no advantage over the storm.
      return { email, address: `192.0.2.${number}`, path: `/v1/dynamic/listener/${listener.json.id}` }
    }

    const people = []
    for (let number = 1; number <= ROUNDS; number++) people.push(await settle(number))
    await signUp('198.51.100.2', 'storm@sluice.local')

    const stormStatuses = { signUps: new Map<number, number>(), signIns: new Map<number, number>() }
    const count = (statuses: Map<number, number>, { status }: Reply): void => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    const others = new Map<number, number>()
    const othersMs: number[] = []
    for (const [round, { email, address, path }] of people.entries()) {
      const storm = [
        ...Array.from({ length: SIGN_UPS }, async (_, number) =>
          count(stormStatuses.signUps, await signUp(STORM_ADDRESS, `new-${round}-${number}@sluice.local`))
        ),
        ...Array.from({ length: SIGN_INS }, async () =>
          count(stormStatuses.signIns, await signIn(STORM_ADDRESS, 'storm@sluice.local'))
        )
      ]
      const timed = async (work: () => Promise<Reply>): Promise<Reply> => {
        const startedAt = performance.now()
        const reply = await work()
        othersMs.push(performance.now() - startedAt)
        count(others, reply)
        return reply
      }
      const session = await timed(() => signIn(address, email))
      await timed(() =>
        call(address, 'POST', '/v1/tokens', `Bearer ${session.json.token}`, {
          name: 'storm',
          days: 1,
          password: PASSWORD
        })
      )
      const basic = `Basic ${Buffer.from(`${email}:${PASSWORD}`).toString('base64')}`
      await timed(() => call(address, 'GET', path, basic))
      await Promise.all(storm)
    }
    console.log(`${ROUNDS} rounds of ${SIGN_UPS} sign-ups and ${SIGN_INS} sign-ins at once, all from one address:`)
    console.log(`  its sign-ups: ${told(stormStatuses.signUps)}`)
    console.log(`  its sign-ins: ${told(stormStatuses.signIns)}`)
    console.log(`others (sign-in, new token, call by Basic): ${told(others)}; ${summary(othersMs)}`)
    failed = [...others.keys()].some((status) => status >= 300)
  },
  { SIGNUP: 'open', TRUST_PROXY: '127.0.0.1/32' }
)
console.log(failed ? 'FAILED: others were refused' : 'ok: nobody else was refused')
process.exitCode = failed ? 1 : 0

function told(statuses: ReadonlyMap<number, number>): string {
  return [...statuses].map(([status, times]) => `${times} × ${status}`).join(', ')
}
