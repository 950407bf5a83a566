import type { ReactNode } from 'react'

/** Two panes side by side; one below the other in a narrow view. */
export function Split({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]">
      {children}
    </div>
  )
}
