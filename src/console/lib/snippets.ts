export interface Snippet {
  value: string
  label: string
  text: string
}

export interface SnippetFacts {
  method: string
  url: string
  /** If undefined, the snippets have a variable named TOKEN instead. */
  token: string | undefined
}

/** The same call in several languages. Each snippet is complete, and needs no package. */
export function snippetsOf(facts: SnippetFacts): Snippet[] {
  return [
    { value: 'curl', label: 'curl', text: curl(facts) },
    { value: 'javascript', label: 'JavaScript', text: javascript(facts) },
    { value: 'python', label: 'Python', text: python(facts) },
    { value: 'postman', label: 'Postman', text: postman(facts) }
  ]
}

function curl({ method, url, token }: SnippetFacts): string {
  const verb = method === 'GET' ? '' : ` -X ${method}`
  return `curl -s${verb} \\\n  -H "Authorization: Bearer ${token ?? '$TOKEN'}" \\\n  "${url}"`
}

function javascript({ method, url, token }: SnippetFacts): string {
  return [
    ...(token === undefined ? ['// TOKEN=$TOKEN node call.mjs'] : []),
    `const answer = await fetch('${url}', {`,
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    `  headers: { Authorization: ${token === undefined ? '`Bearer ${process.env.TOKEN}`' : `'Bearer ${token}'`} }`,
    '})',
    'console.log(answer.status, await answer.json())'
  ].join('\n')
}

function python({ method, url, token }: SnippetFacts): string {
  return [
    ...(token === undefined ? ['# TOKEN=$TOKEN python3 call.py', 'import os'] : []),
    'import json',
    'import urllib.request',
    '',
    'request = urllib.request.Request(',
    `    "${url}",`,
    ...(method === 'GET' ? [] : [`    method="${method}",`]),
    `    headers={"Authorization": ${token === undefined ? '"Bearer " + os.environ["TOKEN"]' : `"Bearer ${token}"`}},`,
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    print(answer.status, json.load(answer))'
  ].join('\n')
}

/**
 * A collection in Postman's format 2.1. The variable of the token is empty without one, because collections are shared.
 */
function postman({ method, url, token }: SnippetFacts): string {
  return JSON.stringify(
    {
      info: { name: 'Sluice', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
      variable: [{ key: 'TOKEN', value: token ?? '', type: 'secret' }],
      auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{TOKEN}}', type: 'string' }] },
      item: [{ name: 'Call the listener', request: { method, url } }]
    },
    null,
    2
  )
}
