import t from 'tap'
import { startSluice } from '../fixtures/sluice.ts'

// The same password has other code points on another keyboard or system (RFC 8265, section 4.2).

const { client } = await startSluice(t)
const NFC = 'Caf\u00e9-Stra\u00dfe-2026'
let people = 0

async function makes(password: string): Promise<{ email: string; password: string }> {
  const email = `typist-${++people}@example.com`
  const made = await client.call('POST', '/v1/accounts', {
    from: `127.0.1.${people}`,
    body: { email, password, name: 'Typist' }
  })
  if (made.status !== 201) throw new Error(made.text)
  return { email, password }
}
const session = async (email: string, password: string) =>
  (await client.call('POST', '/v1/sessions', { body: { email, password } })).status
const basic = async (email: string, password: string) =>
  (await client.call('GET', '/v1/account', { as: { email, password } })).status

for (const [what, typed, others, wrong] of [
  ['composed', NFC, [NFC.normalize('NFD')], ['Cafe-Strasse-2026', NFC.toLowerCase(), 'Caf\u00e9-Strasse-2026']],
  ['decomposed', NFC.normalize('NFD'), [NFC], ['Cafe\u0300-Stra\u00dfe-2026']],
  ['spaces', 'a\u00a0long\u3000pass phrase', ['a long pass phrase'], ['a long passphrase', 'a long pass  phrase']],
  ['of another width', '\uff30\uff41\uff53\uff53 phrase 26', [], ['Pass phrase 26']],
  ['spaces around', '  spaces around  ', ['\u00a0 spaces around \u2003'], ['spaces around']],
  ['colons', ':a:b: colons 1', [], ['a:b: colons 1']],
  [
    'Hangul',
    '\ud55c\uae00 \ube44\ubc00\ubc88\ud638 \ub458',
    ['\ud55c\uae00 \ube44\ubc00\ubc88\ud638 \ub458'.normalize('NFD')],
    []
  ]
] as const)
  t.test(`201 and 200: a password of ${what}, in every form of the same text`, async (t) => {
    const { email } = await makes(typed)
    for (const password of [typed, ...others]) {
      t.equal(await session(email, password), 201, JSON.stringify(password))
      t.equal(await basic(email, password), 200, JSON.stringify(password))
    }
    for (const password of wrong) {
      t.equal(await session(email, password), 401, JSON.stringify(password))
      t.equal(await basic(email, password), 401, JSON.stringify(password))
    }
  })

t.test('204 and 201: a change and a confirmation take every form too', async (t) => {
  const { email, password } = await makes(NFC)
  const { token } = (await client.call('POST', '/v1/sessions', { body: { email, password } })).json
  const newPassword = 'Gru\u0308\u00dfe aus Ko\u0308ln'
  const changed = await client.call('POST', '/v1/account/password', {
    as: token,
    body: { password: NFC.normalize('NFD'), newPassword }
  })
  t.equal(changed.status, 204, changed.text)
  t.equal(await session(email, newPassword.normalize('NFC')), 201)
  const made = await client.call('POST', '/v1/tokens', {
    as: token,
    body: { name: 't', days: 1, password: newPassword.normalize('NFC') }
  })
  t.equal(made.status, 201, made.text)
})
