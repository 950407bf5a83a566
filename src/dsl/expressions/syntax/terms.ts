import type { Node } from './ast.ts'
import { BEYOND, type Cursor } from './cursor.ts'
import { KEYWORDS, type Token } from './lex.ts'

/**
 * Parses the terms between operators: literals, paths, calls, constructions, and the forms that begin with a keyword.
 */
export abstract class Terms {
  protected readonly cursor: Cursor

  constructor(cursor: Cursor) {
    this.cursor = cursor
  }

  /** A whole query, as brackets contain it. */
  protected abstract query(): Node
  /** The value of an object's entry, up to a comma or a pipe. */
  protected abstract value(): Node
  /** Counts one level of nesting. */
  protected abstract deeper(read: () => Node): Node
  /** The query of an interpolation in a string. */
  protected abstract within(tokens: readonly Token[]): Node

  /** A term with its suffixes: fields, brackets, question marks. */
  protected postfix(): Node {
    let target = this.#term()
    for (;;) {
      const token = this.cursor.next()
      if (token?.kind === 'field') {
        this.cursor.at++
        target = this.#indexed(target, { kind: 'literal', value: token.text })
      } else if (this.cursor.peek('.') && this.cursor.next(1)?.kind === 'string') {
        this.cursor.at++
        target = this.#indexed(target, this.#text(undefined))
      } else if (this.cursor.peek('.') && this.cursor.peek('[', 1)) {
        this.cursor.at += 2
        target = this.#brackets(target)
        if (target.kind === 'slice') throw BEYOND
      } else if (this.cursor.take('[')) target = this.#brackets(target)
      else if (this.cursor.take('?')) target = { kind: 'try', body: target, handler: undefined }
      else return target
    }
  }

