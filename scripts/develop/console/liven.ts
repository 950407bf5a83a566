import { createHmac } from 'node:crypto'
import { seedId } from '../seed/rows.ts'

/** The URL of the gateway, and the caller. */
export interface Caller {
  url: string
  email: string
  password: string
}

/** The created resources, for their pages: the path of the page, and the id in it. */
export type Examples = readonly (readonly [path: string, id: string])[]

const DAY_SECONDS = 86_400

/**
 * Fills a seeded workspace with typical activity: tokens that call and are refused, a customer, a schedule, events, a
 * waiting run.
 */
export async function liven(caller: Caller): Promise<Examples> {
  const { url, password } = caller
  const listener = (index: number): string => seedId('lsn', 1, index)
  const send = (method: string, path: string, body?: unknown) => call(caller, method, path, body)
  const create = (name: string, fields: object) => send('POST', '/v1/tokens', { name, password, days: 28, ...fields })

  const warehouse = await create('warehouse', { days: 3, scope: { listeners: [listener(0), listener(4)] } })
  const shop = await create('shop-front', { scope: { workspaces: [seedId('wsp', 1, 0)] } })
  await create('nightly-import', { days: 0, format: 'jwt' })
  for (let count = 0; count < 12; count++) {
    await callListener(url, listener(count % 4), shop.token)
    await callListener(url, listener(0), warehouse.token)
  }
  const failed = await callListener(url, listener(4), warehouse.token)
  const refused = await callListener(url, listener(1), warehouse.token)
  await callListener(url, listener(0), `slc_${'x'.repeat(60)}`)
  await callListener(url, listener(0), undefined)
  const rotated = await send('POST', `/v1/tokens/${shop.id}/rotate`, { password, overlapSeconds: DAY_SECONDS })
  await callListener(url, listener(0), rotated.token)

  const at = `/v1/workspaces/${seedId('wsp', 1, 0)}`
  const workspace = await send('GET', at)
  await send('PUT', `${at}/secrets/erpKey`, { value: 'a value that is never shown' })
  await send('PUT', `${at}/secrets/shopLogin`, { value: { username: 'shop', password: 'a password' } })
  const { secret } = await send('POST', `${at}/secret/rotate`, { password, overlapSeconds: 0 })
  const customer = await self(url, workspace.key, secret, { id: 'user-4711', name: 'Ada', fields: { plan: 'pro' } })
  await self(url, workspace.key, secret, { id: 'user-4712', name: 'Grace' })
  const action = await send('POST', `${at}/actions`, {
    name: 'Order desk',
    origins: ['https://orders.example.com'],
    listeners: [listener(0)]
  })
  const flow = (name: string, members: object) =>
    send('POST', `${at}/flows`, { document: { dsl: '1.0.3', namespace: 'shop', name, version: '1.0.0' }, ...members })
  await flow('nightly-report', { schedule: { cron: '0 3 * * *' }, do: [{ report: { set: { ok: true } } }] })
  const order = await flow('order-received', {
    do: [
      {
        tell: {
          emit: {
            event: { with: { source: 'https://shop.example', type: 'shop.order.received', data: { order: 17 } } }
          }
        }
      },
      { pack: { wait: { hours: 1 } } }
    ]
  })
  const orders = await send('POST', `${at}/listeners`, { name: 'Order received', flowId: order.id, mode: 'async' })
  await callListener(url, orders.id, rotated.token, 'POST')
  return [
    ['/tokens/$id', rotated.id],
    ['/tokens/$id/rotate', warehouse.id],
    ['/runs/$id', failed.headers.get('sluice-run-id') ?? ''],
    ['/requests/$requestId', refused.headers.get('x-request-id') ?? ''],
    ['/flows/$id', seedId('flw', 1, 2)],
    ['/listeners/$id', listener(0)],
    ['/listeners/$id/url-token', listener(0)],
    ['/customers/$cid', customer.internalId],
    ['/actions/$id', action.actionPackageId]
  ]
}

// Read as it comes: what is missing shows where it is used.
// oxlint-disable-next-line typescript/no-explicit-any
type Answer = any

/** One call by Basic. @throws Error for every refusal */
export async function call(
  { url, email, password }: Caller,
  method: string,
  path: string,
  body?: unknown
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

function callListener(url: string, id: string, token: string | undefined, method = 'GET'): Promise<Response> {
  return fetch(`${url}/v1/dynamic/listener/${id}`, {
    method,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` }
  })
}

/** Makes the first call of the customer, which creates it. */
async function self(url: string, key: string, secret: string, claims: object): Promise<{ internalId: string }> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + DAY_SECONDS
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: key, ...claims, exp })}`
  const signature = createHmac('sha256', secret).update(text).digest('base64url')
  const response = await fetch(`${url}/v1/self`, { headers: { Authorization: `Bearer ${text}.${signature}` } })
  return (await response.json()) as { internalId: string }
}
