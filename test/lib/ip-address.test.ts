import t from 'tap'
import {
  carriedIpv4,
  createIpMatcher,
  isLoopbackHost,
  parseCidr,
  parseIp,
  subnetKey
} from '../../src/lib/ip-address.ts'

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

t.test(
  'a list is read once: a stored entry that is not readable matches nothing, one with host bits is its network',
  async (t) => {
    const matches = createIpMatcher(['010.0.0.1', '0x7f.1', '10.1.2.3/8', 'fe80::1%eth0'])
    for (const ip of ['8.0.0.1', '010.0.0.1', '127.0.0.1', '0x7f.1', 'fe80::1']) t.notOk(matches(ip), ip)
    t.ok(matches('10.9.9.9'))
  }
)

t.test('an address is read in its usual forms only', async (t) => {
  const forms: [text: string, address: string | undefined][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:ffff:a00:1', '10.0.0.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['010.0.0.1', undefined],
    ['10.0.1', undefined],
    ['0x7f.1', undefined],
    ['::ffff:010.0.0.1', undefined],
    ['2130706433', undefined],
    ['[::1]', undefined],
    ['10.0.0.1%eth0', undefined],
    ['10.0.0.1:80', undefined],
    ['\uff11.1.1.1', undefined],
    ['', undefined]
  ]
  for (const [text, address] of forms) t.equal(parseIp(text)?.toString(), address, text)
})

t.test('a range of mapped addresses is the IPv4 range', async (t) => {
  const { network, bits } = parseCidr('::ffff:10.0.0.0/104')
  t.same([network.toString(), bits], ['10.0.0.0', 8])
})

t.test('calls are counted for an address of IPv4, and for a /64 of IPv6', async (t) => {
  t.equal(subnetKey('2001:db8:1:2::1'), subnetKey('2001:db8:1:2:ffff::9'))
  t.not(subnetKey('2001:db8:1:2::1'), subnetKey('2001:db8:1:3::1'))
  t.equal(subnetKey('::ffff:192.0.2.1'), subnetKey('192.0.2.1'))
  t.not(subnetKey('192.0.2.1'), subnetKey('192.0.2.10'))
  t.equal(subnetKey('fe80::1%eth0'), subnetKey('fe80::2%eth1'))
  t.equal(subnetKey('nonsense'), 'nonsense')
})

t.test('this machine is named by loopback addresses in their usual forms, and by localhost', async (t) => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', 'LOCALHOST'])
    t.ok(isLoopbackHost(host), host)
  for (const host of ['0.0.0.0', '::', '0x7f.1', '192.0.2.1', 'localhost.example.com', '[::1', ''])
    t.notOk(isLoopbackHost(host), host)
})

t.test('an IPv6 address shows the IPv4 address that it carries for a translator or a tunnel', async (t) => {
  const carried: [text: string, address: string | undefined][] = [
    ['64:ff9b::a9fe:a9fe', '169.254.169.254'],
    ['64:ff9b:1::10.0.0.1', '10.0.0.1'],
    ['::10.0.0.1', '10.0.0.1'],
    ['::ffff:0:10.0.0.1', '10.0.0.1'],
    ['2002:a9fe:a9fe::1', '169.254.169.254'],
    ['2001:db8::a9fe:a9fe', undefined],
    ['10.0.0.1', undefined]
  ]
  for (const [text, address] of carried) {
    const parsed = parseIp(text)
    t.equal(parsed && carriedIpv4(parsed)?.toString(), address, text)
  }
})
