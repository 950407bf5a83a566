import type { Expressions } from '../../src/dsl/expressions/expressions.ts'

export interface WatchedExpressions {
  expressions: Expressions
  /** Counts the expressions of each document, lists those that only jq can run, and says which path answered. */
  report(): string
}

/** Records every expression that the lint checks, also in documents that are refused for another reason. */
export function watchPaths(expressions: Expressions): WatchedExpressions {
  const leftToJq: string[] = []
  let written = 0
  return {
    expressions: {
      ...expressions,
      check: async (source, variables) => {
        written++
        if (expressions.compile(source, variables).path === 'pool') leftToJq.push(source)
        return expressions.check(source, variables)
      }
    },
    report: () => {
      const { fast, pool } = expressions.stats()
      const share = written === 0 ? 0 : ((written - leftToJq.length) / written) * 100
      const others = leftToJq.map((source) => `\n  left to jq: ${source}`).join('')
      return (
        `${written - leftToJq.length} of ${written} expressions (${share.toFixed(0)} %) are the fast path's; of ` +
        `those that ran, it answered ${fast} and the pool ${pool}${others}`
      )
    }
  }
}
