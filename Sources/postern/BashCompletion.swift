/// Completion for bash, made from the commands' declarations.
enum BashCompletion {
    /// The file that bash-completion expects under the program's name.
    static var text: String {
        """
        # bash completion for postern: printed by `postern print-config completion`.
        _postern() {
            local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=
            COMPREPLY=()
            if ((COMP_CWORD == 1)); then
                words="\(Postern.commands.map { $0.name }.joined(separator: " ")) help --help --version"
            elif [[ ${COMP_WORDS[1]} == help ]]; then
                words="\(Help.words.joined(separator: " "))"
            else
                case $before in
                    \(options(isPath).joined(separator: " | ")))
                        compopt -o filenames
                        COMPREPLY=($(compgen -f -- "$word"))
                        return
                        ;;
                    \(options { !isPath($0) }.joined(separator: " | "))) return ;;
                esac
                case ${COMP_WORDS[1]} in
        \(Postern.commands.map { branch($0) }.joined(separator: "\n"))
                esac
            fi
            COMPREPLY=($(compgen -W "$words" -- "$word"))
        }
        complete -F _postern postern

        """
    }

    /// Whether the value of an option, by its name in `--help`, is a path.
    private static func isPath(_ value: String) -> Bool { ["DIR", "FILE", "PATH"].contains(value) }

    /// The names of the options, of all commands, whose value is of a kind.
    private static func options(_ isOfKind: (String) -> Bool) -> [String] {
        let options = Postern.commands.flatMap { $0.options }.filter { $0.value.map(isOfKind) == true }
        return Set(options.map(\.name)).sorted()
    }

    private static func branch(_ command: any Command.Type) -> String {
        // "list|create [MAIL]" offers list and create.
        let choices =
            command.operand?.split(separator: " ").first.map { $0.split(separator: "|").map(String.init) } ?? []
        let options = (command.options + [.help]).map(\.name)
        let words = (choices.filter { $0.allSatisfy { $0.isLowercase || $0 == "-" } } + options).joined(separator: " ")
        return "            \(command.name)) words=\"\(words)\" ;;"
    }
}
