import t from 'tap'
import { newSinkSecret, signatureHeaders } from '../../src/events/sign.ts'
import { Secret } from '../../src/lib/secret.ts'

t.test('the signature equals the example in the specification of Standard Webhooks', async (t) => {
  const body = '{"test": 2432232314}'
  const headers = signatureHeaders(
    [new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    body
  )
  t.same(headers, {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  })
})

t.test('secrets are 32 random bytes in the form that its libraries accept', async (t) => {
  const secret = newSinkSecret()
  t.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  t.not(newSinkSecret(), secret)
})
