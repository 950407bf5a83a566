import t from 'tap'
import { createEchoListener, createToken } from '../fixtures/echo-listener.ts'
import { startSluice } from '../fixtures/sluice.ts'

const forwarded = (token: string, addresses: string) => ({
  headers: [
    ['Authorization', `Bearer ${token}`],
    ['X-Forwarded-For', addresses]
  ] as [string, string][]
})

t.test('a token for some addresses, without a proxy that is believed', async (t) => {
  const { client } = await startSluice(t)
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const elsewhere = await createToken(t, client, owner, { allowedIps: ['10.0.0.1'] })
  const here = await createToken(t, client, owner, { allowedIps: ['127.0.0.0/8', '::1'] })
  t.equal((await client.call('GET', path, { as: elsewhere.token })).status, 401)
  t.equal(
    (await client.call('GET', path, forwarded(elsewhere.token, '10.0.0.1'))).status,
    401,
    'whoever calls says what they like'
  )
  t.equal((await client.call('GET', path, forwarded(here.token, '10.0.0.1'))).status, 200)
  t.match((await client.call('GET', `/v1/tokens/${elsewhere.id}/denials`, { as: owner.session })).json.items, [
    { reason: 'ip_not_allowed', ip: '127.0.0.1' },
    { reason: 'ip_not_allowed', ip: '127.0.0.1' }
  ])
})

t.test('a token for some addresses, behind a proxy that is believed', async (t) => {
  const { client } = await startSluice(t, { trustProxy: ['127.0.0.1/32'] })
  const owner = await client.signUp()
  const { path } = await createEchoListener(t, client, owner)
  const { id, token } = await createToken(t, client, owner, {
    allowedIps: ['10.0.0.1', '192.168.0.0/16', '2001:db8::/32']
  })
  const answers: [addresses: string, status: number, why: string][] = [
    ['10.0.0.1', 200, 'the address itself'],
    ['::ffff:10.0.0.1', 200, 'the same in IPv6 form'],
    ['10.0.0.10', 401, 'only looks like it'],
    ['110.0.0.1', 401, 'only ends like it'],
    ['192.168.255.255', 200, 'in the block'],
    ['192.169.0.0', 401, 'just outside'],
    ['2001:db8:ffff::1', 200, 'in the block of IPv6'],
    ['2001:db9::1', 401, 'outside of it'],
    ['10.0.0.1, 198.51.100.7', 401, 'what the caller sent before the proxy added where it came from'],
    ['198.51.100.7, 10.0.0.1', 200, 'the proxy said so last'],
    ['10.0.0.1, 127.0.0.1', 200, 'through two proxies that are believed'],
    ['nonsense', 401, 'no address'],
    ['', 401, "nothing: the proxy's own"],
    ['10.0.0.1:8080', 200, 'the address with the port of the client'],
    ['[2001:db8::1]:443', 200, 'an IPv6 address in brackets, with a port']
  ]
  for (const [addresses, status, why] of answers)
    t.equal((await client.call('GET', path, forwarded(token, addresses))).status, status, `${addresses}: ${why}`)
  const { items } = (await client.call('GET', `/v1/tokens/${id}/denials?limit=200`, { as: owner.session })).json
  t.ok(
    items.some(({ ip }: { ip: string }) => ip === '198.51.100.7'),
    'the denial has the address that was believed'
  )
})
