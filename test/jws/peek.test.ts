import t from 'tap'
import { peek } from '../../src/jws/peek.ts'
import { CLAIMS, makeToken } from './fixtures.ts'

t.test('reads a token that nobody vouches for, and says what it says', async (t) => {
  const [header, payload] = makeToken({ header: { alg: 'ES256', kid: 'any' } }).split('.')
  t.same(peek(`${header}.${payload}.AAAA`), {
    header: { alg: 'ES256', kid: 'any' },
    alg: 'ES256',
    kid: 'any',
    claims: CLAIMS
  })
})

t.test('refused: what the gate refuses', async (t) => {
  for (const token of [
    '',
    'x.y.z',
    makeToken({ header: { alg: 'none' } }),
    makeToken({ header: { alg: 'HS256', jku: 'x' } }),
    makeToken({ payload: 'foo' }),
    `${makeToken()}=`
  ]) {
    t.throws(() => peek(token), { name: 'JwsRefused' }, token.slice(0, 20))
  }
})
