/** A key, or several at once. */
export function Kbd({ keys }: { keys: string }) {
  return <kbd className="rounded border border-line-strong bg-code px-1.5 py-px text-[11px] text-text">{keys}</kbd>
}
