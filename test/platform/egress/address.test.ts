import t from 'tap'
import { addressKind } from '../../../src/platform/egress/allow-list.ts'
import { PRIVATE_ADDRESSES, PUBLIC_ADDRESSES } from '../../fixtures/private-spellings.ts'

t.test('no private, special or embedding address counts as global', async (t) => {
  for (const address of PRIVATE_ADDRESSES) t.not(addressKind(address), 'global', address)
})

t.test('public addresses count as global, up to the very edge of the private ranges', async (t) => {
  for (const address of PUBLIC_ADDRESSES) t.equal(addressKind(address), 'global', address)
})

t.test('metadata addresses are known in every form that the socket may report', async (t) => {
  for (const address of [
    '169.254.169.254',
    '168.63.129.16',
    'fd00:ec2::254',
    'FD00:0EC2:0000::0254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe'
  ])
    t.equal(addressKind(address), 'metadata', address)
})

t.test('what is not an address in its usual form is never global', async (t) => {
  for (const text of [
    '',
    'example.com',
    '8.8.8',
    '010.8.8.8',
    '0x8.8.8.8',
    '8.8.8.8.',
    ' 8.8.8.8',
    '1.2.3.4/8',
    '[2606:4700::1]',
    '134744072'
  ])
    t.equal(addressKind(text), 'special-purpose', text)
})

t.test('a zone does not change what an address is', async (t) => {
  t.equal(addressKind('fe80::1%eth0'), 'link-local')
  t.equal(addressKind('::1%lo'), 'loopback')
})
