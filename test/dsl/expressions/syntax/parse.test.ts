import t from 'tap'
import { compileFast } from '../../../../src/dsl/expressions/fast/compile.ts'
import { parse } from '../../../../src/dsl/expressions/syntax/parse.ts'

/** Parentheses where the tree has them. */
function shape(source: string): string {
  const show = (node: ReturnType<typeof parse>): string => {
    if (node === undefined) return 'beyond'
    switch (node.kind) {
      case 'binary':
        return `(${show(node.left)} ${node.operator} ${show(node.right)})`
      case 'pipe':
        return `(${show(node.left)} | ${show(node.right)})`
      case 'comma':
        return `(${show(node.left)} , ${show(node.right)})`
      case 'bind':
        return `(${show(node.source)} as $${node.pattern} | ${show(node.body)})`
      case 'negate':
        return `-${show(node.body)}`
      case 'literal':
        return String(node.value)
      case 'identity':
        return '.'
      default:
        return node.kind
    }
  }
  return show(parse(source))
}

t.test('operators bind as in jq', async (t) => {
  t.equal(shape('1 + 2 * 3 - 4'), '((1 + (2 * 3)) - 4)')
  t.equal(shape('1 == 2 and 3 < 4 or 5'), '(((1 == 2) and (3 < 4)) or 5)')
  t.equal(shape('1 // 2 // 3, 4 | 5'), '(((1 // (2 // 3)) , 4) | 5)')
  t.equal(shape('.a = 1 // 2'), '(update // 2)')
  t.equal(shape('1 - -2'), '(1 - -2)')
  t.equal(shape('. as $x | 1, 2 | 3'), '(. as $x | ((1 , 2) | 3))')
  t.equal(shape('1, . as $x | 2'), '(1 , (. as $x | 2))')
})

t.test('a source that jq rejects or the fast path does not support has no tree', async (t) => {
  for (const source of [
    '',
    '1 +',
    '1 < 2 < 3',
    'def f: 1; f',
    '. as [$a] | $a',
    'label $x | 1',
    '.a = 1 = 2',
    '1 + . as $x | 2',
    '{a: . as $x | 1}',
    '{(1)}',
    '{1: 2}',
    '.[:]',
    '.[1:2:3]',
    'if 1 then 2',
    '1 as x | 2',
    'a b',
    '(1',
    '1)',
    'reduce . as $x (1)',
    'reduce . as $x (1; 2; 3)',
    '1.0',
    '1e3',
    '00',
    '100000000000000000001',
    '.a.[1:]'
  ])
    t.equal(parse(source), undefined, source)
})

t.test('a `?` right after an access covers that access alone', async (t) => {
  t.match(parse('.a.b?'), { kind: 'index', optional: true, target: { optional: false } })
  t.match(parse('.a??'), { kind: 'try', body: { kind: 'index', optional: true } })
  t.match(parse('(.a)?'), { kind: 'try', body: { kind: 'index', optional: false } })
})

t.test('a source nested beyond the limit has no tree and does not overflow the stack', async (t) => {
  t.equal(parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), undefined)
  t.equal(parse(`${'-('.repeat(50_000)}1${')'.repeat(50_000)}`), undefined)
  t.equal(parse(`${'if 1 then 1 elif '.repeat(20_000)} 1 then 1 end`), undefined)
  t.equal(parse(Array.from({ length: 20_000 }, () => '1').join(' // ')), undefined)
  t.equal(parse(Array.from({ length: 20_000 }, () => '1').join(' | ')), undefined)
  t.equal(parse(`${'try '.repeat(20_000)} 1`), undefined)
  t.equal(parse(`{a: ${Array.from({ length: 20_000 }, () => '1').join(' | ')}}`), undefined)
  t.equal(compileFast(Array.from({ length: 20_000 }, () => '1').join(' + '), []), undefined)
  t.ok(compileFast(Array.from({ length: 900 }, () => '1').join(' + '), []))
})
