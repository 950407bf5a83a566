import type { ReactNode } from 'react'
import { Mark } from '../ui/icons.tsx'

/** The frame around the pages that need no sign-in. */
export function OpenFrame({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-12 items-center gap-2 border-b border-line bg-panel px-4 font-bold">
        <Mark /> Sluice
      </header>
      <main className="mx-auto w-full max-w-[420px] px-4 py-8 sm:py-16">
        <div className="panel stack p-5">{children}</div>
      </main>
    </div>
  )
}
