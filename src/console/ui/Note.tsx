import type { ReactNode } from 'react'

const TONES = {
  warn: 'border-warn bg-warn-soft',
  bad: 'border-bad bg-bad-soft',
  accent: 'border-accent bg-accent-soft'
}

/** A conspicuous line about the page, with at most one action. */
export function Note({
  tone = 'warn',
  action,
  children
}: {
  tone?: keyof typeof TONES
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <div
      className={`flex flex-wrap items-center justify-between gap-2 rounded-r-md border-l-3 px-3 py-2 ${TONES[tone]}`}
    >
      <div className="min-w-0 break-words">{children}</div>
      {action}
    </div>
  )
}
