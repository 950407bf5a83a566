import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

t.test('X-Forwarded-For without a trusted proxy is said once in the log', async (t) => {
  const [plain, behindProxy] = [await startSluice(t), await startSluice(t, { trustProxy: ['127.0.0.1'] })]
  const said = ({ logged }: typeof plain) => logged().split('TRUST_PROXY is empty').length - 1
  await plain.client.call('GET', '/healthz')
  t.equal(said(plain), 0)
  for (const sluice of [plain, plain, behindProxy])
    await sluice.client.call('GET', '/v1/account', { headers: { 'X-Forwarded-For': '192.0.2.1' } })
  t.same([said(plain), said(behindProxy)], [1, 0])
})
