import type { Mail } from '../platform/mail/mailer.ts'

export interface Message {
  to: string
  subject: string
  /** Plain sentences. What people typed stands in them as it is. */
  paragraphs: readonly string[]
  /** Where the mail leads, on a line of its own. */
  link?: { label: string; url: string } | undefined
}

/** A mail as plain text and as simple HTML, without pictures and without anything that tells that it was read. */
export function compose({ to, subject, paragraphs, link }: Message): Mail {
  const lines = [...paragraphs.map(oneLine), ...(link ? [`${link.label}:\n${link.url}`] : [])]
  const blocks = [
    ...paragraphs.map((text) => `<p>${escape(oneLine(text))}</p>`),
    ...(link ? [`<p><a href="${escape(link.url)}">${escape(link.label)}</a></p>`, `<p>${escape(link.url)}</p>`] : [])
  ]
  return {
    to,
    subject: oneLine(subject),
    text: `${lines.join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${blocks.join('')}</body></html>`
  }
}

/** Names of workspaces and people are theirs to choose: none adds a paragraph, or looks like a line of ours. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}
