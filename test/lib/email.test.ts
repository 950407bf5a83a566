import t from 'tap'
import { emailFault, foldEmail } from '../../src/lib/email.ts'

t.test('e-mails that differ in width, case or form are the same', async (t) => {
  const same: [string, string][] = [
    [' Ada@Example.COM\n', 'ada@example.com'],
    ['ａｄａ@example.com', 'ada@example.com'],
    ['STRASSE@example.com', foldEmail('straße@example.com')],
    ['ΟΔΥΣΣΕΥΣ@example.com', foldEmail('οδυσσευς@example.com')],
    ['e\u0301@example.com', '\u00e9@example.com'],
    ['\u212aelvin@example.com', 'kelvin@example.com'],
    ['ﬁn@example.com', 'fin@example.com']
  ]
  for (const [text, folded] of same) t.equal(foldEmail(text), folded, text)
  t.not(foldEmail('ı@example.com'), foldEmail('i@example.com'), 'a dotless i is no i')
  for (const [text] of same) t.equal(foldEmail(foldEmail(text)), foldEmail(text), `${text} is folded once`)
})

t.test('letters of one script are fine, and those that people write together', async (t) => {
  for (const text of [
    'ada.lovelace+tag@example.com',
    'o’brien@example.com',
    'иван@example.com',
    'иван.петров-2@пример.рф',
    'γιώργος@example.gr',
    'josé@exämple.de',
    '山田たろう@example.jp',
    '田中タロウ@例え.jp',
    '김철수@example.kr',
    'דוד@example.il',
    'अदा@example.in',
    '123@example.com'
  ])
    t.equal(emailFault(text), undefined, text)
})

t.test('mixed scripts, invisible characters and what is no address are refused', async (t) => {
  for (const text of [
    'аda@example.com',
    'admin@exаmple.com',
    'ada@example.соm',
    'pаypal@example.com',
    'αda@example.com'
  ])
    t.match(emailFault(text), /several scripts/, text)
  for (const char of [
    '\u200b',
    '\u200d',
    '\u00ad',
    '\u2060',
    '\ufeff',
    '\u202e',
    '\u3164',
    '\u0000',
    '\u0085',
    '\ue000'
  ])
    t.match(emailFault(`a${char}da@example.com`), /cannot be seen/, JSON.stringify(char))
  for (const text of ['ada', '@example.com', 'ada@', 'a@b@c', 'a:b@c', 'a b@c', 'ada@exa\u3000mple.com', 'ada@b：c'])
    t.match(emailFault(text), /is not an e-mail address/, text)
  t.match(emailFault(`${'a'.repeat(250)}@example.com`), /at most/)
})
