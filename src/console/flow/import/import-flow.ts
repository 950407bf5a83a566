import { stringify } from 'yaml'
import { importN8n, isN8n } from './n8n.ts'
import { importPostman, isPostman } from './postman.ts'

export interface ImportedText {
  text: string
  notes: string[]
  from: 'n8n' | 'Postman'
}

/**
 * Turns a workflow of n8n or a collection of Postman into the text of a flow. Notes name the parts that could not be
 * translated; they are also comments above the flow.
 * @throws Error that says what is wrong with the file
 */
export function importFlow(file: string): ImportedText {
  const data = read(file)
  const from = isN8n(data) ? 'n8n' : isPostman(data) ? 'Postman' : undefined
  if (!from) throw new Error('This is neither a workflow of n8n nor a collection of Postman (v2).')
  const { document, notes } = from === 'n8n' ? importN8n(data) : importPostman(data)
  const comments = notes.map((note) => `# - ${note.replaceAll(/\s+/g, ' ')}\n`).join('')
  const yaml = stringify(document, { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false })
  return { text: `# Imported from ${from}.\n${comments}${yaml}`, notes, from }
}

function read(file: string): unknown {
  try {
    const data = JSON.parse(file) as unknown
    // An export of several workflows is a list.
    return Array.isArray(data) && data.length === 1 ? (data[0] as unknown) : data
  } catch {
    throw new Error('This file is no JSON.')
  }
}
