/** Ten calls one after the other. */
export const STEPS = 10
export const TURNS = 100

export interface ChaosFlow {
  name: string
  tasks: readonly object[]
  /** The steps that the upstream must have received, each at least once. */
  steps: readonly string[]
}

/** Short waits, for storms whose timers follow the real time. */
export const REAL_PACE = { retry: 8, wait: 20 }

export const INNER = 'inner'

/**
 * One flow for each situation in which a process can die.
 * @param pace the seconds of the delay of a retry, and of a wait
 */
export function chaosFlows(upstream: string, pace = { retry: 60, wait: 180 }): ChaosFlow[] {
  const call = (step: string, path = '/step', body: object = {}): object => ({
    call: 'http',
    with: { method: 'post', endpoint: { uri: `${upstream}${path}` }, body: { run: '${ $workflow.id }', step, ...body } }
  })
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
  return [
    {
      name: 'sequence',
      tasks: numbers(STEPS).map((n) => ({ [`s${n}`]: call(`s${n}`) })),
      steps: numbers(STEPS).map((n) => `s${n}`)
    },
    {
      name: 'loop',
      tasks: [
        {
          turns: {
            for: { each: 'n', in: `\${ [range(${TURNS})] }` },
            do: [{ turn: call('', '/step', { step: '${ "turn \\($n)" }' }) }]
          }
        }
      ],
      steps: numbers(TURNS).map((n) => `turn ${n}`)
    },
    {
      name: 'fork',
      tasks: [
        {
          both: {
            fork: {
              branches: ['a', 'b', 'c'].map((branch) => ({
                [branch]: { do: numbers(5).map((n) => ({ [`${branch}${n}`]: call(`${branch}${n}`) })) }
              }))
            }
          }
        }
      ],
      steps: ['a', 'b', 'c'].flatMap((branch) => numbers(5).map((n) => `${branch}${n}`))
    },
    {
      name: 'retry',
      tasks: [
        { before: call('before') },
        {
          fragile: {
            try: [{ ask: call('flaky', '/flaky') }],
            catch: {
              errors: { with: { status: 503 } },
              retry: { delay: { seconds: pace.retry }, limit: { attempt: { count: 5 } } }
            }
          }
        },
        { after: call('after') }
      ],
      steps: ['before', 'flaky', 'after']
    },
    {
      name: 'wait',
      tasks: [{ before: call('before') }, { rest: { wait: { seconds: pace.wait } } }, { after: call('after') }],
      steps: ['before', 'after']
    },
    {
      name: 'timeouts',
      tasks: [
        {
          both: {
            fork: {
              branches: [
                ...['a', 'b'].map((branch) => ({
                  [branch]: {
                    timeout: { after: { hours: 1 } },
                    do: numbers(4).map((n) => ({ [`${branch}${n}`]: call(`t${branch}${n}`) }))
                  }
                })),
                {
                  late: {
                    try: [
                      {
                        never: { do: [{ rest: { wait: { hours: 9 } } }], timeout: { after: { seconds: pace.retry } } }
                      }
                    ],
                    catch: { errors: { with: { status: 408 } }, do: [{ told: call('late') }] }
                  }
                }
              ]
            },
            timeout: { after: { hours: 2 } }
          }
        },
        { after: call('after') }
      ],
      steps: [...['a', 'b'].flatMap((branch) => numbers(4).map((n) => `t${branch}${n}`)), 'late', 'after']
    },
    {
      name: 'subflow',
      tasks: [
        { before: call('before') },
        { nested: { run: { workflow: { namespace: 'scratch', name: INNER, version: 'latest', input: {} } } } },
        { after: call('after') }
      ],
      steps: ['before', ...numbers(5).map((n) => `inner${n}`), 'after']
    },
    {
      name: INNER,
      tasks: numbers(5).map((n) => ({ [`i${n}`]: call(`inner${n}`) })),
      steps: numbers(5).map((n) => `inner${n}`)
    }
  ]
}
