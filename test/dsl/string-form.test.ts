import t from 'tap'
import { stringFormOf, mentionedVariables } from '../../src/dsl/string-form.ts'

t.test('an expression is ${ … } from end to end, whatever is inside', async (t) => {
  const source = (text: string): string | undefined => {
    const form = stringFormOf(text)
    return form.form === 'expression' ? form.source : undefined
  }
  t.equal(source('${ .a }'), ' .a ')
  t.equal(source('  ${.a}\n'), '.a')
  t.equal(source('${ { a: { b: 1 } } }'), ' { a: { b: 1 } } ')
  t.equal(source('${ "}" }'), ' "}" ')
  t.equal(source('${ "\\(.a | {b: "}"})" }'), ' "\\(.a | {b: "}"})" ')
  t.equal(source('${ "\\"}" }'), ' "\\"}" ')
  t.equal(source('${ .a # }\n }'), ' .a # }\n ')
  t.equal(source('${}'), '')
})

t.test('anything else with ${ in it is an expression inside a text', async (t) => {
  for (const text of ['a ${ .b }', '${ .a } b', '${ .a }${ .b }', '${ .a', '${ ) }', 'x ${'])
    t.equal(stringFormOf(text).form, 'embedded', text)
  for (const text of ['', 'a', '$a', '{ a }', '$ {a}', '}']) t.equal(stringFormOf(text).form, 'literal', text)
})

t.test('variables are found in code, in interpolations and after comments', async (t) => {
  t.same([...mentionedVariables('$a + "\\($b)" | . as $c | $ d | $e.f')], ['a', 'b', 'c', 'd', 'e'])
})
