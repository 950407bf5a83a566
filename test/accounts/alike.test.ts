import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

t.test(
  '401: an unknown e-mail and a wrong password get the same body and headers, at sign-in and by Basic',
  async (t) => {
    const { client } = await startSluice(t)
    const owner = await client.signUp()
    /** Omits what may differ between any two responses. */
    const shape = ({ status, headers, json }: Awaited<ReturnType<typeof client.call>>) => ({
      status,
      json: { ...(json as object), requestId: '' },
      headers: { ...headers, 'x-request-id': '', date: '' }
    })
    const signIn = async (email: string) =>
      shape(await client.call('POST', '/v1/sessions', { body: { email, password: 'wrong pass phrase' } }))
    const basic = async (email: string) =>
      shape(await client.call('GET', '/v1/account', { as: { email, password: 'wrong pass phrase' } }))
    for (const attempt of [signIn, basic]) {
      for (let round = 0; round < 3; round++) t.same(await attempt(owner.email), await attempt('nobody@example.com'))
    }
    let [known, unknown] = [await signIn(owner.email), await signIn('nobody@example.com')]
    for (let round = 0; round < 12; round++)
      [known, unknown] = [await signIn(owner.email), await signIn('nobody@example.com')]
    t.equal(known.status, 429, 'both are throttled')
    // The remaining seconds decrease between the two requests.
    const timeless = ({ headers, ...answer }: typeof known) => ({
      ...answer,
      headers: {
        ...headers,
        'retry-after': '',
        ratelimit: String((headers as Record<string, unknown>)['ratelimit']).replace(/t=\d+/, 't=')
      }
    })
    t.same(timeless(known), timeless(unknown))
  }
)
