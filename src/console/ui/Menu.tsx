import { Menu as Base } from '@base-ui/react/menu'
import type { ReactNode } from 'react'
import { Link } from './Link.tsx'
import { useLayer } from './layer.tsx'

export interface MenuItem {
  label: string
  /** A secondary text beside the label: a key, a technical name. */
  note?: string
  /** The target: a path of the console. */
  to?: string
  /** The target outside the console. */
  href?: string
  onSelect?: () => void
  /** Whether it is the chosen one of several: a theme, a workspace. */
  checked?: boolean
  danger?: boolean
}

export interface MenuGroup {
  label?: string
  items: readonly MenuItem[]
}

/** A button that opens a list of actions. `label` is its name if the button shows only an icon. */
export function Menu({
  label,
  trigger,
  groups,
  className = 'btn',
  open,
  onOpenChange,
  keepsFocus
}: {
  label?: string
  trigger: ReactNode
  groups: readonly MenuGroup[]
  className?: string
  /** For a menu that something else opens too, such as a key. */
  open?: boolean
  onOpenChange?: (open: boolean) => void
  /**
   * Called when the menu closes: whether the chosen action moves the focus itself, so that the button must not take it.
   */
  keepsFocus?: () => boolean
}) {
  const layer = useLayer()
  return (
    <Base.Root {...(open === undefined ? {} : { open })} onOpenChange={(next) => onOpenChange?.(next)}>
      <Base.Trigger className={className} {...(label ? { 'aria-label': label } : {})}>
        {trigger}
      </Base.Trigger>
      <Base.Portal {...(layer ? { container: layer } : {})}>
        <Base.Positioner sideOffset={4} align="end" className="z-50">
          <Base.Popup
            className="floating max-h-[70vh] min-w-44 overflow-auto p-1"
            {...(keepsFocus ? { finalFocus: () => !keepsFocus() } : {})}
          >
            {groups
              .filter(({ items }) => items.length > 0)
              .map((group, index) => (
                <Base.Group key={group.label ?? index} className={index > 0 ? 'mt-1 border-t border-line pt-1' : ''}>
                  {group.label && <Base.GroupLabel className="dim small px-2.5 py-1">{group.label}</Base.GroupLabel>}
                  {group.items.map((item) => (
                    <Item key={item.to ?? item.label} item={item} />
                  ))}
                </Base.Group>
              ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

function Item({ item: { label, note, to, href, onSelect, checked, danger } }: { item: MenuItem }) {
  const className = `menu-item ${danger ? 'text-bad' : ''}`
  if (checked !== undefined) {
    return (
      <Base.CheckboxItem className={className} checked={checked} closeOnClick onClick={onSelect}>
        {label}
        <Base.CheckboxItemIndicator aria-hidden="true">✓</Base.CheckboxItemIndicator>
      </Base.CheckboxItem>
    )
  }
  if (to !== undefined) {
    return (
      <Base.LinkItem className={className} closeOnClick render={<Link to={to} />}>
        {label}
      </Base.LinkItem>
    )
  }
  if (href !== undefined) {
    return (
      <Base.LinkItem className={className} closeOnClick href={href} target="_blank" rel="noreferrer">
        {label}
      </Base.LinkItem>
    )
  }
  return (
    <Base.Item className={className} onClick={onSelect}>
      {label}
      {note && <span className="dim small">{note}</span>}
    </Base.Item>
  )
}
