import { Copy } from './Copy.tsx'

/** Text for machines, unchanged. `label` names the region, which can be scrolled with keys. */
export function Code({ text, label, copy }: { text: string; label: string; copy?: string }) {
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <pre
        role="region"
        aria-label={label}
        // A region that scrolls must be reachable by keys.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="overflow-auto rounded-md bg-code px-3 py-2.5"
      >
        {text}
      </pre>
      {copy && (
        <div>
          <Copy text={text} label={copy} done="Copied" />
        </div>
      )}
    </div>
  )
}
