import type { SearchedText } from './searched-text.ts'

/** The beginning of a secret is masked before a cut if it has at least this many characters. */
const SHORTEST_BEGINNING = 4
const DOT = '.'.charCodeAt(0)
const ELLIPSIS = '…'.charCodeAt(0)

/** Whether a text has a mark of a cut (`...` or `…`): the text before it may end with the beginning of a secret. */
export function hasCut(text: string): boolean {
  return text.includes('...') || text.includes('…')
}

/**
 * Replaces the beginnings of these forms where they stand before a cut. The time grows linearly with the text, because
 * both the secret and the text are controlled by a tenant.
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

/** Reads the text, and keeps the length of the longest beginning of the form that the text read so far ends with. */
function maskBeginnings(text: string, form: SearchedText, mask: string): string {
  let masked = ''
  let from = 0
  let at = 0
  let length = 0
  for (const cut of cutsOf(text)) {
    // Text that is farther from the cut than the form is long cannot belong to it.
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
