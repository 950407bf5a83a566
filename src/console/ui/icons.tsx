import type { ReactNode } from 'react'

/** Line icons of 16 px. Each is beside a word or within a named button, so it has no name of its own. */
function icon(shape: ReactNode) {
  return function Icon() {
    return (
      <svg
        viewBox="0 0 16 16"
        width="16"
        height="16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        className="shrink-0"
      >
        {shape}
      </svg>
    )
  }
}

export const ChevronDown = icon(<path d="m4 6 4 4 4-4" />)
export const ChevronRight = icon(<path d="m6 4 4 4-4 4" />)
export const CopyIcon = icon(
  <>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" />
  </>
)
export const CheckIcon = icon(<path d="m3 8.5 3.2 3.2L13 5" />)
export const CrossIcon = icon(<path d="m4 4 8 8m0-8-8 8" />)
export const MoreIcon = icon(<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" strokeWidth="2.4" />)
export const GripIcon = icon(<path d="M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01" strokeWidth="2.2" />)
export const MenuIcon = icon(<path d="M2.5 4h11m-11 4h11m-11 4h11" />)
export const SearchIcon = icon(
  <>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.3 3.3" />
  </>
)
export const WarnIcon = icon(<path d="M8 2.5 14.2 13H1.8L8 2.5Zm0 4v3m0 1.8v.01" />)
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />)
export const UndoIcon = icon(<path d="M3 6.5h7a3.5 3.5 0 0 1 0 7H6m-3-7 3-3m-3 3 3 3" />)
export const RedoIcon = icon(<path d="M13 6.5H6a3.5 3.5 0 0 0 0 7h4m3-7-3-3m3 3-3 3" />)
export const ExternalIcon = icon(<path d="M9.5 2.5h4v4m0-4-6 6m-1.5-5h-3v10h10v-3" />)

/** The logo of the product: lines that become shorter. */
export function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" className="fill-accent">
      <rect x="1" y="3" width="18" height="3" rx="1" />
      <rect x="4" y="9" width="12" height="3" rx="1" />
      <rect x="7" y="15" width="6" height="3" rx="1" />
    </svg>
  )
}
