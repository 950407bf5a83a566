import type { ReactNode } from 'react'

export type Tone = 'plain' | 'ok' | 'bad' | 'warn' | 'accent'

const TONES: Record<Tone, string> = {
  plain: 'bg-code text-dim',
  ok: 'bg-ok-soft text-ok',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  accent: 'bg-accent-soft text-accent'
}

/** A state as a word. The color only repeats the word. */
export function Tag({ tone = 'plain', dot = false, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return (
    <span
      className={
        'inline-flex items-center gap-1.5 rounded-full px-2 py-px text-[12px] leading-[18px] font-semibold ' +
        `whitespace-nowrap ${TONES[tone]}`
      }
    >
      {dot && <span className="size-[7px] rounded-full bg-current" aria-hidden="true" />}
      {children}
    </span>
  )
}
