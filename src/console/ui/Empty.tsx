import type { ReactNode } from 'react'

/** The content of an empty list: what would be here, why it is empty, and what to do. */
export function Empty({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-8 text-center">
      <p className="dim max-w-[56ch]">{children}</p>
      {actions && <div className="row justify-center">{actions}</div>}
    </div>
  )
}
