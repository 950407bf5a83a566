import t from 'tap'
import { passwordFault } from '../../src/accounts/password-policy.ts'
import { Secret } from '../../src/lib/secret.ts'

const faultOf = (password: string, email = 'ada.lovelace@example.com') => passwordFault(new Secret(password), email)

t.test('common passwords and what everybody guesses first are refused, and say why', async (t) => {
  for (const [password, why] of [
    ['password1', /most common/],
    ['PassWord1', /most common/],
    ['aaaaaaaa', /over and over/],
    ['        ', /over and over/],
    ['\u3000'.repeat(8), /over and over/],
    ['Sluice2026', /name of this product/],
    ['sluice!!!', /name of this product/],
    ['ada.lovelace@example.com', /your e-mail/],
    ['Ada.Lovelace@Example.com', /your e-mail/],
    ['AdaLovelace99', /your e-mail/],
    ['seven77', /8 to 256/],
    ['x'.repeat(257), /8 to 256/],
    ['a long\tpass phrase', /control/]
  ] as const)
    t.match(faultOf(password), why, password.slice(0, 30))
})

t.test('anything else of 8 to 256 characters is taken, without rules of composition', async (t) => {
  for (const password of [
    'a long pass phrase',
    'sluice gates of the north',
    'this is ada.lovelace@example.com',
    '12345 and more',
    'пароль из слов',
    '🐴🔋📎🐴🔋📎✔️🐴',
    'xy'.repeat(128)
  ])
    t.equal(faultOf(password), undefined, password.slice(0, 30))
  t.equal(faultOf('20260101 77', '77@example.com'), undefined, 'an e-mail without letters forbids no digits')
})
