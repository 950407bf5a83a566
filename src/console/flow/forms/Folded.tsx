import type { ReactNode } from 'react'

/** Fields that are rarely changed, folded at first. */
export function Folded({ title, open = false, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details open={open} className="rounded-md border border-line p-2">
      <summary className="label cursor-pointer">{title}</summary>
      <div className="flex flex-col gap-3 pt-2">{children}</div>
    </details>
  )
}
