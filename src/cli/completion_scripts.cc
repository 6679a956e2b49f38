#include "cli/completion.h"

namespace hinomi::cli {
namespace {

// All three only carry words to `hinomi __complete` and candidates back: what
// may stand where is decided in one place. Names come from outside, so each
// script takes care that the shell quotes what it inserts.

constexpr const char* kBash = R"sh(# bash completion for hinomi; made by: hinomi completion bash
_hinomi() {
  local words=() i word line kind cur prefix=
  # bash takes --option=value apart at the equals sign.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = && ${#words[@]} -gt 0 && ${words[-1]} == --* ]]; then
      words[-1]+==
    elif [[ ${#words[@]} -gt 0 && ${words[-1]} == --*= ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  cur=${words[-1]}
  [[ $cur == --*=* ]] && prefix=${cur%%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    case $kind in
      '') kind=$line ;;
      *)
        line=${line%%$'\t'*}
        COMPREPLY+=("$(printf %q "${line#"$prefix"}")")
        ;;
    esac
  done < <(hinomi __complete "${words[@]}" 2>/dev/null)
  case $kind in
    :files | :directories)
      compopt -o filenames
      [[ $kind == :files ]] && kind=-f || kind=-d
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$kind" -- "$cur")
      ;;
  esac
}
complete -F _hinomi hinomi
)sh";

constexpr const char* kZsh = R"sh(#compdef hinomi
# zsh completion for hinomi; made by: hinomi completion zsh
_hinomi() {
  local kind line word help
  local -a values shown
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
      continue
    fi
    word=${line%%$'\t'*}
    help=${line#*$'\t'}
    values+=("$word")
    shown+=("$word${help:+  -- $help}")
  done < <(hinomi __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  case $kind in
    :files) _files ;;
    :directories) _files -/ ;;
    *) compadd -l -d shown -a values ;;
  esac
}
if [[ $funcstack[1] == _hinomi ]]; then
  _hinomi "$@"
else
  compdef _hinomi hinomi
fi
)sh";

constexpr const char* kFish = R"sh(# fish completion for hinomi; made by: hinomi completion fish
function __hinomi_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (hinomi __complete $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path (commandline -ct)
        case :directories
            __fish_complete_directories (commandline -ct)
        case '*'
            string join \n -- $lines[2..-1]
    end
end
complete -c hinomi -f -a '(__hinomi_complete)'
)sh";

}  // namespace

std::string CompletionScript(const std::string& shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return "";
}

}  // namespace hinomi::cli
