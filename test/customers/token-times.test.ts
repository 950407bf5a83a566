import { createHmac } from 'node:crypto'
import t from 'tap'
import { signingWorkspace } from '../fixtures/customer-token.ts'
import { startSluice } from '../fixtures/sluice.ts'

// Times of tokens as back ends in other languages write them: NumericDate (RFC 7519, section 2) may have a fraction.

const { client, clock } = await startSluice(t)
const owner = await client.signUp('Ada')
const workspace = await signingWorkspace(client, owner)
const now = (): number => clock.now() / 1000
const whole = (): number => Math.floor(now())
const part = (text: string): string => Buffer.from(text).toString('base64url')

/** Signs this very text. */
function signed(payload: string, header = '{"alg":"HS256","typ":"JWT"}'): string {
  const input = `${part(header)}.${part(payload)}`
  return `${input}.${createHmac('sha256', workspace.secret).update(input).digest('base64url')}`
}
const ask = async (times: string, header?: string) => {
  const token = signed(`{"iss":"${workspace.key}","id":"c1",${times}}`, header)
  return (await client.call('GET', '/v1/self', { as: token })).status
}

t.test('200: fractions, exponents, clocks that differ by half a minute, any case of typ or none', async (t) => {
  const exp = `"exp":${whole() + 600}`
  for (const [what, times, header] of [
    ['a fraction, as of Python', `"exp":${now() + 600.25}`],
    ['a fraction of zero, as of PHP', `"exp":${whole() + 600}.0`],
    ['an exponent', `"exp":${(whole() + 600) / 1e9}e9`],
    ['a capital exponent', `"exp":${(whole() + 600) / 1e9}E+9`],
    ['iat 20 s ahead', `${exp},"iat":${whole() + 20}`],
    ['iat with a fraction', `${exp},"iat":${now() - 1.5}`],
    ['nbf 20 s ahead', `${exp},"nbf":${whole() + 20}`],
    ['nbf now', `${exp},"nbf":${whole()}`],
    ['typ in lower case', exp, '{"alg":"HS256","typ":"jwt"}'],
    ['no typ', exp, '{"alg":"HS256"}'],
    ['fields that are null', `${exp},"fields":null`]
  ] as const)
    t.equal(await ask(times, header), 200, what)
})

t.test('401: milliseconds, texts, what is past, what is too far ahead, and the audience of others', async (t) => {
  const exp = `"exp":${whole() + 600}`
  for (const [what, times] of [
    ['exp in milliseconds', `"exp":${Math.floor(clock.now()) + 600_000}`],
    ['exp as text', `"exp":"${whole() + 600}"`],
    ['exp now', `"exp":${whole()}`],
    ['exp a fraction ago', `"exp":${now() - 31.5}`],
    ['no exp', '"iat":1'],
    ['exp null', '"exp":null'],
    ['iat 60 s ahead', `${exp},"iat":${whole() + 60}`],
    ['iat in milliseconds', `${exp},"iat":${Math.floor(clock.now())}`],
    ['nbf 60 s ahead', `${exp},"nbf":${whole() + 60}`],
    ['the audience of others', `${exp},"aud":"x"`]
  ] as const)
    t.equal(await ask(times), 401, what)
})
