/**
 * A flow that is saved and called, or a document that is sent to be saved, and the words that its error must contain.
 */
export type HostileCase = { name: string; named: RegExp } & (
  | { tasks: readonly object[]; input?: string; use?: object }
  | { document: string; type: 'application/json' | 'application/yaml' }
)

const expression = (source: string): readonly object[] => [{ a: { set: { x: `\${ ${source} }` } } }]
const get = (url: string, redirect = false): readonly object[] => [
  { a: { call: 'http', with: { method: 'get', endpoint: url, redirect } } }
]
const manyTasks = (count: number): string =>
  `document: {dsl: '1.0.3', namespace: h, name: many, version: '1.0.0'}\ndo:\n` +
  Array.from({ length: count }, (_, n) => `- t${n}: {set: {a: 1}}\n`).join('')
/** As many branches as a fork may have. */
const branches = (inside: object): object => ({
  fork: { branches: Array.from({ length: 64 }, (_, n) => ({ [`b${n}`]: inside })) }
})

export const NAMESPACE = 'hostile'

/** The name of a case's flow. */
export function flowName({ name }: Pick<HostileCase, 'name'>): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

const RECURSIVE = 'a recursive sub-flow'

export function hostileCases(upstream: string): HostileCase[] {
  return [
    {
      name: 'an endless `then` loop',
      named: /limit "tasks"/,
      tasks: [{ a: { set: { n: '${ .n + 1 }' }, then: 'a' } }]
    },
    {
      name: 'nested loops',
      named: /limit "(tasks|iterations)"/,
      tasks: [
        {
          a: {
            for: { in: '[range(5000)]' },
            do: [{ b: { for: { in: '[range(5000)]' }, do: [{ c: { set: '${ . }' } }] } }]
          }
        }
      ]
    },
    { name: '`range(1e12)`', named: /ran longer than|memory/, tasks: expression('[range(1e12)] | length') },
    {
      name: '`"x" * 1e9`',
      named: /memory|larger than/,
      tasks: expression('"x" * .body.n | length'),
      input: '{"n":1e9}'
    },
    { name: 'deep recursion', named: /memory|ran longer than|stack/, tasks: expression('def f: [f]; f') },
    {
      name: 'a catastrophic regular expression',
      named: /retry-limit|ran longer than/,
      tasks: expression('("a" * 40 + "!") | test("^(a+)+$")')
    },
    {
      name: 'a value that doubles',
      named: /larger than 33554432 characters/,
      tasks: [{ a: { set: { x: `\${ "x" * 1000 }` } } }, { b: { set: '${ [., .] }', then: 'b' } }]
    },
    { name: 'a value that nests', named: /limit "valueDepth"/, tasks: [{ a: { set: { n: '${ . }' }, then: 'a' } }] },
    {
      name: 'a large value in every turn',
      named: /limit "(tasks|runTimeMs)"/,
      tasks: [{ a: { set: { n: '${ .n + 1 }', x: '${ "x" * 1000000 + (.n | tostring) }' }, then: 'a' } }]
    },
    {
      name: 'a schema of references that double',
      named: /could not be checked against its schema/,
      tasks: [{ a: { set: { v: 5 }, output: { as: '.v', schema: { document: doublingSchema() } } } }]
    },
    {
      name: 'a script without an end',
      named: /ran longer than/,
      tasks: [{ a: { run: { script: { language: 'js', code: 'for (;;);' } } } }]
    },
    {
      name: 'a script that hoards memory',
      named: /bytes of memory/,
      tasks: [
        {
          a: {
            run: { script: { language: 'js', code: 'const all = []; for (;;) all.push(new Array(1e5).fill("x"))' } }
          }
        }
      ]
    },
    { name: 'a huge upstream body', named: /larger than|too large|bytes/i, tasks: get(`${upstream}/huge`) },
    { name: 'a gzip bomb', named: /larger than|too large|bytes/i, tasks: get(`${upstream}/bomb`) },
    { name: 'a redirect loop', named: /redirect/i, tasks: get(`${upstream}/loop`, true) },
    {
      name: RECURSIVE,
      named: /limit "subflowDepth"/,
      tasks: [
        { a: { run: { workflow: { namespace: NAMESPACE, name: flowName({ name: RECURSIVE }), version: 'latest' } } } }
      ]
    },
    {
      name: 'a fork bomb',
      named: /limit "tasks"/,
      tasks: [{ a: { call: 'f' } }],
      use: { functions: { f: branches({ call: 'g' }), g: branches({ call: 'h' }), h: branches({ set: { x: 1 } }) } }
    },
    {
      name: 'a document of 10,000 tasks',
      named: /payload_too_large/,
      document: manyTasks(10_000),
      type: 'application/yaml'
    },
    {
      name: 'the most tasks that 128 KiB hold',
      named: /more than 1000 tasks/,
      document: manyTasks(5_400),
      type: 'application/yaml'
    },
    { name: 'YAML aliases', named: /Aliases are refused/, document: aliasBomb(), type: 'application/yaml' },
    {
      name: 'YAML that is all brackets',
      named: /nested more than 100 deep/,
      document: '['.repeat(60_000),
      type: 'application/yaml'
    },
    {
      name: '`__proto__` as a name',
      named: /__proto__\\?" cannot be used as a name/,
      document:
        '{"document":{"dsl":"1.0.3","namespace":"h","name":"p","version":"1.0.0"},"do":[{"__proto__":{"set":{}}}]}',
      type: 'application/json'
    },
    {
      name: '`__proto__` and `constructor` as keys and data',
      named: /^{"constructor":{"__proto__":{"polluted":1}},"keys":\["__proto__"\],"clean":null}$/,
      tasks: [
        { constructor: { set: { constructor: '${ .body }', keys: '${ .body | keys }', clean: '${ {} | .polluted }' } } }
      ],
      input: '{"__proto__":{"polluted":1}}'
    }
  ]
}

function doublingSchema(): object {
  const $defs: Record<string, object> = { l0: { type: 'string' } }
  for (let level = 1; level < 40; level++)
    $defs[`l${level}`] = { anyOf: [{ $ref: `#/$defs/l${level - 1}` }, { $ref: `#/$defs/l${level - 1}` }] }
  return { $defs, $ref: '#/$defs/l39' }
}

function aliasBomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, n) => `x${n + 1}: &x${n + 1} [${Array.from({ length: 9 }, () => `*x${n}`).join(', ')}]`
  )
  return ['x0: &x0 lol', ...levels].join('\n')
}
