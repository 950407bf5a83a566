import { useId, type ReactNode } from 'react'

/** A part of a page with a heading, which names it as a region. */
export function Section({
  title,
  beside,
  children,
  panel = true
}: {
  title: string
  beside?: ReactNode
  children: ReactNode
  panel?: boolean
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={`flex min-w-0 flex-col gap-3 ${panel ? 'panel p-4' : ''}`}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id={id}>{title}</h2>
        {beside}
      </div>
      {children}
    </section>
  )
}
