/**
 * Puts text on the clipboard. Pages over plain http from another machine have no clipboard API, so the older way is
 * used there. Returns whether it worked.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.readOnly = true
  area.className = 'fixed opacity-0'
  // Inside an open dialog, because nothing outside it can be focused.
  const host = document.activeElement?.closest('[role=dialog],[role=alertdialog]') ?? document.body
  const before = document.activeElement
  host.append(area)
  area.select()
  try {
    return document.execCommand('copy')
  } finally {
    area.remove()
    if (before instanceof HTMLElement) before.focus()
  }
}
