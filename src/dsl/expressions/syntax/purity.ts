import { lex, type Token } from './lex.ts'

/** Impure names of jq and what to write instead. The pool's program redefines each of them as well. */
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
 * The message for a source that is not a pure function of its arguments; undefined for a pure one.
 *
 * This is an early check with a helpful message. It is stricter than necessary: it also rejects a function that the
 * source itself defines as `now`. Purity is enforced by the definitions in `pool/fuse.ts` that replace these names.
 */
export function checkPurity(tokens: readonly Token[]): string | undefined {
  const open: string[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'symbol' && '([{'.includes(token.text)) open.push(token.text)
    else if (token.kind === 'symbol' && ')]}'.includes(token.text)) open.pop()
    if (token.kind === 'string') {
      for (const part of token.parts) {
        const impurity = typeof part === 'string' ? undefined : checkPurity(part)
        if (impurity !== undefined) return impurity
      }
    }
    if (token.kind === 'variable' && token.text === 'ENV') return `$ENV is not available in a flow: ${IMPURE['env']}`
    if (token.kind !== 'word' || isKey(tokens[index + 1])) continue
    if (open.at(-1) === '{' && isShorthand(tokens[index - 1], tokens[index + 1])) continue
    if (MODULE_WORDS.has(token.text)) return `${token.text} is not available in a flow: modules are not read`
    if (Object.hasOwn(IMPURE, token.text)) return `${token.text} is not available in a flow: ${IMPURE[token.text]}`
  }
  return undefined
}

/** A word before a colon is the key of an object, or the name in a definition. */
function isKey(next: Token | undefined): boolean {
  return next?.kind === 'symbol' && next.text === ':'
}

/** A word that stands alone between the braces or commas of an object reads the field of its name: `{input}`. */
function isShorthand(before: Token | undefined, after: Token | undefined): boolean {
  return (
    before?.kind === 'symbol' &&
    after?.kind === 'symbol' &&
    (before.text === '{' || before.text === ',') &&
    (after.text === '}' || after.text === ',')
  )
}

/**
 * The variables in scope that the sources name: only these are sent to the pool. If a source cannot be lexed, all
 * variables are.
 */
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
