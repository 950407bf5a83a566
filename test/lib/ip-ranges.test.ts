import t from 'tap'
import { readConfig } from '../../src/config.ts'
import { startSluice } from '../fixtures/sluice.ts'

/** What is read, by all three entry points alike. */
const ACCEPTED = [
  '10.0.0.1',
  '10.0.0.0/8',
  '0.0.0.0/1',
  '192.0.2.1/32',
  '::1',
  '2001:db8::/32',
  '2001:DB8::1/128',
  '::ffff:10.0.0.1',
  '::10.0.0.1',
  '::ffff:10.0.0.0/104'
]

/** What is refused, and what the message says of it; without a pattern the entry has no form that is read. */
const REFUSED: readonly [entry: string, message?: RegExp][] = [
  // Leading zeros: octal to some readers, decimal to others.
  ['010.0.0.1'],
  ['010.0.0.0/8'],
  ['10.0.0.01'],
  ['::ffff:010.0.0.1'],
  ['::ffff:010.0.0.0/104'],
  ['10.0.0.0/08'],
  // Short, hexadecimal, octal and integer forms.
  ['10.1'],
  ['10.1/8'],
  ['10.0.0'],
  ['127.1'],
  ['0x7f.1'],
  ['0x7f.0.0.1'],
  ['0x7f000001'],
  ['0177.0.0.1'],
  ['2130706433'],
  ['2130706433/8'],
  ['0'],
  ['\uff11\uff12\uff17.0.0.1'],
  ['127\u30020\u30020\u30021'],
  ['127.0.0.1.'],
  // Zones.
  ['fe80::1%eth0'],
  ['fe80::%eth0/64'],
  ['::1%lo'],
  // Bits after the prefix.
  ['10.0.0.1/8', /10\.0\.0\.0\/8/],
  ['192.168.1.1/24', /192\.168\.1\.0\/24/],
  ['0.0.0.1/0', /0\.0\.0\.0\/0/],
  ['fd00::1/8', /fd00::\/8/],
  ['::ffff:10.1.2.3/104', /10\.0\.0\.0\/8/],
  ['::ffff:0:0/90', /::ffc0:0:0\/90/],
  // Lengths that do not exist, and other texts.
  ['10.0.0.0/33'],
  ['10.0.0.0/'],
  ['10.0.0.0/-1'],
  ['10.0.0.0/+8'],
  ['10.0.0.0/8.0'],
  ['10.0.0.0/255.0.0.0'],
  ['10.0.0.0/8/8'],
  ['::/129'],
  ['256.0.0.1'],
  ['1:2:3:4:5:6:7:8:9'],
  ['10.0.0.1 10.0.0.2']
]

/** Some are a range for two entry points and no host for the third, whose message then speaks of hosts. */
const UNREADABLE = /is not an address or range such as|is not a CIDR such as|is not a host/

for (const setting of ['TRUST_PROXY', 'EGRESS_ALLOW'] as const) {
  t.test(`${setting} has addresses and ranges in their usual forms; another one is an error at start`, async (t) => {
    for (const entry of ACCEPTED) t.doesNotThrow(() => readConfig({ [setting]: entry }), entry)
    for (const [entry, message = UNREADABLE] of REFUSED) {
      const start = () => readConfig({ [setting]: entry })
      t.throws(start, { name: 'ConfigError', message }, entry)
      t.throws(start, { message: `${setting}: "${entry}"` }, `${entry}: the setting and the entry are named`)
    }
  })
}

t.test('TRUST_PROXY does not take every address: then each caller could claim any', async (t) => {
  for (const entry of ['0.0.0.0/0', '::/0'])
    t.throws(() => readConfig({ TRUST_PROXY: entry }), { message: /from every caller/ }, entry)
})

t.test(
  '201 and 400: allowedIps has addresses and ranges in their usual forms; another one is pointed at',
  async (t) => {
    const { client } = await startSluice(t)
    const owner = await client.signUp()
    const body = { name: 'x', days: 1, password: owner.password }
    const create = (allowedIps: readonly string[]) =>
      client.call('POST', '/v1/tokens', { as: owner, body: { ...body, allowedIps } })

    const made = await create(ACCEPTED)
    t.match(made, { status: 201, json: { allowedIps: ACCEPTED } })
    const refused = await create(REFUSED.map(([entry]) => entry))
    t.equal(refused.status, 400)
    const errors: { pointer: string; message: string }[] = refused.json.errors
    for (const [index, [entry, message = UNREADABLE]] of REFUSED.entries()) {
      const found = errors.filter(({ pointer }) => pointer === `/allowedIps/${index}`)
      t.match(found, [{ message }], entry)
      t.equal(found.length, 1, entry)
    }
  }
)
