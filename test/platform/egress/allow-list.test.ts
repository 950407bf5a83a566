import t from 'tap'
import { parseEgressAllow } from '../../../src/platform/egress/index.ts'

t.test('an exact host and port allows that port alone', async (t) => {
  const allow = parseEgressAllow(['erp.internal:8080', '[fd00::5]:9000', '127.0.0.1:80'])
  t.ok(allow.host('erp.internal', 8080))
  t.notOk(allow.host('erp.internal', 8081))
  t.notOk(allow.host('other.internal', 8080))
  t.notOk(allow.host('sub.erp.internal', 8080))
  t.ok(allow.host('[fd00::5]', 9000))
  t.notOk(allow.host('[fd00::5]', 9001))
  t.ok(allow.host('127.0.0.1', 80), 'the default port can be named')
  t.notOk(allow.host('127.0.0.1', 443))
})

t.test('a host without a port is allowed at every port', async (t) => {
  const allow = parseEgressAllow(['erp.internal', '::1'])
  t.ok(allow.host('erp.internal', 1))
  t.ok(allow.host('erp.internal', 65535))
  t.ok(allow.host('[::1]', 80), 'IPv6 may be written without brackets where no port follows')
})

t.test('hosts are compared as the URL parser writes them', async (t) => {
  const allow = parseEgressAllow(['ERP.Internal', 'b\u00fccher.internal', '[FD00:0::5]', 'dotted.internal.'])
  for (const host of ['erp.internal', 'erp.internal.', 'xn--bcher-kva.internal', '[fd00::5]', 'dotted.internal'])
    t.ok(allow.host(host, 80), host)
})

t.test('an allowed host allows no address under another name', async (t) => {
  const allow = parseEgressAllow(['10.0.0.5', '127.0.0.1:80'])
  t.notOk(allow.address('10.0.0.5'))
  t.notOk(allow.address('127.0.0.1'))
})

t.test('a range allows its addresses and no others', async (t) => {
  const allow = parseEgressAllow(['10.1.0.0/16', 'fd00:1::/32', '127.0.0.2/32'])
  for (const address of ['10.1.0.0', '10.1.255.255', 'fd00:1::1', '127.0.0.2', '::ffff:10.1.0.1'])
    t.ok(allow.address(address), address)
  for (const address of ['10.0.255.255', '10.2.0.0', 'fd00:2::1', '127.0.0.1', '::10.1.0.1', 'not an address'])
    t.notOk(allow.address(address), address)
  t.notOk(allow.host('10.1.0.0', 80), 'as a host it is not named')
})

t.test('a wide range never opens a metadata address; naming that address does', async (t) => {
  const wide = parseEgressAllow(['0.0.0.0/0', '::/0', '169.254.0.0/16', 'fd00:ec2::/64'])
  for (const address of ['169.254.169.254', '100.100.100.200', '168.63.129.16', 'fd00:ec2::254'])
    t.notOk(wide.address(address), address)
  for (const carrier of ['::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe', '64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1'])
    t.notOk(wide.address(carrier), `${carrier}: for a translator or tunnel`)
  t.ok(wide.address('169.254.169.253'))
  t.ok(parseEgressAllow(['169.254.169.254/32']).address('169.254.169.254'))
})

t.test('each bad entry is named with what is wrong', async (t) => {
  const cases: [string, RegExp][] = [
    ['http://erp.internal', /is not a CIDR/],
    ['erp.internal/path', /is not a CIDR/],
    ['10.0.0.0/33', /is not an address or range/],
    ['10.1/8', /is not a CIDR/],
    ['010.0.0.0/8', /is not a CIDR/],
    ['10.1.2.3/8', /write 10\.0\.0\.0\/8 for the network, or 10\.1\.2\.3 for/],
    ['fd00::1/8', /write fd00::\/8 for the network, or fd00::1 for/],
    ['0x7f.1', /is not an address/],
    ['0x7f.1:80', /is not an address/],
    ['2130706433', /is not an address/],
    ['010.0.0.1:80', /is not an address/],
    ['127.0.0.1.', /is not an address/],
    ['\uff11\uff12\uff17.0.0.1', /is not an address/],
    ['*.internal', /wildcard/],
    ['erp.internal:0', /port/],
    ['erp.internal:65536', /port/],
    ['erp.internal:http', /is not a host/],
    ['user@erp.internal', /is not a host/],
    ['erp.internal?x', /is not a host/],
    ['', /is not a host/],
    ['[::1', /is not a host/],
    ['[::1%lo]', /is not a host/],
    ['a b', /is not a host/]
  ]
  for (const [entry, message] of cases) t.throws(() => parseEgressAllow([entry]), { message }, entry)
  t.throws(
    () => parseEgressAllow(['*.a', 'fine.example', '10.0.0.0/99']),
    { message: /"\*\.a" .*; "10\.0\.0\.0\/99"/ },
    'all at once'
  )
})
