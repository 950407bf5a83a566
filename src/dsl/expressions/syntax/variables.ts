import { lex, type Token } from './lex.ts'

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
