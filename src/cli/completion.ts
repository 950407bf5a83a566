import type { Command } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The words that can follow a command. */
interface Place {
  /** The commands up to here, such as `tokens list`; empty for `sluice` alone. */
  path: string
  commands: readonly Word[]
  options: readonly Word[]
}

interface Word {
  text: string
  description: string
}

/**
 * A script that completes the commands and options of a program. It does not call the gateway, so that completion is
 * instant.
 */
export function completionOf(shell: Shell, program: Command): string {
  const places = placesOf(program, '')
  return WRITERS[shell](places)
}

function placesOf(command: Command, path: string): Place[] {
  const help = Object.assign(command.createHelp(), { showGlobalOptions: true })
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
  const commands = command.commands
  return [
    {
      path,
      commands: commands.map((child) => ({ text: child.name(), description: firstClause(child.description()) })),
      options: options.flatMap(({ long, description }) =>
        long ? [{ text: long, description: firstClause(description) }] : []
      )
    },
    ...commands.flatMap((child) => placesOf(child, path === '' ? child.name() : `${path} ${child.name()}`))
  ]
}

const WRITERS: Readonly<Record<Shell, (places: readonly Place[]) => string>> = { bash, zsh, fish }

/** Walks over the words up to the cursor. Words that are not commands, such as ids and values, are skipped. */
function bash(places: readonly Place[]): string {
  return `_sluice() {
  local word path='' words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${knownPaths(places)}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${wordsByPath(places)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sluice sluice
`
}

function zsh(places: readonly Place[]): string {
  return `#compdef sluice
_sluice() {
  local word line='' words_here=''
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${line:+$line }$word" in
      ${knownPaths(places)}) line="\${line:+$line }$word" ;;
    esac
  done
  case "$line" in
${wordsByPath(places, 'words_here')}
  esac
  compadd -- \${=words_here}
  [[ $PREFIX == -* ]] || _files
}
compdef _sluice sluice
`
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const condition = `-n '__sluice_at "${path}"'`
    return [
      ...commands.map(
        ({ text, description }) => `complete -c sluice -f ${condition} -a ${text} -d ${quoted(description)}`
      ),
      ...options.map(
        ({ text, description }) => `complete -c sluice ${condition} -l ${text.slice(2)} -d ${quoted(description)}`
      )
    ]
  })
  return `function __sluice_path
  set -l path
  for word in (commandline -opc)[2..-1]
    switch (string join ' ' $path $word)
      case ${places.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' ')}
        set path $path $word
    end
  end
  string join ' ' -- $path
end
function __sluice_at
  set -l path (__sluice_path)
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}

function knownPaths(places: readonly Place[]): string {
  return places.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' | ')
}

function wordsByPath(places: readonly Place[], variable = 'words'): string {
  return places
    .map(({ path, commands, options }) => {
      const words = [...commands, ...options].map(({ text }) => text).join(' ')
      return `    ${quoted(path)}) ${variable}=${quoted(words)} ;;`
    })
    .join('\n')
}

/** Quotes a description, so that the shell does not interpret anything in it. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", '’')}'`
}

function firstClause(description: string): string {
  return description.split(/[;:]/, 1)[0] ?? ''
}
