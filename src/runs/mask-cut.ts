import type { SearchedText } from './searched-text.ts'

/** Where a text was cut, this many characters are enough to recognize the beginning of a secret. */
const SHORTEST_BEGINNING = 4
const DOT = '.'.charCodeAt(0)
const ELLIPSIS = '…'.charCodeAt(0)

/** Whether a text has a mark of a cut, `...` or `…`: what is before one may be the beginning of a secret. */
export function hasCut(text: string): boolean {
  return text.includes('...') || text.includes('…')
}

/**
 * Replaces the beginnings of these forms that stand before a cut, each in a time that grows with the length of the
 * text: both the secret and the text are a tenant's.
 */
export function createCutMask(forms: readonly SearchedText[], mask: string): (text: string) => string {
  const byHead = Map.groupBy(forms, ({ text }) => text.slice(0, SHORTEST_BEGINNING))
  return (text) => {
    const present = new Set<string>()
    for (let at = 0; at <= text.length - SHORTEST_BEGINNING; at++) {
      const head = text.slice(at, at + SHORTEST_BEGINNING)
      if (byHead.has(head)) present.add(head)
    }
    return [...present]
      .flatMap((head) => byHead.get(head) ?? [])
      .sort((a, b) => b.text.length - a.text.length)
      .reduce((masked, form) => maskBeginnings(masked, form, mask), text)
  }
}

/** Follows the text with the longest beginning of the form that it ends with. */
function maskBeginnings(text: string, form: SearchedText, mask: string): string {
  let masked = ''
  let from = 0
  let at = 0
  let length = 0
  for (const cut of cutsOf(text)) {
    // What is farther away than the form is long is no part of it.
    if (cut - at > form.text.length) [at, length] = [cut - form.text.length, 0]
    for (; at < cut; at++) length = form.follow(length, text.charCodeAt(at))
    if (length < SHORTEST_BEGINNING) continue
    const start = Math.max(from, cut - length)
    if (start < cut) masked += text.slice(from, start) + mask
    from = cut
  }
  return masked + text.slice(from)
}

function cutsOf(text: string): number[] {
  const cuts: number[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === ELLIPSIS || (code === DOT && text.charCodeAt(at + 1) === DOT && text.charCodeAt(at + 2) === DOT))
      cuts.push(at)
  }
  return cuts
}
