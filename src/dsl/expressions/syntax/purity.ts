import { lex, type Token } from './lex.ts'

/** jq's words for what is not a function of the arguments → what to write instead. The pool shadows each of them too. */
export const IMPURE: Readonly<Record<string, string>> = {
  input: 'use $input',
  inputs: 'use $input',
  debug: 'a run records the input and output of every task',
  stderr: 'a run records the input and output of every task',
  input_filename: 'use $input',
  input_line_number: 'use $input',
  halt: 'use `then: end`',
  halt_error: 'use a `raise` task',
  env: 'use $secrets or $context',
  now: 'use $workflow.startedAt or $task.startedAt',
  localtime: 'use gmtime: a server has no time zone of its own',
  strflocaltime: 'use strftime: a server has no time zone of its own',
  get_search_list: 'modules are not read',
  modulemeta: 'modules are not read'
}

const MODULE_WORDS = new Set(['import', 'include', 'module'])

/**
 * The sentence that refuses a source which is not a pure function of its arguments, or undefined where it is one.
 *
 * A friendly early word, stricter than need be: a function that a source itself defines as `now` is refused too. What enforces
 * purity are the definitions in `pool/program.ts` that shadow these names.
 */
export function checkPurity(tokens: readonly Token[]): string | undefined {
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'string') {
      for (const part of token.parts) {
        const refusal = typeof part === 'string' ? undefined : checkPurity(part)
        if (refusal !== undefined) return refusal
      }
    }
    if (token.kind === 'variable' && token.text === 'ENV') return `$ENV is not available in a flow: ${IMPURE['env']}`
    if (token.kind !== 'word' || isKey(tokens[index + 1])) continue
    if (MODULE_WORDS.has(token.text)) return `${token.text} is not available in a flow: modules are not read`
    if (Object.hasOwn(IMPURE, token.text)) return `${token.text} is not available in a flow: ${IMPURE[token.text]}`
  }
  return undefined
}

/** A word before a colon is an object's key, or the name in a definition. */
function isKey(next: Token | undefined): boolean {
  return next?.kind === 'symbol' && next.text === ':'
}

/** Which of the variables in scope the sources name: only those travel to the pool. All of them where a source cannot be read. */
export function variablesIn(sources: readonly string[], scope: readonly string[]): readonly string[] {
  const named = new Set<string>()
  for (const source of sources) {
    const tokens = lex(source)
    if (tokens === undefined) return scope
    collect(tokens, named)
  }
  return scope.filter((name) => named.has(name))
}

function collect(tokens: readonly Token[], named: Set<string>): void {
  for (const token of tokens) {
    if (token.kind === 'variable') named.add(token.text)
    if (token.kind === 'string') for (const part of token.parts) if (typeof part !== 'string') collect(part, named)
  }
}
