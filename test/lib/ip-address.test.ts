import t from 'tap'
import { createIpMatcher, isCidr } from '../../src/lib/ip-address.ts'

t.test('an address matches itself and nothing that only looks like it', async (t) => {
  const matches = createIpMatcher(['10.0.0.1', '2001:db8::/32', '192.168.0.0/24'])
  for (const ip of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8:1::5', '192.168.0.255']) t.ok(matches(ip), ip)
  for (const ip of [
    '10.0.0.10',
    '10.0.0.11',
    '110.0.0.1',
    '2001:db9::1',
    '192.168.1.0',
    '',
    'x',
    '::ffff:10.0.0.2',
    '0:0:0:0:0:1:a00:1'
  ])
    t.notOk(matches(ip), ip)
})

t.test('an IPv4 block in IPv6 form is the IPv4 block', async (t) => {
  const matches = createIpMatcher(['::ffff:10.1.0.0/112'])
  t.ok(matches('10.1.2.3'))
  t.notOk(matches('10.2.0.1'))
})

t.test('/0 is everything of its family', async (t) => {
  t.ok(createIpMatcher(['0.0.0.0/0'])('8.8.8.8'))
  t.notOk(createIpMatcher(['0.0.0.0/0'])('2001:db8::1'))
})

t.test('what is no address or block is refused', async (t) => {
  for (const text of [
    '',
    '10.0.0',
    '10.1',
    '0x7f.0.0.1',
    '010.0.0.1/33',
    '10.0.0.1/33',
    '10.0.0.0/-1',
    '::/129',
    'fe80::1%eth0',
    'example.com',
    '10.0.0.0/8/8',
    ' 10.0.0.1'
  ])
    t.notOk(isCidr(text), text)
  for (const text of ['10.0.0.0/8', '::1', '::/0', '10.0.0.1']) t.ok(isCidr(text), text)
})
