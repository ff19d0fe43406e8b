import type { CompletedCommand, CompletedOption } from './completed-command.js';

/**
 * The script for bash. Where it offers nothing, bash completes files (`-o default`).
 * It looks for the command among the words so far, then at the word before: an option that waits for its value.
 */
export const bashCompletion = (commands: readonly CompletedCommand[]): string => `# bash completion of pullsim
_pullsim() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=pullsim word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
      ${pathPattern(commands)}) command="$command $word" ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${valueCases(commands, bashValues)}
  esac
  case "$command" in
${commands.map((command) => `    ${quoted(command.path)}) word=${quoted(wordsAfter(command).join(' '))} ;;`).join('\n')}
  esac
  # Options only when one is begun: else their dashes would stand before every file.
  if [[ $current != -* ]]; then word=$(printf '%s\\n' $word | grep -v '^-'); fi
  COMPREPLY=($(compgen -W "$word" -- "$current"))
}
complete -o default -F _pullsim pullsim
`;

/** The script for zsh, to be sourced after compinit or put as `_pullsim` on the fpath. */
export const zshCompletion = (commands: readonly CompletedCommand[]): string => `#compdef pullsim
_pullsim() {
  local command=pullsim word
  local -a options choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
      (${pathPattern(commands)}) command="$command $word" ;;
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${valueCases(commands, zshValues)}
  esac
  case "$command" in
${commands.map(zshCommand).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe option options
  else
    (( $#choices )) && _describe word choices || _files
  fi
}
if [[ $funcstack[1] == _pullsim ]]; then _pullsim "$@"; else compdef _pullsim pullsim; fi
`;

/** The script for fish. */
export const fishCompletion = (commands: readonly CompletedCommand[]): string => `# fish completion of pullsim
function __pullsim_command
  set -l command pullsim
  for word in (commandline -opc)[2..-1]
    if contains -- "$command $word" ${commands.slice(1).map(pathOf).map(quoted).join(' ')}
      set command "$command $word"
    end
  end
  echo $command
end
${commands.flatMap(fishLines).join('\n')}
`;

const pathOf = ({ path }: CompletedCommand): string => path;

/** The paths of all commands but the program's own, as alternatives of a `case`. */
const pathPattern = (commands: readonly CompletedCommand[]): string =>
  commands.slice(1).map(pathOf).map(quoted).join('|');

/** A case for each option that waits for a value. */
const valueCases = (
  commands: readonly CompletedCommand[],
  then: (values: readonly string[]) => string,
): string =>
  commands
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ flags, values }) => {
          const pattern = flags.map((flag) => quoted(`${path} ${flag}`)).join('|');
          return `    ${pattern}) ${then(values)} ;;`;
        }),
    )
    .join('\n');

const bashValues = (values: readonly string[]): string =>
  values.length === 0
    ? 'return'
    : `COMPREPLY=($(compgen -W ${quoted(values.join(' '))} -- "$current")); return`;

const zshValues = (values: readonly string[]): string =>
  values.length === 0 ? '_files; return' : `compadd -- ${values.map(quoted).join(' ')}; return`;

const wordsAfter = ({ commands, options, words }: CompletedCommand): readonly string[] => [
  ...commands.map(({ name }) => name),
  ...words,
  ...options.flatMap(({ flags }) => flags),
];

/** In what `_describe` takes, a colon parts the word from its description. */
function zshCommand({ path, commands, options, words }: CompletedCommand): string {
  const described = options.flatMap(({ flags, about }) =>
    flags.map((flag) => quoted(`${flag}:${firstLine(about)}`)),
  );
  const choices = [...commands.map(({ name, about }) => quoted(`${name}:${firstLine(about)}`)), ...words];
  return `    (${quoted(path)}) options=(${described.join(' ')}); choices=(${choices.join(' ')}) ;;`;
}

function fishLines({ path, commands, options, words }: CompletedCommand): readonly string[] {
  const when = `complete -c pullsim -n 'test (__pullsim_command) = "${path}"'`;
  return [
    ...commands.map(({ name, about }) => `${when} -f -a ${name} -d ${quoted(firstLine(about))}`),
    ...(words.length === 0 ? [] : [`${when} -f -a ${quoted(words.join(' '))}`]),
    ...options.map((option) => `${when}${fishOption(option)}`),
  ];
}

function fishOption({ flags, takesValue, values, about }: CompletedOption): string {
  const named = flags.map((flag) =>
    flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
  );
  const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
  return `${named.join('')}${value} -d ${quoted(firstLine(about))}`;
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** One word of any of the three shells: quotes inside are ended, escaped and begun again. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
