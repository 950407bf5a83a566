import { Tabs as Base } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

export interface TabView {
  value: string
  label: ReactNode
  content: ReactNode
  /** Stays mounted while another tab is shown, so that an editor keeps its history. */
  kept?: boolean
}

/** Views of one resource, of which one is shown. If they are the tabs of a page, keep the chosen one in the URL. */
export function Tabs({
  label,
  value,
  tabs,
  onChange
}: {
  label: string
  value: string
  tabs: readonly TabView[]
  onChange: (value: string) => void
}) {
  return (
    <Base.Root value={value} onValueChange={(next) => onChange(String(next))} className="flex min-w-0 flex-col gap-3">
      <Base.List aria-label={label} className="flex flex-wrap gap-0.5 border-b border-line">
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className={
              '-mb-px border-b-2 border-transparent px-3 py-1.5 whitespace-nowrap text-dim -outline-offset-2 ' +
              'aria-selected:border-accent aria-selected:font-semibold aria-selected:text-text'
            }
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="min-w-0" keepMounted={tab.kept ?? false}>
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  )
}
