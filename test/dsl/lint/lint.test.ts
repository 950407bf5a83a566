import t from 'tap'
import { lintDocument } from '../../../src/dsl/index.ts'
import { workbench, wrap } from '../fixtures/run.ts'

const { lint, expressions } = workbench(t)

/** Each: what is wrong, the tasks or document, and the faults, as pointer and a part of the message. */
const REFUSED: readonly [string, string, ...(readonly [string, RegExp])[]][] = [
  ['a then that leads nowhere', '- a: { set: { x: 1 }, then: nowhere }', ['/do/0/a/then', /leads nowhere/]],
  [
    'a then into another list',
    '- a: { do: [ { inner: { set: { x: 1 } } } ] }\n- b: { set: { x: 1 }, then: inner }',
    ['/do/1/b/then', /leads nowhere/]
  ],
  [
    'a case that leads nowhere',
    '- a: { switch: [ { c: { when: .x, then: gone } } ] }',
    ['/do/0/a/switch/0/c/then', /leads nowhere/]
  ],
  [
    'a catch that leads nowhere',
    '- a: { try: [ { x: { set: { x: 1 } } } ], catch: { then: x } }',
    ['/do/0/a/catch/then', /leads nowhere/]
  ],
  ['an unknown function', '- a: { call: gone }', ['/do/0/a/call', /no function "gone"/]],
  [
    'an unknown retry policy',
    '- a: { try: [ { x: { set: { x: 1 } } } ], catch: { retry: gone } }',
    ['/do/0/a/catch/retry', /no retry policy "gone"/]
  ],
  ['an unknown error', '- a: { raise: { error: gone } }', ['/do/0/a/raise/error', /no error "gone"/]],
  ['an unknown timeout', '- a: { set: { x: 1 }, timeout: gone }', ['/do/0/a/timeout', /no timeout "gone"/]],
  [
    'an unknown authentication',
    "- a: { call: http, with: { method: get, endpoint: { uri: 'http://h/', authentication: { use: gone } } } }",
    ['/do/0/a/with/endpoint/authentication/use', /no authentication "gone"/]
  ],
  [
    'an unknown secret',
    "- a: { input: { from: $secrets.gone }, call: http, with: { method: get, endpoint: 'http://h/' } }",
    ['/do/0/a/input/from', /secret "gone" is not named/]
  ],
  [
    'an unknown secret in brackets',
    "- a: { input: { from: '$secrets[\"gone\"]' }, call: http, with: { method: get, endpoint: 'http://h/' } }",
    ['/do/0/a/input/from', /secret "gone" is not named/]
  ],
  [
    'an unknown secret in quotes',
    "- a: { input: { from: '$secrets . [ \"gone\" ]' }, call: http, with: { method: get, endpoint: 'http://h/' } }",
    ['/do/0/a/input/from', /secret "gone" is not named/]
  ],
  [
    'a schema beyond a bound',
    "- a: { set: { x: 1 }, output: { schema: { document: { properties: { p: { pattern: 'x{1000}y{1000}z{1000}' , " +
      "not: { pattern: 'x{1000}y{1000}z{1000}' } } } } } } }",
    ['/do/0/a/output/schema/document/properties/p/pattern', /limit "patternSize"/]
  ],
  [
    'a policy from an unknown secret',
    "- a: { call: http, with: { method: get, endpoint: { uri: 'http://h/', authentication: { basic: { use: " +
      'gone } } } } }',
    ['/do/0/a/with/endpoint/authentication/basic/use', /no secret "gone"/]
  ],
  ['two tasks of one name', '- a: { set: { x: 1 } }\n- a: { set: { x: 1 } }', ['/do/1/a', /another task "a"/]],
  [
    'two cases of one name',
    '- a: { switch: [ { c: { when: .x, then: end } }, { c: { when: .y, then: end } } ] }',
    ['/do/0/a/switch/1/c', /another case "c"/]
  ],
  [
    'two defaults',
    '- a: { switch: [ { c: { then: end } }, { d: { then: end } } ] }',
    ['/do/0/a/switch/1/d', /default/]
  ],
  ['an empty name', "- '': { set: { x: 1 } }", ['/do/0/', /must not be empty/]],
  ['a task named __proto__', '- __proto__: { set: { x: 1 } }', ['/do/0/__proto__', /cannot be used as a name/]],
  ['a task named like a directive', '- end: { set: { x: 1 } }', ['/do/0/end', /means something else/]],
  ['broken jq', '- a: { set: { x: "${ .a | }" } }', ['/do/0/a/set/x', /syntax error/]],
  ['an unknown variable', '- a: { if: $gone, set: { x: 1 } }', ['/do/0/a/if', /\$gone is not defined/]],
  [
    'a loop variable outside its loop',
    '- a: { for: { in: "[1]" }, do: [ { b: { set: { x: "${ $item }" } } } ], output: { as: $item } }',
    ['/do/0/a/output/as', /\$item is not defined/]
  ],
  ['an expression inside a longer text', '- a: { set: { x: "Hello ${ .name }" } }', ['/do/0/a/set/x', /whole text/]],
  ['two expressions in one text', '- a: { set: { x: "${ .a }-${ .b }" } }', ['/do/0/a/set/x', /whole text/]],
  [
    'an expression inside a URI',
    "- a: { call: http, with: { method: get, endpoint: 'http://h/${ .id }' } }",
    ['/do/0/a/with/endpoint', /put \{name\} there/]
  ],
  [
    '$output before there is one',
    '- a: { set: { x: "${ $output }" } }',
    ['/do/0/a/set/x', /\$output can be read in output.as/]
  ],
  [
    '$secrets where a value would hold it',
    'use: { secrets: [k] }\ndo: [ { a: { set: { x: "${ $secrets.k }" } } } ]',
    ['/do/0/a/set/x', /\$secrets can be read in an authentication/]
  ],
  [
    '$secrets in the input of another task',
    'use: { secrets: [k] }\ndo: [ { a: { input: { from: $secrets.k }, set: { x: 1 } } } ]',
    ['/do/0/a/input/from', /\$secrets can be read/]
  ],
  ['two kinds in one task', '- a: { set: { x: 1 }, wait: PT1S }', ['/do/0/a', /more than one thing \(set, wait\)/]],
  ['no kind', '- a: { then: end }', ['/do/0/a', /Must say what it does/]],
  ['an unknown member', '- a: { set: { x: 1 }, outputs: { as: . } }', ['/do/0/a/outputs', /did you mean "output"/]],
  ['two tasks in one item', '- { a: { set: { x: 1 } }, b: { set: { x: 1 } } }', ['/do/0', /one member/]],
  ['an empty list', 'do: []', ['/do', /at least one task/]],
  ['a bad duration', '- a: { wait: 5 seconds }', ['/do/0/a/wait', /ISO 8601/]],
  ['months in a duration', '- a: { wait: P1M }', ['/do/0/a/wait', /weeks to seconds/]],
  ['a negative duration', '- a: { wait: { seconds: -1 } }', ['/do/0/a/wait', /ISO 8601/]],
  [
    'a relative URI',
    '- a: { call: http, with: { method: get, endpoint: /pets } }',
    ['/do/0/a/with/endpoint', /absolute/]
  ],
  [
    'a file',
    "- a: { call: http, with: { method: get, endpoint: 'file:///etc/passwd' } }",
    ['/do/0/a/with/endpoint', /Files cannot be read/]
  ],
  [
    'a URI with a password',
    "- a: { call: http, with: { method: get, endpoint: 'http://u:p@h/' } }",
    ['/do/0/a/with/endpoint', /"authentication" with basic/]
  ],
  [
    'a bad cron expression',
    'schedule: { cron: "0 25 * * *" }\ndo: [ { a: { set: { x: 1 } } } ]',
    ['/schedule/cron', /"25" is not a valid hour/]
  ],
  [
    'a variable of the language for a loop',
    '- a: { for: { each: input, in: "[1]" }, do: [ { b: { set: { x: 1 } } } ] }',
    ['/do/0/a/for/each', /meaning of its own/]
  ],
  [
    'one name for item and index',
    '- a: { for: { each: i, at: i, in: "[1]" }, do: [ { b: { set: { x: 1 } } } ] }',
    ['/do/0/a/for', /same name/]
  ],
  [
    'a function that calls itself through another',
    'use: { functions: { f: { call: g }, g: { do: [ { x: { call: f } } ] } } }\ndo: [ { a: { call: f } } ]',
    ['/use/functions/f', /calls itself/],
    ['/use/functions/g', /calls itself/]
  ],
  [
    'a branch that goes on to another',
    '- a: { fork: { branches: [ { b: { set: { x: 1 }, then: c } }, { c: { set: { x: 1 } } } ] } }',
    ['/do/0/a/fork/branches/0/b/then', /beside the others/]
  ],
  [
    'a schema that is none',
    '- a: { set: { x: 1 }, input: { schema: { document: { type: nope } } } }',
    ['/do/0/a/input/schema/document', /schema cannot be used/]
  ],
  [
    'a schema from elsewhere',
    "- a: { set: { x: 1 }, input: { schema: { resource: { endpoint: 'http://h/s.json' } } } }",
    ['/do/0/a/input/schema', /"document" is missing/],
    ['/do/0/a/input/schema/resource', /not fetched/]
  ],
  [
    'a schema with a reference to elsewhere',
    "- a: { set: { x: 1 }, input: { schema: { document: { $ref: 'http://h/s.json' } } } }",
    ['/do/0/a/input/schema/document', /can't resolve reference/]
  ],
  [
    'a pattern that could backtrack for ever',
    "- a: { set: { x: 1 }, input: { schema: { document: { pattern: '^(?=a)(a+)+$' } } } }",
    ['/do/0/a/input/schema/document', /lookaround/]
  ]
]

const UNSUPPORTED: readonly [string, string, string, RegExp][] = [
  ['run: shell', '- a: { run: { shell: { command: ls } } }', '/do/0/a/run/shell', /use "run: script"/],
  ['run: container', '- a: { run: { container: { image: x } } }', '/do/0/a/run/container', /use "run: script"/],
  [
    'a script in Python',
    "- a: { run: { script: { language: python, code: 'x' } } }",
    '/do/0/a/run/script/language',
    /write "js"/
  ],
  [
    'a script from elsewhere',
    "- a: { run: { script: { language: js, code: '1', source: { endpoint: 'http://h/' } } } }",
    '/do/0/a/run/script/source',
    /write it in "code"/
  ],
  [
    'a module in a script',
    '- a: { run: { script: { language: js, code: "import x from \'lodash\'" } } }',
    '/do/0/a/run/script/code',
    /no module "lodash"/
  ],
  [
    'a script without waiting',
    "- a: { run: { await: false, script: { language: js, code: '1' } } }",
    '/do/0/a/run/await',
    /A script is waited for/
  ],
  ['call: grpc', '- a: { call: grpc, with: {} }', '/do/0/a/call', /use "call: http"/],
  ['call: asyncapi', '- a: { call: asyncapi, with: {} }', '/do/0/a/call', /use "call: http"/],
  ['call: a2a', '- a: { call: a2a, with: {} }', '/do/0/a/call', /use "call: http"/],
  ['call: mcp', '- a: { call: mcp, with: {} }', '/do/0/a/call', /use "call: http"/],
  ['a function by URL', '- a: { call: "https://example.com/f.yaml" }', '/do/0/a/call', /define it in use.functions/],
  ['a function from a catalog', '- a: { call: "f:1.0.0@global" }', '/do/0/a/call', /define it in use.functions/],
  [
    'listen without a timeout',
    '- a: { listen: { to: { one: { with: { type: x } } } } }',
    '/do/0/a',
    /"timeout" is missing/
  ],
  ...['any', 'all', 'until'].map((strategy): [string, string, string, RegExp] => [
    `listen to ${strategy}`,
    `- a: { timeout: { after: PT1M }, listen: { to: { one: { with: { type: x } }, ${strategy}: [] } } }`,
    `/do/0/a/listen/to/${strategy}`,
    /One event is listened to here/
  ]),
  [
    'listen with foreach',
    '- a: { timeout: { after: PT1M }, listen: { to: { one: { with: { type: x } } } }, foreach: {} }',
    '/do/0/a/foreach',
    /in the next task/
  ],
  [
    'a filter without attributes',
    '- a: { timeout: { after: PT1M }, listen: { to: { one: { with: {} } } } }',
    '/do/0/a/listen/to/one/with',
    /at least one attribute/
  ],
  [
    'expressions within the data of a filter',
    "- a: { timeout: { after: PT1M }, listen: { to: { one: { with: { data: { x: '${ 1 }' } } } } } }",
    '/do/0/a/listen/to/one/with/data',
    /over the whole data/
  ],
  [
    'a correlation with the run on both sides',
    '- a: { timeout: { after: PT1M }, listen: { to: { one: { with: { type: x }, correlate: { y: { from: $context.y, ' +
      'expect: 1 } } } } } }',
    '/do/0/a/listen/to/one/correlate/y/from',
    /\$context is not defined/
  ],
  [
    'schedule.on with several events',
    'schedule: { on: { any: [] } }\ndo: [ { a: { set: { x: 1 } } } ]',
    '/schedule/on/any',
    /write "one"/
  ],
  [
    'schedule.on that reads a run',
    "schedule: { on: { one: { with: { data: '${ $context }' } } } }\ndo: [ { a: { set: { x: 1 } } } ]",
    '/schedule/on/one/with/data',
    /\$context is not defined/
  ],
  ['catalogs', 'use: { catalogs: {} }\ndo: [ { a: { set: { x: 1 } } } ]', '/use/catalogs', /use.functions/],
  ['extensions', 'use: { extensions: [] }\ndo: [ { a: { set: { x: 1 } } } ]', '/use/extensions', /use.functions/],
  [
    'authorization_code',
    "use: { authentications: { a: { oauth2: { authority: 'https://h', grant: authorization_code } } } }\ndo: [ " +
      '{ a: { set: { x: 1 } } } ]',
    '/use/authentications/a/oauth2/grant',
    /use client_credentials/
  ],
  [
    'certificates',
    'use: { authentications: { a: { certificate: { use: x } } } }\ndo: [ { a: { set: { x: 1 } } } ]',
    '/use/authentications/a/certificate',
    /use bearer/
  ],
  ['loose mode', 'evaluate: { mode: loose }\ndo: [ { a: { set: { x: 1 } } } ]', '/evaluate/mode', /\$\{ … \}/],
  [
    'another expression language',
    'evaluate: { language: js }\ndo: [ { a: { set: { x: 1 } } } ]',
    '/evaluate/language',
    /run: script|jq/
  ]
]

for (const [what, yaml, ...expected] of REFUSED) {
  t.test(`refused when saved: ${what}`, async (t) => {
    const faults = await lint(yaml)
    t.match(
      faults,
      expected.map(([pointer, message]) => new RegExp(`^${pointer} .*${message.source}`, 's'))
    )
    t.equal(faults.length, expected.length, 'and nothing else')
  })
}

for (const [what, yaml, pointer, message] of UNSUPPORTED) {
  t.test(`refused when saved, naming what to use instead: ${what}`, async (t) => {
    const faults = await lint(yaml)
    t.ok(
      faults.some((fault) => fault.startsWith(`${pointer} `) && message.test(fault)),
      faults.join('\n')
    )
    t.ok(
      faults.every((fault) => fault.startsWith(pointer)),
      'and nothing else'
    )
  })
}

t.test('all faults of a document are reported at once', async (t) => {
  const faults = await lint(
    REFUSED.filter(([, yaml]) => yaml.startsWith('- a:') && !yaml.includes('\n'))
      .map(([, yaml], index) => yaml.replace('- a:', `- a${index}:`))
      .join('\n')
  )
  t.ok(faults.length >= 30, `${faults.length} faults`)
})

t.test('a value that is not an object has one fault', async (t) => {
  for (const document of [null, 1, 'x', [], true]) t.equal((await lintDocument(document, expressions)).length, 1)
  t.same(
    (await lintDocument({}, expressions)).map((fault) => fault.message),
    ['"document" is missing.', '"do" is missing.']
  )
  const deep = JSON.parse(`${'{"do":['.repeat(60)}${']}'.repeat(60)}`) as unknown
  t.match(await lintDocument(deep, expressions), [{ pointer: '', message: /nested more than/ }])
})

t.test('dsl 1.0.0 to 1.0.3 are accepted, others are not', async (t) => {
  const of = async (dsl: string): Promise<number> =>
    (
      await lint(
        `document: { dsl: '${dsl}', namespace: a, name: b, version: '1.0.0' }\ndo: [ { a: { set: { x: 1 } } } ]`
      )
    ).length
  for (const dsl of ['1.0.0', '1.0.1', '1.0.2', '1.0.3']) t.equal(await of(dsl), 0, dsl)
  for (const dsl of ['1.0.4', '1.1.0', '0.9.0', '1.0.0-alpha1', '']) t.equal(await of(dsl), 1, dsl)
})

t.test('names of object prototypes are ordinary names', async (t) => {
  t.same(
    await lint(`
    - constructor: { set: { constructor: 1, toString: '\${ .hasOwnProperty }' }, then: toString }
    - toString: { call: http, with: { method: get, endpoint: 'http://h/', query: { constructor: x, valueOf: y } } }
  `),
    []
  )
})

t.test('__proto__ is refused as a name, wherever it stands', async (t) => {
  t.same(await lint('- a: { set: { list: [ { __proto__: 1 } ] } }'), [
    '/do/0/a/set/list/0/__proto__ "__proto__" cannot be used as a name.'
  ])
  t.same(await lint('- __proto__: { set: { x: 1 } }'), ['/do/0/__proto__ "__proto__" cannot be used as a name.'])
})

t.test('a schedule that can never run is refused', async (t) => {
  const faultsOf = (schedule: string): Promise<string[]> =>
    lint(
      `document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\nschedule: ${schedule}\n` +
        'do: [ { a: { set: { x: 1 } } } ]'
    )
  for (const schedule of [
    `{ every: '\${ "PT1M" }' }`,
    `{ after: '\${ .x }' }`,
    '{ every: PT0S }',
    '{ after: PT0S }',
    '{ every: { milliseconds: 999 } }'
  ])
    t.match(await faultsOf(schedule), [/^\/schedule\/(every|after) /], schedule)
  t.match(await faultsOf('{ every: { milliseconds: 10 } }'), [/least interval of a schedule is 1000 milliseconds/])
  for (const cron of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30-31 feb *'])
    t.match(await faultsOf(`{ cron: '${cron}' }`), [/would never run/], cron)
  for (const schedule of [
    '{ every: PT1S }',
    '{ after: { seconds: 1 } }',
    "{ cron: '0 0 29 2 *' }",
    "{ cron: '0 0 30 2 mon' }",
    "{ cron: '0 0 31 */4,2 *' }",
    "{ cron: '*/7 0-6/2 1-7 jan-dec/3 *' }"
  ])
    t.same(await faultsOf(schedule), [], schedule)
})

t.test('errors.with takes plain values; an expression belongs into when', async (t) => {
  const caught = (filter: string): Promise<string[]> =>
    lint(
      `- a:
          try: [ { x: { set: { x: 1 } } } ]
          catch: { errors: { with: { ${filter} } }, do: [ { y: { set: { y: 1 } } } ] }`
    )
  for (const name of ['type', 'title', 'detail', 'instance'])
    t.match(await caught(`${name}: '\${ .x }'`), [/^\/do\/0\/a\/catch\/errors\/with\/\w+ .*"when"/], name)
  t.same(await caught("type: 'https://e.example/x', status: 404"), [])
})

t.test('the type of an error is a URI template', async (t) => {
  const raised = (type: string): Promise<string[]> =>
    lint(`- a: { raise: { error: { type: '${type}', status: 400 } } }`)
  t.same(await raised('https://e.example/{kind}'), [])
  t.match(await raised('https://e.example/{kind'), [/brace/])
  t.match(await raised('https://e.example/{a b}'), [/place/])
})

t.test('an expression out of place says what to write', async (t) => {
  const header = (value: string): Promise<string[]> =>
    lint(`- a: { call: http, with: { method: get, endpoint: 'http://h/', headers: { x-key: '${value}' } } }`)
  t.match((await header('${ $secrets.k }')).join(), /input: \{ from: /)
  t.match((await header('${ $secret.k }')).join(), /did you mean \$secrets\?/)
})

t.test('the shorthand of a field is no function, whatever the field is called', async (t) => {
  const set = (expression: string): Promise<string[]> => lint(`- a: { set: '\${ ${expression} }' }`)
  for (const name of ['input', 'inputs', 'env', 'now', 'debug', 'halt', 'stderr', 'localtime'])
    for (const source of [`{${name}}`, `{a, ${name}}`, `{${name}, b: [1, 2]}`, `{a: {${name}}}`])
      t.same(await set(source), [], source)
  for (const source of ['[input, 1]', '{a: input}', '{a: (1, input)}', 'input', '{(input): 1}', '{"a": [now, 1]}'])
    t.match(await set(source), [/is not available in a flow/], source)
})

t.test('a document with more than 1000 tasks is refused', async (t) => {
  const tasks = (count: number): string =>
    wrap(`do: [${Array.from({ length: count }, (_, index) => `{ t${index}: { set: { x: 1 } } }`).join(',')}]`)
  t.same(await lint(tasks(1000)), [])
  t.match(await lint(tasks(2000)), [/more than 1000 tasks/])
  t.match(await lint(tasks(10_000)), [/larger than 131072 bytes/])
})

t.test('a source of many blanks after $secrets takes no time', async (t) => {
  const source = `$secrets${' '.repeat(16_000)}`
  t.match(
    await lint(`- a: { input: { from: '${source}' }, call: http, with: { method: get, endpoint: 'http://h/' } }`),
    []
  )
})

t.test('a script with a hundred thousand empty lines is looked through once', async (t) => {
  const code = `${'\n'.repeat(100_000)}  import fs from 'node:net'`
  const document = {
    document: { dsl: '1.0.3', namespace: 'test', name: 'lines', version: '1.0.0' },
    do: [{ a: { run: { script: { language: 'js', code } } } }]
  }
  const faults = await lintDocument(document, expressions)
  t.match(faults, [{ pointer: '/do/0/a/run/script/code', message: /no module "node:net"/ }])
})