  #indexed(target: Node, key: Node): Node {
    return { kind: 'index', target, key, optional: this.cursor.take('?') }
  }

  /** After `[`: an index, a slice or an iteration. */
  #brackets(target: Node): Node {
    if (this.cursor.take(']')) return { kind: 'iterate', target, optional: this.cursor.take('?') }
    const from = this.cursor.peek(':') ? undefined : this.query()
    if (!this.cursor.take(':')) {
      this.cursor.expect(']')
      if (from === undefined) throw BEYOND
      return this.#indexed(target, from)
    }
    const to = this.cursor.peek(']') ? undefined : this.query()
    this.cursor.expect(']')
    if (from === undefined && to === undefined) throw BEYOND
    return { kind: 'slice', target, from, to, optional: this.cursor.take('?') }
  }

  #term(): Node {
    const token = this.cursor.next()
    if (token === undefined) throw BEYOND
    switch (token.kind) {
      case 'number':
        return this.#number(token.text)
      case 'string':
        return this.#text(undefined)
      case 'format':
        this.cursor.at++
        return this.cursor.next()?.kind === 'string' ? this.#text(token.text) : { kind: 'format', name: token.text }
      case 'variable':
        this.cursor.at++
        return { kind: 'variable', name: token.text }
      case 'field':
        this.cursor.at++
        return this.#indexed({ kind: 'identity' }, { kind: 'literal', value: token.text })
      case 'word':
        return this.#word(token.text)
      case 'symbol':
        return this.#symbol(token.text)
    }
  }

  #symbol(text: string): Node {
    this.cursor.at++
    switch (text) {
      case '.':
        return this.cursor.next()?.kind === 'string'
          ? this.#indexed({ kind: 'identity' }, this.#text(undefined))
          : { kind: 'identity' }
      case '..':
        return { kind: 'recurse' }
      case '(':
        return this.#closed(')')
      case '[':
        return { kind: 'array', body: this.cursor.take(']') ? undefined : this.#closed(']') }
      case '{':
        return this.#object()
      default:
        throw BEYOND
    }
  }

  #closed(sign: string): Node {
    const inner = this.query()
    this.cursor.expect(sign)
    return inner
  }

  #word(text: string): Node {
    this.cursor.at++
    switch (text) {
      case 'null':
        return { kind: 'literal', value: null }
      case 'true':
        return { kind: 'literal', value: true }
      case 'false':
        return { kind: 'literal', value: false }
      case 'if':
        return this.#if()
      case 'try':
        return {
          kind: 'try',
          body: this.deeper(() => this.postfix()),
          handler: this.cursor.take('catch') ? this.postfix() : { kind: 'call', name: 'empty', args: [] }
        }
      case 'reduce':
        return { kind: 'reduce', ...this.#loop(), ...this.#accumulate(2) }
      case 'foreach':
        return { kind: 'foreach', ...this.#loop(), ...this.#accumulate(3) }
      default:
        if (KEYWORDS.has(text)) throw BEYOND
        return { kind: 'call', name: text, args: this.cursor.take('(') ? this.#arguments() : [] }
    }
  }

  #arguments(): Node[] {
    const args = [this.query()]
    while (this.cursor.take(';')) args.push(this.query())
    this.cursor.expect(')')
    return args
  }

  #if(): Node {
    const condition = this.query()
    this.cursor.expect('then')
    const consequence = this.query()
    if (this.cursor.take('elif'))
      return { kind: 'if', condition, consequence, otherwise: this.deeper(() => this.#if()) }
    const otherwise = this.cursor.take('else') ? this.query() : undefined
    this.cursor.expect('end')
    return { kind: 'if', condition, consequence, otherwise }
  }

  #loop(): { source: Node; pattern: string } {
    const source = this.postfix()
    this.cursor.expect('as')
    return { source, pattern: this.cursor.variable() }
  }

  #accumulate(most: number): { init: Node; update: Node; extract: Node | undefined } {
    this.cursor.expect('(')
    const [init, update, extract, ...rest] = this.#arguments()
    if (init === undefined || update === undefined || rest.length > 0 || (most === 2 && extract !== undefined))
      throw BEYOND
    return { init, update, extract }
  }

  #object(): Node {
    const entries: { key: Node; value: Node }[] = []
    if (this.cursor.take('}')) return { kind: 'object', entries }
    do entries.push(this.#entry())
    while (this.cursor.take(','))
    this.cursor.expect('}')
    return { kind: 'object', entries }
  }

  #entry(): { key: Node; value: Node } {
    const token = this.cursor.next()
    if (token?.kind === 'variable') {
      this.cursor.at++
      return { key: { kind: 'literal', value: token.text }, value: { kind: 'variable', name: token.text } }
    }
    if (this.cursor.take('(')) {
      const key = this.#closed(')')
      this.cursor.expect(':')
      return { key, value: this.#entryValue() }
    }
    const key = this.#entryKey(token)
    if (this.cursor.take(':')) return { key, value: this.#entryValue() }
    if (token?.kind === 'word' && KEYWORDS.has(token.text)) throw BEYOND
    return { key, value: { kind: 'index', target: { kind: 'identity' }, key, optional: false } }
  }

  #entryKey(token: Token | undefined): Node {
    if (token?.kind === 'string') return this.#text(undefined)
    if (token?.kind !== 'word' || token.text.includes('::')) throw BEYOND
    this.cursor.at++
    return { kind: 'literal', value: token.text }
  }

  /** The value of an entry. Pipes belong to it, and a comma ends it. */
  #entryValue(): Node {
    const left = this.value()
    return this.cursor.take('|') ? { kind: 'pipe', left, right: this.deeper(() => this.#entryValue()) } : left
  }

  /**
   * jq keeps the digits of a literal that it does not calculate with. The fast path takes only literals that JavaScript
   * prints in the same way.
   */
  #number(text: string): Node {
    const value = Number(text)
    if (String(value) !== text) throw BEYOND
    this.cursor.at++
    return { kind: 'literal', value }
  }

  #text(format: string | undefined): Node {
    const token = this.cursor.next()
    if (token?.kind !== 'string') throw BEYOND
    this.cursor.at++
    const parts = token.parts.map((part) => (typeof part === 'string' ? part : this.within(part)))
    const [only] = parts
    if (parts.length === 1 && typeof only === 'string') return { kind: 'literal', value: only }
    return { kind: 'text', parts, format }
  }
}
