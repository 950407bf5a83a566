/** A simulation that is made to take for ever, and how many of it are sent at once. */
export interface Attack {
  name: string
  atOnce: number
  body(number: number, round: number): object
}

const documentOf = (tasks: object[], more: object = {}): object => ({
  document: { dsl: '1.0.3', namespace: 'hostile', name: 'hostile', version: '1.0.0' },
  do: tasks,
  ...more
})
const withSchema = (schema: object, input: unknown): object => ({
  document: documentOf([{ a: { set: { x: 1 } } }], { input: { schema: { document: schema } } }),
  input
})

/** Schemas that take long to compile, values that take long to check, and texts that take long to read. */
export function schemaAttacks(): Attack[] {
  const list = <T>(length: number, make: (n: number) => T): T[] => Array.from({ length }, (_, n) => make(n))
  const attack = (name: string, body: object): Attack => ({ name, atOnce: 8, body: () => body })
  const properties = (count: number): object => Object.fromEntries(list(count, (n) => [`p${n}`, { type: 'string' }]))
  return [
    attack('1,500 properties', withSchema({ properties: properties(1_500) }, {})),
    attack('the most properties', withSchema({ properties: properties(1_249) }, { p0: 1 })),
    attack('allOf of 1,500', withSchema({ allOf: list(1_500, (n) => ({ minimum: n })) }, 1)),
    attack(
      '1,000 patterns of (x{1,900})+N',
      withSchema({ anyOf: list(1_000, (n) => ({ pattern: `(x{1,900})+${n}` })) }, 'x')
    ),
    attack('a pattern over 1 MiB', withSchema({ pattern: '(x{1,900})+1$' }, 'x'.repeat(1_000_000))),
    attack(
      'references in a chain',
      withSchema(
        { $ref: '#/$defs/d0', $defs: Object.fromEntries(list(1_200, (n) => [`d${n}`, { $ref: `#/$defs/d${n + 1}` }])) },
        1
      )
    ),
    attack('a text of YAML', { source: `a: [${'1,'.repeat(60_000)}1]` }),
    attack('blanks after $secrets', {
      document: documentOf([{ a: { input: { from: `$secrets${' '.repeat(16_000)}` }, set: { x: 1 } } }])
    })
  ]
}

/** Simulations with expressions that are slow, and new each time. */
export function poolAttacks(): Attack[] {
  return [
    {
      name: 'new slow expressions',
      atOnce: 45,
      body: (number, round) => ({
        document: documentOf([
          { a: { set: { x: `\${ def f${number}_${round}: [range(2e6)] | length; f${number}_${round} }` } } }
        ])
      })
    }
  ]
}
