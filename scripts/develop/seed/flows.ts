/** A flow of the seed, and the output that its seeded runs show. */
export interface SeedFlow {
  name: string
  /** The DSL's `do`. */
  tasks: readonly Record<string, object>[]
  output: unknown
}

/** Ten flows, one for each kind of task that people look for first. They call no server outside this machine. */
export const SEED_FLOWS: readonly SeedFlow[] = [
  {
    name: 'greet',
    tasks: [{ greet: { set: { message: '${ "Hello " + (.query.name // "world") }' } } }],
    output: { message: 'Hello world' }
  },
  {
    name: 'price-an-order',
    tasks: [
      { lines: { set: { lines: '${ .body.lines // [] | map({sku, total: (.price * .quantity)}) }' } } },
      { total: { set: { lines: '${ .lines | length }', total: '${ [.lines[].total] | add // 0 }' } } }
    ],
    output: { lines: 3, total: 129.5 }
  },
  {
    name: 'route-by-country',
    tasks: [
      {
        route: {
          switch: [
            { home: { when: '.query.country == "DE"', then: 'national' } },
            { abroad: { then: 'international' } }
          ]
        }
      },
      { national: { set: { carrier: 'post', days: 2 }, then: 'end' } },
      { international: { set: { carrier: 'air freight', days: 9 } } }
    ],
    output: { carrier: 'post', days: 2 }
  },
  {
    name: 'sum-lines',
    tasks: [
      {
        each: { for: { each: 'n', in: '${ [range(5)] }' }, do: [{ add: { set: '${ (.sum // 0) + $n | {sum: .} }' } }] }
      }
    ],
    output: { sum: 10 }
  },
  {
    name: 'refuse-unknown',
    tasks: [
      {
        refuse: {
          raise: { error: { type: 'https://example.com/errors/unknown', status: 404, title: 'There is no such thing' } }
        }
      }
    ],
    output: null
  },
  {
    name: 'recover-from-an-error',
    tasks: [
      {
        attempt: {
          try: [
            { fail: { raise: { error: { type: 'https://example.com/errors/busy', status: 503, title: 'Busy' } } } }
          ],
          catch: { errors: { with: { status: 503 } }, do: [{ fallback: { set: { from: 'the fallback' } } }] }
        }
      }
    ],
    output: { from: 'the fallback' }
  },
  {
    name: 'two-branches',
    tasks: [
      {
        both: {
          fork: { branches: [{ left: { set: { side: 'left' } } }, { right: { set: { side: 'right' } } }] }
        }
      }
    ],
    output: [{ side: 'left' }, { side: 'right' }]
  },
  {
    name: 'wait-a-moment',
    tasks: [{ pause: { wait: { milliseconds: 50 } } }, { done: { set: { waited: true } } }],
    output: { waited: true }
  },
  {
    name: 'announce-an-order',
    tasks: [
      {
        announce: {
          emit: { event: { with: { source: 'https://example.com/orders', type: 'com.example.order.placed' } } }
        }
      },
      { done: { set: { announced: true } } }
    ],
    output: { announced: true }
  },
  {
    name: 'run-a-script',
    tasks: [{ compute: { run: { script: { language: 'js', code: 'return { answer: 6 * 7 }' } } } }],
    output: { answer: 42 }
  }
]

/** The document of a flow of the seed. */
export function seedDocument({ name, tasks }: SeedFlow) {
  return { document: { dsl: '1.0.3', namespace: 'seed', name, version: '1.0.0' }, do: tasks }
}
